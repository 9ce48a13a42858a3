"""Templates to channel content. The only part of the core that may import jinja2, babel, css-inline or fpdf2."""
