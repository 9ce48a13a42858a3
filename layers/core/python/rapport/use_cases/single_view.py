"""The single view: everything held about one person on one page, with where it comes from."""

from typing import Any

from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import told
from rapport.domain.house import CHANNELS
from rapport.domain.lists import chosen, considered
from rapport.domain.mandate import SERVICE
from rapport.domain.moment import DAY, Moment, text
from rapport.domain.profile import Address, Intent, Profile
from rapport.domain.reach import address_on
from rapport.domain.sight import Seen, certainty, fitting, held_value
from rapport.domain.tact import is_open
from rapport.domain.trait import TraitDefinition
from rapport.domain.view import View, view
from rapport.use_cases.printed import provenance


def single_view(profile: Profile, catalogue: Catalogue, moment: Moment) -> dict[str, Any]:
    """All that is known of a person at a moment; segments and persona are as seen for service.

    `traits` holds what is stored or computed whatever its mandate, `completeness` the share of the declared traits that
    are known for service, `certainty` how sure those are on average (0 to 1).
    """
    seen = view(profile, catalogue, SERVICE, moment, is_pull=True)
    return {
        "profileId": profile.id,
        "userId": profile.user_id,
        "identities": [{"kind": identity.kind, "value": identity.value} for identity in profile.identities],
        "traits": _traits(profile, catalogue, moment),
        "consents": told(profile.consents, moment),
        "segments": list(seen.segments),
        "persona": seen.persona,
        "groups": list(profile.groups),
        "intents": _intents(profile, moment),
        "owned": _owned(profile),
        "purchases": _purchases(profile),
        "place": _place(profile, moment),
        "contacts": _contacts(profile, seen),
        "cases": _cases(profile, moment),
        "visits": [text(day * DAY)[:10] for day in profile.visits],
        "satisfaction": [{"at": text(at), "score": round(score, 4)} for at, score in profile.satisfaction],
        "quarantined": dict(sorted(profile.quarantined.items())),
        "refused": dict(sorted(profile.refused.items())),
        **_sureness(seen),
    }


def _traits(profile: Profile, catalogue: Catalogue, moment: Moment) -> dict[str, Any]:
    found = {name: _held(definition, profile, catalogue, moment) for name, definition in catalogue.traits.items()}
    return {name: line for name, line in found.items() if line is not None}


def _held(definition: TraitDefinition, profile: Profile, catalogue: Catalogue, moment: Moment) -> dict[str, Any] | None:
    """One trait as it is held; what was never observed (a count of nothing) is left out."""
    held = held_value(definition, profile, catalogue, moment)
    value = None if held is None else fitting(definition, held.value)
    if held is None or value is None or (definition.computation is not None and not held.source):
        return None
    line = provenance(definition, Seen(value, held.source, held.observed_at, certainty(definition, held, moment)))
    return line | {"unverified": True} if held.unverified else line


def _intents(profile: Profile, moment: Moment) -> dict[str, Any]:
    return {
        group: {"considered": _considered(intent, moment), "chosen": list(chosen(intent, moment))}
        for group, intent in sorted(profile.intents.items())
    }


def _considered(intent: Intent, moment: Moment) -> list[str]:
    """Alternatives by when they were last considered: the order in which their events came in tells nothing."""
    return sorted(considered(intent, moment), key=lambda choice: (intent.considered[choice].at, choice))


def _owned(profile: Profile) -> list[str]:
    """What is owned, by since when."""
    held = ((owned.since, sku) for sku, owned in profile.owned.items() if owned.quantity > 0)
    return [sku for _, sku in sorted(held)]


def _purchases(profile: Profile) -> list[dict[str, Any]]:
    """Orders that are known, oldest first, with what each gave; returns are in `owned` already."""
    known = sorted((order.at, key, order) for key, order in profile.orders.items() if order.at is not None)
    return [
        {
            "key": key,
            "at": text(at),
            "items": dict(sorted(order.items.items())),
            "paid": order.paid,
            "source": order.source,
        }
        for at, key, order in known
    ]


def _place(profile: Profile, moment: Moment) -> dict[str, str] | None:
    """Where the person is right now, as long as that is news."""
    place = profile.place
    if place is None or moment >= place.until:
        return None
    return {"name": place.name, "at": text(place.at), "until": text(place.until), "source": place.source}


def _contacts(profile: Profile, seen: View) -> dict[str, Any]:
    """Every channel on which the person can be reached, was written to, or answered."""
    lines = {channel: _contact(channel, profile, seen) for channel in CHANNELS}
    return {channel: line for channel, line in lines.items() if any(value is not None for value in line.values())}


def _contact(channel: str, profile: Profile, seen: View) -> dict[str, Any]:
    address = profile.addresses.get(channel, Address())
    response = address.last_response
    if response is not None and isinstance(response.get("at"), int | float):
        response = {**response, "at": text(response["at"])}
    sent = None if address.last_sent is None else text(address.last_sent)
    return {"address": address_on(channel, seen), "last_sent": sent, "last_response": response}


def _cases(profile: Profile, moment: Moment) -> list[dict[str, Any]]:
    return [
        {"kind": case.kind, "event": case.event, "key": case.key, "opened_at": text(case.opened_at)}
        for case in profile.cases
        if is_open(case, moment) and case.opened_at is not None
    ]


def _sureness(seen: View) -> dict[str, float]:
    declared = [name for name, definition in seen.catalogue.traits.items() if definition.kind == "declared"]
    known = [found for name in declared if isinstance(found := seen.sight(name), Seen)]
    sure = sum(found.certainty for found in known) / len(known) if known else 0.0
    return {
        "completeness": round(len(known) / len(declared), 4) if declared else 0.0,
        "certainty": round(sure, 4),
    }
