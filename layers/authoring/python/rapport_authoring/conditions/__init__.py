"""Conditions at publishing: CEL text, checked against the declared names, becomes a plan that the core can judge."""

from rapport_authoring.conditions.compile import compile_condition
from rapport_authoring.conditions.environment import Scope
from rapport_authoring.conditions.errors import ConditionError
from rapport_authoring.conditions.names import Names
from rapport_authoring.conditions.position import place

__all__ = ["ConditionError", "Names", "Scope", "compile_condition", "place"]
