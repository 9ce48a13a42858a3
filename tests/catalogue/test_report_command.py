"""`rapport report`, and `rapport simulate` with its report and its log: what is asked, what is written."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rapport.domain.outcome_log import decoded
from rapport_authoring.cli import importing
from rapport_authoring.cli.main import main

ROOT = Path(__file__).parents[2]
STARTER = str(ROOT / "layers/authoring/python/rapport_authoring/starter")
WEEK = str(ROOT / "events/samples/week.ndjson")
SIDES = {"treated": {"people": 120, "bought": 30, "revenue": 900.0, "revenue_squares": 90000.0}}
REPORT = {
    "house": "Trails",
    "currency": "EUR",
    "at": "2026-11-22T08:00:00Z",
    "experiments": {},
    "tally": {
        "people": 150,
        "campaigns": {"welcome": {"planned": 3, "SENT": 2, "SKIPPED NO_CONSENT": 1}},
        "sides": {"all": {**SIDES, "held_out": {"people": 30, "bought": 5, "revenue": 50.0, "revenue_squares": 500.0}}},
    },
}


class Api(ThreadingHTTPServer):
    """An API that counts at once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.asked: list[str] = []
        self.status = 202

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Door(BaseHTTPRequestHandler):
    server: Api

    def do_POST(self) -> None:
        self.server.asked.append(f"{self.path} {self.headers['Authorization']}")
        self._answer({"job": "j_1", "detail": "no"}, self.server.status)

    def do_GET(self) -> None:
        last = self.server.asked[-1].partition(" ")[0].rpartition("/")[2]
        result = {"people": 150, "url": f"{self.server.address}/{last}"}
        done = {"id": "j_1", "state": "done", "progress": 1.0, "result": result}
        self._answer(REPORT if self.path in {"/reports", "/outcomes"} else done)

    def _answer(self, body: Any, status: int = 200) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        return


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setattr(importing, "POLL", 0.0)
    served = Api()
    threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True).start()
    yield served
    served.shutdown()
    served.server_close()


def run(api: Api, out: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["report", "--out", str(out), "--api", api.address, "--key", "sk_x", *more])


def test_the_report_of_a_deployment_is_drawn_from_its_tally(api: Api, tmp_path: Path) -> None:
    told = run(api, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert told.exit_code == 0, told.output
    assert api.asked == ["/v1/reports Bearer sk_x"]
    assert "Trails: what it came to by 2026-11-22" in page
    assert "too little evidence" in page


def test_the_tally_is_told_to_a_machine(api: Api, tmp_path: Path) -> None:
    assert json.loads(run(api, tmp_path / "report.html", "--json").output) == REPORT


def test_the_outcome_log_is_fetched_when_it_is_asked_for(api: Api, tmp_path: Path) -> None:
    told = run(api, tmp_path / "report.html", "--log", str(tmp_path / "log.gz"))
    assert told.exit_code == 0, told.output
    assert [one.partition(" ")[0] for one in api.asked] == ["/v1/reports", "/v1/outcomes"]
    assert json.loads((tmp_path / "log.gz").read_bytes()) == REPORT


def test_a_refusal_is_said_and_nothing_is_written(api: Api, tmp_path: Path) -> None:
    api.status = 403
    told = run(api, tmp_path / "report.html")
    assert (told.exit_code, "Refused (403)" in told.output) == (1, True)
    assert not (tmp_path / "report.html").exists()


def test_a_simulation_writes_its_report_and_its_log_beside_the_summary(tmp_path: Path) -> None:
    report, log = tmp_path / "report.html", tmp_path / "outcomes.ndjson"
    words = ["simulate", STARTER, WEEK, "--summary", "--json", "--report", str(report), "--log", str(log)]
    told = CliRunner().invoke(main, words)
    counted = json.loads(told.output)
    entries = [decoded(line) for line in log.read_bytes().splitlines()]
    sent = sum(counts.get("SENT", 0) for counts in counted["campaigns"].values())
    assert told.exit_code == 0
    assert f"<dt>messages sent</dt><dd>{sent}</dd>" in report.read_text()
    assert entries
    assert counted["holdout"]["others"]["revenue"] == 120.0


@pytest.mark.slow
def test_rows_are_printed_as_ever_beside_the_log(tmp_path: Path) -> None:
    log = tmp_path / "outcomes.ndjson"
    told = [CliRunner().invoke(main, ["simulate", STARTER, WEEK, *more]) for more in ((), ("--log", str(log)))]
    assert told[0].output == told[1].output
    assert log.stat().st_size > 0
