"""One AWS service as the light clients call it: where it is, how a request is signed, and when it is tried again."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from rapport.errors import StoreUnavailable

from rapport_aws.hot import credentials, signature
from rapport_aws.hot.wire import Answer, Connection, Deadline, Lost, Patience, Request

ANSWERING = Patience(budget=0.12, connect=0.12, read=0.06)
"""Somebody waits for a page: a slow read gets a second chance, and 150 ms later there is an answer in any case."""
STARTING = Patience(budget=5.0, tries=5)
"""The function starts and cannot do without."""
HANDING_OVER = Patience(budget=1.0)
"""Somebody waits, but what is not handed over is lost."""
BUDGET = "RAPPORT_STORE_BUDGET"
"""The variable with the seconds that a read may take while somebody waits, where a laptop is the cloud."""

FIRST_PAUSE = 0.004  # seconds before the second try, on average; doubled each time
SUFFIXES = {"cn": "amazonaws.com.cn", "eusc": "amazonaws.eu"}  # of the partitions that have their own
THROTTLES = frozenset({
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionInProgressException",
    "InternalServerError",
    "InternalFailure",
    "InternalException",
    "SlowDown",
})  # fmt: skip


class Protocol(msgspec.Struct, frozen=True):
    """How a service is addressed; `variable` ends the name of AWS_ENDPOINT_URL_..., as botocore has it."""

    name: str
    variable: str
    version: str = "1.1"


class Trouble(msgspec.Struct, frozen=True):
    """What a JSON service says when it refuses; the type is the part after `#`."""

    kind: str = msgspec.field(default="", name="__type")


class Failure(msgspec.Struct, frozen=True):
    """Why one try came to nothing, whether another may do better, and whether it may follow at once."""

    reason: str
    again: bool = True
    at_once: bool = False


class World(msgspec.Struct, frozen=True):
    """What is not ours to decide: the environment, two clocks, pauses and chance (a number in [0, 1))."""

    environment: Mapping[str, str] = os.environ
    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = lambda: os.urandom(1)[0] / 256


class Service:
    """A service of one region; keeps its connection. Threads may share it."""

    def __init__(self, protocol: Protocol, patience: Patience = ANSWERING, world: World | None = None) -> None:
        self._world = world or World()
        self._protocol = protocol
        self._patience = patience
        self._scope = signature.Scope(self._world.environment.get("AWS_REGION", "us-east-1"), protocol.name)
        self._credentials = credentials.source(self._world.environment)
        self._connection = Connection(
            endpoint(protocol, self._scope.region, self._world.environment), self._world.environment, self._world.wall
        )

    def ask(self, target: str, question: object, budget: float | None = None) -> Any:  # noqa: ANN401 - JSON
        """Call an operation of a JSON service, within `budget` seconds if said. Raises StoreUnavailable."""
        headers = {"Content-Type": f"application/x-amz-json-{self._protocol.version}", "X-Amz-Target": target}
        answer = self.call(Request("POST", "/", headers, msgspec.json.encode(question)), budget)
        try:
            return msgspec.json.decode(answer.body)
        except msgspec.DecodeError:
            raise self._unavailable("an answer that is not JSON") from None

    def call(self, request: Request, budget: float | None = None) -> Answer:
        """Send until there is a good answer, within the patience. Raises StoreUnavailable, naming service and reason.

        A lost answer is asked for again: whatever is called this way must bear to happen twice.
        """
        patience = self._patience if budget is None else msgspec.structs.replace(self._patience, budget=budget)
        deadline = Deadline(patience, self._world.steady)
        reason = ""
        for attempt in range(self._patience.tries):
            result = self._attempt(request, deadline)
            if isinstance(result, Answer):
                return result
            reason = result.reason
            if not result.again or not self._rested(0.0 if result.at_once else FIRST_PAUSE * 2**attempt, deadline):
                break
        raise self._unavailable(reason)

    def close(self) -> None:
        """Let go of the connection; call it after the restore of a snapshot."""
        self._connection.close()

    def _attempt(self, request: Request, deadline: Deadline) -> Answer | Failure:
        now = self._world.wall()
        whole = signature.signed(request, self._connection.host, self._credentials(now), self._scope, now)
        try:
            answer = self._connection.exchange(whole, deadline)
        except TimeoutError:
            return Failure("no answer in time")
        except Lost as lost:
            return Failure(f"connection lost ({lost})", at_once=lost.reused)
        except OSError as error:
            return Failure(f"no connection ({type(error).__name__})")
        return answer if answer.status < 300 else judged(answer)

    def _rested(self, wanted: float, deadline: Deadline) -> bool:
        """Wait before the next try, by chance from half to one and a half of what is wanted; False: no time for it."""
        pause = wanted * (0.5 + self._world.chance())
        if pause >= deadline.left():
            return False
        self._world.pause(pause)
        return True

    def _unavailable(self, reason: str) -> StoreUnavailable:
        return StoreUnavailable(f"{self._protocol.name}: {reason}")


def answering(environment: Mapping[str, str]) -> Patience:
    """Return the patience while somebody waits, longer where the environment says so."""
    if BUDGET not in environment:
        return ANSWERING
    budget = float(environment[BUDGET])
    return Patience(budget, connect=budget, read=budget / 2)


def endpoint(protocol: Protocol, region: str, environment: Mapping[str, str]) -> str:
    """Return the address of a service: an override's, else the region's own."""
    override = environment.get(f"AWS_ENDPOINT_URL_{protocol.variable}") or environment.get("AWS_ENDPOINT_URL")
    suffix = SUFFIXES.get(region.partition("-")[0], "amazonaws.com")
    return override or f"https://{protocol.name}.{region}.{suffix}"


def judged(answer: Answer) -> Failure:
    """Return why an answer is no good, and whether it is worth asking again."""
    try:
        kind = msgspec.json.decode(answer.body, type=Trouble).kind.rpartition("#")[2]
    except msgspec.DecodeError:
        kind = ""
    again = answer.status >= 500 or answer.status == 429 or kind in THROTTLES
    return Failure(kind or f"status {answer.status}", again=again)
