"""The next best action for a person at the other end of the line: what to do, why, and on which facts."""

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from rapport.domain.condition import UNKNOWN
from rapport.domain.decide import Terms, decide
from rapport.domain.decision import Choice, Decision, Slotting, candidates
from rapport.domain.experiment import held_out
from rapport.domain.house import PULL_CHANNELS
from rapport.domain.mandate import SERVICE
from rapport.domain.moment import Moment, text
from rapport.domain.offer import Offer
from rapport.domain.profile import Profile
from rapport.domain.reads import reads_of
from rapport.domain.sight import Seen
from rapport.domain.tact import is_open, situation
from rapport.domain.view import View, view
from rapport.errors import BadRequest
from rapport.use_cases.asked import ActionRequest
from rapport.use_cases.explained import Laps, explained
from rapport.use_cases.match import unjudged
from rapport.use_cases.personalise import Answer, Reception
from rapport.use_cases.printed import provenance
from rapport.use_cases.sealed import Seal


def next_action(
    request: ActionRequest,
    profile: Profile,
    reception: Reception,
    occasion: tuple[Moment, str],
    *,
    degraded: bool = False,
) -> Answer:
    """The best actions first, at a moment and under a decision id. It runs on service.

    Sales, partner and content offers still need personalisation here. `degraded`: the store did not answer, so the
    placement shows its fallback. Raises BadRequest for an unknown placement.
    """
    moment, decision_id = occasion
    catalogue, laps = reception.catalogue, Laps(reception.timer)
    if request.placement not in catalogue.placements:
        raise BadRequest(f"unknown placement {request.placement}", [{"path": "placement", "message": "unknown"}])
    person = profile if profile.user_id is not None else structs.replace(profile, user_id=request.user_id)
    laps.lap("identify")
    laps.lap("collect")
    seen = view(person, catalogue, SERVICE, moment, channel=request.channel, context=request.context, is_pull=True)
    laps.lap("analyse")
    decision = _decided(seen, request, reception, degraded=degraded)
    laps.lap("match")
    seal = Seal(
        sealer=reception.sealer,
        decision_id=decision_id,
        moment=moment,
        profile=person.id,
        channel=request.channel,
        catalogue=catalogue.version,
        holdout=decision.holdout,
        candidates=candidates(decision.verdicts),
    )
    choices = decision.placements[0].choices
    actions = [_action(choice, seen, seal.token(choice.offer, request.placement, choice.basis)) for choice in choices]
    laps.lap("deliver")
    body: dict[str, Any] = {
        "decisionId": decision_id,
        "profileId": person.id,
        "catalogue": catalogue.version,
        "actions": actions,
    }
    laps.lap("optimise")
    if request.explain:
        body["explain"] = explained({request.placement: seen}, decision, laps.steps, with_scores=True)
    return Answer(body, decision, degraded=degraded)


def facts(offer: Offer, seen: View) -> list[dict[str, Any]]:
    """What an offer's conditions read of the person, as far as it is known, each with its provenance.

    A trait goes by its name; what the person chose, and an open case that the offer meets, by its own.
    """
    names = dict.fromkeys([*reads_of(offer.when, seen), *reads_of(offer.unless, seen)])
    found = [fact for name in names if (fact := _fact(name, seen)) is not None]
    return [*found, *_chosen(offer, seen), *_cases(offer, seen)]


def _decided(seen: View, request: ActionRequest, reception: Reception, *, degraded: bool) -> Decision:
    catalogue, channel = seen.catalogue, request.channel
    placement = catalogue.placements[request.placement]
    stands = situation(seen.profile, catalogue, seen.moment, channel, is_pull=channel in PULL_CHANNELS)
    terms = Terms(
        exhausted=reception.publication.exhausted,
        held_out=held_out(catalogue.house.holdout, seen.profile.user_id or seen.profile.id),
        model=reception.model,
        shelf=reception.shelf,
        everything=request.explain,
    )
    if degraded:
        terms = unjudged(terms)
    slotting = Slotting(placement.id, request.count or placement.count, channel, placement.id)
    return decide(seen, catalogue, (slotting,), stands, terms)


def _action(choice: Choice, seen: View, token: str) -> dict[str, Any]:
    return {
        "offer": choice.offer,
        "kind": choice.kind,
        "why": choice.why,
        "reason": choice.reason.value,
        "facts": facts(seen.catalogue.offers[choice.offer], seen),
        "content": choice.content,
        "token": token,
    }


def _fact(name: str, seen: View) -> dict[str, Any] | None:
    root, _, trait = name.partition(".")
    if root == "traits":
        known = seen.sight(trait)
        return {"name": trait, **provenance(seen.catalogue.traits[trait], known)} if isinstance(known, Seen) else None
    if root == "segments":
        return {"name": name, "value": True} if seen.in_segment(trait) is True else None
    if root not in ("persona", "groups", "owned"):
        return None
    value = seen.value(name)
    listed = [one for one in value if one is not UNKNOWN] if isinstance(value, tuple) else value
    return None if value is UNKNOWN else {"name": name, "value": listed}


def _chosen(offer: Offer, seen: View) -> Iterator[dict[str, Any]]:
    for group, choice in offer.complements.items():
        intent = seen.profile.intents.get(group)
        for chosen in intent.chosen if intent is not None else ():
            if chosen.choice == choice:
                yield {"name": f"intents.{group}.chosen", "value": choice, "observed_at": text(chosen.at)}


def _cases(offer: Offer, seen: View) -> Iterator[dict[str, Any]]:
    for case in seen.profile.cases:
        if case.event in offer.meets and is_open(case, seen.moment) and case.opened_at is not None:
            yield {"name": f"cases.{case.kind}", "value": case.event, "observed_at": text(case.opened_at)}
