"""Templates compiled once and rendered block by block, in a sandbox that reads data by key and by nothing else."""

import importlib.util
import marshal
from collections.abc import Callable, Iterator, Mapping
from types import CodeType
from typing import Any, Final, Literal

import jinja2
import markupsafe
from jinja2 import TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import SandboxedEnvironment
from msgspec import Struct

from rapport.render.bounds import LARGEST_NUMBER, gathered
from rapport.render.filters import FILTERS, OPERATIONS, TESTS, metered, printed
from rapport.render.known import Items, Names, Unknown
from rapport.render.message import TemplateFaultError
from rapport.render.taming import WHOLE, Fault, faults, tame, too_long

Mode = Literal["html", "plain"]
Chunks = Callable[[Context], Iterator[str]]

FORMAT: Final = repr((importlib.util.MAGIC_NUMBER, jinja2.__version__, markupsafe.__version__, 1)).encode()
"""Compiled templates are only used by the very interpreter and Jinja that made them."""

_LONGEST_CHAIN: Final = 10
_LOOP: Final = frozenset(
    {"index", "index0", "revindex", "revindex0", "first", "last", "length", "previtem", "nextitem"}
)
_BINARY: Final = frozenset({"+", "-", "*", "/", "//", "%", "**"})
_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "//": lambda left, right: left // right,
    "%": lambda left, right: left % right,
}
_FAULTS: Final = (RecursionError, SyntaxError, MemoryError, OverflowError, ValueError)
"""What compiling may raise besides Jinja's own errors: too deep, too nested, a number too long."""


def read(value: object, key: object) -> object:
    """What a key of a value holds: keys of mappings, indexes of lists, the counters of a loop."""
    if isinstance(value, Names | Items) and isinstance(key, str | int):
        return value.read(key)
    if isinstance(value, Unknown):
        return Unknown(name=f"{value.path}.{key}")
    if isinstance(value, LoopContext) and key in _LOOP:
        return getattr(value, str(key))
    return Unknown(name=str(key))


class Sandbox(SandboxedEnvironment):
    """Jinja's sandbox without Python's attributes, methods, globals, and anything that multiplies text."""

    intercepted_binops = _BINARY
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self, mode: Mode, loader: jinja2.BaseLoader | None = None) -> None:
        super().__init__(
            autoescape=mode == "html", undefined=Unknown, optimized=False, loader=loader, auto_reload=False
        )
        self.finalize = jinja2.pass_context(printed)
        self.globals.clear()
        self.filters = {**FILTERS, **OPERATIONS}
        self.tests = dict(TESTS)

    def getattr(self, obj: object, attribute: str) -> object:
        """Read a key."""
        return read(obj, attribute)

    def getitem(self, obj: object, argument: object) -> object:
        """Read a key or an index."""
        return read(obj, argument)

    def is_safe_callable(self, obj: object) -> bool:
        """Only what the template itself defines is called: macros and the parent's block."""
        return isinstance(obj, Macro | BlockReference)

    def call(self, context: Context, obj: object, *args: object, **kwargs: object) -> object:
        """Call a macro. Raises TemplateFaultError for arguments it does not take."""
        try:
            return super().call(context, obj, *args, **kwargs)
        except TypeError as error:
            raise TemplateFaultError(str(error)) from error

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Arithmetic on numbers of a sane size; `+` joins texts as well."""
        if isinstance(left, str) and isinstance(right, str) and operator == "+":
            return OPERATIONS["_concat"](context, [left, right])
        return _calculate(context, left, operator, right)

    def call_unop(self, context: Context, operator: str, arg: object) -> object:
        """A sign before a number."""
        return _calculate(context, 0, operator, arg)


def _arithmetic(left: object, operator: str, right: object) -> object:
    for side in (left, right):
        if isinstance(side, bool) or not isinstance(side, int | float) or abs(side) > LARGEST_NUMBER:
            raise TypeError(operator)
    return _ARITHMETIC[operator](left, right)


_calculate = metered(_arithmetic)


class Compiled(Struct, frozen=True):
    """One template in one mode: its code, what it extends, its blocks and whether each says anything."""

    code: CodeType
    parent: str | None
    blocks: dict[str, bool]


class Templates:
    """A catalogue's templates, by the names they have in the folder; compiled when first used, or brought compiled.

    Memory is bounded by the sources: each is compiled at most once for HTML and once for plain text.
    """

    def __init__(self, sources: Mapping[str, str], compiled: Mapping[str, bytes] | None = None) -> None:
        self.sources = dict(sources)
        self._weights = {name: len(source) for name, source in self.sources.items()}
        self._brought = dict(compiled or {})
        self._ready: dict[tuple[Mode, str], Compiled] = {}
        self._sandboxes: dict[Mode, Sandbox] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.sources

    def blocks(self, name: str) -> frozenset[str]:
        """The blocks that say something, inherited ones included. Raises TemplateError."""
        found: dict[str, bool] = {}
        for template in self.chain(name):
            found = self._take("plain", template).blocks | found
        return frozenset(block for block, says_something in found.items() if says_something)

    def chain(self, name: str) -> tuple[str, ...]:
        """The template and what it extends, itself first. Raises TemplateError."""
        names: list[str] = []
        following: str | None = name
        while following is not None:
            if following in names or len(names) == _LONGEST_CHAIN:
                raise TemplateSyntaxError(f"{following} is extended in a circle or too deeply", 1, name)
            names.append(following)
            following = self._take("plain", following).parent
        return tuple(names)

    def block(self, name: str, block: str, mode: Mode, values: Mapping[str, object]) -> str:
        """Render one block alone. Raises MissingDataError, TemplateFaultError, TemplateError and what Python may."""
        template = self._sandbox(mode).get_template(name)
        context = template.new_context({**values, WHOLE: False})
        gathered(template.root_render_func(context))
        return gathered(context.blocks[block][0](context))

    def document(self, name: str, silent: frozenset[str], values: Mapping[str, object]) -> str:
        """Render a template as a whole in HTML, the blocks of other channels silent. Raises as `block` does."""
        template = self._sandbox("html").get_template(name)
        context = template.new_context({**values, WHOLE: True})
        for block in silent:
            context.blocks[block] = [_nothing]
        return gathered(template.root_render_func(context))

    def compiled(self) -> dict[str, bytes]:
        """Everything compiled, for `Templates(sources, compiled)`. Raises TemplateError for a broken template."""
        return {f"{mode}:{name}": _packed(self._take(mode, name)) for mode in _MODES for name in self.sources}

    def load(self, mode: Mode, name: str) -> CodeType:
        """The code of a template. Raises TemplateError."""
        return self._take(mode, name).code

    def _sandbox(self, mode: Mode) -> Sandbox:
        if mode not in self._sandboxes:
            self._sandboxes[mode] = Sandbox(mode, _Shelf(self, mode))
        return self._sandboxes[mode]

    def _take(self, mode: Mode, name: str) -> Compiled:
        if name not in self.sources:
            raise TemplateNotFound(name)
        ready = self._ready.get((mode, name))
        if ready is None:
            packed = self._brought.get(f"{mode}:{name}", b"")
            ready = _unpacked(packed) if packed.startswith(FORMAT) else self._compile(mode, name)
            self._ready[mode, name] = ready
        return ready

    def _compile(self, mode: Mode, name: str) -> Compiled:
        sandbox = self._sandbox(mode)
        tree = parsed(sandbox, self.sources[name], name)
        for fault in faults(tree):
            raise fault
        parent = tree.find(nodes.Extends)
        blocks = {block.name: says_something(block) for block in tree.find_all(nodes.Block)}
        try:
            code = sandbox.compile(tame(tree, self._weights), name, name)
        except _FAULTS as error:
            raise Fault(f"cannot be compiled: {error}", 1) from error
        return Compiled(code, parent.template.value if parent else None, blocks)  # type: ignore[attr-defined]  # a plain text


_MODES: Final[tuple[Mode, ...]] = ("html", "plain")


class _Shelf(jinja2.BaseLoader):
    """Gives Jinja the compiled templates."""

    def __init__(self, templates: Templates, mode: Mode) -> None:
        self.templates, self.mode = templates, mode

    def load(self, environment: jinja2.Environment, name: str, globals: Any = None) -> jinja2.Template:  # noqa: A002, ANN401  # Jinja's signature
        """Load a template by its name in the folder."""
        return jinja2.Template.from_code(environment, self.templates.load(self.mode, name), globals or {})


def parsed(sandbox: Sandbox, source: str, name: str) -> nodes.Template:
    """Parse a source. Raises TemplateSyntaxError, whatever is wrong with it."""
    if too_long(source):
        raise Fault("longer than a template may be", 1)
    try:
        return sandbox.parse(source, name, name)
    except _FAULTS as error:
        raise Fault(f"cannot be read: {error}", 1) from error


def says_something(block: nodes.Block) -> bool:
    """Whether a block is more than a placeholder for those who extend its template."""
    leaves = (part for output in block.body for part in getattr(output, "nodes", [output]))
    return any(not (isinstance(leaf, nodes.TemplateData) and not leaf.data.strip()) for leaf in leaves)


def _nothing(_context: Context) -> Iterator[str]:
    return iter(())


def _packed(compiled: Compiled) -> bytes:
    return FORMAT + marshal.dumps((compiled.code, compiled.parent, compiled.blocks))


def _unpacked(packed: bytes) -> Compiled:
    # Only ever our own publication's bytes, read from the house's own bucket.
    return Compiled(*marshal.loads(packed[len(FORMAT) :]))  # noqa: S302
