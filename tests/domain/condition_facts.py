"""Facts for tests: a nested dictionary, and the truths of segments; what is not in it is not known."""

from dataclasses import dataclass, field
from typing import Any

from rapport.domain.logic import UNKNOWN, Truth


@dataclass
class Known:
    values: dict[str, Any] = field(default_factory=dict)
    segments: dict[str, Truth] = field(default_factory=dict)

    def value(self, name: str) -> object:
        found: Any = self.values
        for key in name.split("."):
            found = found.get(key, UNKNOWN) if isinstance(found, dict) else UNKNOWN
        return found

    def in_segment(self, segment: str) -> Truth:
        return self.segments.get(segment)
