"""What a planned message is about, as tact sees it: what its campaign says, else what the event that started it did."""

from collections.abc import Iterator

from msgspec import structs

from rapport.domain.campaign import Campaign
from rapport.domain.catalogue import Catalogue
from rapport.domain.event import EventDefinition, EventFacts
from rapport.domain.tact import Subject, about_message
from rapport.domain.wire import text_of


def about_run(campaign: Campaign, event: EventFacts | None, catalogue: Catalogue) -> Subject:
    """The subject of one run: what a view started is about that product, what a search started about that choice.

    With offers it is they that are about something, and each is judged for itself.
    """
    subject = about_message(campaign, started_nearby=any(_meanings(event, catalogue, "proximity")))
    sku = subject.sku if subject.sku is not None else _viewed(event, catalogue)
    considered = {} if campaign.offers else _considered(event, catalogue)
    return structs.replace(subject, sku=sku, intent=subject.intent or considered)


def begins_about(campaign: Campaign, catalogue: Catalogue) -> bool:
    """Whether a run of a campaign is about what its event tells: something viewed or considered."""
    started_by = catalogue.events.get(campaign.trigger.event or "", ())
    return any(meaning.means in {"view", "considers"} for meaning in started_by)


def _viewed(event: EventFacts | None, catalogue: Catalogue) -> str | None:
    skus = (_told(event, meaning.sku) for meaning in _meanings(event, catalogue, "view"))
    return next((sku for sku in skus if sku is not None), None)


def _considered(event: EventFacts | None, catalogue: Catalogue) -> dict[str, str]:
    meanings = _meanings(event, catalogue, "considers")
    choices = ((meaning.intent, _told(event, meaning.choice)) for meaning in meanings)
    return {group: choice for group, choice in choices if group is not None and choice is not None}


def _meanings(event: EventFacts | None, catalogue: Catalogue, means: str) -> Iterator[EventDefinition]:
    known = () if event is None else catalogue.events.get(event.name, ())
    return (meaning for meaning in known if meaning.means == means)


def _told(event: EventFacts | None, name: str | None) -> str | None:
    return None if event is None or name is None else text_of(event.properties.get(name))
