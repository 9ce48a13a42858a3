"""What is left of a document without its faults: it is checked like any other, so that one run tells every mistake."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from rapport_authoring.documents import Document
from rapport_authoring.loader import composing
from rapport_authoring.loader.composing import Path, Unfolding
from rapport_authoring.loader.saying import path_of, respelt

ROUNDS: Final = 6
"""What is left out may leave a gap above it, and so on upwards."""
MOST_FAULTS: Final = 100
STAND_INS: Final[Mapping[str, Any]] = {
    "benefit": "?",
    "channels": ["note"],
    "event": "?",
    "kind": "service",
    "name": "?",
    "purpose": "service",
    "template": "?",
    "trigger": {"event": "?"},
}
"""What a key without which there is no document is taken for; of these nothing wrong follows by itself."""


class Mended(NamedTuple):
    """The document that is left, its node, and the paths of what was left out or taken for granted."""

    model: Document
    node: yaml.Node
    cut: frozenset[Path]


def mended(model: type[Document], node: yaml.Node, error: ValidationError) -> Mended | None:
    """Return what is left without what is wrong; a misspelt key counts as the one it must mean. None: nothing is."""
    cut: set[Path] = set()
    for _ in range(ROUNDS):
        if error.error_count() > MOST_FAULTS or not isinstance(node, yaml.MappingNode):
            return None
        changes = dict(_changes(model, node, error))
        cut |= {below for path, name in changes.items() if name is None for below in _all_of(node, path)}
        node = _changed(node, changes)
        supposed = _supposed(model, node)
        value = Unfolding("", composing.ALIASES).plain(node) | supposed
        try:
            return Mended(model.model_validate(value), node, frozenset(cut | {(key,) for key in supposed}))
        except ValidationError as again:
            error = again
    return None


def _changes(model: type[Document], node: yaml.Node, error: ValidationError) -> Iterator[tuple[Path, str | None]]:
    """Return for each fault what to rename, or (None) to leave out."""
    details = error.errors(include_url=False, include_context=False)
    meant = respelt(details, model)
    renamed = {path: name for path, name in meant.items() if not composing.exists(node, (*path[:-1], name))}
    given = {(*path[:-1], name) for path, name in renamed.items()}
    for detail in details:
        path = path_of(detail)
        if path in renamed:
            yield path, renamed[path]
        elif path not in given and (whole := _whole(node, detail, path)):
            yield whole, None


def _whole(node: yaml.Node, detail: ErrorDetails, path: Path) -> Path:
    """What goes with a fault: of a missing key all that needs it, else what is written there."""
    path = path[:-1] if detail["type"] == "missing" else path
    while path and not composing.exists(node, path):
        path = path[:-1]
    return path


def _all_of(node: yaml.Node, path: Path) -> Iterator[Path]:
    """Return a path and, where names stand there, those of each name."""
    yield path
    found = composing.find(node, path)[1]
    if isinstance(found, yaml.MappingNode):
        yield from ((*path, str(key.value)) for key, _ in found.value)


def _changed(node: yaml.Node, changes: Mapping[Path, str | None], path: Path = ()) -> yaml.Node:
    if not any(changed[: len(path)] == path for changed in changes):
        return node
    if isinstance(node, yaml.MappingNode):
        pairs = [(key, value, (*path, str(key.value))) for key, value in node.value if _stays(key, path, changes)]
        values = [(_named(key, changes.get(to)), _changed(value, changes, to)) for key, value, to in pairs]
        return yaml.MappingNode(node.tag, values, node.start_mark, node.end_mark)
    if isinstance(node, yaml.SequenceNode):
        items = [(item, (*path, at)) for at, item in enumerate(node.value) if changes.get((*path, at), "") is not None]
        left = [_changed(item, changes, to) for item, to in items]
        return yaml.SequenceNode(node.tag, left, node.start_mark, node.end_mark)
    return node


def _stays(key: yaml.Node, path: Path, changes: Mapping[Path, str | None]) -> bool:
    return changes.get((*path, str(key.value)), "") is not None


def _named(key: yaml.Node, name: str | None) -> yaml.Node:
    return yaml.ScalarNode(key.tag, name, key.start_mark, key.end_mark) if name else key


def _supposed(model: type[Document], node: yaml.Node) -> dict[str, Any]:
    """Return what the document cannot do without, and does not say."""
    said = {key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)}
    place = composing.place_of("", node)
    own = {"id": f"unnamed-{place.line}-{place.column}", **STAND_INS}
    needed = {name for name, field in model.model_fields.items() if field.is_required()}
    return {name: own[name] for name in sorted(needed - said)}
