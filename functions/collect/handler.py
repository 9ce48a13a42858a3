"""The door of Segment's calls: checked one by one, handed to the bus together."""

import zlib
from functools import partial
from typing import Any

from rapport.errors import BadRequest
from rapport.use_cases.asked import Caller
from rapport_aws.access import caller, key_in
from rapport_aws.assemble import House, house
from rapport_aws.callers import needing, who_calls
from rapport_aws.http import Answer, Request, Route, Router, answer, door, limited, within
from rapport_aws.strict import convert, parse
from rapport_aws.subscriptions import Wish, asked

from functions.collect.reading import batch_in, read, result

BATCH = 500 * 1024
MOST = 5000
"""Messages of a batch: so many are handed to the bus, and answered one by one, while their sender waits."""
CALLS = ("identify", "track", "page", "screen", "group", "alias")
GZIP = 31


def handle(event: dict[str, Any], _context: object) -> Answer:
    """Answer one call."""
    return door(ROUTER.answer, event)


def batch(request: Request) -> Answer:
    """Many messages: what is wrong with one is told beside it and costs the others nothing."""
    here, body = house(), batch_in(unpacked(request))
    who = who_sends(request, body, here)
    messages = body.get("batch") if isinstance(body, dict) else None
    if not isinstance(messages, list):
        raise BadRequest("a batch has a list of messages", [{"path": "batch", "message": "must be a list"}])
    if len(messages) > MOST:
        raise BadRequest("too many messages", [{"path": "batch", "message": f"has more than {MOST} messages"}])
    shared = {name: body[name] for name in ("sentAt", "context") if name in body}
    taken = [read({**shared, **raw} if isinstance(raw, dict) else raw, who, here) for raw in messages]
    here.bus.publish([found.event for found in taken if found.event is not None])
    return answer(200, {"success": True, "results": list(map(result, messages, taken))})


def single(request: Request, call: str) -> Answer:
    """One message."""
    here, body = house(), parse(limited(request))
    who = who_sends(request, body, here)
    if not isinstance(body, dict):
        raise BadRequest("a message is an object")
    found = read({**body, "type": call}, who, here)
    faults = [dict(fault) for fault in found.faults]
    if found.event is None:
        raise BadRequest("the message is not as described", faults)
    here.bus.publish([found.event])
    return answer(200, {"success": True, **({"errors": faults} if faults else {})})


def subscribe(request: Request) -> Answer:
    """Always 202: a confirmation is sent, or it was asked for too often, and nobody learns which."""
    here = house()
    key = needing(caller(request, here.lookup, here.sites), "profiles:write")
    wish = convert(parse(limited(request)), Wish)
    asked(wish, request.address if not key.is_secret else key.key, here)
    return answer(202, {"success": True})


def who_sends(request: Request, body: Any, here: House) -> Caller:  # noqa: ANN401  # whatever JSON holds
    """Whose messages these are, by the key in the headers or in the body. Raises Unauthorised, Forbidden."""
    told = str(body.get("writeKey") or "") if isinstance(body, dict) else ""
    key = caller(request, here.lookup, here.sites, key_in(request) or told)
    return who_calls(request, needing(key, "events:write"), lambda: here.user_keys, here.clock())


def unpacked(request: Request) -> bytes:
    """The body of a batch, gzip undone, bounded before and after. Raises BadRequest."""
    if request.header("content-encoding").strip().lower() not in ("gzip", "x-gzip"):
        return limited(request, BATCH)
    inflate = zlib.decompressobj(GZIP)
    try:
        plain = inflate.decompress(within(request, BATCH), BATCH)
    except zlib.error:
        raise BadRequest("the body is not gzip") from None
    if inflate.unconsumed_tail:
        raise BadRequest(f"the body unpacks to more than {BATCH} bytes")
    if not inflate.eof or inflate.unused_data:
        raise BadRequest("the body is not one whole gzip")
    return plain


ROUTER = Router(
    Route("POST", "/v1/batch", batch),
    Route("POST", "/v1/subscribe", subscribe),
    *(Route("POST", f"/v1/{call}", partial(single, call=call)) for call in CALLS),
)
