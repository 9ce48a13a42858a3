"""What the routes answer, as JSON Schema: `scripts/openapi.py` tells it, and a test holds every answer to it."""

from typing import Any

from rapport.domain.house import CHANNELS, KINDS
from rapport.domain.reason import MessageStatus, Reason, Stage

from functions.collect.handler import MOST

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
OBJECT: Schema = {"type": "object"}
CHANNEL: Schema = {"enum": list(CHANNELS)}
KIND: Schema = {"enum": list(KINDS)}
MODE: Schema = {"enum": ["mass", "individual", "predictive"]}


def an_object(optional: dict[str, Schema] | None = None, /, **needed: Schema) -> Schema:
    """An object that has at least these keys, and perhaps the optional ones."""
    return {"type": "object", "required": sorted(needed), "properties": {**needed, **(optional or {})}}


def a_list(items: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": items}


def by_name(values: Schema) -> Schema:
    """An object with these values, under names of the house's or of ours."""
    return {"type": "object", "additionalProperties": values}


def maybe(schema: Schema) -> Schema:
    """This, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def named(name: str) -> Schema:
    """Another schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


REASON = named("Reason")
FAULT = an_object(path=TEXT, message=TEXT)
PLACED = an_object(code=TEXT, message=TEXT, file=TEXT, line=WHOLE, column=WHOLE, hint=TEXT)
SHOWN = an_object(id=TEXT, kind=KIND, content=OBJECT, why=TEXT, token=TEXT)
CANDIDATE = an_object(
    {"score": an_object(propensity=NUMBER, context=NUMBER, value=NUMBER, lever=NUMBER), "chance": NUMBER},
    offer=TEXT,
    placement=TEXT,
    stage={"enum": [stage.value for stage in Stage]},
    reason=REASON,
    mode=MODE,
)
STEP = an_object({"ms": NUMBER}, step={"enum": ["identify", "collect", "analyse", "match", "deliver", "optimise"]})
EXPLAIN = an_object(steps=a_list(STEP), segments=a_list(TEXT), persona=maybe(TEXT), candidates=a_list(CANDIDATE))
DECIDED = {"decisionId": TEXT, "profileId": TEXT, "catalogue": TEXT}
FACT = an_object(
    {"source": maybe(TEXT), "observed_at": MOMENT, "certainty": {"type": "number", "minimum": 0, "maximum": 1}},
    name=TEXT,
    value={},
)
TRAIT = an_object(
    {"unverified": FLAG},
    value={"type": ["string", "number", "boolean", "array"]},
    source=maybe(TEXT),
    observed_at=MOMENT,
    certainty={"type": "number", "minimum": 0, "maximum": 1},
)
CONSENT = an_object({"expires_at": MOMENT}, status={"enum": ["granted", "withdrawn", "expired"]}, at=MOMENT)
RESPONSE = an_object(status=TEXT, at=MOMENT, campaign=TEXT)
CONTACT = an_object(
    address={"type": ["string", "object", "array", "null"]},
    last_sent=maybe(MOMENT),
    last_response=maybe(RESPONSE),
)
VIEW = an_object(
    profileId=TEXT,
    userId=maybe(TEXT),
    identities=a_list(an_object(kind=TEXT, value=TEXT)),
    traits=by_name(TRAIT),
    consents=named("Consents"),
    segments=a_list(TEXT),
    persona=maybe(TEXT),
    groups=a_list(TEXT),
    intents=by_name(an_object(considered=a_list(TEXT), chosen=a_list(TEXT))),
    owned=a_list(TEXT),
    purchases=a_list(
        an_object(key=TEXT, at=MOMENT, items=by_name(NUMBER), paid={"type": ["number", "null"]}, source=maybe(TEXT))
    ),
    place=maybe(an_object(name=maybe(TEXT), at=MOMENT, until=MOMENT, source=maybe(TEXT))),
    contacts=by_name(CONTACT),
    cases=a_list(an_object(kind={"enum": ["complaint", "need"]}, event=maybe(TEXT), key=maybe(TEXT), opened_at=MOMENT)),
    visits=a_list({"type": "string", "format": "date"}),
    satisfaction=a_list(an_object(at=MOMENT, score=NUMBER)),
    quarantined=by_name(WHOLE),
    refused=by_name(WHOLE),
    completeness=NUMBER,
    certainty=NUMBER,
)
RECEIPT = an_object(
    purpose=TEXT,
    channel=maybe(CHANNEL),
    status={"enum": ["granted", "withdrawn"]},
    at=MOMENT,
    source=maybe(TEXT),
    wording=maybe(TEXT),
    policy=maybe(TEXT),
    expires_at=maybe(MOMENT),
)
MESSAGE = an_object(
    id=TEXT,
    campaign=TEXT,
    key=TEXT,
    channel=maybe(CHANNEL),
    status={"enum": [status.value for status in MessageStatus]},
    reason=maybe(REASON),
    at=MOMENT,
    until=maybe(MOMENT),
    offers=a_list(TEXT),
    links=by_name(TEXT),
)
SEEN = an_object(
    decisionId=TEXT, offer=TEXT, placement=maybe(TEXT), channel=maybe(TEXT), at=MOMENT, response=maybe(TEXT)
)
OFFER_LINE = an_object(
    id=TEXT,
    kind=KIND,
    benefit=TEXT,
    status=TEXT,
    mode=MODE,
    placements=a_list(TEXT),
    channels=maybe(a_list(CHANNEL)),
    **{"from": maybe(MOMENT)},
    until=maybe(MOMENT),
    exhausted=FLAG,
)
VERDICT = an_object(offer=TEXT, placement=TEXT, stage=TEXT, reason=REASON)
FATE = an_object(
    {"reason": REASON, "missing": TEXT, "detail": TEXT},
    status={"enum": [status.value for status in MessageStatus]},
    offers=a_list(VERDICT),
    hidden=by_name(TEXT),
)
WAITING = an_object(
    id=TEXT,
    profile=TEXT,
    userId=maybe(TEXT),
    campaign=TEXT,
    key=TEXT,
    channel=maybe(CHANNEL),
    offers=a_list(TEXT),
    asks=a_list({}),
    planned_at=MOMENT,
    facts=a_list(FACT),
)
ACCOUNT = an_object(
    at=maybe(MOMENT),
    counting=FLAG,
    **dict.fromkeys(("planned", "sent", "skipped", "held", "failed", "in_doubt", "waiting", "difference"), WHOLE),
)
STANDS = an_object(
    days=a_list(an_object(day=TEXT, messages=by_name(WHOLE))),
    planned=WHOLE,
    sent=WHOLE,
    skipped=by_name(WHOLE),
    failed=by_name(WHOLE),
    held=by_name(WHOLE),
    in_doubt=WHOLE,
    oldest_unsettled=OBJECT,
    account=ACCOUNT,
    oldest=by_name({"type": ["number", "null"]}),
    queues=by_name(an_object(waiting=WHOLE, dead=WHOLE)),
    paused=an_object(all=FLAG, channels=a_list(TEXT), campaigns=a_list(TEXT)),
    breaker=by_name({"type": ["string", "null"]}),
    rates=by_name(NUMBER),
)

SCHEMAS: dict[str, Schema] = {
    "Anything": {},
    "Reason": {"enum": [reason.value for reason in Reason], "description": "docs/contract/reasons.md"},
    "Problem": {
        **an_object({"errors": a_list({"anyOf": [FAULT, PLACED]})}, type=TEXT, title=TEXT, status=WHOLE, detail=TEXT),
        "description": "RFC 9457; `errors` names the fault and its place",
    },
    "Message": {"type": "object", "description": "A message of Segment's spec; unknown keys are let through"},
    "Batch": an_object(
        {"sentAt": MOMENT, "writeKey": TEXT, "context": OBJECT}, batch={**a_list(named("Message")), "maxItems": MOST}
    ),
    "BatchResult": an_object(
        success=FLAG,
        results=a_list(
            an_object(messageId=maybe(TEXT), status={"enum": ["accepted", "rejected"]}, errors=a_list(FAULT))
        ),
    ),
    "Success": an_object({"errors": a_list(FAULT)}, success=FLAG),
    "Decision": an_object(
        {"explain": EXPLAIN},
        **DECIDED,
        holdout=FLAG,
        placements=a_list(an_object(id=TEXT, fallback=FLAG, offers=a_list(SHOWN))),
    ),
    "Actions": an_object(
        {"explain": EXPLAIN},
        **DECIDED,
        actions=a_list(
            an_object(offer=TEXT, kind=KIND, why=TEXT, reason=REASON, facts=a_list(FACT), content=OBJECT, token=TEXT)
        ),
    ),
    "Form": an_object(asks=a_list(TEXT), known=OBJECT),
    "View": VIEW,
    "Consents": {**by_name(by_name(CONSENT)), "description": "By purpose and channel"},
    "Proofs": an_object(at=MOMENT, consents=named("Consents"), receipts=a_list(RECEIPT)),
    "Messages": an_object(messages=a_list(MESSAGE)),
    "Decisions": an_object(decisions=a_list(SEEN)),
    "Started": {
        "type": "object",
        "description": "A job, an address to upload to, or both",
        "properties": {"job": TEXT, "upload": TEXT, "uploaded": TEXT},
        "anyOf": [{"required": ["job"]}, {"required": ["upload"]}],
    },
    "Job": an_object(
        id=TEXT,
        state={"enum": ["waiting", "running", "done", "failed"]},
        progress={"type": "number", "minimum": 0, "maximum": 1},
        result={"type": ["object", "null"]},
    ),
    "Files": an_object(version=TEXT, files=by_name(TEXT)),
    "Check": an_object(errors=a_list(PLACED), warnings=a_list(PLACED)),
    "Version": an_object(version=TEXT),
    "Offers": an_object(version=TEXT, offers=a_list(OFFER_LINE)),
    "Offer": {
        "type": "object",
        "description": "An offer as it was compiled: what says nothing is left out",
        "required": ["benefit", "id", "kind"],
        "properties": {"id": TEXT, "kind": KIND, "benefit": TEXT},
        "additionalProperties": True,
    },
    "Overlaid": an_object(offer=TEXT, status=TEXT),
    "Preview": an_object(
        {"sent": a_list(an_object(to=TEXT, outcome=TEXT))}, channels=by_name(OBJECT), reasons=by_name(FATE)
    ),
    "Paused": an_object({"campaign": TEXT, "channel": CHANNEL}, paused=FLAG),
    "Approvals": an_object(approvals=a_list(WAITING)),
    "Judged": an_object(id=TEXT, decision={"enum": ["approve", "reject"]}),
    "Status": STANDS,
    "Redriven": an_object(moved=by_name(WHOLE), left=WHOLE),
}  # fmt: skip
