"""What of a letter's fixed wording its font cannot write, told when it is published and not letter by letter."""

from collections.abc import Mapping, Sequence
from typing import Final

from jinja2 import nodes

LAST_OF_LATIN: Final = 0x17F
"""Up to here the font has every letter that anybody types."""
SHOWN: Final = 12


def unprintable(blocks: Mapping[str, Sequence[tuple[str, nodes.Block]]]) -> tuple[str, str] | None:
    """The block that letters take and what is wrong with it; None when all of its own words can be printed."""
    block = next((block for block in ("print", "text") if block in blocks), None)
    if block is None:
        return None
    text = "".join(part.data for part in blocks[block][0][1].find_all(nodes.TemplateData))
    if all(ord(letter) <= LAST_OF_LATIN for letter in text):
        return None
    from rapport.render.letter import lacking  # noqa: PLC0415  # fpdf2 is heavy, and most letters need no look

    missing = lacking(text)[:SHOWN]
    return (block, f"the font of letters has no {missing}: a letter that says it is held") if missing else None
