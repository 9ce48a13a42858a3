"""A pull: the person is there now, and gets an answer now. One read came before; nothing is written or sent."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct, structs

from rapport.domain.catalogue import Catalogue, Publication
from rapport.domain.decide import Terms
from rapport.domain.decision import Choice, Decision, PlacementDecision, Slotting, candidates
from rapport.domain.event import Event
from rapport.domain.experiment import held_out
from rapport.domain.moment import Moment
from rapport.domain.offer import Offer
from rapport.domain.profile import Profile, Waiting
from rapport.domain.rank import Model
from rapport.domain.view import View
from rapport.errors import BadRequest
from rapport.ports import Sealer
from rapport.use_cases.asked import Asked, PlacementAsked, PullRequest, permit, whose
from rapport.use_cases.collected import collected, events_of
from rapport.use_cases.explained import Laps, explained
from rapport.use_cases.match import matched, unjudged, views_of
from rapport.use_cases.sealed import Seal
from rapport.use_cases.waiting import still_welcome

SHOWN = 500
"""Offers that one answer shows at most, over all its placements: more is no page, and costs whoever waits."""
EXPLAINED = 30_000
"""Candidates that one answer explains at most: a function can answer no more than some megabytes."""


class Reception(Struct, frozen=True):
    """What pulls are answered with, the same for every request of a publication.

    `shelf` finds the offers of a placement quickly; `timer` gives seconds for the explain (None: no timings); `model`
    is what responses have taught, None while that is nothing.
    """

    publication: Publication
    sealer: Sealer
    model: Model | None = None
    shelf: Callable[[str, View], Iterable[Offer]] | None = None
    timer: Callable[[], float] | None = None

    @property
    def catalogue(self) -> Catalogue:
        """The live catalogue."""
        return self.publication.catalogue


class Answer(Struct, frozen=True):
    """The body to send, what was decided, and the request's own events, which go to the bus as well."""

    body: dict[str, Any]
    decision: Decision
    events: tuple[Event, ...] = ()
    degraded: bool = False


def personalise(asked: Asked, profile: Profile, reception: Reception, *, degraded: bool = False) -> Answer:
    """Answer a pull from the profile that was read, an empty one for whom nobody knows.

    `degraded`: the store did not answer, so every placement shows its fallback. Raises BadRequest for placements,
    offers or personas that no catalogue knows and for events that are none, Forbidden for what the caller may not ask.
    """
    request, catalogue = asked.request, reception.catalogue
    laps = Laps(reception.timer if request.explain else None)
    permit(request, asked.caller)
    slottings = _slottings(request, catalogue)
    person = _named(profile, asked)
    laps.lap("identify")
    events = events_of(asked)
    if not degraded:
        person, events = collected(person, events, asked, (catalogue, reception.sealer))
    laps.lap("collect")
    views = views_of(person, asked, catalogue, slottings)
    laps.lap("analyse")
    waiting = {} if degraded else _waiting(slottings, person, asked.moment, reception.publication)
    terms = _terms(request, person, reception, waiting)
    decision = matched(views, _left(slottings, waiting), unjudged(terms) if degraded else terms)
    laps.lap("match")
    seals = {channel: _seal(asked, seen, reception, decision) for channel, seen in views.items()}
    placements = [
        _placement(one, waiting.get(one.placement, ()), seals[slotting.channel], catalogue)
        for one, slotting in zip(decision.placements, slottings, strict=True)
    ]
    laps.lap("deliver")
    body = _body(asked, person, catalogue, decision) | {"placements": placements}
    laps.lap("optimise")
    if request.explain:
        seen = {slotting.placement: views[slotting.channel] for slotting in slottings}
        body["explain"] = explained(seen, decision, laps.steps, with_scores=asked.caller.explains == "all")
    return Answer(body, decision, () if whose(request, asked.caller) is None else events, degraded)


# ---- identify and analyse


def _slottings(request: PullRequest, catalogue: Catalogue) -> tuple[Slotting, ...]:
    wanted = [PlacementAsked(one) if isinstance(one, str) else one for one in request.placements]
    unknown = [(place, one.id) for place, one in enumerate(wanted) if one.id not in catalogue.placements]
    if unknown:
        faults = [{"path": f"placements[{place}]", "message": f"unknown placement {name}"} for place, name in unknown]
        raise BadRequest(f"unknown placement {unknown[0][1]}", faults)
    if request.explain and len(wanted) * len(catalogue.offers) > EXPLAINED:
        raise BadRequest("too much to explain at once", [{"path": "placements", "message": "ask for fewer of them"}])
    known = [catalogue.placements[one.id] for one in wanted]
    slottings = tuple(
        Slotting(placement.id, one.count or placement.count, request.channel or placement.channel, placement.id)
        for one, placement in zip(wanted, known, strict=True)
    )
    if sum(one.count for one in slottings) > SHOWN:
        raise BadRequest("too much to show at once", [{"path": "placements", "message": f"have room for over {SHOWN}"}])
    return slottings


def _named(profile: Profile, asked: Asked) -> Profile:
    """The profile under the name it was asked by; a browser never gets to see one that belongs to a known person."""
    who = whose(asked.request, asked.caller)
    if who is not None and who.kind == "user":
        return profile if profile.user_id is not None else structs.replace(profile, user_id=who.value)
    # An anonymous id that led to a known person would let whoever copies it read them.
    if profile.user_id is None or asked.caller.trusted:
        if who is None or profile.user_id is not None or profile.anonymous_id is not None:
            return profile
        return structs.replace(profile, anonymous_id=who.value)
    return Profile(id=f"p_{hashlib.blake2b(asked.decision_id.encode(), digest_size=15).hexdigest()}")


# ---- match


def _terms(
    request: PullRequest, profile: Profile, reception: Reception, waiting: dict[str, tuple[Waiting, ...]]
) -> Terms:
    publication = reception.publication
    catalogue = publication.catalogue
    for placement, offer in request.force.items():
        if offer not in catalogue.offers or placement not in catalogue.placements:
            raise BadRequest("unknown offer or placement in force", [{"path": f"force.{placement}", "message": offer}])
    return Terms(
        exhausted=publication.exhausted,
        held_out=held_out(catalogue.house.holdout, profile.user_id or profile.id),
        model=reception.model,
        taken=frozenset(offer for messages in waiting.values() for one in messages for offer in one.offers),
        occupied=frozenset(waiting),
        force=request.force,
        shelf=reception.shelf,
        everything=request.explain,
    )


def _waiting(
    slottings: tuple[Slotting, ...], profile: Profile, moment: Moment, publication: Publication
) -> dict[str, tuple[Waiting, ...]]:
    """Messages that wait for these placements and may still be shown, at most as many as each has room for."""
    found: dict[str, tuple[Waiting, ...]] = {}
    for slotting in slottings:
        here = [
            one
            for one in profile.waiting
            if one.placement == slotting.placement and still_welcome(one, profile, moment, publication)
        ]
        if here and slotting.channel == "web":
            found[slotting.placement] = tuple(here[: slotting.count])
    return found


def _left(slottings: tuple[Slotting, ...], waiting: dict[str, tuple[Waiting, ...]]) -> tuple[Slotting, ...]:
    """The slottings with the room that waiting messages leave."""
    return tuple(structs.replace(one, count=one.count - len(waiting.get(one.placement, ()))) for one in slottings)


# ---- deliver


def _seal(asked: Asked, seen: View, reception: Reception, decision: Decision) -> Seal:
    return Seal(
        sealer=reception.sealer,
        decision_id=asked.decision_id,
        moment=asked.moment,
        profile=seen.profile.id,
        channel=seen.channel or "",
        catalogue=reception.catalogue.version,
        holdout=decision.holdout,
        candidates=candidates(decision.verdicts),
    )


def _body(asked: Asked, person: Profile, catalogue: Catalogue, decision: Decision) -> dict[str, Any]:
    return {
        "decisionId": asked.decision_id,
        "profileId": person.id,
        "catalogue": catalogue.version,
        "holdout": decision.holdout,
    }


def _placement(
    decided: PlacementDecision, waiting: tuple[Waiting, ...], seal: Seal, catalogue: Catalogue
) -> dict[str, Any]:
    messages = [_message(one, catalogue.campaigns[one.campaign].kind, seal) for one in waiting]
    offers = [_offer(choice, decided.placement, seal) for choice in decided.choices]
    return {"id": decided.placement, "fallback": decided.fallback, "offers": [*messages, *offers]}


def _offer(choice: Choice, placement: str, seal: Seal) -> dict[str, Any]:
    return {
        "id": choice.offer,
        "kind": choice.kind,
        "content": choice.content,
        "why": choice.why,
        "token": seal.token(choice.offer, placement, choice.basis),
    }


def _message(waiting: Waiting, kind: str, seal: Seal) -> dict[str, Any]:
    """A message that waited, in the shape of an offer; its token names the message, and seeing it is its sending."""
    return {
        "id": waiting.campaign,
        "kind": kind,
        "content": waiting.content,
        "why": waiting.why,
        "token": seal.token(waiting.message_id, waiting.placement),
    }
