"""Consents of a person: keeping a receipt, and telling what was granted at a moment."""

from typing import Literal

from msgspec import Struct
from rapport.domain.consent import EVERY_CHANNEL, Receipt, consent_at, told
from rapport.domain.moment import Moment, parse, text
from rapport.errors import BadRequest
from rapport.use_cases import curate
from rapport.use_cases.asked import Channel
from rapport.use_cases.people import rows_of
from rapport.use_cases.single_view import single_view
from rapport_aws.callers import identity_of
from rapport_aws.http import Answer, Request, answer, limited
from rapport_aws.strict import read

from functions.profiles.asking import READ, WRITE, Name, known


class Proof(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody agreed to, and when."""

    wording: str | None = None
    policy: str | None = None
    at: str | None = None


class ConsentGiven(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a consent; without a channel it covers all."""

    status: Literal["granted", "withdrawn"]
    channel: Channel | None = None
    source: Name = "declared"
    proof: Proof = Proof()
    expires_at: str | None = None


def consent(request: Request, name: str, purpose: str) -> Answer:
    """Keep a consent receipt, as of the moment of its proof, for good or until it expires."""
    here, profile = known(request, name, WRITE)
    body, now = read(limited(request), ConsentGiven), here.clock()
    at = proven_at(body.proof, now)
    receipt = Receipt(
        purpose,
        body.channel or EVERY_CHANNEL,
        body.status,
        at,
        body.source,
        body.proof.wording,
        body.proof.policy,
        expiring(body.expires_at, at),
    )
    changed = curate.consent(identity_of(profile), receipt, here.ports, now)
    return answer(200, single_view(changed, here.publications.current().catalogue, now)["consents"])


def proven_at(proof: Proof, now: Moment) -> Moment:
    """When the person said so. Raises BadRequest for a moment that is none, or has not come yet."""
    at = now if proof.at is None else moment_of("proof.at", proof.at)
    if at > now:
        raise BadRequest("nobody has said so yet", [{"path": "proof.at", "message": "is in the future"}])
    return at


def expiring(told: str | None, at: Moment) -> Moment | None:
    """When a grant ends by itself. Raises BadRequest for a moment that is none, or not after it was given."""
    until = None if told is None else moment_of("expires_at", told)
    if until is not None and until <= at:
        raise BadRequest("a grant ends after it began", [{"path": "expires_at", "message": "is not after the grant"}])
    return until


def moment_of(path: str, told: str) -> Moment:
    """A moment as RFC 3339 has it. Raises BadRequest."""
    try:
        return parse(told)
    except ValueError:
        raise BadRequest("a moment is RFC 3339", [{"path": path, "message": "is no moment"}]) from None


def consents(request: Request, name: str) -> Answer:
    """What the person had granted at a moment, and every receipt up to it."""
    here, profile = known(request, name, READ)
    at = moment_of("at", request.query["at"]) if "at" in request.query else here.clock()
    receipts = [one for one in rows_of(profile, here.profiles.receipts, here.ports) if one.at <= at]
    proofs = [proven(one) for one in receipts if not one.again]
    return answer(200, {"at": text(at), "consents": told(consent_at(receipts, at), at), "receipts": proofs})


def proven(receipt: Receipt) -> dict[str, str | None]:
    """A receipt as a team keeps it for whoever asks."""
    return {
        "purpose": receipt.purpose,
        "channel": None if receipt.channel == EVERY_CHANNEL else receipt.channel,
        "status": receipt.status,
        "at": text(receipt.at),
        "source": receipt.source,
        "wording": receipt.wording,
        "policy": receipt.policy,
        "expires_at": None if receipt.expires_at is None else text(receipt.expires_at),
    }
