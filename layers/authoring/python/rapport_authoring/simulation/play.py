"""Playing a timeline: each line is one call of the interface, and time passes in between."""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any, Final

from msgspec import structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.moment import Moment, parse
from rapport.errors import BadRequest, RapportError

from rapport_authoring.simulation.lines import PLAYED, Turn
from rapport_authoring.simulation.rows import Row, error_row, message_row
from rapport_authoring.simulation.world import World

MAX_LINE: Final = 1_000_000
MOST_DIGITS: Final = 300
JUST_BEFORE: Final = 0.001
"""Seconds: the catalogue is published just before the first line happens."""
ASKING: Final = frozenset({"personalise", "next-action"})
EARLIEST: Final = parse("1970-01-02T00:00:00Z")
LATEST: Final = parse("9000-01-01T00:00:00Z")


class Simulation:
    """A catalogue with people in memory, and a clock that the lines move on.

    `explains`: every answer tells why, also where its line does not ask.
    """

    def __init__(self, catalogue: Catalogue, seed: int = 0, *, explains: bool = False) -> None:
        self._catalogue, self._seed, self._explains = catalogue, seed, explains
        self.world: World | None = None
        """The house as it stands; None before the first line."""
        self.now: Moment = float("-inf")
        self._number = 0

    def play(self, line: str) -> list[Row]:
        """The rows that one line of the timeline brings; a bad one brings an error row and costs nothing else."""
        self._number += 1
        return list(self._rows(line)) if line.strip() else []

    def _rows(self, line: str) -> Iterator[Row]:
        try:
            said, moment = _parsed(line)
            if self._explains and said["type"] in ASKING:
                said["explain"] = True
            world = self._at(moment)
            yield from _news(world)
            rows = PLAYED[said["type"]](Turn(world, said, moment, self._number))
            world.run_until(moment)
            yield from _news(world)
            yield from rows
        except RapportError as error:
            yield error_row(self.now, self._number, told(error))
        except ValueError as error:
            yield error_row(self.now, self._number, str(error))

    def _at(self, moment: Moment) -> World:
        """The world at the moment of a line, with everything done that fell due before."""
        if moment < self.now:
            raise ValueError("the timeline goes back in time")
        if self.world is None:
            self.world = World(structs.replace(self._catalogue, published_at=moment - JUST_BEFORE), self._seed)
        self.now = moment
        self.world.run_until(moment)
        return self.world


def simulate(catalogue: Catalogue, lines: Iterable[str], seed: int = 0) -> Iterator[Row]:
    """The rows of a timeline, as they come."""
    simulation = Simulation(catalogue, seed)
    for line in lines:
        yield from simulation.play(line)


def told(error: RapportError) -> str:
    """An error in one line, with every fault of a bad request."""
    faults = error.errors if isinstance(error, BadRequest) else []
    return "; ".join([str(error), *(f"{fault['path']}: {fault['message']}" for fault in faults)])


def _news(world: World) -> list[Row]:
    return [message_row(record, world.name(record.profile)) for record in world.news()]


def _parsed(line: str) -> tuple[dict[str, Any], Moment]:
    if len(line) > MAX_LINE:
        raise ValueError("the line is too long")
    try:
        said = json.loads(line, object_pairs_hook=_once_each, parse_int=_whole)
    except json.JSONDecodeError as wrong:
        raise BadRequest(f"the line is no JSON: {wrong.msg} at column {wrong.colno}") from None
    except RecursionError:
        raise ValueError("the line is nested too deeply") from None
    if "\\u" in line:
        json.dumps(said, ensure_ascii=False).encode()  # a lone surrogate is a ValueError
    if not isinstance(said, dict):
        raise BadRequest("a line is a JSON object")
    moment = _moment(said.get("at"))
    if not isinstance(said.get("type"), str) or said["type"] not in PLAYED:
        raise BadRequest(f"unknown type {str(said.get('type'))[:40]!r}; one of {', '.join(PLAYED)}")
    return said, moment


def _moment(at: object) -> Moment:
    try:
        moment = parse(at) if isinstance(at, str) else math.nan
    except (ValueError, OverflowError):
        moment = math.nan
    if math.isnan(moment):
        raise BadRequest("at must be a moment, as 2026-11-22T08:00:00Z")
    if not EARLIEST <= moment < LATEST:
        raise ValueError("at lies too far away")
    return moment


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number has more than {MOST_DIGITS} digits")
    return int(digits)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found
