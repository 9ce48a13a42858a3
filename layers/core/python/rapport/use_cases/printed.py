"""What is known of a person, printed for people and machines: days as days, moments as RFC 3339."""

from typing import Any

from rapport.domain.moment import text
from rapport.domain.sight import Seen
from rapport.domain.trait import TraitDefinition


def printed(definition: TraitDefinition, value: object) -> Any:  # noqa: ANN401  # JSON
    """A trait's value as JSON has it: a date is `YYYY-MM-DD`, a timestamp RFC 3339, a list a list."""
    if isinstance(value, int | float) and definition.type in ("date", "timestamp"):
        moment = text(value)
        return moment[:10] if definition.type == "date" else moment
    return list(value) if isinstance(value, tuple) else value


def provenance(definition: TraitDefinition, seen: Seen) -> dict[str, Any]:
    """A known value with where it comes from, when it was observed, and how sure it is now."""
    return {
        "value": printed(definition, seen.value),
        "source": seen.source,
        "observed_at": text(seen.observed_at),
        "certainty": round(seen.certainty, 4),
    }
