"""Random offers, and random people as timelines, together with what is then so; drawn for the oracle."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
SALES_SHARE, OVER = 0.5, 4
MANDATED = {"balance"}
"""Traits whose own mandate is service."""


def at(moment: datetime) -> str:
    """A moment as timelines write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Story:
    """A timeline in the making."""

    def __init__(self) -> None:
        self._lines: list[tuple[datetime, dict[str, Any]]] = []

    def tell(self, moment: datetime, **line: Any) -> None:
        """Add a line about the one person."""
        self._lines.append((moment, {"userId": "u", **line}))

    def track(self, moment: datetime, event: str, **properties: Any) -> datetime:
        """Add something that they did; when that was."""
        self.tell(moment, type="track", event=event, properties=properties)
        return moment

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The timeline in the order of time."""
        return [{"at": at(moment), **line} for moment, line in sorted(self._lines, key=lambda pair: pair[0])]


def offers(chance: Random, placements: list[list[str]], channels: list[list[str]], conditions: list[str]) -> list[Any]:
    """Fourteen offers, each with some reasons to be given and not to be."""
    return [_offer(f"o{number:02}", chance, placements, channels, conditions) for number in range(14)]


def _offer(
    name: str, chance: Random, placements: list[list[str]], channels: list[list[str]], conditions: list[str]
) -> dict[str, Any]:
    kind = chance.choice(["service", "relationship", "advice", "content", "sales", "sales", "partner"])
    offer: dict[str, Any] = {
        "id": name,
        "kind": kind,
        "benefit": "b",
        "placements": chance.choice(placements),
        "content": chance.choice([{"en-GB": _words()}, {"en-GB": _words(), "fr": _words()}, {"fr": _words()}]),
        "value": chance.choice([1, 2, 2, 3, 5]),
        "lever": chance.choice([1, 1, 2]),
    }
    if kind not in ("sales", "advice", "content"):  # what the side does not show is refused at publishing
        offer["placements"] = [place for place in offer["placements"] if place != "side"]
    sometimes: list[tuple[float, str, Any]] = [
        (0.08, "status", chance.choice(["draft", "paused"])),
        (0.15, chance.choice(["from", "until"]), at(NOW + timedelta(hours=chance.choice([-5, 0, 5])))),
        (0.1, "channels", chance.choice(channels)),
        (0.4, "when", chance.choice(conditions)),
        (0.2, "unless", chance.choice(conditions)),
        (0.2, "context_weight", {chance.choice(conditions): chance.choice([2, 3])}),
    ]
    offer |= {key: value for often, key, value in sometimes if chance.random() < often}
    about: dict[str, Any] = {"tags": chance.sample(["x", "y", "z"], 2)} if chance.random() < 0.3 else {}
    if chance.random() < 0.3:
        about["sku"] = chance.choice(["a", "b"])
        offer |= {"again_after_days": chance.choice([1, 3, 30])} if chance.random() < 0.3 else {}
    if chance.random() < 0.2:
        about["intent"] = {"trip": chance.choice(["oslo", "rome", "bonn"])}
    elif chance.random() < 0.15:
        offer["complements"] = {"trip": chance.choice(["oslo", "rome"])}
    if kind not in ("sales", "partner") and chance.random() < 0.15:
        offer["meets"] = [chance.choice(["Complaint Reported", "Payment At Risk"])]
    return offer | ({"about": about} if about else {})


def _words() -> dict[str, str]:
    return {"headline": "x", "text": "y"}


def drawn(chance: Random, often: dict[str, float]) -> set[str]:
    """Each of these, as often as it says."""
    return {name for name, share in often.items() if chance.random() < share}


def traits(chance: Random) -> dict[str, Any]:
    """Some of what can be known of a person."""
    all_ = {
        "tier": chance.choice(["gold", "silver", "none"]),
        "home_city": chance.choice(["Oslo", "Rome"]),
        "churn_risk": chance.choice([0.1, 0.9]),
        "balance": 20,
        "wealth": chance.choice([5, 20]),
        "interests": chance.sample(["x", "y", "z"], chance.choice([1, 2, 3])),
    }
    return {name: value for name, value in all_.items() if chance.random() < 0.55}
