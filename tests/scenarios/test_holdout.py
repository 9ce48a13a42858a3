"""Holdout in the simulator: who is left out stays so, and the effect of all the rest is told with its uncertainty."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from rapport.domain.moment import text
from rapport_authoring.check import check
from rapport_authoring.simulation import Simulation
from rapport_authoring.simulation.outcomes import outcomes, tally

START = 1_793_610_000.0
PEOPLE = 300
FILES = {
    "rapport.yaml": 'name: House\nholdout: {share: 0.3, salt: "2026"}\n',
    "placements/all.yaml": "- {id: spot, fallback: neutral}\n",
    "offers/all.yaml": "- {id: neutral, kind: relationship, benefit: b, content: {en-GB: {headline: H}}}\n"
    "- {id: sale, kind: sales, benefit: b, placements: [spot], content: {en-GB: {headline: H}}}\n",
}


@pytest.fixture(scope="module")
def played() -> tuple[Simulation, dict[str, dict[str, Any]]]:
    """Everybody looks, and who was shown the sale buys."""
    catalogue = check(FILES).catalogue
    assert catalogue is not None
    simulation = Simulation(catalogue)
    answers = {}
    for number in range(PEOPLE):
        person = f"u{number}"
        for row in simulation.play(json.dumps(looks(person, number))):
            answers[person] = row
        for line in follows(person, number, answers[person]):
            simulation.play(json.dumps(line))
    return simulation, answers


def looks(person: str, number: int) -> dict[str, Any]:
    at = text(START + number * 60)
    return {"at": at, "type": "personalise", "userId": person, "known": True, "placements": ["spot"], "explain": True}


def follows(person: str, number: int, answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    order = {"order_id": person, "products": [{"sku": "s"}]}
    bought = not answer["holdout"]
    name, properties = ("Order Completed", order) if bought else ("Product Viewed", {"sku": "s"})
    yield {"at": text(START + number * 60), "type": "track", "userId": person, "event": name, "properties": properties}


def test_about_the_given_share_is_held_out_a26(played: tuple[Simulation, dict[str, dict[str, Any]]]) -> None:
    held = sum(row["holdout"] for row in played[1].values())
    assert 0.2 * PEOPLE < held < 0.4 * PEOPLE


def test_who_is_held_out_sees_the_fallback_and_the_reason(
    played: tuple[Simulation, dict[str, dict[str, Any]]],
) -> None:
    row = next(row for row in played[1].values() if row["holdout"])
    told = {found["offer"]: (found["stage"], found["reason"]) for found in row["explain"]["candidates"]}
    assert told == {"neutral": ("arbitration", "FALLBACK"), "sale": ("contact", "HOLDOUT")}


def test_the_effect_against_the_holdout_is_told_with_its_uncertainty_a26(
    played: tuple[Simulation, dict[str, dict[str, Any]]],
) -> None:
    assert played[0].world is not None
    told = outcomes(tally(played[0].world, played[0].now))
    assert told["effect"]["difference"] == 1.0
    assert 0 < told["effect"]["low"] < 1
    assert told["says"] == "better"
    assert told["held_out"]["bought"] == 0 < told["others"]["bought"] == told["others"]["people"]
