"""Manners in numbers: how often people were contacted, what they granted, and what is not known of them."""

from collections import Counter
from collections.abc import Mapping

from rapport_authoring.report.facts import Facts
from rapport_authoring.report.section import Section, rate


def contacts(facts: Facts) -> Section | None:
    """How many messages people got, and what share of them sold."""
    people = {int(name): count for name, count in facts.tally.contacts.items()}
    if not people:
        return None
    shares = {int(name): count for name, count in facts.tally.sales.items()}
    total, sent = sum(people.values()), sum(times * count for times, count in people.items())
    told = f"{sent:,} contacts with {total:,} people: {sent / total:.1f} each, {max(people)} at most."
    rows = tuple(("contacts", f"{times}", people[times]) for times in sorted(people))
    rows += tuple(("share of sales", f"{tenth * 10}%", shares[tenth]) for tenth in sorted(shares))
    head = ("what", "how many", "people")
    return Section(
        "contacts", "Contacts per person, and the share of sales among them", told, head, rows, (people, shares)
    )


def most_contacted(facts: Facts) -> Section | None:
    """Whom most messages reached."""
    if not facts.people:
        return None
    rows = tuple(facts.people.items())
    return Section("people", "Most contacted", f"Most messages went to {rows[0][0]}.", ("person", "messages"), rows)


def consent(facts: Facts) -> Section | None:
    """Who granted what, by purpose and channel."""
    consents = facts.tally.consents
    if not consents:
        return None
    channels = tuple(next(iter(consents.values())))
    shares = {name: [_granted(by[channel]) for channel in channels] for name, by in consents.items()}
    rows = tuple((name, *(f"{share:.0%}" for share in found)) for name, found in shares.items())
    told = "Granted by: " + ", ".join(f"{name} {max(found):.0%}" for name, found in shares.items()) + " of the people."
    return Section("consent", "Coverage of consent", told, ("purpose", *channels), rows, (channels, shares))


def _granted(counts: Mapping[str, int]) -> float:
    return rate(sum(counts.values()), counts.get("granted", 0))


def unknown(facts: Facts) -> Section | None:
    """What could not be decided for lack of knowledge, by trait."""
    found = {name: Counter(counts) for name, counts in facts.tally.undecided.items()}
    if not found:
        return None
    ordered = sorted(found, key=lambda name: (-found[name].total(), name))
    rows = tuple(
        (name, found[name].total(), ", ".join(f"{w} {c}" for w, c in found[name].most_common())) for name in ordered
    )
    told = f"Of {facts.tally.people} people, {rows[0][1]} have an offer undecided because `{rows[0][0]}` is not known."
    title = "What could not be decided for lack of knowledge"
    return Section("unknown", title, told, ("trait", "people", "why it is not known"), rows, (ordered, found))
