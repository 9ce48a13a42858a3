"""The filters and tests of templates: harmless ones only; each pays for its size, and the unknown passes through."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from jinja2 import filters as jinja
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from msgspec import Struct

from rapport.render.bounds import CHARACTERS_A_STEP, LARGEST_NUMBER, Budget
from rapport.render.known import Items, Names, Unknown, compared, negated
from rapport.render.message import TemplateFaultError
from rapport.render.plain import gsm
from rapport.render.wording import FORMATS, Wording, number, plural

RUN: Final = "_run"
"""The name under which a rendering's own `Run` is in the context; no template can read it."""


class Run(Struct, frozen=True):
    """What one rendering of one block carries: what it may still cost, and how its reader writes numbers."""

    budget: Budget
    wording: Wording


Filter = Callable[..., object]


def run_of(context: Context) -> Run:
    """The rendering that a context belongs to."""
    run: Run = context.parent[RUN]
    return run


def printed(context: Context, value: object) -> object:
    """The text of a value that a template prints. Raises MissingDataError, TemplateFaultError."""
    run = run_of(context)
    if isinstance(value, str):
        run.budget.move(len(value))
        return value
    run.budget.spend(1)
    if isinstance(value, Unknown):
        return str(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TemplateFaultError(f"a {_kind(value)} cannot be printed")
    return number(run.wording, value)


def _kind(value: object) -> str:
    return {bool: "yes or no", Names: "mapping", Items: "list", list: "list"}.get(type(value), "value of this kind")


def _size(value: object) -> int:
    if isinstance(value, str):
        return len(value) // CHARACTERS_A_STEP
    return len(value) if isinstance(value, Items | list | tuple) else 0


def metered(work: Filter, *, with_run: bool = False) -> Filter:
    """A filter that pays for its input, gives back the unknown as it came, and knows no answer to a wrong type."""

    @pass_context
    def apply(context: Context, value: object, *args: object, **options: object) -> object:
        run = run_of(context)
        for part in (value, *args, *options.values()):
            if isinstance(part, Unknown):
                return part
            run.budget.spend(1 + _size(part))
        try:
            return work(run, value, *args, **options) if with_run else work(value, *args, **options)
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError):
            return Unknown(hint="a value that a filter cannot take")

    return apply


@pass_context
def _default(
    _context: Context, value: object, default_value: object = "", boolean: object = False, *_: object, **_more: object
) -> object:
    return default_value if isinstance(value, Unknown) or (boolean and not value) else value


@pass_context
def _pay(context: Context, steps: int) -> object:
    run_of(context).budget.spend(steps)
    return None


@pass_context
def _each(context: Context, value: object, steps: int) -> Iterator[object]:
    if not isinstance(value, Unknown | Items | list | tuple):
        raise TemplateFaultError(f"a {_kind(value)} cannot be looped over")
    budget = run_of(context).budget
    for element in value:
        budget.spend(steps)
        yield element


@pass_context
def _compare(context: Context, left: object, operator: str, right: object) -> object:
    run_of(context).budget.spend(1 + _size(left) + _size(right))
    return compared(left, operator, right)


def _concat(run: Run, parts: list[object]) -> object:
    for part in parts:
        if isinstance(part, Unknown):
            return part
    texts = [part if isinstance(part, str) else _plain(run, part) for part in parts]
    run.budget.move(sum(map(len, texts)))
    # As Jinja has it: what is already HTML stays so, and then the rest is escaped.
    return Markup().join(texts) if any(isinstance(text, Markup) for text in texts) else "".join(texts)


def _plain(run: Run, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TemplateFaultError(f"a {_kind(value)} cannot be printed")
    return number(run.wording, value)


def _join(run: Run, values: object, separator: str = "", attribute: str | None = None) -> object:
    elements = _plucked(values, attribute) if attribute else list(values)  # type: ignore[call-overload]  # TypeError: unknown
    parts = [part for element in elements for part in (separator, element)][1:]
    return _concat(run, parts) if parts else Unknown(hint="an empty list")


def _plucked(values: Any, attribute: str) -> list[object]:  # noqa: ANN401  # whatever the data holds
    found = (value.read(attribute) for value in values if isinstance(value, Names))
    return [value for value in found if not isinstance(value, Unknown)]


@pass_context
def _map(context: Context, values: object, name: str = "", *args: object, attribute: str = "") -> object:
    """Each element's part of that name, or each element through the filter of that name."""
    if isinstance(values, Unknown):
        return values
    if attribute:
        return _plucking(context, values, attribute)
    if name not in FILTERS:
        raise TemplateFaultError(f"there is no filter {name!r} to map with")
    apply = FILTERS[name]
    mapped = (apply(context, value, *args) for value in _each(context, values, 1))
    return [value for value in mapped if not isinstance(value, Unknown)]


def _chosen(*, kept: bool, by_part: bool) -> Filter:
    """Select or reject elements, by themselves or by a part of theirs: those that are, or those that pass a test."""

    def work(run: Run, values: Iterable[object], *words: Any) -> list[object]:  # noqa: ANN401  # whatever a template writes
        part, words = (words[0], words[1:]) if by_part else ("", words)
        test = _CHOICES[words[0]] if words else bool
        seen = [(value, _part(value, part) if by_part else value) for value in values]
        run.budget.spend(len(seen) * (2 + sum(map(_size, words))))
        return [value for value, read in seen if bool(test(read, *words[1:])) is kept]

    return work


def _part(value: object, name: str) -> object:
    return value.read(name) if isinstance(value, Names) else Unknown(name=name)


def _replace(run: Run, text: str, old: str, new: str) -> str:
    run.budget.move(len(text) + (text.count(old) if old else len(text) + 1) * len(new))
    return text.replace(old, new)


def _round(value: float, precision: int = 0, method: str = "common") -> float:
    if not 0 <= precision <= 9 or abs(value) > LARGEST_NUMBER:
        raise ValueError(precision)
    return jinja.do_round(value, precision, method)  # type: ignore[arg-type]  # Jinja refuses other methods


def _whole(value: object) -> int:
    number_ = float(value)  # type: ignore[arg-type]  # TypeError: unknown
    return int(number_)


def _sorted(values: Iterable[object], reverse: object = False, attribute: str | None = None) -> list[object]:
    def key(value: object) -> object:
        part = value.read(attribute) if attribute and isinstance(value, Names) else value
        return part.casefold() if isinstance(part, str) else part

    return sorted(values, key=key, reverse=bool(reverse))  # type: ignore[arg-type]  # TypeError: unknown


def _sum(values: object, attribute: str | None = None) -> object:
    return sum(_plucked(values, attribute) if attribute else values)  # type: ignore[call-overload]  # TypeError: unknown


def _item(values: object, index: int) -> object:
    elements = list(values)  # type: ignore[call-overload]  # TypeError: unknown
    return elements[index]


def _unique(values: Iterable[object]) -> list[object]:
    return list(dict.fromkeys(values))


def _reversed(values: object) -> object:
    return values[::-1] if isinstance(values, str) else list(values)[::-1]  # type: ignore[call-overload]  # TypeError: unknown


def _truncate(text: str, length: int = 255, killwords: object = False, end: str = "…") -> str:
    if len(text) <= length:
        return text
    cut = text[: max(length - len(end), 0)]
    return (cut if killwords else cut.rsplit(" ", 1)[0]) + end


def _text(work: Callable[[str], object]) -> Filter:
    return lambda value: work(value if isinstance(value, str) else _refuse(value))


def _refuse(value: object) -> str:
    raise TypeError(type(value))


def _count(value: object) -> int:
    return len(value.values if isinstance(value, Names) else value)  # type: ignore[arg-type]  # TypeError: unknown


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _same(value: object) -> object:
    """What is printed is escaped for its channel anyway; escaped here, a text message would read `&amp;`."""
    return value


_PLAIN: Final[dict[str, Filter]] = {
    "abs": abs,
    "capitalize": _text(str.capitalize),
    "count": _count,
    "e": _same,
    "escape": _same,
    "first": partial(_item, index=0),
    "float": float,
    "int": _whole,
    "last": partial(_item, index=-1),
    "length": _count,
    "list": list,
    "lower": _text(str.lower),
    "max": max,
    "min": min,
    "reverse": _reversed,
    "round": _round,
    "sort": _sorted,
    "striptags": _text(jinja.do_striptags),
    "sum": _sum,
    "title": _text(jinja.do_title),
    "trim": _text(str.strip),
    "truncate": _truncate,
    "unique": _unique,
    "upper": _text(str.upper),
    "urlencode": _text(_quoted),
    "wordcount": _text(lambda text: len(text.split())),
}


def _plural(run: Run, count: object, one: str, other: str, few: str = "", many: str = "") -> object:
    return plural(run.wording, count, one, other, few, many)


def _string(run: Run, value: object) -> str:
    return value if isinstance(value, str) else _plain(run, value)


def _gsm(run: Run, text: str) -> str:
    run.budget.spend(len(text) // LETTERS_A_STEP)
    return gsm(text)


LETTERS_A_STEP: Final = 4
"""Letters looked at one by one cost more than letters moved."""

_WITH_RUN: Final[dict[str, Filter]] = {
    "gsm": _gsm,
    "join": _join,
    "plural": _plural,
    "reject": _chosen(kept=False, by_part=False),
    "rejectattr": _chosen(kept=False, by_part=True),
    "replace": _replace,
    "select": _chosen(kept=True, by_part=False),
    "selectattr": _chosen(kept=True, by_part=True),
    "string": _string,
}
_plucking: Final = metered(_plucked)


def _localised(form: Callable[[Wording, object], object]) -> Filter:
    return lambda run, value: form(run.wording, value)


FILTERS: Final[dict[str, Filter]] = {
    **{name: metered(work) for name, work in _PLAIN.items()},
    **{name: metered(work, with_run=True) for name, work in _WITH_RUN.items()},
    **{name: metered(_localised(form), with_run=True) for name, form in FORMATS.items()},
    "map": _map,
    "default": _default,
    "d": _default,
}
"""What templates may name."""

OPERATIONS: Final[dict[str, Filter]] = {
    "_pay": _pay,
    "_each": _each,
    "_compare": _compare,
    "_not": negated,
    "_concat": metered(_concat, with_run=True),
}
"""What the rewritten tree calls; no template can name them."""


def _known_only(check: Callable[..., bool]) -> Callable[..., object]:
    def test(value: object, *args: object, **_: object) -> object:
        try:
            return value if isinstance(value, Unknown) else check(value, *args)
        except TypeError:
            return Unknown(hint="a test with what it does not take")

    return test


def _whole_number(value: object) -> bool:
    return type(value) is int


def _divides(value: object, by: object) -> bool:
    return type(value) is int and type(by) is int and by != 0 and value % by == 0


def _holds(operator: str) -> Callable[[object, object], object]:
    return lambda value, other: compared(value, operator, other)


_COMPARISONS: Final = {
    **dict.fromkeys(("equalto", "eq", "=="), "eq"),
    **dict.fromkeys(("ne", "!="), "ne"),
    **dict.fromkeys(("greaterthan", "gt", ">"), "gt"),
    **dict.fromkeys(("lessthan", "lt", "<"), "lt"),
    **dict.fromkeys(("ge", ">="), "gteq"),
    **dict.fromkeys(("le", "<="), "lteq"),
    "in": "in",
}
"""Jinja's names of what elements are chosen by."""

TESTS: Final[dict[str, Callable[..., object]]] = {
    "defined": lambda value, *_, **__: not isinstance(value, Unknown),
    "undefined": lambda value, *_, **__: isinstance(value, Unknown),
    "odd": _known_only(lambda value: _whole_number(value) and value % 2 == 1),
    "even": _known_only(lambda value: _whole_number(value) and value % 2 == 0),
    "divisibleby": _known_only(_divides),
    "number": _known_only(lambda value: isinstance(value, int | float) and not isinstance(value, bool)),
    "string": _known_only(lambda value: isinstance(value, str)),
}
"""The tests that templates may name."""

_CHOICES: Final[dict[str, Callable[..., object]]] = {
    **TESTS,
    **{name: _holds(operator) for name, operator in _COMPARISONS.items()},
}
"""What elements may be chosen by: the tests, and comparisons."""
