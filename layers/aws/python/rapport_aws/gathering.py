"""What a batch of work brings up, kept until the batch is through and then done at once."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class Gathering(Generic[T]):
    """Hands on what is added: each thing at once, within `together` all of it at its end. Of nothing, nothing."""

    hand_on: Callable[[list[T]], None]
    _kept: list[T] = field(default_factory=list)
    _is_open: bool = False
    _lock: Lock = field(default_factory=Lock)

    def add(self, things: Iterable[T]) -> None:
        """Hand things on, now or with the rest of the batch."""
        with self._lock:  # people of one import are written side by side
            self._kept += things
        if not self._is_open:
            self._flush()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hand on at once all that comes up within, however it ends."""
        self._is_open = True
        try:
            yield
        finally:
            self._is_open = False
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            kept, self._kept = self._kept, []
        if kept:
            self.hand_on(kept)
