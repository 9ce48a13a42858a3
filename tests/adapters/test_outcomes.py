"""Every error that a provider's own service model knows is named in the table of outcomes, with what follows."""

import botocore.session
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from rapport.ports import Outcome
from rapport_aws.outcomes import BY_CODE, handover_of

CALLS = (
    ("sesv2", "SendEmail"),
    ("sns", "Publish"),
    ("sns", "CreatePlatformEndpoint"),
    ("pinpoint-sms-voice-v2", "SendTextMessage"),
    ("socialmessaging", "SendWhatsAppMessage"),
)


def modelled() -> dict[str, int]:
    """Every code of every call by which something goes out, and the status it comes with (0: the model tells none)."""
    found = {}
    session = botocore.session.get_session()
    for service, call in CALLS:
        for shape in session.get_service_model(service).operation_model(call).error_shapes:
            told = shape.metadata.get("error", {})
            found[str(told.get("code", shape.name))] = int(told.get("httpStatusCode", 0))
    return found


MODELLED = modelled()


def answer(code: str, status: int) -> Outcome:
    told = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return handover_of(ClientError(told, "Send")).outcome  # type: ignore[arg-type]  # a part of an answer


@pytest.mark.parametrize("code", sorted(MODELLED))
def test_every_modelled_error_is_named(code: str) -> None:
    assert code in BY_CODE


@pytest.mark.parametrize("code", sorted(code for code, status in MODELLED.items() if status >= 500))
def test_an_error_of_the_provider_itself_is_a_doubt(code: str) -> None:
    assert answer(code, MODELLED[code]) is Outcome.IN_DOUBT


@pytest.mark.parametrize("code", sorted(code for code in MODELLED if "Throttl" in code or "TooMany" in code))
def test_what_comes_too_fast_is_never_lost(code: str) -> None:
    assert answer(code, MODELLED[code] or 400) is Outcome.LATER


@pytest.mark.parametrize("code", sorted(code for code in MODELLED if code.startswith("KMS")))
def test_a_key_that_the_team_can_mend_loses_no_piece_of_work(code: str) -> None:
    assert answer(code, MODELLED[code]) is Outcome.LATER


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(400, "refused"), (404, "refused"), (403, "later"), (429, "later"), (503, "later"), (500, "in_doubt")],
)
def test_an_error_that_nobody_modelled_goes_by_its_status(status: int, outcome: str) -> None:
    assert answer("NewlyInvented", status) == outcome


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConnectTimeoutError(endpoint_url="x"), Outcome.LATER),
        (EndpointConnectionError(endpoint_url="x"), Outcome.LATER),
        (ReadTimeoutError(endpoint_url="x"), Outcome.IN_DOUBT),
    ],
)
def test_a_connection_that_never_was_is_no_doubt(error: Exception, outcome: Outcome) -> None:
    assert handover_of(error).outcome is outcome  # type: ignore[arg-type]  # one of botocore's errors
