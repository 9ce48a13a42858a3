"""The lines of an import: what each says of whom, taken with its neighbours, and what is answered to it."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.event import Event
from rapport.domain.intake import Outcome
from rapport.domain.moment import Moment
from rapport.domain.normalise import normalise
from rapport.domain.profile import Profile, profile_id
from rapport.domain.traits import Statement, set_traits
from rapport.errors import BadRequest
from rapport.ports import Ports
from rapport.use_cases.asked import Identifier
from rapport.use_cases.phones import e164
from rapport.use_cases.take_event import Heard, Taken, take_events

from rapport_aws import pieces
from rapport_aws.given import Consents, faults_of, receipts_of
from rapport_aws.strict import convert, read

if TYPE_CHECKING:
    from rapport_aws.assemble import House

AT_ONCE = 8
"""People of a slice who are written side by side."""
STEP = 1e-6
"""Seconds between the lines of a file: of two that speak of one person the later one counts."""


class Line(Struct, frozen=True, forbid_unknown_fields=True, rename={"user_id": "userId"}):
    """One person of an import."""

    user_id: Identifier
    traits: dict[str, Any] = {}
    consents: Consents = []


class Told(Struct, frozen=True):
    """What became of one line, `line` counted in the file from 1; a CSV's first line is its header.

    Nothing of a rejected line was stored; of an accepted one everything but what `errors` names: traits that nobody
    declared, and consents from before an erasure.
    """

    line: int
    status: Literal["accepted", "rejected"]
    errors: list[dict[str, Any]] = []


def answers(rows: list[pieces.Row], source: str, began: Moment, here: "House") -> list[Told]:
    """An answer a row, in their order; rows of one person together, people side by side."""
    people: dict[str, list[_Said]] = {}
    told: dict[int, Told] = {}
    taking = _Taking(source, began, here.publications.current().catalogue)
    for row in rows:
        try:
            said = _said(row, taking)
        except BadRequest as error:
            told[row.line] = _rejected(row.line, error)
        else:
            people.setdefault(said.user_id, []).append(said)
    take = partial(_take, _ahead(people, here), here.clock())
    with ThreadPoolExecutor(AT_ONCE) as workers:
        for found in workers.map(take, people.values()):
            told.update({one.line: one for one in found})
    return [told[row.line] for row in rows]


def _ahead(people: Mapping[str, Any], here: "House") -> Ports:
    """The ports, with all people of a slice read at once."""
    ids = [profile_id("user", name, here.ports.secret) for name in people]
    return structs.replace(here.ports, profiles=here.profiles.ahead(ids))


def _take(ports: Ports, now: Moment, lines: list["_Said"]) -> list[Told]:
    """Take the lines of one person, in one write. Raises StoreUnavailable, Conflict: the slice is to be done again."""
    taken = take_events([said.heard for said in lines], ports, now)
    return [_told_of(said, outcome) for said, outcome in zip(lines, taken, strict=True)]


def _told_of(said: "_Said", taken: Taken) -> Told:
    """What became of a line that was in order. Taken before, by an earlier attempt at its slice, it is accepted."""
    if taken.outcome is Outcome.ERASED:
        return _rejected(said.line, BadRequest("was erased after the file came in"))
    if taken.outcome is Outcome.REFUSED:
        return _rejected(said.line, BadRequest("cannot be taken", [dict(fault) for fault in taken.problems]))
    return Told(said.line, "accepted", [*said.left_out, *map(dict, taken.problems)])


def _rejected(number: int, error: BadRequest) -> Told:
    return Told(number, "rejected", error.errors or [{"path": "", "message": str(error)}])


class _Taking(Struct, frozen=True):
    """What every line of a file is read with."""

    source: str
    began: Moment
    catalogue: Catalogue


class _Said(Struct, frozen=True):
    """A line that can be taken: what is to be taken of it, and what is left out."""

    line: int
    user_id: str
    heard: Heard
    left_out: list[dict[str, Any]]


def _said(row: pieces.Row, taking: _Taking) -> _Said:
    """What a row says, as of when the file came in. Raises BadRequest, before anything is written."""
    line, catalogue, at = _read(row, taking.catalogue), taking.catalogue, taking.began + row.line * STEP
    raw = {"type": "identify", "userId": line.user_id, "traits": line.traits, "context": {"source": taking.source}}
    event = normalise(raw, at, trusted=True)
    if not isinstance(event, Event):
        raise BadRequest("the line is not as described", [dict(fault) for fault in event])
    statement = Statement(taking.source, at, normalise_phone=e164(catalogue.house))
    taken, broken = set_traits(Profile(""), line.traits, statement, catalogue)
    receipts = receipts_of(line.consents, taking.source, at)
    if faults := [*broken, *faults_of(receipts, catalogue.house, at)]:
        raise BadRequest("some of it cannot be taken", [dict(fault) for fault in faults])
    strict = structs.replace(statement, strict=True)
    _, undeclared = set_traits(Profile(""), line.traits, strict, catalogue) if taken.refused else (None, ())
    return _Said(row.line, line.user_id, Heard(event, receipts=receipts), [dict(fault) for fault in undeclared])


def _read(row: pieces.Row, catalogue: Catalogue) -> Line:
    if row.fault:
        raise BadRequest(row.fault)
    if row.cells is None:
        return read(row.text, Line)
    return convert(pieces.person_of(row.cells, catalogue.traits), Line)
