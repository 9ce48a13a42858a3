"""Taking one event into one profile: duplicates, erasure, traits, consent, meaning, computed traits, responses."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs

from rapport.domain.catalogue import Catalogue
from rapport.domain.computed import update
from rapport.domain.consent import Receipt
from rapport.domain.decision import TokenPayload
from rapport.domain.delivery import IN_HAND, answered_on
from rapport.domain.event import Event, EventDefinition, EventFacts
from rapport.domain.groups import with_group
from rapport.domain.identity import (
    claims_of,
    fresh,
    identities_of,
    is_claim,
    named_by,
    social_identity,
    verified,
    with_identities,
)
from rapport.domain.meaning import definitions, means_nothing, take_meaning, take_visit, told_traits
from rapport.domain.message import response_code
from rapport.domain.moment import Moment
from rapport.domain.ownership import lines
from rapport.domain.profile import Contact, Profile
from rapport.domain.responses import Counted, bought, in_time, respond, response_of
from rapport.domain.said import Said
from rapport.domain.seen import is_seen, mark_of, with_seen
from rapport.domain.traits import BEHAVIOUR, DECLARED, Statement, is_login_only, quarantined, set_traits, source_of
from rapport.domain.typed import Phone
from rapport.domain.web_consent import take_consent
from rapport.domain.wire import Fault, fault

NO_SOURCE: Final = fault("context.source", "is no source of this house")


class Outcome(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    ERASED = "erased"
    REFUSED = "refused"


class Applied(Struct, frozen=True):
    """The profile after an event (the same object when nothing changed), and what the caller must know of it.

    `facts` are there for a named event that means what it says: what campaigns are triggered by. `receipts` are to be
    stored beside the profile; `counted` are views and responses of offers that count (once) for caps and learning.
    """

    profile: Profile
    outcome: Outcome
    receipts: tuple[Receipt, ...] = ()
    problems: tuple[Fault, ...] = ()
    facts: EventFacts | None = None
    counted: tuple[Counted, ...] = ()


def apply(
    profile: Profile, event: Event, catalogue: Catalogue, token: TokenPayload | None = None, phone: Phone | None = None
) -> Applied:
    """Take an event into the profile it binds to (`identity.target`); any order and repetition gives the same.

    `token` is the opened decision token of an offer's response; `phone` writes phone numbers as E.164 where more than
    the strict form is to be taken.
    """
    if is_forgotten(profile, event):
        return Applied(profile, Outcome.ERASED)
    mark = mark_of("trusted" if event.trusted else "public", event.message_id)
    if is_seen(profile.seen, mark, event.received_at):
        return Applied(profile, Outcome.DUPLICATE)
    name = event.source or (DECLARED if event.call == "identify" else BEHAVIOUR)
    source = source_of(catalogue.house, name)
    if source is None:
        return Applied(profile, Outcome.REFUSED, problems=(NO_SOURCE,))
    begun = verified(_begun(fresh(profile), event, mark), named_by(event))
    if is_login_only(source):
        return _login(begun, event, name)
    return _taken(begun, _Intake(event, catalogue, name, phone), token)


def happened(profile: Profile, told: EventFacts, message_id: str, catalogue: Catalogue) -> Profile:
    """The profile after one of our own events: what the house says it means and computes from it, once per id."""
    event = Event("track", message_id, told.at, told.at, told.name, properties=told.properties, trusted=True)
    mark = mark_of("own", message_id)
    if not _is_read(event, catalogue) or is_seen(profile.seen, mark, event.received_at):
        return profile
    meant, _, _ = _meant(profile, _Intake(event, catalogue, BEHAVIOUR))
    counters = update(meant.counters, event, catalogue, BEHAVIOUR)
    return structs.replace(meant, counters=counters, seen=with_seen(meant.seen, mark, event.received_at))


def _is_read(event: Event, catalogue: Catalogue) -> bool:
    computations = (definition.computation for definition in catalogue.traits.values())
    read = any(computation is not None and computation.event == event.name for computation in computations)
    return read or event.name in catalogue.events


def is_forgotten(profile: Profile, event: Event) -> bool:
    """Whether the event is from before the person was erased: nothing of it is taken, no stretch joins for it."""
    return event.at < erased_up_to(profile)


def erased_up_to(profile: Profile) -> Moment:
    """The moment of the last erasure; whatever is from before it is not taken any more. 0 where there was none."""
    return max(profile.erased_at or 0.0, profile.forgotten_before)


class _Intake(Struct, frozen=True):
    event: Event
    catalogue: Catalogue
    source: str
    phone: Phone | None = None


def _begun(profile: Profile, event: Event, mark: str) -> Profile:
    """The profile with the event's ids; the claims of a caller who is not known stay beside them."""
    user_id = profile.user_id or (event.user_id if event.trusted else None)
    return structs.replace(
        profile,
        seen=with_seen(profile.seen, mark, event.received_at),
        created_at=min(profile.created_at or event.received_at, event.received_at),
        user_id=user_id,
        anonymous_id=profile.anonymous_id if user_id is not None else event.anonymous_id,
        identities=with_identities(profile.identities, identities_of(event)),
        claims=with_identities(profile.claims, claims_of(event)),
    )


def _login(profile: Profile, event: Event, source: str) -> Applied:
    """A source whose mandate is login links the identity; of everything else only the names are counted."""
    linked = structs.replace(profile, identities=with_identities(profile.identities, social_identity(event)))
    names = {**event.traits, **event.properties}
    facts = EventFacts(event.name, event.at, source=source) if event.name else None
    return Applied(quarantined(linked, source, names), Outcome.ACCEPTED, facts=facts)


def _taken(profile: Profile, intake: _Intake, token: TokenPayload | None) -> Applied:
    event, catalogue = intake.event, intake.catalogue
    consents, receipts = take_consent(profile.consents, event, catalogue.house, intake.source)
    stated, problems = _stated(structs.replace(profile, consents=consents), intake)
    if means_nothing(event, catalogue):
        return Applied(stated, Outcome.ACCEPTED, receipts, problems)
    meant, more, counted = _meant(stated, intake)
    counters = update(meant.counters, event, catalogue, intake.source)
    responded, responses = respond(structs.replace(meant, counters=counters), event, token)
    responded = _answered_by_name(responded, event, responses)
    facts = EventFacts(event.name, event.at, event.properties, source=intake.source) if event.name else None
    return Applied(responded, Outcome.ACCEPTED, receipts, (*problems, *more), facts, (*counted, *responses))


def _answered_by_name(profile: Profile, event: Event, counted: tuple[Counted, ...]) -> Profile:
    """The profile after a response that names the message it answers.

    A letter's code and the id of a piece of work count from trusted callers; a message that waited on the site has a
    token of its own.
    """
    response, shown = response_of(event), {one.offer for one in counted}
    if response in (None, "viewed") or not (event.trusted or shown):
        return profile
    said = event.properties if event.trusted else {}
    work = said.get("message")
    code = text.strip().upper() if isinstance(text := said.get("code"), str) else ""
    for contact in (contact for contact in profile.contacts if in_time(contact.at, event.at)):
        channels = _named(contact, shown, work, code)
        if channels:
            return answered_on(profile, contact, channels, str(response), event.at)
    return profile


def _named(contact: Contact, shown: set[str], work: object, code: str) -> tuple[str, ...]:
    """The channels of a contact that a response names: shown on the site, a piece of work in hand, a letter's code."""
    if contact.message_id in shown:
        return ("web",)
    if contact.message_id and contact.message_id == work:
        return tuple(channel for channel in contact.channels if channel in IN_HAND) or contact.channels
    return ("print",) if code and response_code(contact.message_id) == code else ()


def _stated(profile: Profile, intake: _Intake) -> tuple[Profile, tuple[Fault, ...]]:
    """Traits of an identify, what the context tells besides, and groups."""
    event, claim = intake.event, is_claim(intake.event)
    told, problems = _set(profile, event.traits, intake, (intake.source, claim))
    client = BEHAVIOUR if event.source is None else intake.source
    told, _ = _set(told, _client(event), intake, (client, claim))
    # A token is where messages go: what a caller who is not known says of it is never more than a claim.
    told, _ = _set(told, _device(event), intake, (client, not event.trusted))
    return (told if event.group_id is None else with_group(told, event.group_id, intake.source)), problems


def _set(
    profile: Profile, traits: Mapping[str, object], intake: _Intake, said_by: tuple[str, bool]
) -> tuple[Profile, tuple[Fault, ...]]:
    if not traits:
        return profile, ()
    (source, unverified), event = said_by, intake.event
    statement = Statement(source, event.at, event.trusted, unverified=unverified, normalise_phone=intake.phone)
    return set_traits(profile, traits, statement, intake.catalogue)


def _teller(definition: EventDefinition, intake: _Intake) -> str:
    """Whose word an answer is; what came from a source with a mandate of its own stays under that."""
    source = source_of(intake.catalogue.house, intake.source)
    is_bound = source is not None and source.allows is not None
    return intake.source if is_bound else definition.source or intake.source


def _client(event: Event) -> dict[str, object]:
    """Locale and time zone as the client tells them: they fill in where nobody said better."""
    return {name: told for name in ("locale", "timezone") if isinstance(told := event.context.get(name), str)}


def _device(event: Event) -> dict[str, object]:
    device = event.context.get("device")
    token = device.get("token") if isinstance(device, dict) else None
    return {"device_tokens": [token]} if isinstance(token, str) else {}


def _meant(profile: Profile, intake: _Intake) -> tuple[Profile, tuple[Fault, ...], tuple[Counted, ...]]:
    """The profile after everything that the house says the event means."""
    event, problems, counted = intake.event, list[Fault](), list[Counted]()
    found = definitions(event, intake.catalogue)
    for definition in found:
        said = Said(event, definition, intake.source)
        profile = take_meaning(profile, said)
        if definition.means == "purchase":
            profile, accepted = bought(profile, lines(said), event.at, intake.catalogue)
            counted.extend(accepted)
        told_by = (_teller(definition, intake), is_claim(event))
        profile, faults = _set(profile, told_traits(said, intake.catalogue), intake, told_by)
        problems.extend(faults)
    looked = event.call in ("page", "screen") or any(definition.means == "view" for definition in found)
    return take_visit(profile, event, looked=looked), tuple(problems), tuple(counted)
