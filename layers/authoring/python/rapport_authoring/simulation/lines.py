"""What each kind of line does: the same use cases that the handlers call."""

from collections.abc import Callable
from typing import Any, Final, Literal

from msgspec import Struct, structs
from rapport.domain.consent import EVERY_CHANNEL, Receipt
from rapport.domain.delivery import Feedback
from rapport.domain.event import OFFER_EVENTS, Event
from rapport.domain.house import CHANNELS
from rapport.domain.moment import Moment, parse, text
from rapport.domain.normalise import normalise
from rapport.domain.profile import Contact, Identity, Profile
from rapport.domain.reason import Reason
from rapport.errors import BadRequest, NotFound
from rapport.use_cases import curate
from rapport.use_cases.asked import ActionRequest, Asked, Caller, PullRequest, read
from rapport.use_cases.fill_form import fill_form
from rapport.use_cases.next_action import next_action
from rapport.use_cases.people import person
from rapport.use_cases.personalise import personalise
from rapport.use_cases.sealed import token_of
from rapport.use_cases.single_view import single_view
from rapport.use_cases.take_event import Taken, take_event
from rapport.use_cases.take_feedback import take_feedback

from rapport_authoring.simulation.rows import Row, error_row
from rapport_authoring.simulation.world import World, identity_named

STATUSES: Final = ("delivered", "bounced", "complained", "opened", "clicked", "replied")
OFFER_NAMES: Final = tuple(OFFER_EVENTS)
NAMED_AS: Final = {"user": "userId", "anonymous": "anonymousId"}
OF_THE_LINE: Final = frozenset({"at", "type", "known", "trusted", "source"})
"""Keys that belong to the line, not to the message or body it stands for."""


class Turn(Struct, frozen=True):
    """One line at its moment in its world."""

    world: World
    said: dict[str, Any]
    now: Moment
    number: int

    def text(self, key: str, default: str | None = None) -> str:
        """A string of the line. Raises BadRequest when it is missing or none."""
        value = self.said.get(key, default)
        if not isinstance(value, str) or not value:
            raise BadRequest(f"{key} must be a string")
        return value

    def one_of(self, key: str, words: tuple[str, ...]) -> Any:  # noqa: ANN401  # one of the words
        """A word of the line. Raises BadRequest when it is none of them."""
        value = self.text(key)
        if value not in words:
            raise BadRequest(f"{key} must be one of {', '.join(words)}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """A yes or no of the line. Raises BadRequest when it is neither."""
        value = self.said.get(key, default)
        if not isinstance(value, bool):
            raise BadRequest(f"{key} must be true or false")
        return value

    def name(self) -> str:
        """Whom the line is about: a userId, or a visitor as `anonymous:ID`, however the line says so."""
        if self.said.get("userId") is None and self.said.get("anonymousId") is not None:
            return f"anonymous:{self.text('anonymousId')}"
        return self.text("userId")

    def known(self) -> Profile:
        """The person that the line is about. Raises NotFound for nobody."""
        return self.world.person(self.name())

    def row(self, kind: str, **values: Any) -> Row:  # noqa: ANN401  # JSON
        """A row of output for this line."""
        return {"at": text(self.now), "type": kind, **values}


# ---- events


def event(turn: Turn) -> list[Row]:
    """A Segment message; what is wrong with a part of it is told, the rest is taken."""
    taken = _take(turn, _event(turn))
    faults = "; ".join(f"{fault['path']}: {fault['message']}" for fault in taken.problems)
    return [error_row(turn.now, turn.number, faults)] if faults else []


def _event(turn: Turn) -> Event:
    trusted = turn.flag("trusted", default=True)
    raw = {key: value for key, value in turn.said.items() if key not in OF_THE_LINE} | {"type": turn.said["type"]}
    raw.setdefault("messageId", f"line-{turn.number}")
    source = turn.text("source") if trusted and "source" in turn.said else None
    known = raw.get("userId") if trusted else None
    who = Identity("anonymous", str(raw.get("anonymousId"))) if known is None else Identity("user", str(known))
    found = normalise(_with_token(turn, raw, who), turn.now, trusted=trusted, default_source=source)
    if isinstance(found, list):
        raise BadRequest("the event cannot be taken", [dict(fault) for fault in found])
    return found


def _take(turn: Turn, told: Event) -> Taken:
    return take_event(told, turn.world.ports, turn.now, token_of(told, turn.world.sealer))


def _with_token(turn: Turn, raw: dict[str, Any], who: Identity) -> dict[str, Any]:
    """A message with the token that its `offer` and `placement` stand for, where it tells what became of an offer."""
    properties = raw.get("properties")
    if raw.get("event") not in OFFER_NAMES or not isinstance(properties, dict) or "token" in properties:
        return raw
    token = turn.world.token(person(who, turn.world.ports), properties)
    return raw if token is None else {**raw, "properties": {**properties, "token": token}}


def consent(turn: Turn) -> list[Row]:
    """A consent receipt; without a channel it covers all."""
    channel = turn.one_of("channel", CHANNELS) if turn.said.get("channel") is not None else EVERY_CHANNEL
    receipt = Receipt(
        turn.text("purpose"),
        channel,
        turn.one_of("status", ("granted", "withdrawn")),
        turn.now,
        source=turn.text("source", "declared"),
        expires_at=parse(turn.text("expires_at")) if "expires_at" in turn.said else None,
    )
    curate.consent(identity_named(turn.name()), receipt, turn.world.ports, turn.now)
    return []


# ---- questions


def pull(turn: Turn) -> list[Row]:
    """A pull; `known` stands for a valid user token. Its own events go to the bus as well."""
    world = turn.world
    request = read({key: value for key, value in turn.said.items() if key not in OF_THE_LINE}, PullRequest)
    known = turn.flag("known", default=False) and request.user_id is not None
    caller = Caller("person" if known else "anonymous", request.user_id if known else None, "all", may_force=True)
    who = Identity("user", str(request.user_id)) if known else Identity("anonymous", request.anonymous_id or "")
    request = structs.replace(request, events=[_with_token(turn, raw, who) for raw in request.events])
    asked = Asked(request, caller, turn.now, world.decision_id(turn.number))
    answer = personalise(asked, person(who, world.ports), world.reception())
    for told in answer.events:
        _take(turn, told)
    shown = (offer for placement in answer.body["placements"] for offer in placement["offers"])
    world.remember((offer["id"], offer["token"]) for offer in shown)
    return [turn.row("decision", **{**_named(request, known=known), **answer.body})]


def _named(request: PullRequest, *, known: bool) -> dict[str, str | None]:
    """Whom the answer is about: a claim to be somebody is no name, as long as there is another."""
    if known or request.anonymous_id is None:
        return {"userId": request.user_id} if request.user_id is not None else {"anonymousId": None}
    return {"anonymousId": request.anonymous_id}


def actions(turn: Turn) -> list[Row]:
    """The next best actions for somebody at the other end of the line."""
    request = read({key: value for key, value in turn.said.items() if key not in OF_THE_LINE}, ActionRequest)
    profile = person(Identity("user", request.user_id), turn.world.ports)
    reception = turn.world.reception()
    answer = next_action(request, profile, reception, (turn.now, turn.world.decision_id(turn.number)))
    turn.world.remember((action["offer"], action["token"]) for action in answer.body["actions"])
    return [turn.row("next-action", **{"userId": request.user_id, **answer.body})]


def profile(turn: Turn) -> list[Row]:
    """The single view."""
    who = turn.known()
    shown = single_view(who, turn.world.publications.current().catalogue, turn.now)
    return [turn.row("profile", **turn.world.name(who.id), **{key: shown[key] for key in shown if key != "userId"})]


def form(turn: Turn) -> list[Row]:
    """What a form still asks."""
    catalogue = turn.world.publications.current().catalogue
    who = identity_named(turn.name())
    filled = fill_form(turn.text("form"), person(who, turn.world.ports), catalogue, turn.now)
    return [turn.row("form", **{NAMED_AS[who.kind]: who.value, "form": turn.text("form"), **filled})]


# ---- what came back, and what the team does


def feedback(turn: Turn) -> list[Row]:
    """What came back for the last message of a campaign."""
    who, campaign = turn.known(), turn.text("campaign")
    contact = _last(who, campaign)
    channel = turn.one_of("channel", CHANNELS) if turn.said.get("channel") is not None else contact.channels[-1]
    notice = Feedback(
        message_id=contact.message_id,
        status=turn.one_of("status", STATUSES),
        channel=channel,
        at=turn.now,
        campaign=campaign,
        address=turn.world.address(contact.message_id, channel),
        text=turn.text("text") if "text" in turn.said else None,
    )
    take_feedback(who.id, notice, turn.world.ports, turn.now)
    return []


def _last(who: Profile, campaign: str) -> Contact:
    found = [contact for contact in who.contacts if contact.campaign == campaign]
    if not found:
        raise NotFound(f"no message of {campaign} was sent to this person")
    return max(found, key=lambda contact: contact.at)


def withdraw(turn: Turn) -> list[Row]:
    """Take an offer away everywhere."""
    turn.world.publications.withdraw(_offer(turn))
    return []


def reinstate(turn: Turn) -> list[Row]:
    """Undo a withdrawal."""
    turn.world.publications.reinstate(_offer(turn))
    return []


def _offer(turn: Turn) -> str:
    name = turn.text("offer")
    if name not in turn.world.publications.current().catalogue.offers:
        raise NotFound(f"no offer {name}")
    return name


def erase(turn: Turn) -> list[Row]:
    """Erase a person; what was planned for them ends."""
    turn.world.erase(turn.known(), turn.now)
    return []


def merge(turn: Turn) -> list[Row]:
    """Make two people one."""
    into = turn.world.person(turn.text("into"))
    curate.merge(turn.known().id, into.id, turn.world.ports, turn.now)
    return []


def judge(turn: Turn) -> list[Row]:
    """Approve or reject what waits for approval."""
    who, campaign = turn.known(), turn.text("campaign")
    waiting = [p for p in who.pending if p.campaign == campaign and p.reason == Reason.NEEDS_APPROVAL]
    if not waiting:
        raise NotFound(f"no message of {campaign} waits for approval")
    decision: Literal["approve", "reject"] = turn.one_of("type", ("approve", "reject"))
    for pending in waiting:
        curate.judge(who.id, pending.message_id, decision, turn.world.desk, turn.now)
    return []


def end(_: Turn) -> list[Row]:
    """Let time run to here."""
    return []


PLAYED: Final[dict[str, Callable[[Turn], list[Row]]]] = {
    **dict.fromkeys(("identify", "track", "page", "screen", "group", "alias"), event),
    "consent": consent,
    "personalise": pull,
    "next-action": actions,
    "feedback": feedback,
    "profile": profile,
    "form": form,
    "withdraw-offer": withdraw,
    "reinstate-offer": reinstate,
    "erase": erase,
    "merge": merge,
    "approve": judge,
    "reject": judge,
    "end": end,
}
