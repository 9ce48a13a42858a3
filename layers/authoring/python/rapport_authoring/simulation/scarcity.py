"""Caps for all in a simulation: what known people were shown and sent, and of which offers there are no more."""

from collections.abc import Iterator

from rapport.domain.caps import all_used_up
from rapport.domain.catalogue import Catalogue
from rapport.domain.moment import Moment
from rapport.domain.profile import Exposure, Profile


class Scarcity:
    """The views and sends of offers that have a cap for all; views of anonymous people use up nothing."""

    def __init__(self) -> None:
        self._uses: dict[str, list[Moment]] = {}

    def note(self, before: Profile, after: Profile, catalogue: Catalogue) -> None:
        """Count what a change of a profile adds."""
        for exposure in _added(before, after):
            offer = catalogue.offers.get(exposure.offer)
            if offer is not None and any(cap.per == "all" for cap in offer.caps):
                self._uses.setdefault(offer.id, []).append(exposure.at)

    def spent(self, catalogue: Catalogue, moment: Moment) -> frozenset[str]:
        """The offers of which there are no more at a moment."""
        used = ((catalogue.offers.get(name), times) for name, times in self._uses.items())
        return frozenset(offer.id for offer, times in used if offer is not None and all_used_up(offer, times, moment))


def _added(before: Profile, after: Profile) -> Iterator[Exposure]:
    if after.user_id is None or after.absorbed != before.absorbed:
        return
    known = {(shown.decision, shown.offer, shown.placement) for shown in before.exposures}
    yield from (shown for shown in after.exposures if (shown.decision, shown.offer, shown.placement) not in known)
