"""Which links may leave the house: https, to a listed host, without tricks."""

import re
from collections.abc import Callable, Collection
from typing import Final

INVISIBLE: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff\ud800-\udfff"
"""Characters that no wording needs and that hide things: controls, bidirectional overrides, zero widths, surrogates."""

_UNSEEN: Final = re.compile(f"[{INVISIBLE}]")
# The authority is spelt out: no user info, no port but 443, no international look-alikes, no dot at the end.
_LINK: Final = re.compile(
    rf"https://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::443)?(?:[/?#][^\s\\\"<>{{}}{INVISIBLE}]*)?", re.IGNORECASE
)
# Every alternative begins where a word does and is bounded: long data must not cost more than its length.
_IN_TEXT: Final = re.compile(
    r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}:[/\\]{2}\S*|(?<![^\s(<\"'\[])[/\\]{2}\S+|(?<![\w.-])www\.\S+",
    re.IGNORECASE,
)
# A sentence's or a bracket's end is no part of a link.
_WRITTEN_OUT: Final = re.compile(r"(?<![a-z0-9+.-])https://[^\s<>\"]{0,2000}[^\s<>\".,;:!?)\]']", re.IGNORECASE)
_SCRIPT: Final = re.compile(r"\s*(?:javascript|vbscript|livescript|data:\S|blob:|file:)", re.IGNORECASE)


def visible(text: str) -> str:
    """The text without characters that cannot be seen (line breaks and tabs stay)."""
    return _UNSEEN.sub("", text) if _UNSEEN.search(text) else text


def listed(link: str, hosts: Collection[str]) -> bool:
    """Whether a link is plain https to one of the hosts, as every browser and mail client would read it."""
    match = _LINK.fullmatch(link)
    return match is not None and match[1].lower() in hosts


def leads_astray(text: str, hosts: Collection[str]) -> bool:
    """Whether a text that data brings holds anything a client would make a link of, to somewhere that is not listed."""
    if _SCRIPT.match(text):
        return ":" in text
    return any(not listed(_as_link(match[0]), hosts) for match in _IN_TEXT.finditer(text))


def with_links(text: str, form: Callable[[str], str]) -> str:
    """A plain text with every link that is written out in it put into another form."""
    return _WRITTEN_OUT.sub(lambda match: form(match[0]), text)


def _as_link(found: str) -> str:
    trimmed = found.rstrip(".,;:!?)]'\"")
    return f"https://{trimmed}" if trimmed[:4].lower() == "www." else trimmed
