"""What a check finds: problems with a place, a stable code and a way out. Only `problems.show` needs a terminal."""

from rapport_authoring.problems.codes import MEANINGS, Code, Meaning, Severity
from rapport_authoring.problems.problem import Place, Problem, closest, nearest

__all__ = ["MEANINGS", "Code", "Meaning", "Place", "Problem", "Severity", "closest", "nearest"]
