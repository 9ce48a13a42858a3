"""Batches of a queue, taken in parts: what belongs together is taken together, and what is bad fails alone."""

from typing import Any

import pytest
from rapport.errors import StoreUnavailable
from rapport_aws.batches import Batch, Record, parts

from tests.functions.calls import failed, records


class PoisonError(Exception):
    """What a defect of ours would raise."""


def joined(names: list[str]) -> list[str]:
    """Which of the records, each named by the people it is about, go together."""
    made = [Record(str(place), name.split()) for place, name in enumerate(names)]
    return [" ".join(record.id for record in part) for part in parts(made, lambda value: value)]


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["a", "b", "a"], ["1", "0 2"]),
        (["a", "b", "a b", "c"], ["0 1 2", "3"]),
        (["", "", "a"], ["0", "1", "2"]),
        ([], []),
    ],
    ids=["one person twice", "a stretch and its person", "about nobody", "nothing"],
)
def test_records_that_share_a_person_go_together_in_their_order(names: list[str], wanted: list[str]) -> None:
    assert joined(names) == wanted


def taken(*bodies: str, spoilt: type[Exception] = PoisonError) -> tuple[list[list[str]], list[str]]:
    """Take all as one part, of which `bad` raises; what was really taken, and which come back."""
    done: list[list[str]] = []

    def take(values: list[Any]) -> None:
        if "bad" in values:
            raise spoilt
        done.append(values)

    batch = Batch(records(*bodies))
    batch.take(batch.read(str), take)
    return done, failed(batch.answer())


def test_a_part_without_poison_is_taken_at_once() -> None:
    assert taken("x", "y") == ([["x", "y"]], [])


def test_poison_fails_alone_and_the_rest_of_its_part_is_taken_one_by_one() -> None:
    assert taken("x", "bad", "y") == ([["x"], ["y"]], ["r1"])


def test_when_the_store_is_down_the_whole_part_comes_back_untried() -> None:
    assert taken("x", "bad", "y", spoilt=StoreUnavailable) == ([], ["r0", "r1", "r2"])


def test_what_cannot_be_read_fails_alone() -> None:
    batch = Batch(records("1", "one", "2"))
    assert ([record.value for record in batch.read(int)], failed(batch.answer())) == ([1, 2], ["r1"])


def test_what_is_nothing_to_take_is_done() -> None:
    batch = Batch(records("1"))
    assert (batch.read(lambda _body: None), failed(batch.answer())) == ([], [])
