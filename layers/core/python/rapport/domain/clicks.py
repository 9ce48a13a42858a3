"""Whose click it was: a person's, or that of a machine that looks at links before, or instead of, a person. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import structs

from rapport.domain.moment import Moment
from rapport.domain.profile import SILENCE, Contact, Profile

BURST: Final = 3
MOMENT: Final = 2.0
"""So many different links of one message within so many seconds are followed by no person."""
ANNOUNCED: Final = {
    "purpose": re.compile("prefetch|preview", re.IGNORECASE),
    "sec-purpose": re.compile("prefetch|prerender", re.IGNORECASE),
    "x-purpose": re.compile("preview", re.IGNORECASE),
    "x-moz": re.compile("prefetch", re.IGNORECASE),
}
"""Headers in which a browser says that nobody looks yet."""
MACHINES: Final = re.compile(
    r"bot\b|crawl|spider|scan|preview|monitor|prefetch|slurp|facebookexternalhit|whatsapp/|embedly|validator"
    r"|proofpoint|mimecast|barracuda|symantec|fireeye|trellix|trend ?micro|sophos|ironport|messagelabs|forcepoint"
    r"|safelinks|urldefense|cloudmark|vade|avast|bitdefender|headlesschrome|ms-office"
    r"|microsoft office|googleimageproxy",
    re.IGNORECASE,
)
"""What programs call themselves that follow links for safety, or to show what is behind them."""


def announced(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a visit says of itself that no person follows the link."""
    if method == "HEAD" or MACHINES.search(headers.get("user-agent", "")) is not None:
        return True
    return any(word.search(headers.get(name, "")) is not None for name, word in ANNOUNCED.items())


def too_early(contact: Contact | None, now: Moment) -> bool:
    """Whether a link is followed before its message was handed over, as mail gateways do while they take it."""
    return contact is not None and now < contact.at


def taken_back(profile: Profile, message_id: str, since: Moment) -> Profile:
    """The profile without a click on a message that was counted since, and turned out to be a machine's."""
    contact = next((c for c in profile.contacts if c.message_id == message_id), None)
    if contact is None or contact.response != "clicked" or (contact.responded_at or 0.0) < since:
        return profile
    quiet = {"response": SILENCE if contact.silent_after <= since else None, "responded_at": None}
    contacts = tuple(structs.replace(c, **quiet) if c is contact else c for c in profile.contacts)
    exposures = tuple(
        structs.replace(e, **quiet)
        if e.decision == message_id and e.response == "clicked" and (e.responded_at or 0.0) >= since
        else e
        for e in profile.exposures
    )
    return structs.replace(profile, contacts=contacts, exposures=exposures)
