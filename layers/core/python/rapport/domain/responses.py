"""What people do with offers: a view, click, acceptance or dismissal counts once, for its own person, within a day."""

from collections import Counter
from collections.abc import Iterable
from typing import Final, TypeVar

from msgspec import Struct, structs

from rapport.domain.catalogue import Catalogue
from rapport.domain.decision import TokenPayload
from rapport.domain.event import OFFER_EVENTS, Event, Response
from rapport.domain.moment import DAY, MINUTE, Moment
from rapport.domain.profile import MOST, Contact, Exposure, Profile
from rapport.domain.seen import is_seen, mark_of, with_seen

STRENGTH: Final = {"dismissed": 1, "clicked": 2, "replied": 2, "accepted": 3}
"""Of two responses the stronger one is kept."""
ANSWERS: Final = 30 * DAY
"""How long after it was shown or sent something can still be answered by a purchase or a click."""
EARLY: Final = 5 * MINUTE
"""How far two of our own clocks may differ."""

Answerable = TypeVar("Answerable", Exposure, Contact)


class Counted(Struct, frozen=True, omit_defaults=True):
    """One view or response that counts; `token` is None for a purchase that answers an earlier exposure.

    `first`: nothing had told before that the offer was shown, so this counts towards its caps.
    """

    response: Response
    offer: str
    at: Moment
    decision: str = ""
    placement: str = ""
    channel: str = ""
    token: TokenPayload | None = None
    first: bool = False


def response_of(event: Event) -> Response | None:
    """What the event says was done with an offer; None for any other event."""
    return OFFER_EVENTS.get(event.name) if event.call == "track" else None


def respond(profile: Profile, event: Event, token: TokenPayload | None) -> tuple[Profile, tuple[Counted, ...]]:
    """The profile after a response to its own decision, and what counts of it; a foreign token changes nothing."""
    response = response_of(event)
    if response is None or token is None or not _own(profile, event, token):
        return profile, ()
    mark = mark_of("offer", token.decision, token.offer, token.placement, response)
    if is_seen(profile.seen, mark, event.received_at):
        return profile, ()
    told = structs.replace(profile, seen=with_seen(profile.seen, mark, event.received_at))
    shown = _shown(told.exposures, event, token)
    first = not any(_of(exposure, token) for exposure in told.exposures)
    answered = told if response == "viewed" else _answer_contacts(told, {token.offer}, (response, event.at))
    exposures = tuple(
        answer(exposure, response, event.at) if _of(exposure, token) and response != "viewed" else exposure
        for exposure in shown
    )
    counted = Counted(response, token.offer, event.at, token.decision, token.placement, token.channel, token, first)
    return structs.replace(answered, exposures=exposures), (counted,)


def bought(
    profile: Profile, skus: Iterable[str], at: Moment, catalogue: Catalogue
) -> tuple[Profile, tuple[Counted, ...]]:
    """The profile after a purchase, which accepts every offer of what was bought that had been shown or sent."""
    wanted = set(skus)
    offers = {name for name in _offers_of(profile) if _sku(catalogue, name) in wanted}
    if not offers:
        return profile, ()
    accepted = [shown for shown in profile.exposures if shown.offer in offers and _accepts(shown, at)]
    exposures = tuple(answer(shown, "accepted", at) if shown in accepted else shown for shown in profile.exposures)
    answered = _answer_contacts(structs.replace(profile, exposures=exposures), offers, ("accepted", at))
    return answered, tuple(
        Counted("accepted", shown.offer, at, shown.decision, shown.placement, shown.channel) for shown in accepted
    )


def answer(shown: Answerable, response: str, at: Moment) -> Answerable:
    """An exposure or contact with a response: the stronger one is kept, of equal ones the first."""
    old = (STRENGTH.get(shown.response or "", 0), -(shown.responded_at or 0.0))
    return structs.replace(shown, response=response, responded_at=at) if (STRENGTH[response], -at) > old else shown


def with_exposures(exposures: Iterable[Exposure], *more: Exposure) -> tuple[Exposure, ...]:
    """Exposures in the order of their time; where they are too many, the oldest of what was shown most often go.

    So what was shown rarely is remembered for as long as its caps ask, whatever else a busy visitor sees.
    """
    kept = sorted((*exposures, *more), key=_order)
    often = Counter(exposure.offer for exposure in kept)
    while len(kept) > MOST["exposures"]:
        most = max(often, key=lambda offer: (often[offer], offer))
        kept.remove(next(exposure for exposure in kept if exposure.offer == most))
        often[most] -= 1
    return tuple(kept)


def _own(profile: Profile, event: Event, token: TokenPayload) -> bool:
    own = token.profile == profile.id or token.profile in profile.absorbed
    # What was decided for somebody who was erased since rests on what is gone.
    return own and token.at >= profile.forgotten_before and -EARLY <= event.received_at - token.at <= DAY


def _of(exposure: Exposure, token: TokenPayload) -> bool:
    shown = (exposure.decision, exposure.offer, exposure.placement)
    return shown == (token.decision, token.offer, token.placement)


def _shown(exposures: tuple[Exposure, ...], event: Event, token: TokenPayload) -> tuple[Exposure, ...]:
    """A response says that it was shown, even when its view comes in later: shown since the first that was told."""
    known = next((exposure for exposure in exposures if _of(exposure, token)), None)
    at = event.at if known is None else min(known.at, event.at)
    fresh = Exposure(token.offer, at, "viewed", token.channel, token.decision, token.placement, basis=token.basis)
    shown = fresh if known is None else structs.replace(known, at=at)
    return with_exposures((exposure for exposure in exposures if exposure is not known), shown)


def _answer_contacts(profile: Profile, offers: set[str], response: tuple[str, Moment]) -> Profile:
    contacts = tuple(
        answer(contact, *response) if offers & set(contact.offers) and in_time(contact.at, response[1]) else contact
        for contact in profile.contacts
    )
    return structs.replace(profile, contacts=contacts)


def _accepts(shown: Exposure, at: Moment) -> bool:
    return shown.response != "accepted" and in_time(shown.at, at)


def in_time(shown_at: Moment, at: Moment) -> bool:
    """Whether something can still be the answer to what was shown or sent then."""
    return shown_at <= at <= shown_at + ANSWERS


def _offers_of(profile: Profile) -> set[str]:
    shown = {exposure.offer for exposure in profile.exposures}
    return shown.union(*(contact.offers for contact in profile.contacts))


def _sku(catalogue: Catalogue, name: str) -> str | None:
    offer = catalogue.offers.get(name)
    return None if offer is None else offer.sku


def _order(exposure: Exposure) -> tuple[Moment, str, str, str]:
    return exposure.at, exposure.decision, exposure.offer, exposure.placement
