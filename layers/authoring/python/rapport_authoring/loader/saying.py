"""What pydantic finds, said in the words of who writes a catalogue: code, message and hint."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rapport_authoring.documents.values import kind_of
from rapport_authoring.problems import Code, closest, nearest

Path = tuple[str | int, ...]
CODES = {code.value: code for code in Code}
NOTHING_SAID = {"missing", "string_too_short", "string_type"}
BENEFIT_HINT = "write what the person gets, like `benefit: 15% off a rental car`"
KEY = re.compile(r"[A-Za-z_]+")
"""What a key looks like; anything else without a value is the rest of a text or a number that was cut at a comma."""
AMOUNT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([%€$£]|[A-Z]{3}|d|days|h|hours|)\s*")
"""A number with its unit; the key itself tells days and hours."""
MOST_RESPELT = 100
"""More misspelt keys than a document has; thousands would cost seconds."""
YES_NO = {"yes", "no", "on", "off", "y", "n"}


class Finding(NamedTuple):
    """One thing wrong with a document; `at_key` places it at the key, not at the value."""

    code: Code
    message: str
    hint: str
    path: Path
    at_key: bool = False


class _Case(NamedTuple):
    """What pydantic said, with the noun of the document and its model."""

    error: ErrorDetails
    noun: str
    model: type[BaseModel]

    @property
    def context(self) -> Mapping[str, Any]:
        return self.error.get("ctx", {})

    @property
    def path(self) -> Path:
        return path_of(self.error)

    @property
    def subject(self) -> str:
        """The last named key, in backquotes, or what the document is."""
        return next((f"`{part}`" for part in reversed(self.path) if isinstance(part, str)), self.whole)

    @property
    def owner(self) -> str:
        """What the last key belongs to."""
        return next((f"`{part}`" for part in reversed(self.path[:-1]) if isinstance(part, str)), f"the {self.noun}")

    @property
    def whole(self) -> str:
        """What the document is."""
        return {"house": "rapport.yaml", "traits": "traits.yaml"}.get(self.noun, f"this {self.noun}")


def path_of(error: ErrorDetails) -> Path:
    """Return where in the document pydantic found something wrong."""
    return tuple(part for part in error["loc"] if part != "[key]")


def findings(error: ValidationError, noun: str, model: type[BaseModel]) -> Iterator[Finding]:
    """Say each thing pydantic found wrong with one document; a misspelt key is not missing besides."""
    details = error.errors(include_url=False)
    given = {(*path[:-1], name) for path, name in respelt(details, model).items()}
    for detail in details:
        if detail["type"] != "missing" or path_of(detail) not in given:
            yield _finding(_Case(detail, noun, model))


def respelt(details: Sequence[ErrorDetails], model: type[BaseModel]) -> dict[Path, str]:
    """Return the unknown keys that seem to mean a known one, each with that key; of two for one key the first."""
    meant: dict[Path, Path] = {}
    unknown = (path_of(detail) for detail in details if detail["type"] == "extra_forbidden")
    for path in islice(unknown, MOST_RESPELT):
        word = closest(str(path[-1]), keys_at(model, path[:-1]))
        if word:
            meant.setdefault((*path[:-1], word), path)
    return {path: str(wanted[-1]) for wanted, path in meant.items()}


def _finding(case: _Case) -> Finding:
    kind = case.error["type"]
    if (case.noun, case.path) == ("offer", ("benefit",)) and kind in NOTHING_SAID:
        return Finding(Code.BENEFIT_MISSING, "the offer does not say what the person gets", BENEFIT_HINT, case.path)
    if kind in CODES:
        said = _of(case.subject, str(case.context["said"]))
        return Finding(CODES[kind], said, case.context["hint"], case.path, "[key]" in case.error["loc"])
    return SAY.get(kind, _unforeseen)(case)


def _of(subject: str, said: str) -> str:
    """A sentence on a key or its value; what names the value need not name the key besides, if they are the same."""
    return said if said.startswith(subject) else f"{subject}{': ' if said.startswith('`') else ' '}{said}"


def _missing(case: _Case) -> Finding:
    key = str(case.path[-1])
    return Finding(Code.MISSING_KEY, f"{case.owner} needs `{key}`", f"write `{key}: ...`", case.path)


def _extra(case: _Case) -> Finding:
    key = str(case.path[-1])
    hint = nearest(key, keys_at(case.model, case.path[:-1]))
    if key == "<<":
        hint = "merge keys are not taken; write the values out"
    elif case.error["input"] is None and not KEY.fullmatch(key):
        hint = "put text with a comma in quotes, and write decimals with a point"
    return Finding(Code.UNKNOWN_KEY, f"`{key[:80]}` is not a key of {case.owner}", hint, case.path, at_key=True)


def _literal(case: _Case) -> Finding:
    known = re.findall(r"'([^']*)'", str(case.context.get("expected", "")))
    value = case.error["input"]
    if not isinstance(value, str):
        return _typed(case, "one of " + ", ".join(f"`{word}`" for word in known))
    message = f"{case.subject} cannot be `{value[:80]}`"
    return Finding(Code.WRONG_VALUE, message, nearest(value, known), case.path)


def _type(what: str) -> Callable[[_Case], Finding]:
    return lambda case: _typed(case, what)


def _typed(case: _Case, what: str) -> Finding:
    value = case.error["input"]
    if value is None:
        hint = "write a value, or delete the line"
        return Finding(Code.WRONG_TYPE, f"{case.subject} is empty", hint, case.path)
    given = kind_of(value) if what != "a whole number" or type(value) is not float else f"{value:g}"
    return Finding(
        Code.WRONG_TYPE, f"{case.subject} must be {what}, not {given}", _type_hint(case, what, value), case.path
    )


def _type_hint(case: _Case, what: str, value: object) -> str:
    hints = {
        "true or false": "write true or false",
        "text": "put it in quotes" if not isinstance(value, list | dict) else "write one text",
        "a list": f"write [{value[:40]}]" if isinstance(value, str) else "write each entry behind a dash",
        "a mapping": _keys_of(case),
    }
    return hints.get(what) or (_number_hint(case, what, value) if what.endswith("number") else "")


def _keys_of(case: _Case) -> str:
    """Which keys a mapping takes, or what it looks like where a team names them."""
    keys = keys_at(case.model, case.path)
    shown = ", ".join(f"`{key}`" for key in keys[:8]) + (" ..." if len(keys) > 8 else "")
    if keys and keys == keys_at(case.model, (*case.path, "name")):
        return f"write `name: {{...}}`, with {shown} inside"
    return f"write a mapping with {shown}" if keys else "write `name: value`, one a line"


def _number_hint(case: _Case, what: str, value: object) -> str:
    """The number that a text begins with: of `30d` in days it is 30, of `30%` 0.3."""
    match = AMOUNT.fullmatch(value) if isinstance(value, str) and len(value) < 40 else None
    if match is None or (match[2][:1] in ("d", "h") and match[2][0] not in _unit(case.subject)):
        return "write it in digits" if isinstance(value, str) else ""
    amount = float(match[1].replace(",", "."))
    return f"write {amount / 100 if match[2] == '%' else amount:g}" if what == "a number" or amount.is_integer() else ""


def _unit(subject: str) -> str:
    """The letter of the unit in which a key counts."""
    return "d" if subject.endswith("days`") else "h" if subject.endswith("hours`") else ""


def _bound(words: str, key: str) -> Callable[[_Case], Finding]:
    def say(case: _Case) -> Finding:
        value = case.error["input"]
        message = f"{case.subject} must be {words} {case.context[key]:g}, not {value}"
        percent = key == "le" and case.context[key] == 1 and isinstance(value, int | float) and 2 <= value <= 100
        return Finding(Code.WRONG_VALUE, message, f"write {value / 100:g} for {value:g}%" if percent else "", case.path)

    return say


def _length(of_text: str, of_list: str, key: str) -> Callable[[_Case], Finding]:
    def say(case: _Case) -> Finding:
        message = of_text if isinstance(case.error["input"], str) else of_list
        return Finding(Code.WRONG_VALUE, f"{case.subject} {message.format(case.context[key])}", "", case.path)

    return say


def _unforeseen(case: _Case) -> Finding:
    return Finding(Code.WRONG_VALUE, f"{case.subject}: {case.error['msg']}", "", case.path)


SAY: Mapping[str, Callable[[_Case], Finding]] = {
    "missing": _missing,
    "extra_forbidden": _extra,
    "literal_error": _literal,
    "string_type": _type("text"),
    "int_type": _type("a whole number"),
    "int_from_float": _type("a whole number"),
    "float_type": _type("a number"),
    "bool_type": _type("true or false"),
    "finite_number": lambda case: Finding(Code.WRONG_VALUE, f"{case.subject} is no finite number", "", case.path),
    "list_type": _type("a list"),
    "dict_type": _type("a mapping"),
    "model_type": _type("a mapping"),
    "model_attributes_type": _type("a mapping"),
    "greater_than": _bound("above", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than": _bound("below", "lt"),
    "less_than_equal": _bound("at most", "le"),
    **dict.fromkeys(("string_too_short", "too_short"), _length("is empty", "needs at least {} entry", "min_length")),
    **dict.fromkeys(
        ("string_too_long", "too_long"),
        _length("is longer than {} characters", "has more than {} entries", "max_length"),
    ),
}


def keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """Return the keys a mapping at this path of a document may have."""
    parts = [part for part in path if isinstance(part, str)]
    while parts:
        field = next((f for name, f in model.model_fields.items() if (f.alias or name) == parts[0]), None)
        inner, named = _inner(field.annotation) if field else (None, False)
        if inner is None:
            return []
        model, parts = inner, parts[2 if named else 1 :]
    return [field.alias or name for name, field in model.model_fields.items()]


def _inner(annotation: object) -> tuple[type[BaseModel] | None, bool]:
    """Return the model inside an annotation, and whether it sits in a mapping by name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for part in get_args(annotation):
        model, named = _inner(part)
        if model:
            return model, named or get_origin(annotation) is dict
    return None, False
