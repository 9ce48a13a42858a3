"""The website of the README in a browser: it asks across origins, shows an offer, and tells that it was seen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from functions.collect.handler import handle as collect
from functions.personalise.handler import handle as personalise
from infra.capabilities.api import CORS_HEADERS
from tests.browser.chromium import needs_chromium, run
from tests.functions.calls import Context, call
from tests.functions.deployment import Deployment

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
SNIPPET = re.compile(r"```html\n(.*?)```", re.DOTALL)
DOORS = {"/v1/personalise": personalise, "/v1/track": collect}


class Page(BaseHTTPRequestHandler):
    """The website."""

    html = ""

    def do_GET(self) -> None:
        body = self.html.encode() if self.path == "/" else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its signature
        """Say nothing."""


class Gateway(Page):
    """The API as the gateway hands it on, preflights answered as its CORS is deployed."""

    def do_OPTIONS(self) -> None:
        self.send_response(204)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", ",".join(CORS_HEADERS))
        self.send_header("Access-Control-Allow-Methods", "*")
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = DOORS[self.path](call("POST", self.path, body, headers), Context())
        self.send_response(answer["statusCode"])
        for name, value in answer["headers"].items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer["body"].encode())


@contextmanager
def served(handler: type[Page]) -> Iterator[str]:
    """Where it is served, for a while."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_website_of_the_readme_shows_an_offer_and_tells_that_it_was_seen(world: Deployment) -> None:
    needs_chromium()
    [snippet] = SNIPPET.findall((ROOT / "README.md").read_text("utf-8"))
    page = type("ThisPage", (Page,), {})
    with served(Gateway) as api, served(page) as site:
        key = world.house.keys.make_publishable([site])
        page.html = "<!doctype html>" + snippet.replace("https://your-api", api).replace("pk_...", key)  # type: ignore[attr-defined]  # of Page
        local = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        shown = unescape(run("--dump-dom", local, "--virtual-time-budget=10000", site))
    assert "<h2>A car</h2><p>A small car</p>" in shown
    assert [heard["detail-type"] for heard in world.told()] == ["Offer Viewed"]
