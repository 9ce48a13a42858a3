"""Planning after a write that came to nothing: what that left behind is planned anew."""

from msgspec import structs
from rapport.domain.campaign import Campaign, Trigger
from rapport.domain.catalogue import Catalogue
from rapport.domain.event import EventFacts
from rapport.domain.house import House
from rapport.domain.message import Message
from rapport.domain.occasion import Occasion
from rapport.domain.planning import plan
from rapport.domain.profile import Profile

ANN = Profile("p_ann", version=1, user_id="ann")
NOTE = Campaign("note", "service", "relationship", Trigger("event", event="Asked", key="id"), ("email",), "note.j2")
HOUSE = Catalogue(House("House"), campaigns={"note": NOTE})
ASKED = Occasion(10.0, event=EventFacts("Asked", 10.0, {"id": "1"}), message_id="e1")


def planned(person: Profile, rows: dict[str, Message]) -> list[str]:
    return [message.id for message in plan(person, person, ASKED, HOUSE, rows.get).messages]


def test_a_row_that_its_person_does_not_name_was_left_by_a_write_that_never_happened() -> None:
    [name] = planned(ANN, {})
    left = Message(name, ANN.id, "note", "1", 9.0, 9.0, 9.0)
    assert planned(ANN, {name: left}) == [name]
    assert planned(ANN, {name: structs.replace(left, settled_at=9.5)}) == []
