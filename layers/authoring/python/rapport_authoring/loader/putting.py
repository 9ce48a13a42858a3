"""One document put into a catalogue's files, in the place of the one with its id: how the admin API edits an offer."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from rapport_authoring.loader import composing
from rapport_authoring.loader.reading import SORTS, Entry, load


def put_document(files: Mapping[str, str], noun: str, document: Mapping[str, Any]) -> dict[str, str]:
    """Return the files with this offer (placement, campaign ...) in them; all other text stays as it was written.

    It takes the place of the document with its id, in whatever file that stands, else it gets a file of its own.
    Nothing is checked: check the files that come back. Raises KeyError for a noun that has no ids, or without an id.
    """
    sort, name = SORTS[noun], str(document["id"])
    text = json.dumps(document, ensure_ascii=False)
    entry = next((entry for entry in getattr(load(files), sort) if getattr(entry.model, "id", None) == name), None)
    if entry is None:
        return dict(files) | {f"{sort}/{name}.yaml": text + "\n"}
    return dict(files) | {entry.file: _replaced(files[entry.file], entry, text)}


def _replaced(written: str, entry: Entry[Any], text: str) -> str:
    """JSON is YAML: it may stand where a block of YAML stood, on a line of its own."""
    root = composing.compose(written, entry.file)
    if not isinstance(root, yaml.SequenceNode):
        return text + "\n"
    start, end = entry.node.start_mark.index, entry.node.end_mark.index
    # The end of a block is where the next thing begins: what is between belongs to that.
    between = written[start:end]
    kept = between[len(between.rstrip()) :]
    return written[:start] + text + kept + written[end:]
