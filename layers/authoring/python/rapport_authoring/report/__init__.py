"""The report: what a simulation or a deployment came to, as one page of HTML with pictures that needs nothing else."""

from rapport_authoring.report.facts import Facts
from rapport_authoring.report.page import page
from rapport_authoring.report.section import Section
from rapport_authoring.report.sections import sections

__all__ = ["Facts", "Section", "page", "sections"]
