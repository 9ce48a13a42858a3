"""The checked expression of CEL, decoded from its wire form: a tree of nodes with their places in the text."""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

NodeKind: TypeAlias = Literal["const", "ident", "select", "has", "call", "list", "struct", "fold"]


@dataclass(frozen=True)
class Node:
    """One node: `value` is the constant, name, key or function, or `exists` or `all` of a fold with its `variable`.

    `args` are what a call is applied to, a select selects from, a list holds; of a fold its list and its body.
    """

    kind: NodeKind
    id: int
    value: object = None
    args: "tuple[Node, ...]" = ()
    variable: str = ""


def decode(serialized: bytes) -> tuple[Node, Mapping[int, int]]:
    """Return the tree of a serialized Any{CheckedExpr}, and the offset in the text (code points) of each node's id."""
    checked = _Message(_Message(serialized).part(2))
    positions = [_Message(entry) for entry in _Message(checked.part(5)).parts(4)]
    return _node(checked.part(4)), {entry.number(1): entry.number(2) for entry in positions}


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
    message = _Message(data)
    tag = next((tag for tag in _READERS if message.has(tag)), _STRUCT)
    return _READERS[tag](message.number(2), _Message(message.part(tag)))


def _constant(node_id: int, message: "_Message") -> Node:
    tag, value = next(iter(message.fields), (1, 0))
    return Node("const", node_id, _CONSTANTS[tag](value))


def _ident(node_id: int, message: "_Message") -> Node:
    return Node("ident", node_id, message.text(1))


def _select(node_id: int, message: "_Message") -> Node:
    kind: NodeKind = "has" if message.number(3) else "select"
    return Node(kind, node_id, message.text(2), (_node(message.part(1)),))


def _call(node_id: int, message: "_Message") -> Node:
    args = [*message.parts(1), *message.parts(3)]  # the target of a method comes first
    return Node("call", node_id, message.text(2), tuple(map(_node, args)))


def _list(node_id: int, message: "_Message") -> Node:
    return Node("list", node_id, None, tuple(map(_node, message.parts(1))))


def _struct(node_id: int, _message: "_Message") -> Node:
    return Node("struct", node_id)


def _fold(node_id: int, message: "_Message") -> Node:
    """Exists and all come expanded: the step is `accumulator || body`, or `accumulator && body`."""
    step = _node(message.part(6))
    which = "exists" if step.value == "_||_" else "all"
    return Node("fold", node_id, which, (_node(message.part(2)), step.args[1]), message.text(1))


_STRUCT: Final = 8
_READERS: Final[Mapping[int, Callable[[int, "_Message"], Node]]] = {
    3: _constant,
    4: _ident,
    5: _select,
    6: _call,
    7: _list,
    _STRUCT: _struct,
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

_VARINT, _LENGTH, _FIXED = 0, 2, {1: 8, 5: 4}


class _Message:
    """The fields of a message, by number; a field that is not there reads as empty or zero."""

    def __init__(self, data: bytes) -> None:
        self.fields = list(_fields(data))

    def has(self, number: int) -> bool:
        return any(found == number for found, _ in self.fields)

    def parts(self, number: int) -> list[bytes]:
        return [_as_bytes(value) for found, value in self.fields if found == number]

    def part(self, number: int) -> bytes:
        return next(iter(self.parts(number)), b"")

    def text(self, number: int) -> str:
        return self.part(number).decode()

    def number(self, number: int) -> int:
        return next((_as_int(value) for found, value in self.fields if found == number), 0)


def _as_int(value: int | bytes) -> int:
    return value if isinstance(value, int) else 0


def _as_bytes(value: int | bytes) -> bytes:
    return value if isinstance(value, bytes) else b""


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == _VARINT:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        size, at = _varint(data, at) if key & 7 == _LENGTH else (_FIXED[key & 7], at)
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = data[at]
        at += 1
        result |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return result, at
