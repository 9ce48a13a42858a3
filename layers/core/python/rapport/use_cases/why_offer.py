"""Why one person does or does not get one offer, down to the part of its condition that was false or unknown."""

from typing import Any

from msgspec import Struct

from rapport.domain.catalogue import Catalogue, Publication
from rapport.domain.condition import UNKNOWN, Condition, Explanation, Plan, explain
from rapport.domain.decide import Terms, decide
from rapport.domain.decision import Slotting
from rapport.domain.experiment import held_out
from rapport.domain.house import PULL_CHANNELS
from rapport.domain.moment import Moment, text
from rapport.domain.offer import Offer
from rapport.domain.profile import Profile
from rapport.domain.reads import is_withheld
from rapport.domain.sight import Hidden, Seen
from rapport.domain.tact import situation
from rapport.domain.view import View, view
from rapport.errors import NotFound
from rapport.use_cases.explained import candidate
from rapport.use_cases.printed import provenance


class Occasion(Struct, frozen=True):
    """Where somebody might get the offer: a placement on a channel, for a purpose, at a moment.

    Without a placement it is the offer's first one that fits the channel; without a channel the placement's own.
    """

    moment: Moment
    purpose: str
    placement: str | None = None
    channel: str | None = None


def why_offer(offer_id: str, profile: Profile, publication: Publication, occasion: Occasion) -> dict[str, Any]:
    """The verdict on the offer and the truth of each part of its conditions, with the values that decided.

    A value that the purpose hides is not shown, only why it is hidden. Raises NotFound for an offer or placement that
    does not exist.
    """
    catalogue = publication.catalogue
    offer = catalogue.offers.get(offer_id)
    if offer is None:
        raise NotFound(f"there is no offer {offer_id}")
    slotting = _slotting(offer, catalogue, occasion)
    is_pull = slotting.channel in PULL_CHANNELS
    seen = view(profile, catalogue, occasion.purpose, occasion.moment, channel=slotting.channel, is_pull=is_pull)
    stands = situation(profile, catalogue, occasion.moment, slotting.channel, is_pull=is_pull, purpose=occasion.purpose)
    terms = Terms(
        exhausted=publication.exhausted,
        held_out=held_out(catalogue.house.holdout, profile.user_id or profile.id),
        model=publication.model,
        everything=True,
    )
    decision = decide(seen, catalogue, (slotting,), stands, terms)
    verdict = next(verdict for verdict in decision.verdicts if verdict.offer == offer_id)
    return {
        **candidate(verdict, with_scores=True),
        "channel": slotting.channel,
        "purpose": occasion.purpose,
        "at": text(occasion.moment),
        "conditions": {
            name: _told(explain(condition, seen), seen, frozenset())
            for name, condition in (("complements", _chosen(offer)), ("when", offer.when), ("unless", offer.unless))
            if condition is not None
        },
    }


def _chosen(offer: Offer) -> Condition | None:
    """What an offer complements, as the condition that it is."""
    asked: list[Plan] = [
        ["in", choice, ["get", f"intents.{group}.chosen"], True] for group, choice in offer.complements.items()
    ]
    return Condition("", asked[0] if len(asked) == 1 else ["and", asked], ()) if asked else None


def _slotting(offer: Offer, catalogue: Catalogue, occasion: Occasion) -> Slotting:
    fitting = [
        placement
        for name in offer.placements
        if (placement := catalogue.placements.get(name)) and occasion.channel in (None, placement.channel)
    ]
    first = fitting[0].id if fitting else next(iter(offer.placements or catalogue.placements), "")
    name = occasion.placement or first
    if name not in catalogue.placements:
        raise NotFound(f"there is no placement {name}")
    return Slotting(name, 1, occasion.channel or catalogue.placements[name].channel, name)


def _told(found: Explanation, seen: View, above: frozenset[str]) -> dict[str, Any]:
    """One part of a condition; a segment is followed to its own condition, a circle not twice."""
    part: dict[str, Any] = {"text": found.text, "truth": found.truth}
    if found.parts:
        return part | {"parts": [_told(inner, seen, above) for inner in found.parts]}
    return part | {"values": [_value(name, value, seen, above) for name, value in found.values.items()]}


def _value(name: str, value: object, seen: View, above: frozenset[str]) -> dict[str, Any]:
    root, _, rest = name.partition(".")
    if root == "traits":
        return {"name": name} | _trait(rest, value, seen)
    if root == "segments":
        return {"name": name, "value": value} | _segment(rest, seen, above)
    return {"name": name} | (_list(value) if isinstance(value, tuple) else {"value": _plain(value)})


def _list(members: tuple[object, ...]) -> dict[str, Any]:
    """A list as it is seen; that something of it is hidden is told, not what."""
    found = {"value": [one for one in members if one is not UNKNOWN]}
    return found | {"hidden": Hidden.OUT_OF_MANDATE.value} if is_withheld(members) else found


def _plain(value: object) -> object:
    return None if value is UNKNOWN else value


def _trait(name: str, value: object, seen: View) -> dict[str, Any]:
    definition = seen.catalogue.traits.get(name)
    found = seen.sight(name)
    if definition is None:  # a part of the address
        return {"value": value}
    if isinstance(found, Seen):
        return provenance(definition, found) | {"age_days": round((seen.moment - found.observed_at) / 86_400, 1)}
    return {"value": None, "hidden": found.value}


def _segment(name: str, seen: View, above: frozenset[str]) -> dict[str, Any]:
    segment = seen.catalogue.segments.get(name)
    if segment is None or name in above:
        return {}
    conditions: dict[str, Condition | None] = {"when": segment.when, "unless": segment.unless}
    told = {
        key: _told(explain(condition, seen), seen, above | {name})
        for key, condition in conditions.items()
        if condition is not None
    }
    return {"conditions": told}
