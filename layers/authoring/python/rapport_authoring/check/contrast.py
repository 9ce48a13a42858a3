"""Text that is too pale to read: the colours that a template's styles put together, for every brand it may wear."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from rapport_authoring.problems import Code, Place, Problem

LEAST: Final = 4.5
"""The contrast that WCAG 2 asks of text (AA)."""
_HEX: Final = r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?![0-9a-fA-F])"
_TEXT: Final = re.compile(rf"(?<![-\w])color\s*:\s*({_HEX})")
_GROUND: Final = re.compile(rf"(?<![-\w])background(?:-color)?\s*:\s*({_HEX})")
_RULES: Final = re.compile(r"\{([^{}]*)\}|\bstyle=\"([^\"]*)\"|\bstyle='([^']*)'")
_BRAND: Final = re.compile(r"\{\{-?\s*brand\.(\w+)\s*-?\}\}")


def pale(name: str, file: str, source: str, brands: Mapping[str, Mapping[str, str]]) -> Iterator[Problem]:
    """Warn of each style that sets both a text's colour and what is behind it too much alike, once for each line."""
    told: set[int] = set()
    for brand, values in (brands or {"": {}}).items():
        worn = _BRAND.sub(lambda match, values=values: values.get(match[1], match[0]).replace("\n", " "), source)  # type: ignore[misc]  # bound now
        for line, ratio in _found(worn):
            if line not in told:
                told.add(line)
                where = f" with the brand `{brand}`" if brand and worn != source else ""
                message = f"a text of `{name}` has a contrast of {ratio:.1f} to what is behind it{where}"
                yield Problem.found(
                    Code.TEMPLATE_ADVICE, Place(file, line, 1), message, f"at least {LEAST} can be read"
                )


def _found(source: str) -> Iterator[tuple[int, float]]:
    """The lines of styles that are too pale, and their contrast."""
    for rule in _RULES.finditer(source):
        style = rule[1] or rule[2] or rule[3] or ""
        text, ground = _TEXT.search(style), _GROUND.search(style)
        if text and ground and (ratio := contrast(text[1], ground[1])) < LEAST:
            yield source.count("\n", 0, rule.start()) + 1, ratio


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (`#abc` or `#aabbcc`), from 1 to 21, as WCAG 2 has it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
