"""The balance of what was planned, from the stored rows of everybody or of one: nothing may be missing."""

from rapport.domain.account import Account, Fate, account, fates
from rapport.domain.profile import Profile
from rapport.ports import Ports, Profiles
from rapport.use_cases.people import everybody


def balance(ports: Ports) -> Account:
    """The account of everybody's messages. Reads every person: a check and a report, not for a request."""
    return account(fate for person in everybody(ports) for fate in fates_of(person, ports.profiles))


def quick_fates(profile_id: str, profiles: Profiles) -> list[Fate]:
    """The fates of one person's messages without what was told of them: a tenth of the reading.

    Somebody may write the person meanwhile: what looks missing is looked at again.
    """
    while True:
        person = profiles.load(profile_id)
        found = fates(person, profiles.messages(profile_id))
        if "missing" not in found or profiles.load(profile_id).version == person.version:
            return found


def fates_of(profile: Profile, profiles: Profiles) -> list[Fate]:
    """The fates of one person's messages, as stored."""
    return fates(profile, profiles.messages(profile.id), profiles.records(profile.id))
