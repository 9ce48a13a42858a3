"""The hot path's floor: one profile read by the light client and decoded, one token sealed, and no decision."""

import os
from typing import Any

import msgspec
from rapport.domain.profile import Profile
from rapport_aws.hot.dynamodb import Reader
from rapport_aws.tokens import KeyRing

reader = Reader()
ring = KeyRing({"k1": bytes(32)})


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """The entry point."""
    ask = msgspec.json.decode(event["body"])
    item = reader.get_item(os.environ["RAPPORT_PROFILES_TABLE"], {"pk": f"P#{os.environ['PERSON']}", "sk": "A"}) or {}
    profile = msgspec.json.decode(str(item["body"]), type=Profile)
    token = ring.seal("view", profile.id.encode())
    place = {"id": ask["placements"][0], "offers": len(profile.traits), "token": token}
    return {"statusCode": 200, "body": msgspec.json.encode({"profileId": profile.id, "placements": [place]}).decode()}
