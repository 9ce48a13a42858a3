"""Whatever is not known of a person or an event, the starter's messages leave no gap, in either of its languages."""

import json
import random
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from rapport.domain.catalogue import Catalogue
from rapport.domain.event import EventFacts
from rapport.use_cases.preview import Wanted, preview
from rapport_authoring.simulation import Simulation

from tests.browser.starter import ANN, AT, CAMPAIGNS, EVENT, NOW
from tests.catalogue.test_right_catalogues import starter as checked

pytestmark = pytest.mark.slow
GAP = re.compile(
    r"\bNone\b|Undefined|\{\{|\{%|%\}|\}\}"  # what Python or a template would have written
    r"| ,|\(\s*\)|\( | \)|, *[!.?]|,,"  # what a value that is not there would have left
    r"|\b(?:a|at|on|for|in|to|à|de|le|pour) [.,!](?!\w)"
)
ALWAYS = {"email": "ann@example.com", "phone": "+33612345678"}


@cache
def starter() -> Catalogue:
    catalogue = checked().catalogue
    assert catalogue is not None
    return catalogue


def some(chance: random.Random, data: dict[str, Any]) -> dict[str, Any]:
    """Some of what there is to know."""
    return {name: value for name, value in data.items() if chance.random() < 0.6}


def messages(chance: random.Random, locale: str) -> Iterator[tuple[str, str]]:
    """Every message of the starter for somebody of whom some is known: where it stands, and what it says."""
    simulated = Simulation(starter())
    traits = {**some(chance, ANN), **ALWAYS, "locale": locale}
    sure = chance.choice(["crm", "inferred"])
    simulated.play(json.dumps({"at": AT, "type": "identify", "userId": "u", "source": sure, "traits": traits}))
    for purpose in some(chance, dict.fromkeys(("marketing", "personalisation", "profiling"), True)):
        granted = {"at": AT, "type": "consent", "userId": "u", "purpose": purpose, "status": "granted"}
        simulated.play(json.dumps(granted))
    assert simulated.world is not None
    person, event = simulated.world.person("u"), EventFacts("Preview", NOW, some(chance, dict(EVENT)))
    for campaign in CAMPAIGNS:
        found = preview(Wanted(campaign, person, event=event), simulated.world.desk, NOW)
        for channel, content in found["channels"].items():
            yield from ((f"{campaign} {channel}", str(content[part])) for part in _SAID if part in content)


_SAID = ("subject", "title", "text", "script")


@pytest.mark.parametrize("locale", ["en-GB", "fr-BE"])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_not_known_leaves_no_gap_b2_d16(seed: int, locale: str) -> None:
    said = list(messages(random.Random(seed), locale))  # noqa: S311  # chance, not secrecy
    assert [(where, text) for where, text in said if GAP.search(text)] == []
    assert len(said) > len(CAMPAIGNS)


def test_a_gap_would_be_seen() -> None:
    assert all(
        GAP.search(text) for text in ("Hello , you", "Hello None", "We like ()", "Off to .", "{{ x }}", "Hello, !")
    )
