"""The outcome log as a file: a row a line, gzip or plain, as `rapport simulate --log` and the API's export write it."""

import gzip
import io
from collections.abc import Iterator
from typing import BinaryIO

import click
import msgspec
from rapport.domain.outcome_log import Entry, decoded


def read_log(file: BinaryIO) -> Iterator[Entry]:
    """The rows of a log. Raises click.ClickException with the number of a line that is none."""
    for number, line in enumerate(_lines(file), 1):
        if line.strip():
            try:
                yield decoded(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise click.ClickException(f"line {number} is no row of an outcome log: {error}") from None


def _lines(file: BinaryIO) -> Iterator[bytes]:
    buffered = io.BufferedReader(file) if isinstance(file, io.RawIOBase) else file
    start = buffered.peek(2)[:2] if isinstance(buffered, io.BufferedReader) else b""
    if start != b"\x1f\x8b":
        yield from buffered
        return
    try:
        with gzip.open(buffered) as unpacked:
            yield from unpacked
    except (OSError, EOFError) as error:
        raise click.ClickException(f"the file cannot be unpacked: {error}") from None
