"""The port Publications: a pointer that is looked at every few seconds, snapshots that never change. Nothing heavy."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field, structs
from rapport.domain.catalogue import Publication, without
from rapport.domain.moment import Moment
from rapport.errors import NotFound, StoreUnavailable
from rapport.plan.shelf import Shelf

from rapport_aws.models import Known, known_of
from rapport_aws.snapshots import Snapshot

LOOK_AFTER = 2.0
"""Seconds for which what was seen last is good without looking."""
WAIT_AFTER = 4.0
"""Seconds after which a look is waited for, so that no answer rests on anything older: a container that nobody calls is
frozen, and a look that it began in the background does not go on until the next call."""


class Pointer(Struct, frozen=True):
    """The pointer row: the live version, where its snapshot is, the last number given out, and the overlays."""

    version: str
    snapshot: str
    files: str
    latest: int
    withdrawn: frozenset[str] = frozenset()
    paused: frozenset[str] = frozenset()
    exhausted: frozenset[str] = frozenset()
    model: str = ""
    """Where what was learned is."""


def pointer_of(row: Mapping[str, Any]) -> Pointer:
    """The pointer of a stored row. Before the first publication it has version `v0` and no snapshot."""
    return Pointer(
        version=row.get("version", "v0"),
        snapshot=row.get("snapshot", ""),
        files=row.get("files", ""),
        latest=int(row.get("latest", 0)),
        model=row.get("model", ""),
        **{name: row[name] for name in ("withdrawn", "paused", "exhausted") if name in row},
    )


class PublishedCatalogue(Struct):
    """The live publication, kept in memory. A newer one that fails to load leaves the old one in place.

    `row` reads the pointer's row, `fetch` a snapshot by its key: with the SDK or with the light clients. Both raise
    StoreUnavailable, and are called by one thread at a time. `glance` reads the row as `row` does, with less patience:
    somebody waits, and something is there already.

    What was learned comes along when a function starts, and later beside its answers: nobody waits for a newer model,
    and without one every propensity is the base rate.
    """

    row: Callable[[], Mapping[str, Any]]
    fetch: Callable[[str], bytes]
    clock: Callable[[], Moment]
    glance: Callable[[], Mapping[str, Any]] | None = None
    _live: Publication | None = None
    _seen: Pointer | None = None
    _snapshot: tuple[str, Snapshot] | None = None
    _known: tuple[str, Known] = ("", Known())
    _looked: Moment = 0.0
    _looking: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> Publication:
        """The live publication. Raises NotFound before the first one, StoreUnavailable when nothing ever loaded."""
        age = self.clock() - self._looked
        if self._live is None:
            self._look(self.row)
            self._learn()
        elif age > WAIT_AFTER:
            self._try(self.glance or self.row)
            if self._is_behind():
                threading.Thread(target=self._learn, daemon=True).start()
        elif age > LOOK_AFTER:
            threading.Thread(target=self._look_and_learn, daemon=True).start()
        return self._taught()

    @property
    def shelf(self) -> Shelf | None:
        """Finds the offers of the live catalogue; None before that is loaded, or where it came without."""
        return self._snapshot[1].shelf if self._snapshot is not None else None

    def refresh(self) -> None:
        """Look now, and fail if that fails: for who has just published."""
        self._look(self.row)

    def _taught(self) -> Publication:
        """What is live, with what was learned."""
        live = self._live
        if live is None:
            raise NotFound("nothing is published yet")
        known = self._known[1]
        if live.model is not known.learned or live.catalogue.norms is not known.norms:
            catalogue = structs.replace(live.catalogue, norms=known.norms)
            live = self._live = structs.replace(live, catalogue=catalogue, model=known.learned)
        return live

    def _is_behind(self) -> bool:
        return self._seen is not None and self._seen.model != self._known[0]

    def _learn(self) -> None:
        """Fetch the model that the pointer names; one that cannot be had now is fetched after the next look."""
        if self._seen is None or not self._is_behind() or not self._looking.acquire(blocking=False):
            return
        try:
            key = self._seen.model
            self._known = (key, known_of(self.fetch(key)) if key else Known())
        except StoreUnavailable:
            return
        finally:
            self._looking.release()

    def _look_and_learn(self) -> None:
        self._try(self.row)
        self._learn()

    def _try(self, row: Callable[[], Mapping[str, Any]]) -> None:
        """Look unless somebody is looking; what is there already is better than nothing."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._look(row)
        except (NotFound, StoreUnavailable):
            self._looked = self.clock()
        finally:
            self._looking.release()

    def _look(self, row: Callable[[], Mapping[str, Any]]) -> None:
        pointer = pointer_of(row())
        self._looked = self.clock()
        if not pointer.snapshot:
            raise NotFound("nothing is published yet")
        if self._seen is None or pointer != structs.replace(self._seen, model=pointer.model):
            catalogue = without(self._loaded(pointer).catalogue, pointer.withdrawn)
            self._live = Publication(catalogue, pointer.exhausted, pointer.paused)
        self._seen = pointer

    def _loaded(self, pointer: Pointer) -> Snapshot:
        if self._snapshot is None or self._snapshot[0] != pointer.snapshot:
            self._snapshot = (pointer.snapshot, Snapshot(self.fetch(pointer.snapshot)))
        return self._snapshot[1]
