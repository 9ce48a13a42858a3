"""The report of a simulated year: every figure in it counted again, from the log, the rows and the timeline alone."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from msgspec import structs
from rapport.domain.evidence import amounts
from rapport.domain.experiment import bucket, held_out
from rapport.domain.moment import parse
from rapport.domain.outcome_log import RESPONSES, LoggedExposure, LoggedOutcome
from rapport.domain.tally import Arm, Tally, together
from rapport.use_cases.people import everybody
from rapport.use_cases.why_offer import Occasion, why_offer
from rapport_authoring.report import page, sections
from rapport_authoring.report.facts import of_tally
from rapport_authoring.report.page import headline, shown
from rapport_authoring.simulation import Simulation
from rapport_authoring.simulation.outcomes import outcomes
from rapport_authoring.simulation.year import year

from tests.learning.conftest import PEOPLE, Played, starter

pytestmark = pytest.mark.slow
DAY = 86_400.0


def said(played: Played) -> Iterator[dict[str, Any]]:
    """The lines of the timeline."""
    return map(json.loads, played.lines)


def exposures(played: Played) -> list[LoggedExposure]:
    return [entry for entry in played.log if isinstance(entry, LoggedExposure)]


def results(played: Played) -> list[LoggedOutcome]:
    return [entry for entry in played.log if isinstance(entry, LoggedOutcome)]


def messages(played: Played) -> list[dict[str, Any]]:
    return [row for row in played.rows if row["type"] == "message"]


def table(played: Played, name: str) -> dict[Any, tuple[Any, ...]]:
    """The rows of a section by their first cell."""
    return {row[0]: row[1:] for row in played.sections[name].rows}


# ---- the year itself


def test_the_year_is_long_enough_to_tell_something(played: Played) -> None:
    assert len(played.lines) > 4000
    assert not [row for row in played.rows if row["type"] == "error"]
    assert set(played.sections) >= {
        *("earned", "learning", "satisfaction", "messages", "funnel", "offers", "contacts", "people", "consent"),
        "unknown",
    }


def test_the_same_seed_makes_the_same_year_and_another_one_another() -> None:
    one, again, other = (
        [line for line, _ in zip(year(Simulation(starter()), 5, seed), range(300), strict=False)] for seed in (1, 1, 2)
    )
    assert one == again != other


# ---- what it earned


def people_of(played: Played, *, held: bool) -> list[str]:
    holdout = played.catalogue.house.holdout
    return [one.id for one in everybody(played.world.ports) if held_out(holdout, one.user_id or one.id) is held]


@pytest.mark.parametrize("held", [True, False])
def test_revenue_of_both_groups_is_that_of_the_orders_in_the_timeline_a26(played: Played, *, held: bool) -> None:
    shares = {f"u{n}": bucket("holdout:2026", f"u{n}") < 0.2 for n in range(PEOPLE)}
    paid = sum(
        line["properties"]["revenue"]
        for line in said(played)
        if line.get("event") == "Order Completed" and shares[line["userId"]] is held
    )
    people = sum(share is held for share in shares.values())
    row = table(played, "earned")["all"]
    assert row[1 if held else 0] == people == len(people_of(played, held=held))
    assert row[3 if held else 2] == pytest.approx(paid / people)


@pytest.mark.parametrize("campaign", ["new-article", "birthday", "season-opens"])
def test_a_campaign_is_compared_with_those_to_whom_it_would_have_gone_a26(played: Played, campaign: str) -> None:
    mine = [shown for shown in exposures(played) if shown.campaign == campaign]
    sides: list[dict[str, float]] = []
    for how in ("sent", "held_out"):
        first = {
            shown.profile: shown.at for shown in reversed(mine) if (shown.how == "held_out") == (how == "held_out")
        }
        sides.append({person: spent_from(played, person, at) for person, at in first.items()})
    row = table(played, "earned")[f"campaign {campaign}"]
    assert row[:2] == (len(sides[0]), len(sides[1]))
    assert row[2] == pytest.approx(amounts(sides[0].values()).rate)
    assert row[3] == pytest.approx(amounts(sides[1].values()).rate)


def test_a_placement_and_its_offers_are_compared_with_those_held_out_who_came_there_a26(played: Played) -> None:
    seen = [one for one in exposures(played) if one.placement == "home-hero" and one.how == "viewed"]
    mine = [one for one in seen if one.offer in played.catalogue.offers]
    held = {one.profile for one in mine if one.holdout}
    shell = {one.profile: one.at for one in reversed(mine) if one.offer == "rain-shell" and not one.holdout}
    rows = table(played, "earned")
    assert rows["placement home-hero"][:2] == (len({one.profile for one in mine} - held), len(held))
    assert rows["offer rain-shell @ home-hero"][:2] == (len(shell), len(held))
    spent = [spent_from(played, person, at) for person, at in shell.items()]
    assert rows["offer rain-shell @ home-hero"][2] == pytest.approx(amounts(spent).rate)


def spent_from(played: Played, person: str, at: float) -> float:
    """What a person spent within thirty days."""
    return sum(
        entry.value or 0.0
        for entry in results(played)
        if entry.profile == person
        and entry.kind == "purchase"
        and not entry.decision
        and at <= entry.at <= at + 30 * DAY
    )


def test_the_shares_beside_the_holdout_are_those_of_the_log_e19(played: Played) -> None:
    row, everyone = table(played, "earned")["all"], people_of(played, held=False)
    head = played.sections["earned"].head[1:]
    own = [entry for entry in results(played) if entry.profile in everyone]
    ratings = defaultdict(list)
    for entry in own:
        if entry.kind == "satisfaction" and not entry.decision:
            ratings[entry.profile].append(entry.value or 0.0)
    unsubscribed = {entry.profile for entry in own if entry.kind == "unsubscribed" and not entry.decision}
    answered = {
        entry.profile
        for entry in own
        if (entry.kind == "purchase" and not entry.decision) or (entry.kind in RESPONSES and entry.decision)
    }
    means = [sum(scores) / len(scores) for scores in ratings.values()]
    assert row[head.index("satisfaction")] == pytest.approx(sum(means) / len(means))
    assert row[head.index("unsubscribed")] == pytest.approx(len(unsubscribed) / len(everyone))
    assert row[head.index("answered or bought")] == pytest.approx(len(answered) / len(everyone))


def test_where_few_were_held_out_it_says_that_there_is_too_little_evidence_a26(played: Played) -> None:
    rows = played.sections["earned"].rows
    small = [row for row in rows if min(int(row[1] or 0), int(row[2] or 0)) < 30]
    assert small
    assert {row[-1] for row in small} == {"too little evidence"}


def test_where_another_share_was_held_out_than_was_meant_it_warns() -> None:
    tally = Tally(people=1000, sides={"all": {"treated": Arm(people=800), "held_out": Arm(people=200)}})
    warned, fine = (next(sections(of_tally("H", "EUR", tally, held_out=share))).says for share in (0.1, 0.2))
    assert "But 200 were held out where 100 were to be: do not compare." in warned
    assert "do not compare" not in fine


# ---- over time


def test_learning_by_the_week_is_counted_from_the_log_d33(played: Played) -> None:
    answered = {
        (entry.profile, entry.decision, entry.placement, entry.offer)
        for entry in results(played)
        if entry.decision and entry.kind in RESPONSES
    }
    shown_in: Counter[str] = Counter()
    answered_in: Counter[str] = Counter()
    for one in exposures(played):
        if one.learns and one.how != "held_out" and not one.holdout and one.offer in played.catalogue.offers:
            week = monday(one.at)
            shown_in[week] += 1
            answered_in[week] += (one.profile, one.decision, one.placement, one.offer) in answered
    found = {row[0]: row[1:3] for row in played.sections["learning"].rows}
    assert found == {week: (shown_in[week], answered_in[week]) for week in shown_in}


def monday(at: float) -> str:
    day = datetime.fromtimestamp(at, UTC).date()
    return (day - timedelta(days=day.weekday())).isoformat()


def test_satisfaction_beside_revenue_is_that_of_the_timeline_e19(played: Played) -> None:
    revenue: dict[str, float] = defaultdict(float)
    orders: Counter[str] = Counter()
    stars: dict[str, list[float]] = defaultdict(list)
    complaints: Counter[str] = Counter()
    for line in said(played):
        month, event = line["at"][:7], line.get("event")
        if event == "Order Completed":
            revenue[month] += line["properties"]["revenue"]
            orders[month] += 1
        elif event == "Delivery Rated":
            stars[month].append(line["properties"]["stars"] / 5)
        elif event == "Complaint Reported":
            complaints[month] += 1
    for month, (found_orders, found_revenue, ratings, satisfaction, found_complaints, _) in table(
        played, "satisfaction"
    ).items():
        assert (found_orders, ratings, found_complaints) == (orders[month], len(stars[month]), complaints[month])
        assert found_revenue == pytest.approx(revenue[month])
        if ratings:
            assert satisfaction == pytest.approx(sum(stars[month]) / ratings)


# ---- messages and offers


def test_messages_by_status_and_reason_are_those_of_the_rows(played: Played) -> None:
    planned = Counter(name for name, _, _ in {(m["campaign"], m["userId"], m["key"]) for m in messages(played)})
    sent = Counter(m["campaign"] for m in messages(played) if m["status"] == "SENT")
    others: dict[str, Counter[str]] = defaultdict(Counter)
    for m in messages(played):
        if m["status"] != "SENT":
            others[m["campaign"]][f"{m['status']} {m['reason']}"] += 1
    for campaign, (found_planned, found_sent, otherwise) in table(played, "messages").items():
        assert (found_planned, found_sent) == (planned[campaign], sent[campaign])
        assert otherwise == ", ".join(f"{key} {count}" for key, count in sorted(others[campaign].items()))
    assert set(table(played, "messages")) == set(planned)


def test_what_a_deployment_counts_of_messages_is_what_the_rows_told(played: Played) -> None:
    assert played.tally.campaigns == played.counted["campaigns"]


def test_the_funnel_is_counted_from_every_explained_candidate(played: Played) -> None:
    stages: Counter[str] = Counter()
    total = 0
    for row in played.rows:
        candidates = (
            row.get("candidates", []) if row["type"] == "message" else row.get("explain", {}).get("candidates", [])
        )
        for candidate in candidates:
            total += 1
            won = candidate["reason"] in {"CHOSEN", "EXPLORED", "FALLBACK", "FORCED"}
            stages["won" if won else candidate["stage"]] += 1
    found = table(played, "funnel")
    assert {stage: row[0] for stage, row in found.items()} == {stage: stages[stage] for stage in found}
    assert list(found.values())[-1][1] == stages["won"]
    assert sum(stages.values()) == total


def test_what_was_done_with_offers_is_counted_from_the_log(played: Played) -> None:
    seen = Counter((one.offer, one.how) for one in exposures(played))
    done = Counter((one.offer, one.kind) for one in results(played))
    for offer, row in table(played, "offers").items():
        expected = (seen[offer, "viewed"], seen[offer, "sent"])
        assert row == (*expected, *(done[offer, kind] for kind in ("clicked", "accepted", "dismissed", "silence")))


# ---- manners


def test_contacts_per_person_and_the_share_of_sales_are_those_of_the_messages_e18(played: Played) -> None:
    runs: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for m in messages(played):
        if m["status"] == "SENT":
            runs[m["userId"]].add((m["campaign"], m["key"]))
    people = Counter(len(runs.get(f"u{n}", ())) for n in range(PEOPLE))
    rows = played.sections["contacts"].rows
    assert {int(str(row[1])): row[2] for row in rows if row[0] == "contacts"} == dict(people)
    assert sum(int(row[2] or 0) for row in rows if row[0] == "share of sales") == sum(
        count for times, count in people.items() if times
    )


def test_nobody_gets_more_sales_than_their_share_allows_e18(played: Played) -> None:
    shares = [int(str(row[1])[:-1]) for row in played.sections["contacts"].rows if row[0] == "share of sales"]
    assert max(shares) <= 60


def test_who_is_contacted_most_is_who_got_most_messages_e18(played: Played) -> None:
    sent = Counter(m["userId"] for m in messages(played) if m["status"] == "SENT")
    assert list(played.sections["people"].rows) == sent.most_common(10)


def test_coverage_of_consent_is_that_of_the_receipts_in_the_timeline(played: Played) -> None:
    latest: dict[tuple[str, str, str], str] = {}
    channels = played.sections["consent"].head[1:]
    for line in said(played):
        if line["type"] == "consent":
            for channel in (line["channel"],) if "channel" in line else channels:
                latest[line["userId"], line["purpose"], channel] = line["status"]
    for purpose, row in table(played, "consent").items():
        for channel, cell in zip(channels, row, strict=True):
            granted = sum(latest.get((f"u{n}", purpose, channel)) == "granted" for n in range(PEOPLE))
            assert cell == f"{granted / PEOPLE:.0%}"


def test_what_is_not_known_is_what_leaves_an_offer_undecided(played: Played) -> None:
    publication, now = played.world.publications.current(), parse(json.loads(played.lines[-1])["at"])
    people: dict[str, set[str]] = defaultdict(set)
    for person in everybody(played.world.ports):
        for offer in played.catalogue.offers.values():
            for placement in offer.placements:
                if played.catalogue.placements[placement].channel == "web":
                    told = why_offer(offer.id, person, publication, Occasion(now, "personalisation", placement, "web"))
                    if told["reason"] == "UNKNOWN":
                        for name in hidden(told["conditions"].get("when")):
                            people[name].add(person.id)
    assert {name: row[0] for name, row in table(played, "unknown").items()} == {
        name: len(found) for name, found in people.items()
    }


def hidden(part: Any) -> Iterator[str]:
    """The traits of an explained condition that are not known, through segments and personas too."""
    if part is None:
        return
    for inner in part.get("parts", []):
        yield from hidden(inner)
    for value in part.get("values", []):
        if value["name"].startswith("traits.") and (value.get("hidden") or value["value"] is None):
            yield value["name"].removeprefix("traits.")
        for inner in value.get("conditions", {}).values():
            yield from hidden(inner)


# ---- the page


@pytest.fixture(scope="module")
def drawn(played: Played) -> str:
    return page(played.facts, "a year")


def test_the_page_says_everything_that_its_sections_say(played: Played, drawn: str) -> None:
    cells = [unescape(cell) for cell in re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", drawn)]
    expected: list[str] = []
    for section in played.sections.values():
        expected += [*section.head, *(shown(cell) for row in section.rows for cell in row)]
    assert cells == expected
    assert all(f"<dd>{value}</dd>" in drawn for value in headline(played.facts).values())


def test_the_headline_is_counted_from_rows_and_timeline(played: Played) -> None:
    told = headline(played.facts)
    revenue = sum(line["properties"]["revenue"] for line in said(played) if line.get("event") == "Order Completed")
    assert told["revenue, EUR"] == f"{revenue:,.0f}"
    assert told["messages sent"] == f"{sum(m['status'] == 'SENT' for m in messages(played)):,}"
    assert told["people"] == str(PEOPLE)


def test_the_page_needs_nothing_runs_nothing_and_is_the_same_each_time(played: Played, drawn: str) -> None:
    assert "<script" not in drawn
    assert not re.findall(r"(?:src|href)=\"(?!#)[^\"]*", drawn)
    assert drawn == page(played.facts, "a year")
    assert len(drawn) < 1_000_000


def test_its_pictures_take_every_colour_from_the_page(drawn: str) -> None:
    pictures = re.findall(r"<svg.*?</svg>", drawn, re.DOTALL)
    assert len(pictures) == 8
    assert not [colour for one in pictures for colour in re.findall(r"(?:fill|stroke): #[0-9a-f]{3,6}", one)]


def test_every_picture_says_in_words_what_it_shows(drawn: str) -> None:
    labels = re.findall(r'<figure role="img" aria-label="([^"]+)"', drawn)
    assert len(labels) == len(re.findall("<svg", drawn))
    assert all(len(label) > 60 for label in labels)


def test_what_a_house_calls_itself_is_text_and_no_markup(played: Played) -> None:
    facts = structs.replace(played.facts, house="<script>alert(1)</script>", people={"<b>": 3})
    assert "<script>" not in page(facts)
    assert "<b>" not in page(facts)


def test_the_summary_and_the_report_agree(played: Played) -> None:
    told, row = outcomes(played.tally), table(played, "earned")["all"]
    assert (told["others"]["people"], told["held_out"]["people"]) == row[:2]
    assert told["others"]["revenue"] / told["others"]["people"] == pytest.approx(row[2])
    sent = {name: counts.get("SENT", 0) for name, counts in played.counted["campaigns"].items()}
    assert {name: cells[1] for name, cells in table(played, "messages").items()} == sent


# ---- a tally


def test_tallies_add_up_in_whatever_pages_people_are_counted(played: Played) -> None:
    from rapport.use_cases.count_up import count_up  # noqa: PLC0415

    people, ports = list(everybody(played.world.ports)), played.world.ports
    now = parse(json.loads(played.lines[-1])["at"])
    pages = [count_up(people[start : start + 7], ports, now) for start in range(0, len(people), 7)]
    assert rounded(together(pages)) == rounded(played.tally)


def rounded(found: Tally) -> Any:
    return json.loads(
        json.dumps(structs.asdict(found), default=structs.asdict), parse_float=lambda text: round(float(text), 4)
    )


def test_a_tally_holds_nobody(played: Played) -> None:
    told = str(structs.asdict(played.tally))
    names = [line["userId"] for line in said(played) if line["type"] == "identify"]
    assert not [name for name in names if f"'{name}'" in told or f"{name}@" in told]
    assert "p_" not in told


def test_a_deployment_is_drawn_from_its_tally_alone(played: Played) -> None:
    drawn = page(of_tally("House", "EUR", played.tally))
    assert "What it earned against the holdout" in drawn
    assert "Most contacted" not in drawn


def test_of_an_empty_house_there_is_a_page_too() -> None:
    assert "<h1>House" in page(of_tally("House", "EUR", Tally()))
