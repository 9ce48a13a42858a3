"""Whom an event belongs to; how an anonymous stretch joins a person; how two people become one."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec import Struct, structs

from rapport.domain.catalogue import Catalogue
from rapport.domain.combining import combined
from rapport.domain.consent import Receipt, kept, stricter
from rapport.domain.event import Event
from rapport.domain.groups import without_groups
from rapport.domain.moment import Moment
from rapport.domain.profile import MOST, Identity, Profile
from rapport.domain.seen import recent
from rapport.domain.trait import TraitValue
from rapport.domain.wire import Fault, fault, text_of

ADDRESSES: Final = ("email", "phone")
CLAIMING: Final = (*ADDRESSES, "device_tokens", "deviceTokens")
"""Traits by which a caller who is not known claims to be somebody: what reaches a person."""

MERGES: Final = 20
"""One after the other, that an old id is followed through."""


class Target(Struct, frozen=True):
    """Whom an event binds to: `who` is of kind `user` or `anonymous`, None for an event about nobody.

    `absorbs` is the anonymous id whose stretch moves to the person first (load it; `absorb` it unless it is empty).
    """

    who: Identity | None = None
    absorbs: str | None = None
    faults: tuple[Fault, ...] = ()


class Joined(Struct, frozen=True):
    """The person after a join, what is left of the other, and the consent receipts that came over.

    After a merge planned and waiting messages are on the person; their rows are the caller's to move.
    """

    profile: Profile
    emptied: Profile
    receipts: tuple[Receipt, ...] = ()


def target(event: Event) -> Target:
    """Whom an event binds to, by who called: only a trusted call speaks for a known person.

    Anybody else is the anonymous stretch, whatever the call claims; without one it is refused. An alias of a trusted
    caller moves the stretch of its `previousId`; two known people never merge by themselves.
    """
    if not event.trusted:
        if event.anonymous_id is None:
            return Target(faults=(fault("anonymousId", "is needed by a caller who is not known"),))
        return Target(Identity("anonymous", event.anonymous_id))
    if event.user_id is not None:
        stretch = event.previous_id if event.call == "alias" else event.anonymous_id
        return Target(Identity("user", event.user_id), stretch)
    return Target(None if event.anonymous_id is None else Identity("anonymous", event.anonymous_id))


def claims_of(event: Event) -> tuple[Identity, ...]:
    """Whom a caller who is not known says to be: kept beside the stretch, neither linked nor mailed."""
    if event.trusted:
        return ()
    named = [Identity("user", event.user_id)] if event.user_id is not None else []
    said = ((kind, text_of(event.traits.get(kind))) for kind in ADDRESSES)
    return (*named, *(Identity(kind, value) for kind, value in said if value is not None))


def named_by(event: Event) -> frozenset[Identity]:
    """The addresses that a trusted call names: whoever claimed one of them on that browser spoke the truth."""
    said = ((kind, text_of(event.traits.get(kind))) for kind in ADDRESSES) if event.trusted else ()
    return frozenset(_plain(Identity(kind, value)) for kind, value in said if value is not None)


def verified(profile: Profile, named: frozenset[Identity]) -> Profile:
    """The profile, what it said verified when a trusted call names an address that it claims.

    One that claims to be somebody by their userId waits for that pair.
    """
    if not named or any(claim.kind == "user" for claim in profile.claims):
        return profile
    if not named & {_plain(claim) for claim in profile.claims}:
        return profile
    return structs.replace(profile, traits=_all_verified(profile.traits))


def is_claim(event: Event) -> bool:
    """Whether what the event brings is unverified."""
    return not event.trusted and (event.user_id is not None or any(name in event.traits for name in CLAIMING))


def identities_of(event: Event) -> tuple[Identity, ...]:
    """How a trusted event says the person can be recognised, external ids of Segment's context among them."""
    if not event.trusted:
        return () if event.anonymous_id is None else (Identity("anonymous", event.anonymous_id),)
    known = (("user", event.user_id), ("anonymous", event.anonymous_id))
    return (*(Identity(kind, value) for kind, value in known if value is not None), *_external(event.context))


def social_identity(event: Event) -> tuple[Identity, ...]:
    """The identity that a login source links: its own id for the person, as far as it tells one."""
    told = text_of(event.traits.get("id")) or text_of(event.properties.get("id"))
    return () if told is None else (Identity("social", f"{event.source}:{told}"),)


def with_identities(known: tuple[Identity, ...], more: Iterable[Identity]) -> tuple[Identity, ...]:
    """Identities, each once, sorted; beyond their bound none is added."""
    added = set(more) - set(known)
    return known if not added else tuple(sorted({*known, *added}, key=_by_name)[: MOST["identities"]])


def fresh(profile: Profile) -> Profile:
    """After an erasure a later event starts a new person: nothing granted, and nothing from before comes back."""
    if profile.erased_at is None:
        return profile
    return Profile(profile.id, profile.version, forgotten_before=profile.erased_at)


def absorb(
    person: Profile,
    stretch: Profile,
    catalogue: Catalogue,
    moment: Moment,
    named: frozenset[Identity] = frozenset(),
) -> Joined:
    """Move an anonymous stretch to a person, once; what is left of the stretch are the messages it has seen.

    Its consents never grant more than the person's own: only what was withdrawn comes over. What came with a claim of
    somebody else stays behind; with a claim of this person, or of an address of theirs (`named` by the very call that
    joins, or known before), it is verified now. The rows of messages planned for the stretch are the caller's to move.
    """
    person = fresh(person)
    moved = without_groups(stretch) if _claims_another(stretch, person) else stretch
    moved = structs.replace(moved, traits=_joining(stretch, person, named))
    consents, receipts = kept(person.consents, _withdrawn(stretch))
    own = structs.replace(person, consents=consents)
    profile = structs.replace(
        combined(own, moved, catalogue),
        identities=with_identities(own.identities, stretch.identities),
        absorbed=_absorbed(own, stretch),
        waiting=own.waiting,
        pending=own.pending,
    )
    return Joined(profile, _emptied(stretch, moment), receipts)


def is_empty(stretch: Profile) -> bool:
    """Whether there is no history to move; what it has seen, and how it is woken, is none."""
    return not any(getattr(stretch, name) for name in _HISTORY)


def _emptied(stretch: Profile, moment: Moment) -> Profile:
    return Profile(
        stretch.id,
        stretch.version,
        stretch.created_at,
        anonymous_id=stretch.anonymous_id,
        seen=recent(stretch.seen, moment),
    )


def merge(one: Profile, into: Profile, catalogue: Catalogue, moment: Moment) -> Joined:
    """Make two people one: the stricter consent, the union of the rest; the old one keeps only where it went."""
    consents, receipts = kept(into.consents, stricter(into.consents, one.consents))
    own = structs.replace(into, consents=consents)
    profile = structs.replace(
        combined(own, one, catalogue),
        identities=with_identities(own.identities, one.identities),
        topics_left=tuple(sorted({*into.topics_left, *one.topics_left})),
        paused_until=max(into.paused_until, one.paused_until),
        absorbed=_absorbed(own, one),
        forgotten_before=max(into.forgotten_before, one.forgotten_before),
    )
    old = Profile(one.id, one.version, one.created_at, one.user_id, seen=recent(one.seen, moment), merged_into=into.id)
    return Joined(profile, old, receipts)


def past_merges(profile: Profile, load: Callable[[str], Profile]) -> Profile:
    """The person that a profile leads to: who was merged once may have been merged again."""
    for _ in range(MERGES):
        if profile.merged_into is None:
            return profile
        profile = load(profile.merged_into)
    return profile


def _withdrawn(stretch: Profile) -> Iterable[Receipt]:
    for purpose, channels in stretch.consents.items():
        for channel, consent in channels.items():
            if consent.status == "withdrawn":
                yield Receipt(purpose, channel, "withdrawn", consent.at, consent.source)


def _absorbed(person: Profile, other: Profile) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*person.absorbed, *other.absorbed, other.id)))[-MOST["identities"] :]


def _joining(stretch: Profile, person: Profile, named: frozenset[Identity]) -> dict[str, TraitValue]:
    """The stretch's traits as they join: verified by a claim of this person, left behind by one of somebody else."""
    if _claims_another(stretch, person):
        return {name: held for name, held in stretch.traits.items() if not held.unverified}
    if any(claim.kind == "user" for claim in stretch.claims):
        return _all_verified(stretch.traits)
    held = ((name, person.traits[name].value) for name in ADDRESSES if _is_verified(person, name))
    return verified(stretch, named | {_plain(Identity(name, str(value))) for name, value in held}).traits


def _all_verified(traits: dict[str, TraitValue]) -> dict[str, TraitValue]:
    return {name: structs.replace(held, unverified=False) for name, held in traits.items()}


def _plain(address: Identity) -> Identity:
    """An address as two ways of writing it are the same: letters by whatever case, of a phone number its digits."""
    if address.kind == "phone":
        return Identity("phone", "".join(letter for letter in address.value if letter.isdigit()))
    return Identity(address.kind, address.value.strip().casefold())


def _claims_another(stretch: Profile, person: Profile) -> bool:
    """Whether somebody on that browser claimed to be a known person who is not this one."""
    claimed = {claim.value for claim in stretch.claims if claim.kind == "user"}
    own = {identity.value for identity in person.identities if identity.kind == "user"} | {person.user_id}
    return bool(claimed - own)


def _is_verified(person: Profile, name: str) -> bool:
    return name in person.traits and not person.traits[name].unverified


def _external(context: Mapping[str, Any]) -> Iterable[Identity]:
    listed = context.get("externalIds")
    for told in listed[:20] if isinstance(listed, list) else ():
        kind, value = (text_of(told.get(key)) for key in ("type", "id")) if isinstance(told, Mapping) else (None, None)
        if kind is not None and value is not None and kind not in ("user", "anonymous"):
            yield Identity(kind, value)


def _by_name(identity: Identity) -> tuple[bool, str, str]:
    """The person's own id first: it is never the one that does not fit in."""
    return identity.kind != "user", identity.kind, identity.value


_HISTORY: Final = (
    *("traits", "counters", "groups", "intents", "owned", "orders", "viewed", "near_until", "cases", "consents"),
    *("contacts", "exposures", "addresses", "satisfaction", "visits", "quarantined", "purchased"),
    "pending",
)
