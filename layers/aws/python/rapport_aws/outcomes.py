"""What an attempt to hand a message over came to, by what the provider answered or by where the answer was lost."""

from collections.abc import Mapping

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
)
from rapport.ports import Handover, Outcome

# Errors the providers model. What the team can mend (an account paused, a set missing) is tried again until the message
# is stale; what is about this message or this address never is.
BY_CODE: Mapping[str, Outcome] = {
    # SES v2
    "MessageRejected": Outcome.REFUSED,
    "BadRequestException": Outcome.REFUSED,
    "MailFromDomainNotVerifiedException": Outcome.LATER,
    "NotFoundException": Outcome.LATER,
    "AccountSuspendedException": Outcome.LATER,
    "SendingPausedException": Outcome.LATER,
    "LimitExceededException": Outcome.LATER,
    "TooManyRequestsException": Outcome.LATER,
    # SNS
    "EndpointDisabled": Outcome.REFUSED,
    "EndpointDisabledException": Outcome.REFUSED,
    "InvalidParameter": Outcome.REFUSED,
    "InvalidParameterException": Outcome.REFUSED,
    "InvalidParameterValue": Outcome.REFUSED,
    "ParameterValueInvalid": Outcome.REFUSED,
    "NotFound": Outcome.REFUSED,
    "OptedOut": Outcome.REFUSED,
    "PlatformApplicationDisabled": Outcome.LATER,
    "AuthorizationError": Outcome.LATER,
    "InternalError": Outcome.IN_DOUBT,
    "InvalidSecurity": Outcome.LATER,
    "KMSAccessDenied": Outcome.LATER,
    "KMSDisabled": Outcome.LATER,
    "KMSInvalidState": Outcome.LATER,
    "KMSNotFound": Outcome.LATER,
    "KMSOptInRequired": Outcome.LATER,
    "KMSThrottling": Outcome.LATER,
    # End User Messaging
    "ConflictException": Outcome.REFUSED,
    "DependencyException": Outcome.IN_DOUBT,
    "InternalServerException": Outcome.IN_DOUBT,
    "InternalServiceException": Outcome.IN_DOUBT,
    "InvalidParametersException": Outcome.REFUSED,
    "ThrottledRequestException": Outcome.LATER,
    "ResourceNotFoundException": Outcome.LATER,
    "ServiceQuotaExceededException": Outcome.LATER,
    "ValidationException": Outcome.REFUSED,
    # all of them
    "AccessDenied": Outcome.LATER,
    "AccessDeniedException": Outcome.LATER,
    "ExpiredTokenException": Outcome.LATER,
    "InvalidClientTokenId": Outcome.LATER,
    "RequestExpired": Outcome.LATER,
    "ServiceUnavailable": Outcome.LATER,
    "Throttled": Outcome.LATER,
    "ThrottledException": Outcome.LATER,
    "Throttling": Outcome.LATER,
    "ThrottlingException": Outcome.LATER,
    "UnrecognizedClientException": Outcome.LATER,
}
BY_STATUS: Mapping[int, Outcome] = {403: Outcome.LATER, 429: Outcome.LATER, 503: Outcome.LATER}

BEFORE_SENDING = (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError, ProxyConnectionError)
"""Nothing left this machine; every other loss of a connection may have come after the provider took the message."""


def handover_of(error: BotoCoreError | ClientError) -> Handover:
    """The outcome of an attempt that raised; `detail` is the error's name, never what it said."""
    if isinstance(error, ClientError):
        return _answered(error)
    if isinstance(error, ParamValidationError):
        return Handover(Outcome.REFUSED, detail=type(error).__name__)
    outcome = Outcome.LATER if isinstance(error, BEFORE_SENDING) else Outcome.IN_DOUBT
    return Handover(outcome, detail=type(error).__name__)


def _answered(error: ClientError) -> Handover:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    # A 500 may come after the message was taken.
    unknown = Outcome.REFUSED if 400 <= status < 500 else Outcome.IN_DOUBT
    return Handover(BY_CODE.get(code) or BY_STATUS.get(status, unknown), detail=code)
