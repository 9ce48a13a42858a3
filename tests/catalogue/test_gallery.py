"""Previews as a page: every channel is there, nothing breaks out of its frame, nothing in it is signed."""

import base64
import json
import re
from pathlib import Path

import html5lib
import pytest
from click.testing import CliRunner
from rapport.use_cases.preview import Wanted, letter
from rapport_authoring.cli.main import main
from rapport_authoring.gallery import gallery

from tests.browser.starter import CAMPAIGNS, NOW, shown, simulation
from tests.catalogue.test_right_catalogues import STARTER

FOUND = {
    "channels": {"email": {"subject": "A <b>", "html": "<style>@media {p {color: red}}</style><script>x</script>\"'"}},
    "reasons": {"email": {"status": "SENT", "offers": [], "hidden": {"job_title": "UNCERTAIN"}}},
}


def test_html_is_shown_on_three_screens_as_it_is() -> None:
    page = html5lib.parse(gallery("c", FOUND), namespaceHTMLElements=False)
    frames = list(page.iter("iframe"))
    assert {frame.attrib["srcdoc"] for frame in frames} == {FOUND["channels"]["email"]["html"]}
    assert [frame.attrib["title"] for frame in frames] == ["Desktop", "Phone", "Dark phone"]


def test_nothing_of_a_message_runs_in_the_page() -> None:
    page = html5lib.parse(gallery("<script>c", FOUND), namespaceHTMLElements=False)
    assert (list(page.iter("script")), list(page.iter("b"))) == ([], [])
    assert all(frame.attrib["sandbox"] == "" for frame in page.iter("iframe"))


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_every_campaign_of_the_starter_has_something_to_show(campaign: str) -> None:
    assert shown(campaign, "ann")


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_a_preview_carries_no_link_that_opens_anything(campaign: str) -> None:
    tokens = re.findall(r"simulated\.example/(?:u|p|why|c)/([\w.-]+)", json.dumps(shown(campaign, "ann")))
    assert set(tokens) <= {"preview"}


def test_the_letter_is_shown_itself_d34() -> None:
    world = simulation().world
    assert world is not None
    pdf = letter(Wanted("season-opens", world.person("ann")), world.desk, NOW)
    assert pdf.startswith(b"%PDF")
    found = {"channels": {"print": {"text": "x"}}, "reasons": {"print": {"offers": [], "hidden": {}}}}
    assert base64.b64encode(pdf).decode() in gallery("c", found, pdf)


def test_what_does_not_go_on_paper_has_no_letter() -> None:
    world = simulation().world
    assert world is not None
    assert letter(Wanted("welcome", world.person("ann")), world.desk, NOW) == b""


@pytest.mark.parametrize("campaign", ["welcome", "season-opens", "poor-rating"])
def test_the_command_writes_the_page(campaign: str, tmp_path: Path) -> None:
    page = tmp_path / "preview.html"
    answer = CliRunner().invoke(main, ["preview", str(STARTER), campaign, "--html", str(page)])
    assert (answer.exit_code, f"<h1>{campaign}</h1>" in page.read_text()) == (0, True), answer.output
