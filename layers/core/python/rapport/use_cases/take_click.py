"""Taking a click on a link of a message: a person's is a response, a machine's is none, and a burst is a machine's."""

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from rapport.domain.clicks import BURST, MOMENT, taken_back, too_early
from rapport.domain.delivery import Feedback
from rapport.domain.moment import Moment
from rapport.domain.planned import Planned
from rapport.domain.profile import Contact
from rapport.ports import Ports
from rapport.use_cases.people import followed, retried
from rapport.use_cases.take_feedback import take_feedback
from rapport.use_cases.write import write


class Click(Struct, frozen=True):
    """A link that was followed: whose, of which message, and whether a machine says that it was one."""

    profile: str
    message_id: str
    campaign: str
    channel: str
    url: str
    by_machine: bool = False


Recent = Callable[[str, str, Moment], int]
"""Notes that a link of a message was followed, and says how many different ones were within the moment before."""


def take_click(click: Click, recent: Recent, ports: Ports, now: Moment) -> bool:
    """Count a click where a person made it and lets us; whether it was counted. Raises Conflict, StoreUnavailable.

    What is counted and then turns out to be the first of a burst is taken back.
    """
    burst = recent(click.message_id, click.url, now) >= BURST
    if burst:
        retried(partial(_take_back, click, ports, now - MOMENT))
    if burst or click.by_machine or too_early(_contact(click, ports), now):
        return False
    return take_feedback(
        click.profile, Feedback(click.message_id, "clicked", click.channel, now, click.campaign), ports, now
    )


def _contact(click: Click, ports: Ports) -> Contact | None:
    contacts = followed(click.profile, ports).contacts
    return next((contact for contact in contacts if contact.message_id == click.message_id), None)


def _take_back(click: Click, ports: Ports, since: Moment) -> None:
    before = followed(click.profile, ports)
    after = taken_back(before, click.message_id, since)
    if after is not before:
        write(Planned(after), ports)
