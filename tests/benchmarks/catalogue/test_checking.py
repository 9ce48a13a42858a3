"""What reading and refusing costs, as ratios within one run: against YAML alone, against honest conditions."""

import time
from collections.abc import Callable

import pytest
import yaml
from rapport_authoring.conditions import compile_condition
from rapport_authoring.loader import load

from tests.catalogue.test_hostile_conditions import HOSTILE, NAMES

HONEST = 'traits.tier == "gold" && traits.orders > 3'
OFFER = """\
- id: o{at}
  kind: sales
  benefit: 15% off a car
  when: 'traits.orders > 3'
  placements: [hero, slot]
  about: {{sku: car-15, tags: [city, car]}}
  caps: [{{per: person, at_most: 3, days: 30}}]
  content: {{en-GB: {{headline: Your car, text: At the airport., price: {{amount: 29, currency: EUR, per: day}}}}}}
"""
FEW = 40
ROUNDS = 3


def least(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The seconds of CPU of the quickest of some rounds."""
    taken = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return min(taken)


def test_thousands_of_offers_load_no_slower_than_yaml_alone() -> None:
    text = "".join(OFFER.format(at=at) for at in range(3_000))
    ours = least(lambda: load({"rapport.yaml": "name: X", "offers/x.yaml": text}))
    plain = least(lambda: yaml.load(text, yaml.CSafeLoader))
    assert ours / plain < 1.5


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_refusing_takes_no_longer_than_a_few_honest_conditions(source: str) -> None:
    honest = least(lambda: compile_condition(HONEST, NAMES, "person"), 6)
    assert least(lambda: compile_condition(source, NAMES, "person")) < max(0.1, FEW * honest)
