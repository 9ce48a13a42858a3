"""An event together with what the house says it means, as every meaning is handed it."""

from datetime import date

from msgspec import Struct

from rapport.domain.event import Event, EventDefinition
from rapport.domain.moment import DAY, Moment, midnight_utc, parse
from rapport.domain.wire import text_of


class Said(Struct, frozen=True):
    """One event under one of its definitions, from a source of the house."""

    event: Event
    definition: EventDefinition
    source: str

    def value(self, name: str | None) -> object:
        """A property by its name on the wire; None when it is not there."""
        return None if name is None else self.event.properties.get(name)

    @property
    def key(self) -> str | None:
        """What tells two cases apart; None without a value."""
        return text_of(self.value(self.definition.key))

    def lasting(self, days: float) -> Moment:
        """The end of the definition's days, or of these, counted from the event."""
        return self.event.at + (days if self.definition.days is None else self.definition.days) * DAY


def moment_of(value: object) -> Moment | None:
    """A property that is a date (midnight UTC) or an RFC 3339 time; anything else is None."""
    if not isinstance(value, str):
        return None
    try:
        return midnight_utc(date.fromisoformat(value)) if len(value) == 10 else parse(value)
    except (ValueError, OverflowError):
        return None
