"""Finding people, and writing one of them while others do, too."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from msgspec import structs

from rapport.domain.identity import past_merges
from rapport.domain.message import Message
from rapport.domain.moment import Moment
from rapport.domain.occasion import Existing
from rapport.domain.profile import Identity, Profile, profile_id
from rapport.domain.reason import MessageStatus
from rapport.domain.runs import unsettled_sends
from rapport.errors import Conflict
from rapport.ports import BEGUN, Ports

ATTEMPTS = 20
"""Writers of one person that meet try again; sixteen at once settle well within this."""
PAGE = 500

T = TypeVar("T")


def retried(attempt: Callable[[], T]) -> T:
    """Do it again while others write the same person in between. Raises Conflict when they keep being faster."""
    for _ in range(ATTEMPTS - 1):
        try:
            return attempt()
        except Conflict:
            continue
    return attempt()


def person(who: Identity, ports: Ports) -> Profile:
    """The profile that an identity leads to, past a merge."""
    return followed(profile_id("user" if who.kind == "user" else "anonymous", who.value, ports.secret), ports)


def known_as(profile: Profile, who: Identity, now: Moment) -> Profile:
    """The profile, made by this identity if it is nobody's yet."""
    if profile.user_id is not None or profile.anonymous_id is not None:
        return profile
    named = {"user_id": who.value} if who.kind == "user" else {"anonymous_id": who.value}
    return structs.replace(profile, created_at=now, identities=(who,), **named)


def followed(name: str, ports: Ports) -> Profile:
    """The profile of an id, past every merge."""
    return past_merges(ports.profiles.load(name), ports.profiles.load)


def rows_of(profile: Profile, read: Callable[[str], list[T]], ports: Ports) -> list[T]:
    """Rows that lie beside a person, and beside whoever was merged into them; theirs first, each part as it is read."""
    merged = [name for name in profile.absorbed if ports.profiles.load(name).merged_into is not None]
    return [row for name in (*merged, profile.id) for row in read(name)]


def messages_of(profile_id: str, ports: Ports) -> Existing:
    """Finds messages of a person; one whose hand-over has begun stands in doubt, whatever its row says."""

    def find(name: str) -> Message | None:
        message = ports.profiles.message(profile_id, name)
        if message is None or message.settled_at is not None or not is_begun(message, ports):
            return message
        return structs.replace(message, status=MessageStatus.IN_DOUBT)

    return find


def is_begun(message: Message, ports: Ports) -> bool:
    """Whether somebody began to hand a message over, on whatever channel: the person may have it."""
    catalogue = ports.publications.current().catalogue
    return any(send.state in BEGUN for send in ports.ledger.find_all(unsettled_sends(message, catalogue)))


def everybody(ports: Ports) -> Iterator[Profile]:
    """Every person there is, page by page; erased and merged ones left out."""
    after: str | None = None
    while True:
        page, after = ports.profiles.members(after, PAGE)
        yield from (member for member in page if member.erased_at is None and member.merged_into is None)
        if after is None:
            return
