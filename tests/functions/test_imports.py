"""Files of people: an answer per line, however the file is cut, and nothing of it is left lying about."""

import json
import tracemalloc
import urllib.request
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapport.domain.moment import parse
from rapport.domain.trait import BUILT_IN, TraitDefinition
from rapport_aws import import_files, imports, pieces

from functions.dispatch.handler import handle as dispatch
from functions.profiles.handler import handle
from tests.functions.calls import Context, bearer, call, failed, records, told
from tests.functions.deployment import Deployment


def imported(world: Deployment, body: bytes) -> dict[str, Any]:
    """The result of an import, worked to its end."""
    started = handle(call("POST", "/v1/imports", body, bearer(world.secret), source="crm"), Context())
    while waiting := world.queued():
        assert not failed(dispatch(records(*waiting), Context()))
    found = told(handle(call("GET", started["headers"]["Location"], None, bearer(world.secret)), Context()))
    assert found["state"] == "done"
    result: dict[str, Any] = found["result"]
    return result


def line(number: int, **traits: Any) -> bytes:
    return json.dumps({"userId": f"line-{number}", "traits": traits}).encode() + b"\n"


BAD_LINES = [
    (b"nonsense", ""),
    (b'{"userId": ""}', "userId"),
    (b'{"traits": {}}', "userId"),
    (b'{"userId": "bad-1", "traits": {"email": "a@b, c@d"}}', "traits.email"),
    (b'{"userId": "bad-2", "traits": {"first_name": ["Ann"]}}', "traits.first_name"),
    (b'{"userId": "bad-3", "traits": {"first_name": ' + b"9" * 5000 + b"}}", ""),
    (b'{"userId": "bad-4", "consents": [{"purpose": "fun", "status": "granted"}]}', "consents"),
    (b'{"userId": "bad-5", "traits": {"first_name": "' + b"x" * 40_000 + b'"}}', ""),
]


@pytest.mark.parametrize(("bad", "path"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_bad_line_is_answered_and_costs_the_others_nothing_e16(world: Deployment, bad: bytes, path: str) -> None:
    result = imported(world, line(1, first_name="Ann") + bad + b"\n" + line(2, first_name="Bo"))
    assert [told["status"] for told in result["lines"]] == ["accepted", "rejected", "accepted"]
    assert [error["path"] for error in result["lines"][1]["errors"]] == [path]


def test_nothing_of_a_rejected_line_is_stored(world: Deployment) -> None:
    imported(world, b'{"userId": "half", "traits": {"first_name": "Ann", "email": "a@b, c@d"}}\n')
    assert world.profile("half").version == 0


def test_what_nobody_declared_is_left_out_and_told(world: Deployment) -> None:
    traits = '{"first_name": "Ann", "__class__": "x", "items": ["y"]}'
    result = imported(world, f'{{"userId": "extra", "traits": {traits}}}\n'.encode())
    assert (result["accepted"], {error["path"] for error in result["lines"][0]["errors"]}) == (
        1,
        {"traits.__class__", "traits.items"},
    )
    assert set(world.profile("extra").traits) == {"first_name"}


def test_a_line_is_counted_where_it_stands_in_the_file(world: Deployment) -> None:
    result = imported(world, b"\n" + line(1) + b"\r\n" + line(2))
    assert [told["line"] for told in result["lines"]] == [2, 4]


def test_lines_of_one_person_are_taken_in_their_order(world: Deployment) -> None:
    imported(world, b"".join(line(7, first_name=name) for name in ("Cy", "Ann", "Bo")))
    assert world.profile("line-7").traits["first_name"].value == "Bo"


@pytest.mark.slow
def test_many_answers_are_an_object_of_their_own_a_line_each(world: Deployment, monkeypatch: Any) -> None:
    monkeypatch.setattr(imports, "INLINE", 100)
    result = imported(world, b"".join(line(number % 20) for number in range(450)))
    with urllib.request.urlopen(result["url"]) as answer:  # noqa: S310  # moto's own server
        whole = json.loads(answer.read())
    assert (whole["accepted"], [told["line"] for told in whole["lines"]]) == (450, list(range(1, 451)))


def test_nothing_of_the_file_is_left_in_the_bucket(world: Deployment) -> None:
    imported(world, line(1, first_name="Xanthippe"))
    bucket = world.house.settings.bucket
    found = world.house.s3.list_objects_v2(Bucket=bucket, Prefix="imports/").get("Contents", [])
    bodies = [world.house.s3.get_object(Bucket=bucket, Key=held["Key"])["Body"].read() for held in found]
    assert not any(b"Xanthippe" in body for body in bodies)


def test_lines_of_one_person_are_one_write_consents_and_all(world: Deployment) -> None:
    given = b'{"userId": "line-208", "consents": [{"purpose": "marketing", "channel": "email", "status": "granted"}]}\n'
    assert imported(world, line(208, first_name="Ann") + given + line(208, first_name="Bo"))["accepted"] == 3
    stored = world.profile("line-208")
    assert (stored.version, stored.traits["first_name"].value) == (1, "Bo")
    assert (list(stored.consents), len(world.house.profiles.receipts(stored.id))) == (["marketing"], 1)


SAID = {
    "one by one": [{"purpose": "marketing", "channel": "email", "status": "granted", "at": "2026-03-01T00:00:00Z"}],
    "as the single view": {"marketing": {"email": {"status": "granted", "at": "2026-03-01T00:00:00Z"}}},
    "by channel": {"marketing": {"email": "granted"}},
    "by purpose": {"marketing": "granted"},
}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_consents_are_taken_however_they_are_told_d5(world: Deployment, said: Any) -> None:
    user = f"line-{zlib.crc32(repr(said).encode())}"
    assert imported(world, json.dumps({"userId": user, "consents": said}).encode())["accepted"] == 1
    [(channel, held)] = world.profile(user).consents["marketing"].items()
    dated = parse("2026-03-01T00:00:00Z") if "2026-03" in repr(said) else world.clock.now
    assert (channel in ("email", "*"), held.status, held.at) == (True, "granted", pytest.approx(dated, abs=1))


def test_a_consent_that_nobody_has_given_yet_is_refused(world: Deployment) -> None:
    said = {"marketing": {"email": {"status": "granted", "at": "2999-01-01T00:00:00Z"}}}
    [told] = imported(world, json.dumps({"userId": "early", "consents": said}).encode())["lines"]
    assert (told["status"], told["errors"]) == ("rejected", [{"path": "consents", "message": "is in the future"}])


@pytest.mark.parametrize("key", ["at", "expires_at"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_consent_at_a_moment_that_has_no_date_is_refused(world: Deployment, key: str, moment: str) -> None:
    said = {"marketing": {"email": {"status": "granted", key: moment}}}
    [told] = imported(world, json.dumps({"userId": "dateless", "consents": said}).encode())["lines"]
    assert (told["status"], {error["path"] for error in told["errors"]}) == ("rejected", {"consents"})


def test_a_consent_on_paper_from_before_computers_is_imported(world: Deployment) -> None:
    said = {"marketing": {"email": {"status": "granted", "at": "1965-05-01T00:00:00Z"}}}
    [told] = imported(world, json.dumps({"userId": "on-paper", "consents": said}).encode())["lines"]
    assert (told["status"], told["errors"]) == ("accepted", [])


def test_a_file_that_came_in_before_an_erasure_brings_nobody_back(world: Deployment) -> None:
    world.person("line-9", first_name="Ann")
    body = line(9, first_name="Lazarus") + line(10, first_name="Bo")
    started = handle(call("POST", "/v1/imports", body, bearer(world.secret), source="crm"), Context())
    world.clock.now += 5
    handle(call("DELETE", "/v1/profiles/line-9", None, bearer(world.secret)), Context())
    while waiting := world.queued():
        dispatch(records(*waiting), Context())
    found = told(handle(call("GET", started["headers"]["Location"], None, bearer(world.secret)), Context()))
    assert [one["status"] for one in found["result"]["lines"]] == ["rejected", "accepted"]
    assert (world.profile("line-9").traits, world.profile("line-10").traits["first_name"].value) == ({}, "Bo")


def test_a_slice_delivered_twice_is_answered_once(world: Deployment) -> None:
    body = line(1, first_name="Ann")
    started = handle(call("POST", "/v1/imports", body, bearer(world.secret), source="crm"), Context())
    [waiting] = world.queued()
    dispatch(records(waiting), Context())
    dispatch(records(waiting), Context())
    found = told(handle(call("GET", started["headers"]["Location"], None, bearer(world.secret)), Context()))
    assert (found["result"]["accepted"], found["progress"]) == (1, 1.0)


# ---- how files are cut


def rows_of(body: bytes, size: int, most: int = 3) -> list[pieces.Row]:
    """Every row of a file that is read in pieces of so many bytes."""
    found: list[pieces.Row] = []
    at = pieces.Cut()
    while at.offset < len(body):
        piece = body[at.offset : at.offset + size]
        rows, after = pieces.cut(piece, at, most, is_last=at.offset + len(piece) >= len(body))
        assert after.offset > at.offset, "it goes on"
        found, at = [*found, *rows], after
    return found


names = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)


@given(st.lists(names, max_size=30), st.integers(pieces.LONGEST + 1, pieces.LONGEST + 90))
def test_however_a_file_is_cut_its_rows_are_the_same(found: list[str], size: int) -> None:
    body = b"".join(json.dumps({"userId": name, "traits": {"note": "x" * 9000}}).encode() + b"\n" for name in found)
    assert [json.loads(row.text)["userId"] for row in rows_of(body, size)] == found


@given(st.lists(st.text("ab\n\r,\"' é", min_size=1, max_size=20), min_size=1, max_size=20))
def test_a_cell_may_hold_commas_quotes_and_line_ends(cells: list[str]) -> None:
    written = b"userId,note\n" + b"".join(f'u,"{cell.replace(chr(34), chr(34) * 2)}"\n'.encode() for cell in cells)
    assert [row.cells for row in rows_of(written, pieces.LONGEST + 1)] == [{"userId": "u", "note": c} for c in cells]


def test_a_row_without_an_end_is_one_fault_and_the_next_is_taken() -> None:
    body = line(1) + b'{"userId": "' + b"x" * 5 * pieces.LONGEST + b'"}\n' + line(2)
    assert [(row.line, bool(row.fault)) for row in rows_of(body, 2 * pieces.LONGEST)] == [
        (1, False),
        (2, True),
        (3, False),
    ]


def test_a_quote_that_nobody_closes_is_one_fault() -> None:
    body = b'userId,note\na,"open\n' + b"b,1\n" * 20_000
    rows = rows_of(body, 256 * 1024, most=100_000)
    assert (bool(rows[0].fault), rows[-1].cells) == (True, {"userId": "b", "note": "1"})


def test_a_csv_row_is_read_by_the_types_that_are_declared() -> None:
    declared = BUILT_IN | {
        "kids": TraitDefinition("kids", "integer"),
        "interests": TraitDefinition("interests", "list", wire_names=("likes",)),
    }
    cells = {"userId": "u", "kids": "2", "likes": "ski;golf", "email": "", "shoe": "43"}
    traits = {"kids": 2.0, "likes": ["ski", "golf"], "shoe": "43"}
    assert pieces.person_of(cells, declared) == {"userId": "u", "traits": traits}


def test_a_row_with_other_cells_than_the_header_is_a_fault() -> None:
    assert [bool(row.fault) for row in rows_of(b"userId,a\nu,1\nu,1,2\nu\n", 100_000)] == [False, True, True]


def test_a_long_file_is_cut_without_loss_in_little_memory() -> None:
    body = b"".join(line(number, first_name="Ann") for number in range(20_000))
    at, count = pieces.Cut(), 0
    tracemalloc.start()
    while at.offset < len(body):
        piece = body[at.offset : at.offset + import_files.PIECE]
        rows, at = pieces.cut(piece, at, imports.SLICE, is_last=at.offset + len(piece) >= len(body))
        count += len(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, peak < 4 * import_files.PIECE) == (20_000, True)


def test_a_consent_from_before_an_erasure_grants_nothing_to_who_starts_anew(world: Deployment) -> None:
    world.person("granted-once")
    handle(call("DELETE", "/v1/profiles/granted-once", None, bearer(world.secret)), Context())
    world.clock.now += 3600
    said = {"marketing": {"email": {"status": "granted", "at": "2026-01-01T00:00:00Z"}, "sms": "granted"}}
    result = imported(world, json.dumps({"userId": "granted-once", "consents": said}).encode())
    assert [error["path"] for error in result["lines"][0]["errors"]] == ["consents"]
    assert set(world.profile("granted-once").consents["marketing"]) == {"sms"}


def test_a_file_that_is_too_large_for_a_body_is_told_where_it_goes(world: Deployment) -> None:
    started = handle(
        call("POST", "/v1/imports", b"x" * (imports.LARGEST + 1), bearer(world.secret), source="crm"), Context()
    )
    assert (started["statusCode"], "upload it" in told(started)["detail"]) == (400, True)
