"""What happens between the functions and AWS: a proxy (microburst) that throttles, is silent, or loses an answer."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.functions.ports import free_port


class Weather:
    """What happens between the functions and DynamoDB, as the proxy is told."""

    def __init__(self, address: str) -> None:
        self.address = address

    def turn(self, *rules: dict[str, Any]) -> None:
        self._tell("POST", list(rules))

    def is_up(self) -> bool:
        try:
            self._tell("GET")
        except (urllib.error.URLError, ConnectionError):
            return False
        return True

    def forget(self) -> None:
        self._tell("DELETE", what="fired")

    def calls(self) -> list[str]:
        """The operations that a rule met since the last `forget`."""
        return [fired["operation"] for fired in self._tell("GET", what="fired")]

    def _tell(self, method: str, body: Any = None, what: str = "rules") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  # our own address
            f"{self.address}/_microburst/{what}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  # our own address
            return json.loads(answer.read() or b"null")


@contextmanager
def standing_between(address: str) -> Iterator[Weather]:
    """Start the proxy in front of an address, and wait until it answers."""
    give_up = time.monotonic() + 180
    proxy, found = started(address)
    while not found.is_up():
        assert time.monotonic() < give_up, "the proxy never came up"
        if proxy.poll() is not None:  # somebody else was given its port before it was there
            proxy, found = started(address)
        time.sleep(0.1)
    yield found
    proxy.terminate()
    proxy.wait(60)


def started(address: str) -> tuple[subprocess.Popen[bytes], Weather]:
    """The proxy, which may be there in a moment."""
    port = str(free_port())
    command = [str(Path(sys.executable).with_name("microburst")), "--upstream", address, "--port", port]
    proxy = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # ours
    return proxy, Weather(f"http://127.0.0.1:{port}")
