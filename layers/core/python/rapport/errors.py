"""What can go wrong, drawn once.

RapportError
├── BadRequest        the caller's input is wrong: 400, with a path and a message for each fault
├── Unauthorised      no credential, or a bad one: 401
├── Forbidden         the credential is good and does not allow this: 403
├── NotFound          no such person, job, offer, campaign: 404
├── NotAllowedHere    there is such a path, and it is not asked in this way: 405
├── Conflict          somebody else came first: 409 or 412, or a write to try again
├── Refused           the document is understood and wrong, as a catalogue with errors: 422
└── StoreUnavailable  a store did not answer in time: answer with fallbacks, or try again later
"""

from typing import Any


class RapportError(Exception):
    """The root; its text is for the caller and holds no personal data."""

    status = 500


class BadRequest(RapportError):
    """The caller's input is wrong; `errors` is a list of `{"path", "message"}`."""

    status = 400

    def __init__(self, detail: str, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(detail)
        self.errors = errors or []


class Unauthorised(RapportError):
    """No credential, or a bad one."""

    status = 401


class Forbidden(RapportError):
    """The credential does not allow this."""

    status = 403


class NotFound(RapportError):
    """There is no such thing."""

    status = 404


class NotAllowedHere(RapportError):
    """The path is one of ours, its methods are others: those in `allowed`."""

    status = 405

    def __init__(self, detail: str, allowed: tuple[str, ...]) -> None:
        super().__init__(detail)
        self.allowed = allowed


class Conflict(RapportError):
    """Somebody else came first; for a write: read again and try again."""

    status = 409


class PreconditionFailed(Conflict):
    """The version that the caller built on is no longer the current one."""

    status = 412


class Refused(RapportError):
    """The document is understood and wrong; `problems` lists where."""

    status = 422

    def __init__(self, detail: str, problems: list[dict[str, Any]] | None = None) -> None:
        super().__init__(detail)
        self.problems = problems or []


class StoreUnavailable(RapportError):
    """A store did not answer in time."""

    status = 503
