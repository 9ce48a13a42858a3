"""What publishing computes of all conditions at once: for each operand, which of the conjunctions it satisfies.

A rule's condition is a few conjunctions, and each has a number: its bit. Everything is bytes and numbers, so that a
function which wakes up has it in milliseconds; `index` reads it.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from rapport.domain.condition import Condition
from rapport.plan.conjunctions import (
    Atom,
    Conjunction,
    Constant,
    Edge,
    Key,
    Literal,
    Members,
    Span,
    Values,
    ways,
)

Octets: TypeAlias = bytes
"""A set of conjunctions, one bit each, little end first."""

Bits: TypeAlias = bytes | tuple[int, ...]
"""The same, or their numbers where they are few: else ten thousand values would need as many long masks."""

_FEW: Final = 2048


class OneOf(msgspec.Struct, frozen=True, array_like=True, tag="one-of"):
    """For each kind of value what it leaves by default, and what each value of a rule turns round of that."""

    key: Key
    wild: Octets
    kinds: dict[str, tuple[Octets, dict[Constant, Bits]]]


class Between(msgspec.Struct, frozen=True, array_like=True, tag="between"):
    """What is left below the first edge, and what each edge turns round of that."""

    key: Key
    wild: Octets
    below: Octets
    edges: tuple[Edge, ...]
    turned: tuple[tuple[int, ...], ...]


class Listed(msgspec.Struct, frozen=True, array_like=True, tag="listed"):
    """`missing[i]` is what asks for no i-th membership; members add to it, unwanted ones take away.

    `surely` is what asks for no absence: it alone is left where a member is not known.
    """

    key: Key
    wild: Octets
    surely: Octets
    missing: tuple[Octets, ...]
    members: dict[str, tuple[tuple[int, Bits], ...]]
    unwanted: dict[str, Bits]


class Judged(msgspec.Struct, frozen=True, array_like=True, tag="judged"):
    """What only the interpreter can tell: a plan as JSON, and who asks for it."""

    key: Key
    asking: Octets


Table: TypeAlias = OneOf | Between | Listed | Judged


class Masks(msgspec.Struct, frozen=True, array_like=True):
    """All conditions of one sort. Bit i of the first plane stands for the first way of the rule at `positions[i]`.

    `planes` are (first bit, width) of the second and further ways of the rules that have them: those come first.
    `parts` are the conjunctions of some of the rules, by name.
    """

    positions: tuple[int, ...]
    size: int
    planes: tuple[tuple[int, int], ...]
    tables: tuple[Table, ...]
    parts: dict[str, Octets]


class Prepared(msgspec.Struct, frozen=True, array_like=True):
    """What is stored of (when, unless) pairs."""

    whens: Masks
    unlesses: Masks


Rule: TypeAlias = tuple[Condition | None, Condition | None]


def prepare(rules: Sequence[Rule], parts: Mapping[str, Iterable[int]] | None = None) -> Prepared:
    """Prepare the index of (when, unless) pairs; no `when` is true, no `unless` takes nobody out.

    `parts` names some of the rules by their positions, to be asked for alone.
    """
    always: list[Conjunction] = [frozenset()]
    whens = {at: always if when is None else ways(when.plan) for at, (when, _) in enumerate(rules)}
    unlesses = {at: ways(unless.plan) for at, (_, unless) in enumerate(rules) if unless is not None}
    named = {name: frozenset(positions) for name, positions in (parts or {}).items()}
    return Prepared(_masks(whens, named), _masks(unlesses, named))


def _masks(rules: Mapping[int, Sequence[Conjunction]], parts: Mapping[str, frozenset[int]]) -> Masks:
    """Number the conjunctions: one plane for the first ways of all rules, one for the second ways, and so on."""
    positions = sorted((position for position in rules if rules[position]), key=lambda one: -len(rules[one]))
    owners: list[int] = []
    numbered: list[Conjunction] = []
    planes: list[tuple[int, int]] = []
    for way in range(max((len(found) for found in rules.values()), default=0)):
        having = [position for position in positions if len(rules[position]) > way]
        planes.append((len(numbered), len(having)))
        owners += having
        numbered += [rules[position][way] for position in having]
    within = {
        name: _octets([bit for bit, owner in enumerate(owners) if owner in part], len(owners))
        for name, part in parts.items()
    }
    return Masks(tuple(positions), len(numbered), tuple(planes[1:]), _tables(numbered), within)


_Rows: TypeAlias = Sequence[tuple[int, Any]]
_K = TypeVar("_K", bound=Hashable)


def _tables(numbered: Sequence[Conjunction]) -> tuple[Table, ...]:
    """The interpreter comes last: what the look-ups leave is little."""
    asked: defaultdict[type[Literal], defaultdict[Key, list[tuple[int, Literal]]]]
    asked = defaultdict(lambda: defaultdict(list))
    for bit, way in enumerate(numbered):
        for literal in way:
            asked[type(literal)][literal.key].append((bit, literal))
    return tuple(
        make(key, rows, len(numbered)) for form, make in _TABLES.items() for key, rows in sorted(asked[form].items())
    )


# ---- one table an operand


def _one_of(key: Key, rows: _Rows, size: int) -> Table:
    kinds = sorted({literal.kind for _, literal in rows})
    by_kind = {kind: _of_kind([row for row in rows if row[1].kind == kind], rows, size) for kind in kinds}
    return OneOf(key, _others(rows, size), by_kind)


def _of_kind(rows: _Rows, everybody: _Rows, size: int) -> tuple[Octets, dict[Constant, Bits]]:
    """A wanted value adds its conjunctions to the default, an unwanted one takes them away: one turn for both."""
    refusing = {bit for bit, literal in rows if not literal.want}
    turned = _grouped((value, bit) for bit, literal in rows for value in literal.values)
    default = _others([row for row in everybody if row[0] not in refusing], size)
    return default, {value: _bits(bits, size) for value, bits in turned.items()}


def _between(key: Key, rows: _Rows, size: int) -> Table:
    turned = _grouped((edge, bit) for bit, span in rows for edge in (span.start, span.end) if edge)
    edges = sorted(turned)
    below = _others([row for row in rows if row[1].start is not None], size)
    return Between(key, _others(rows, size), below, tuple(edges), tuple(tuple(turned[edge]) for edge in edges))


def _listed(key: Key, rows: _Rows, size: int) -> Table:
    slots: list[list[tuple[int, Members]]] = []
    for bit, literals in _grouped((bit, literal) for bit, literal in rows if literal.want).items():
        for slot, literal in enumerate(literals):
            slots[slot:] = slots[slot:] or [[]]
            slots[slot].append((bit, literal))
    members: defaultdict[str, list[tuple[int, Bits]]] = defaultdict(list)
    for slot, asking in enumerate(slots):
        for text, bits in _grouped((str(text), bit) for bit, literal in asking for text in literal.values).items():
            members[text].append((slot, _bits(bits, size)))
    unwanted = [(bit, literal) for bit, literal in rows if not literal.want]
    refused = _grouped((str(text), bit) for bit, literal in unwanted for text in literal.values)
    return Listed(
        key,
        _others(rows, size),
        _others(unwanted, size),
        tuple(_others(asking, size) for asking in slots),
        {text: tuple(found) for text, found in sorted(members.items())},
        {text: _bits(bits, size) for text, bits in refused.items()},
    )


def _judged(key: Key, rows: _Rows, size: int) -> Table:
    return Judged(key, _octets([bit for bit, _ in rows], size))


_TABLES: Final[Mapping[type[Literal], Callable[[Key, _Rows, int], Table]]] = {
    Values: _one_of,
    Span: _between,
    Members: _listed,
    Atom: _judged,
}

# ---- sets of conjunctions


def _octets(bits: Iterable[int], size: int, *, others: bool = False) -> Octets:
    octets = bytearray(b"\xff" * (size // 8 + 1) if others else size // 8 + 1)
    for bit in bits:
        octets[bit >> 3] ^= 1 << (bit & 7)
    if others:
        octets[-1] &= (1 << size % 8) - 1
    return bytes(octets)


def _others(rows: _Rows, size: int) -> Octets:
    """All but the conjunctions of these rows."""
    return _octets({bit for bit, _ in rows}, size, others=True)


def _bits(bits: Sequence[int], size: int) -> Bits:
    # Once each: what is turned twice would stand as it was.
    once = sorted(set(bits))
    return tuple(once) if len(once) <= max(4, size // _FEW) else _octets(once, size)


def _grouped(pairs: Iterable[tuple[_K, Any]]) -> dict[_K, list[Any]]:
    """The second of each pair by the first, in an order that does not change from run to run."""
    groups: defaultdict[_K, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(sorted(groups.items(), key=lambda group: str(group[0])))
