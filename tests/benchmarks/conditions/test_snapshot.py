"""A publication of ten thousand offers: how large it is, and how soon a process that knows nothing decides with it."""

import json
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rapport.domain.catalogue import Catalogue
from rapport.domain.condition import Condition, names_in
from rapport.domain.house import House, Source
from rapport.domain.offer import Offer
from rapport.domain.placement import Placement
from rapport.domain.trait import TraitDefinition
from rapport_aws.snapshots import pack

from tests.benchmarks.conditions import rules as written
from tests.benchmarks.lambda_runtime.layers import search_path
from tests.benchmarks.lambda_runtime.measure import undisturbed

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
OFFERS = 10_000
LARGEST = 1_000_000
PROCESSES = 15
THINGS = ["ski boots", "a rain jacket", "a city break", "a rental car", "a guided tour", "a night train", "a hut"]
PLACES = ["Oslo", "Stockholm", "Bergen", "Lyon", "Chamonix", "Turin", "Riga", "Gdansk", "Porto", "Cork"]


def catalogue(count: int) -> Catalogue:
    """Offers as a feed writes them: each with its own rule, price, link and words of a common pattern."""
    chance = Random(3)  # noqa: S311  # chance for tests, not for keys
    offers = {f"offer-{at}": offer(at, rule, chance) for at, rule in enumerate(written.rules(count))}
    welcome = Offer("welcome", "content", "A warm welcome", content={"en-GB": {"headline": "Hello"}})
    return Catalogue(
        House("Trails", sources={"crm": Source(80, 0.95)}),
        traits={name: TraitDefinition(name, kind, "declared") for name, kind in written.TYPES.items()},
        placements={"hero": Placement("hero", "web", 3, "welcome")},
        offers=offers | {"welcome": welcome},
    )


def offer(at: int, rule: written.Rule, chance: Random) -> Offer:
    thing, place, share = chance.choice(THINGS), chance.choice(PLACES), chance.randint(5, 40)
    content: dict[str, Any] = {
        "headline": f"{share}% off {thing} in {place}",
        "text": f"Book {thing} in {place} by Sunday and pay {share}% less.",
        "link": f"https://trails.example/offers/{at}",
        "price": {"amount": chance.randint(5, 500), "currency": "EUR"},
    }
    plan = written.plan(rule)
    reads = tuple(dict.fromkeys(names_in(plan)))
    return Offer(
        f"offer-{at}",
        chance.choice(["sales", "content", "advice"]),
        f"{share}% off {thing}",
        when=Condition(written.rapport(rule), plan, reads),
        sku=f"sku-{at}",
        placements=("hero",),
        value=float(chance.randint(1, 50)),
        content={"en-GB": content},
        mode="individual",
    )


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    whole = catalogue(OFFERS)
    before = time.process_time()
    packed = pack(whole)
    print(f"\n{OFFERS:,} offers: packed in {time.process_time() - before:.1f} s, {len(packed) / 1e6:.2f} MB")  # noqa: T201  # the measure
    path: Path = tmp_path_factory.mktemp("snapshot") / "v1.bin"
    path.write_bytes(packed)
    return path


def test_ten_thousand_offers_with_their_words_are_less_than_a_megabyte(snapshot: Path) -> None:
    assert snapshot.stat().st_size < LARGEST


def test_a_fresh_process_opens_it_and_decides_in_about_the_time_of_its_imports(snapshot: Path, tmp_path: Path) -> None:
    surroundings = deployed(tmp_path)
    _compiling, *runs = [fresh(snapshot, person, surroundings) for person in written.people(PROCESSES + 1)]
    steps = {step: undisturbed([run[step] for run in runs]) for step in ("import", "load", "decide", "again")}
    print("\nfresh process, ms of CPU: " + ", ".join(f"{step} {ms:.0f}" for step, ms in steps.items()))  # noqa: T201  # the same
    assert steps["load"] + steps["decide"] < 1.5 * steps["import"]


def deployed(folder: Path) -> dict[str, str]:
    """The packages of a deployed function, and compiled modules."""
    (folder / "packages").mkdir()
    return {"PYTHONPATH": search_path(folder / "packages", ["hot"]), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def fresh(snapshot: Path, person: written.Person, surroundings: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-S", "-m", "tests.benchmarks.conditions.fresh", str(snapshot), json.dumps(person)]
    told = subprocess.run(  # noqa: S603  # our own module
        [*command, str(written.NOW)], cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True
    )
    run: dict[str, Any] = json.loads(told.stdout)
    return run
