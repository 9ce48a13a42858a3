"""What events mean for a person: one row of the table for each meaning of `events.yaml`."""

from collections.abc import Callable
from functools import partial
from typing import Final

from msgspec import structs

from rapport.domain import cases, intents, ownership
from rapport.domain.catalogue import Catalogue
from rapport.domain.event import Event, EventDefinition, Meaning
from rapport.domain.moment import DAY, HOUR
from rapport.domain.profile import MOST, Contact, Place, Profile
from rapport.domain.said import Said
from rapport.domain.trait import TraitDefinition
from rapport.domain.wire import number_of, text_of

NEARBY: Final = 2 * HOUR / DAY
"""Days for which a place stays the current one, where the definition tells none."""
STARS: Final = 5.0
"""The best score, where the definition tells none."""
_PLACE: Final = ("place", "store", "store_id", "location", "name", "city")
"""Properties that may name the place, the first that does."""


def definitions(event: Event, catalogue: Catalogue) -> tuple[EventDefinition, ...]:
    """What the house says of this event that counts for its caller."""
    return tuple(said for said in catalogue.events.get(event.name, ()) if event.trusted or not said.trusted)


def means_nothing(event: Event, catalogue: Catalogue) -> bool:
    """Whether the event would have a meaning, had a trusted caller sent it."""
    return not event.trusted and any(said.trusted for said in catalogue.events.get(event.name, ()))


def take_meaning(profile: Profile, said: Said) -> Profile:
    """The profile after what the event means; data that does not carry the meaning changes nothing."""
    return profile if said.definition.means is None else _MEANINGS[said.definition.means](profile, said)


def told_traits(said: Said, catalogue: Catalogue) -> dict[str, object]:
    """Properties that answer for the person, by the names of the traits they tell; one answer is a list of one."""
    told = {trait: said.value(name) for name, trait in said.definition.tells.items()}
    return {trait: _answer(value, catalogue.traits.get(trait)) for trait, value in told.items() if value is not None}


def _answer(value: object, definition: TraitDefinition | None) -> object:
    wants_list = definition is not None and definition.type == "list"
    return [value] if wants_list and isinstance(value, str) else value


def take_visit(profile: Profile, event: Event, *, looked: bool) -> Profile:
    """The profile with the day of a visit: coming back is an outcome."""
    day = int(event.at // DAY)
    if not looked or day in profile.visits:
        return profile
    return structs.replace(profile, visits=tuple(sorted((*profile.visits, day))[-MOST["visits"] :]))


def _view(profile: Profile, said: Said) -> Profile:
    sku = text_of(said.value(said.definition.sku))
    if sku is None or profile.viewed.get(sku, said.event.at - 1) >= said.event.at:
        return profile
    viewed = {**profile.viewed, sku: said.event.at}
    while len(viewed) > MOST["viewed"]:
        del viewed[min(zip(viewed.values(), viewed, strict=True))[1]]
    return structs.replace(profile, viewed=viewed)


def _service_contact(profile: Profile, said: Said) -> Profile:
    key = said.key or said.event.message_id
    return structs.replace(profile, contacts=with_contact(profile.contacts, Contact(said.event.at, key=key)))


def with_contact(contacts: tuple[Contact, ...], contact: Contact) -> tuple[Contact, ...]:
    """Contacts in the order of their time, each once."""
    if any(_same(known, contact) for known in contacts):
        return contacts
    ordered = sorted((*contacts, contact), key=lambda known: (known.at, known.campaign or "", known.key))
    return tuple(ordered[-MOST["contacts"] :])


def _same(one: Contact, other: Contact) -> bool:
    return (one.campaign, one.key, one.message_id, one.at) == (other.campaign, other.key, other.message_id, other.at)


def _proximity(profile: Profile, said: Said) -> Profile:
    until = said.lasting(NEARBY)
    name = next((text for key in _PLACE if (text := text_of(said.value(key))) is not None), said.event.name)
    here = Place(name, said.event.at, until, said.source)
    place = max((here, profile.place or here), key=lambda known: (known.at, known.until, known.name))
    return structs.replace(profile, near_until=max(profile.near_until, until), place=place)


def _satisfaction(profile: Profile, said: Said) -> Profile:
    score, best = number_of(said.value(said.definition.score)), said.definition.of or STARS
    if score is None or not 0 <= score <= best:
        return profile
    ratings = sorted((*profile.satisfaction, (said.event.at, score / best)))
    return structs.replace(profile, satisfaction=tuple(ratings[-MOST["satisfaction"] :]))


_MEANINGS: Final[dict[Meaning, Callable[[Profile, Said], Profile]]] = {
    "purchase": ownership.buy,
    "return": ownership.give_back,
    "view": _view,
    "complaint": partial(cases.open_case, kind="complaint"),
    "resolution": partial(cases.close_case, kind="complaint"),
    "need": partial(cases.open_case, kind="need"),
    "need_met": partial(cases.close_case, kind="need"),
    "service_contact": _service_contact,
    "proximity": _proximity,
    "considers": intents.consider,
    "chooses": intents.choose,
    "releases": intents.release,
    "satisfaction": _satisfaction,
}
