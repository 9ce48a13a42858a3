"""The desk: where messages are composed and handed over, with compiled templates at hand."""

from dataclasses import dataclass, field

from rapport.domain.catalogue import Catalogue
from rapport.ports import Ports
from rapport.render import Templates


class TemplateShelf:
    """The compiled templates of the live catalogue, compiled once for each publication."""

    def __init__(self) -> None:
        self._sources: dict[str, str] | None = None
        self._templates: Templates | None = None

    def of(self, catalogue: Catalogue) -> Templates:
        """The templates of a catalogue."""
        if self._templates is None or self._sources is not catalogue.templates:
            self._sources, self._templates = catalogue.templates, Templates(catalogue.templates)
        return self._templates


@dataclass(frozen=True, slots=True)
class Desk:
    """The ports, this attempt's name for its claims, and the templates."""

    ports: Ports
    attempt: str = "desk"
    shelf: TemplateShelf = field(default_factory=TemplateShelf)
