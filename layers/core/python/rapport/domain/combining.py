"""Two histories as one: what a person gets of an anonymous stretch, or of a person merged into them."""

from typing import Final

from msgspec import structs

from rapport.domain import cases, computed, intents, ownership
from rapport.domain.catalogue import Catalogue
from rapport.domain.groups import with_groups
from rapport.domain.house import House
from rapport.domain.norms import together
from rapport.domain.profile import MOST, Address, Contact, Counter, Exposure, Place, Profile
from rapport.domain.responses import with_exposures
from rapport.domain.trait import TraitValue
from rapport.domain.traits import ADDING_UP, add_up, conflict


def combined(own: Profile, other: Profile, catalogue: Catalogue) -> Profile:
    """The first with everything that the other did, said and was sent; identities and consents stay its own."""
    orders, owned = ownership.joined(own, other)
    return structs.replace(
        with_groups(own, other),
        created_at=min(filter(None, (own.created_at, other.created_at)), default=0.0),
        traits=_traits(own.traits, other.traits, catalogue.house),
        counters=_counters(own.counters, other.counters, catalogue),
        standing=together(own.standing, other.standing),
        intents=intents.joined(own.intents, other.intents),
        orders=orders,
        owned=owned,
        viewed=_viewed(own.viewed, other.viewed),
        near_until=max(own.near_until, other.near_until),
        place=_place(own.place, other.place),
        cases=cases.settled((*own.cases, *other.cases)),
        contacts=_contacts(own.contacts, other.contacts),
        exposures=_exposures(own.exposures, other.exposures),
        addresses=_addresses(own.addresses, other.addresses),
        waiting=tuple({row.message_id: row for row in (*other.waiting, *own.waiting)}.values()),
        pending=tuple({row.message_id: row for row in (*other.pending, *own.pending)}.values()),
        satisfaction=tuple(sorted({*own.satisfaction, *other.satisfaction})[-MOST["satisfaction"] :]),
        visits=tuple(sorted({*own.visits, *other.visits})[-MOST["visits"] :]),
        quarantined=_counts(own.quarantined, other.quarantined),
        refused=_counts(own.refused, other.refused),
        purchased=own.purchased or other.purchased,
    )


def _traits(own: dict[str, TraitValue], other: dict[str, TraitValue], house: House) -> dict[str, TraitValue]:
    """Values compete, their histories among them."""
    traits = dict(own)
    for name, held in other.items():
        traits[name] = _JOIN.get(name, conflict)(traits.get(name), held, house)
    return traits


_JOIN: Final = {ADDING_UP: add_up}


def _counters(own: dict[str, Counter], other: dict[str, Counter], catalogue: Catalogue) -> dict[str, Counter]:
    counters = {**other, **own}
    for name in own.keys() & other.keys():
        definition = catalogue.traits.get(name)
        if definition is not None and definition.computation is not None:
            counters[name] = computed.combined(own[name], other[name], definition.computation, catalogue.house)
    return counters


def _viewed(own: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    both = {sku: max(own.get(sku, 0.0), other.get(sku, 0.0)) for sku in {**own, **other}}
    return dict(sorted(both.items(), key=lambda item: (item[1], item[0]))[-MOST["viewed"] :])


def _place(own: Place | None, other: Place | None) -> Place | None:
    return max(filter(None, (own, other)), key=lambda place: (place.at, place.until, place.name), default=None)


def _contacts(own: tuple[Contact, ...], other: tuple[Contact, ...]) -> tuple[Contact, ...]:
    both = [*own, *(contact for contact in other if contact not in own)]
    return tuple(sorted(both, key=lambda contact: contact.at)[-MOST["contacts"] :])


def _exposures(own: tuple[Exposure, ...], other: tuple[Exposure, ...]) -> tuple[Exposure, ...]:
    both = [*own, *(exposure for exposure in other if exposure not in own)]
    return with_exposures(both)


def _addresses(own: dict[str, Address], other: dict[str, Address]) -> dict[str, Address]:
    return {
        channel: _address(own.get(channel, Address()), other.get(channel, Address())) for channel in {**own, **other}
    }


def _address(own: Address, other: Address) -> Address:
    """What is suppressed for one is suppressed for both; the later contact and response are the last."""
    later = max(own, other, key=lambda address: address.last_sent or 0.0)
    return structs.replace(
        later,
        suppressed=tuple(dict.fromkeys((*other.suppressed, *own.suppressed)))[-MOST["suppressed"] :],
        last_response=later.last_response or own.last_response or other.last_response,
        soft_bounces=max(own.soft_bounces, other.soft_bounces),
    )


def _counts(own: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: own.get(name, 0) + other.get(name, 0) for name in {**own, **other}}
