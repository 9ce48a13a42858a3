"""A catalogue's files to its documents: which file holds what, each document with its place."""

import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, Generic, TypeVar

import yaml
from pydantic import ValidationError

from rapport_authoring.documents import Campaign, Document, Event, Form, House, Offer, Placement, Segment, Traits
from rapport_authoring.loader import composing
from rapport_authoring.loader.composing import RefusedError, Unfolding
from rapport_authoring.loader.mending import Mended, mended
from rapport_authoring.loader.saying import findings
from rapport_authoring.problems import Code, Place, Problem, nearest

M_co = TypeVar("M_co", bound=Document, covariant=True)
MAX_FILES = 20_000
MAX_CHARACTERS = 32_000_000
MAX_PROBLEMS = 300
"""More than anybody reads; what a hostile catalogue costs stays bounded."""
YAML = frozenset({".yaml", ".yml"})
NOT_OF_AN_ID = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Entry(Generic[M_co]):
    """One document and where each of its values stands."""

    model: M_co
    file: str
    node: yaml.Node
    cut: frozenset[composing.Path] | None = None
    """Of a document that is wrong somewhere, the paths of what was left out of it or taken for granted."""

    def lacks(self, *path: str | int) -> bool:
        """Whether something at this path, above it or below it was left out, so that what it says is not known."""
        return any(cut[: len(path)] == path[: len(cut)] for cut in self.cut or ())

    def holds(self, place: Place) -> bool:
        """Whether a place is within this document."""
        start, end = self.node.start_mark, self.node.end_mark
        return (start.line, start.column) <= (place.line - 1, place.column - 1) < (end.line, end.column)

    def at(self, *path: str | int) -> Place:
        """Return where the value at this path begins, or of what is nearest to it."""
        return composing.place_of(self.file, composing.find(self.node, path)[1])

    def at_key(self, *path: str | int) -> Place:
        """Return where the key at this path begins."""
        return composing.place_of(self.file, composing.find(self.node, path)[0])

    def scalar(self, *path: str | int) -> yaml.Node:
        """Return the node of the value at this path, for whoever looks inside its text."""
        return composing.find(self.node, path)[1]

    def key(self, *path: str | int) -> yaml.Node:
        """Return the node of the key at this path."""
        return composing.find(self.node, path)[0]


@dataclass(frozen=True, slots=True)
class Template:
    """One template: its name under templates/, its file and its text."""

    name: str
    file: str
    text: str


@dataclass(slots=True)
class Documents:
    """Everything a catalogue says, as far as it can be read; `ids` holds those of unreadable documents too."""

    files: Mapping[str, str]
    house: Entry[House] | None = None
    traits: Entry[Traits] | None = None
    events: list[Entry[Event]] = field(default_factory=list)
    segments: list[Entry[Segment]] = field(default_factory=list)
    placements: list[Entry[Placement]] = field(default_factory=list)
    offers: list[Entry[Offer]] = field(default_factory=list)
    campaigns: list[Entry[Campaign]] = field(default_factory=list)
    forms: list[Entry[Form]] = field(default_factory=list)
    templates: dict[str, Template] = field(default_factory=dict)
    faulty: dict[str, list[Entry[Document]]] = field(default_factory=dict)
    """By file the documents of which something had to be left out."""
    ids: dict[str, set[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    readable: set[str] = field(default_factory=set)
    """The nouns whose documents all say who they are, so that a missing one is truly missing."""


NOUNS: Mapping[str, tuple[str, type[Document]]] = {
    "rapport.yaml": ("house", House),
    "traits.yaml": ("traits", Traits),
    "events.yaml": ("event", Event),
    "segments": ("segment", Segment),
    "placements": ("placement", Placement),
    "offers": ("offer", Offer),
    "campaigns": ("campaign", Campaign),
    "forms": ("form", Form),
}
"""What a top-level file, or a folder, holds."""
NAMES = {("id",), ("intent",)}
"""Without these others cannot tell what a document is called, or which group of intents it opens."""
SORTS = {"event": "events", "segment": "segments", "placement": "placements", "offer": "offers",
         "campaign": "campaigns", "form": "forms"}  # fmt: skip


@contextmanager
def no_collection() -> Iterator[None]:
    """Leave the cyclic collector off while a million small nodes are made: none of them is garbage (half the time)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def load(files: Mapping[str, str]) -> Documents:
    """Read all files of a catalogue. Never raises: what is wrong is in `problems`."""
    readable = {noun for noun, _ in NOUNS.values()}
    if size := _too_large(files):
        return Documents(files, problems=[size], readable=readable)
    files = {name: composing.joined(text) for name, text in files.items()}
    documents = Documents(files, readable=readable)
    for name in sorted(files):
        _take(documents, name, files[name])
    if "rapport.yaml" not in files:
        missing = Problem.found(Code.MISSING_FILE, Place("rapport.yaml"), "there is no `rapport.yaml`", "write one")
        documents.problems.append(missing)
    documents.problems.extend(islice(_twice(documents), MAX_PROBLEMS))
    return documents


def _too_large(files: Mapping[str, str]) -> Problem | None:
    if len(files) > MAX_FILES:
        return Problem.found(Code.TOO_LARGE, Place("."), f"more than {MAX_FILES} files", "put documents in lists")
    size = sum(len(text) for text in files.values())
    return (
        Problem.found(Code.TOO_LARGE, Place("."), f"{size} characters; at most {MAX_CHARACTERS}")
        if size > MAX_CHARACTERS
        else None
    )


def _take(documents: Documents, name: str, text: str) -> None:
    path = PurePosixPath(name)
    if _wanders(name):
        problem = Problem.found(Code.BAD_PATH, Place(name[:200]), "is not a path inside the catalogue")
        documents.problems.append(problem)
    elif path.suffix == ".j2" and path.parts[0] == "templates":
        template = str(PurePosixPath(*path.parts[1:]))
        documents.templates[template] = Template(template, name, text)
    elif path.suffix in YAML:
        _take_yaml(documents, path, text)
    elif path.suffix == ".j2":
        _say(documents, Code.UNKNOWN_FILE, name, "templates belong in templates/")


def _wanders(name: str) -> bool:
    odd = not name or len(name) > 500 or "\\" in name or any(ord(letter) < 32 for letter in name)
    return odd or name.startswith("/") or any(part in {"", ".", ".."} for part in name.split("/"))


def _take_yaml(documents: Documents, path: PurePosixPath, text: str) -> None:
    key = path.parts[0] if len(path.parts) > 1 else path.name
    if key not in NOUNS or (len(path.parts) > 1) == key.endswith(".yaml"):
        known = [name if name.endswith(".yaml") else f"{name}/" for name in NOUNS]
        _say(documents, Code.UNKNOWN_FILE, str(path), f"nothing reads {path}", nearest(key, known))
        return
    try:
        _read(documents, str(path), text, key)
    except RefusedError as error:
        documents.problems.append(error.problem)
        documents.readable.discard(NOUNS[key][0])


def _say(documents: Documents, code: Code, file: str, message: str, hint: str = "") -> None:
    documents.problems.append(Problem.found(code, Place(file), message, hint))


def _read(documents: Documents, file: str, text: str, key: str) -> None:
    node = composing.compose(text, file)
    if node is None or _is_empty(node):
        # A house without a name is none; of everything else there may be nothing.
        node = yaml.MappingNode("", []) if key == "rapport.yaml" else None
    if node is None:
        return
    unfolding = Unfolding(file, composing.ALIASES + 4 * len(text))
    value = unfolding.plain(node)
    documents.problems.extend(unfolding.problems)
    single = key in {"rapport.yaml", "traits.yaml"}
    many = isinstance(node, yaml.SequenceNode) and not single
    for child, plain in zip(node.value, value, strict=True) if many else [(node, value)]:
        _keep(documents, key, child, file, plain)


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style == "" and node.value in ("", "~", "null")


def _keep(documents: Documents, key: str, node: yaml.Node, file: str, value: Any) -> None:  # noqa: ANN401  # plain YAML
    noun, model = NOUNS[key]
    name = value.get("id") if isinstance(value, dict) else None
    if isinstance(name, str):
        documents.ids.setdefault(noun, set()).add(name)
    try:
        entry = Entry(model.model_validate(value), file, node)
    except ValidationError as error:
        room = max(0, MAX_PROBLEMS - len(documents.problems))
        documents.problems.extend(islice(_placed(error, noun, model, Entry(Document(), file, node)), room))
        left = mended(model, node, error) if room else None
        if left is None or (left.cut & NAMES and not isinstance(name, str)):
            documents.readable.discard(noun)
        if left is None:
            return
        documents.ids.setdefault(noun, set()).update(_may_be_called(left, name))
        entry = Entry(left.model, file, left.node, left.cut)
        if left.cut:
            documents.faulty.setdefault(file, []).append(entry)
    if noun in SORTS:
        getattr(documents, SORTS[noun]).append(entry)
    else:
        setattr(documents, noun, entry)


def _may_be_called(left: Mended, written: object) -> Iterator[str]:
    """Return the ids by which others may mean a document that is wrong somewhere."""
    name = str(getattr(left.model, "id", ""))
    if name and ("id",) not in left.cut:
        yield name
    elif isinstance(written, str):
        yield from (NOT_OF_AN_ID.sub(between, written.casefold()).strip("-") for between in ("-", ""))


def _placed(error: ValidationError, noun: str, model: type[Document], entry: Entry[Document]) -> Iterator[Problem]:
    for found in findings(error, noun, model):
        place = entry.at_key(*found.path) if found.at_key else entry.at(*found.path)
        yield Problem.found(found.code, place, found.message, found.hint)


def _twice(documents: Documents) -> Iterator[Problem]:
    for noun, sort in SORTS.items():
        seen: dict[str, Entry[Document]] = {}
        for entry in getattr(documents, sort):
            name = getattr(entry.model, "id", None)
            if name is None:
                continue
            if name in seen:
                first = seen[name].at("id")
                hint = f"it stands in {first.file}, line {first.line} already"
                yield Problem.found(Code.DUPLICATE_ID, entry.at("id"), f"two {noun}s are called `{name}`", hint)
            seen.setdefault(name, entry)


def read_folder(folder: Path) -> tuple[dict[str, str], list[Problem]]:
    """Read the YAML and Jinja2 files of a folder, hidden ones left out; what is not UTF-8 is a problem."""
    files: dict[str, str] = {}
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not _belongs(path, name):
            continue
        try:
            files[name] = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            place = _of_byte(name, bytes(error.object), error.start)
            problems.append(Problem.found(Code.NOT_TEXT, place, "is not UTF-8 text", "save it as UTF-8"))
    return files, problems


def _of_byte(file: str, content: bytes, at: int) -> Place:
    """Where the first byte stands that is no text."""
    before = content[:at].decode("utf-8", "replace")
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _belongs(path: Path, name: str) -> bool:
    hidden = any(part.startswith(".") for part in name.split("/"))
    return path.suffix in {*YAML, ".j2"} and not hidden and path.is_file() and not path.is_symlink()
