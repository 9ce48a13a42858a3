"""All conditions at once, at run time: a bit for each way a condition can be true, a look-up for each operand."""

import json
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias

import msgspec

from rapport.domain.logic import KINDS, STEPS, UNKNOWN, Facts, evaluate, judge, known
from rapport.plan.conjunctions import SEGMENTS, Edge, Key
from rapport.plan.prepared import Between, Bits, Judged, Listed, Masks, Octets, OneOf, Prepared, Rule, Table, prepare

Mask: TypeAlias = int
"""A set of conjunctions, one bit each."""

Turn: TypeAlias = Mask | tuple[int, ...]
"""The same, or their numbers where they are few."""

Sorting: TypeAlias = tuple[Sequence[str], Sequence[str]]
"""The segments that surely hold somebody, and those of which that is not known; all others surely do not."""

_ALL_STEPS: Final = 10 * STEPS
"""How many steps the interpreter may take for one person, over all the atoms that are no look-up."""


class Index(msgspec.Struct, frozen=True):
    """Which of a list of rules surely apply: `when` surely true, `unless` not surely true."""

    whens: "_Matcher"
    unlesses: "_Matcher"

    def eligible(
        self, facts: Facts, part: str | None = None, sort: Callable[[], Sorting] | None = None
    ) -> tuple[int, ...]:
        """Return the positions, ascending, of the rules (of one part) that surely apply; never raises.

        `sort` tells all segments at once; without it the facts are asked for one after the other.
        """
        reading = _Reading(facts, sort)
        found = self.whens.match(reading, part)
        reading.steps = [_ALL_STEPS]
        out = set(self.unlesses.match(reading, part)) if found else set[int]()
        return tuple(sorted(set(found) - out if out else found))

    def found(self, facts: Facts) -> Mask:
        """Return as bits the rules whose `when` is surely true, in the index's own order."""
        return self.whens.mask(_Reading(facts, None), None)


def load(prepared: Prepared) -> Index:
    """Build the index from what was prepared."""
    return Index(_matcher(prepared.whens), _matcher(prepared.unlesses))


def build(rules: Sequence[Rule]) -> Index:
    """Prepare and load at once."""
    return load(prepare(rules))


class _Reading:
    """What one match reads: the facts, the steps that are left, and the segments once they are asked for."""

    __slots__ = ("_segments", "_sort", "facts", "steps")

    def __init__(self, facts: Facts, sort: Callable[[], Sorting] | None) -> None:
        self.facts, self.steps = facts, [_ALL_STEPS]
        self._sort = sort
        self._segments: Sorting | None = None

    def segments(self, names: Sequence[str]) -> Sorting:
        """Return at least these segments, sorted."""
        if self._sort is None:
            truths = {name: self.facts.in_segment(name) for name in names}
            return [name for name in names if truths[name]], [name for name in names if truths[name] is None]
        if self._segments is None:
            self._segments = self._sort()
        return self._segments


class _Table(Protocol):
    """What is asked of one operand, by every conjunction."""

    def narrow(self, left: Mask, reading: _Reading) -> Mask:
        """Return those of the conjunctions that are left which the operand satisfies."""
        ...


class _Matcher(msgspec.Struct, frozen=True):
    positions: "array[int]"
    every: Mask
    first: Mask
    planes: Sequence[tuple[int, Mask]]
    tables: Sequence[_Table]
    parts: Mapping[str, Mask]

    def match(self, reading: _Reading, part: str | None) -> list[int]:
        found = self.mask(reading, part)
        return [self.positions[one.start()] for one in _each_one(found)] if found else []

    def mask(self, reading: _Reading, part: str | None) -> Mask:
        left = self.every if part is None else self.parts.get(part, 0)
        for table in self.tables:
            if not left:
                return 0
            left = table.narrow(left, reading)
        found = left & self.first
        for offset, mask in self.planes:
            found |= (left >> offset) & mask
        return found


def _matcher(masks: Masks) -> _Matcher:
    return _Matcher(
        # Close together: a hundred thousand integers lie all over the memory, and each would be fetched from there.
        array("I", masks.positions),
        _ones(masks.size),
        _ones(len(masks.positions)),
        [(offset, _ones(width)) for offset, width in masks.planes],
        [_TABLES[type(table)](table, masks.size) for table in masks.tables],
        {name: _mask(octets) for name, octets in masks.parts.items()},
    )


# ---- reading operands

_Read: TypeAlias = Callable[[Facts], object]


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


_READERS: Final[Mapping[str, Callable[[Any], _Read]]] = {"get": _name_reader, "has": _presence_reader}

# ---- one operand is one of some values


class _ValueTable(msgspec.Struct, frozen=True):
    read: _Read
    wild: Mask
    kinds: Mapping[str, tuple[Mask, Mapping[Any, Turn]]]
    size: int

    def narrow(self, left: Mask, reading: _Reading) -> Mask:
        value = self.read(reading.facts)
        kind = self.kinds.get(KINDS.get(type(value), ""))
        if kind is None:
            return left & self.wild
        turn = kind[1].get(value)
        return left & (kind[0] if turn is None else kind[0] ^ _turned(turn, self.size))


def _value_table(table: OneOf, size: int) -> _Table:
    kinds = {
        kind: (_mask(default), {value: _turn(bits) for value, bits in turned.items()})
        for kind, (default, turned) in table.kinds.items()
    }
    return _ValueTable(_reader(table.key), _mask(table.wild), kinds, size)


# ---- one operand is a number within bounds


class _SpanTable(msgspec.Struct, frozen=True):
    """`marks[i]` is the mask after `i x stride` edges, made when it is first needed; `kept` are masks lately asked for.

    What lies between a mark and the next is turned round when asked for.
    """

    read: _Read
    wild: Mask
    edges: Sequence[Edge]
    stride: int
    marks: list[Mask | None]
    turned: Sequence[Sequence[int]]
    size: int
    kept: dict[int, Mask]

    def narrow(self, left: Mask, reading: _Reading) -> Mask:
        value = self.read(reading.facts)
        if KINDS.get(type(value)) != "number":
            return left & self.wild
        passed = bisect_right(self.edges, (value, 0.5))
        mask = self.kept.get(passed)
        return left & (self._made(passed) if mask is None else mask)

    def _made(self, passed: int) -> Mask:
        mark = passed // self.stride
        mask = self._mark(mark) ^ self._turns(mark * self.stride, passed)
        if len(self.kept) > _KEPT:
            self.kept.clear()
        self.kept[passed] = mask
        return mask

    def _mark(self, at: int) -> Mask:
        known = at
        while (mask := self.marks[known]) is None:
            known -= 1
        mask ^= self._turns(known * self.stride, at * self.stride)
        self.marks[at] = mask
        return mask

    def _turns(self, start: int, end: int) -> Mask:
        return _odd((bit for turned in self.turned[start:end] for bit in turned), self.size) if start < end else 0


_MARKS: Final = 256
"""At most so many marks are held for one operand: ten thousand bounds would else need as many."""
_KEPT: Final = 256


def _span_table(table: Between, size: int) -> _Table:
    stride = len(table.edges) // _MARKS + 1
    marks = [_mask(table.below), *[None] * (len(table.edges) // stride)]
    return _SpanTable(_reader(table.key), _mask(table.wild), table.edges, stride, marks, table.turned, size, {})


# ---- one list has some members


class _Members(msgspec.Struct, frozen=True):
    """Which conjunctions the members of a list add and take away; what few ask for is put together at the end."""

    missing: Sequence[Mask]
    members: Mapping[str, Sequence[tuple[int, Turn]]]
    unwanted: Mapping[str, Turn]
    size: int

    def having(self, left: Mask, texts: Sequence[str]) -> Mask:
        """Return what is left of what asks for members, where these are there."""
        slots = list(self.missing)
        few: list[list[int]] = [[] for _ in slots]
        for found in filter(None, map(self.members.get, texts)):
            for slot, turn in found:
                if type(turn) is int:
                    slots[slot] |= turn
                else:
                    few[slot] += turn  # type: ignore[arg-type]  # what is no mask is numbers
        for mask, bits in zip(slots, few, strict=True):
            left &= mask | _any(bits, self.size) if bits else mask
        return left

    def lacking(self, left: Mask, texts: Sequence[str]) -> Mask:
        """Return what is left of what asks for absence, where these may be there."""
        few: list[int] = []
        for turn in filter(None, map(self.unwanted.get, texts)):
            if type(turn) is int:
                left ^= left & turn
            else:
                few += turn  # type: ignore[arg-type]  # the same
        return left ^ (left & _any(few, self.size)) if few else left


_TEXT: Final = frozenset({str})


class _ListTable(msgspec.Struct, frozen=True):
    read: _Read
    wild: Mask
    surely: Mask
    members: _Members

    def narrow(self, left: Mask, reading: _Reading) -> Mask:
        items = self.read(reading.facts)
        if not isinstance(items, list | tuple) or len(items) > reading.steps[0]:
            return left & self.wild
        reading.steps[0] -= len(items)
        only_texts = _TEXT.issuperset(map(type, items))
        texts = items if only_texts else [item for item in items if type(item) is str]
        left = self.members.lacking(self.members.having(left, texts), texts)
        return left if only_texts else left & self.surely


class _SegmentTable(msgspec.Struct, frozen=True):
    names: Sequence[str]
    members: _Members

    def narrow(self, left: Mask, reading: _Reading) -> Mask:
        inside, unclear = reading.segments(self.names)
        left = self.members.lacking(self.members.having(left, inside), inside)
        return self.members.lacking(left, unclear)


def _list_table(table: Listed, size: int) -> _Table:
    members = _Members(
        [_mask(octets) for octets in table.missing],
        {text: [(slot, _turn(bits)) for slot, bits in found] for text, found in table.members.items()},
        {text: _turn(bits) for text, bits in table.unwanted.items()},
        size,
    )
    if table.key == SEGMENTS:
        return _SegmentTable(sorted({*table.members, *table.unwanted}), members)
    return _ListTable(_reader(table.key), _mask(table.wild), _mask(table.surely), members)


# ---- what only the interpreter can tell


class _AtomTable(msgspec.Struct, frozen=True):
    plan: list[Any]
    asking: Mask

    def narrow(self, left: Mask, reading: _Reading) -> Mask:
        concerned = left & self.asking
        if not concerned or judge(self.plan, reading.facts, reading.steps) is True:
            return left
        return left ^ concerned


def _atom_table(table: Judged, _size: int) -> _Table:
    return _AtomTable(json.loads(table.key), _mask(table.asking))


_TABLES: Final[Mapping[type[Table], Callable[[Any, int], _Table]]] = {
    OneOf: _value_table,
    Between: _span_table,
    Listed: _list_table,
    Judged: _atom_table,
}

# ---- masks


def _mask(octets: Octets) -> Mask:
    return int.from_bytes(octets, "little")


def _turn(bits: Bits) -> Turn:
    return _mask(bits) if isinstance(bits, bytes) else bits


def _turned(turn: Turn, size: int) -> Mask:
    return turn if isinstance(turn, int) else _any(turn, size)


def _any(bits: Iterable[int], size: int) -> Mask:
    """A large integer is made from bytes at once; to set its bits one by one would copy it each time."""
    octets = bytearray(size // 8 + 1)
    for bit in bits:
        octets[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(octets, "little")


def _odd(bits: Iterable[int], size: int) -> Mask:
    """What stands twice is turned round and back."""
    octets = bytearray(size // 8 + 1)
    for bit in bits:
        octets[bit >> 3] ^= 1 << (bit & 7)
    return int.from_bytes(octets, "little")


def _ones(size: int) -> Mask:
    return (1 << size) - 1


_ONE: Final = re.compile("1")


def _each_one(mask: Mask) -> Iterator[re.Match[str]]:
    # The digits, lowest first: no loop in Python finds the ones as quickly.
    return _ONE.finditer(bin(mask)[:1:-1])
