"""Reach: whether a person may be and can be written to on a channel, and where."""

from collections.abc import Callable

from rapport.domain.campaign import Campaign
from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import refused, withdrawn
from rapport.domain.house import House
from rapport.domain.mandate import MARKETING, SERVICE, consented, rests_on_contract
from rapport.domain.moment import DAY, Moment
from rapport.domain.profile import Address, Profile
from rapport.domain.reason import Reason
from rapport.domain.view import View

Find = Callable[[View], str | None]
REPLIED = "replied"


def _purposes(campaign: Campaign) -> tuple[str, ...]:
    """The purposes that a campaign's message is sent for."""
    wanted = [campaign.purpose]
    if not campaign.is_service:
        wanted.append(MARKETING)
    if campaign.kind == "partner":
        wanted.append("partner")
    if campaign.mode == "predictive":
        wanted.append("profiling")
    return tuple(dict.fromkeys(wanted))


def permitted(
    campaign: Campaign, channel: str, profile: Profile, catalogue: Catalogue, moment: Moment
) -> Reason | None:
    """Why a campaign may not write to a person on a channel; None when it may."""
    house, purposes = catalogue.house, _purposes(campaign)
    if not campaign.is_service and profile.paused_until > moment:
        return Reason.UNSUBSCRIBED
    if campaign.topic is not None and campaign.topic in profile.topics_left:
        return Reason.UNSUBSCRIBED
    if any(_has_left(profile, house, purpose, channel) for purpose in purposes):
        return Reason.UNSUBSCRIBED
    return None if consented(profile, house, purposes, channel, moment) else Reason.NO_CONSENT


def _has_left(profile: Profile, house: House, purpose: str, channel: str) -> bool:
    """Whether the person took back what they had: what rests on a contract they have unasked, and service for good."""
    if rests_on_contract(house, purpose):
        return purpose != SERVICE and refused(profile.consents, purpose, channel)
    return withdrawn(profile.consents, purpose, channel)


def reachable(channel: str, profile: Profile, seen: View) -> Reason | None:
    """Why a person cannot be reached on a channel; None when they can."""
    if channel not in _ADDRESS:
        return None
    address = address_on(channel, seen)
    if address is None:
        return Reason.NO_ADDRESS
    if address in profile.addresses.get(channel, Address()).suppressed:
        return Reason.SUPPRESSED
    return None


def in_conversation(channel: str, profile: Profile, moment: Moment) -> bool:
    """Whether the person wrote to us on a channel within the last day, as far as we saw."""
    last = profile.addresses.get(channel, Address()).last_response
    spoken = [c.responded_at for c in profile.contacts if c.response == REPLIED and channel in c.channels]
    spoken += [last["at"]] if last is not None and last["status"] == REPLIED else []
    return any(at is not None and moment - DAY <= at <= moment for at in spoken)


def address_on(channel: str, seen: View) -> str | None:
    """Where a channel writes to, as the view at hand knows it; None where nothing is known or none is needed."""
    find = _ADDRESS.get(channel)
    return None if find is None else find(seen)


def _trait(name: str) -> Find:
    def find(seen: View) -> str | None:
        value = seen.value(f"traits.{name}")
        return value if isinstance(value, str) and value else None

    return find


def _first_device(seen: View) -> str | None:
    tokens = seen.value("traits.device_tokens")
    return str(tokens[0]) if isinstance(tokens, tuple | list) and tokens else None


def _postal(seen: View) -> str | None:
    parts = [seen.value(f"traits.address.{name}") for name in ("street", "postal_code", "city")]
    if not all(isinstance(part, str) and part for part in parts):
        return None
    return f"{parts[0]}, {parts[1]} {parts[2]}"


_ADDRESS: dict[str, Find] = {
    "email": _trait("email"),
    "sms": _trait("phone"),
    "whatsapp": _trait("phone"),
    "call": _trait("phone"),
    "push": _first_device,
    "print": _postal,
}
