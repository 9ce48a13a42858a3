"""The next best action for a person at the other end of the line: what to do, why, and on which facts."""

from typing import Any

from msgspec import structs

from rapport.domain.decide import Terms, decide
from rapport.domain.decision import Choice, Decision, Slotting, candidates
from rapport.domain.experiment import held_out
from rapport.domain.house import PULL_CHANNELS
from rapport.domain.mandate import SERVICE
from rapport.domain.moment import Moment
from rapport.domain.profile import Profile
from rapport.domain.tact import situation
from rapport.domain.view import View, view
from rapport.errors import BadRequest
from rapport.use_cases.asked import ActionRequest
from rapport.use_cases.explained import Laps, explained
from rapport.use_cases.grounds import facts
from rapport.use_cases.match import unjudged
from rapport.use_cases.personalise import Answer, Reception
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
    catalogue, laps = reception.catalogue, Laps(reception.timer if request.explain else None)
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
