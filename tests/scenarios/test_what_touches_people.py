"""What publishing lists of a catalogue that touches people, offer by offer and campaign by campaign."""

import pytest
from rapport_authoring.check import check

from tests.scenarios.test_scenarios import files_of

HELLO = "id: hello, kind: relationship, benefit: a welcome, content: {en-GB: {headline: Hello}}"
PLAN = "id: plan, kind: advice, benefit: a, when: traits.balance > 10, placements: [desk], content: {en-GB: {text: A}}"
STAY = "id: stay, kind: advice, benefit: a gift, when: traits.churn_risk > 0.5, content: {en-GB: {text: A}}"
NEAR = "id: near, purpose: marketing, kind: content, trigger: {event: Store Nearby}"
BASKET = "id: basket, purpose: marketing, kind: sales, just_viewed_hours: 0, trigger: {event: Cart Left}"
LOW = "id: low, purpose: service, kind: service, when: traits.balance < 5, trigger: {event: Bill Due}"
SENT = "channels: [email], template: note.j2"

TOUCHING = {
    "catalogue": {
        "offers/all.yaml": "\n".join(f"- {{{offer}}}" for offer in (HELLO, PLAN, STAY)),
        "campaigns/all.yaml": "\n".join(f"- {{{campaign}, {SENT}}}" for campaign in (NEAR, BASKET, LOW)),
    },
    "rapport": {"contact": {"caps": [], "first_contact": "sales-allowed"}},
}


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("plan", "sensitive"),
        ("stay", "predict"),
        ("near", "where the person is"),
        ("basket", "just looked at"),
        ("low", "sensitive"),
        ("no longer", "1 email a day"),
        ("first contact", "may sell"),
    ],
)
def test_publishing_lists_what_touches_people_e13(what: str, why: str) -> None:
    told = [f"{found.message} {found.hint}" for found in check(files_of(TOUCHING)).warnings]
    assert any(what in line and why in line for line in told), "\n".join(told)


READS = """{% block subject %}Yours{% endblock %}
{% block email %}{% if "risky" in segments %}We miss you{% endif %}{% if persona == "rich" %}Our best{% endif %} a word
<a href="{{ links.unsubscribe }}">Stop</a>{% endblock %}"""
SAYING = {
    "catalogue": {
        "segments/all.yaml": """
- {id: everybody, when: true}
- {id: risky, when: traits.churn_risk > 0.5}
- {id: wealthy, when: traits.balance > 1000}
- {id: rich, persona: true, when: '"wealthy" in segments'}""",
        "templates/reads.j2": READS,
        "campaigns/all.yaml": """
- {id: word, purpose: service, kind: service, trigger: {event: Go}, channels: [email], template: reads.j2}
- {id: news, purpose: marketing, kind: content, trigger: {segment: wealthy}, channels: [email], template: note.j2}""",
    }
}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("prediction-used", "campaign `word` reads the prediction `churn_risk`"),
        ("sensitive-read", "campaign `word` reads the sensitive trait `balance`"),
        ("out-of-mandate", "`traits.balance` may be used for service, not for marketing"),
    ],
)
def test_what_a_template_or_a_trigger_reads_through_segments_is_listed_too_e13(code: str, says: str) -> None:
    told = [(found.code.value, found.message) for found in check(files_of(SAYING)).warnings]
    assert (code, says) in told, told
