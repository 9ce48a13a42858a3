"""Running out: caps for all, counted as offers are shown, and told to whoever decides within a minute."""

from collections.abc import Iterable

from rapport.domain.catalogue import Catalogue
from rapport.domain.moment import Moment
from rapport.domain.offer import Offer
from rapport.domain.profile import Profile
from rapport.domain.quota import exhausted, quotas
from rapport.domain.responses import Counted
from rapport.ports import Ledger


def limited(catalogue: Catalogue) -> tuple[Offer, ...]:
    """The offers that have a cap for all."""
    return tuple(offer for offer in catalogue.offers.values() if any(cap.per == "all" for cap in offer.caps))


def count_views(profile: Profile, responses: Iterable[Counted], catalogue: Catalogue, ledger: Ledger) -> None:
    """Count what a known person was shown for the first time; whoever is anonymous uses nothing up.

    It comes after the write of the person: stopped in between, a view is not counted, and none is counted twice.
    """
    if profile.user_id is None:
        return
    # A message that waited for a visit shows the offers in its slots.
    within = {one.message_id: one.offers for one in profile.waiting}
    for response in responses:
        names = within.get(response.offer, (response.offer,)) if response.first else ()
        offers = (catalogue.offers.get(name) for name in names)
        ledger.count((quota for offer in offers if offer is not None for quota in quotas(offer)), response.at)


def run_out(offers: Iterable[Offer], ledger: Ledger, moment: Moment) -> frozenset[str]:
    """The offers of which there are no more for anybody at a moment."""
    scarce = tuple(offers)
    limits = [quota for offer in scarce for quota in quotas(offer)]
    return exhausted(scarce, ledger.counted(limits, moment)) if limits else frozenset()
