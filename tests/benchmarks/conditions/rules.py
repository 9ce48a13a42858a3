"""Random offers' rules and people, the same for every engine: a small tree each, and how the engines' languages say it.

("and", [R...]) ("or", [R...]) ("not", R) ("now", sign, seconds) ("age", name, sign, seconds)
("==", name, text) ("!=", name, text) ("among", name, [text...]) ("is", name, sign, number) ("has", name, text)
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any, TypeAlias

from rapport.domain.logic import Plan
from rapport_authoring.conditions import Names

Rule: TypeAlias = tuple[Any, ...]
Person: TypeAlias = dict[str, Any]

NOW = 1_795_305_600
DAY = 86_400
WORDS = {
    "country": [f"c{n}" for n in range(20)],
    "language": [f"l{n}" for n in range(12)],
    "tier": ["none", "silver", "gold", "platinum"],
    "device": ["ios", "android", "web", "tv"],
    "channel": ["email", "push", "sms", "organic", "paid", "affiliate"],
    "plan": ["free", "basic", "pro", "team", "large"],
}
NUMBERS = {
    "orders": (0, 40),
    "spent": (0, 5000),
    "age": (16, 90),
    "sessions": (0, 200),
    "basket": (0, 500),
    "points": (0, 20000),
    "score": (0, 10),
    "returns": (0, 5),
}
LISTS = {"badges": [f"b{n:03}" for n in range(300)], "interests": [f"i{n:02}" for n in range(80)]}
MOMENTS = ["last_order_at", "last_visit_at", "joined_at"]
TYPES = (
    dict.fromkeys(WORDS, "string")
    | dict.fromkeys(NUMBERS, "integer")
    | dict.fromkeys(LISTS, "list")
    | dict.fromkeys(MOMENTS, "timestamp")
)
NAMES = Names(traits=TYPES)
MISSING = 0.08


def common(chance: Random, words: list[str], slope: float = 1.1) -> str:
    """One of some words, of which the first are the commonest."""
    return chance.choices(words, [1 / (n + 1) ** slope for n in range(len(words))])[0]


def rules(count: int) -> list[Rule]:
    chance = Random(1)  # noqa: S311  # chance for tests, not for keys
    return [rule(chance) for _ in range(count)]


def people(count: int) -> list[Person]:
    chance = Random(99)  # noqa: S311  # the same
    return [person(chance) for _ in range(count)]


def rule(chance: Random) -> Rule:
    """Two to six demands, a quarter of them nested; four in five have a beginning and an end."""
    parts = [demand(chance) for _ in range(chance.choice([2, 3, 3, 4, 4, 5, 6]))]
    shape = chance.random()
    if shape < 0.15 and len(parts) > 2:
        parts = [parts[0], ("or", [("and", parts[1:2]), ("and", parts[2:])])]
    elif shape < 0.20:
        parts = [*parts[:-2], ("not", ("and", parts[-2:]))]
    elif shape < 0.25:
        parts = [*parts[:-2], ("or", [badge(chance), badge(chance)]), parts[-1]]
    if chance.random() < 0.8:
        start = NOW + chance.randint(-60 * 24, 20 * 24) * 3600
        parts += [("now", ">=", start), ("now", "<", start + chance.randint(1, 60) * DAY)]
    return "and", parts


def demand(chance: Random) -> Rule:
    return chance.choices(DEMANDS, SHARES)[0](chance)


def country(chance: Random) -> Rule:
    words = sorted({common(chance, WORDS["country"]) for _ in range(chance.choice([1, 1, 3, 6]))})
    return ("among", "country", words) if len(words) > 1 else ("==", "country", words[0])


def word(chance: Random) -> Rule:
    name = chance.choice(["language", "language", "device", "tier"])
    return "==", name, common(chance, WORDS[name])


def other_plan(chance: Random) -> Rule:
    return "!=", chance.choice(["plan", "tier"]), chance.choice(WORDS["plan"][:4])


def some_channels(chance: Random) -> Rule:
    return "among", "channel", chance.sample(WORDS["channel"], 3)


def number(chance: Random) -> Rule:
    name = chance.choice(list(NUMBERS))
    low, high = NUMBERS[name]
    return "is", name, chance.choice([">", ">=", "<", "<="]), round(low + (high - low) * chance.betavariate(1.3, 2.5))


def badge(chance: Random) -> Rule:
    return "has", "badges", common(chance, LISTS["badges"], 0.6)


def maybe_badge(chance: Random) -> Rule:
    found = badge(chance)
    return found if chance.random() < 0.75 else ("not", found)


def interest(chance: Random) -> Rule:
    return "has", "interests", common(chance, LISTS["interests"], 0.6)


def age(chance: Random) -> Rule:
    return "age", chance.choice(MOMENTS), chance.choice("<<>"), chance.choice([1, 3, 7, 14, 30, 60, 90, 180, 365]) * DAY


DEMANDS: list[Callable[[Random], Rule]] = [
    country, word, other_plan, some_channels, number, maybe_badge, interest, age,
]  # fmt: skip
SHARES = [16, 20, 7, 4, 21, 16, 6, 10]


def person(chance: Random) -> Person:
    """Everything that rules ask for, each missing in one of twelve."""
    words = {name: common(chance, words) for name, words in WORDS.items()}
    numbers = {name: round(low + (high - low) * chance.betavariate(1.3, 3)) for name, (low, high) in NUMBERS.items()}
    moments = {name: NOW - int(chance.expovariate(1 / 60) * DAY) for name in MOMENTS}
    lists = {
        name: sorted({common(chance, words, 0.6) for _ in range(len(words) // 12)}) for name, words in LISTS.items()
    }
    known = words | numbers | moments | lists
    return {name: value for name, value in known.items() if chance.random() > MISSING}


# ---- what each language makes of a rule


def rapport(rule: Rule) -> str:
    """The rule as a marketer writes it."""
    return written(rule, _RAPPORT)


def cel(rule: Rule) -> str:
    """The rule in plain CEL over a map, times as whole seconds."""
    return written(rule, _CEL)


def written(rule: Rule, forms: dict[str, Callable[..., str]]) -> str:
    if rule[0] in ("and", "or"):
        return "(" + {"and": " && ", "or": " || "}[rule[0]].join(written(part, forms) for part in rule[1]) + ")"
    if rule[0] == "not":
        return f"!({written(rule[1], forms)})"
    return forms[rule[0]](*rule[1:])


_SHARED: dict[str, Callable[..., str]] = {
    "==": lambda name, text: f'traits.{name} == "{text}"',
    "!=": lambda name, text: f'traits.{name} != "{text}"',
    "among": lambda name, texts: f"traits.{name} in {json.dumps(texts)}",
    "is": lambda name, sign, value: f"traits.{name} {sign} {value}",
    "has": lambda name, text: f'"{text}" in traits.{name}',
}
_CEL = _SHARED | {
    "now": lambda sign, seconds: f"now {sign} {seconds}",
    "age": lambda name, sign, seconds: f"now - traits.{name} {sign} {seconds}",
}
_RAPPORT = _SHARED | {
    "now": lambda sign, seconds: f'now {sign} timestamp("{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}")',
    "age": lambda name, sign, seconds: f'now - traits.{name} {sign} duration("{seconds}s")',
}


def json_logic(rule: Rule) -> dict[str, Any]:
    """The rule as JSONLogic."""
    form = rule[0]
    if form in ("and", "or"):
        return {form: [json_logic(part) for part in rule[1]]}
    if form == "not":
        return {"!": [json_logic(rule[1])]}
    if form == "now":
        return {rule[1]: [{"var": "now"}, rule[2]]}
    trait = {"var": f"traits.{rule[1]}"}
    return {
        "==": lambda: {"==": [trait, rule[2]]},
        "!=": lambda: {"!=": [trait, rule[2]]},
        "among": lambda: {"in": [trait, rule[2]]},
        "is": lambda: {rule[2]: [trait, rule[3]]},
        "has": lambda: {"in": [rule[2], trait]},
        "age": lambda: {rule[2]: [{"-": [{"var": "now"}, trait]}, rule[3]]},
    }[form]()


_MONGO = {">": "$gt", "<": "$lt", ">=": "$gte", "<=": "$lte"}
_MIRROR = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


def mongo(rule: Rule) -> dict[str, Any]:
    """The rule as GrowthBook targets: the query language of MongoDB."""
    form = rule[0]
    if form in ("and", "or"):
        return {f"${form}": [mongo(part) for part in rule[1]]}
    if form == "not":
        return {"$not": mongo(rule[1])}
    if form == "now":
        return {"now": {_MONGO[rule[1]]: rule[2]}}
    asked = {
        "==": lambda: rule[2],
        "!=": lambda: {"$ne": rule[2]},
        "among": lambda: {"$in": rule[2]},
        "is": lambda: {_MONGO[rule[2]]: rule[3]},
        "has": lambda: {"$in": [rule[2]]},
        "age": lambda: {_MONGO[_MIRROR[rule[2]]]: NOW - rule[3]},
    }[form]()
    return {f"traits.{rule[1]}": asked}


def zen(rule: Rule) -> str:
    """The rule in zen-engine's own expressions; each demand asks first whether there is anything to compare."""
    form = rule[0]
    if form in ("and", "or"):
        return "(" + f" {form} ".join(zen(part) for part in rule[1]) + ")"
    if form == "not":
        return f"not ({zen(rule[1])})"
    demand = _CEL[form](*rule[1:])
    return demand if form == "now" else f"(traits.{rule[1]} != null and {demand})"


def plan(rule: Rule, *, want: bool = True) -> Plan:
    """The rule as the compiler leaves it, where a hundred thousand of them would take the compiler minutes."""
    form = rule[0]
    if form == "not":
        return plan(rule[1], want=not want)
    if form in ("and", "or"):
        return _group(form if want else _OTHER[form], [plan(part, want=want) for part in rule[1]])
    if form in ("among", "has"):
        return _member(*rule, want=want)
    left, sign, right = {
        "now": lambda: (["get", "now"], *rule[1:]),
        "age": lambda: (["-", ["get", "now"], ["get", f"traits.{rule[1]}"]], *rule[2:]),
        "is": lambda: (["get", f"traits.{rule[1]}"], *rule[2:]),
    }.get(form, lambda: (["get", f"traits.{rule[1]}"], form, rule[2]))()
    return [sign if want else _DENIED[sign], left, right]


_OTHER = {"and": "or", "or": "and"}
_DENIED = {"==": "!=", "!=": "==", ">": "<=", ">=": "<", "<": ">=", "<=": ">"}


def _group(form: str, parts: list[Plan]) -> Plan:
    """A group of one is that one, and a group within one of its own kind is no group."""
    flat = [one for part in parts for one in (part[1] if part[0] == form else [part])]
    return flat[0] if len(flat) == 1 else [form, flat]


def _member(form: str, name: str, told: Any, *, want: bool) -> Plan:
    trait = ["get", f"traits.{name}"]
    return ["among", trait, told, want] if form == "among" else ["in", told, trait, want]
