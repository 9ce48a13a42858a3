"""From the text of a condition to its plan, or to every reason why it has none."""

from functools import lru_cache
from typing import TypeAlias

from cel_expr_python import cel  # type: ignore[import-untyped]  # it ships no py.typed
from rapport.domain.condition import Condition, read_as
from rapport.domain.logic import Plan, names_in

from rapport_authoring.conditions.bounds import out_of_bounds
from rapport_authoring.conditions.environment import Scope, environments
from rapport_authoring.conditions.errors import ConditionError
from rapport_authoring.conditions.lowering import lower
from rapport_authoring.conditions.messages import translate
from rapport_authoring.conditions.names import MOST_NAMES, Names
from rapport_authoring.conditions.refusals import refusals
from rapport_authoring.conditions.syntax import first, offsets, tree

_Compiled: TypeAlias = tuple[Condition | None, list[ConditionError]]

_environments = lru_cache(maxsize=8)(environments)


def compile_condition(source: str | bool, names: Names, scope: Scope) -> _Compiled:
    """Return the condition and no errors, or None and at least one error, in the order of the text.

    A person's conditions read the person and the context, a trigger's the event besides, an event's the event alone.
    Environments are kept per Names object, so use one for a whole catalogue.
    """
    if isinstance(source, bool):
        return _condition(str(source).lower(), ["const", source]), []
    if error := out_of_bounds(source) or _too_many(names):
        return None, [error]
    try:
        checked = _environments(names)[scope].compile(source)
    except RuntimeError as error:  # the only way the checker refuses a text
        return None, translate(str(error), source, names, scope)
    return _within_subset(source, checked, names)


def _too_many(names: Names) -> ConditionError | None:
    if max(len(names.trait_types), len(names.groups)) <= MOST_NAMES:
        return None
    return ConditionError(0, f"a catalogue has at most {MOST_NAMES} traits, and as many intent groups")


def _within_subset(source: str, checked: cel.Expression, names: Names) -> _Compiled:
    serialized = checked.serialize()
    root = tree(serialized)
    if refused := list(refusals(root, names)):
        at = offsets(serialized)
        errors = [ConditionError(at.get(first(no.node).id, 0), no.message, no.hint) for no in refused]
        return None, sorted(errors, key=lambda error: error.offset)
    return _condition(source, lower(root, names)), []


def _condition(text: str, plan: Plan) -> Condition:
    return Condition(text, plan, tuple(dict.fromkeys(map(read_as, names_in(plan)))))
