"""The receipts of a person: their own, and those of whoever was merged into them."""

from rapport.domain.consent import Receipt
from rapport.domain.profile import Profile
from rapport.ports import Ports


def receipts_of(profile: Profile, ports: Ports) -> list[Receipt]:
    """Every receipt by which a person's consents can be proven, oldest first."""
    merged = [name for name in profile.absorbed if ports.profiles.load(name).merged_into is not None]
    found = [one for name in (profile.id, *merged) for one in ports.profiles.receipts(name)]
    return sorted(found, key=lambda receipt: receipt.at)
