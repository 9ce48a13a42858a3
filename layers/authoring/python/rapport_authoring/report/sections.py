"""The sections of a report, in the order in which they are read."""

from collections.abc import Callable, Iterator
from typing import Final

from rapport_authoring.report.course import learning, satisfaction
from rapport_authoring.report.effects import earned, experiments
from rapport_authoring.report.facts import Facts
from rapport_authoring.report.manners import consent, contacts, most_contacted, unknown
from rapport_authoring.report.section import Section
from rapport_authoring.report.sending import funnel, messages, offers

MAKERS: Final[tuple[Callable[[Facts], Section | None], ...]] = (
    *(
        earned,
        learning,
        satisfaction,
        messages,
        funnel,
        offers,
        experiments,
        contacts,
        most_contacted,
        consent,
        unknown,
    ),
)


def sections(facts: Facts) -> Iterator[Section]:
    """The sections that there is something to say in."""
    for make in MAKERS:
        found = make(facts)
        if found is not None:
            yield found
