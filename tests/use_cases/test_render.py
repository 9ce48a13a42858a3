"""What a template comes to on each channel."""

import io
from datetime import UTC, datetime

import pypdf
import pytest
from rapport.render import Broken, Missing, Rendered, RenderRequest, Templates, render, template_locale
from rapport.render.letter import headed, ink

from tests.use_cases.render_house import ADDRESS, HOSTS, HOUSE, OFFER, SOURCES, ask, content, names, refused, said

CHANNELS = ("email", "sms", "push", "whatsapp", "web", "print", "note", "call", "social")


def wording(made: dict[str, object]) -> str:
    return str(made.get("text") or made["script"])


@pytest.mark.parametrize("channel", CHANNELS)
def test_one_template_serves_every_channel_d1(channel: str) -> None:
    assert wording(content(channel))


@pytest.mark.parametrize(
    ("channel", "keys"),
    [
        ("email", {"subject", "html", "text"}),
        ("sms", {"text", "segments"}),
        ("push", {"title", "text"}),
        ("whatsapp", {"text"}),
        ("web", {"html", "text"}),
        ("print", {"text", "pdf_pages"}),
        ("note", {"text"}),
        ("call", {"script", "facts"}),
        ("social", {"text"}),
    ],
)
def test_content_has_the_keys_of_its_channel_d1(channel: str, keys: set[str]) -> None:
    assert content(channel).keys() == keys


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_names_the_same_offer_and_amount_d2(channel: str) -> None:
    assert "Your car in Stockholm" in wording(content(channel))
    assert "€29.00" in wording(content(channel))


@pytest.mark.parametrize("channel", ["sms", "print"])
@pytest.mark.parametrize(("truth", "said_so"), [(True, True), (False, False), (None, False)])
def test_ten_percent_is_for_gold_card_holders_only_d3(channel: str, truth: bool | None, said_so: bool) -> None:
    text = wording(content(channel, segments={"gold": truth}))
    assert ("10% off for gold card holders" in text) is said_so


def test_an_unsure_job_title_gives_the_vaguer_wording_b1() -> None:
    assert "You have earned a rest." in content("email")["html"]
    assert "A pilot like you" in content("email", traits={"job_title": "pilot"})["html"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_unknown_name_leaves_no_gap_b2(channel: str) -> None:
    text = wording(content(channel, traits={}))
    assert "traveller" in text or text.startswith("Welcome home!")


@pytest.mark.parametrize("traits", [{}, {"first_name": None}, {"first_name": ""}, {"first_name": " \u200b "}])
def test_a_greeting_falls_back_when_the_name_is_not_there_d16(traits: dict[str, object]) -> None:
    assert content("email", traits=traits)["subject"] == "Welcome home"


def test_a_greeting_uses_the_name_d16() -> None:
    assert content("email")["subject"] == "Welcome home, Ann"


@pytest.mark.parametrize(
    "name", ["event.place", "offers.tip[0].price | money", "event.at | date", "event.place | upper"]
)
def test_printing_what_is_missing_holds_the_message_b12(name: str) -> None:
    assert isinstance(refused(f"At {{{{ {name} }}}}", event={}, offers={"tip": []}), Missing)


def test_a_held_message_says_what_is_missing_and_where_b12() -> None:
    assert refused("At {{ event.place }}", event={}) == Missing("event.place", "text")


@pytest.mark.parametrize(
    "block", [" ", "{% if event.no %}x{% endif %}", "{{ '' }}", "{# nothing #}{{ event.no | default('') }}"]
)
def test_a_block_that_comes_out_empty_holds_the_message_b12(block: str) -> None:
    source = {"t.j2": "{% block text %}Hello{% endblock %}{% block sms %}{{ '' }}" + block + "{% endblock %}"}
    assert ask(source, "sms", "t.j2") == Missing("sms", "sms")


def test_a_call_task_has_a_script_and_facts_b13() -> None:
    fact = {"trait": "tier", "value": "gold", "source": "crm"}
    made = content("call", facts=(fact,))
    assert made["facts"] == [fact]
    assert "Welcome home, Ann" in made["script"]


def test_blocks_of_text_vary_by_rule_d17() -> None:
    text = "{% if traits.tier == 'gold' %}Lounge{% elif traits.trips > 3 %}Upgrade{% else %}Tips{% endif %}"
    assert [said(text, traits=traits) for traits in ({"tier": "gold"}, {"trips": 4}, {"trips": 2}, {})] == [
        "Lounge",
        "Upgrade",
        "Tips",
        "Tips",
    ]


@pytest.mark.parametrize(
    ("locales", "expected"),
    [
        (("fr-BE", "fr", "en-GB"), "fr-BE"),
        (("fr-CH", "fr", "en-GB"), "fr"),
        (("de-DE", "de", "en-GB"), "en-GB"),
        (("en-GB",), "en-GB"),
    ],
)
def test_the_language_follows_the_person_then_the_house_d18(locales: tuple[str, ...], expected: str) -> None:
    sources = {"t.j2": "en", "t.fr.j2": "fr", "t.fr-BE.j2": "be"}
    texts = {name: f"{{% block text %}}{text}{{% endblock %}}" for name, text in sources.items()}
    answer = ask(texts, "note", "t.j2", locales=locales)
    assert isinstance(answer, Rendered)
    assert (answer.locale, template_locale(Templates(texts), "t.j2", locales)) == (expected, expected)


def test_the_picture_varies_by_rule_and_keeps_its_alternative_text_d20() -> None:
    other = OFFER | {"image": {"src": "https://www.trails.example/van.jpg", "alt": "A family van"}}
    html = content("email", offers={"tip": [other]})["html"]
    assert '<img src="https://www.trails.example/van.jpg" alt="A family van">' in html


@pytest.mark.parametrize(
    ("locales", "expected"),
    [
        (("en-GB",), "€29.00"),
        (("en-US", "en", "en-GB"), "€29.00"),
        (("fr-BE", "fr", "en-GB"), "€29.00"),  # the text is English: a French amount in it would look odd
        (("de-DE", "de"), "29,00 €"),
    ],
)
def test_a_price_is_written_as_the_reader_of_the_text_does_d21(locales: tuple[str, ...], expected: str) -> None:
    assert said("{{ offers.tip[0].price | money }}", locales=locales) == expected


def test_a_price_is_written_in_the_persons_own_way_of_the_texts_language_d21() -> None:
    sources = {"t.j2": "", "t.de.j2": "{% block text %}{{ 1234.5 | money }} {{ event.at | date }}{% endblock %}"}
    swiss = ask(sources, "note", "t.j2", locales=("de-CH", "de", "en-GB"), event={"at": "2026-03-05"}, currency="CHF")
    assert isinstance(swiss, Rendered)
    assert swiss.content["text"].replace("\u00a0", " ") == "CHF 1’234.50 5. März 2026"  # noqa: RUF001  # the Swiss way


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ("date", "2026-03-05", "5 March 2026"),
        ("date", "2026-03-05T23:30:00Z", "6 March 2026"),
        ("date", datetime(2026, 3, 5, 23, 30, tzinfo=UTC).timestamp(), "6 March 2026"),
        ("day", "2026-03-05", "Thursday 5 March"),
        ("time", "2026-03-05T12:00:00Z", "13:00"),
        ("time", "2026-07-05T12:00:00Z", "14:00"),
        ("date", "soon", "soon?"),
        ("time", "2026-03-05", "soon?"),
        ("date", True, "soon?"),
        ("money", "29.5", "€29.50"),
        ("money", {"amount": 29, "currency": "SEK"}, "SEK 29.00"),
        ("money", "many", "soon?"),
        ("money", {"amount": "1e400"}, "soon?"),
    ],
)
def test_days_times_and_amounts_in_the_persons_zone_and_currency_d21(form: str, value: object, expected: str) -> None:
    assert said(f"{{{{ event.x | {form} | default('soon?') }}}}", event={"x": value}) == expected


DAYS = {
    "en-GB": "Thursday 5 March", "en-US": "Thursday, March 5", "fr": "jeudi 5 mars", "de-CH": "Donnerstag, 5. März",
    "nl": "donderdag 5 maart", "pt-BR": "quinta-feira, 5 de março", "es": "jueves, 5 de marzo", "ja": "3月5日木曜日",
    "ar": "الخميس، 5 مارس", "he": "יום חמישי, 5 במרץ",
}  # fmt: skip


@pytest.mark.parametrize(("locale", "expected"), DAYS.items())
def test_a_day_is_written_out_in_every_language_d21(locale: str, expected: str) -> None:
    assert said("{{ event.x | day }}", event={"x": "2026-03-05"}, locales=(locale,)) == expected


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ("date", "2026-12-01", "1er décembre 2026"),
        ("day", "2026-12-01", "mardi 1er décembre"),
        ("day", "2026-12-11", "vendredi 11 décembre"),
    ],
)
def test_the_first_of_a_month_is_an_ordinal_in_french_d18(form: str, value: str, expected: str) -> None:
    assert said(f"{{{{ event.x | {form} }}}}", event={"x": value}, locales=("fr-BE",)) == expected


YEN = {"ja": "￥1,290", "en-GB": "JP¥1,290", "fr": "1 290 JPY", "de": "1.290 ¥"}  # Japan's yen


@pytest.mark.parametrize(("locale", "expected"), YEN.items())
def test_a_yen_has_no_decimals_d21(locale: str, expected: str) -> None:
    written = said("{{ event.x | money }}", event={"x": 1290}, locales=(locale,), currency="JPY")
    assert written.replace("\u00a0", " ").replace("\u202f", " ") == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [(98.5, "JPY", "JP¥99"), (2.665, "EUR", "€2.67"), (1.2345, "KWD", "KWD 1.235"), (1.2344, "KWD", "KWD 1.234")],
)
def test_half_of_the_smallest_coin_is_rounded_up_as_a_shop_does_d21(
    amount: float, currency: str, expected: str
) -> None:
    written = said("{{ event.x | money }}", event={"x": amount}, locales=("en-GB",), currency=currency)
    assert written.replace("\u00a0", " ") == expected


def test_a_birthday_is_the_same_day_on_every_clock_d21() -> None:
    birthday = datetime(1990, 5, 1, tzinfo=UTC).timestamp()
    text = said(
        "{{ traits.birthday | date }}",
        traits={"birthday": birthday},
        days=frozenset({"birthday"}),
        timezone="America/New_York",
    )
    assert text == "1 May 1990"


def test_the_reason_for_a_message_can_be_printed_a9() -> None:
    assert said("{{ why }}", why="Because you went to Oslo") == "Because you went to Oslo"
    assert said("{{ offers.tip[0].why }}") == "Because you are going to Stockholm"


def test_a_letter_is_print_ready_d34() -> None:
    answer = ask(SOURCES, "print")
    assert isinstance(answer, Rendered)
    assert answer.pdf.startswith(b"%PDF-")
    assert b"/FontFile2" in answer.pdf
    assert answer.content["pdf_pages"] == 1


@pytest.mark.parametrize("text", ["Dear Ann, the snow is good.", "A line of a long letter.\n\n" * 80])
def test_a_letter_that_nobody_prints_takes_as_many_pages_d34(text: str) -> None:
    sources = {"welcome.j2": f"{{% block print %}}{text}{{% endblock %}}"}
    printed, counted = ask(sources, "print"), ask(sources, "print", on_paper=False)
    assert isinstance(printed, Rendered)
    assert isinstance(counted, Rendered)
    assert counted.content == printed.content
    assert (bool(printed.pdf), bool(counted.pdf)) == (True, False)


def test_the_same_letter_is_the_same_file_d34() -> None:
    one, other = ask(SOURCES, "print", at=1.8e9), ask(SOURCES, "print", at=1.8e9)
    assert isinstance(one, Rendered)
    assert isinstance(other, Rendered)
    assert one.pdf == other.pdf


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("The season opens\n\nDear Ann,", "The season opens"),
        ("Dear Ann,\n\nthere are trips.", ""),
        ("There are trips.\n\nHere is one.", ""),
        ("The season\nopens\n\nDear Ann,", ""),
        ("The season opens", ""),
        ("x" * 81 + "\n\nDear Ann,", ""),
    ],
)
def test_a_line_that_stands_alone_is_a_letters_heading(text: str, heading: str) -> None:
    assert headed(text)[0] == heading


@pytest.mark.parametrize(
    ("colour", "expected"),
    [("#0a5c4a", (10, 92, 74)), ("#0a5", (0, 170, 85)), *((none, (34, 49, 45)) for none in ("red", "#12345", ""))],
)
def test_a_letter_is_in_the_brands_colour_d15(colour: str, expected: tuple[int, int, int]) -> None:
    assert ink(colour) == expected


def test_a_letter_is_dated_as_its_reader_writes_dates_d21() -> None:
    at = datetime(2026, 11, 22, 23, 30, tzinfo=UTC).timestamp()
    answer = ask(
        {"t.j2": "{% block print %}Bonjour{% endblock %}"}, "print", "t.j2", locales=("fr-BE",), at=at, address=ADDRESS
    )
    assert isinstance(answer, Rendered)
    assert "23 novembre 2026" in pypdf.PdfReader(io.BytesIO(answer.pdf)).pages[0].extract_text()


def test_a_letter_carries_address_and_response_code_d34() -> None:
    answer = ask(SOURCES, "print")
    assert isinstance(answer, Rendered)
    text = pypdf.PdfReader(io.BytesIO(answer.pdf)).pages[0].extract_text()
    for part in ("Ann", "12 Rue des Érables", "1000 Bruxelles", "BELGIQUE", "NT-4711"):
        assert part in text


@pytest.mark.parametrize(("address", "name"), [(None, "address"), (ADDRESS, "a letter that the font has")])
def test_a_letter_that_cannot_be_set_is_held_d34(address: dict[str, str] | None, name: str) -> None:
    first_name = "Ann" if address is None else "王"
    assert ask(SOURCES, "print", address=address, traits={"first_name": first_name}) == Missing(
        name, "print" if address is None else ""
    )


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 10, 2),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("ж" * 66 + "😀" * 34, 3),
        ("é" * 160, 1),
        ("ê" * 71, 2),
    ],
)
def test_an_sms_is_counted_in_segments(text: str, segments: int) -> None:
    answer = ask({"t.j2": "{% block sms %}" + text + "{% endblock %}"}, "sms", "t.j2")
    assert isinstance(answer, Rendered)
    assert answer.content["segments"] == segments


def test_a_no_break_space_does_not_make_an_sms_dearer() -> None:
    source = {"t.j2": "{% block sms %}{{ 29 | money }}" + "a" * 140 + "{% endblock %}"}
    answer = ask(source, "sms", "t.j2", locales=("fr-FR",))
    assert isinstance(answer, Rendered)
    assert answer.content["segments"] == 1


def test_an_sms_of_more_segments_than_providers_take_is_not_sent() -> None:
    answer = ask({"t.j2": "{% block sms %}" + "a" * 1531 + "{% endblock %}"}, "sms", "t.j2")
    assert answer == Broken("t.j2: TemplateFaultError: an SMS of 11 segments")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L\u2019été à Tromsø\u2026", "L'été à Tromsø..."),
        ("Façade \u2013 “crème brûlée”", 'Facade - "crème brulée"'),
        ("Œuvre, Łódź, Škoda", "OEuvre, Lodz, Skoda"),
        ("Привет 😀", "Привет 😀"),
    ],
)
def test_an_sms_can_be_put_into_letters_that_cost_less(text: str, expected: str) -> None:
    assert said("{{ event.x | gsm }}", event={"x": text}) == expected


def test_a_whole_sms_can_be_put_into_letters_that_cost_less() -> None:
    words = "{% set words %}Reçu ! {{ traits.first_name }}{% endset %}{{ words | gsm }}"
    answer = ask({"t.j2": "{% block sms %}" + words + "{% endblock %}"}, "sms", "t.j2", traits={"first_name": "Zoë"})
    assert isinstance(answer, Rendered)
    assert answer.content == {"text": "Recu ! Zoe", "segments": 1}


def test_an_email_without_a_text_block_has_a_text_part_all_the_same() -> None:
    email = (
        '<h1>Hello</h1><p>See <a href="https://trails.example/x">the trip</a>,<br>soon.</p>'
        "<ul><li>One</li><li>Two</li></ul>"
        '<div style="display:none">hidden</div><img src="https://trails.example/i.jpg" alt="A lake">'
    )
    source = {"t.j2": "{% block subject %}Hi{% endblock %}{% block email %}" + email + "{% endblock %}"}
    answer = ask(source, "email", "t.j2")
    assert isinstance(answer, Rendered)
    assert (
        answer.content["text"] == "Hello\n\nSee the trip (https://trails.example/x),\nsoon.\n\n- One\n- Two\n\nA lake"
    )


def test_an_email_is_made_robust() -> None:
    html = content("email")["html"]
    assert html.startswith('<!DOCTYPE html>\n<html lang="en-GB" dir="ltr"><head><meta charset="utf-8">')
    assert 'style="color: #00aa55;"' in html
    assert "@media (max-width: 600px)" in html
    assert ">How was Oslo?</div>" in html


def test_an_arabic_email_runs_from_right_to_left() -> None:
    answer = ask({"welcome.ar.j2": SOURCES["welcome.j2"], **SOURCES}, "email", locales=("ar", "en-GB"))
    assert isinstance(answer, Rendered)
    assert '<html lang="ar" dir="rtl">' in answer.content["html"]


def test_a_document_keeps_the_other_channels_out_of_an_email() -> None:
    assert "Welcome home, Ann!" not in content("email")["html"]


def test_what_a_base_sets_and_what_a_child_sets_is_known_in_blocks() -> None:
    sources = {
        "base.j2": "{% set greeting = 'Hello' %}{% macro to(name) %}{{ greeting }} {{ name }}{% endmacro %}"
        "{% block text %}{% endblock %}",
        "t.j2": "{% extends 'base.j2' %}{% set who = traits.first_name | default('you') %}"
        "{% block text %}{{ to(who) }}{% endblock %}",
    }
    answer = ask(sources, "note", "t.j2")
    assert isinstance(answer, Rendered)
    assert answer.content["text"] == "Hello Ann"


def test_a_placeholder_in_a_base_is_no_block() -> None:
    sources = {
        "base.j2": "{% block sms %} {% endblock %}{% block text %}{% endblock %}",
        "t.j2": "{% extends 'base.j2' %}{% block text %}Hi{% endblock %}",
    }
    assert isinstance(ask(sources, "sms", "t.j2"), Rendered)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("traits.tier == 'gold'", "no"),
        ("traits.tier != 'gold'", "no"),
        ("not traits.tier", "no"),
        ("not (traits.tier == 'gold')", "no"),
        ("traits.orders > 3", "no"),
        ("'ski' in traits.interests", "no"),
        ("'ski' not in traits.interests", "no"),
        ("'gold' in segments", "no"),
        ("'gold' not in segments", "no"),
        ("persona == 'family'", "no"),
        ("persona != 'family'", "no"),
        ("traits.tier == traits.other", "no"),
        ("traits.tier is even", "no"),
        ("traits.a and traits.b", "no"),
        ("traits.tier or true", "yes"),
        ("not (traits.tier and false)", "no"),
        ("traits.tier is defined", "no"),
        ("traits.first_name == 1", "no"),
        ("traits.first_name != 1", "no"),
        ("traits.first_name < 1", "no"),
    ],
)
def test_what_is_not_known_makes_nothing_true_b2(condition: str, expected: str) -> None:
    text = f"{{% if {condition} %}}yes{{% else %}}no{{% endif %}}"
    assert said(text, segments={"gold": None}) == expected


@pytest.mark.parametrize(
    ("wording", "expected"),
    [
        ("{{ 'b,a' | upper }}", "B,A"),
        ("{{ event.list | join(', ') }}", "b, a"),
        ("{{ event.list | sort | first }}", "a"),
        ("{{ event.list | length }}", "2"),
        ("{{ offers.tip | map(attribute='headline') | join }}", "Your car in Stockholm"),
        ("{{ 'a long sentence' | truncate(8) }}", "a long…"),
        ("{{ 3.14159 | round(2) }}", "3.14"),
        ("{{ 7 // 2 }} {{ 7 % 2 }} {{ 1 + 1 }} {{ -3 | abs }}", "3 1 2 3"),
        ("{{ 2.0 }}", "2"),
        ("{{ 'a b' | urlencode }}", "a%20b"),
        ("{{ traits.address.city }}", "Oslo"),
        ("{% for x in event.list %}{{ loop.index }}{{ x }}{% if loop.last %}.{% endif %}{% endfor %}", "1b2a."),
        ("{{ 'yes' if 1 < 2 < 3 else 'no' }}", "yes"),
        ("{{ event.list | map('upper') | join }}", "BA"),
        ("{{ event.list | select('equalto', 'a') | join }}{{ event.list | reject('eq', 'a') | join }}", "ab"),
        ("{{ event.list | select('in', ['b']) | join }}{{ event.list | reject('defined') | length }}", "b0"),
        ("{{ offers.tip | selectattr('price') | map(attribute='id') | join }}", "car"),
        ("{{ offers.tip | selectattr('id', 'equalto', 'car') | length }}", "1"),
        ("{{ offers.tip | rejectattr('id', 'equalto', 'car') | length }}", "0"),
        ("{{ offers.tip | rejectattr('nothing', 'equalto', 'sales') | list | length }}", "1"),
        ("{{ 'a & b' | e }}{{ 3 | string }}{{ '<' | escape }}", "a & b3<"),
        ("{{ 1 / 0 if true else 'x' }}{{ '' }}", None),
    ],
)
def test_harmless_filters_and_sums(wording: str, expected: str | None) -> None:
    data = {"event": {"list": ["b", "a"]}, "traits": {"address.city": "Oslo"}}
    if expected is None:
        assert isinstance(refused(wording, **data), Missing)
    else:
        assert said(wording, **data) == expected


@pytest.mark.parametrize(
    "wording",
    [
        "{{ traits }}",
        "{{ event.list | map('nonsense') | join }}",
        "{{ event.list }}",
        "{{ 1 == 1 }}",
        "{{ event.yes }}",
        "{% for x in 'abc' %}x{% endfor %}",
    ],
)
def test_nobody_sees_how_python_writes_a_value(wording: str) -> None:
    assert isinstance(refused(wording, event={"list": [1], "yes": True}), Broken)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 1e300, 10**400, -(10**30), b"x", object(), [], {}, [None]]
)
@pytest.mark.parametrize("form", ["", "| date", "| time", "| money", "| round", "| join(', ')", "| upper", "| length"])
def test_a_value_that_nobody_could_mean_breaks_nothing(value: object, form: str) -> None:
    for name in ("traits.birthday", "event.x", "event[event.x]", "event[[1]]", "(1 if [1] in segments else event.x)"):
        source = {"t.j2": f"{{% block text %}}{{{{ {name} {form} }}}}{{% endblock %}}"}
        data = {"event": {"x": value}, "traits": {"birthday": value}, "days": frozenset({"birthday"})}
        answer = ask(source, "note", "t.j2", **data)
        assert isinstance(answer, Missing | Broken) or answer.content["text"] == "0"


@pytest.mark.parametrize(
    "call", ["is defined 4", "is even 1", "is divisibleby", "| default(1, 2, 3)", "| upper(1)", "| money(no=1)"]
)
def test_arguments_that_nothing_takes_break_nothing(call: str) -> None:
    answer = ask({"t.j2": "{% block text %}x{{ 'y' if (4 " + call + ") else 'z' }}{% endblock %}"}, "note", "t.j2")
    assert isinstance(answer, Rendered | Missing | Broken)


@pytest.mark.parametrize(
    "source",
    [
        "{% if %}",
        "{% block text %}{% block text %}{% endblock %}{% endblock %}",
        "{% extends 'no.j2' %}",
        "{% extends 't.j2' %}",
        "",
    ],
)
def test_a_broken_template_fails_the_message(source: str) -> None:
    assert isinstance(ask({"t.j2": source}, "note", "t.j2"), Broken)


def test_a_template_that_is_not_there_fails_the_message() -> None:
    assert isinstance(ask({}, "note", "t.j2"), Broken)


def test_compiled_templates_say_the_same() -> None:
    request = RenderRequest("welcome.j2", "email", ("en-GB",), names(), links_allowed=HOSTS)
    brought = Templates(SOURCES, HOUSE.compiled())
    assert render(brought, request) == render(HOUSE, request)


def test_templates_compiled_by_another_interpreter_are_compiled_anew() -> None:
    request = RenderRequest("welcome.j2", "note", ("en",), names(), links_allowed=HOSTS)
    strange = {name: b"strange" + code for name, code in HOUSE.compiled().items()}
    assert isinstance(render(Templates(SOURCES, strange), request), Rendered)


@pytest.mark.parametrize(
    ("locale", "wording", "expected"),
    [
        ("en-GB", "{{ event.n }} {{ event.n | plural('day', 'days') }}", ["0 days", "1 day", "2 days", "5 days"]),
        ("fr", "{{ event.n }} {{ event.n | plural('nuit', 'nuits') }}", ["0 nuit", "1 nuit", "2 nuits", "5 nuits"]),
        ("pl", "{{ event.n }} {{ event.n | plural(one='noc', few='noce', many='nocy', other='nocy') }}",
         ["0 nocy", "1 noc", "2 noce", "5 nocy"]),
        ("ja", "{{ event.n }}{{ event.n | plural('泊', '泊') }}", ["0泊", "1泊", "2泊", "5泊"]),
    ],
)  # fmt: skip
def test_a_word_takes_the_form_that_its_count_asks_for(locale: str, wording: str, expected: list[str]) -> None:
    assert [said(wording, event={"n": count}, locales=(locale,)) for count in (0, 1, 2, 5)] == expected


@pytest.mark.parametrize("count", ["many", True, None, [1], {"a": 1}, 1e300])
def test_what_is_no_count_takes_no_form(count: object) -> None:
    assert isinstance(refused("{{ event.n | plural('night', 'nights') }}", event={"n": count}), Missing)
