"""How much one rendering may cost: nodes run, characters moved, output made. What is spent never comes back."""

from collections.abc import Iterable
from typing import Final

from rapport.render.message import TemplateFaultError

SOURCE_CHARACTERS: Final = 64 * 1024
OUTPUT_CHARACTERS: Final = 128 * 1024
"""Mail clients cut a message off at some hundred thousand."""
STEPS: Final = 30_000
"""A step is a node of the template run once more by a loop or a macro, or this many characters moved:"""
CHARACTERS_A_STEP: Final = 32
LARGEST_NUMBER: Final = 10.0**15


class Budget:
    """The steps that are left for one block."""

    __slots__ = ("left",)

    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Take steps away. Raises TemplateFaultError when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise TemplateFaultError("more work than a message may cost")

    def move(self, characters: int) -> None:
        """Take away what it costs to move characters about."""
        self.spend(1 + characters // CHARACTERS_A_STEP)


def gathered(chunks: Iterable[str]) -> str:
    """The chunks as one text. Raises TemplateFaultError when it grows past what a message may be."""
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > OUTPUT_CHARACTERS:
            raise TemplateFaultError("more text than a message may hold")
        parts.append(chunk)
    return "".join(parts)
