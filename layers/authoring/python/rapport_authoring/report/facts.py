"""What a report is made of: a tally, and where answers were explained the reasons of every candidate."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from rapport.domain.catalogue import Catalogue
from rapport.domain.tally import Tally

Counts = Mapping[str, Mapping[str, int]]


class Facts(Struct, frozen=True):
    """All that a report tells.

    `campaigns` and `offers` are counted by status and reason, `verdicts` tells whether offers were judged with reasons;
    `people` are those whom most messages reached (in a simulation only), `experiments` the weights of each campaign's
    variants.
    """

    house: str
    currency: str
    tally: Tally
    campaigns: Counts
    offers: Counts
    verdicts: bool = False
    people: Mapping[str, int] | None = None
    experiments: Mapping[str, Mapping[str, float]] = {}
    errors: int = 0
    held_out: float = 0.0
    """The share of people who are to be held out, as the house has it."""


def of_simulation(catalogue: Catalogue, counted: Mapping[str, Any], tally: Tally) -> Facts:
    """The facts of a simulation, whose summary counts every reason."""
    return Facts(
        house=catalogue.house.name,
        currency=catalogue.house.currency,
        tally=tally,
        campaigns=counted["campaigns"],
        offers=counted["offers"],
        verdicts=True,
        people=counted["people"],
        experiments={name: campaign.experiment for name, campaign in catalogue.campaigns.items()},
        errors=counted["errors"],
        held_out=catalogue.house.holdout.share,
    )


def of_tally(
    house: str, currency: str, tally: Tally, experiments: Mapping[str, Mapping[str, float]] = {}, held_out: float = 0.0
) -> Facts:
    """The facts of a deployment, which tells of nobody by name."""
    return Facts(house, currency, tally, tally.campaigns, tally.offers, experiments=experiments, held_out=held_out)
