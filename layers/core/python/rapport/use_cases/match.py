"""Matching a pull: every placement is judged on its channel, in the view and with the tact that hold there."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from msgspec import structs

from rapport.domain.catalogue import Catalogue
from rapport.domain.decide import Terms, decide
from rapport.domain.decision import Decision, PlacementDecision, Slotting, Verdict
from rapport.domain.house import PULL_CHANNELS
from rapport.domain.mandate import PERSONALISATION
from rapport.domain.offer import Offer
from rapport.domain.profile import Profile
from rapport.domain.tact import situation
from rapport.domain.view import View, view
from rapport.errors import BadRequest
from rapport.use_cases.asked import Asked


def views_of(person: Profile, asked: Asked, catalogue: Catalogue, slottings: Iterable[Slotting]) -> dict[str, View]:
    """How the person may be seen on each channel of a request, the first placement's first.

    Raises BadRequest for a persona that the catalogue does not know.
    """
    played, context = asked.request.as_persona, asked.request.context
    if played is not None and played not in catalogue.personas:
        raise BadRequest(f"unknown persona {played}", [{"path": "as_persona", "message": "unknown persona"}])
    return {
        channel: view(
            person,
            catalogue,
            PERSONALISATION,
            asked.moment,
            channel=channel,
            context=context,
            is_pull=True,
            played=played,
        )
        for channel in dict.fromkeys(slotting.channel for slotting in slottings)
    }


def matched(views: Mapping[str, View], slottings: Iterable[Slotting], terms: Terms) -> Decision:
    """The decision for all placements in their order; nothing is chosen twice, on whatever channels they are."""
    placements: list[PlacementDecision] = []
    verdicts: list[Verdict] = []
    for channel, some in groupby(slottings, key=lambda slotting: slotting.channel):
        seen = views[channel]
        stands = situation(seen.profile, seen.catalogue, seen.moment, channel, is_pull=channel in PULL_CHANNELS)
        shown = {choice.offer for placement in placements for choice in placement.choices}
        decision = decide(seen, seen.catalogue, tuple(some), stands, structs.replace(terms, taken=terms.taken | shown))
        placements += decision.placements
        verdicts += decision.verdicts
    return Decision(tuple(placements), tuple(verdicts), terms.held_out)


def unjudged(terms: Terms) -> Terms:
    """The terms of a decision without a profile to go by: no offer is looked at, so the fallbacks stand in."""
    return structs.replace(terms, shelf=_empty, everything=False, held_out=False)


def _empty(_placement: str, _view: View) -> Iterable[Offer]:
    return ()
