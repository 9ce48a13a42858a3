"""Checked documents become the core's catalogue: defaults filled in, local times resolved, modes derived."""

import pytest
from rapport.domain import moment
from rapport.domain.campaign import Campaign
from rapport.domain.catalogue import Catalogue
from rapport.domain.house import ChannelCap, ContactPolicy, Holdout
from rapport.domain.offer import Offer

from tests.catalogue.little_house import checked

OFFER = "id: try\nkind: sales\nbenefit: A try\nplacements: [slot]\ncontent: {en-GB: {headline: Try}}\n"
CAMPAIGN = "id: try\npurpose: service\nkind: service\nchannels: [email]\ntemplate: birthday.j2\n"
PREDICTED = """\
declared: {tier: {type: string, one_of: [none, silver, gold]}, city: {type: string, category: true},
           birthday: {type: date}, first_name: {type: string}, debt: {type: number, sensitive: true}}
computed: {orders: {count: Order Completed}}
predicted: {churn: {type: number}}
"""


def compiled(**files: str) -> Catalogue:
    result = checked(files)
    assert result.catalogue is not None, result.errors
    return result.catalogue


def offer(more: str, **files: str) -> Offer:
    return compiled(**{"offers/try.yaml": OFFER + more, **files}).offers["try"]


def campaign(more: str, **files: str) -> Campaign:
    return compiled(**{"campaigns/try.yaml": CAMPAIGN + more, **files}).campaigns["try"]


def test_a_house_that_says_nothing_has_the_contact_policy_of_the_contract() -> None:
    assert compiled().house.contact == ContactPolicy()


def test_a_house_without_a_holdout_holds_nobody_out() -> None:
    assert compiled().house.holdout == Holdout(0.0, "")


def test_a_rule_of_the_contact_policy_is_switched_off_by_null() -> None:
    files = {"rapport.yaml": "name: X\nlinks: [house.example]\ntopics: [news]\ncontact: {sales_share: null}"}
    assert compiled(**files).house.contact.sales_share is None


def test_caps_that_are_written_take_the_place_of_the_default_ones() -> None:
    files = {"rapport.yaml": "name: X\nlinks: [house.example]\ncontact: {caps: [{channel: sms, at_most: 1, days: 30}]}"}
    assert compiled(**files).house.contact.caps == (ChannelCap("sms", 1, 30),)


def test_purposes_that_are_left_out_are_those_of_the_contract_e12() -> None:
    purposes = compiled().house.purposes
    assert [name for name, purpose in purposes.items() if purpose.basis == "contract"] == ["service"]
    assert {"marketing", "personalisation", "profiling", "partner", "proximity", "tracking"} < purposes.keys()


def test_a_house_always_has_the_purpose_service() -> None:
    files = {"rapport.yaml": "name: X\nlinks: [house.example]\npurposes: {marketing: {basis: consent}}"}
    assert compiled(**files).house.purposes["service"].basis == "contract"


def test_a_source_of_the_house_takes_the_place_of_the_default_one() -> None:
    files = {"rapport.yaml": "name: X\nlinks: [house.example]\nsources: {crm: {rank: 5, certainty: 0.7}}"}
    sources = compiled(**files).house.sources
    assert (sources["crm"].rank, sources["behaviour"].certainty) == (5, 0.6)


def test_a_campaign_may_choose_its_brand_by_rule_d15() -> None:
    rules = "trigger: {event: Signed Up}\nbrand: [{when: 'traits.tier == \"gold\"', brand: plain}, {brand: plain}]"
    assert [rule.when is None for rule in campaign(rules).brand] == [False, True]


# ---- times


def test_an_offer_begins_at_midnight_where_the_house_is() -> None:
    assert offer("from: 2026-11-01").starts_at == moment.parse("2026-11-01T00:00:00+01:00")


def test_an_offer_lasts_to_the_end_of_its_last_day() -> None:
    midnight = moment.parse("2026-12-01T00:00:00+01:00")
    assert midnight - 1 < (offer("until: 2026-11-30").ends_at or 0) < midnight


def test_an_offer_of_one_day_is_valid_that_day() -> None:
    one_day = offer("from: 2026-11-30\nuntil: 2026-11-30")
    assert moment.DAY - 1 < (one_day.ends_at or 0) - (one_day.starts_at or 0) < moment.DAY


def test_a_moment_with_an_offset_is_that_moment() -> None:
    assert offer("until: 2027-03-31T23:59:59+01:00").ends_at == moment.parse("2027-03-31T22:59:59Z")


def test_a_moment_without_an_offset_is_the_houses_local_time() -> None:
    assert offer("from: 2026-07-01T09:00").starts_at == moment.parse("2026-07-01T07:00:00Z")


@pytest.mark.parametrize(("written", "seconds"), [("30m", 1800.0), ("24h", 86400.0), ("7d", 604800.0)])
def test_a_duration_is_seconds(written: str, seconds: float) -> None:
    assert campaign(f"trigger: {{event: Signed Up}}\nafter: {written}").after == seconds


def test_a_time_of_day_is_minutes() -> None:
    assert campaign("trigger: {event: Signed Up}\nat: 09:30").at == 570


# ---- events and traits


def test_a_choice_lasts_thirty_days_and_a_complaint_ninety_when_nothing_is_said() -> None:
    events = compiled().events
    assert (events["Trip Booked"][0].days, events["Complaint Reported"][0].days) == (30, 90)


@pytest.mark.parametrize(
    ("event", "trusted"),
    [("Trip Booked", True), ("Complaint Reported", True), ("Order Completed", True), ("Trip Searched", False)],
)
def test_what_changes_much_counts_from_trusted_callers_only(event: str, trusted: bool) -> None:
    assert compiled().events[event][0].trusted is trusted


def test_segments_own_events_have_their_meaning_c17() -> None:
    events = compiled().events
    found = {name: events[name][0].means for name in ("Order Completed", "Order Refunded", "Product Viewed")}
    assert found == {"Order Completed": "purchase", "Order Refunded": "return", "Product Viewed": "view"}


def test_a_teams_own_definition_takes_the_place_of_the_default_one() -> None:
    own = "- {event: Order Completed, means: purchase, sku: article, items: lines}"
    events = compiled(**{"events.yaml": own}).events
    assert [(definition.sku, definition.items) for definition in events["Order Completed"]] == [("article", "lines")]


def test_an_event_may_mean_two_things() -> None:
    chooses = "- {event: Trip Booked, means: chooses, intent: trip, choice: city}"
    both = f"- {{event: Trip Booked, means: purchase, sku: trip}}\n{chooses}"
    events = compiled(**{"events.yaml": both}).events
    assert [definition.means for definition in events["Trip Booked"]] == ["purchase", "chooses"]


def test_a_computed_trait_has_the_type_of_its_operator() -> None:
    traits = compiled().traits
    assert {name: traits[name].type for name in ("orders", "soap_due_at")} == {
        "orders": "integer",
        "soap_due_at": "timestamp",
    }


def test_personas_come_in_order_of_priority_then_of_the_file_b5() -> None:
    order = (("c", 2), ("b", 1), ("a", 2))
    personas = "\n".join(f"- {{id: {name}, persona: true, priority: {priority}}}" for name, priority in order)
    assert compiled(**{"segments/p.yaml": personas}).personas == ("b", "c", "a")


# ---- defaults of campaigns and offers


def test_service_is_sent_again_in_doubt_and_everything_else_dropped() -> None:
    service = campaign("trigger: {event: Signed Up}")
    assert (service.in_doubt, compiled().campaigns["birthday"].in_doubt) == ("resend", "drop")


def test_a_segment_trigger_reaches_a_person_once_in_thirty_days() -> None:
    assert campaign("trigger: {segment: gold}").again_after_days == 30


def test_a_price_is_in_the_houses_currency() -> None:
    content = "content: {en-GB: {headline: Try, price: {amount: 3}, sms: {price: {amount: 2, currency: SEK}}}}"
    body = OFFER.replace("content: {en-GB: {headline: Try}}", content)
    elements = compiled(**{"offers/try.yaml": body}).offers["try"].content["en-GB"]
    assert (elements["price"], elements["sms"]["price"]) == (
        {"amount": 3.0, "currency": "EUR"},
        {"amount": 2.0, "currency": "SEK"},
    )


# ---- modes


@pytest.mark.parametrize(
    ("more", "mode"),
    [
        ("", "mass"),
        ("when: 'context.device == \"mobile\"'", "mass"),
        ("when: 'traits.city == \"Oslo\"'", "mass"),
        ("when: 'traits.tier == \"gold\"'", "individual"),
        ("unless: 'traits.tier == \"gold\"'", "individual"),
        ("when: 'has(traits.tier)'", "individual"),
        ("when: '\"gold\" in segments'", "individual"),
        ("when: '\"team-9\" in groups'", "individual"),
        ("when: '\"soap\" in owned'", "individual"),
        ("when: 'size(intents.trip.chosen) > 0'", "individual"),
        ("complements: {trip: oslo}", "individual"),
        ("when: 'traits.churn > 0.5'", "predictive"),
        ("when: '\"leaving\" in segments'", "predictive"),
        ("when: 'persona == \"a\"'", "predictive"),
        ("context_weight: {'traits.churn > 0.5': 2.0}", "mass"),
        ("variants: [{when: 'traits.churn > 0.5', set: {headline: Stay}}]", "mass"),
    ],
)
def test_the_mode_of_an_offer_is_the_most_personal_thing_that_decides_a25(more: str, mode: str) -> None:
    segments = "- {id: leaving, when: 'traits.churn > 0.9'}\n- {id: a, persona: true, when: '\"leaving\" in segments'}"
    assert offer(more, **{"traits.yaml": PREDICTED, "segments/more.yaml": segments}).mode == mode


def test_the_audience_of_a_broadcast_decides_its_mode() -> None:
    trigger = 'trigger: {schedule: "2026-12-01T09:00", audience: gold}'
    assert campaign(trigger).mode == "individual"


def test_a_sensitive_trait_marks_the_offer_through_a_segment() -> None:
    segments = "- {id: in-debt, when: 'traits.debt > 100.0'}"
    more = "when: '\"in-debt\" in segments'"
    assert offer(more, **{"traits.yaml": PREDICTED, "segments/more.yaml": segments}).sensitive


def test_the_same_files_compile_to_the_same_catalogue() -> None:
    assert compiled() == compiled()
