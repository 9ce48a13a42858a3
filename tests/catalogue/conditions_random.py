"""Random nested conditions over a small vocabulary, and random people of whom much is not known."""

from random import Random
from typing import Any

from rapport_authoring.conditions import Names

NAMES = Names(
    traits={
        "tier": "string",
        "plan": "string",
        "orders": "integer",
        "spent": "number",
        "vip": "boolean",
        "last": "timestamp",
        "born": "date",
        "interests": "list",
    },
    intents=["trip"],
    segments=["gold", "lapsed"],
    personas=["a", "b"],
)
NOW = 1_795_305_600.0
DAY = 86_400.0
LETTERS = "abcd"
ORDER = ["<", "<=", ">", ">=", "==", "!="]
DEPTH = 3
MISSING = 0.25


def condition(chance: Random, *, any_type: bool = True) -> str:
    """Return a random condition; with `any_type` it may read the context, whose values are of any type."""
    return _nested(chance, DEPTH, _ATOMS + _ANY_TYPE if any_type else _ATOMS)


def _nested(chance: Random, depth: int, atoms: list[str]) -> str:
    shape = chance.random()
    if depth == 0 or shape < 0.25:
        return _filled(chance, chance.choice(atoms))
    if shape > 0.85:
        return f"!({_nested(chance, depth - 1, atoms)})"
    sign = " && " if shape < 0.55 else " || "
    return "(" + sign.join(_nested(chance, depth - 1, atoms) for _ in range(chance.randint(2, 3))) + ")"


_ATOMS = [
    'TEXT == "L"',
    '"L" != TEXT',
    'TEXT in ["L", "L"]',
    '!(TEXT in ["L", "L"])',
    "traits.tier == traits.plan",
    'TEXT.startsWith("L")',
    'TEXT < "L"',
    "traits.orders SIGN N",
    "traits.spent SIGN N",
    "N.5 SIGN traits.spent",
    "traits.orders SIGN traits.spent",
    "traits.orders + N SIGN 4",
    "traits.orders in [N, N]",
    "traits.vip",
    "traits.vip == true",
    "traits.vip != true",
    'LIST.exists(i, i == "L" || i.startsWith("L"))',
    'LIST.all(i, i != "L")',
    '"L" in LIST',
    '!("L" in LIST)',
    "traits.tier in LIST",
    "size(LIST) SIGN N",
    "has(TEXT)",
    "has(traits.orders)",
    "!has(traits.interests)",
    'now - traits.last SIGN duration("240h")',
    'traits.last SIGN timestamp("2026-11-01T00:00:00Z")',
    'now SIGN timestamp("2026-11-22T00:00:00Z")',
    "traits.last > traits.born",
    '"gold" in segments',
    '!("lapsed" in segments)',
    'persona == "a"',
    'event.properties.items.exists(i, i.sku == "L" && i.price > N.0)',
    'event.properties.items.all(i, has(i.sku) || i.tags.exists(t, t == "L"))',
    'event.name == "L"',
    "true",
    "false",
]
_ANY_TYPE = [
    'context.x == "L"',
    'context.x != "L"',
    "context.x SIGN N",
    "context.x == true",
    "context.x",
    'context.x in ["L", "L"]',
    "!(context.x in [N, N])",
    '"L" in context.x',
    '!("L" in context.x)',
    'context.x.exists(i, i == "L")',
    "context.x == context.y",
    "size(context.x) SIGN N",
    "has(context.x)",
    "context.x + context.y SIGN N",
]


def _filled(chance: Random, form: str) -> str:
    fillings = {
        "TEXT": ["traits.tier", "traits.plan", "traits.address.city"],
        "LIST": ["traits.interests", "owned", "intents.trip.chosen"],
        "SIGN": ORDER,
        '"L"': [f'"{letter}"' for letter in LETTERS],
        "N": [str(n) for n in range(5)],
    }
    for word, choices in fillings.items():
        while word in form:
            form = form.replace(word, chance.choice(choices), 1)
    return form


def person(chance: Random) -> dict[str, Any]:
    """Return what is known of a person, nested as in conditions; each name is missing in a quarter of them."""
    return {
        "traits": {"address": _some(chance, city=_letter(chance))}
        | _some(
            chance,
            tier=_letter(chance),
            plan=_letter(chance),
            orders=chance.randint(0, 5),
            spent=chance.randint(0, 10) / 2,
            vip=chance.random() < 0.5,
            last=NOW - chance.choice([0, 1, 5, 10, 10.5, 40]) * DAY,
            born=NOW - chance.choice([3, 11_000]) * DAY,
            interests=_letters(chance),
        ),
        "intents": {"trip": _some(chance, chosen=_letters(chance))},
        "event": _some(chance, name=_letter(chance), properties=_some(chance, items=_items(chance))),
        "context": _some(chance, x=_anything(chance), y=_anything(chance)),
        "now": NOW,
        **_some(chance, owned=_letters(chance), persona=chance.choice(["a", "b"])),
    }


def _some(chance: Random, **values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if chance.random() > MISSING}


def _letter(chance: Random) -> str:
    return chance.choice(LETTERS)


def _letters(chance: Random) -> list[str]:
    return sorted({_letter(chance) for _ in range(chance.randint(0, 3))})


def _items(chance: Random) -> list[dict[str, Any]]:
    return [
        _some(chance, sku=_letter(chance), price=chance.randint(0, 10) / 2, tags=_letters(chance))
        for _ in range(chance.randint(0, 3))
    ]


def _anything(chance: Random) -> object:
    return chance.choice(
        [_letter(chance), chance.randint(0, 4), 2.0, True, False, None, _letters(chance), ["a", 1], {}]
    )
