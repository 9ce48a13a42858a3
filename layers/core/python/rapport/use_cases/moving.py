"""Moving planned messages from one profile to another: an anonymous stretch that joined a person, or a merge."""

from msgspec import Struct, structs

from rapport.domain.message import Message, message_id
from rapport.domain.moment import Moment
from rapport.domain.planning import Existing, with_pending
from rapport.domain.profile import Profile, Waiting
from rapport.ports import Ports


class Moved(Struct, frozen=True):
    """The person with the moved messages noted, the rows to write, and when to look at them."""

    profile: Profile
    messages: tuple[Message, ...] = ()
    looks: tuple[tuple[Moment, str], ...] = ()


def move_messages(source: Profile, person: Profile, own: Profile, ports: Ports, now: Moment) -> Moved:
    """Move what was planned for `source` to `person`, once per key; `own` is the person as they were before.

    The rows of the source stay where they are: nothing pending names them any more, so nobody looks at them.
    """
    house = ports.publications.current().catalogue.house.name
    names = {
        pending.message_id: message_id(house, pending.campaign, person.id, pending.key) for pending in source.pending
    }
    found = [ports.profiles.message(source.id, pending.message_id) for pending in source.pending]
    planned = [
        structs.replace(message, id=names[message.id], profile=person.id)
        for message in found
        if message is not None and message.settled_at is None
    ]
    new = [message for message in planned if ports.profiles.message(person.id, message.id) is None]
    waiting = tuple(_renamed(one, names) for one in source.waiting if names.get(one.message_id) in {m.id for m in new})
    profile = structs.replace(person, pending=own.pending, waiting=(*own.waiting, *waiting))
    for message in new:
        profile = with_pending(profile, message)
    return Moved(profile, tuple(new), tuple((max(message.due_at, now), message.id) for message in new))


def finder(person: str, moved: tuple[Message, ...], ports: Ports) -> Existing:
    """Finds messages of a person, those included that are moving in this very change."""
    arriving = {message.id: message for message in moved}
    return lambda name: arriving.get(name) or ports.profiles.message(person, name)


def _renamed(waiting: Waiting, names: dict[str, str]) -> Waiting:
    return structs.replace(waiting, message_id=names[waiting.message_id])
