"""`rapport explain` as somebody at a terminal uses it: why this person gets this offer, or why not."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rapport_authoring.cli.main import main

FILES = {
    "rapport.yaml": "name: Trails\nsources: {crm: {rank: 80, certainty: 0.95}, guess: {rank: 5, certainty: 0.2}}\n"
    "purposes: {personalisation: {basis: consent}, marketing: {basis: consent}}\n",
    "traits.yaml": "declared:\n  tier: {type: string}\n  age: {type: integer}\n  joined: {type: date}\n"
    "  debts: {type: number, allows: [service]}\n",
    "segments/all.yaml": "- {id: gold, when: 'traits.tier == \"gold\"'}\n",
    "placements/all.yaml": "- {id: hero, channel: web, count: 1, fallback: welcome}\n"
    "- {id: block, channel: email, count: 1}\n",
    "offers/all.yaml": "- {id: welcome, kind: content, benefit: Hello, content: {en-GB: {headline: Hello}}}\n"
    "- {id: car, kind: sales, benefit: A car, placements: [hero, block], content: {en-GB: {headline: A car}},\n"
    "   when: '\"gold\" in segments && (traits.age > 30 || traits.debts < 1.0)', unless: 'traits.tier == \"none\"'}\n",
}
GRANTED = (
    '{"at": "2026-11-20T08:00:00Z", "type": "consent", "userId": "ann", "purpose": "personalisation", '
    '"status": "granted"}'
)


def identify(**traits: object) -> str:
    line = {"at": "2026-11-20T08:00:01Z", "type": "identify", "userId": "ann", "traits": traits, "source": "crm"}
    return json.dumps(line)


END = '{"at": "2026-11-22T08:00:01Z", "type": "end"}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def explain(folder: Path, *lines: str, offer: str = "car", user: str = "ann", options: tuple[str, ...] = ()) -> Result:
    asked = ["explain", str(folder), offer, "--timeline", "-", "--user", user, *options]
    return CliRunner().invoke(main, asked, input="\n".join(lines))


def told(folder: Path, *lines: str, options: tuple[str, ...] = ()) -> dict[str, Any]:
    answer = explain(folder, *lines, options=("--json", *options))
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def part(found: dict[str, Any], *path: int) -> dict[str, Any]:
    here: dict[str, Any] = found["conditions"]["when"]
    for at in path:
        here = here["parts"][at]
    return here


def test_who_gets_it_is_told_so(folder: Path) -> None:
    found = told(folder, GRANTED, identify(tier="gold", age=40), END)
    assert (found["stage"], found["reason"], part(found)["truth"]) == ("arbitration", "CHOSEN", True)


def test_what_an_offer_complements_is_part_of_why(folder: Path) -> None:
    events = "- {event: Flight Booked, means: chooses, intent: trip, choice: destination}\n"
    (folder / "events.yaml").write_text(events, encoding="utf-8")
    offer = "id: taxi\nkind: content\nbenefit: A taxi\nplacements: [hero]\ncomplements: {trip: oslo}\n"
    content = "content: {en-GB: {headline: A taxi}}\n"
    (folder / "offers" / "taxi.yaml").write_text(offer + content, encoding="utf-8")
    answer = explain(folder, GRANTED, identify(age=40), END, offer="taxi", options=("--json",))
    why = {"text": '("oslo" in intents.trip.chosen)', "truth": False}
    chosen = {"name": "intents.trip.chosen", "value": []}
    assert json.loads(answer.stdout)["conditions"] == {"complements": {**why, "values": [chosen]}}


def test_the_part_that_was_false_shows_the_value_its_source_age_and_certainty(folder: Path) -> None:
    found = told(folder, GRANTED, identify(tier="gold", age=20), END)
    age = {"value": 20, "source": "crm", "observed_at": "2026-11-20T08:00:01Z", "certainty": 0.95, "age_days": 2.0}
    assert part(found, 1, 0) == {"text": "traits.age > 30", "truth": False, "values": [{"name": "traits.age", **age}]}


def test_a_value_outside_the_mandate_is_not_shown_only_why_e8(folder: Path) -> None:
    found = told(folder, GRANTED, identify(tier="gold", debts=3.5), END)
    assert part(found, 1, 1)["values"] == [{"name": "traits.debts", "value": None, "hidden": "OUT_OF_MANDATE"}]


def test_of_a_list_what_may_not_be_used_is_not_shown_only_that_there_is_such_e8(folder: Path) -> None:
    house = folder / "rapport.yaml"
    house.write_text(house.read_text().replace("{crm:", "{core: {rank: 90, certainty: 1, allows: [service]}, crm:"))
    offer = "id: club\nkind: content\nbenefit: A club\nplacements: [hero]\nwhen: '\"club\" in groups'\n"
    (folder / "offers" / "club.yaml").write_text(offer + "content: {en-GB: {headline: A club}}\n", encoding="utf-8")
    group = '{"at": "2026-11-20T08:00:01Z", "type": "group", "userId": "ann", "groupId": "%s", "source": "%s"}'
    lines = (GRANTED, group % ("secret", "core"), group % ("team", "crm"), END)
    read, machine = (explain(folder, *lines, offer="club", options=options) for options in ((), ("--json",)))
    assert json.loads(machine.stdout)["conditions"]["when"]["values"] == [
        {"name": "groups", "value": ["team"], "hidden": "OUT_OF_MANDATE"}
    ]
    assert ('= ["team"], and what is not known here' in read.stdout, "secret" in read.stdout) == (True, False)


def test_what_is_missing_is_unknown_and_unknown_does_not_qualify(folder: Path) -> None:
    found = told(folder, GRANTED, identify(tier="gold"), END)
    assert (found["reason"], part(found)["truth"], part(found, 1)["truth"]) == ("UNKNOWN", None, None)


def test_a_segment_is_followed_to_its_own_condition(folder: Path) -> None:
    found = told(folder, GRANTED, identify(tier="silver", age=40), END)
    (segment,) = part(found, 0)["values"]
    assert segment["conditions"]["when"]["values"][0]["value"] == "silver"


def test_without_the_consent_nothing_of_the_person_is_shown_e2(folder: Path) -> None:
    found = told(folder, identify(tier="gold", age=40), END)
    assert (found["reason"], part(found, 1, 0)["values"]) == (
        "NO_CONSENT",
        [{"name": "traits.age", "value": None, "hidden": "NO_CONSENT"}],
    )


def test_a_channel_and_a_purpose_may_be_asked_for(folder: Path) -> None:
    found = told(folder, GRANTED, identify(tier="gold"), END, options=("--channel", "email"))
    assert (found["placement"], found["channel"], found["purpose"]) == ("block", "email", "marketing")


def test_people_read_the_same_as_a_tree(folder: Path) -> None:
    shown = explain(folder, GRANTED, identify(tier="gold", age=20), END).stdout
    assert (
        """\
    unknown  traits.age > 30 || traits.debts < 1.0
      false    traits.age > 30
               traits.age = 20, from crm, 2 days old, certainty 0.95
      unknown  traits.debts < 1.0
               traits.debts is not known here (MISSING)
"""
        in shown
    )


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        ({"offer": "caar"}, 1, "there is no offer caar; did you mean `car`?"),
        ({"user": "bob"}, 1, "no such person"),
        ({"options": ("--placement", "nowhere")}, 1, "there is no placement nowhere"),
        ({"options": ("--channel", "pigeon")}, 2, "pigeon"),
    ],
)
def test_what_does_not_exist_is_a_problem_and_a_wrong_option_wrong_usage(
    folder: Path, asked: dict[str, Any], code: int, says: str
) -> None:
    answer = explain(folder, GRANTED, identify(tier="gold"), END, **asked)
    assert (answer.exit_code, says in answer.output) == (code, True)


def test_an_empty_timeline_has_nobody_to_explain(folder: Path) -> None:
    assert explain(folder).exit_code == 1


def test_a_bad_line_is_named_and_costs_nothing_else(folder: Path) -> None:
    answer = explain(folder, "nonsense", GRANTED, identify(tier="gold", age=40), END)
    assert (answer.exit_code, "line 1:" in answer.stderr) == (0, True)
