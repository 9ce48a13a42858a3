"""HTML made fit to travel: styles inlined, foreign links and active content gone, a language, and a text part."""

import re
from collections.abc import Callable, Collection, Mapping
from html import escape
from html.parser import HTMLParser
from typing import Final

import css_inline
from msgspec import Struct

from rapport.render.links import listed
from rapport.render.message import TemplateFaultError
from rapport.render.plain import tidy

Attributes = list[tuple[str, str | None]]

DROPPED: Final = frozenset(
    [
        "script",
        "iframe",
        "frame",
        "frameset",
        "object",
        "embed",
        "applet",
        "base",
        "link",
        "form",
        "input",
        "noscript",
        "noembed",
        "noframes",
        "xmp",
        "plaintext",
        "template",
        "svg",
        "math",
        "audio",
        "video",
    ]  # a list of words reads better as one
)
"""Elements that no message needs and that act, fetch, or are read differently by different clients."""
VOID: Final = frozenset("area base br col embed frame hr img input link meta param source track wbr".split())  # noqa: SIM905  # as above
MOST_ELEMENTS: Final = 12_000
DEEPEST_ELEMENT: Final = 200
MOST_MATCHES: Final = 800_000
"""Elements times rules of the style sheet."""
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_CLOSED_BY_OTHERS: Final = frozenset("p li dt dd td th tr tbody thead tfoot option optgroup".split())  # noqa: SIM905  # as above
"""Elements whose end need not be written."""
_MADE_AGAIN: Final = frozenset("a b big code em font i nobr s small strike strong tt u".split())  # noqa: SIM905  # as above
"""Elements that a browser makes again in each paragraph as long as they are open."""
LINKS: Final = frozenset({"href", "src", "background"})
FOLLOWED: Final = frozenset({"a", "area"})
FETCHING: Final = frozenset(
    "srcset srcdoc ping action formaction poster data cite longdesc manifest profile usemap xlink:href codebase classid".split()  # noqa: SIM905, E501  # as above
)
ACTIVE_STYLE: Final = re.compile(r"\\|expression\s*\(|@import|behavior\s*:|-moz-binding|javascript:", re.IGNORECASE)
STYLE_URL: Final = re.compile(r"url\(\s*[\"']?([^)\"']{0,2000})[\"']?\s*\)", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_FRAGMENT: Final = re.compile(r"#[\w-]*")

_INLINER: Final = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
InlineError = css_inline.InlineError


class Page(Struct, frozen=True):
    """What a document needs besides its body; `own_links` are the house's, on whatever host."""

    locale: str
    right_to_left: bool
    title: str
    preheader: str
    hosts: Collection[str]
    own_links: Collection[str]
    counted: Callable[[str], str] | None = None

    def lets(self, link: str) -> bool:
        """Whether a link or image may stay."""
        return listed(link, self.hosts) or link in self.own_links or _FRAGMENT.fullmatch(link) is not None

    def leads(self, link: str) -> str:
        """Where a link leads: to a listed host through the count of clicks, the house's own ones straight."""
        if self.counted is None or link in self.own_links or not listed(link, self.hosts):
            return link
        return self.counted(link)


def bounded(html: str) -> str:
    """The HTML, when reading it costs no more than it may. Raises TemplateFaultError.

    The readers of HTML go down as deep as its elements, on a stack that ends.
    """
    depth = marked = made = 0
    for tag in _TAG.finditer(html):
        name, step = tag[2].lower(), -1 if tag[1] else 1
        if name not in VOID and name not in _CLOSED_BY_OTHERS:
            depth = max(depth + step, 0)
        marked = max(marked + step, 0) if name in _MADE_AGAIN else marked
        made += 1 + marked
        if depth > DEEPEST_ELEMENT or made > MOST_ELEMENTS:
            raise TemplateFaultError("more elements than a message may have")
    if made * html.count("{") > MOST_MATCHES:
        raise TemplateFaultError("more styles than a message may have")
    return html


def document(html: str, page: Page) -> tuple[str, str]:
    """A whole HTML document for mail clients, and its text.

    Raises InlineError for a broken style sheet, TemplateFaultError for too much HTML.
    """
    # html5ever, in here, reads the HTML as a browser would and writes it well-formed: what follows cannot misread it.
    walk = _Walk(page)
    walk.feed(_INLINER.inline(bounded(html)))
    walk.close()
    return "<!DOCTYPE html>\n" + "".join(walk.html), tidy("".join(walk.text))


def fragment(html: str, page: Page) -> tuple[str, str]:
    """A piece of HTML for a page of the house's site, and its text. Raises as `document` does."""
    walk = _Walk(page)
    walk.feed(_INLINER.inline_fragment(f"<div>{bounded(html)}</div>", ""))
    walk.close()
    return "".join(walk.html).removeprefix("<div>").removesuffix("</div>").strip(), tidy("".join(walk.text))


def paragraphs(text: str) -> str:
    """Plain text as HTML."""
    parts = (escape(part).replace("\n", "<br>") for part in text.split("\n\n"))
    return "".join(f"<p>{part}</p>" for part in parts)


_LINES: Final[Mapping[str, int]] = {
    **dict.fromkeys("p h1 h2 h3 h4 h5 h6 ul ol table blockquote pre section article header footer hr".split(), 2),  # noqa: SIM905  # as above
    **dict.fromkeys(("div", "tr", "li", "dt", "dd"), 1),
}
"""How many line ends stand before and after an element in plain text."""
_MARKS: Final[Mapping[str, str]] = {"li": "- ", "hr": "--", "td": " ", "th": " "}


class _Walk(HTMLParser):
    """Writes well-formed HTML out again without what may not stay, and its text beside it."""

    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.html: list[str] = []
        self.text: list[str] = []
        self._dropping: list[str] = []
        self._unread: list[str] = []
        self._anchors: list[tuple[str, int]] = []
        self._line_ends = 2

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Write an element's start, unless it is dropped."""
        if self._dropping or tag in DROPPED or _replaced(tag, attrs):
            self._dropping += [] if tag in VOID else [tag]
            return
        kept = _whole(tag, self.page, _kept(attrs, self.page))
        self.html.append(f"<{tag}{''.join(_written(_led(tag, kept, self.page)))}>")
        _AFTER.get(tag, _nothing)(self)
        self._read_start(tag, dict(kept))

    def handle_endtag(self, tag: str) -> None:
        """Write an element's end."""
        if self._dropping:
            self._dropping = self._dropping[:-1] if self._dropping[-1] == tag else self._dropping
            return
        self.html.append(f"</{tag}>")
        self._read_end(tag)

    def handle_data(self, data: str) -> None:
        """Write text; a style sheet without what fetches or acts."""
        if self._dropping:
            return
        raw = self.cdata_elem == "style"
        self.html.append(style(data, self.page) if raw else escape(data, quote=False).replace("\u00a0", "&nbsp;"))
        if not self._unread:
            self._read(re.sub(r"\s+", " ", data))

    def handle_comment(self, data: str) -> None:
        """Write the conditional comments that Outlook reads, and no other."""
        if not self._dropping and data.startswith(("[if", "<![endif")):
            self.html.append(f"<!--{data}-->")

    def add_title(self) -> None:
        """Give a head its title and character set, before what it has of its own."""
        self.html.append('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">')
        self.html.append(f"<title>{escape(self.page.title, quote=False)}</title>")

    def add_preheader(self) -> None:
        """Give a body the line that a mailbox shows beside the subject."""
        if self.page.preheader:
            look = "display:none;max-height:0;overflow:hidden;mso-hide:all"
            self.html.append(f'<div style="{look}">{escape(self.page.preheader, quote=False)}</div>')

    def _read_start(self, tag: str, attrs: Mapping[str, str | None]) -> None:
        if tag not in VOID and (self._unread or tag in ("head", "style", "title") or _hidden(attrs)):
            self._unread.append(tag)
        if self._unread:
            return
        self._break(self._line_ends + 1 if tag == "br" else _LINES.get(tag, 0))
        self._read(_MARKS.get(tag, "") + (attrs.get("alt") or "" if tag == "img" else ""))
        if tag == "a":
            self._anchors.append((attrs.get("href") or "", len(self.text)))

    def _read_end(self, tag: str) -> None:
        if self._unread:
            self._unread = self._unread[:-1] if self._unread[-1] == tag else self._unread
            return
        if tag == "a" and self._anchors:
            link, start = self._anchors.pop()
            label = "".join(self.text[start:]).strip()
            self._read(f" ({link})" if link.startswith(("https:", "http:")) and label and label != link else "")
        self._break(_LINES.get(tag, 0))

    def _read(self, text: str) -> None:
        if text.strip() or (text and not self._line_ends):
            self.text.append(text)
            self._line_ends = 0

    def _break(self, lines: int) -> None:
        self.text.append("\n" * (lines - self._line_ends))
        self._line_ends = max(lines, self._line_ends)


def _nothing(_walk: _Walk) -> None:
    """Leave most elements as they are."""


_AFTER: Final[Mapping[str, Callable[[_Walk], None]]] = {"head": _Walk.add_title, "body": _Walk.add_preheader}


def style(css: str, page: Page) -> str:
    """A style without what acts, and without pictures from elsewhere."""
    if ACTIVE_STYLE.search(css):
        return ""
    return STYLE_URL.sub(lambda match: match[0] if page.lets(match[1].strip()) else "none", css)


def _kept(attrs: Attributes, page: Page) -> Attributes:
    return [
        (name, style(value or "", page) if name == "style" else value)
        for name, value in attrs
        if _stays(name, value, page)
    ]


def _stays(name: str, value: str | None, page: Page) -> bool:
    if name.startswith("on") or name in FETCHING:
        return False
    return name not in LINKS or page.lets((value or "").strip())


def _whole(tag: str, page: Page, attrs: Attributes) -> Attributes:
    if tag != "html":
        return attrs
    own = [(name, value) for name, value in attrs if name not in ("lang", "dir")]
    return [("lang", page.locale), ("dir", "rtl" if page.right_to_left else "ltr"), *own]


def _led(tag: str, attrs: Attributes, page: Page) -> Attributes:
    """The attributes of an element with its link, if it is one to follow, as the person gets it."""
    if tag not in FOLLOWED:
        return attrs
    return [(name, page.leads((value or "").strip()) if name == "href" else value) for name, value in attrs]


def _written(attrs: Attributes) -> list[str]:
    return [f' {name}="{escape(value or "")}"' for name, value in attrs]


def _replaced(tag: str, attrs: Attributes) -> bool:
    """Whether a document's own title, character set or viewport stands in for this one."""
    names = dict(attrs)
    return tag == "title" or (
        tag == "meta" and ("http-equiv" in names or "charset" in names or names.get("name") == "viewport")
    )


def _hidden(attrs: Mapping[str, str | None]) -> bool:
    return _HIDDEN.search(attrs.get("style") or "") is not None
