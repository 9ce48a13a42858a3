"""The environments in which Google's CEL checks a condition: declared names, and an allow-list for a library."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, TypeAlias

from cel_expr_python import cel  # type: ignore[import-untyped]  # it ships no py.typed
from google.protobuf import (  # type: ignore[import-untyped]  # its stubs are a package of their own
    descriptor_pb2,
    descriptor_pool,
    struct_pb2,
    timestamp_pb2,
)

from rapport_authoring.conditions.names import ADDRESS, INTENT_LISTS, Names

Scope: TypeAlias = Literal["person", "trigger", "event"]

COMPARISONS: Final = {"_==_": "eq", "_!=_": "ne", "_<_": "lt", "_<=_": "le", "_>_": "gt", "_>=_": "ge"}

_PACKAGE: Final = "house"
_NUMBERS: Final = [(a, b) for a in ("int", "double") for b in ("int", "double")]
_SAME: Final = [(t, t) for t in ("string", "timestamp", "duration")]
_BOOLEANS: Final = [("bool", "bool")]
# Of the standard library, with the overloads that stay (none named: all).
_STANDARD: Final[Mapping[str, tuple[str, ...]]] = {
    "_&&_": (),
    "_||_": (),
    "!_": (),
    "@not_strictly_false": (),
    "startsWith": (),
    "size": ("size_list", "list_size", "size_string", "string_size"),
    "timestamp": ("string_to_timestamp",),
    "duration": ("string_to_duration",),
}

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS: Final = {
    "string": _Field.TYPE_STRING,
    "number": _Field.TYPE_DOUBLE,
    "integer": _Field.TYPE_INT64,
    "boolean": _Field.TYPE_BOOL,
    "list": _Field.TYPE_STRING,
}
_MESSAGES: Final = {
    "date": ".google.protobuf.Timestamp",
    "timestamp": ".google.protobuf.Timestamp",
    "properties": ".google.protobuf.Struct",
    "any": ".google.protobuf.Value",
}


def environments(names: Names) -> dict[Scope, cel.Env]:
    """Build the environment of each scope. Costly: once for a catalogue."""
    pool, library = _pool(names), _library()
    event = {"event": cel.Type(f"{_PACKAGE}.Event")}
    person = _person()
    variables: dict[Scope, dict[str, cel.Type]] = {"person": person, "trigger": person | event, "event": event}
    return {
        scope: cel.NewEnv(config=library, descriptor_pool=pool, variables=known) for scope, known in variables.items()
    }


def _person() -> dict[str, cel.Type]:
    strings = cel.Type.List(cel.Type.STRING)
    return {
        "traits": cel.Type(f"{_PACKAGE}.Traits"),
        "intents": cel.Type(f"{_PACKAGE}.Intents"),
        "segments": strings,
        "groups": strings,
        "owned": strings,
        "persona": cel.Type.STRING,
        "context": cel.Type.DYN,
        "now": cel.Type.TIMESTAMP,
    }


def _library() -> cel.EnvConfig:
    """CEL's env.yaml (JSON is YAML). Its reader ignores misspelt keys and ids: a test pins what comes out.

    A function of the standard library takes no further overloads, so the comparisons are left out and declared anew,
    with numbers of both forms.
    """
    own = [_function(op, _NUMBERS + _SAME + _equal(op), prefix) for op, prefix in COMPARISONS.items()]
    keep = [{"name": n} | ({"overloads": [{"id": i} for i in ids]} if ids else {}) for n, ids in _STANDARD.items()]
    library = {"include_macros": ["has", "exists", "all"], "include_functions": keep}
    functions = [*own, _membership(), *_sums()]
    return cel.NewEnvConfigFromYaml(json.dumps({"name": "rapport", "functions": functions, "stdlib": library}))


def _equal(operator: str) -> list[tuple[str, str]]:
    return _BOOLEANS if operator in ("_==_", "_!=_") else []


def _function(name: str, pairs: Iterable[tuple[str, str]], prefix: str) -> dict[str, Any]:
    overloads = [_overload(f"{prefix}_{a}_{b}", [_type(a), _type(b)], "bool") for a, b in pairs]
    return {"name": name, "overloads": overloads}


def _membership() -> dict[str, Any]:
    pairs = [*_NUMBERS, ("string", "string"), *_BOOLEANS]
    overloads = [_overload(f"in_{a}_{b}", [_type(a), _type("list") | {"params": [_type(b)]}], "bool") for a, b in pairs]
    return {"name": "@in", "overloads": overloads}


def _sums() -> list[dict[str, Any]]:
    def over_numbers(prefix: str) -> list[dict[str, Any]]:
        return [
            _overload(f"{prefix}_{a}_{b}", [_type(a), _type(b)], "int" if a == b == "int" else "double")
            for a, b in _NUMBERS
        ]

    moments = _overload("minus_moments", [_type("timestamp"), _type("timestamp")], "duration")
    return [
        {"name": "_+_", "overloads": over_numbers("plus")},
        {"name": "_-_", "overloads": [*over_numbers("minus"), moments]},
    ]


def _overload(name: str, args: list[dict[str, Any]], answer: str) -> dict[str, Any]:
    return {"id": name, "args": args, "return": _type(answer)}


def _type(name: str) -> dict[str, Any]:
    return {"type_name": name}


def _pool(names: Names) -> descriptor_pool.DescriptorPool:
    """The names as messages: a select of a field that does not exist is then refused by the checker."""
    pool = descriptor_pool.DescriptorPool()
    house = descriptor_pb2.FileDescriptorProto(name="house.proto", package=_PACKAGE, syntax="proto2")
    for module in (timestamp_pb2, struct_pb2):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
        house.dependency.append(module.DESCRIPTOR.name)
    _message(house, "Address", dict.fromkeys(ADDRESS, "string"))
    _message(house, "Traits", {**names.trait_types, "address": f".{_PACKAGE}.Address"})
    _message(house, "Group", dict.fromkeys(INTENT_LISTS, "list"))
    _message(house, "Intents", dict.fromkeys(names.groups, f".{_PACKAGE}.Group"))
    _message(house, "Event", {"name": "string", "properties": "properties"})
    pool.AddSerializedFile(house.SerializeToString())
    return pool


def _message(file: descriptor_pb2.FileDescriptorProto, name: str, fields: Mapping[str, str]) -> None:
    message = file.message_type.add(name=name)
    # Left to itself, protobuf would name a__b and a_b alike in JSON, and refuse the pair.
    message.options.deprecated_legacy_json_field_conflicts = True
    # Numbers 19000 to 19999 are protobuf's own; 2^29 fields are enough for anybody.
    for number, (key, kind) in enumerate(fields.items(), 20_000):
        label = _Field.LABEL_REPEATED if kind == "list" else _Field.LABEL_OPTIONAL
        one = message.field.add(name=key, number=number, label=label, json_name=key)
        if kind in _MESSAGES or kind.startswith("."):
            one.type, one.type_name = _Field.TYPE_MESSAGE, _MESSAGES.get(kind, kind)
        else:
            one.type = _SCALARS.get(kind, _Field.TYPE_STRING)
