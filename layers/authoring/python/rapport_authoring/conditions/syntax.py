"""The checked expression of CEL, decoded from its wire form: a tree of nodes with their places in the text."""

import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal, TypeAlias

import msgspec

NodeKind: TypeAlias = Literal["const", "ident", "select", "has", "call", "list", "struct", "fold"]


class Node(msgspec.Struct, frozen=True):
    """One node: `value` is the constant, name, key or function, or `exists` or `all` of a fold with its `variable`.

    `args` are what a call is applied to, a select selects from, a list holds; of a fold its list and its body.
    """

    kind: NodeKind
    id: int
    value: object = None
    args: "tuple[Node, ...]" = ()
    variable: str = ""


def tree(serialized: bytes) -> Node:
    """Return the expression of a serialized Any{CheckedExpr}."""
    return _node(_part(_checked(serialized), 4))


def offsets(serialized: bytes) -> Mapping[int, int]:
    """Return where in the text, in code points from 0, each node of the expression stands, by its id."""
    entries = _message(_part(_checked(serialized), 5)).get(4, ())
    positions = [_message(_as_bytes(entry)) for entry in entries]
    return {_number(entry, 1): _number(entry, 2) for entry in positions}


def _checked(serialized: bytes) -> "_Message":
    return _message(_part(_message(serialized), 2))


def dotted(node: Node) -> str | None:
    """Return the dotted name that a node spells, None when it is none."""
    if node.kind == "select":
        prefix = dotted(node.args[0])
        return None if prefix is None else f"{prefix}.{node.value}"
    return str(node.value).removeprefix(".") if node.kind == "ident" else None


def first(node: Node) -> Node:
    """Return the node that begins the text of a dotted name; any other node stands for itself."""
    return first(node.args[0]) if node.kind in ("select", "has") else node


def _node(data: bytes) -> Node:
    message = _message(data)
    tag = next(tag for tag in message if tag in _READERS)
    return _READERS[tag](_number(message, 2), _message(_part(message, tag)))


def _constant(node_id: int, message: "_Message") -> Node:
    tag, values = next(iter(message.items()), (1, [0]))
    return Node("const", node_id, _CONSTANTS[tag](values[0]))


def _ident(node_id: int, message: "_Message") -> Node:
    return Node("ident", node_id, _text(message, 1))


def _select(node_id: int, message: "_Message") -> Node:
    kind: NodeKind = "has" if _number(message, 3) else "select"
    return Node(kind, node_id, _text(message, 2), (_node(_part(message, 1)),))


def _call(node_id: int, message: "_Message") -> Node:
    args = [*message.get(1, ()), *message.get(3, ())]  # the target of a method comes first
    return Node("call", node_id, _text(message, 2), _nodes(args))


def _list(node_id: int, message: "_Message") -> Node:
    return Node("list", node_id, None, _nodes(message.get(1, ())))


def _struct(node_id: int, _message: "_Message") -> Node:
    return Node("struct", node_id)


def _fold(node_id: int, message: "_Message") -> Node:
    """Exists and all come expanded: the step is `accumulator || body`, or `accumulator && body`."""
    step = _node(_part(message, 6))
    which = "exists" if step.value == "_||_" else "all"
    return Node("fold", node_id, which, (_node(_part(message, 2)), step.args[1]), _text(message, 1))


def _nodes(parts: Iterable[int | bytes]) -> tuple[Node, ...]:
    return tuple(_node(_as_bytes(part)) for part in parts)


_READERS: Final[Mapping[int, Callable[[int, "_Message"], Node]]] = {
    3: _constant,
    4: _ident,
    5: _select,
    6: _call,
    7: _list,
    8: _struct,
    9: _fold,
}


def _signed(value: int | bytes) -> int:
    number = _as_int(value)
    return number - (1 << 64) if number >> 63 else number


_CONSTANTS: Final[Mapping[int, Callable[[int | bytes], object]]] = {
    1: lambda _: None,
    2: bool,
    3: _signed,
    4: lambda value: value,
    5: lambda value: struct.unpack("<d", _as_bytes(value))[0],
    6: lambda value: _as_bytes(value).decode(),
    7: lambda value: value,
}

# ---- protobuf's wire format

_Message: TypeAlias = dict[int, list[int | bytes]]
"""The fields of a message, by number, each as often as it is there."""

_VARINT, _LENGTH, _FIXED = 0, 2, {1: 8, 5: 4}


def _part(message: _Message, number: int) -> bytes:
    return _as_bytes(message.get(number, (b"",))[0])


def _text(message: _Message, number: int) -> str:
    return _part(message, number).decode()


def _number(message: _Message, number: int) -> int:
    return _as_int(message.get(number, (0,))[0])


def _as_int(value: int | bytes) -> int:
    return value if isinstance(value, int) else 0


def _as_bytes(value: int | bytes) -> bytes:
    return value if isinstance(value, bytes) else b""


def _message(data: bytes) -> _Message:
    fields: _Message = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value: int | bytes
        if key & 7 == _VARINT:
            value, at = _varint(data, at)
        else:
            size, at = _varint(data, at) if key & 7 == _LENGTH else (_FIXED[key & 7], at)
            value, at = data[at : at + size], at + size
        fields.setdefault(key >> 3, []).append(value)
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    if byte < 128:  # nearly all of them
        return byte, at + 1
    result, shift = byte & 127, 7
    while byte >= 128:
        at += 1
        byte = data[at]
        result |= (byte & 127) << shift
        shift += 7
    return result, at + 1
