"""What a check finds: problems with a place, a stable code and a way out."""

from rapport_authoring.problems.codes import MEANINGS, Code, Meaning, Severity
from rapport_authoring.problems.problem import Place, Problem, nearest
from rapport_authoring.problems.show import as_json, as_text, summary

__all__ = ["MEANINGS", "Code", "Meaning", "Place", "Problem", "Severity", "as_json", "as_text", "nearest", "summary"]
