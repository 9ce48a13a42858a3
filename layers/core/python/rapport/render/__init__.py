"""Templates to channel content. The only part of the core that may import jinja2, babel, css-inline or fpdf2."""

from rapport.render.channels import render, template_locale
from rapport.render.check import check_template
from rapport.render.engine import Templates
from rapport.render.message import Broken, Missing, Rendered, RenderRequest
from rapport.render.problem import TemplateProblem, Vocabulary

__all__ = [
    "Broken",
    "Missing",
    "RenderRequest",
    "Rendered",
    "TemplateProblem",
    "Templates",
    "Vocabulary",
    "check_template",
    "render",
    "template_locale",
]
