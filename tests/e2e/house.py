"""The house of these tests: the starter, with what single modules add to it where nothing of that bears on another.

It is published once. Whoever needs another catalogue names it `CATALOGUE`; it is live while that module is tested.
"""

from collections.abc import Mapping
from typing import Final

from rapport_authoring.local.house import starter_files

LEARN_PLACES = "- {id: learn-page, channel: web, count: 2, fallback: welcome-words, kinds: [content], learn: true}\n"
LEARN_OFFERS = """
- {id: learn-liked, kind: content, benefit: x, placements: [learn-page], content: {en-GB: {headline: A, text: A}}}
- {id: learn-ignored, kind: content, benefit: x, placements: [learn-page], content: {en-GB: {headline: B, text: B}}}
"""
VOICE_PLACES = """
- {id: voice-page, channel: web, count: 5, fallback: welcome-words}
- {id: voice-desk, channel: call, count: 5, fallback: listen-first}
- {id: voice-slot, channel: email, count: 1, kinds: [content, sales]}
"""
EVERYWHERE = "placements: [voice-page, voice-desk, voice-slot]"
VOICE_OFFERS = f"""
- {{id: voice-oslo, kind: sales, benefit: x, value: 99, about: {{intent: {{trip: oslo}}}}, {EVERYWHERE}, content: {{en-GB: {{headline: Oslo, text: Oslo}}}}}}
- {{id: voice-chamonix, kind: sales, benefit: x, value: 98, about: {{intent: {{trip: chamonix}}}}, {EVERYWHERE}, content: {{en-GB: {{headline: C, text: C}}}}}}
- {{id: voice-stockholm, kind: sales, benefit: x, value: 97, about: {{intent: {{trip: stockholm}}}}, {EVERYWHERE}, content: {{en-GB: {{headline: S, text: S}}}}}}
- {{id: voice-tables, kind: content, benefit: x, complements: {{trip: stockholm}}, {EVERYWHERE}, content: {{en-GB: {{headline: Tables, text: Tables}}}}}}
- {{id: voice-car, kind: sales, benefit: x, about: {{sku: voice-car-1}}, complements: {{trip: stockholm}}, {EVERYWHERE}, content: {{en-GB: {{headline: Car, text: Car}}}}}}
"""  # noqa: E501  # one offer a line
VOICE_CAMPAIGNS = """
- {id: voice-mail, purpose: service, kind: content, trigger: {event: Voice Asked, key: ask}, channels: [email], offers: {tip: {placement: voice-slot, count: 5}}, template: voice.j2}
- {id: voice-text, purpose: service, kind: content, trigger: {event: Voice Asked, key: ask}, channels: [sms], offers: {tip: {placement: voice-slot, count: 5}}, template: voice.j2}
- {id: voice-later, purpose: marketing, kind: sales, about: {intent: {trip: oslo}}, trigger: {event: Voice Planned, key: plan}, after: 5h, channels: [email], template: voice-later.j2}
"""  # noqa: E501  # one campaign a line
VOICE_TEMPLATE = """{% block subject %}A word{% endblock %}
{% block email %}<p>{% for offer in offers.tip %}{{ offer.headline }}{% endfor %}</p>
<a href="{{ links.unsubscribe }}">No more</a>{% endblock %}
{% block text %}{% for offer in offers.tip %}{{ offer.headline }}{% endfor %}{% endblock %}
"""
VOICE_LATER = """{% block subject %}Oslo{% endblock %}
{% block email %}<p>Oslo waits</p><a href="{{ links.unsubscribe }}">No more</a>{% endblock %}
"""
USUAL: Final[Mapping[str, str]] = {
    **starter_files(),
    "placements/learn.yaml": LEARN_PLACES,
    "offers/learn.yaml": LEARN_OFFERS,
    "placements/voice.yaml": VOICE_PLACES,
    "offers/voice.yaml": VOICE_OFFERS,
    "campaigns/voice.yaml": VOICE_CAMPAIGNS,
    "templates/voice.j2": VOICE_TEMPLATE,
    "templates/voice-later.j2": VOICE_LATER,
}
