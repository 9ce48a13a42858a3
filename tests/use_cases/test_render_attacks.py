"""Hostile values through every channel: no element, attribute, header or link comes of data."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from typing import Any

import html5lib
import pytest
from rapport.render import Broken, Missing, Rendered, RenderRequest, Templates, render

from tests.use_cases.render_house import HOSTS, LINKS, OFFER, SOURCES, ask, content, names

MARKUP = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<b>Ann</b>",
    "</p><h1>Ann",
    "<!-- Ann",
    "-->Ann",
    "<![CDATA[Ann]]>",
    "<!DOCTYPE x>",
    "<?php x ?>",
    "<a href=x>Ann</a>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '" style="display:none',
    "` onload=alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "&#x3c;b&#x3e;",
    "&quot; onclick=x",
    "<scr<script>ipt>",
    "<SCRIPT SRC=//evil.example>",
    "<iframe srcdoc='x'>",
    "<math><mi href=x>",
    "<style>*{display:none}</style>",
    "<base href=x>",
    "<meta http-equiv=refresh content=0>",
    "<form action=x><input>",
    "<xmp>",
    '<noscript><p title="</noscript><img src=x>">',
    "<template>",
    "<plaintext>",
    "<textarea>",
    "</body></html>",
    "<table><td>",
    "<o:p>",
    "<![if mso]>",
    "[if mso]><b>",
    "<body onload=x>",
    "<link rel=stylesheet href=x>",
    "<object data=x>",
    "<embed src=x>",
    "<marquee onstart=x>",
    "<details open ontoggle=x>",
    "<video><source onerror=x>",
    "<input autofocus onfocus=x>",
    "</style>Ann",
    "\u003cscript\u003e",
    "\uff1cscript\uff1e",
    "<\x00script>",
    "<a\x0bhref=x>",
    "{{ 7 * 7 }}x",
    "{% raw %}x",
    "{# x #}y",
    "${7*7}",
    "#{7*7}",
    "%{x}",
    "{{ self }}",
    "{{ ''.__class__.__mro__ }}",
    "{% include 'brand/base.j2' %}",
    "__import__('os')",
]
HEADERS = [
    "Ann\r\nBcc: x@evil.example",
    "Ann\nBcc: x@evil.example",
    "Ann\rBcc: x@evil.example",
    "Ann%0d%0aBcc: x@evil.example",
    "Ann\x0bBcc: x",
    "Ann\x0cBcc: x",
    "Ann\x1cBcc: x",
    "Ann\x1dBcc: x",
    "Ann\x1eBcc: x",
    "Ann\x85Bcc: x",
    "Ann\u2028Bcc: x",
    "Ann\u2029Bcc: x",
    "=?utf-8?q?Hi=0D=0ABcc:_x@y?=",
    "=?utf-8?b?SGkNCkJjYzogeEB5?=",
    "=?us-ascii?Q?=0ABcc=3A_x?=",
    "=\u200b?utf-8?q?Hi=0D=0ABcc:_x@y?=",
    "=\x00?utf-8?q?=0ABcc:_x?=",
    "=\n?utf-8?q?=0ABcc:_x?=",
    "=\u00ad?utf-8?q?=0ABcc:x?=",
    "==??utf-8?q?=0ABcc:_x?==",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3F=0D=0ABcc:_x=3F=3D?=",
    "Ann\r\n\r\n<html>",
    "\r\n.\r\n",
    "Ann\udc0aBcc: x",
    "A" * 5000,
    "Ann\tBcc: x",
    "\u202eexe.nnA",
    "=?UTF-7?Q?+AA0ACg-Bcc:x?=",
    "Ann\x7f\x9b31m",
]
LINKS_ASTRAY = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript&colon;alert(1)",
    "vbscript:x",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "blob:https://trails.example/x",
    "file:///etc/passwd",
    "http://evil.example/",
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "\\\\evil.example\\",
    "/\\evil.example/",
    "https:\\\\evil.example/",
    "https:/evil.example/",
    "https:evil.example",
    "https:///evil.example/",
    "https://trails.example@evil.example/",
    "https://trails.example:x@evil.example/",
    "https://evil.example#@trails.example/",
    "https://evil.example\\@trails.example/",
    "https://trails.example.evil.example/",
    "https://eviltrails.example/",
    "https://trails.example\\.evil.example/",
    "https://trails.example:8443@evil.example/",
    "https://tr\u0430ils.example/",
    "https://trails.example\u3002evil.example/",
    "https://trails\uff0eexample.evil.example/",
    "https://trails.example%2eevil.example/",
    "https://trails.example\u200b.evil.example/",
    "https://trails.example/\u202egpj.exe",
    "https://trails.example/ onclick=x",
    'https://trails.example/"onclick="x',
    "https://trails.example/<script>",
    "http://trails.example/",
    "HTTPS://EVIL.EXAMPLE/",
    "ht\ntps://evil.example/",
    "ftp://trails.example/",
    "mailto:x@evil.example?bcc=y",
    "tel:+44900",
    "sms:+44900",
    "intent://evil#Intent;end",
    "www.evil.example",
    "evil.example/x",
    "https://trails.example./x",
    "https://trails.example:444/",
    "https://[::1]/",
    "https://0x7f.1/",
    "https://trails.example?@evil.example\n",
    "?next=https://evil.example",
    "/relative",
    "https://user@trails.example/",
    "https://-trails.example/",
    "https://",
]
HOSTILE = [*MARKUP, *HEADERS, *LINKS_ASTRAY]
TAGS = ("img", "svg", "a", "body", "input", "details", "video", "iframe", "object", "marquee", "select", "math")
BREAKS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\r\n ", "%0a")
SCHEMES = (
    "javascript",
    "livescript",
    "data",
    "blob",
    "file",
    "ftp",
    "ws",
    "gopher",
    "intent",
    "chrome",
    "jar",
    "smb",
    "about",
)
MADE = [
    *(f"{before}<{tag} onload=alert(1) onerror=alert(1)>" for tag in TAGS for before in ("", '">', "'>", "</title>")),
    *(f"Ann{line}{name}: y@evil.example" for line in BREAKS for name in ("Bcc", "Content-Type", "List-Unsubscribe")),
    *(f"=?{charset}?{way}?=0D=0ABcc:_x?=" for charset in ("utf-8", "iso-8859-1", "utf-16", "big5") for way in "qQbB"),
    *(
        shape.format(scheme)
        for scheme in SCHEMES
        for shape in ("{}:x", "{}://evil.example/", "\t{}:x", "{}\u200b:x", "{}:%78")
    ),
]
"""The same tricks in every combination."""
CHANNELS = ("email", "web", "sms", "push", "whatsapp", "note", "call", "social")

SHAPE = """{% extends "brand/base.j2" %}
{% block subject %}For {{ event.value | default("you") }}{% endblock %}
{% block preheader %}About {{ event.value | default("you") }}{% endblock %}
{% block email %}<h1 title="{{ event.value | default("you") }}">{{ event.value | default("you") }}</h1>
{{ event.value | default("you") | upper }} {{ "<i>" ~ event.value | default("you") }}
<a href="{{ event.value | default("") }}">A</a>
<a href="https://trails.example/?q={{ event.value | default("") | urlencode }}">B</a>
<a href="https://trails.example/{{ event.value | default("") }}">C</a>
{% for offer in offers.tip %}<a href="{{ offer.link | default("") }}"><img src="{{ offer.image.src | default("") }}"
 alt="{{ offer.headline | default("a car") }}"></a>{% endfor %}{% endblock %}
{% block web %}<p class="{{ event.value | default("you") }}">{{ event.value | default("you") }}
<a href="{{ event.value | default("") }}">A</a></p>{% endblock %}
{% block text %}For {{ event.value | default("you") }}:
{%- for offer in offers.tip %} {{ offer.link | default("no link") }}{% endfor %}{% endblock %}"""
ATTACKED = Templates(SOURCES | {"t.j2": SHAPE})


@cache
def attacked(value: str, channel: str) -> dict[str, Any]:
    value = value[:1000] if channel == "sms" else value  # a longer one is refused as a whole
    offer = OFFER | {"link": value, "headline": value, "image": {"src": value, "alt": value}}
    answer = ask(ATTACKED, channel, "t.j2", event={"value": value}, offers={"tip": [offer]})
    assert isinstance(answer, Rendered), answer
    return answer.content


def structure(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every element with its attributes' names, as a browser reads them; links and images may be gone."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    return [(str(part.tag), tuple(sorted(set(part.attrib) - {"href", "src"}))) for part in tree.iter()]


def addresses(html: str) -> list[str]:
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    return [part.attrib[name] for part in tree.iter() for name in ("href", "src", "background") if name in part.attrib]


def is_ours(link: str) -> bool:
    return link in LINKS.values() or any(link.startswith((f"https://{host}/", f"https://{host}?")) for host in HOSTS)


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("channel", ["email", "web"])
def test_no_element_and_no_attribute_comes_of_data(channel: str, value: str) -> None:
    assert structure(attacked(value, channel)["html"]) == structure(attacked("Ann", channel)["html"])


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("channel", ["email", "web"])
def test_no_link_comes_of_data(channel: str, value: str) -> None:
    assert all(is_ours(link) for link in addresses(attacked(value, channel)["html"]))


@pytest.mark.parametrize("value", LINKS_ASTRAY, ids=range(len(LINKS_ASTRAY)))
@pytest.mark.parametrize("channel", CHANNELS)
def test_an_offers_link_that_leads_astray_goes_nowhere(channel: str, value: str) -> None:
    texts = attacked(value, channel)
    assert "no link" in (texts.get("text") or texts["script"])


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_subject_is_one_header(value: str) -> None:
    subject = attacked(value, "email")["subject"]
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = subject
    again = message_from_bytes(mail.as_bytes())
    assert again.keys() == ["Subject"]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("channel", ["email", "push"])
def test_a_line_that_becomes_a_header_decodes_to_itself(channel: str, value: str) -> None:
    made = attacked(value, channel)
    line = made.get("subject") or made["title"]
    assert str(make_header(decode_header(line))) == line
    assert line.isprintable()


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("channel", CHANNELS)
def test_nothing_hidden_is_left_in_plain_text(channel: str, value: str) -> None:
    made = attacked(value, channel)
    text = made.get("text") or made["script"]
    assert not [letter for letter in text if letter != "\n" and not letter.isprintable()]


def test_there_are_three_hundred_hostile_values_and_no_two_alike() -> None:
    assert len({*HOSTILE, *MADE}) == len(HOSTILE) + len(MADE) >= 300


@pytest.mark.slow
@pytest.mark.parametrize("channel", CHANNELS)
def test_no_combination_of_tricks_brings_an_element_a_link_a_header_or_a_line(channel: str) -> None:
    plain = attacked("Ann", channel)
    for value in MADE:
        made = attacked(value, channel)
        assert structure(made.get("html", "")) == structure(plain.get("html", "")), value
        assert all(is_ours(link) for link in addresses(made.get("html", ""))), value
        line = made.get("subject") or made.get("title") or ""
        assert (str(make_header(decode_header(line))), line.isprintable()) == (line, True), value
        text = made.get("text") or made["script"]
        assert not [letter for letter in text if letter != "\n" and not letter.isprintable()], value


@pytest.mark.parametrize(
    "value", ["http://evil.example/x", "see https://evil.example", "www.evil.example", "//evil.example/x"]
)
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_name_that_is_an_address_is_not_a_name(channel: str, value: str) -> None:
    made = content(channel, traits={"first_name": value})
    assert "evil" not in str(made)


def test_a_name_of_python_finds_nothing() -> None:
    for path in ("traits.__class__", "traits['__class__']", "event.value.upper", "offers.tip.append", "traits.values"):
        source = {"t.j2": "{% block text %}{{ " + path + " }}{% endblock %}"}
        answer = render(Templates(source), RenderRequest("t.j2", "note", ("en",), names(event={"value": "x"})))
        assert isinstance(answer, Broken | Missing)


def test_an_unsafe_template_is_made_safe_all_the_same() -> None:
    email = (
        '<base href="https://evil.example/"><script>alert(1)</script><p onclick="x()">'
        '<p style="background:url(https://evil.example/x)">'
        '<a href="javascript:alert(1)">A</a><svg><a xlink:href="javascript:x">B</a></svg>'
        '<iframe src="https://trails.example/">'
        "</iframe><style>@import url(https://evil.example/x.css);</style>"
        "<meta http-equiv=refresh content='0;url=//evil.example'>C"
    )
    source = {"t.j2": "{% block subject %}Hi{% endblock %}{% block email %}" + email + "{% endblock %}"}
    answer = ask(source, "email", "t.j2")
    assert isinstance(answer, Rendered)
    assert not [
        word
        for word in ("evil", "script", "onclick", "svg", "iframe", "refresh")
        if word in str(answer.content["html"])
    ]
