"""What the port Profiles promises, held by both of its implementations."""

import pytest
from msgspec import structs
from rapport.domain.consent import Receipt
from rapport.domain.message import Message, Record
from rapport.domain.moment import DAY
from rapport.domain.outcome_log import LoggedExposure, LoggedOutcome
from rapport.domain.profile import Profile
from rapport.domain.reason import MessageStatus, Reason
from rapport.errors import Conflict
from rapport.ports import Change, Due

from tests.adapters.cloud import Cloud
from tests.adapters.conftest import World

ANN = Profile("p_ann", user_id="ann")
STRETCH = Profile("p_stretch", anonymous_id="a1")
MESSAGE = Message("m_1", "p_ann", "welcome", "k1", 10.0, 10.0, 70.0)
RECORD = Record(20.0, "p_ann", "m_1", "welcome", "k1", MessageStatus.SKIPPED, reason=Reason.NO_CONSENT)
SHOWN = LoggedExposure("p_ann", "d_1", "car", "hero", "web", 10.0, "viewed", learns=True)
CLICKED = LoggedOutcome("p_ann", "clicked", 11.0, decision="d_1", offer="car", placement="hero", exposed_at=10.0)
GRANTED = Receipt("marketing", "email", "granted", 5.0)
WITHDRAWN = Receipt("marketing", "email", "withdrawn", 5.0)


def test_a_person_never_stored_is_empty(world: World) -> None:
    assert world.profiles.load("p_nobody") == Profile("p_nobody")


def test_what_is_written_is_read_back_one_version_on(world: World) -> None:
    world.profiles.write(Change(ANN))
    assert world.profiles.load("p_ann") == structs.replace(ANN, version=1)


def test_a_large_profile_survives_the_store(world: World) -> None:
    large = structs.replace(ANN, groups=tuple(f"group-{number}-{'x' * 20}" for number in range(2000)))
    world.profiles.write(Change(large))
    assert world.profiles.load("p_ann").groups == large.groups


def test_who_writes_over_an_old_version_meets_a_conflict(world: World) -> None:
    world.profiles.write(Change(ANN))
    with pytest.raises(Conflict):
        world.profiles.write(Change(ANN))


def test_a_conflict_writes_nothing_of_the_change(world: World) -> None:
    world.profiles.write(Change(ANN))
    with pytest.raises(Conflict):
        world.profiles.write(Change(ANN, messages=(MESSAGE,), receipts=(GRANTED,)))
    assert (world.profiles.messages("p_ann"), world.profiles.receipts("p_ann")) == ([], [])


def test_an_emptied_stretch_that_moved_on_stops_the_whole_change(world: World) -> None:
    stretch = Profile("p_stretch", anonymous_id="a1")
    world.profiles.write(Change(stretch))
    with pytest.raises(Conflict):
        world.profiles.write(Change(ANN, emptied=stretch))
    assert world.profiles.load("p_ann").version == 0


def test_messages_come_back_oldest_first(world: World) -> None:
    later = structs.replace(MESSAGE, id="m_0", planned_at=30.0)
    world.profiles.write(Change(ANN, messages=(MESSAGE,)))
    world.profiles.write(Change(structs.replace(ANN, version=1), messages=(later,)))
    assert world.profiles.messages("p_ann") == [MESSAGE, later]


def test_one_message_is_found_by_its_id(world: World) -> None:
    world.profiles.write(Change(ANN, messages=(MESSAGE,)))
    assert world.profiles.message("p_ann", "m_1") == MESSAGE


def test_a_message_nobody_planned_is_none(world: World) -> None:
    assert world.profiles.message("p_ann", "m_9") is None


def test_records_come_back_as_told(world: World) -> None:
    world.profiles.write(Change(ANN, records=(RECORD,)))
    assert world.profiles.records("p_ann") == [RECORD]


def test_rows_of_the_outcome_log_come_back_oldest_first(world: World) -> None:
    world.profiles.write(Change(ANN, log=(CLICKED, SHOWN)))
    assert world.profiles.log("p_ann") == [SHOWN, CLICKED]


def test_a_row_of_the_outcome_log_that_is_written_again_is_one_row(world: World) -> None:
    world.profiles.write(Change(ANN, log=(SHOWN,)))
    world.profiles.write(Change(structs.replace(ANN, version=1), log=(SHOWN,)))
    assert world.profiles.log("p_ann") == [SHOWN]


def test_a_conflict_logs_nothing(world: World) -> None:
    world.profiles.write(Change(ANN))
    with pytest.raises(Conflict):
        world.profiles.write(Change(ANN, log=(SHOWN,)))
    assert world.profiles.log("p_ann") == []


@pytest.mark.parametrize("many", [1, 130])
def test_receipts_leave_a_stretch_with_its_history(world: World, many: int) -> None:
    said = tuple(structs.replace(GRANTED, at=float(number)) for number in range(many))
    world.profiles.write(Change(STRETCH, receipts=(*said, WITHDRAWN)))
    world.profiles.write(Change(ANN, emptied=structs.replace(STRETCH, version=1), left=said))
    assert (world.profiles.receipts("p_stretch"), world.profiles.receipts("p_ann")) == ([WITHDRAWN], [])


def test_a_grant_and_a_withdrawal_of_one_moment_are_both_kept(world: World) -> None:
    world.profiles.write(Change(ANN, receipts=(GRANTED, WITHDRAWN)))
    assert sorted(receipt.status for receipt in world.profiles.receipts("p_ann")) == ["granted", "withdrawn"]


def test_a_change_larger_than_one_transaction_is_stored_whole(world: World) -> None:
    many = tuple(structs.replace(MESSAGE, id=f"m_{number}") for number in range(130))
    world.profiles.write(Change(ANN, messages=many))
    assert len(world.profiles.messages("p_ann")) == 130


def test_announcements_are_told_after_the_write(world: World) -> None:
    world.profiles.write(Change(ANN, announcements=({"name": "Consent Changed", "profile": "p_ann"},)))
    assert world.announced == [{"name": "Consent Changed", "profile": "p_ann"}]


def test_a_conflict_announces_nothing(world: World) -> None:
    world.profiles.write(Change(ANN))
    with pytest.raises(Conflict):
        world.profiles.write(Change(ANN, announcements=({"name": "Consent Changed", "profile": "p_ann"},)))
    assert world.announced == []


def test_erasing_leaves_a_tombstone_and_no_row(world: World) -> None:
    world.profiles.write(Change(ANN, messages=(MESSAGE,), receipts=(GRANTED,), records=(RECORD,), log=(SHOWN,)))
    world.profiles.erase(world.profiles.load("p_ann"), 99.0)
    assert world.profiles.log("p_ann") == []
    assert world.profiles.load("p_ann") == Profile("p_ann", version=2, erased_at=99.0)
    assert not world.profiles.messages("p_ann") + world.profiles.receipts("p_ann") + world.profiles.records("p_ann")


def test_a_stretch_whose_time_is_over_is_seen_no_more_though_it_is_still_stored(world: World) -> None:
    world.profiles.write(Change(STRETCH, receipts=(GRANTED,)))
    world.clock.now += 90 * DAY - 1
    assert world.profiles.load("p_stretch") == structs.replace(STRETCH, version=1)
    world.clock.now += 1
    assert world.profiles.load("p_stretch") == Profile("p_stretch")


def test_nobody_pages_over_a_stretch_whose_time_is_over(world: World) -> None:
    world.profiles.write(Change(STRETCH))
    world.clock.now += 91 * DAY
    found = [person for shard in range(16) for person in world.profiles.members(f"{shard}#", 9)[0]]
    assert found == []


def test_whoever_comes_back_after_their_stretch_is_over_starts_a_new_one(world: World) -> None:
    world.profiles.write(Change(structs.replace(STRETCH, groups=("old",))))
    world.clock.now += 91 * DAY
    world.profiles.write(Change(world.profiles.load("p_stretch")))
    assert world.profiles.load("p_stretch") == Profile("p_stretch", version=1)


def test_a_stretch_that_somebody_else_began_anew_is_a_conflict(world: World) -> None:
    world.profiles.write(Change(STRETCH))
    world.clock.now += 91 * DAY
    world.profiles.write(Change(STRETCH))
    with pytest.raises(Conflict):
        world.profiles.write(Change(STRETCH))


def test_the_log_of_a_stretch_ends_with_it_and_that_of_a_person_with_events(aws: World, account: Cloud) -> None:
    aws.profiles.write(Change(STRETCH, log=(SHOWN,)))
    aws.profiles.write(Change(ANN, log=(SHOWN,)))
    rows = account.dynamodb.scan(TableName="profiles")["Items"]
    ends = {row["pk"]["S"]: int(row["ttl"]["N"]) for row in rows if row["sk"]["S"].startswith("O#")}
    assert {who: (end - aws.clock.now) / DAY for who, end in ends.items()} == {"P#p_stretch": 90, "P#p_ann": 400}


def test_a_known_person_stays(world: World) -> None:
    world.profiles.write(Change(ANN))
    world.clock.now += 4000 * DAY
    assert world.profiles.load("p_ann").user_id == "ann"


def test_all_people_are_found_page_by_page(world: World) -> None:
    for number in range(25):
        world.profiles.write(Change(Profile(f"p_{number}", user_id=str(number))))
    found: list[str] = []
    after: str | None = None
    for _page in range(40):
        people, after = world.profiles.members(after, 4)
        found += [person.id for person in people]
        if after is None:
            break
    assert sorted(found) == sorted(f"p_{number}" for number in range(25))


def test_a_due_row_comes_up_when_its_moment_has_come(world: World) -> None:
    start = world.clock.now
    row = Due(start + 300, "p_ann", "message", "m_1")
    world.profiles.write(Change(ANN, due=(row,)))
    assert (list(world.schedule.due(start + 299, 10)), list(world.schedule.due(start + 300, 10))) == ([], [row])


def test_due_rows_come_earliest_first(world: World) -> None:
    start = world.clock.now
    rows = tuple(Due(start + wait, f"p_{wait}", "wake") for wait in (500, 20, 140))
    world.profiles.write(Change(ANN, due=rows))
    assert [row.at - start for row in world.schedule.due(start + 600, 10)] == [20, 140, 500]


def test_what_is_done_does_not_come_up_again(world: World) -> None:
    world.profiles.write(Change(ANN, due=(Due(world.clock.now + 5, "p_ann", "wake"),)))
    for row in world.schedule.due(world.clock.now + 10, 10):
        world.schedule.done(row)
    assert list(world.schedule.due(world.clock.now + 10, 10)) == []


def test_no_more_rows_come_than_were_asked_for(world: World) -> None:
    rows = tuple(Due(world.clock.now + 1, f"p_{number}", "wake") for number in range(9))
    world.profiles.write(Change(ANN, due=rows))
    assert len(world.schedule.due(world.clock.now + 1, 4)) == 4
