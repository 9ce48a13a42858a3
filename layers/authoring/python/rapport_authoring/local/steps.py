"""Telling how far it is: one line a step, with its time, on whatever terminal there is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Steps:
    """Says what is being done and how long it took."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def step(self, says: str) -> Iterator[None]:
        """Show a step while it runs, and its time when it is done."""
        began = time.monotonic()
        with self.console.status(f"{says} ..."):
            yield
        self.console.print(f"  {says:<46} [dim]{time.monotonic() - began:6.1f} s[/dim]", highlight=False)
