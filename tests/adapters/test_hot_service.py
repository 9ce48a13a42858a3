"""How the light clients bear what a network does: throttling, faults, silence, broken and foreign connections."""

import json
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import certifi
import pytest
from rapport.errors import StoreUnavailable
from rapport_aws.hot.service import Protocol, Service, World, answering, endpoint
from rapport_aws.hot.wire import AMAZON_ROOTS, Patience

from tests.adapters.scripted import DRIP, HANG_UP, SILENCE, Script, answer, playing
from tests.benchmarks.lambda_runtime.cloud import write_certificate

DYNAMODB = Protocol("dynamodb", "DYNAMODB", "1.0")
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}
CALM = Patience(budget=20.0, connect=20.0, read=20.0)
BRIEF = Patience(budget=0.05, connect=0.05, read=0.05)
GOOD = answer(200, {"Item": {}})
THROTTLED = answer(400, {"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"})
DENIED = answer(400, {"__type": "com.amazon.coral.service#AccessDeniedException", "message": "arn:aws:secret"})
FAULT = answer(503, b"<html>")


class Stage:
    """A service facing a script, in a world whose pauses pass at once and are written down."""

    def __init__(self, script: Script, patience: Patience, environment: dict[str, str]) -> None:
        self.script = script
        self.pauses: list[float] = []
        self.now = 1795334400.0
        world = World(environment, wall=lambda: self.now, pause=self.pauses.append, chance=lambda: 0.5)
        self.service = Service(DYNAMODB, patience, world)

    def ask(self) -> Any:
        return self.service.ask("DynamoDB_20120810.GetItem", {"TableName": "t"})


@contextmanager
def facing(*steps: bytes, patience: Patience = CALM, tls: ssl.SSLContext | None = None, **more: str) -> Iterator[Stage]:
    with playing(*steps, context=tls) as script:
        address = f"{'https' if tls else 'http'}://127.0.0.1:{script.port}"
        stage = Stage(script, patience, {**KEYS, "AWS_ENDPOINT_URL": address, **more})
        try:
            yield stage
        finally:
            stage.service.close()


def test_a_good_answer_comes_back_as_it_is() -> None:
    with facing(GOOD) as stage:
        assert stage.ask() == {"Item": {}}


def test_one_connection_serves_many_calls() -> None:
    with facing(GOOD, GOOD, GOOD) as stage:
        for _ in range(3):
            stage.ask()
        assert stage.script.connections == 1


def test_a_connection_that_the_other_side_wants_closed_is_not_used_again() -> None:
    with facing(answer(200, {}, "Connection: close\r\n"), GOOD) as stage:
        assert [stage.ask(), stage.ask(), stage.script.connections] == [{}, {"Item": {}}, 2]


def test_a_connection_that_was_idle_for_long_is_not_used_again() -> None:
    with facing(GOOD, GOOD) as stage:
        stage.ask()
        stage.now += 60
        stage.ask()
        assert stage.script.connections == 2


def test_after_the_restore_of_a_snapshot_a_new_connection_is_opened() -> None:
    with facing(GOOD, GOOD) as stage:
        stage.ask()
        stage.service.close()
        stage.ask()
        assert stage.script.connections == 2


@pytest.mark.parametrize(
    "trouble",
    [THROTTLED, FAULT, answer(500, {}), answer(429, {}), HANG_UP],
    ids=["throttled", "503", "500", "429", "cut"],
)
def test_passing_trouble_is_waited_out(trouble: bytes) -> None:
    with facing(trouble, trouble, GOOD) as stage:
        stage.ask()
        assert stage.pauses == [0.004, 0.008]


def test_a_kept_connection_that_broke_is_replaced_at_once() -> None:
    with facing(GOOD, HANG_UP, GOOD) as stage:
        stage.ask()
        stage.ask()
        assert stage.pauses == [0.0]


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([THROTTLED] * 3, "dynamodb: ProvisionedThroughputExceededException"),
        ([FAULT] * 3, "dynamodb: status 503"),
        ([DENIED], "dynamodb: AccessDeniedException"),
        ([answer(404, b"")], "dynamodb: status 404"),
        ([HANG_UP] * 3, "dynamodb: connection lost (ConnectionError)"),
        ([b"SMTP ready\r\n\r\n"] * 3, "dynamodb: connection lost (HttpParserError)"),
        ([answer(200, b"not json")], "dynamodb: an answer that is not JSON"),
    ],
    ids=["throttled", "fault", "denied", "missing", "cut", "not HTTP", "not JSON"],
)
def test_lasting_trouble_is_named_without_what_the_service_wrote(steps: list[bytes], reason: str) -> None:
    with facing(*steps) as stage, pytest.raises(StoreUnavailable) as caught:
        stage.ask()
    assert str(caught.value) == reason


def test_what_is_refused_for_good_is_asked_once() -> None:
    with facing(DENIED, GOOD) as stage:
        with pytest.raises(StoreUnavailable):
            stage.ask()
        assert len(stage.script.requests) == 1


@pytest.mark.parametrize("step", [SILENCE, DRIP, answer(200, {})[:-1]], ids=["silence", "drip", "half"])
def test_the_budget_ends_a_call_whatever_trickles_in(step: bytes) -> None:
    with facing(step, step, step, patience=BRIEF) as stage, pytest.raises(StoreUnavailable, match="no answer in time"):
        stage.ask()


def test_no_pause_is_begun_that_the_budget_does_not_hold() -> None:
    with facing(*[THROTTLED] * 40, patience=Patience(budget=0.5, tries=40)) as stage:
        with pytest.raises(StoreUnavailable):
            stage.ask()
        assert max(stage.pauses, default=0.0) < 0.5


def test_nobody_at_the_address_is_trouble_with_a_name() -> None:
    with facing() as stage:
        stage.script.listener.close()
        with pytest.raises(StoreUnavailable, match="dynamodb: no connection"):
            stage.ask()


def test_a_second_answer_is_never_taken_for_the_next_persons() -> None:
    with facing(answer(200, {"of": "ann"}) + answer(200, {"of": "ann"}), answer(200, {"of": "bob"})) as stage:
        assert stage.ask() == {"of": "bob"}


def test_the_rest_of_a_late_answer_is_never_taken_for_the_next_persons() -> None:
    late = answer(200, {"of": "ann"})[:-5]
    with facing(
        late, answer(200, {"of": "bob"}), patience=Patience(budget=20.0, connect=5.0, read=0.4, tries=1)
    ) as stage:
        with pytest.raises(StoreUnavailable):
            stage.ask()
        assert [stage.ask(), stage.script.connections] == [{"of": "bob"}, 2]


def test_a_line_break_in_a_header_is_not_sent() -> None:
    with facing(GOOD) as stage, pytest.raises(ValueError, match="line break"):
        stage.service.ask("GetItem\r\nX-Evil: 1", {})


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, ssl.SSLContext]:
    public, private = write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return str(public), context


def test_a_certificate_of_the_given_bundle_is_trusted(certificate: tuple[str, ssl.SSLContext]) -> None:
    bundle, context = certificate
    with facing(GOOD, tls=context, AWS_CA_BUNDLE=bundle) as stage:
        assert stage.ask() == {"Item": {}}


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: tuple[str, ssl.SSLContext]) -> None:
    with facing(GOOD, GOOD, tls=certificate[1]) as stage:
        with pytest.raises(StoreUnavailable, match="SSLCertVerificationError"):
            stage.ask()
        assert stage.script.requests == []


def test_a_certificate_of_another_name_is_refused(certificate: tuple[str, ssl.SSLContext]) -> None:
    bundle, context = certificate
    with playing(GOOD, GOOD, context=context) as script:
        address = {"AWS_ENDPOINT_URL": f"https://localhost:{script.port}", "AWS_CA_BUNDLE": bundle}
        with pytest.raises(StoreUnavailable, match="SSLCertVerificationError"):
            Stage(script, CALM, {**KEYS, **address}).ask()


def test_the_roots_that_come_along_are_among_those_the_world_trusts() -> None:
    ours, everybodys = (certificates(Path(file)) for file in (AMAZON_ROOTS, certifi.where()))
    assert len(ours) == 5
    assert ours <= everybodys


def certificates(file: Path) -> set[str]:
    return {part.partition("-----END")[0].strip() for part in file.read_text().split("-----BEGIN CERTIFICATE-----")[1:]}


@pytest.mark.parametrize(
    ("region", "environment", "address"),
    [
        ("eu-west-1", {}, "https://dynamodb.eu-west-1.amazonaws.com"),
        ("cn-north-1", {}, "https://dynamodb.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", {}, "https://dynamodb.eusc-de-east-1.amazonaws.eu"),
        ("eu-west-1", {"AWS_ENDPOINT_URL": "http://all"}, "http://all"),
        ("eu-west-1", {"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_DYNAMODB": "http://one"}, "http://one"),
    ],
)
def test_a_service_is_where_the_region_or_an_override_says(
    region: str, environment: dict[str, str], address: str
) -> None:
    assert endpoint(DYNAMODB, region, environment) == address


def test_every_call_is_signed_for_its_own_moment() -> None:
    with facing(GOOD, GOOD) as stage:
        stage.ask()
        stage.now += 1
        stage.ask()
    dates = [line for request in stage.script.requests for line in request.split(b"\r\n") if b"X-Amz-Date" in line]
    assert dates == [b"X-Amz-Date: 20261122T080000Z", b"X-Amz-Date: 20261122T080001Z"]


def test_the_question_is_sent_as_json_to_its_operation() -> None:
    with facing(GOOD) as stage:
        stage.ask()
    head, _, body = stage.script.requests[0].partition(b"\r\n\r\n")
    assert b"X-Amz-Target: DynamoDB_20120810.GetItem" in head.split(b"\r\n")
    assert json.loads(body) == {"TableName": "t"}


def test_threads_may_share_a_service() -> None:
    with facing(GOOD, *[answer(200, {"of": "whoever asked"})] * 20) as stage, ThreadPoolExecutor(5) as threads:
        stage.ask()
        assert list(threads.map(lambda _: stage.ask(), range(20))) == [{"of": "whoever asked"}] * 20


@pytest.mark.parametrize(("environment", "budget"), [({}, 0.12), ({"RAPPORT_STORE_BUDGET": "2"}, 2.0)])
def test_a_visitors_patience_is_120_ms_unless_told_otherwise(environment: dict[str, str], budget: float) -> None:
    assert answering(environment).budget == budget
