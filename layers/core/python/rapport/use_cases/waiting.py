"""Messages that wait for a pull: looked at again at the moment they would be seen, like any other sending."""

from rapport.domain.catalogue import Publication
from rapport.domain.eligibility import out_of_time
from rapport.domain.moment import Moment
from rapport.domain.profile import Profile, Waiting
from rapport.domain.reach import permitted
from rapport.domain.tact import about_message, about_offer, situation, tact


def still_welcome(waiting: Waiting, profile: Profile, moment: Moment, publication: Publication) -> bool:
    """Whether a waiting message may be shown now: in time, its campaign on, its offers live, consented, tactful."""
    catalogue = publication.catalogue
    campaign = catalogue.campaigns.get(waiting.campaign)
    if campaign is None or moment >= waiting.until or publication.pauses(campaign, "web"):
        return False
    offers = [offer for name in waiting.offers if (offer := catalogue.offers.get(name)) is not None]
    if len(offers) < len(waiting.offers) or any(out_of_time(offer, moment) is not None for offer in offers):
        return False
    if publication.exhausted & set(waiting.offers):
        return False
    if permitted(campaign, "web", profile, catalogue, moment) is not None:
        return False
    stands = situation(
        profile,
        catalogue,
        moment,
        "web",
        is_pull=False,
        purpose=campaign.purpose,
        just_viewed_hours=campaign.just_viewed_hours,
    )
    subjects = (about_message(campaign), *map(about_offer, offers))
    return all(tact(subject, stands) is None for subject in subjects)
