"""The answer of each call of the protocol is lost, once or for good, on the wire: nothing is lost and nothing twice."""

import os
from collections.abc import Callable, Iterator
from typing import Any, cast

import msgspec
import pytest
from msgspec import structs
from rapport.domain.message import Message
from rapport.domain.moment import MINUTE
from rapport.errors import Conflict, StoreUnavailable
from rapport.ports import Due, Ports
from rapport.use_cases.balance import fates_of
from rapport_aws.assemble import House

from functions.dispatch.handler import take
from functions.feedback.handler import take as feedback
from tests.functions.weather import Weather, standing_between
from tests.torture.ground import Clock, forget_clients, ground, introduce, taken
from tests.torture.kills import event, notice, planned, subject, take_in
from tests.torture.workers import house_with

FOR_GOOD = 4
"""Attempts of the SDK at one call of DynamoDB."""
CALLS: dict[str, dict[str, str]] = {
    "ledger.claim": {"service": "dynamodb", "operation": "TransactWriteItems"},
    "ledger.open": {"service": "dynamodb", "operation": "TransactWriteItems"},
    "sender.send": {"service": "ses"},
    "ledger.settle": {"service": "dynamodb", "operation": "UpdateItem"},
    "profiles.write": {"service": "dynamodb", "operation": "TransactWriteItems"},
}
"""The calls of the protocol: claim, open hand-over, send, mark, note."""


class Stormy:
    """A port whose one call meets the weather; all others have none."""

    def __init__(self, port: Any, call: str, storm: Callable[[], None], calm: Callable[[], None]) -> None:
        self._port, self._call, self._storm, self._calm = port, call, storm, calm

    def __getattr__(self, name: str) -> Any:
        held = getattr(self._port, name)
        if name != self._call:
            return held

        def stormy(*args: Any, **kwargs: Any) -> Any:
            self._storm()
            try:
                return held(*args, **kwargs)
            finally:
                self._calm()

        return stormy


class Place:
    """One emulated house for all tests here: calm, and seen through a proxy that may lose answers."""

    def __init__(self, house: House, clock: Clock, weather: Weather) -> None:
        self.house, self.clock, self.weather = house, clock, weather
        self._number = 0

    def message(self, policy: str) -> Message:
        """A new person's new message, of a campaign with this policy for doubts."""
        self._number += 10
        offset = {"drop": 0, "resend": 3, "hold": 4}[policy]
        body = event(self._number + offset)
        user = msgspec.json.decode(body)["detail"]["userId"]
        introduce(self.house, user)
        take_in(self.house, [body])
        return next(one for one in planned(self.house) if one.key == str(self._number + offset))

    def losing(self, call: str, times: int) -> House:
        """The house, where the answers of one call are lost so often."""
        port, _, name = call.partition(".")
        rule = {**CALLS[call], "probability": 1.0, "times": times, "response": {"abort_bytes": 1}}

        def change(ports: Ports) -> Ports:
            stormy = Stormy(getattr(ports, port), name, lambda: self.weather.turn(rule), self.weather.turn)
            return structs.replace(ports, **cast("dict[str, Any]", {port: stormy}))

        calm = os.environ["AWS_ENDPOINT_URL"]
        forget_clients()
        os.environ["AWS_ENDPOINT_URL"] = self.weather.address
        try:
            made = house_with(change, self.clock)
            _ = made.dynamodb, made.sender, made.queues, made.bus, made.publications.refresh()
        finally:
            os.environ["AWS_ENDPOINT_URL"] = calm
        return made

    def look(self, here: House, message: Message) -> None:
        """What the queue would do with the message: hand it over again when it failed."""
        row = msgspec.json.encode(Due(message.due_at, message.profile, "message", message.id)).decode()
        try:
            take(here, row)
        except (StoreUnavailable, Conflict):
            take(self.house, row)

    def ending(self, message: Message) -> tuple[str, int]:
        """How a message stands, and how often the provider took it."""
        found = self.house.profiles.message(message.profile, message.id)
        assert found is not None
        return str(found.status), taken()[subject(message)]


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    clock = Clock()
    with ground(clock) as house, standing_between(os.environ["AWS_ENDPOINT_URL"]) as weather:
        yield Place(house, clock, weather)


@pytest.mark.parametrize("call", [call for call in CALLS if call != "sender.send"])
def test_an_answer_of_the_store_that_is_lost_once_changes_nothing(place: Place, call: str) -> None:
    message = place.message("drop")
    place.look(place.losing(call, 1), message)
    assert place.ending(message) == ("SENT", 1)


@pytest.mark.parametrize("call", ["ledger.claim", "ledger.settle", "profiles.write"])
def test_a_store_that_is_silent_around_the_hand_over_changes_nothing(place: Place, call: str) -> None:
    message = place.message("drop")
    place.look(place.losing(call, FOR_GOOD), message)
    assert place.ending(message) == ("SENT", 1)


@pytest.mark.parametrize("call", ["ledger.open", "sender.send"])
@pytest.mark.parametrize("policy", ["drop", "resend", "hold"])
def test_an_answer_within_the_hand_over_is_a_doubt_that_feedback_settles(place: Place, call: str, policy: str) -> None:
    message = place.message(policy)
    place.look(place.losing(call, FOR_GOOD), message)
    status, times = place.ending(message)
    assert status == "IN_DOUBT"
    if times:
        feedback(place.house, notice(message, "Delivery"))
    place.clock.move(20 * MINUTE)
    place.look(place.house, message)
    settled = {"drop": ("FAILED", 0), "resend": ("SENT", 1), "hold": ("IN_DOUBT", 0)}
    assert place.ending(message) == (("SENT", 1) if times else settled[policy])


@pytest.mark.parametrize(("policy", "ending"), [("drop", ("FAILED", 1)), ("resend", ("SENT", 2))])
def test_without_feedback_the_policy_decides(place: Place, policy: str, ending: tuple[str, int]) -> None:
    message = place.message(policy)
    place.look(place.losing("sender.send", 1), message)
    place.clock.move(20 * MINUTE)
    place.look(place.house, message)
    assert place.ending(message) == ending


def test_every_message_of_these_tests_stands_somewhere(place: Place) -> None:
    for message in planned(place.house):
        assert "missing" not in fates_of(place.house.profiles.load(message.profile), place.house.profiles)
