"""The report of the deployed stack: everybody is counted by a job, and the command line draws what came of it."""

import json
from pathlib import Path

from click.testing import CliRunner
from rapport_authoring.cli import main
from rapport_authoring.local.place import Deployed

from tests.e2e.conftest import Caller


def test_the_report_of_the_deployed_house_is_drawn(stack: Deployed, caller: Caller, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    told = CliRunner().invoke(
        main, ["report", "--out", str(out), "--api", stack.api, "--key", stack.admin_key, "--json"]
    )
    assert told.exit_code == 0, told.output
    report = json.loads(told.output)
    assert report["house"] == "Nordic Trails"
    assert report["tally"]["people"] >= 3
    assert "Coverage of consent" in out.read_text()
    assert "ann@example.com" not in told.output


def test_a_website_cannot_ask_for_it(caller: Caller) -> None:
    assert caller.as_site("POST", "/v1/reports", {}).status in {401, 403}
