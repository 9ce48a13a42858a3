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
    if _is_list(name):
        return any(is_withheld(view.value(one)) for one in _lists(name))
    return name.startswith("traits.") and view.sight(name.removeprefix("traits.")) is Hidden.OUT_OF_MANDATE


def is_withheld(members: object) -> bool:
    """Whether a list has a member that may not be seen."""
    return isinstance(members, tuple) and UNKNOWN in members


def _lists(name: str) -> tuple[str, ...]:
    """The lists that a condition's read stands for: of an intent group both."""
    return (f"{name}.considered", f"{name}.chosen") if name.startswith("intents.") else (name,)


def _is_list(name: str) -> bool:
    """Whether it is a list of what the person did or is, whose members come from sources of their own."""
    return name in ("owned", "groups") or name.startswith("intents.")


def _unknown(conditions: list[Condition | None], view: View, seen: set[str]) -> Iterator[str]:
    for condition in filter(None, conditions):
        # A list is known although one of its members is hidden: it is looked at even where it is no unknown read.
        names = [*unknown_reads(condition, view), *filter(_is_list, condition.reads)]
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
