"""The names a catalogue declares, with their types, as conditions may read them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["string", "number", "boolean", "moment", "duration", "list", "any"]
"""The static type of an operand; any is what JSON holds, known at run time only."""

TRAIT_KINDS: Final[Mapping[str, Kind]] = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "date": "moment",
    "timestamp": "moment",
    "list": "list",
    "any": "any",
}
ADDRESS: Final = ("street", "postal_code", "city", "country")
BUILT_IN: Final = dict.fromkeys(("email", "phone", "locale", "timezone"), "string") | {"device_tokens": "list"}
MOST_NAMES: Final = 2_000
"""Traits, or intent groups; protobuf holds some four thousand fields in a message."""
INTENT_LISTS: Final = ("chosen", "considered")
ROOTS: Final = ("traits", "segments", "groups", "persona", "intents", "owned", "event", "context", "now")

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OPEN: Final = re.compile(r"(event\.properties|context)\.[^.].*")
_SINGLE: Final[Mapping[str, Kind]] = {
    "persona": "string",
    "groups": "list",
    "owned": "list",
    "event.name": "string",
    "now": "moment",
}


@dataclass(frozen=True, eq=False)
class Names:
    """What conditions may read: traits with their types and allowed values, intent groups, segments, personas.

    A trait or group whose name is not `[a-z][a-z0-9_]{0,63}` is left out: whoever declares it is told elsewhere.
    """

    traits: Mapping[str, str] = field(default_factory=dict)
    one_of: Mapping[str, Sequence[object]] = field(default_factory=dict)
    intents: Sequence[str] = ()
    segments: Sequence[str] = ()
    personas: Sequence[str] = ()

    @cached_property
    def trait_types(self) -> Mapping[str, str]:
        """The types of all traits, the built-in ones but `address` among them."""
        named = {name: kind for name, kind in self.traits.items() if _NAME.fullmatch(name) and name != "address"}
        return named | BUILT_IN

    @cached_property
    def groups(self) -> Sequence[str]:
        """The intent groups, each once."""
        return tuple(dict.fromkeys(name for name in self.intents if _NAME.fullmatch(name)))

    @cached_property
    def _kinds(self) -> Mapping[str, Kind]:
        traits = {f"traits.{name}": TRAIT_KINDS.get(kind, "string") for name, kind in self.trait_types.items()}
        address: dict[str, Kind] = {f"traits.address.{part}": "string" for part in ADDRESS}
        intents: dict[str, Kind] = {
            f"intents.{group}.{which}": "list" for group in self.groups for which in INTENT_LISTS
        }
        return {**_SINGLE, **traits, **address, **intents}

    def kind(self, name: str) -> Kind | None:
        """Return the kind of a dotted name, None when it names no value (`traits`, `intents.trip`, `context`)."""
        return "any" if _OPEN.fullmatch(name) else self._kinds.get(name)

    def allowed(self, name: str) -> Sequence[object] | None:
        """Return the values that a name may be compared with, None when any may."""
        if name in ("persona", "segments"):
            return self.personas if name == "persona" else self.segments
        return self.one_of.get(name.removeprefix("traits.")) if name.startswith("traits.") else None
