"""Learning on AWS: the log read by minutes, one writer, and models that functions read without waiting for them."""

import threading

import pytest
from rapport.domain.catalogue import Catalogue, Publication
from rapport.domain.house import House
from rapport.domain.learning import Learned, Lesson, learn
from rapport.domain.moment import MINUTE
from rapport.domain.outcome_log import LoggedExposure, LoggedOutcome
from rapport.domain.profile import Profile
from rapport.errors import Conflict
from rapport.ports import Change
from rapport.use_cases.learn import Course, read_on
from rapport_aws import dynamo
from rapport_aws.curation import Curation
from rapport_aws.learning import KEPT, Learning
from rapport_aws.models import Known
from rapport_aws.outcome_log import DynamoOutcomeLog, bucket
from rapport_aws.publications import PublishedCatalogue

from tests.adapters.cloud import BUCKET, Cloud
from tests.adapters.conftest import Clock, World

NOW = 1_800_000_000.0
THIS = int(NOW // MINUTE)
SHOWN = LoggedExposure("p_ann", "d_1", "car", "hero", "web", NOW - 1, "viewed", learns=True)
CLICKED = LoggedOutcome(
    "p_ann", "clicked", NOW, decision="d_1", offer="car", placement="hero", exposed_at=NOW - 1, learns=True, first=True
)
MODEL = learn(Learned(), [Lesson("car", answered=True)], "m1")
OTHER = learn(MODEL, [Lesson("car", answered=True)], "m2")


@pytest.fixture
def log(account: Cloud) -> DynamoOutcomeLog:
    return DynamoOutcomeLog(account.dynamodb, "profiles")


@pytest.fixture
def learning(account: Cloud) -> Learning:
    return Learning(account.dynamodb, account.s3, "catalogue", BUCKET, Clock())


@pytest.fixture
def curation(account: Cloud) -> Curation:
    made = Curation(account.dynamodb, account.s3, "catalogue", BUCKET, Clock())
    made.publish(Catalogue(House("Test")), {})
    return made


def reader(curation: Curation) -> PublishedCatalogue:
    return PublishedCatalogue(curation.row, curation.fetch, Clock())


def live(published: PublishedCatalogue) -> Publication:
    published.refresh()
    published._learn()
    return published.current()


def test_a_minute_has_the_rows_that_were_written_in_it_and_no_others(aws: World, log: DynamoOutcomeLog) -> None:
    aws.profiles.write(Change(Profile("p_ann"), log=(SHOWN,)))
    aws.clock.now += MINUTE
    aws.profiles.write(Change(Profile("p_bob"), log=(CLICKED,)))
    assert (log.minute(THIS), log.minute(THIS + 1), log.minute(THIS + 2)) == ([SHOWN], [CLICKED], [])


def test_whoever_is_erased_is_in_no_minute_of_the_log(aws: World, log: DynamoOutcomeLog) -> None:
    aws.profiles.write(Change(Profile("p_ann"), log=(SHOWN, CLICKED)))
    aws.profiles.erase(aws.profiles.load("p_ann"), NOW)
    assert log.minute(THIS) == []


def test_a_row_that_cannot_be_read_costs_none_of_the_others(account: Cloud, aws: World, log: DynamoOutcomeLog) -> None:
    aws.profiles.write(Change(Profile("p_ann"), log=(SHOWN,)))
    broken = {"pk": "P#p_x", "sk": "O#1", "bucket": bucket(THIS, 0), "logged": "1", "body": "{"}
    account.dynamodb.put_item(TableName="profiles", Item=dynamo.stored(broken))
    assert log.minute(THIS) == [SHOWN]


def test_what_was_learned_is_read_back(learning: Learning) -> None:
    course = Course(THIS, b"state")
    kept = learning.keep(None, course, Known(MODEL))
    assert learning.kept() == kept
    assert learning.course(kept) == course


def test_of_two_who_learn_at_once_the_second_changes_nothing(learning: Learning) -> None:
    first = learning.keep(None, Course(THIS, b"one"), Known(MODEL))
    for known in (None, first):
        learning.keep(first, Course(THIS + 1, b"two"), Known(MODEL)) if known else None
        with pytest.raises(Conflict):
            learning.keep(known, Course(THIS + 1, b"other"), Known(OTHER))
    assert learning.course(learning.kept()) == Course(THIS + 1, b"two")


def test_earlier_objects_go_in_the_end_and_the_live_ones_stay(account: Cloud, learning: Learning) -> None:
    kept = None
    for minute in range(KEPT + 9):
        kept = learning.keep(kept, Course(minute, b"%d" % minute), Known(MODEL))
    listed = account.s3.list_objects_v2(Bucket=BUCKET, Prefix="model/")["Contents"]
    assert kept is not None
    assert len(listed) == KEPT + 2
    assert {kept.state, kept.model} <= {one["Key"] for one in listed}


def test_functions_read_the_model_with_the_publication(learning: Learning, curation: Curation) -> None:
    learning.keep(None, Course(THIS), Known(MODEL))
    assert live(reader(curation)).model == MODEL


def test_a_later_model_takes_the_place_of_an_earlier_one(learning: Learning, curation: Curation) -> None:
    published = reader(curation)
    kept = learning.keep(None, Course(THIS), Known(MODEL))
    assert live(published).model == MODEL
    learning.keep(kept, Course(THIS + 1), Known(OTHER))
    assert live(published).model == OTHER


def test_before_anything_was_learned_there_is_no_model(curation: Curation) -> None:
    assert live(reader(curation)).model is None


@pytest.mark.parametrize("body", [b"", b"not a model", None])
def test_a_model_that_cannot_be_read_is_none_and_no_error(
    account: Cloud, learning: Learning, curation: Curation, body: bytes | None
) -> None:
    kept = learning.keep(None, Course(THIS), Known(MODEL))
    if body is None:
        account.s3.delete_object(Bucket=BUCKET, Key=kept.model)
    else:
        account.s3.put_object(Bucket=BUCKET, Key=kept.model, Body=body)
    assert live(reader(curation)).model is None


def test_a_model_that_cannot_be_read_leaves_the_one_before_in_place(
    account: Cloud, learning: Learning, curation: Curation
) -> None:
    published = reader(curation)
    kept = learning.keep(None, Course(THIS), Known(MODEL))
    assert live(published).model == MODEL
    account.s3.put_object(Bucket=BUCKET, Key=learning.keep(kept, Course(THIS + 1), Known(OTHER)).model, Body=b"broken")
    assert live(published).model == MODEL


def test_nobody_waits_for_a_newer_model(learning: Learning, curation: Curation) -> None:
    clock, asked, may_go_on = Clock(), threading.Event(), threading.Event()

    def fetch(key: str) -> bytes:
        if key.startswith("model/"):
            asked.set()
            assert may_go_on.wait(30)
        return curation.fetch(key)

    published = PublishedCatalogue(curation.row, fetch, clock)
    assert published.current().model is None
    learning.keep(None, Course(THIS), Known(MODEL))
    clock.now += 3600
    assert published.current().model is None, "the answer is there while the model is not"
    assert asked.wait(30)
    assert published.current().model is None
    may_go_on.set()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.daemon and thread.name.endswith("(_learn)"):
            thread.join(30)
    assert published.current().model == MODEL


def test_a_publication_keeps_what_was_learned(learning: Learning, curation: Curation) -> None:
    learning.keep(None, Course(THIS), Known(MODEL))
    curation.publish(Catalogue(House("Test")), {})
    assert live(reader(curation)).model == MODEL


def test_from_the_written_rows_to_the_read_model(
    aws: World, log: DynamoOutcomeLog, learning: Learning, curation: Curation
) -> None:
    aws.profiles.write(Change(Profile("p_ann"), log=(SHOWN, CLICKED)))
    known = learning.kept()
    settled, learner = read_on(learning.course(known), log, NOW)
    learning.keep(known, settled, Known(learner.learned, learner.norms))
    model = live(reader(curation)).model
    assert model is not None
    assert model.propensity("car", ()) > Learned().propensity("car", ())
    assert settled.learner().learned is None, "this minute may still get rows, so nothing of it is settled"


# ---- what is usual in the house


STANDING = {"worth~1": {4: 1, 9: 2}}


def test_what_people_add_to_the_norms_is_written_with_them_and_read_by_its_minute(
    aws: World, log: DynamoOutcomeLog
) -> None:
    aws.profiles.write(Change(Profile("p_ann", standing=STANDING), norms=STANDING))
    assert (log.moved(THIS), log.moved(THIS - 1)) == ([STANDING], [])
    assert log.minute(THIS) == []


def test_whoever_is_erased_takes_theirs_along_under_nobodys_name(aws: World, log: DynamoOutcomeLog) -> None:
    aws.profiles.write(Change(Profile("p_ann", standing=STANDING), norms=STANDING))
    aws.profiles.erase(aws.profiles.load("p_ann"), NOW)
    assert log.moved(THIS) == [{"worth~1": {4: -1, 9: -2}}]


def test_a_conflict_adds_nothing(aws: World, log: DynamoOutcomeLog) -> None:
    aws.profiles.write(Change(Profile("p_ann", standing=STANDING), norms=STANDING))
    with pytest.raises(Conflict):
        aws.profiles.write(Change(Profile("p_ann", standing=STANDING), norms=STANDING))
    assert log.moved(THIS) == [STANDING]


def test_norms_reach_the_publication_although_nothing_was_learned(
    aws: World, log: DynamoOutcomeLog, learning: Learning, curation: Curation
) -> None:
    aws.profiles.write(Change(Profile("p_ann", standing=STANDING), norms=STANDING))
    settled, learner = read_on(learning.course(None), log, NOW)
    learning.keep(None, settled, Known(learner.learned, learner.norms))
    published = live(reader(curation))
    assert published.model is None
    assert published.catalogue.norms["worth~1"].bins == {4: 1, 9: 2}
