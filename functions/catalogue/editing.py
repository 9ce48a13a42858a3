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
    documents = load(files)
    entry = next((entry for entry in documents.offers if entry.model.id == offer_id), None)
    if entry is None:
        return {**files, f"offers/{offer_id}.yaml": yaml.safe_dump(written, sort_keys=False, allow_unicode=True)}
    text, start, end = documents.files[entry.file], entry.node.start_mark.index, _end(entry.node)
    rest = text[end:] if text[end:].startswith(("\n", "\r", " ", ",", "]")) else f"\n{text[end:]}"
    # One line of JSON is YAML at any depth of indentation.
    return {**files, entry.file: f"{text[:start]}{json.dumps(written, ensure_ascii=False)}{rest}"}


def _end(node: yaml.Node) -> int:
    """Where a node ends; for YAML one without brackets goes on to the next, comments between them included."""
    inside = node.value if isinstance(node, yaml.CollectionNode) and not node.flow_style else []
    if not inside:
        return int(node.end_mark.index)
    last = inside[-1]
    return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
