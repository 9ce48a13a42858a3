"""The names a template may read, checked against what the catalogue declares."""

from collections.abc import Callable, Mapping
from typing import Final

from rapport.render.gaps import Path
from rapport.render.problem import ELEMENTS, Vocabulary, meant

ROOTS: Final = frozenset(
    {"traits", "segments", "persona", "event", "offers", "campaign", "variant", "brand", "links", "why"}
)
LINKS: Final = frozenset({"unsubscribe", "preferences", "why"})

Fault = tuple[str, str, str, str] | None
"""Code, message, the word at fault, a hint."""


def name_fault(path: Path, words: Vocabulary) -> Fault:
    """What is wrong with a path, None when nothing is."""
    return _NAMES.get(path[0], _other)(path, words)


def _trait(path: Path, words: Vocabulary) -> Fault:
    name = ".".join(path[1:])
    if not name:
        return "UNKNOWN_TRAIT", "traits are read one by one", "traits", "write traits.NAME"
    if path[-1] == "*" and words.traits.get(".".join(path[1:-1])) == "list":
        return None
    if name in words.traits or any(trait.startswith(f"{name}.") for trait in words.traits):
        return None
    return "UNKNOWN_TRAIT", f"there is no trait {name!r}", path[-1], meant(name, words.traits)


def _offer(path: Path, words: Vocabulary) -> Fault:
    if len(path) > 1 and path[1] not in words.slots:
        return "UNKNOWN_SLOT", f"the campaign has no offers {path[1]!r}", path[1], meant(path[1], words.slots)
    if len(path) > 3 and path[2] == "*" and path[3] not in ELEMENTS:
        return "UNKNOWN_ELEMENT", f"an offer has no {path[3]!r}", path[3], meant(path[3], ELEMENTS)
    return None


def _event(path: Path, words: Vocabulary) -> Fault:
    if not words.event:
        return "NO_EVENT", "no event starts this campaign", "event", ""
    if len(path) > 1 and words.properties is not None and path[1] not in words.properties:
        return "UNKNOWN_PROPERTY", f"the event has no property {path[1]!r}", path[1], meant(path[1], words.properties)
    return None


def _link(path: Path, _words: Vocabulary) -> Fault:
    if len(path) > 1 and path[1] not in LINKS:
        return "UNKNOWN_NAME", f"there is no link {path[1]!r}", path[1], meant(path[1], LINKS)
    return None


def _brand(path: Path, words: Vocabulary) -> Fault:
    known = (words.brand or frozenset()) | words.brand_at_times
    if len(path) > 1 and words.brand is not None and path[1] not in known:
        return "UNKNOWN_NAME", f"the brand has no {path[1]!r}", path[1], meant(path[1], known)
    return None


def may_lack(path: Path, words: Vocabulary) -> bool:
    """Whether what a path names may be missing: a brand's value that every brand has is not."""
    return path[0] != "brand" or (len(path) > 1 and words.brand is not None and path[1] not in words.brand)


def _segment(_path: Path, _words: Vocabulary) -> Fault:
    return "SEGMENT", "segments are asked one by one", "segments", 'write "ID" in segments'


def _fine(_path: Path, _words: Vocabulary) -> Fault:
    return None


def _other(path: Path, _words: Vocabulary) -> Fault:
    return "UNKNOWN_NAME", f"there is no name {path[0]!r} in a template", path[0], meant(path[0], ROOTS)


_NAMES: Final[Mapping[str, Callable[[Path, Vocabulary], Fault]]] = {
    "traits": _trait,
    "offers": _offer,
    "event": _event,
    "links": _link,
    "brand": _brand,
    "segments": _segment,
    **dict.fromkeys(("persona", "campaign", "variant", "why", "item", "="), _fine),
}
