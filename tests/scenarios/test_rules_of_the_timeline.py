"""The simulator's own promises: what is wrong costs one row, and the same input gives the same bytes."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from rapport.domain.tally import Tally
from rapport_authoring.cli.simulate import simulate as command
from rapport_authoring.report import Facts, page
from rapport_authoring.simulation import simulate

from tests.scenarios.test_scenarios import catalogue_of

NOON = "2026-11-02T12:00:00Z"
LATER = '{"at": "2026-11-02T12:00:00Z", "type": "personalise", "anonymousId": "a1", "placements": ["hero"]}'
WRONG = {
    "no JSON": "Ann",
    "no object": "[1]",
    "no moment": '{"type": "end"}',
    "a moment that is a number": '{"at": 1, "type": "end"}',
    "a day and no moment": '{"at": "2026-11-02", "type": "end"}',
    "a moment beyond the calendar": '{"at": "9999-12-31T23:59:59Z", "type": "end"}',
    "no type": f'{{"at": "{NOON}"}}',
    "an unknown type": f'{{"at": "{NOON}", "type": "sing"}}',
    "a type that is a list": f'{{"at": "{NOON}", "type": []}}',
    "a key twice": f'{{"at": "{NOON}", "type": "identify", "userId": "u1", "userId": "u2"}}',
    "a number of five thousand digits": f'{{"at": "{NOON}", "type": "identify", "traits": {{"n": {"9" * 5000}}}}}',
    "half a character": f'{{"at": "{NOON}", "type": "withdraw-offer", "offer": "\\ud800"}}',
    "no number": f'{{"at": "{NOON}", "type": "identify", "userId": "u1", "traits": {{"balance": NaN}}}}',
    "brackets without end": "[" * 100_000,
    "nobody": f'{{"at": "{NOON}", "type": "identify"}}',
    "a browser without an anonymous id": f'{{"at": "{NOON}", "type": "identify", "userId": "u1", "trusted": false}}',
    "a track without an event": f'{{"at": "{NOON}", "type": "track", "userId": "u1"}}',
    "an unknown purpose": (
        f'{{"at": "{NOON}", "type": "consent", "userId": "u1", "purpose": "x", "status": "granted"}}'
    ),
    "an unknown placement": f'{{"at": "{NOON}", "type": "personalise", "anonymousId": "a1", "placements": ["x"]}}',
    "a key that nobody knows": (
        f'{{"at": "{NOON}", "type": "personalise", "anonymousId": "a1", "placements": ["hero"], "x": 1}}'
    ),
    "the view of nobody": f'{{"at": "{NOON}", "type": "profile", "userId": "u9"}}',
    "feedback for a message that never was": (
        f'{{"at": "{NOON}", "type": "feedback", "userId": "u1", "campaign": "x", "status": "opened"}}'
    ),
    "an unknown offer": f'{{"at": "{NOON}", "type": "withdraw-offer", "offer": "x"}}',
    "a merge with nobody": f'{{"at": "{NOON}", "type": "merge", "userId": "u1", "into": "u2"}}',
    "an approval of nothing": f'{{"at": "{NOON}", "type": "approve", "userId": "u1", "campaign": "x"}}',
}


def played(lines: Sequence[str], seed: int = 0) -> list[Any]:
    return list(simulate(catalogue_of({}), lines, seed))


@pytest.mark.parametrize("line", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_line_is_one_error_row_with_its_number_and_costs_nothing_else(line: str) -> None:
    rows = played(["", line, LATER])
    assert [(row["type"], row.get("line")) for row in rows] == [("error", 2), ("decision", None)]


def test_an_error_row_stands_where_the_clock_stands() -> None:
    rows = played([LATER, '{"at": "2026-11-01T12:00:00Z", "type": "end"}', "x"])
    assert [row["at"] for row in rows] == [NOON, NOON, NOON]


def test_an_error_row_says_what_a_line_needs() -> None:
    told = [row["message"] for row in played(["Ann", '{"at": "noon", "type": "end"}', '{"at": 1, "type": "end"}'])]
    assert told[0].startswith("the line is no JSON")
    assert told[1:] == ["at must be a moment, as 2026-11-22T08:00:00Z"] * 2


def test_a_visitor_is_named_by_their_anonymous_id_in_every_line() -> None:
    who = f'"at": "{NOON}", "anonymousId": "a1"'
    consent = f'{{{who}, "type": "consent", "purpose": "personalisation", "channel": "web", "status": "granted"}}'
    shown, gone = played(
        [consent, *(f'{{{who}, "type": "{line}"}}' for line in ("profile", "erase", "profile"))],
    )
    assert (shown["anonymousId"], shown["consents"]["personalisation"]["web"]["status"]) == ("a1", "granted")
    assert (gone["type"], gone["line"]) == ("error", 4)


def test_times_of_the_output_are_utc_whatever_offset_the_line_has() -> None:
    rows = played([LATER.replace(NOON, "2026-11-02T13:00:00+01:00")])
    assert rows[0]["at"] == NOON


PULLS = [LATER, LATER.replace("a1", "a2"), LATER.replace("T12", "T13")]


def test_a_longer_timeline_begins_with_the_rows_of_the_shorter_one_tokens_included() -> None:
    whole = played(PULLS)
    assert [played(PULLS[:length]) for length in range(4)] == [whole[:length] for length in range(4)]


def test_a_token_of_an_earlier_run_tells_of_its_offer() -> None:
    tips = {
        "id": "tip",
        "kind": "advice",
        "benefit": "a tip",
        "placements": ["hero"],
        "content": {"en-GB": {"text": "T"}},
    }
    house = catalogue_of({"catalogue": {"offers/tips.yaml": tips}})
    (shown,) = simulate(house, [LATER])
    properties = {"token": shown["placements"][0]["offers"][0]["token"]}
    dismissed = {"at": NOON, "type": "track", "anonymousId": "a1", "event": "Offer Dismissed", "properties": properties}
    assert [row["placements"][0]["fallback"] for row in simulate(house, [LATER, json.dumps(dismissed), LATER])] == [
        False,
        True,
    ]


def test_another_seed_gives_other_tokens_and_the_same_seed_the_same() -> None:
    assert played(PULLS, 7) == played(PULLS, 7)
    assert played(PULLS, 7) != played(PULLS, 8)


def run(folder: Path, timeline: str, *options: str) -> Any:  # click's result
    folder.mkdir()
    (folder / "rapport.yaml").write_text("name: Tiny\n")
    return CliRunner().invoke(command, [str(folder), "-", *options], input=timeline)


def test_the_command_ends_well_although_lines_are_wrong(tmp_path: Path) -> None:
    done = run(tmp_path / "tiny", "\n".join(WRONG.values()))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0, done.output
    assert [row["line"] for row in rows] == list(range(1, len(WRONG) + 1))


def test_a_timeline_may_come_from_an_editor_that_marks_its_files(tmp_path: Path) -> None:
    done = run(tmp_path / "tiny", f'\ufeff{{"at": "{NOON}", "type": "end"}}\r\n')
    assert (done.exit_code, done.stdout) == (0, "")


def test_the_command_gives_the_same_bytes_for_the_same_input(tmp_path: Path) -> None:
    timeline = "\n".join(
        [
            f'{{"at": "{NOON}", "type": "identify", "userId": "Zoë", "traits": {{"email": "ann@x.example"}}}}',
            f'{{"at": "{NOON}", "type": "profile", "userId": "Zoë"}}',
        ]
    )
    once, again = (run(tmp_path / name, timeline, "--seed", "3") for name in ("one", "two"))
    assert once.stdout_bytes == again.stdout_bytes
    assert json.loads(once.stdout)["userId"] == "Zoë"


SHOP = """
rapport.yaml: |
  name: Shop
  contact: {caps: []}
events.yaml: |
  - {event: Delivery Rated, means: satisfaction, score: stars, of: 5}
templates/note.j2: "{% block text %}Thank you.{% endblock %}"
campaigns/thanks.yaml: |
  {id: thanks, purpose: service, kind: relationship, trigger: {event: Order Completed, key: order_id},
   channels: [sms], template: note.j2}
"""
BUSY = [
    {"at": NOON, "type": "identify", "userId": "ann", "traits": {"phone": "+33612345678"}},
    {"at": NOON, "type": "identify", "userId": "bob", "traits": {"phone": "+33612345679"}},
    *(
        {
            "at": NOON,
            "type": "track",
            "userId": who,
            "event": "Order Completed",
            "properties": {"order_id": order, **paid},
        }
        for who, order, paid in (("bob", "o1", {"revenue": 30}), ("ann", "o2", {"total": 12.5}), ("ann", "o3", {}))
    ),
    {"at": NOON, "type": "track", "userId": "cid", "event": "Order Completed", "properties": {"order_id": "o4"}},
    {"at": NOON, "type": "track", "userId": "ann", "event": "Delivery Rated", "properties": {"stars": 4}},
]


def summary(tmp_path: Path, *options: str) -> Any:  # click's result
    for name, text in yaml.safe_load(SHOP).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    timeline = "\n".join(json.dumps(line) for line in BUSY)
    return CliRunner().invoke(command, [str(tmp_path), "-", "--summary", *options], input=timeline)


def test_the_summary_counts_what_was_planned_sent_and_skipped_and_who_is_contacted_most_e18(tmp_path: Path) -> None:
    told = json.loads(summary(tmp_path, "--json").stdout)
    assert told["campaigns"] == {"thanks": {"planned": 4, "SENT": 3, "SKIPPED NO_ADDRESS": 1}}
    assert list(told["people"].items()) == [("ann", 2), ("bob", 1)]


def test_the_summary_shows_satisfaction_beside_revenue_e19(tmp_path: Path) -> None:
    told = json.loads(summary(tmp_path, "--json").stdout)
    assert told["holdout"]["others"] == {
        "people": 3,
        "bought": 3,
        "revenue": 42.5,
        "satisfaction": 0.8,
        "unsubscribed": 0,
    }


def test_on_a_terminal_the_summary_is_tables(tmp_path: Path) -> None:
    done = summary(tmp_path)
    assert done.exit_code == 0
    assert all(word in done.stdout for word in ("Campaigns", "thanks", "Most contacted", "revenue", "satisfaction"))


def test_on_a_terminal_the_summary_tells_how_many_lines_were_wrong(tmp_path: Path) -> None:
    wrong = run(tmp_path / "one", "Ann\nBob", "--summary")
    right = run(tmp_path / "two", f'{{"at": "{NOON}", "type": "end"}}', "--summary")
    assert ("wrong lines: 2" in wrong.stdout, "wrong lines" in right.stdout) == (True, False)


def test_the_summary_tells_why_offers_were_filtered_although_no_line_asks(tmp_path: Path) -> None:
    (tmp_path / "offers").mkdir()
    (tmp_path / "offers" / "all.yaml").write_text(
        "- {id: hello, kind: content, benefit: hi, content: {en-GB: {text: Hello}}}\n"
        "- {id: wax, kind: content, benefit: wax, when: false, placements: [hero], content: {en-GB: {text: Wax}}}\n"
    )
    (tmp_path / "placements").mkdir()
    (tmp_path / "placements" / "all.yaml").write_text("- {id: hero, channel: web, fallback: hello}\n")
    (tmp_path / "rapport.yaml").write_text("name: Tiny\n")
    counted = json.loads(CliRunner().invoke(command, [str(tmp_path), "-", "--summary", "--json"], input=LATER).stdout)
    assert counted["offers"]["wax"] == {"NOT_ELIGIBLE": 1}
    assert counted["offers"]["hello"]["shown"] == 1


def test_the_report_is_a_page_of_the_same_numbers_in_which_data_is_no_markup(tmp_path: Path) -> None:
    drawn = tmp_path / "out.html"
    done = summary(tmp_path, "--report", str(drawn))
    assert done.exit_code == 0, done.output
    assert ">thanks<" in drawn.read_text()
    assert "42.5" in drawn.read_text()


def test_the_report_escapes_what_a_house_and_a_timeline_say() -> None:
    drawn = page(Facts("A & <script>", "EUR", Tally(), {}, {}, people={"<img>": 1}))
    assert not {"<script>", "<img>"} & {*re.findall("<[a-z]+>", drawn)}


def test_of_a_flood_of_events_two_hundred_runs_are_planned_and_the_rest_is_told() -> None:
    campaign = {
        "id": "later",
        "purpose": "service",
        "kind": "service",
        "trigger": {"event": "Door Opened"},
        "after": "9d",
        "channels": ["email"],
        "template": "note.j2",
    }
    flood = [
        json.dumps({"at": NOON, "type": "track", "userId": "u1", "event": "Door Opened", "messageId": f"m{number}"})
        for number in range(210)
    ]
    rows = list(simulate(catalogue_of({"catalogue": {"campaigns/all.yaml": campaign}}), flood))
    reasons = [row["reason"] for row in rows if row["type"] == "message"]
    assert (reasons.count("DELAY"), reasons.count("CAPPED")) == (200, 10)
