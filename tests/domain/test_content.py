"""What an offer says: locale, channel, variants, and why."""

from typing import Any

import pytest
from msgspec import structs
from rapport.domain.content import chain, locale_for, why, wording

from tests.domain.trails import NOW, chosen, looked, offer, publish, pulled, pushed, someone

GOLD = 'traits.tier == "gold"'
PHOTO = {"src": "https://trails.example/car.jpg", "alt": "A small red car"}
GOLD_PHOTO = {"src": "https://trails.example/gold.jpg", "alt": "A golden car"}


def said(content: dict[str, Any], channel: str = "web", **more: Any) -> dict[str, Any]:
    """The content that a person of `traits` sees on a channel."""
    catalogue = publish(offer("x", content=content, variants=more.get("variants", [])))
    traits = more.get("traits", {})
    seen = looked(someone(traits=traits), catalogue, channel=channel, context=more.get("context"))
    found = catalogue.offers["x"]
    locale = locale_for(found, chain(traits.get("locale"), "en-GB"), channel)
    return wording(found, locale or "", seen, channel).content


@pytest.mark.parametrize(
    ("locale", "tried"),
    [
        ("fr-BE", ("fr-BE", "fr", "en-GB")),
        ("fr_be", ("fr-BE", "fr", "en-GB")),
        ("FR", ("fr", "en-GB")),
        ("zh-hans-cn", ("zh-Hans-CN", "zh", "en-GB")),
        ("en-GB", ("en-GB", "en")),
        (None, ("en-GB",)),
        (7, ("en-GB",)),
    ],
)
def test_the_language_follows_the_person_then_the_house_d18(locale: object, tried: tuple[str, ...]) -> None:
    assert chain(locale, "en-GB") == tried


@pytest.mark.parametrize(
    ("content", "channel", "locale"),
    [
        ({"fr-BE": {"headline": "a"}, "fr": {"headline": "b"}}, "web", "fr-BE"),
        ({"fr": {"headline": "b"}, "en-GB": {"headline": "c"}}, "web", "fr"),
        ({"de": {"headline": "d"}, "en-GB": {"headline": "c"}}, "web", "en-GB"),
        ({"fr": {"headline": "b"}, "en-GB": {"headline": "c", "text": "t"}}, "sms", "en-GB"),
        ({"fr": {"headline": "b", "sms": {"text": "s"}}, "en-GB": {"text": "t"}}, "sms", "fr"),
        ({"fr": {"headline": "b"}, "en-GB": {"headline": "c"}}, "sms", "fr"),
        ({"fr": {"link": "https://trails.example"}, "en-GB": {"headline": "c"}}, "web", "en-GB"),
        ({"de": {"headline": "d"}}, "web", None),
    ],
)
def test_the_first_locale_complete_for_the_channel_wins_whole_d18(
    content: dict[str, Any], channel: str, locale: str | None
) -> None:
    found = publish(offer("x", content=content)).offers["x"]
    assert locale_for(found, ("fr-BE", "fr", "en-GB"), channel) == locale


def test_elements_differ_per_channel_where_they_must_d1() -> None:
    content = {"en-GB": {"headline": "Your car", "text": "Long", "sms": {"text": "Short"}}}
    assert said(content, "sms") == {"headline": "Your car", "text": "Short"}


def test_no_channel_sees_what_is_another_channels() -> None:
    assert said({"en-GB": {"text": "Long", "sms": {"text": "Short"}}}) == {"text": "Long"}


PRICE = {"amount": 29.0, "currency": "EUR"}
LESS = {"amount": 25.0, "currency": "EUR"}
CAR = {"en-GB": {"headline": "Car", "price": PRICE, "image": PHOTO}, "fr": {"headline": "Auto", "price": PRICE}}


@pytest.mark.parametrize(
    ("rule", "traits", "context", "content"),
    [
        ({"price": LESS}, {"tier": "gold"}, {}, {"headline": "Car", "price": LESS, "image": PHOTO}),
        ({"price": LESS}, {"tier": "silver"}, {}, {"headline": "Car", "price": PRICE, "image": PHOTO}),
        ({"price": LESS}, {}, {}, {"headline": "Car", "price": PRICE, "image": PHOTO}),
        ({"price": LESS}, {"tier": "gold", "locale": "fr"}, {}, {"headline": "Auto", "price": LESS}),
        ({"headline": "Gold"}, {"tier": "gold"}, {}, {"headline": "Gold", "price": PRICE, "image": PHOTO}),
        ({"headline": "Gold"}, {"tier": "gold", "locale": "fr"}, {}, {"headline": "Auto", "price": PRICE}),
        ({"image": GOLD_PHOTO}, {"tier": "gold"}, {}, {"headline": "Car", "price": PRICE, "image": GOLD_PHOTO}),
    ],
)
def test_elements_vary_by_rule_in_their_language_d17_d20_d21(
    rule: dict[str, Any], traits: dict[str, Any], context: dict[str, Any], content: dict[str, Any]
) -> None:
    found = said(CAR, variants=[{"when": GOLD, "set": rule}], traits=traits, context=context)
    assert found == content


def test_the_first_variant_wins_for_what_it_sets_and_the_next_for_the_rest_d17() -> None:
    variants = [{"when": GOLD, "set": {"price": LESS}}, {"when": True, "set": {"price": PRICE, "text": "More"}}]
    assert said(CAR, variants=variants, traits={"tier": "gold"}) == {
        "headline": "Car", "price": LESS, "image": PHOTO, "text": "More",
    }  # fmt: skip


def test_a_variant_of_a_locale_speaks_that_language_d17() -> None:
    variants = [{"when": GOLD, "locale": "fr", "set": {"headline": "Or"}}]
    found = [said(CAR, variants=variants, traits={"tier": "gold", "locale": name})["headline"] for name in ("fr", "en")]
    assert found == ["Or", "Car"]


AR = [{"when": "context.ar == true", "set": {"ar": "https://trails.example/car.usdz"}}]


@pytest.mark.parametrize(("context", "shown"), [({"ar": True}, True), ({"ar": 1}, False), ({}, False)])
def test_a_device_that_can_show_ar_gets_it_others_the_text_c23(context: dict[str, Any], shown: bool) -> None:
    assert ("ar" in said(CAR, variants=AR, context=context)) is shown


def test_a_variant_by_something_sensitive_does_not_show_on_open_channels() -> None:
    variants = [{"when": 'traits.health == "ill"', "set": {"text": "Get well"}}]
    content = {"en-GB": {"text": "Hello"}}
    found = [said(content, channel, variants=variants, traits={"health": "ill"})["text"] for channel in ("web", "sms")]
    assert found == ["Get well", "Hello"]


def test_a_variants_text_counts_on_channels_with_a_text_of_their_own_d2_d3() -> None:
    content = {"en-GB": {"text": "5% off your car", "sms": {"text": "5% off"}}}
    variants = [{"when": GOLD, "set": {"text": "10% off"}}]
    found = [said(content, channel, variants=variants, traits={"tier": "gold"}) for channel in ("sms", "print")]
    assert found == [{"text": "10% off"}] * 2


def test_web_email_and_sms_name_the_same_offer_and_price_a5_d2_d21() -> None:
    catalogue = publish(
        offer("car", value=2, content=CAR | {"en-GB": {**CAR["en-GB"], "text": "A car"}}, variants=[
            {"when": GOLD, "set": {"price": LESS}}]),
        offer("other"),
    )  # fmt: skip
    person = someone(traits={"tier": "gold"}, purchased=True)
    decisions = [pulled(person, catalogue), *(pushed(person, catalogue, channel) for channel in ("email", "sms"))]
    found = [(one.placements[0].choices[0].offer, one.placements[0].choices[0].content["price"]) for one in decisions]
    assert found == [("car", LESS)] * 3


def test_an_offer_edited_once_changes_everywhere_d32() -> None:
    edited = publish(offer("car", content={"en-GB": {"headline": "Now 20%", "text": "t"}}))
    person = someone(purchased=True)
    decisions = [pulled(person, edited), pushed(person, edited), pushed(person, edited, "sms")]
    assert {one.placements[0].choices[0].content["headline"] for one in decisions} == {"Now 20%"}


@pytest.mark.parametrize(
    ("words", "locale", "sentence"),
    [
        ({"en-GB": "Because you are going"}, None, "Because you are going"),
        ({"en-GB": "Because", "fr": "Parce que"}, "fr-BE", "Parce que"),
        ({}, None, "We show you this for what it gives you: 15% off a car."),
        ({}, "fr", "Nous vous le proposons pour ce que vous y gagnez : 15% off a car."),
    ],
)
def test_everything_shown_says_why_a9(words: dict[str, str], locale: str | None, sentence: str) -> None:
    content = {"en-GB": {"headline": "Car"}, "fr": {"headline": "Auto"}}
    catalogue = publish(offer("x", benefit="15% off a car.", why=words, content=content))
    person = someone(traits={"locale": locale} if locale else {})
    assert pulled(person, catalogue).placements[0].choices[0].why == sentence


def test_the_why_survives_braces_in_a_benefit() -> None:
    benefit = structs.replace(publish(offer("x")).offers["x"], benefit="{0.__class__}")
    assert why(benefit, ("en-GB",), "en-GB").endswith("{0.__class__}.")


def test_a_fallback_speaks_the_language_it_has_a8() -> None:
    catalogue = publish()
    only_german = structs.replace(catalogue.offers["welcome"], content={"de": {"headline": "Hallo"}})
    found = pulled(someone(), structs.replace(catalogue, offers={"welcome": only_german}), moment=NOW)
    assert (chosen(found), found.placements[0].choices[0].content) == (["welcome"], {"headline": "Hallo"})
