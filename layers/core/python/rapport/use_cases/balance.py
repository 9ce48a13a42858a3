"""The balance of what was planned, from the stored rows of everybody or of one: nothing may be missing."""

from rapport.domain.account import Account, Fate, account, fates
from rapport.domain.profile import Profile
from rapport.ports import Ports, Profiles
from rapport.use_cases.people import everybody


def balance(ports: Ports) -> Account:
    """The account of everybody's messages. Reads every person: a check and a report, not for a request."""
    return account(fate for person in everybody(ports) for fate in fates_of(person, ports.profiles))


def fates_of(profile: Profile, profiles: Profiles) -> list[Fate]:
    """The fates of one person's messages, as stored."""
    return fates(profile, profiles.messages(profile.id), profiles.records(profile.id))
