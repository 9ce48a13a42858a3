"""Templates to channel content. The only part of the core that may import jinja2, babel, css-inline or fpdf2."""

from rapport.render.channels import render, template_locale
from rapport.render.engine import Templates
from rapport.render.message import Broken, Missing, Rendered, RenderRequest

__all__ = ["Broken", "Missing", "RenderRequest", "Rendered", "Templates", "render", "template_locale"]
