"""A tally: what a house's people, their messages and their outcome log come to, as sums that add up person by person.

It holds no person: whoever reads a report of a deployment gets this and nothing else. Counting one person is a pure
function, two tallies are one by adding, so that a million people are counted page by page.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import covering
from rapport.domain.eligibility import eligible
from rapport.domain.evidence import Amounts, Group
from rapport.domain.experiment import held_out
from rapport.domain.house import CHANNELS, SELLING
from rapport.domain.mandate import PERSONALISATION, rests_on_contract
from rapport.domain.message import Record, is_message
from rapport.domain.moment import DAY, Moment
from rapport.domain.offer import Offer
from rapport.domain.outcome_log import RESPONSES, Entry, LoggedExposure, LoggedOutcome
from rapport.domain.profile import Profile
from rapport.domain.reads import reads_of
from rapport.domain.sight import Hidden
from rapport.domain.view import View, view

WINDOW: Final = 30 * DAY
"""What is done within so long after the first exposure counts for the comparison with the holdout."""
CAMPAIGN, PLACEMENT, OFFER, AT = "campaign ", "placement ", "offer ", " @ "
"""What subjects are called: `campaign ID`, `placement ID`, `offer ID @ PLACEMENT`."""
EVERYTHING: Final = "all"
"""The subject of the comparison of all that was personal with the holdout."""
MOST_CONTACTS: Final = 200
"""So many and more are counted together."""

Counts = dict[str, int]


class Arm(Struct, frozen=True, omit_defaults=True):
    """People of one side of a comparison, and what they came to."""

    people: int = 0
    answered: int = 0
    """Who answered, or bought: what also those can do who got nothing."""
    bought: int = 0
    revenue: float = 0.0
    revenue_squares: float = 0.0
    rated: int = 0
    rating: float = 0.0
    rating_squares: float = 0.0
    """Means of people's ratings, 0 to 1."""
    unsubscribed: int = 0

    @property
    def amounts(self) -> Amounts:
        """What they spent, for a comparison."""
        return Amounts(self.people, self.revenue, self.revenue_squares)

    @property
    def ratings(self) -> Amounts:
        """How satisfied those were who said so."""
        return Amounts(self.rated, self.rating, self.rating_squares)

    def share(self, successes: int) -> Group:
        """These people with so many successes."""
        return Group(self.people, successes)


class Month(Struct, frozen=True, omit_defaults=True):
    """What people did in one month, whoever or whatever brought it about."""

    orders: int = 0
    revenue: float = 0.0
    ratings: int = 0
    rating: float = 0.0
    complaints: int = 0
    unsubscribed: int = 0


class Tried(Struct, frozen=True, omit_defaults=True):
    """How often an offer was exposed where responses teach, and how often it was answered."""

    exposed: int = 0
    answered: int = 0


class Tally(Struct, frozen=True, omit_defaults=True):
    """Sums over people. Keys: campaigns and offers by id, weeks by their Monday, months as `2026-11`."""

    people: int = 0
    campaigns: dict[str, Counts] = {}
    """campaign -> planned, and how its messages ended: `SENT`, `SKIPPED CAPPED` ..."""
    offers: dict[str, Counts] = {}
    """offer -> viewed, sent, and each kind of outcome."""
    sides: dict[str, dict[str, Arm]] = {}
    """subject -> treated and held_out; an offer's are compared with those held out of its placement."""
    variants: dict[str, dict[str, Arm]] = {}
    """campaign -> variant of its experiment"""
    weeks: dict[str, dict[str, Tried]] = {}
    """week -> offer, where placements learn"""
    months: dict[str, Month] = {}
    contacts: dict[str, int] = {}
    """messages a person got -> people"""
    sales: dict[str, int] = {}
    """tenths of them that sold -> people with any"""
    consents: dict[str, dict[str, Counts]] = {}
    """purpose -> channel -> granted, withdrawn, never"""
    undecided: dict[str, Counts] = {}
    """trait -> why it is not known -> people for whom that leaves an offer undecided"""


class Person(Struct, frozen=True):
    """All of one person that a tally reads."""

    profile: Profile
    log: Sequence[Entry] = ()
    records: Sequence[Record] = ()


def tally_of(person: Person, catalogue: Catalogue, moment: Moment) -> Tally:
    """One person as sums."""
    exposures = [entry for entry in person.log if isinstance(entry, LoggedExposure)]
    outcomes = [entry for entry in person.log if isinstance(entry, LoggedOutcome)]
    return Tally(
        people=1,
        campaigns=_campaigns(person.records),
        offers=_offers(exposures, outcomes),
        sides=_sides(person.profile, exposures, outcomes, catalogue),
        variants=_variants(exposures, outcomes),
        weeks=_weeks(exposures, outcomes),
        months=_months(outcomes),
        contacts=_contacts(person.profile),
        sales=_sales(person.profile),
        consents=_consents(person.profile, catalogue, moment),
        undecided=_undecided(person.profile, catalogue, moment),
    )


def together(tallies: Iterable[Tally]) -> Tally:
    """Many tallies as one."""
    sums: dict[str, Any] = {}
    for tally in tallies:
        _add(sums, msgspec.to_builtins(tally))
    return msgspec.convert(sums, Tally)


Sums = TypeVar("Sums", bound=dict[str, Any])


def _add(sums: Sums, more: Mapping[str, Any]) -> Sums:
    for name, value in more.items():
        if isinstance(value, Mapping):
            _add(sums.setdefault(name, {}), value)
        else:
            sums[name] = sums.get(name, 0) + value
    return sums


def _plus(counts: Counts, name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


# ---- messages and offers


def _campaigns(records: Iterable[Record]) -> dict[str, Counts]:
    counts: dict[str, Counts] = {}
    planned: set[tuple[str, str]] = set()
    for record in records:
        mine = counts.setdefault(record.campaign, {})
        if (record.campaign, record.key) not in planned:
            planned.add((record.campaign, record.key))
            _plus(mine, "planned")
        _plus(mine, f"{record.status} {record.reason}" if record.reason else str(record.status))
    return counts


def _offers(exposures: Iterable[LoggedExposure], outcomes: Iterable[LoggedOutcome]) -> dict[str, Counts]:
    counts: dict[str, Counts] = {}
    for exposure in exposures:
        if _is_offer(exposure.offer):
            _plus(counts.setdefault(exposure.offer, {}), exposure.how)
    for outcome in outcomes:
        if _is_offer(outcome.offer):
            _plus(counts.setdefault(outcome.offer, {}), outcome.kind)
    return counts


def _is_offer(name: str) -> bool:
    return bool(name) and not is_message(name)


# ---- beside the holdout


def _sides(
    profile: Profile, exposures: Sequence[LoggedExposure], outcomes: Sequence[LoggedOutcome], catalogue: Catalogue
) -> dict[str, dict[str, Arm]]:
    """The person once for each subject, on the side they are on."""
    side = _side(held_out(catalogue.house.holdout, profile.user_id or profile.id))
    sides = {EVERYTHING: {side: _arm(outcomes, 0.0, float("inf"))}}
    for subject, (began, held) in _begun(exposures, catalogue).items():
        sides[subject] = {_side(held): _arm(_about(outcomes, subject), began, began + WINDOW)}
    return sides


def _side(held: bool) -> str:  # a fact about the person
    return "held_out" if held else "treated"


def _begun(exposures: Iterable[LoggedExposure], catalogue: Catalogue) -> dict[str, tuple[Moment, bool]]:
    """For each subject when the person first was exposed to it, or would have been, and whether they were held out."""
    begun: dict[str, tuple[Moment, bool]] = {}
    for exposure in exposures:
        for subject, held in _subjects(exposure, catalogue):
            known = begun.get(subject)
            if known is None or exposure.at < known[0]:
                begun[subject] = exposure.at, held
    return begun


def _subjects(exposure: LoggedExposure, catalogue: Catalogue) -> Iterable[tuple[str, bool]]:
    """What an exposure stands for in comparisons.

    A message is compared with the same message kept back, a place on a page with what the holdout saw there. Service
    goes to everybody: there is nothing to compare.
    """
    campaign = catalogue.campaigns.get(exposure.campaign)
    if campaign is not None and campaign.purpose != "service":
        yield f"{CAMPAIGN}{exposure.campaign}", exposure.how == "held_out"
    if exposure.how == "viewed" and _is_offer(exposure.offer):
        yield f"{PLACEMENT}{exposure.placement}", exposure.holdout
        if not exposure.holdout:
            yield f"{OFFER}{exposure.offer}{AT}{exposure.placement}", False


def _about(outcomes: Iterable[LoggedOutcome], subject: str) -> list[LoggedOutcome]:
    """Outcomes of the person, and responses to the subject itself."""
    noun, _, name = subject.partition(" ")
    wanted = name.partition(AT)[0]
    return [one for one in outcomes if not one.decision or _NAMED[noun](one) == wanted]


_NAMED: Final[Mapping[str, Callable[[LoggedOutcome], str]]] = {
    "campaign": lambda one: one.campaign,
    "placement": lambda one: one.placement,
    "offer": lambda one: one.offer,
}


def _arm(outcomes: Iterable[LoggedOutcome], since: Moment, until: Moment) -> Arm:
    """One person as a side: what they did in a stretch of time."""
    done = [one for one in outcomes if since <= one.at <= until]
    own = [one for one in done if not one.decision]
    revenue = round(sum(one.value or 0.0 for one in own if one.kind == "purchase"), 2)
    bought = any(one.kind == "purchase" for one in own)
    ratings = [one.value for one in own if one.kind == "satisfaction" and one.value is not None]
    rating = sum(ratings) / len(ratings) if ratings else 0.0
    return Arm(
        people=1,
        answered=int(bought or any(one.decision and one.kind in RESPONSES for one in done)),
        bought=int(bought),
        revenue=revenue,
        revenue_squares=revenue * revenue,
        rated=int(bool(ratings)),
        rating=rating,
        rating_squares=rating * rating,
        unsubscribed=int(any(one.kind == "unsubscribed" for one in own)),
    )


def _variants(exposures: Iterable[LoggedExposure], outcomes: Sequence[LoggedOutcome]) -> dict[str, dict[str, Arm]]:
    first: dict[tuple[str, str], Moment] = {}
    for exposure in exposures:
        if exposure.variant and exposure.how == "sent":
            key = exposure.campaign, exposure.variant
            first[key] = min(exposure.at, first.get(key, exposure.at))
    found: dict[str, dict[str, Arm]] = {}
    for (campaign, variant), at in first.items():
        about = _about(outcomes, f"{CAMPAIGN}{campaign}")
        found.setdefault(campaign, {})[variant] = _arm(about, at, at + WINDOW)
    return found


# ---- over time


def _weeks(exposures: Iterable[LoggedExposure], outcomes: Iterable[LoggedOutcome]) -> dict[str, dict[str, Tried]]:
    answered = {_exposed(one) for one in outcomes if one.decision and one.kind in RESPONSES}
    weeks: dict[str, dict[str, dict[str, int]]] = {}
    for one in exposures:
        if one.learns and _is_offer(one.offer) and one.how != "held_out" and not one.holdout:
            tried = weeks.setdefault(week_of(one.at), {}).setdefault(one.offer, {"exposed": 0, "answered": 0})
            tried["exposed"] += 1
            tried["answered"] += _exposed(one) in answered
    return msgspec.convert(weeks, dict[str, dict[str, Tried]])


def _exposed(entry: Entry) -> tuple[str, str, str]:
    return entry.decision, entry.placement, entry.offer


def week_of(moment: Moment) -> str:
    """The Monday of a moment's week, UTC, as `2026-11-02`."""
    day = datetime.fromtimestamp(moment, UTC).date()
    return (day - timedelta(days=day.weekday())).isoformat()


def month_of(moment: Moment) -> str:
    """The month of a moment, UTC, as `2026-11`."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m")


def _months(outcomes: Iterable[LoggedOutcome]) -> dict[str, Month]:
    sums: dict[str, dict[str, Any]] = {}
    for one in outcomes:
        if not one.decision and one.kind in _IN_MONTH:
            _add(sums, {month_of(one.at): _IN_MONTH[one.kind](one)})
    return msgspec.convert(sums, dict[str, Month])


_IN_MONTH: Final[Mapping[str, Any]] = {
    "purchase": lambda one: {"orders": 1, "revenue": one.value or 0.0},
    "satisfaction": lambda one: {"ratings": 1, "rating": one.value or 0.0},
    "complaint": lambda _: {"complaints": 1},
    "unsubscribed": lambda _: {"unsubscribed": 1},
}


# ---- manners


def _contacts(profile: Profile) -> Counts:
    sent = sum(contact.campaign is not None for contact in profile.contacts)
    return {str(min(sent, MOST_CONTACTS)): 1}


def _sales(profile: Profile) -> Counts:
    sent = [contact for contact in profile.contacts if contact.campaign is not None]
    if not sent:
        return {}
    return {str(round(10 * sum(contact.sells or contact.kind in SELLING for contact in sent) / len(sent))): 1}


def _consents(profile: Profile, catalogue: Catalogue, moment: Moment) -> dict[str, dict[str, Counts]]:
    asked = [purpose for purpose in catalogue.house.purposes if not rests_on_contract(catalogue.house, purpose)]
    return {
        purpose: {channel: {_status(profile, purpose, channel, moment): 1} for channel in CHANNELS} for purpose in asked
    }


def _status(profile: Profile, purpose: str, channel: str, moment: Moment) -> str:
    consent = covering(profile.consents, purpose, channel)
    if consent is None:
        return "never"
    is_over = consent.expires_at is not None and consent.expires_at <= moment
    return "never" if is_over and consent.status == "granted" else consent.status


# ---- what is not known


def _undecided(profile: Profile, catalogue: Catalogue, moment: Moment) -> dict[str, Counts]:
    """Each trait that leaves an offer undecided for this person on their own pages, with why it is not known."""
    seen = view(profile, catalogue, PERSONALISATION, moment, channel="web", is_pull=True)
    found: dict[str, Hidden] = {}
    for offer in catalogue.offers.values():
        if offer.status == "live" and seen.allows(offer.mode) and eligible(offer, seen) is None:
            found.update(_lacking(offer, seen))
    return {name: {str(veil): 1} for name, veil in found.items()}


def _lacking(offer: Offer, seen: View) -> Iterable[tuple[str, Hidden]]:
    for name in reads_of(offer.when, seen):
        root, _, trait = name.partition(".")
        veil = seen.sight(trait) if root == "traits" else None
        if isinstance(veil, Hidden):
            yield trait, veil


EMPTY: Final = Tally()
