"""All conditions at once: a bit for each way a rule's condition can be true, a look-up for each operand they read."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import msgspec

from rapport.domain.condition import Condition
from rapport.domain.logic import KINDS, STEPS, UNKNOWN, Facts, evaluate, judge, known
from rapport.plan.conjunctions import Atom, Conjunction, Constant, Edge, Key, Literal, Members, Span, Values, ways

Mask: TypeAlias = int
"""A set of conjunctions, one bit each."""

_DENSE: Final = 256
_STRIDE: Final = 64
_ALL_STEPS: Final = 10 * STEPS
"""How many steps the interpreter may take for one person, over all the atoms that are no look-up."""


class Index(msgspec.Struct, frozen=True):
    """Which of a list of rules surely apply: `when` surely true, `unless` not surely true."""

    whens: "_Matcher"
    unlesses: "_Matcher"

    def eligible(self, facts: Facts) -> tuple[int, ...]:
        """Return the positions, ascending, of the rules that surely apply; never raises, whatever the data."""
        out = set(self.unlesses.match(facts))
        return tuple(sorted(position for position in self.whens.match(facts) if position not in out))


class Prepared(msgspec.Struct, frozen=True, array_like=True):
    """What publishing computes of (when, unless) pairs, for the snapshot: the ways of each rule, by its position."""

    whens: dict[int, list[Conjunction]]
    unlesses: dict[int, list[Conjunction]]


def prepare(rules: Sequence[tuple[Condition | None, Condition | None]]) -> Prepared:
    """Prepare the index of (when, unless) pairs; no `when` is true, no `unless` takes nobody out."""
    always: list[Conjunction] = [frozenset()]
    return Prepared(
        {position: always if when is None else ways(when.plan) for position, (when, _) in enumerate(rules)},
        {position: ways(unless.plan) for position, (_, unless) in enumerate(rules) if unless is not None},
    )


def load(prepared: Prepared) -> Index:
    """Build the index from what was prepared."""
    return Index(_matcher(prepared.whens), _matcher(prepared.unlesses))


def build(rules: Sequence[tuple[Condition | None, Condition | None]]) -> Index:
    """Prepare and load at once."""
    return load(prepare(rules))


class _Table(Protocol):
    """What is asked of one operand, by every conjunction."""

    def narrow(self, left: Mask, facts: Facts, steps: list[int]) -> Mask:
        """Return those of the conjunctions that are left which the operand satisfies."""
        ...


class _Matcher(msgspec.Struct, frozen=True):
    """`planes` are (offset, mask) of the second and further ways of the rules that have them: those come first."""

    positions: Sequence[int]
    every: Mask
    planes: Sequence[tuple[int, Mask]]
    tables: Sequence[_Table]

    def match(self, facts: Facts) -> list[int]:
        left, steps = self.every, [_ALL_STEPS]
        for table in self.tables:
            if not left:
                return []
            left = table.narrow(left, facts, steps)
        found = left & ((1 << len(self.positions)) - 1)
        for offset, mask in self.planes:
            found |= (left >> offset) & mask
        return [self.positions[bit] for bit in _bits(found)]


def _matcher(rules: Mapping[int, Sequence[Conjunction]]) -> _Matcher:
    """Number the conjunctions: one plane for the first ways of all rules, one for the second ways, and so on."""
    positions = sorted((position for position in rules if rules[position]), key=lambda one: -len(rules[one]))
    numbered: list[Conjunction] = []
    planes: list[tuple[int, Mask]] = []
    for way in range(max((len(found) for found in rules.values()), default=0)):
        having = [position for position in positions if len(rules[position]) > way]
        planes.append((len(numbered), (1 << len(having)) - 1))
        numbered += [rules[position][way] for position in having]
    return _Matcher(positions, (1 << len(numbered)) - 1, planes[1:], _tables(numbered))


def _tables(numbered: Sequence[Conjunction]) -> list[_Table]:
    """The interpreter comes last: what the look-ups leave is little."""
    asked: defaultdict[type[Literal], _Asked] = defaultdict(lambda: defaultdict(list))
    for bit, way in enumerate(numbered):
        for literal in way:
            asked[type(literal)][literal.key].append((bit, literal))
    return [
        make(key, rows, len(numbered)) for form, make in _TABLES.items() for key, rows in sorted(asked[form].items())
    ]


_Rows: TypeAlias = Sequence[tuple[int, Any]]
_Asked: TypeAlias = defaultdict[Key, list[tuple[int, Literal]]]
_Read: TypeAlias = Callable[[Facts], object]
_T = TypeVar("_T")

# ---- reading operands


def _reader(key: Key) -> _Read:
    node = json.loads(key)
    form = node[0] if type(node) is list else "constant"
    return _READERS.get(form, _operand_reader)(node)


def _operand_reader(node: Any) -> _Read:  # noqa: ANN401  # a constant or a node of the plan
    return lambda facts: evaluate(node, facts)


def _name_reader(node: Any) -> _Read:  # noqa: ANN401  # a node of the plan
    return lambda facts: known(facts.value(node[1]))


def _presence_reader(node: Any) -> _Read:  # noqa: ANN401  # a node of the plan
    return lambda facts: evaluate(node[1], facts) is not UNKNOWN


def _segment_reader(node: Any) -> _Read:  # noqa: ANN401  # a node of the plan
    return lambda facts: facts.in_segment(node[1])


_READERS: Final[Mapping[str, Callable[[Any], _Read]]] = {
    "get": _name_reader,
    "has": _presence_reader,
    "segment": _segment_reader,
}

# ---- one operand is one of some values


class _ValueTable(msgspec.Struct, frozen=True):
    read: _Read
    wild: Mask
    kinds: Mapping[str, tuple[Mask, Mapping[object, Mask]]]

    def narrow(self, left: Mask, facts: Facts, steps: list[int]) -> Mask:  # noqa: ARG002  # a look-up is one step
        value = self.read(facts)
        kind = self.kinds.get(KINDS.get(type(value), ""))
        return left & (self.wild if kind is None else kind[1].get(value, kind[0]))


def _value_table(key: Key, rows: _Rows, size: int) -> _Table:
    wild = _others(rows, size)
    kinds = {
        kind: _of_kind([row for row in rows if row[1].kind == kind], wild) for kind in {row[1].kind for row in rows}
    }
    return _ValueTable(_reader(key), wild, kinds)


def _of_kind(rows: _Rows, wild: Mask) -> tuple[Mask, Mapping[object, Mask]]:
    default = wild | _mask(bit for bit, literal in rows if not literal.want)
    turned = _grouped((value, bit) for bit, literal in rows for value in literal.values)
    # A wanted value adds its conjunctions to the default, an unwanted one takes them away: one toggle for both.
    return default, {value: default ^ _mask(bits) for value, bits in turned.items()}


# ---- one operand is a number within bounds


class _SpanTable(msgspec.Struct, frozen=True):
    """`marks[i]` is the mask after `i x stride` edges; those in between are toggled one by one."""

    read: _Read
    wild: Mask
    edges: Sequence[Edge]
    stride: int
    marks: Sequence[Mask]
    turned: Sequence[Mask]

    def narrow(self, left: Mask, facts: Facts, steps: list[int]) -> Mask:  # noqa: ARG002  # a look-up is one step
        value = self.read(facts)
        if KINDS.get(type(value)) != "number":
            return left & self.wild
        passed = bisect_right(self.edges, (value, 0.5))
        mark = passed // self.stride
        mask = self.marks[mark]
        for toggle in self.turned[mark * self.stride : passed]:
            mask ^= toggle
        return left & mask


def _span_table(key: Key, rows: _Rows, size: int) -> _Table:
    turned = _grouped((edge, bit) for bit, span in rows for edge in (span.start, span.end) if edge)
    edges = sorted(turned)
    stride = 1 if len(edges) <= _DENSE else _STRIDE
    wild = _others(rows, size)
    toggles = [_mask(turned[edge]) for edge in edges]
    mask = wild | _mask(bit for bit, span in rows if span.start is None)
    marks = [mask]
    for passed, toggle in enumerate(toggles, 1):
        mask ^= toggle
        if passed % stride == 0:
            marks.append(mask)
    return _SpanTable(_reader(key), wild, edges, stride, marks, toggles if stride > 1 else ())


# ---- one list has some members


class _MemberTable(msgspec.Struct, frozen=True):
    """`missing[i]` is the mask of what does not ask for an i-th membership; found members add to it."""

    read: _Read
    wild: Mask
    surely: Mask
    missing: Sequence[Mask]
    members: Mapping[Constant, Sequence[tuple[int, Mask]]]
    unwanted: Mapping[Constant, Mask]

    def narrow(self, left: Mask, facts: Facts, steps: list[int]) -> Mask:
        items = self.read(facts)
        if not isinstance(items, list | tuple) or len(items) > steps[0]:
            return left & self.wild
        steps[0] -= len(items)
        slots, texts = list(self.missing), {item for item in items if type(item) is str}
        for text in texts:
            left ^= left & self.unwanted.get(text, 0)
            for slot, mask in self.members.get(text, ()):
                slots[slot] |= mask
        for mask in slots:
            left &= mask
        return left if all(type(item) is str for item in items) else left & self.surely


def _member_table(key: Key, rows: _Rows, size: int) -> _Table:
    slots: list[list[tuple[int, Members]]] = []
    for bits in _grouped((bit, literal) for bit, literal in rows if literal.want).items():
        for slot, literal in enumerate(bits[1]):
            slots[slot:] = slots[slot:] or [[]]
            slots[slot].append((bits[0], literal))
    members: defaultdict[Constant, list[tuple[int, Mask]]] = defaultdict(list)
    for slot, asking in enumerate(slots):
        for text, having in _grouped((text, bit) for bit, literal in asking for text in literal.values).items():
            members[text].append((slot, _mask(having)))
    unwanted = [(bit, literal) for bit, literal in rows if not literal.want]
    refused = _grouped((text, bit) for bit, literal in unwanted for text in literal.values)
    return _MemberTable(
        _reader(key),
        _others(rows, size),
        _others(unwanted, size),
        [_others(asking, size) for asking in slots],
        members,
        {text: _mask(bits) for text, bits in refused.items()},
    )


# ---- what only the interpreter can tell


class _AtomTable(msgspec.Struct, frozen=True):
    plan: list[Any]
    asking: Mask

    def narrow(self, left: Mask, facts: Facts, steps: list[int]) -> Mask:
        concerned = left & self.asking
        return left if not concerned or judge(self.plan, facts, steps) is True else left ^ concerned


def _atom_table(key: Key, rows: _Rows, _size: int) -> _Table:
    return _AtomTable(json.loads(key), _mask(bit for bit, _ in rows))


_TABLES: Final[Mapping[type[Literal], Callable[[Key, _Rows, int], _Table]]] = {
    Values: _value_table,
    Span: _span_table,
    Members: _member_table,
    Atom: _atom_table,
}

# ---- masks


def _mask(bits: Iterable[int]) -> Mask:
    """A large integer is made from bytes at once; to set its bits one by one would copy it each time."""
    numbers = list(bits)
    octets = bytearray(max(numbers, default=0) // 8 + 1)
    for number in numbers:
        octets[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(octets, "little")


def _others(rows: _Rows, size: int) -> Mask:
    return ((1 << size) - 1) ^ _mask(bit for bit, _ in rows)


def _bits(mask: Mask) -> Iterator[int]:
    digits = bin(mask)[:1:-1]
    at = digits.find("1")
    while at >= 0:
        yield at
        at = digits.find("1", at + 1)


def _grouped(pairs: Iterable[tuple[_T, Any]]) -> dict[_T, list[Any]]:
    groups: defaultdict[_T, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups
