"""The contract's stages and reasons once more, from its words alone: what must come out, for any offer and person."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from tests.scenarios.chance import MANDATED, NOW, OVER, SALES_SHARE, at

Offer: TypeAlias = dict[str, Any]
KINDS = ("service", "relationship", "advice", "content", "sales", "partner")
"""In the order that decides between equals; service has a tier of its own."""
HERE = {"Complaint Reported": "complaint", "Payment At Risk": "need"}


@dataclass
class Facts:
    """What is so at the moment of deciding: about the person, and about where and how they are spoken to."""

    channel: str = "web"
    purpose: str = "personalisation"
    is_message: bool = False
    kinds: tuple[str, ...] = KINDS
    granted: set[str] = field(default_factory=set)
    held: dict[str, Any] = field(default_factory=dict)
    for_service_only: bool = False
    """Whether what is held came from a source that allows service only."""
    device: str | None = None
    chain: tuple[str, ...] = ("en-GB",)
    owned: dict[str, datetime] = field(default_factory=dict)
    viewed: dict[str, datetime] = field(default_factory=dict)
    chosen: str | None = None
    again: set[str] = field(default_factory=set)
    """Alternatives that were considered once more after the choice."""
    cases: set[str] = field(default_factory=set)
    is_near: bool = False
    called: datetime | None = None
    is_first: bool = False
    """Whether nothing was ever sent to them, and nothing bought."""
    sold: tuple[bool, ...] = ()
    """Of each contact, in their order, whether it sold."""
    taken: set[str] = field(default_factory=set)

    @property
    def individual(self) -> bool:
        """Whether data about this very person may be used."""
        if self.purpose == "service":
            return True
        return ("marketing" if self.is_message else "personalisation") in self.granted

    @property
    def predictive(self) -> bool:
        """Whether predictions may be used."""
        return self.individual and "profiling" in self.granted

    def outside(self, name: str) -> bool:
        """Whether a trait is held, and not for this purpose."""
        if name == "churn_risk" and self.for_service_only:
            return name in self.held  # what is foreseen is used for profiling, too, which its source does not allow
        return self.purpose != "service" and (self.for_service_only or name in MANDATED) and name in self.held

    def value(self, name: str) -> Any:
        """A trait as this view shows it, None where it does not."""
        granted = {"home_city": True, "churn_risk": self.predictive}.get(name, self.individual)
        return self.held.get(name) if granted and not self.outside(name) else None


# ---- conditions: the few that the random offers use, each with its truth and what it reads

Truth: TypeAlias = bool | None


def _is(name: str, wanted: Any) -> Callable[[Facts], Truth]:
    return lambda facts: None if (value := facts.value(name)) is None else value == wanted


def _above(name: str, limit: float) -> Callable[[Facts], Truth]:
    return lambda facts: None if (value := facts.value(name)) is None else value > limit


def _negated(one: Callable[[Facts], Truth]) -> Callable[[Facts], Truth]:
    return lambda facts: None if (truth := one(facts)) is None else not truth


def _either(one: Callable[[Facts], Truth], other: Callable[[Facts], Truth]) -> Callable[[Facts], Truth]:
    def truth(facts: Facts) -> Truth:
        both = one(facts), other(facts)
        return True if True in both else None if None in both else False

    return truth


def _mobile(facts: Facts) -> Truth:
    return None if facts.device is None else facts.device == "mobile"


CONDITIONS: dict[str, tuple[tuple[str, ...], Callable[[Facts], Truth]]] = {
    'traits.tier == "gold"': (("tier",), _is("tier", "gold")),
    'traits.tier != "gold"': (("tier",), _negated(_is("tier", "gold"))),
    '"gold" in segments': (("tier",), _is("tier", "gold")),
    "!has(traits.tier)": (("tier",), lambda facts: facts.value("tier") is None),
    'traits.home_city == "Oslo"': (("home_city",), _is("home_city", "Oslo")),
    "traits.churn_risk > 0.5": (("churn_risk",), _above("churn_risk", 0.5)),
    "traits.balance > 10": (("balance",), _above("balance", 10)),
    "traits.wealth > 10": (("wealth",), _above("wealth", 10)),
    'context.device == "mobile"': ((), _mobile),
    'traits.tier == "gold" || traits.home_city == "Oslo"': (
        ("tier", "home_city"),
        _either(_is("tier", "gold"), _is("home_city", "Oslo")),
    ),
}
SENSITIVE = {"balance", "wealth"}


def truth(condition: str, facts: Facts) -> Truth:
    """Whether a condition holds, in three values."""
    return CONDITIONS[condition][1](facts)


def reads(offer: Offer) -> set[str]:
    """The traits that decide who may have an offer."""
    return {name for key in ("when", "unless") if key in offer for name in CONDITIONS[offer[key]][0]}


def may(names: set[str], facts: Facts, *, completes: bool = False) -> bool:
    """Whether logic that reads these may decide: category traits always, the others as granted."""
    if "churn_risk" in names and not facts.predictive:
        return False
    return facts.individual or not (completes or names - {"home_city", "churn_risk"})


# ---- the stages, in the order of the contract


def sells(offer: Offer) -> bool:
    """Partner counts as sales everywhere in tact."""
    return offer["kind"] in ("sales", "partner")


def _unconsented(offer: Offer, facts: Facts) -> bool:
    if offer["kind"] == "partner" and "partner" not in facts.granted:
        return True
    if facts.is_message and sells(offer) and "marketing" not in facts.granted:
        return True
    return not may(reads(offer), facts, completes="complements" in offer)


def _when(offer: Offer, facts: Facts) -> Truth:
    return truth(offer["when"], facts) if "when" in offer else True


def _completed(offer: Offer, facts: Facts) -> bool:
    return "complements" not in offer or offer["complements"]["trip"] == facts.chosen


def _ineligible(offer: Offer, facts: Facts) -> bool:
    excluded = "unless" in offer and truth(offer["unless"], facts) is True
    return excluded or _when(offer, facts) is False or not _completed(offer, facts)


def _withheld(offer: Offer, facts: Facts) -> bool:
    return _when(offer, facts) is None and any(facts.outside(name) for name in CONDITIONS[offer["when"]][0])


def _owned(offer: Offer, facts: Facts) -> bool:
    since = facts.owned.get(offer.get("about", {}).get("sku", ""))
    again = offer.get("again_after_days")
    return since is not None and (again is None or since + timedelta(days=again) > NOW)


def _satisfied(offer: Offer, facts: Facts) -> bool:
    choice = offer.get("about", {}).get("intent", {}).get("trip")
    if choice is None or facts.chosen is None:
        return False
    return choice == facts.chosen or choice not in facts.again


def _just_viewed(offer: Offer, facts: Facts) -> bool:
    sku = offer.get("about", {}).get("sku", "")
    seen, bought = facts.viewed.get(sku), facts.owned.get(sku)
    return seen is not None and seen + timedelta(hours=24) > NOW and not (bought is not None and bought >= seen)


def _near(offer: Offer, facts: Facts) -> bool:
    return facts.is_near and "proximity" not in facts.granted and offer["kind"] != "service"


def _after_a_call(offer: Offer, facts: Facts) -> bool:
    return sells(offer) and facts.called is not None and facts.called + timedelta(days=7) > NOW


def _share(offer: Offer, facts: Facts) -> bool:
    if not sells(offer) or facts.purpose == "service":
        return False
    return 1 + sum(facts.sold[-(OVER - 1) :]) > SALES_SHARE * OVER


def _open_eyes(offer: Offer, facts: Facts) -> bool:
    return bool(reads(offer) & SENSITIVE) and facts.channel in ("sms", "whatsapp", "push", "print", "social")


def _without_words(offer: Offer, facts: Facts) -> bool:
    return not any(locale in offer["content"] for locale in facts.chain)


PUSHED_ONLY = {"JUST_VIEWED", "PROXIMITY", "SALES_ON_FIRST_CONTACT", "SALES_SHARE"}
RULES: dict[str, Callable[[Offer, Facts], bool]] = {
    "NOT_LIVE": lambda offer, _: offer.get("status", "live") != "live",
    "NOT_YET": lambda offer, _: "from" in offer and at(NOW) < offer["from"],
    "EXPIRED": lambda offer, _: "until" in offer and at(NOW) > offer["until"],
    "WRONG_CHANNEL": lambda offer, facts: facts.channel not in offer.get("channels", [facts.channel]),
    "WRONG_KIND": lambda offer, facts: offer["kind"] not in facts.kinds,
    "NO_CONTENT": _without_words,
    "NO_CONSENT": _unconsented,
    "NOT_ELIGIBLE": _ineligible,
    "OUT_OF_MANDATE": _withheld,
    "UNKNOWN": lambda offer, facts: _when(offer, facts) is None,
    "OWNED": _owned,
    "INTENT_SATISFIED": _satisfied,
    "JUST_VIEWED": _just_viewed,
    "PROXIMITY": _near,
    "OPEN_COMPLAINT": lambda offer, facts: sells(offer) and "complaint" in facts.cases,
    "RECENT_SERVICE_CONTACT": _after_a_call,
    "SALES_ON_FIRST_CONTACT": lambda offer, facts: sells(offer) and facts.is_first,
    "SALES_SHARE": _share,
    "SENSITIVE": _open_eyes,
    "NEEDS_ATTENTION": lambda offer, facts: sells(offer) and "need" in facts.cases,
    "DUPLICATE": lambda offer, facts: offer["id"] in facts.taken,
}


def reason(offer: Offer, placement: str, facts: Facts) -> str | None:
    """Why an offer falls away at a placement: the first that holds; None when it may be chosen."""
    found = (
        name for name, holds in RULES.items() if (facts.is_message or name not in PUSHED_ONLY) and holds(offer, facts)
    )
    if placement in offer["placements"]:
        return next(found, None)
    over = next((name for name in ("NOT_LIVE", "NOT_YET", "EXPIRED") if RULES[name](offer, facts)), None)
    return over or "WRONG_PLACEMENT"


def rank(offer: Offer, facts: Facts) -> tuple[int, float, int]:
    """The tier, the worth (the greater first) and the kind: who is equal in all three may come in any order."""
    liked = {*(facts.value("interests") or ())} & {*offer.get("about", {}).get("tags", ())}
    weight = 1.25 ** min(3, len(liked))
    for condition, factor in offer.get("context_weight", {}).items():
        if may({*CONDITIONS[condition][0]}, facts) and truth(condition, facts) is True:
            weight *= factor
    worth = weight * offer["value"] * offer["lever"]
    return _tier(offer, facts), -round(worth, 9), KINDS.index(offer["kind"])


def _tier(offer: Offer, facts: Facts) -> int:
    if facts.individual and any(HERE[event] in facts.cases for event in offer.get("meets", ())):
        return 0
    if offer["kind"] == "service":
        return 1
    return (3 if sells(offer) else 2) if "complements" in offer else 4
