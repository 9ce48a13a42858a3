"""What is accepted as a condition and what is refused, pinned: the checker ignores what it does not know in silence."""

import pytest
import yaml
from rapport.domain.condition import Condition, holds
from rapport.domain.logic import Truth
from rapport_authoring.conditions import ConditionError, Names, Scope, compile_condition, place

from tests.domain.condition_facts import Known

NAMES = Names(
    traits={
        "tier": "string",
        "orders": "integer",
        "spent": "number",
        "adult": "boolean",
        "birthday": "date",
        "last_order_at": "timestamp",
        "interests": "list",
    },
    one_of={"tier": ["none", "silver", "gold"], "interests": ["ski", "sail"]},
    intents=["trip"],
    segments=["gold", "has-car"],
    personas=["business-traveller"],
)


def errors(source: str, scope: Scope = "trigger") -> list[ConditionError]:
    return compile_condition(source, NAMES, scope)[1]


def compiled(source: str | bool, scope: Scope = "trigger") -> Condition:
    found, wrong = compile_condition(source, NAMES, scope)
    assert found is not None, wrong
    return found


ACCEPTED = [
    'traits.tier == "gold"',
    '"gold" != traits.tier',
    'traits.tier in ["gold", "silver"]',
    '!(traits.tier in ["gold"])',
    "traits.orders > 3.5 && traits.spent < 100",
    "traits.orders == traits.spent",
    "traits.orders in [1, 2.5]",
    "traits.orders + 1 - traits.spent >= -2.5",
    "traits.adult",
    "!traits.adult || traits.adult == true",
    '"ski" in traits.interests',
    "size(traits.interests) > 1",
    "traits.interests.size() > 1",
    "size(traits.tier) > 1",
    'traits.interests.exists(i, i == "ski" || i.startsWith("s"))',
    'traits.interests.all(i, i in ["ski"])',
    'event.properties.products.exists(p, p.sku == "wax" && p.tags.exists(t, t == "new"))',
    "event.properties.products.all(p, has(p.sku) && p.price * 1 > 2)".replace(" * 1", ""),
    "has(traits.tier) && !has(traits.address.city) || has(traits.address)",
    "has(event.properties.leg) || has(context.page.path)",
    "has(intents.trip.chosen)",
    '"gold" in segments && !("has-car" in segments)',
    '"team-9" in groups',
    'persona == "business-traveller"',
    'persona in ["business-traveller"]',
    '"oslo" in intents.trip.chosen || "oslo" in intents.trip.considered',
    'size(owned) > 1 && "skis" in owned',
    "event.properties.sku in owned",
    'event.name == "Order Completed" && event.properties.leg == "return"',
    'context.device == "mobile" && context.page.path.startsWith("/shop")',
    'now - traits.last_order_at < duration("720h")',
    'now - traits.last_order_at > duration("1h30m5s10ms")',
    'traits.birthday < timestamp("2000-01-01T00:00:00Z")',
    'now >= timestamp("2026-11-22T00:00:00.5+01:00")',
    "traits.last_order_at > traits.birthday",
    "traits.address.country == 'FR' && traits.email.startsWith(\"a\") && traits.locale != traits.timezone",
    "size(traits.device_tokens) > 0",
    "true",
    "event.properties.x < now",
    'r"\\d" == event.properties.x // a comment',
]


@pytest.mark.parametrize("source", ACCEPTED)
def test_the_subset_is_accepted(source: str) -> None:
    assert errors(source) == []


REFUSED = [
    # the source, where, a word of the message, the hint
    ('traits.teir == "gold"', 7, "teir", "did you mean `tier`?"),
    ("has(traits.xyz)", 11, "xyz", "declare it in traits.yaml"),
    ('tarits.tier == "gold"', 0, "tarits", "did you mean `traits`?"),
    ('tier == "gold"', 0, "tier", "did you mean `traits.tier`?"),
    ('traits.adress.city == "Oslo"', 7, "adress", "did you mean `address`?"),
    ('traits.address.citty == "Oslo"', 15, "citty", "did you mean `city`?"),
    ('"oslo" in intents.tripp.chosen', 18, "tripp", "did you mean `trip`?"),
    ('"oslo" in intents.trip.choosen', 23, "choosen", "did you mean `chosen`?"),
    ('event.propertys.x == "a"', 6, "propertys", "did you mean `properties`?"),
    ('"goldd" in segments', 0, "no segment", "did you mean `gold`?"),
    ('persona == "busines-traveller"', 11, "no persona", "did you mean `business-traveller`?"),
    ('traits.tier == "golden"', 15, "golden", "did you mean `gold`?"),
    ('traits.tier in ["gold", "x"]', 24, "`x`", "one of none, silver, gold"),
    ('"chess" in traits.interests', 0, "chess", "one of ski, sail"),
    ('traits.interests.exists(i, i == "chess")', 32, "chess", "one of ski, sail"),
    ('traits.tier = "gold"', 12, "compares nothing", "did you mean `==`?"),
    ("traits.adult and traits.adult", 13, "no operator", "did you mean `&&`?"),
    ("traits.tier == null", 12, "null", "ask with has() whether something is known"),
    ("now - traits.last_order_at < 30", 27, "duration", 'write a duration as duration("720h")'),
    ('now > "2026-01-01"', 4, "timestamp", 'write a moment as timestamp("2026-11-22T00:00:00Z")'),
    ("size(segments) > 1", 5, "segments", 'write "gold" in segments'),
    ("traits.tier in segments", 0, "segments", 'write "gold" in segments'),
    ('traits.tier == "gold', 15, "not closed", 'write another " at its end'),
    ("traits.last_order_at < now - 3600", 27, "does not take", 'write a moment as timestamp("2026-11-22T00:00:00Z")'),
    ('timestamp("2026-02-30T00:00:00Z") < now', 10, "no moment", 'write timestamp("2026-11-22T00:00:00Z")'),
    ('timestamp("2026-02-01") < now', 10, "no moment", 'write timestamp("2026-11-22T00:00:00Z")'),
    (
        'now - traits.last_order_at < duration("30d")',
        38,
        "no duration",
        'write duration("720h"); the units are h, m, s and ms',
    ),
    ("timestamp(traits.tier) < now", 10, "constant", 'write timestamp("2026-11-22T00:00:00Z")'),
    ("traits.adult ? true : false", 13, "? :", "write it with && and ||"),
    ('traits.interests[0] == "ski"', 16, "index", "use `in`, `exists` or `all`"),
    (
        "(traits.orders == 1) == true",
        15,
        "compared",
        "a comparison stands alone: without `== true`, and with ! for false",
    ),
    ('traits["tier"] == "gold"', 6, "behind a dot", "write `traits.tier`"),
    ("traits.tier == “gold”", 15, "not plain", 'write plain quotes: "..."'),
    ('traits.tier <> "gold"', 12, "`<>`", "did you mean `!=`?"),
    ("traits.adult AND traits.adult", 13, "no operator", "did you mean `&&`?"),
    ('traits.tier is "gold"', 12, "no operator", "did you mean `==`?"),
    (
        'traits.last_order_at < now - duration("1h")',
        27,
        "does not take",
        'compare how long it is between two moments: now - traits.NAME < duration("720h")',
    ),
    ('persona == "gold"', 11, "no persona", 'it is a segment: write "gold" in segments'),
    ("traits.adult < true", 13, "does not take", "true and false are only equal or not: use == and !="),
    ("traits.orders > 99999999999999999999", 16, "too large", "write it with a point: 1e20, or 10000000000000000000.0"),
    ("(traits.adult", 13, "not closed", "write another )"),
    ("traits.adult &&", 15, "before it is whole", "write what comes next, or take out what is open"),
    ("event.properties.x.in == 1", 19, "`in` is a word", "a property with this name cannot be read here"),
    ("event.properties.$x == 1", 17, "`$`", "names are written with a-z, 0-9 and _"),
    ("traits.interests.exists(x.y, true)", 25, "begins with", 'write list.exists(x, x == "ski")'),
    ("traits.tier.size == 3", 11, "nothing stands", "a trait has no parts; size(...) tells how long it is"),
    ("intents.trip == 1", 13, "does not take", None),
    ("event.properties", 0, "no value", "write event.name or event.properties.NAME"),
    ('"x" in context', 7, "no value", "name what the caller sent: context.NAME"),
    ("", 0, "empty", "leave the key out, or write true"),
    ("has(traits.orders, 1)", 0, "`has` is called otherwise", "write has(...)"),
]


@pytest.mark.parametrize(("source", "offset", "part", "hint"), REFUSED)
def test_what_cannot_be_is_refused_at_its_place_with_a_hint(
    source: str, offset: int, part: str, hint: str | None
) -> None:
    error = errors(source)[0]
    assert (error.offset, part in error.message, error.hint) == (offset, True, hint)


OUTSIDE = [
    'traits.tier.matches("g.*")',
    'traits.tier.contains("g")',
    'traits.tier.endsWith("g")',
    "traits.interests.map(i, i)",
    "traits.interests.filter(i, true).size() > 1",
    "traits.interests.exists_one(i, true)",
    "traits.orders * 2 > 3",
    "traits.orders / 2 > 3",
    "-traits.orders > 3",
    'traits.tier + "x" == "goldx"',
    '{"a": 1}.a == 1',
    "{} == {}",
    "dyn(traits.tier) == 1",
    "type(traits.tier) == string",
    "int(traits.tier) == 1",
    "traits.orders == 1u",
    'b"a" == event.properties.x',
    "true == 1",
    "traits.adult == 1",
    "traits.orders == true",
    'traits.orders == "1"',
    "traits.adult < true",
    "traits.spent == 1e999",
    "traits.orders == 99999999999999999999",
    'traits.interests == ["ski"]',
    'event.properties.x == ["ski"]',
    'traits.orders in [1, "a"]',
    "traits.orders in [traits.spent]",
    "[1].exists(i, i == 1)",
    "size([1]) == 1",
    '"ski" in traits.tier',
    "traits.tier",
    "now",
    "traits.orders",
    '"gold"',
    "traits",
    "context",
    "event.properties.a + 1",
    "traits == traits",
    "null == event.properties.x",
    "event.properties.`a.b` == 1",
    "traits.?tier == 1",
    "house.Traits{tier: 'a'}.tier == 'a'",
    'now - duration("24h") > traits.last_order_at',
    "traits.interests.exists(a, event.properties.x.exists(b, event.properties.y.exists(c, c == a)))",
    "traits.interests.exists(now, true)",
    "event.properties.a.exists(i, event.properties.b.exists(i, i == 1))",
    "groups.exists(g, true)",
    "has(intents.trip)",
    "has(event.properties)",
    "cel.bind(x, 1, x == 1)",
    "traits.adult == 'true'",
    "traits.orders in segments",
    '"\ud800" == event.properties.x',
]


@pytest.mark.parametrize("source", OUTSIDE, ids=ascii)
def test_what_is_outside_the_subset_is_refused(source: str) -> None:
    assert errors(source) != []


@pytest.mark.parametrize(
    ("source", "scope"),
    [
        ('event.name == "x"', "person"),
        ('event.properties.x == "x"', "person"),
        ('traits.tier == "gold"', "event"),
        ("now > traits.birthday", "event"),
        ('"gold" in segments', "event"),
        ('context.device == "mobile"', "event"),
    ],
)
def test_names_of_another_scope_are_not_known(source: str, scope: Scope) -> None:
    assert errors(source, scope) != []


def test_a_computed_trait_s_where_reads_the_event_alone() -> None:
    assert errors('event.properties.category == "ski" && event.name != "x"', "event") == []


def test_every_error_of_a_text_is_told_in_its_order() -> None:
    found = errors('traits.teir == "x" &&\n"nosuch" in traits.interets')
    assert [error.offset for error in found] == [7, 41]


def test_names_that_protobuf_would_confuse_are_told_apart() -> None:
    names = Names(traits={"a_b": "string", "a__b": "integer", "package": "string", "address": "string"})
    source = 'traits.a_b == "x" && traits.a__b == 1 && traits.package == traits.address.city'
    assert compile_condition(source, names, "person")[1] == []


def test_more_traits_than_can_be_checked_are_refused() -> None:
    names = Names(traits={f"t{number}": "string" for number in range(5_000)})
    assert "at most 2000 traits" in compile_condition("traits.t1 == traits.t2", names, "person")[1][0].message


def test_as_many_traits_as_allowed_are_checked() -> None:
    names = Names(traits={f"t{number}": "string" for number in range(1_990)}, intents=[f"g{n}" for n in range(2_000)])
    assert compile_condition("traits.t1 == traits.t1989", names, "person")[1] == []


def test_offsets_count_code_points() -> None:
    assert errors('"é😀" == traits.teir')[0].offset == 15


@pytest.mark.parametrize(("source", "truth"), [(True, True), (False, False)])
def test_a_plain_truth_is_taken(source: bool, truth: Truth) -> None:
    assert holds(compiled(source), Known()) is truth


READS = [
    ('traits.tier == "gold" && "gold" in segments', ("traits.tier", "segments.gold")),
    ("size(intents.trip.chosen) > size(intents.trip.considered)", ("intents.trip",)),
    ('"a" in groups || persona == "business-traveller" || "x" in owned', ("groups", "persona", "owned")),
    ("event.properties.at < now", ("event.properties.at", "now")),
    ('event.name == "x" && event.properties.cart.total > 1', ("event.name", "event.properties.cart.total")),
    (
        'now - traits.birthday > duration("1h") && context.page.path == "/"',
        ("now", "traits.birthday", "context.page.path"),
    ),
    ('traits.interests.exists(i, i == "ski" && has(traits.address.city))', ("traits.interests", "traits.address.city")),
]


@pytest.mark.parametrize(("source", "reads"), READS)
def test_a_condition_knows_what_it_reads(source: str, reads: tuple[str, ...]) -> None:
    assert compiled(source).reads == reads


def deep(levels: int) -> str:
    """Each level is an `and` in an `or`, or the other way round."""
    source = "traits.adult"
    for level in range(levels):
        source = f"({source} {'&&' if level % 2 else '||'} traits.adult)"
    return source


LIMITS = [
    (deep(8), True),
    (deep(9), False),
    (" && ".join(["traits.adult"] * 100), True),
    (" && ".join(["traits.adult"] * 129), False),
    (f"traits.orders in [{','.join(['1'] * 1000)}]", True),
    (f"traits.orders in [{','.join(['1'] * 1001)}]", False),
    (f"traits.orders in [{','.join(['-1'] * 1000)}]", True),
    (f"{'(' * 20}traits.adult{')' * 20}", True),
]


@pytest.mark.parametrize(("source", "accepted"), LIMITS, ids=range(len(LIMITS)))
def test_limits_hold_where_they_are_said_to(source: str, accepted: bool) -> None:
    assert (errors(source) == []) is accepted


HOSTILE = {
    "negations": "!" * 60_000 + "traits.adult",
    "brackets": "(" * 30_000 + "traits.adult" + ")" * 30_000,
    "sums": "traits.orders" + " + 1" * 16_000 + " > 3",
    "selects": "context" + ".a" * 32_000,
    "elements": "traits.orders in [" + "1," * 32_000 + "1]",
    "quotes": '"\\' * 32_000,
    "many quotes": '\'"""\'' * 13_000,
    "beyond ASCII": '"' + "é" * 60_000 + '" == traits.teir',
    "nothing": "\x00" * 65_000,
    "digits": "traits.orders == " + "9" * 65_000,
    "comments": "//a\n" * 16_000,
    "lists": " || ".join(["traits.orders in [" + "1," * 999 + "1]"] * 16),
    "folds": "traits.interests.exists(a, " * 30 + "true" + ")" * 30,
    "durations": 'now - traits.birthday < duration("' + "1h" * 30_000 + '")',
    "huge": "a" * 10_000_000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_refused(source: str) -> None:
    """What it costs is held by test_hostile_conditions."""
    assert errors(source) != []


MEANING: list[tuple[str, Known, Truth]] = [
    ('traits.tier != "gold"', Known(), None),
    ('!(traits.tier == "gold")', Known(), None),
    ('!(traits.tier in ["gold"])', Known(), None),
    ('!("ski" in traits.interests)', Known(), None),
    ("!has(traits.tier)", Known(), True),
    ("!has(traits.tier)", Known({"traits": {"tier": None}}), True),
    ('traits.tier == "gold" || true', Known(), True),
    ('traits.tier == "gold" && false', Known(), False),
    ('!("gold" in segments)', Known(segments={"gold": False}), True),
    ('!("gold" in segments)', Known(segments={"gold": None}), None),
    ('persona != "business-traveller"', Known(), None),
    ("event.properties.n == 1", Known({"event": {"properties": {"n": True}}}), None),
    ("event.properties.n != 1", Known({"event": {"properties": {"n": "1"}}}), None),
    ("event.properties.n == 1.0", Known({"event": {"properties": {"n": 1}}}), True),
    ("event.properties.at < now", Known({"now": 9.0, "event": {"properties": {"at": 1}}}), None),
    ('event.properties.at < timestamp("2026-01-01T00:00:00Z")', Known({"event": {"properties": {"at": 1}}}), None),
    ('now - event.properties.at > duration("1h")', Known({"now": 9e9, "event": {"properties": {"at": 1}}}), None),
    ('traits.birthday < timestamp("1970-01-02T00:00:00Z")', Known({"traits": {"birthday": 0.0}}), True),
    ('traits.birthday == timestamp("1970-01-01T00:00:00Z")', Known({"traits": {"birthday": 0.0}}), True),
    ('now - traits.birthday < duration("1h")', Known({"now": 3600.0, "traits": {"birthday": 0.0}}), False),
    ("has(traits.address)", Known({"traits": {"address": {"city": "Oslo"}}}), True),
    ("!has(traits.address)", Known({"traits": {"address": {}}}), True),
    ("size(owned) == 0", Known({"owned": []}), True),
    ('context.device == "mobile"', Known(), None),
]


@pytest.mark.parametrize(("source", "facts", "truth"), MEANING, ids=[row[0] for row in MEANING])
def test_a_condition_means_what_the_catalogue_says(source: str, facts: Known, truth: Truth) -> None:
    assert holds(compiled(source), facts) is truth


STYLES = [
    "when: traits.adult && MARK",
    "when:   'traits.email == ''a'' && MARK'",
    'when: "traits.email == \\"a\\" && MARK"',
    'when: "traits.email == \\"\\u00e9\\x41\\" \\n\\t&& MARK"',
    'when: "traits.adult &&\\\n   MARK"',
    "when: |\n  traits.adult\n  && MARK\n",
    "when: >-  # folded\n  traits.adult\n\n    && MARK\n",
    "when: |2\n    traits.adult && MARK\n",
    "- a: 1\n  when: traits.adult\n    && MARK",
    "when: &anchor 'traits.adult && MARK'",
    "when: !!str 'traits.adult && MARK'",
    "é: {when: 'traits.email == \"😀\" && MARK'}",
    "when: 'traits.adult &&\n\n   MARK'",
    "a: 1\r\nwhen: |\r\n  traits.adult &&\r\n  MARK\r\n",
]


@pytest.mark.parametrize("text", STYLES)
@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
def test_an_offset_leads_to_line_and_column_in_any_style_of_yaml(
    text: str, loader: type[yaml.SafeLoader | yaml.CSafeLoader]
) -> None:
    scalar = _when(yaml.compose(text, Loader=loader))
    assert scalar is not None
    line, column = place(text, scalar, scalar.value.index("MARK"))
    lines = text.replace("\r\n", "\n").split("\n")
    assert lines[line - 1][column - 1 :].startswith("MARK")


def _when(node: yaml.Node | None) -> yaml.ScalarNode | None:
    if isinstance(node, yaml.SequenceNode):
        return next(filter(None, map(_when, node.value)), None)
    if isinstance(node, yaml.MappingNode):
        return next((value if key.value == "when" else _when(value) for key, value in node.value[-1:]), None)
    return None
