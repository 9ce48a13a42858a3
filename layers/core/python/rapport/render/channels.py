"""One template, every channel: the text is chosen by locale, its blocks rendered, each channel makes its content."""

from collections.abc import Callable, Mapping
from typing import Final, NoReturn
from zoneinfo import ZoneInfoNotFoundError

from jinja2 import TemplateError
from msgspec import Struct, structs

from rapport.domain.moment import zone
from rapport.render import markup, plain
from rapport.render.bounds import Budget
from rapport.render.engine import Mode, Templates
from rapport.render.filters import RUN, Run
from rapport.render.known import OwnLinks, Reader, Traits
from rapport.render.links import with_links
from rapport.render.message import Broken, Missing, MissingDataError, Rendered, RenderRequest, TemplateFaultError
from rapport.render.wording import Wording, date_, reads_right_to_left, spoken

BLOCKS: Final = (
    "subject",
    "preheader",
    "email",
    "text",
    "sms",
    "push",
    "whatsapp",
    "web",
    "print",
    "note",
    "call",
    "social",
)
NAMES: Final = ("traits", "segments", "persona", "event", "offers", "campaign", "variant", "brand", "links", "why")

_FAULTS: Final = (TemplateError, TemplateFaultError, markup.InlineError, RecursionError)
"""What a template may do wrong; RecursionError is a macro that calls itself."""

Content = dict[str, object]


def render(templates: Templates, request: RenderRequest) -> Rendered | Missing | Broken:
    """Render one message on one channel.

    Missing: something printed without a default is not known, or a block came out empty. Broken: the template's fault.
    """
    try:
        name, locale = _localised(templates, request.template, request.locales)
        message = _Message(templates, request, name, locale, templates.blocks(name))
        content = CHANNELS[request.channel](message)
    except MissingDataError as gap:
        return Missing(gap.name, gap.block)
    except _FAULTS as fault:
        return Broken(f"{request.template}: {type(fault).__name__}: {' '.join(str(fault).split())}")
    pdf = content.pop("pdf", b"")
    return Rendered(request.channel, locale, content, pdf if isinstance(pdf, bytes) else b"")


def template_locale(templates: Templates, template: str, locales: tuple[str, ...]) -> str:
    """The locale of the text that is chosen for a chain of locales, so that offers can follow it."""
    return _localised(templates, template, locales)[1]


def _localised(templates: Templates, template: str, locales: tuple[str, ...]) -> tuple[str, str]:
    """The file and its locale; the file without a locale is in the house's, which ends the chain."""
    stem = template.removesuffix(".j2")
    for locale in locales:
        if f"{stem}.{locale}.j2" in templates:
            return f"{stem}.{locale}.j2", locale
    return f"{stem}.j2", locales[-1] if locales else "en"


class _Message(Struct, frozen=True):
    """One message being rendered: its template, chosen by locale, and the blocks that say something."""

    templates: Templates
    request: RenderRequest
    name: str
    locale: str
    blocks: frozenset[str]

    def text(self, block: str, mode: Mode = "plain") -> str:
        """A block's text, or that of `text`. Raises MissingDataError when it is empty."""
        found = block if block in self.blocks else "text"
        if found not in self.blocks:
            raise TemplateFaultError(f"no block {block!r} and no block 'text'")
        output = _naming(found, lambda: self.templates.block(self.name, found, mode, self.values()))
        return _not_empty(plain.tidy(output) if mode == "plain" else output, found)

    def optional(self, block: str) -> str:
        """A block's text, or nothing when the template does not have it."""
        return self.text(block) if block in self.blocks else ""

    def document(self) -> str:
        """The template as a whole, as an email: the blocks of other channels stay silent."""
        silent = frozenset(BLOCKS) - {"email"}
        return _naming("email", lambda: self.templates.document(self.name, silent, self.values()))

    def values(self) -> dict[str, object]:
        """The names that the template reads."""
        request = self.request
        locale = spoken(request.locales[0] if request.locales else self.locale, self.locale)
        reader = Reader(frozenset(host.lower() for host in request.links_allowed), request.days)
        names: dict[str, object] = {**request.names, "why": request.why}
        seen = {name: reader.see(names.get(name), name) for name in NAMES}
        own = {
            "traits": Traits("traits", _mapping(names, "traits"), reader),
            "links": OwnLinks("links", self.links(), reader),
        }
        return {**seen, **own, RUN: Run(Budget(), Wording(locale, _zone(request.timezone), request.currency))}

    def links(self) -> Mapping[object, object]:
        """The house's own links."""
        return _mapping(self.request.names, "links")

    def page(self, subject: str = "", preheader: str = "") -> markup.Page:
        """What the HTML around the wording needs."""
        hosts = frozenset(host.lower() for host in self.request.links_allowed)
        own = frozenset(link for link in self.links().values() if isinstance(link, str))
        return markup.Page(
            self.locale, reads_right_to_left(self.locale), subject, preheader, hosts, own, self.request.counted
        )

    def letterhead(self) -> dict[str, str]:
        """Whose letter it is, in what colour, and the day as its reader writes it."""
        request = self.request
        locale = spoken(request.locales[0] if request.locales else self.locale, self.locale)
        day = date_(Wording(locale, _zone(request.timezone), request.currency), request.at)
        return {"brand": self.brand("name"), "colour": self.brand("colour"), "dated": str(day) if request.at else ""}

    def brand(self, key: str) -> str:
        """A value of the brand, or nothing."""
        return str(_mapping(self.request.names, "brand").get(key) or "")


def _naming(block: str, work: Callable[[], str]) -> str:
    try:
        return work()
    except MissingDataError as gap:
        raise MissingDataError(gap.name, block) from gap


def _not_empty(text: str, block: str) -> str:
    return text if text.strip() else _hold(block, block)


def _hold(name: str, block: str) -> NoReturn:
    raise MissingDataError(name, block)


def _mapping(names: Mapping[str, object], name: str) -> Mapping[object, object]:
    value = names.get(name)
    return value if isinstance(value, Mapping) else {}


def _zone(name: str) -> str:
    try:
        return zone(name).key
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"


def _email(message: _Message) -> Content:
    for block in ("subject", "email"):
        if block not in message.blocks:
            raise TemplateFaultError(f"an email needs a block {block!r}")
    subject = _not_empty(plain.subject_line(message.text("subject")), "subject")
    wording, derived = markup.fragment(message.text("email", "html"), message.page())
    _not_empty(derived or ("picture" if "<img" in wording else ""), "email")
    page = message.page(subject, message.optional("preheader"))
    html, derived = markup.document(message.document(), page)
    return {"subject": subject, "html": html, "text": with_links(message.optional("text") or derived, page.leads)}


def _sms(message: _Message) -> Content:
    text = plain.sms_text(message.text("sms"))
    count = plain.segments(text)
    if count > plain.MOST_SEGMENTS:
        raise TemplateFaultError(f"an SMS of {count} segments")
    return {"text": text, "segments": count}


def _push(message: _Message) -> Content:
    title = plain.subject_line(message.optional("subject")) or message.brand("name")
    return {"title": title, "text": message.text("push")}


def _web(message: _Message) -> Content:
    has_own = "web" in message.blocks
    wording = message.text("web", "html") if has_own else markup.paragraphs(message.text("text"))
    html, derived = markup.fragment(wording, message.page())
    return {"html": html, "text": message.optional("text") or _not_empty(derived, "web")}


def _print(message: _Message) -> Content:
    from rapport.render.letter import Letter, address_lines, pages, pdf  # noqa: PLC0415  # fpdf2 is heavy, and letters are rare

    request, text = message.request, message.text("print")
    address = request.address or _hold("address", "print")
    traits = Traits("traits", _mapping(request.names, "traits"), Reader(frozenset()))
    known = [name for name in (traits.read("first_name"), traits.read("last_name")) if isinstance(name, str)]
    lines = address_lines(" ".join(known), address)
    sender = ", ".join(filter(None, (message.brand("name"), message.brand("postal"))))
    title = plain.subject_line(message.optional("subject"))
    letter = Letter(text, lines, sender, request.code, title, message.locale, request.at)
    letter = structs.replace(letter, **message.letterhead())
    content, count = pdf(letter) if request.on_paper else (b"", pages(letter))
    return {"text": text, "pdf_pages": count, "pdf": content}


def _call(message: _Message) -> Content:
    return {"script": message.text("call"), "facts": [dict(fact) for fact in message.request.facts]}


def _text_alone(block: str) -> Callable[[_Message], Content]:
    return lambda message: {"text": message.text(block)}


CHANNELS: Final[Mapping[str, Callable[[_Message], Content]]] = {
    "email": _email,
    "sms": _sms,
    "push": _push,
    "whatsapp": _text_alone("whatsapp"),
    "web": _web,
    "print": _print,
    "note": _text_alone("note"),
    "call": _call,
    "social": _text_alone("social"),
}
