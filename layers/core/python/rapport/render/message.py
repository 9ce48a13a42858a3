"""What is asked of rendering and what comes of it: a message's content, or why there is none."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from rapport.domain.moment import Moment


class RenderRequest(Struct, frozen=True):
    """One message for one person on one channel.

    `locales` is the person's fallback chain, the house's locale last. `names` holds what a template may read, already
    reduced to what is granted: traits, segments (id -> True, False or None), persona, event (properties), offers
    (slot -> list of content), campaign, variant, brand, links. `links_allowed` are host names. `at` dates a letter.
    `days` names the traits of type date, which are days on any clock. `facts` is what a call task shows of the person,
    `code` the response code of a letter. `counted` makes of an email's link one that counts the click; without it
    links stay as they are. The house's own links are never counted. Unless it goes on paper, a letter's pages are only
    counted.
    """

    template: str
    channel: str
    locales: tuple[str, ...]
    names: Mapping[str, object]
    currency: str = "EUR"
    timezone: str = "UTC"
    links_allowed: tuple[str, ...] = ()
    address: Mapping[str, object] | None = None
    code: str = ""
    why: str = ""
    facts: tuple[Mapping[str, object], ...] = ()
    at: Moment = 0.0
    days: frozenset[str] = frozenset()
    counted: Callable[[str], str] | None = None
    on_paper: bool = True


class Rendered(Struct, frozen=True):
    """A message's content with the keys of its channel; `locale` is the chosen text's; `pdf` only for print."""

    channel: str
    locale: str
    content: dict[str, object]
    pdf: bytes = b""


class Missing(Struct, frozen=True):
    """Something that the wording needs is not known, or a block came out empty: the message is held."""

    name: str
    block: str


class Broken(Struct, frozen=True):
    """The template itself is at fault, or it asked for more than its bounds allow: the message fails."""

    detail: str


class MissingDataError(Exception):
    """Raised while rendering when something unknown is printed; `name` says what, never its value."""

    def __init__(self, name: str, block: str = "") -> None:
        super().__init__(name)
        self.name, self.block = name, block


class TemplateFaultError(Exception):
    """Raised while rendering when the template does what it may not, or asks for more than its bounds allow."""
