"""Moving planned messages from one profile to another: an anonymous stretch that joined a person, or a merge."""

from msgspec import Struct, structs

from rapport.domain.message import Message
from rapport.domain.moment import Moment
from rapport.domain.occasion import Existing
from rapport.domain.planned import with_pending
from rapport.domain.profile import Profile, Waiting
from rapport.domain.runs import run_id, unsettled_sends
from rapport.ports import Ports
from rapport.use_cases.people import is_begun, messages_of


class Moved(Struct, frozen=True):
    """The person with the moved messages noted, the rows to write, and when to look at them."""

    profile: Profile
    messages: tuple[Message, ...] = ()
    looks: tuple[tuple[Moment, str], ...] = ()
    unbegun: tuple[str, ...] = ()
    """Sends that nobody may have begun: their messages have other names from now on."""


def move_messages(source: Profile, person: Profile, own: Profile, ports: Ports, now: Moment) -> Moved:
    """Move what was planned for `source` to `person`, once per key; `own` is the person as they were before.

    The rows of the source stay where they are: nothing pending names them any more, so nobody looks at them. What
    somebody began to hand over keeps its name, by which the ledger knows how that ends.
    """
    catalogue = ports.publications.current().catalogue
    found = [ports.profiles.message(source.id, pending.message_id) for pending in source.pending]
    open_ = [message for message in found if message is not None and message.settled_at is None]
    begun = {message.id for message in open_ if is_begun(message, ports)}
    names = {one.id: one.id if one.id in begun else run_id(person, one.campaign, one.key, catalogue) for one in open_}
    planned = [structs.replace(message, id=names[message.id], profile=person.id) for message in open_]
    new = [message for message in planned if ports.profiles.message(person.id, message.id) is None]
    waiting = tuple(_renamed(one, names) for one in source.waiting if names.get(one.message_id) in {m.id for m in new})
    unbegun = tuple(name for one in open_ if one.id not in begun for name in unsettled_sends(one, catalogue))
    profile = structs.replace(person, pending=own.pending, waiting=(*own.waiting, *waiting))
    for message in new:
        profile = with_pending(profile, message)
    looks = tuple((max(message.due_at, now), message.id) for message in new)
    return Moved(profile, tuple(new), looks, unbegun)


def finder(person: str, moved: tuple[Message, ...], ports: Ports) -> Existing:
    """Finds messages of a person, those included that are moving in this very change."""
    arriving = {message.id: message for message in moved}
    own = messages_of(person, ports)
    return lambda name: arriving.get(name) or own(name)


def _renamed(waiting: Waiting, names: dict[str, str]) -> Waiting:
    return structs.replace(waiting, message_id=names[waiting.message_id])
