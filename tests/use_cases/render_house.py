"""A house to render for: its brand base, one template with every channel, and a person."""

from typing import Any

from rapport.render import Broken, Missing, Rendered, RenderRequest, Templates, render

HOSTS = ("trails.example", "www.trails.example")
ADDRESS = {"street": "12 Rue des Érables", "postal_code": "1000", "city": "Bruxelles", "country": "Belgique"}

BASE = """<html><head><style>
body { font-family: sans-serif } h1 { color: {{ brand.colour | default("#333") }} }
@media (max-width: 600px) { h1 { font-size: 20px } }
</style></head><body>
{% block email %}{% endblock %}
<p><a href="{{ links.unsubscribe }}">Unsubscribe</a> <a href="{{ links.why }}">Why this message?</a></p>
</body></html>"""

WELCOME = """{% extends "brand/base.j2" %}
{% block subject %}Welcome home{% if traits.first_name %}, {{ traits.first_name }}{% endif %}{% endblock %}
{% block preheader %}How was {{ event.place | default("your trip") }}?{% endblock %}
{% block email %}
<h1>Good to have you back, {{ traits.first_name | default("traveller") }}</h1>
{% if traits.job_title %}<p>A {{ traits.job_title }} like you needs rest.</p>
{% else %}<p>You have earned a rest.</p>{% endif %}
{% for offer in offers.tip %}
<p><img src="{{ offer.image.src }}" alt="{{ offer.image.alt }}">{{ offer.headline }} ({{ offer.price | money }})
<a href="{{ offer.link }}" title="{{ offer.headline }}">Have a look</a></p>
{% endfor %}
{% if "gold" in segments %}<p>10% off for gold card holders</p>{% endif %}
{% endblock %}
{% block text %}Welcome home, {{ traits.first_name | default("traveller") }}!
{% if "gold" in segments %}10% off for gold card holders{% endif %}
{% for offer in offers.tip %}{{ offer.headline }}: {{ offer.price | money }} {{ offer.link }}{% endfor %}{% endblock %}
{% block sms %}Welcome home{{ ", " ~ traits.first_name if traits.first_name else "" }}!
{%- for offer in offers.tip %} {{ offer.headline }} {{ offer.price | money }}{% endfor %}
{%- if "gold" in segments %} 10% off for gold card holders{% endif %}{% endblock %}
"""

SOURCES = {"brand/base.j2": BASE, "welcome.j2": WELCOME}

HOUSE = Templates(SOURCES)

OFFER = {
    "id": "car",
    "headline": "Your car in Stockholm",
    "text": "Pick it up at the airport.",
    "image": {"src": "https://trails.example/car.jpg", "alt": "A small red car"},
    "price": {"amount": 29, "currency": "EUR", "per": "day"},
    "link": "https://trails.example/cars?city=stockholm&n=1",
    "why": "Because you are going to Stockholm",
    "benefit": "15% off a rental car",
}
LINKS = {
    "unsubscribe": "https://api.example/u/t1",
    "preferences": "https://api.example/p/t1",
    "why": "https://api.example/why/t1",
}


def names(**more: Any) -> dict[str, object]:
    """What a template may read of Ann, with some of it replaced."""
    person: dict[str, object] = {
        "traits": {"first_name": "Ann"},
        "segments": {"gold": True, "lapsed": None, "family": False},
        "persona": None,
        "event": {"place": "Oslo"},
        "offers": {"tip": [OFFER]},
        "campaign": {"id": "welcome"},
        "variant": None,
        "brand": {"name": "Nordic Trails", "colour": "#00aa55", "postal": "1 Rue des Alpes, 73000 Chambery"},
        "links": LINKS,
    }
    return person | more


def ask(
    sources: dict[str, str] | Templates, channel: str, template: str = "welcome.j2", **more: Any
) -> Rendered | Missing | Broken:
    """Render a template of some sources; names and fields of the request by keyword."""
    fields = {key: more.pop(key) for key in list(more) if key in RenderRequest.__struct_fields__}
    request = {
        "locales": ("en-GB",),
        "timezone": "Europe/Paris",
        "links_allowed": HOSTS,
        "address": ADDRESS,
        "code": "NT-4711",
        "names": names(**more),
    } | fields
    templates = sources if isinstance(sources, Templates) else Templates(sources)
    return render(templates, RenderRequest(template, channel, **request))


def said(wording: str, channel: str = "sms", **more: Any) -> str:
    """What a wording comes to on a channel of plain text."""
    answer = ask({"t.j2": f"{{% block text %}}{wording}{{% endblock %}}"}, channel, "t.j2", **more)
    assert isinstance(answer, Rendered), answer
    return str(answer.content["text"])


def refused(wording: str, **more: Any) -> Missing | Broken:
    """Why a wording comes to nothing."""
    answer = ask({"t.j2": f"{{% block text %}}{wording}{{% endblock %}}"}, "note", "t.j2", **more)
    assert not isinstance(answer, Rendered), answer
    return answer


def content(channel: str, **more: Any) -> dict[str, Any]:
    """The content of the welcome message on a channel."""
    answer = ask(HOUSE, channel, **more)
    assert isinstance(answer, Rendered), answer
    return answer.content
