"""Counting up: what some people come to in sums, each with the log and the messages of whoever became them."""

from collections.abc import Iterable

from rapport.domain.moment import Moment
from rapport.domain.profile import Profile
from rapport.domain.tally import Person, Tally, tally_of, together
from rapport.ports import Ports


def count_up(people: Iterable[Profile], ports: Ports, now: Moment) -> Tally:
    """The tally of some people; nobody erased or merged away is one. Raises StoreUnavailable."""
    catalogue = ports.publications.current().catalogue
    return together(tally_of(_whole(one, ports), catalogue, now) for one in people if _is_somebody(one))


def _is_somebody(profile: Profile) -> bool:
    return profile.version > 0 and profile.erased_at is None and profile.merged_into is None


def _whole(profile: Profile, ports: Ports) -> Person:
    """A person with what was told of them under other ids as well."""
    ids = (profile.id, *profile.absorbed)
    log = [entry for one in ids for entry in ports.profiles.log(one)]
    records = [record for one in ids for record in ports.profiles.records(one)]
    return Person(profile, log, records)
