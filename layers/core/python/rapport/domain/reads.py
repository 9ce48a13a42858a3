"""What a condition reads of a person, through segments and personas too."""

from collections.abc import Iterator

from rapport.domain.condition import UNKNOWN, Condition, unknown_reads
from rapport.domain.sight import Hidden
from rapport.domain.view import View


def reads_of(condition: Condition | None, view: View) -> tuple[str, ...]:
    """Every name that a condition reads, through segments and personas too, each once, in the order of reading."""
    return tuple(dict.fromkeys(_reads([condition], view, set())))


def out_of_mandate(condition: Condition | None, view: View) -> bool:
    """Whether something that left the condition unknown is held, but not for this purpose."""
    return any(_withheld(name, view) for name in _unknown([condition], view, set()))


def _withheld(name: str, view: View) -> bool:
    if name == "owned":
        owned = view.value("owned")
        return isinstance(owned, tuple) and UNKNOWN in owned
    return name.startswith("traits.") and view.sight(name.removeprefix("traits.")) is Hidden.OUT_OF_MANDATE


def _unknown(conditions: list[Condition | None], view: View, seen: set[str]) -> Iterator[str]:
    for condition in filter(None, conditions):
        # A list of skus is known although one of them is hidden: it is looked at even where it is no unknown read.
        names = [*unknown_reads(condition, view), *(name for name in condition.reads if name == "owned")]
        yield from _deeper(names, view, seen, unknown=True)


def _reads(conditions: list[Condition | None], view: View, seen: set[str]) -> Iterator[str]:
    for condition in filter(None, conditions):
        yield from _deeper(condition.reads, view, seen, unknown=False)


def _deeper(names: tuple[str, ...] | list[str], view: View, seen: set[str], *, unknown: bool) -> Iterator[str]:
    """Each name once, then what the segments and personas among them read."""
    for name in names:
        if name in seen:
            continue
        seen.add(name)
        yield name
        further = _behind(name, view)
        yield from _unknown(further, view, seen) if unknown else _reads(further, view, seen)


def _behind(name: str, view: View) -> list[Condition | None]:
    """The conditions that a segment, or the persona, stands for."""
    catalogue = view.catalogue
    ids = catalogue.personas if name == "persona" else [name.removeprefix("segments.")]
    found = [catalogue.segments[id_] for id_ in ids if id_ in catalogue.segments]
    return [condition for segment in found for condition in (segment.when, segment.unless)]
