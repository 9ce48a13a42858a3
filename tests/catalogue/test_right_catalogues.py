"""Catalogues that must pass: the little one, the starter, and the examples of the contract itself."""

import re
from functools import cache
from pathlib import Path

import pytest
import rapport_authoring
from rapport_authoring.check import Checked, check, check_folder
from rapport_authoring.loader import load

from tests.catalogue.little_house import HERE, codes, little_house

STARTER = Path(rapport_authoring.__file__).parent / "starter"
CONTRACT = HERE.parents[1] / "docs" / "contract" / "catalogue.md"
FILES = {
    "rapport.yaml": "name: Nordic Trails",
    "traits.yaml": "declared:",
    "events.yaml": "- {event: Order Completed",
    "segments/all.yaml": "- {id: gold",
    "placements/all.yaml": "- {id: home-hero",
    "offers/all.yaml": "id: rental-car-stockholm",
    "campaigns/all.yaml": "id: welcome-home",
}
ELLIPSIS = re.compile(r"^about: \{sku: \.\.\..*$", re.MULTILINE)


@cache
def starter() -> Checked:
    """The starter, checked once for all tests of a process."""
    return check_folder(STARTER)


def test_the_right_catalogue_has_no_problem() -> None:
    assert codes(check(little_house())) == []


def test_the_starter_catalogue_has_no_error() -> None:
    assert starter().errors == ()


def test_the_starter_catalogue_warns_only_of_what_it_does_on_purpose_e13() -> None:
    found = [(problem.code.value, problem.file) for problem in starter().warnings]
    assert found == [("policy-loosened", "campaigns/orders.yaml"), ("prediction-used", "offers/gear.yaml")]


def test_the_starter_catalogue_shows_what_there_is_to_show() -> None:
    catalogue = starter().catalogue
    assert catalogue is not None
    sizes = len(catalogue.offers) >= 12, len(catalogue.placements) >= 6, len(catalogue.campaigns) >= 8
    assert (*sizes, len(catalogue.personas)) == (True, True, True, 3)


def test_the_starter_catalogue_speaks_french_to_some() -> None:
    catalogue = starter().catalogue
    assert catalogue is not None
    assert "fr" in catalogue.offers["stockholm-weekend"].content
    assert "welcome.fr.j2" in catalogue.templates


def test_all_of_the_starter_is_there_in_french_d18() -> None:
    catalogue = starter().catalogue
    assert catalogue is not None
    templates = {campaign.template.removesuffix(".j2") for campaign in catalogue.campaigns.values()}
    assert [name for name in sorted(templates) if f"{name}.fr.j2" not in catalogue.templates] == []
    assert [
        name for name, offer in catalogue.offers.items() if "fr" not in offer.content or "fr" not in offer.why
    ] == []


def test_the_contracts_own_examples_are_read_without_a_complaint() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", CONTRACT.read_text(encoding="utf-8"), re.DOTALL)
    files = {
        name: ELLIPSIS.sub("", next(block for block in blocks if block.startswith(begins)))
        for name, begins in FILES.items()
    }
    assert load(files).problems == []


CAMPAIGN = (
    "{id: c, purpose: marketing, kind: content, trigger: {event: X}, channels: [email], template: c.j2, offers: %s}"
)
TEMPLATE = (
    "{% block subject %}Hi{% endblock %}"
    "{% block email %}{% if offers.tip %}<a href='{{ links.unsubscribe }}'>Stop</a>{% endif %}{% endblock %}"
)


@pytest.mark.parametrize(
    ("offers", "wrong"),
    [("{tip: {placement: slot}}", 0), ("{tip: {placement: slot}, more: {placement: slot}}", 1)],
    ids=["its one slot", "one of two"],
)
def test_what_is_printed_with_the_one_slot_is_printed_for_all_who_get_the_email(offers: str, wrong: int) -> None:
    found = check(little_house(**{"campaigns/c.yaml": CAMPAIGN % offers, "templates/c.j2": TEMPLATE}))
    assert len([one for one in found.errors if "unsubscribe" in one.message]) == wrong
