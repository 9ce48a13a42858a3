"""A glance: one person at one moment, as campaigns judge who starts; each purpose's view is made once."""

from rapport.domain.campaign import Campaign
from rapport.domain.catalogue import Catalogue
from rapport.domain.event import EventFacts
from rapport.domain.logic import Truth
from rapport.domain.mandate import Mandate
from rapport.domain.moment import Moment
from rapport.domain.profile import Profile
from rapport.domain.sight import Seen, sight
from rapport.domain.timing import zone_of
from rapport.domain.view import View, view


class Glance:
    """What campaigns ask of a person at a moment; thrown away with the occasion."""

    __slots__ = ("_event", "_event_views", "_views", "catalogue", "moment", "profile")

    def __init__(self, profile: Profile, catalogue: Catalogue, moment: Moment) -> None:
        self.profile, self.catalogue, self.moment = profile, catalogue, moment
        self._views: dict[str, View] = {}
        self._event: EventFacts | None = None
        self._event_views: dict[str, View] = {}

    def view(self, campaign: Campaign) -> View:
        """The view in which a campaign judges who starts: its own purpose, granted on any channel."""
        found = self._views.get(campaign.purpose)
        if found is None:
            found = self._views[campaign.purpose] = view(self.profile, self.catalogue, campaign.purpose, self.moment)
        return found

    def view_of_event(self, campaign: Campaign, event: EventFacts) -> View:
        """The same view with the event that may start the campaign."""
        if self._event is not event:
            self._event, self._event_views = event, {}
        found = self._event_views.get(campaign.purpose)
        if found is None:
            found = view(self.profile, self.catalogue, campaign.purpose, self.moment, event=event)
            self._event_views[campaign.purpose] = found
        return found

    def in_segment(self, campaign: Campaign, segment: str) -> Truth:
        """Whether the person is in a segment, as the campaign sees it."""
        return self.view(campaign).in_segment(segment)

    def moment_of(self, campaign: Campaign) -> Moment | None:
        """The date or timestamp that a campaign waits for, where its mandate covers the campaign's purpose.

        Whether the person consented is asked when the message is sent: so it ends with that reason, and not unseen.
        """
        definition = self.catalogue.traits.get(campaign.trigger.trait or "")
        if definition is None:
            return None
        allowed = Mandate(campaign.purpose, individual=True, predictive=True)
        seen = sight(definition, self.profile, self.catalogue, allowed, self.moment)
        return float(seen.value) if isinstance(seen, Seen) and isinstance(seen.value, float | int) else None

    @property
    def zone(self) -> str:
        """The person's time zone."""
        return zone_of(self.profile, self.catalogue.house)
