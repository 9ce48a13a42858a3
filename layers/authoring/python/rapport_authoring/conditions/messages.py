"""What Google's CEL says of a bad expression, in the words of whoever wrote it."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from rapport_authoring.conditions.environment import Scope
from rapport_authoring.conditions.errors import ConditionError, did_you_mean
from rapport_authoring.conditions.names import ADDRESS, INTENT_LISTS, ROOTS, Names

_MOST: Final = 10
_LINE: Final = re.compile(r"<input>:(-?\d+):(-?\d+): (.*)")
_NOISE: Final = re.compile(r"\*error\*|maximum number of ERROR")
_FOREIGN_MACRO: Final = re.compile(r"\.(?:map|filter|exists_one|existsOne)\(\s*([a-zA-Z_]\w*)\s*,")
"""What a macro that is no part of conditions calls its variable: nothing else knows that name."""
_FUNCTIONS: Final = ("has", "size", "timestamp", "duration", "startsWith", "exists", "all")
_TYPES: Final = {
    "google.protobuf.Timestamp": "a timestamp",
    "google.protobuf.Duration": "a duration",
    "google.protobuf.Struct": "a group of properties",
    "string": "a string",
    "int": "a number",
    "double": "a number",
    "bool": "a boolean",
    "null_type": "null",
    "dyn": "a property",
    "uint": "a number with a u",
    "bytes": "bytes",
    "map(string, dyn)": "a group of properties",
}


def translate(said: str, source: str, names: Names, scope: Scope) -> list[ConditionError]:
    """Return the errors of what the checker said, in the order of the text; what only follows from others left out."""
    found = [(_offset(source, int(line), int(column)), text) for line, column, text in _LINE.findall(said)]
    follows = _NOISE.pattern + "".join(rf"|reference to '{name}'" for name in _FOREIGN_MACRO.findall(source))
    told = [(at, text) for at, text in found if not re.search(follows, text)] or [(0, "not a condition")]
    errors = {_error(at, text, source, (names, scope)) for at, text in told}
    return sorted(errors, key=lambda error: error.offset)[:_MOST]


def _offset(source: str, line: int, column: int) -> int:
    before = sum(len(text) + 1 for text in source.split("\n")[: max(line, 1) - 1])
    return min(before + max(column, 1) - 1, len(source))


_About = tuple[Names, Scope]


def _error(at: int, text: str, source: str, about: _About) -> ConditionError:
    for form, say in _SAYINGS.items():
        if match := form.match(text):
            return say(match, at, source, about)
    return ConditionError(at, text.replace(" (in container '')", ""))


def _no_field(match: re.Match[str], at: int, source: str, about: _About) -> ConditionError:
    """The checker points at the dot before the name."""
    word, message = match.groups()
    names = about[0]
    known, what = {
        "Traits": ([*names.trait_types, "address"], "trait"),
        "Intents": (names.groups, "intent group"),
        "Group": (INTENT_LISTS, "list of an intent"),
        "Address": (ADDRESS, "part of an address"),
        "Event": (("name", "properties"), "part of an event"),
    }[message]
    hint = did_you_mean(word, known) or _DECLARED.get(message)
    return ConditionError(max(source.find(word, at), at), f"there is no {what} `{word}`", hint)


_DECLARED: Final = {"Traits": "declare it in traits.yaml", "Intents": "name it in events.yaml"}


def _no_reference(match: re.Match[str], at: int, source: str, about: _About) -> ConditionError:
    word = match.group(1)
    if word in _OPERATORS:
        return ConditionError(at, _OPERATORS[word])
    root = word.strip(".").partition(".")[0]
    place = max(source.rfind(root, 0, at + len(root)), 0)
    if word in _FUNCTIONS:
        return ConditionError(place, f"`{word}` is called otherwise", _CALLS.get(word, f"write {word}(...)"))
    if source[at : at + 1] == "(":
        hint = did_you_mean(word, _FUNCTIONS) or f"there are {', '.join(_FUNCTIONS)}"
        return ConditionError(place, f"there is no function `{word}` in conditions", hint)
    return ConditionError(place, *_no_name(root, about))


def _no_name(root: str, about: _About) -> tuple[str, str | None]:
    names, scope = about
    if scope == "event":
        return f"`{root}` is not known here: only the event is", "write event.properties.NAME"
    if root == "event":
        hint = "write it as the `when` of a trigger, or count it with a computed trait"
        return "`event` is known in the condition of a trigger only", hint
    if root == "properties":
        return "there is no name `properties`", "write event.properties.NAME, in the `when` of a trigger"
    if root.lower() in _PLAIN_WORDS:
        return f"there is no name `{root}`", f"write {_PLAIN_WORDS[root.lower()]}"
    where = next((f"did you mean `traits.{root}`?" for _ in (1,) if root in names.trait_types), None)
    return f"there is no name `{root}`", where or did_you_mean(root, ROOTS)


_PLAIN_WORDS: Final = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_CALLS: Final = {
    "exists": 'write list.exists(x, x == "ski")',
    "all": 'write list.all(x, x != "ski")',
    "startsWith": 'write name.startsWith("a")',
    "duration": 'write duration("720h")',
    "timestamp": 'write timestamp("2026-11-22T00:00:00Z")',
}
_OPERATORS: Final = {
    "_?_:_": "there is no `? :` in conditions",
    "_[_]": "a list has no index in conditions",
    "-_": "only written numbers have a sign",
    "_*_": "only + and - of numbers can be computed in a condition",
    "_/_": "only + and - of numbers can be computed in a condition",
    "_%_": "only + and - of numbers can be computed in a condition",
}


def _no_overload(match: re.Match[str], at: int, _source: str, _about: _About) -> ConditionError:
    operator, types = match.groups()
    sides = [_TYPES.get(side, _list_of(side)) for side in re.split(r", (?![^(]*\))", types)]
    sign = operator.removeprefix("@").strip("_")
    if operator == "@in":
        hint = "look for what the list can hold" if sides[-1] != "a string" else "ask a text with == or startsWith"
        return ConditionError(at, f"`in` looks for {sides[0]} in {sides[-1]}", hint)
    of_sum = _HINTS_OF_SUMS.get(frozenset(sides)) if sign in ("+", "-") else None
    of_side = next((_HINTS[side] for side in sides if side in _HINTS), None)
    of_pair = _HINTS_OF_PAIRS.get(frozenset(sides))
    return ConditionError(at, f"`{sign}` does not take {' and '.join(sides)}", of_sum or of_side or of_pair)


def _list_of(side: str) -> str:
    return "a list" if side.startswith("list(") else "a group of names" if "." in side else side


_HINTS: Final = {
    "a timestamp": 'write a moment as timestamp("2026-11-22T00:00:00Z")',
    "a duration": 'write a duration as duration("720h")',
    "null": "ask with has() whether something is known",
    "a list": "ask with `in` what is in a list, with size() how long it is",
}


_HINTS_OF_SUMS: Final = dict.fromkeys(
    (frozenset({"a timestamp", "a duration"}), frozenset({"a duration"})),
    'compare how long it is between two moments: now - traits.NAME < duration("720h")',
)
_HINTS_OF_PAIRS: Final = {
    frozenset({"a number", "a string"}): "write numbers without quotes, and text in quotes",
    frozenset({"a number", "a boolean"}): "true is not 1: compare with true or false",
    frozenset({"a string", "a boolean"}): "true and false stand without quotes, text stands in quotes",
    frozenset({"a string"}): "only numbers are added and subtracted",
    frozenset({"a boolean"}): "true and false are only equal or not: use == and !=",
}


def _has(_match: re.Match[str], at: int, _source: str, _about: _About) -> ConditionError:
    return ConditionError(at, "has() asks for one name below another", "write has(traits.NAME)")


def _syntax(match: re.Match[str], at: int, _source: str, _about: _About) -> ConditionError:
    said = match.group(1)
    for form, message, hint in _SYNTAX:
        if found := form.match(said):
            return ConditionError(at, f"not readable as a condition: {message.format(*found.groups())}", hint)
    return ConditionError(at, f"not readable as a condition: {said}")


_WORD: Final = "a property with this name cannot be read here"
_JOIN: Final = "join comparisons with && and ||"
_SYNTAX: Final = (
    (re.compile(r"no viable alternative at input '\.(\w+)'"), "`{0}` is a word of its own, and no name", _WORD),
    (re.compile(r"missing '\)' at"), "a bracket that is not closed", "write another )"),
    (re.compile(r"extraneous input '\)'"), "a bracket that was not opened", "take it out"),
    (re.compile(r"\w+ input '<EOF>'"), "it ends before it is whole", "write what comes next, or take out what is open"),
    (re.compile(r"token recognition error at: '(.+)'"), "`{0}` means nothing", "names are written with a-z, 0-9 and _"),
    (re.compile(r"mismatched input '\.?(.+?)' expecting <EOF>"), "`{0}` does not belong here", _JOIN),
)
"""What the parser says, and what to say instead."""


_SAYINGS: Final[Mapping[re.Pattern[str], Callable[[re.Match[str], int, str, _About], ConditionError]]] = {
    re.compile(r"undefined field '(.*)' not found in struct 'house\.(\w+)'"): _no_field,
    re.compile(r"undeclared reference to '([^']*)'"): _no_reference,
    re.compile(r"found no matching overload for '([^']*)' applied to '\((.*)\)'"): _no_overload,
    re.compile(r"has\(\) argument must be"): _has,
    re.compile(r"(exists|all)\(\) variable name"): lambda match, at, _source, _about: ConditionError(
        at, f"{match[1]} begins with a name for each element", _CALLS[match[1]]
    ),
    re.compile(r"Exceeded max recursion depth"): lambda _match, at, _source, _about: ConditionError(
        at, "nested too deeply"
    ),
    re.compile(r"invalid int literal"): lambda _match, at, _source, _about: ConditionError(
        at, "a number that is too large", "write it with a point: 1e20, or 10000000000000000000.0"
    ),
    re.compile(r"expression of type '.*' cannot be the operand of a select"): lambda _match, at, _source, _about: (
        ConditionError(at, "nothing stands below this name", "a trait has no parts; size(...) tells how long it is")
    ),
    re.compile(r"Syntax error: (.*?)(?: expecting \{.*)?$"): _syntax,
}
