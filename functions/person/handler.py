"""The door of a person's own pages, by links in their messages: GET shows, only POST changes."""

from typing import Any
from urllib.parse import parse_qs, quote

import msgspec
from msgspec import Struct
from rapport.domain.clicks import announced
from rapport.domain.consent import Receipt
from rapport.domain.moment import DAY
from rapport.domain.profile import Profile
from rapport.errors import BadRequest, NotFound, RapportError, StoreUnavailable
from rapport.render.links import listed
from rapport.use_cases import curate
from rapport.use_cases.compose import CLICK, ClickPayload, LinkPayload
from rapport.use_cases.people import followed, rows_of
from rapport.use_cases.take_click import Click, take_click
from rapport_aws.assemble import House, house
from rapport_aws.callers import identity_of
from rapport_aws.http import HEADERS, Answer, Request, Route, Router, door, limited
from rapport_aws.subscriptions import PURPOSE as SUBSCRIBE
from rapport_aws.subscriptions import Subscription, grant

from functions.person import centre
from functions.person.fields import on_day, reading
from functions.person.pages import form, page, paragraph
from functions.person.words import WORDS, Words, spoken

PAGE_HEADERS = {
    **HEADERS,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Robots-Tag": "noindex",
}
AS_WRITTEN = "%/:?#[]@!$&'()*+,;=~"
"""What a header takes of an address; letters beyond ASCII are encoded as browsers do."""
GOOD_FOR = 90 * DAY
"""How long a link opens what is known, and never longer than until an erasure; unsubscribing works for ever."""


class Visit(Struct, frozen=True):
    """Somebody with a good link: the deployment, whose it is, and what it says."""

    here: Any
    profile: Profile
    link: LinkPayload

    @property
    def lang(self) -> str:
        """The person's language, else the house's, if these pages speak it."""
        known = self.profile.traits.get("locale")
        return spoken(None if known is None else known.value, self.here.publications.current().catalogue.house.locale)

    @property
    def words(self) -> Words:
        """What the pages say in it."""
        return WORDS[self.lang]


def handle(event: dict[str, Any], _context: object) -> Answer:
    """Answer one call; what went wrong is told as a page, as a person reads it."""
    answer = door(ROUTER.answer, event)
    return answer if answer["statusCode"] < 400 else sorry(answer["statusCode"], accepted(event))


def accepted(event: dict[str, Any]) -> str:
    """The language that a browser asks for, for whoever is not known."""
    asked = str((event.get("headers") or {}).get("accept-language", ""))[:200]
    return spoken(*(part.partition(";")[0].strip() for part in asked.split(",")))


def sorry(status: int, lang: str) -> Answer:
    """A page for what did not work."""
    words = WORDS[lang]
    said = {400: words.wrong_form, 404: words.wrong_link}.get(status, words.wrong_else)
    return shown(lang, words.wrong, paragraph(said), status=status)


def shown(lang: str, title: str, *parts: str, status: int = 200) -> Answer:
    """A page as an answer."""
    return {
        "statusCode": status,
        "headers": PAGE_HEADERS,
        "body": page(title, lang, *parts),
        "isBase64Encoded": False,
    }


def visit(purpose: str, token: str, good_for: float | None = GOOD_FOR) -> Visit:
    """Whoever holds a link of this purpose. Raises NotFound for a link that is none, too old, or of somebody erased."""
    here = house()
    payload = here.sealer.open(purpose, token)
    if payload is None:
        raise NotFound("no such link")
    link = msgspec.json.decode(payload, type=LinkPayload)
    if good_for is not None and link.at + good_for < here.clock():
        raise NotFound("the link is too old")
    profile = followed(link.profile, here.ports)
    is_forgotten = good_for is not None and link.at < profile.forgotten_before
    if profile.version == 0 or profile.erased_at is not None or is_forgotten:
        raise NotFound("nobody is known here")
    return Visit(here, profile, link)


def fields(request: Request) -> dict[str, str]:
    """What a form sent. Raises BadRequest for more bytes or fields than any form has."""
    try:
        sent = parse_qs(limited(request).decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=500)
    except ValueError:
        raise BadRequest("too many fields") from None
    return {name: values[-1] for name, values in sent.items()}


# ---- unsubscribing


def ask_unsubscribe(_request: Request, token: str) -> Answer:
    """Ask; a scanner that follows the link changes nothing."""
    found = visit("u", token, None)
    sender = found.here.publications.current().catalogue.house.name
    words = found.words
    what = words.unsubscribe_what.format(sender=sender, channel=words.name(found.link.channel))
    return shown(found.lang, words.unsubscribe, form("unsubscribe", what, (), words.unsubscribe))


def unsubscribe(_request: Request, token: str) -> Answer:
    """Withdraw marketing on the channel of the message, by one click in a mail client or by the page's button."""
    found = visit("u", token, None)
    now = found.here.clock()
    receipt = Receipt("marketing", found.link.channel, "withdrawn", now, "declared", wording="unsubscribe link")
    curate.consent(identity_of(found.profile), receipt, found.here.ports, now, found.link.message_id)
    return shown(found.lang, found.words.unsubscribed, paragraph(found.words.unsubscribed_so))


# ---- the preference centre


def preferences(_request: Request, token: str) -> Answer:
    """What is known and granted, and how to change it."""
    found = visit("p", token)
    return shown(found.lang, found.words.preferences, *centre.parts(found.profile, found.here, found.words))


def change(request: Request, token: str) -> Answer:
    """Do what a form of the preference centre asks, and show how things stand now."""
    found = visit("p", token)
    done = centre.change(fields(request), found.profile, found.here, found.words)
    current = followed(found.profile.id, found.here.ports)
    rest = () if current.erased_at is not None else centre.parts(current, found.here, found.words)
    return shown(found.lang, found.words.preferences, f'<p role="status">{done}</p>', *rest)


# ---- why


def why(_request: Request, token: str) -> Answer:
    """Why the person got this message."""
    found = visit("why", token)
    rows = rows_of(found.profile, found.here.profiles.records, found.here.ports)
    records = [record for record in rows if record.message_id == found.link.message_id]
    told = [record.why for record in records if record.why]
    campaign = found.here.publications.current().catalogue.campaigns.get(found.link.campaign)
    words = found.words
    purposes = () if campaign is None else (words.why_purpose.format(purpose=words.name(campaign.purpose)),)
    by = reading(found.profile, found.here, words)
    sent = words.why_sent.format(channel=words.name(found.link.channel), day=on_day(found.link.at, by))
    return shown(found.lang, words.why, *map(paragraph, (*told[-1:], *purposes, sent)))


# ---- clicks


def click(request: Request, token: str) -> Answer:
    """Go where the link leads, if that is one of the house's own hosts; count it where a person lets us."""
    here = house()
    payload = here.sealer.open(CLICK, token)
    if payload is None:
        raise NotFound("no such link")
    followed_link = msgspec.json.decode(payload, type=ClickPayload)
    if not leads_home(followed_link.url, here):
        raise NotFound("the link leads nowhere of ours")
    counted(followed_link, announced(request.method, request.headers), here)
    where = quote(followed_link.url, safe=AS_WRITTEN)
    return {"statusCode": 302, "headers": {**PAGE_HEADERS, "Location": where}, "body": ""}


def leads_home(url: str, here: House) -> bool:
    """Whether an address is https and of a host that the house lists, as every browser reads it."""
    return listed(url, {host.lower() for host in here.publications.current().catalogue.house.links})


def counted(link: ClickPayload, by_machine: bool, here: House) -> None:  # told by the visit
    """Note a click; a store that does not answer keeps nobody from getting where they want to go."""
    followed_link = Click(link.profile, link.message_id, link.campaign, link.channel, link.url, by_machine)
    try:
        take_click(followed_link, here.limits.links_within, here.ports, here.clock())
    except (StoreUnavailable, RapportError):
        return


# ---- double opt-in


def ask_confirm(_request: Request, token: str) -> Answer:
    """Ask; a scanner that follows the link confirms nothing."""
    here, asked = subscription(token)
    sender = here.publications.current().catalogue.house.name
    lang = spoken(asked.locale, here.publications.current().catalogue.house.locale)
    words = WORDS[lang]
    wanted = words.confirm_what.format(sender=sender, address=asked.address)
    yes = form("confirm", words.confirm_ask, (), words.confirm_button)
    return shown(lang, words.confirm, paragraph(wanted), yes)


def confirm(_request: Request, token: str) -> Answer:
    """Grant what was asked for."""
    here, asked = subscription(token)
    grant(asked, here)
    lang = spoken(asked.locale, here.publications.current().catalogue.house.locale)
    return shown(lang, WORDS[lang].thanks, paragraph(WORDS[lang].thanks_so))


def subscription(token: str) -> tuple[House, Subscription]:
    """What was asked for with this address. Raises NotFound for a link that is none, or too old."""
    here = house()
    payload = here.sealer.open(SUBSCRIBE, token)
    if payload is None:
        raise NotFound("no such link")
    asked = msgspec.json.decode(payload, type=Subscription)
    if asked.at + 7 * DAY < here.clock():
        raise NotFound("the link is too old")
    return here, asked


ROUTER = Router(
    Route("GET", "/u/{token}", ask_unsubscribe),
    Route("POST", "/u/{token}", unsubscribe),
    Route("GET", "/p/{token}", preferences),
    Route("POST", "/p/{token}", change),
    Route("GET", "/why/{token}", why),
    Route("GET", "/c/{token}", click),
    *(
        Route("HEAD", path, call)
        for path, call in (
            ("/u/{token}", ask_unsubscribe),
            ("/p/{token}", preferences),
            ("/why/{token}", why),
            ("/c/{token}", click),
            ("/confirm/{token}", ask_confirm),
        )
    ),
    Route("GET", "/confirm/{token}", ask_confirm),
    Route("POST", "/confirm/{token}", confirm),
)
