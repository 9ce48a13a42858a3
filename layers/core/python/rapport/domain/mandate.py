"""The mandate: for which purpose, on which channel, data about a person may be used at a moment; default deny."""

from collections.abc import Mapping

from msgspec import Struct

from rapport.domain.consent import granted, refused
from rapport.domain.house import CHANNELS, House, Source
from rapport.domain.moment import Moment
from rapport.domain.offer import Mode
from rapport.domain.profile import Profile

SERVICE, MARKETING, PERSONALISATION, PROFILING = "service", "marketing", "personalisation", "profiling"
LOGIN = "login"
"""The mandate of a source that links an identity and nothing else."""


class Mandate(Struct, frozen=True):
    """What one view may show: for which purpose, and how much.

    Data of this very person (`individual`), predicted, only claimed (`unverified`), not for other eyes (`sensitive`).
    """

    purpose: str
    individual: bool
    predictive: bool
    unverified: bool = False
    sensitive: bool = True

    def allows(self, mode: Mode) -> bool:
        """Whether logic of this mode may decide."""
        return {"mass": True, "individual": self.individual, "predictive": self.individual and self.predictive}[mode]


def rests_on_contract(house: House, purpose: str) -> bool:
    """Whether a purpose needs no opt-in; what a house does not declare needs one, save service."""
    declared = house.purposes.get(purpose)
    return purpose == SERVICE if declared is None else declared.basis == "contract"


def serves(sources: Mapping[str, Source], name: str, purpose: str) -> bool:
    """Whether what a source told may be used for a purpose; one that the house does not declare has no mandate."""
    source = sources.get(name)
    return source is None or source.allows is None or purpose in source.allows


def may_start(sources: Mapping[str, Source], name: str, purpose: str) -> bool:
    """Whether an event of a source may start a message for a purpose: a login, which brings no data, a service one."""
    source = sources.get(name)
    is_login = source is not None and source.allows == (LOGIN,)
    return serves(sources, name, purpose) or (is_login and purpose == SERVICE)


def consented(profile: Profile, house: House, purposes: tuple[str, ...], channel: str | None, at: Moment) -> bool:
    """Whether all of the purposes are surely granted on a channel; on any one channel where none is chosen yet.

    What rests on a contract is granted until the person refuses it; service they cannot.
    """
    channels = CHANNELS if channel is None else (channel,)
    return any(all(_agreed(profile, house, (purpose, name), at) for purpose in purposes) for name in channels)


def _agreed(profile: Profile, house: House, asked: tuple[str, str], at: Moment) -> bool:
    purpose, channel = asked
    if rests_on_contract(house, purpose):
        return purpose == SERVICE or not refused(profile.consents, purpose, channel)
    return granted(profile.consents, purpose, channel, at)


def mandate(
    profile: Profile, house: House, purpose: str, moment: Moment, *, channel: str | None, is_pull: bool
) -> Mandate:
    """What may be known of a person for a purpose: in a message every purpose but service asks marketing besides."""
    pushed = not is_pull and purpose != SERVICE
    asked = (purpose, MARKETING) if pushed else (purpose,)
    return Mandate(
        purpose=purpose,
        individual=consented(profile, house, asked, channel, moment),
        predictive=consented(profile, house, (PROFILING,), channel, moment),
        unverified=is_pull and profile.user_id is None,
    )
