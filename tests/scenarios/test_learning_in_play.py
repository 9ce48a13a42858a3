"""Placements that learn, played in the simulator: responses move later choices, the same way each time."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from rapport.domain.catalogue import Catalogue
from rapport.domain.moment import text
from rapport_authoring.check import check
from rapport_authoring.simulation import simulate

START = 1_793_610_000.0
PEOPLE = 120


def catalogue(*, learn: bool) -> Catalogue:
    offers = "".join(
        f"- {{id: {name}, kind: content, benefit: b, placements: [spot], content: {{en-GB: {{headline: H}}}}}}\n"
        for name in ("one", "two")
    )
    neutral = "- {id: neutral, kind: relationship, benefit: b, content: {en-GB: {headline: H}}}\n"
    checked = check(
        {
            "rapport.yaml": "name: House\n",
            "offers/all.yaml": offers + neutral,
            "placements/all.yaml": f"- {{id: spot, fallback: neutral, count: 2, learn: {str(learn).lower()}}}\n",
        }
    )
    assert checked.catalogue is not None, checked.errors
    return checked.catalogue


def timeline() -> Iterator[str]:
    """Everybody sees both offers, and clicks the second one only."""
    for number in range(PEOPLE):
        for second, line in enumerate(visit(f"p{number}")):
            yield json.dumps({"at": text(START + number * 60 + second), **line})


def visit(person: str) -> Iterator[dict[str, Any]]:
    yield {"type": "personalise", "anonymousId": person, "placements": ["spot"], "explain": True}
    for name in ("one", "two"):
        yield {"type": "track", "anonymousId": person, "event": "Offer Viewed", "properties": {"offer": name}}
    yield {"type": "track", "anonymousId": person, "event": "Offer Clicked", "properties": {"offer": "two"}}


@pytest.fixture(scope="module")
def learned() -> list[dict[str, Any]]:
    return [row for row in simulate(catalogue(learn=True), timeline()) if row["type"] == "decision"]


def first(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(row["placements"][0]["offers"][0]["id"] for row in rows)


def test_after_responses_the_offer_that_is_answered_comes_first_a22(learned: list[dict[str, Any]]) -> None:
    assert first(learned[-40:])["two"] > 32


def test_the_propensity_in_the_explain_follows_the_responses_d33(learned: list[dict[str, Any]]) -> None:
    candidates = learned[-1]["explain"]["candidates"]
    propensity = {found["offer"]: found["score"]["propensity"] for found in candidates if "score" in found}
    assert propensity["two"] > 3 * propensity["one"]


def test_before_any_response_propensity_is_the_base_rate(learned: list[dict[str, Any]]) -> None:
    assert {c["score"]["propensity"] for c in learned[0]["explain"]["candidates"] if "score" in c} == {0.05}


def test_where_nothing_is_learned_responses_move_nothing() -> None:
    rows = [row for row in simulate(catalogue(learn=False), timeline()) if row["type"] == "decision"]
    assert first(rows)["one"] > PEOPLE / 4


def test_the_same_timeline_gives_the_same_choices_a22(learned: list[dict[str, Any]]) -> None:
    again = [row for row in simulate(catalogue(learn=True), timeline()) if row["type"] == "decision"]
    assert again == learned
