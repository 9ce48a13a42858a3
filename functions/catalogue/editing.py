"""One offer changed in a folder of files: its own text is replaced, everything around it stays as it was written."""

import json
from collections.abc import Mapping
from typing import Any

import yaml
from rapport.errors import BadRequest
from rapport_authoring.loader import load


def with_offer(files: Mapping[str, str], offer_id: str, document: Mapping[str, Any]) -> dict[str, str]:
    """The files with this offer, in its place where there is one, else in a file of its own. Raises BadRequest."""
    if document.get("id", offer_id) != offer_id:
        raise BadRequest("the document's id is not the path's", [{"path": "id", "message": "differs from the path"}])
    written = {"id": offer_id, **document}
    entry = next((entry for entry in load(files).offers if entry.model.id == offer_id), None)
    if entry is None:
        return {**files, f"offers/{offer_id}.yaml": yaml.safe_dump(written, sort_keys=False, allow_unicode=True)}
    text, start, end = files[entry.file], entry.node.start_mark.index, entry.node.end_mark.index
    # One line of JSON is YAML at any depth of indentation.
    return {**files, entry.file: f"{text[:start]}{json.dumps(written, ensure_ascii=False)}\n{text[end:]}"}
