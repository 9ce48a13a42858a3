"""Rules that never come to bear: conditions that nobody meets, and rules behind others that always come first."""

from collections.abc import Iterator, Sequence

from rapport.domain.condition import Condition
from rapport.plan.conjunctions import ways
from rapport.plan.implication import covers

from rapport_authoring.check.judging import Judged
from rapport_authoring.documents import Offer
from rapport_authoring.loader import Entry
from rapport_authoring.problems import Code, Problem

MOST_COMPARED = 32
"""A rule is compared with as many right before it, so that thousands of them take no longer than they must."""


def contradictions(judged: Judged) -> Iterator[Problem]:
    """List offers, campaigns and segments that nobody can get into: two demands exclude one another."""
    documents = judged.world.documents
    entries = (
        *(("offer", entry, entry.model.id) for entry in documents.offers),
        *(("campaign", entry, entry.model.id) for entry in documents.campaigns),
        *(("segment", entry, entry.model.id) for entry in documents.segments),
    )
    for noun, entry, name in entries:
        when, unless = judged.get(noun, name, "when"), judged.get(noun, name, "unless")
        if (when and not ways(when.plan)) or (unless and _covers(unless, when)):
            message = f"nobody is ever in {noun} `{name}`: its condition is never true"
            place = entry.at("when" if when else "unless")
            yield Problem.found(Code.OFFER_NEVER_SHOWN, place, message, "two demands exclude one another")


def empty_traits(judged: Judged) -> Iterator[Problem]:
    """List computed and predicted traits that no event can fill."""
    entry = judged.world.documents.traits
    for kind, name, _ in entry.model.from_events if entry else ():
        where = judged.get("trait", name, kind, name, "where")
        if entry and where and not ways(where.plan):
            message = f"nothing ever fills `{name}`: its `where` is never true"
            place = entry.at(kind, name, "where")
            yield Problem.found(Code.TRAIT_NEVER_FILLED, place, message, "two demands exclude one another")


def _covers(first: Condition | None, second: Condition | None) -> bool:
    """Whether the first surely holds wherever the second does; no condition always holds."""
    return first is None or covers(first.plan, ["const", True] if second is None else second.plan)


def personas(judged: Judged) -> Iterator[Problem]:
    """List personas that nobody can be, as an earlier one fits whoever they would fit."""
    entries = [entry for entry in judged.world.documents.segments if entry.model.persona]
    entries.sort(key=lambda entry: entry.model.priority)
    for at, entry in enumerate(entries):
        name = entry.model.id
        for other in entries[max(0, at - MOST_COMPARED) : at]:
            if other.model.unless is None and _both(judged, other.model.id, name):
                message = f"nobody is ever `{name}`: `{other.model.id}` comes first and fits them all"
                hint = "give the narrower persona the lower `priority`"
                yield Problem.found(Code.RULE_SHADOWED, entry.at("id"), message, hint)
                break


def _both(judged: Judged, first: str, second: str) -> bool:
    one, other = judged.get("segment", first, "when"), judged.get("segment", second, "when")
    return one is not None and other is not None and _covers(one, other)


def variants(judged: Judged) -> Iterator[Problem]:
    """List variants that never show: earlier ones have set all they would set."""
    for entry in judged.world.documents.offers:
        for at in range(1, len(entry.model.variants)):
            first = _first_before(judged, entry, at)
            if first is not None:
                message = f"variant {at + 1} never shows: variant {first + 1} comes first and sets the same"
                place = entry.at("variants", at, "when")
                yield Problem.found(Code.RULE_SHADOWED, place, message, "put the narrower rule first")


def _first_before(judged: Judged, entry: Entry[Offer], at: int) -> int | None:
    conditions: Sequence[Condition | None] = [
        judged.get("offer", entry.model.id, "variants", number, "when") for number in range(at + 1)
    ]
    own = conditions[at]
    for before in range(max(0, at - MOST_COMPARED), at):
        other = conditions[before]
        if own and other and _sets_all(entry.model, before, at) and _covers(other, own):
            return before
    return None


def _sets_all(offer: Offer, before: int, at: int) -> bool:
    first, second = offer.variants[before], offer.variants[at]
    if getattr(first, "locale", None) not in (None, getattr(second, "locale", None)):
        return False
    return set(second.set.model_dump(exclude_unset=True)) <= set(first.set.model_dump(exclude_unset=True))


def brands(judged: Judged) -> Iterator[Problem]:
    """List a campaign's brands that never show, behind one that always fits or fits whoever they would."""
    for entry in judged.world.documents.campaigns:
        rules = entry.model.brand
        name = entry.model.id
        conditions = [judged.get("campaign", name, "brand", number, "when") for number in range(len(rules))]
        for at in range(1, len(rules)):
            before = range(max(0, at - MOST_COMPARED), at)
            # A condition that is wrong is none, and says nothing of whom it fits.
            readable = [number for number in (*before, at) if rules[number].when is None or conditions[number]]
            if at in readable and any(_covers(conditions[number], conditions[at]) for number in readable[:-1]):
                message = f"brand `{rules[at].brand}` never shows: an earlier rule fits whoever it would"
                yield Problem.found(Code.RULE_SHADOWED, entry.at("brand", at), message, "put the narrower rule first")
