"""What pydantic finds, said in the words of who writes a catalogue: code, message and hint."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rapport_authoring.documents.values import kind_of
from rapport_authoring.problems import Code, closest, nearest

Path = tuple[str | int, ...]
CODES = {code.value: code for code in Code}
NOTHING_SAID = {"missing", "string_too_short", "string_type"}
BENEFIT_HINT = "write what the person gets, like `benefit: 15% off a rental car`"
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
        return next((f"`{part}`" for part in reversed(self.path) if isinstance(part, str)), f"this {self.noun}")

    @property
    def owner(self) -> str:
        """What the last key belongs to."""
        return next((f"`{part}`" for part in reversed(self.path[:-1]) if isinstance(part, str)), f"the {self.noun}")


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
    for detail in details:
        path = path_of(detail)
        unknown = detail["type"] == "extra_forbidden"
        word = closest(str(path[-1]), keys_at(model, path[:-1])) if unknown else None
        if word:
            meant.setdefault((*path[:-1], word), path)
    return {path: str(wanted[-1]) for wanted, path in meant.items()}


def _finding(case: _Case) -> Finding:
    kind = case.error["type"]
    if (case.noun, case.path) == ("offer", ("benefit",)) and kind in NOTHING_SAID:
        return Finding(Code.BENEFIT_MISSING, "the offer does not say what the person gets", BENEFIT_HINT, case.path)
    if kind in CODES:
        said = f"{case.subject}{': ' if case.context['said'].startswith('`') else ' '}{case.context['said']}"
        return Finding(CODES[kind], said, case.context["hint"], case.path, "[key]" in case.error["loc"])
    return SAY.get(kind, _unforeseen)(case)


def _missing(case: _Case) -> Finding:
    key = str(case.path[-1])
    return Finding(Code.MISSING_KEY, f"{case.owner} needs `{key}`", f"write `{key}: ...`", case.path)


def _extra(case: _Case) -> Finding:
    key = str(case.path[-1])
    hint = nearest(key, keys_at(case.model, case.path[:-1]))
    if key == "<<":
        hint = "merge keys are not taken; write the values out"
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
    message = f"{case.subject} must be {what}, not {kind_of(value)}"
    return Finding(Code.WRONG_TYPE, message, _type_hint(what, value), case.path)


def _type_hint(what: str, value: object) -> str:
    if what == "true or false" and isinstance(value, str) and value.lower() in YES_NO:
        return "write true or false"
    if what == "text" and not isinstance(value, list | dict):
        return "put it in quotes"
    if what == "a list" and isinstance(value, str):
        return f"write [{value[:40]}]"
    return ""


def _bound(words: str, key: str) -> Callable[[_Case], Finding]:
    def say(case: _Case) -> Finding:
        message = f"{case.subject} must be {words} {case.context[key]:g}, not {case.error['input']}"
        return Finding(Code.WRONG_VALUE, message, "", case.path)

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
