"""`rapport import`: what it asks of the API, what it says on a terminal and to a machine."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rapport_authoring.cli import importing
from rapport_authoring.cli.main import main

LINES = [
    {"line": 1, "status": "accepted", "errors": []},
    {"line": 2, "status": "rejected", "errors": [{"path": "traits.email", "message": "must be an email address"}]},
]


class Api(ThreadingHTTPServer):
    """An API that takes a file, needs one more look at the job, and answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.taken: dict[str, bytes] = {}
        self.result: dict[str, Any] = {"accepted": 1, "rejected": 1, "lines": LINES}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Door(BaseHTTPRequestHandler):
    server: Api

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken[self.path] = body
        self._answer({"job": "j_1"} if body else {"job": "j_1", "upload": f"{self.server.address}/upload"}, 202)

    def do_PUT(self) -> None:
        self.server.taken[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer({})

    def do_GET(self) -> None:
        if self.path == "/result":
            self._answer({"accepted": 1, "rejected": 1, "lines": LINES})
        else:
            self._answer({"id": "j_1", "state": "done", "progress": 1.0, "result": self.server.result})

    def _answer(self, body: Any, status: int = 200) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        return


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "people.ndjson"
    made.write_text('{"userId": "u1"}\n{"userId": "u2", "traits": {"email": "a@b, c@d"}}\n')
    return made


def run(api: Api, file: Path, *options: str) -> Result:
    where = ["--api", api.address, "--key", "sk_1", "--source", "crm"]
    return CliRunner().invoke(main, ["import", str(file), *where, *options])


def test_the_file_goes_to_the_api_as_it_is(api: Api, file: Path) -> None:
    run(api, file)
    assert api.taken == {"/v1/imports?source=crm": file.read_bytes()}


def test_what_was_rejected_is_said_line_by_line(api: Api, file: Path) -> None:
    told = run(api, file).stdout.splitlines()
    assert told == ["1 accepted, 1 rejected.", "  line 2 rejected: traits.email must be an email address"]


def test_a_rejected_line_is_a_problem(api: Api, file: Path) -> None:
    assert run(api, file).exit_code == 1


def test_a_machine_gets_every_line(api: Api, file: Path) -> None:
    assert json.loads(run(api, file, "--json").stdout)["lines"] == LINES


def test_a_large_file_is_uploaded_to_an_address_of_its_own(
    api: Api, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "DIRECTLY", 10)
    run(api, file)
    assert api.taken == {"/v1/imports?source=crm": b"", "/upload": file.read_bytes()}


def test_a_large_result_is_fetched(api: Api, file: Path) -> None:
    api.result = {"accepted": 1, "rejected": 1, "url": f"{api.address}/result"}
    assert json.loads(run(api, file, "--json").stdout)["lines"] == LINES
