"""Caps and pauses: how often a person is written to or shown a thing, and when silence is an answer."""

from collections.abc import Callable, Iterable, Sequence

from rapport.domain.house import ChannelCap, ContactPolicy, Ignored
from rapport.domain.moment import DAY, Moment
from rapport.domain.offer import Offer
from rapport.domain.profile import SILENCE, Contact, Exposure


def capped(contacts: Sequence[Contact], caps: Iterable[ChannelCap], channel: str, moment: Moment) -> bool:
    """Whether one more contact on a channel would break a cap: its own, or the one on any channel.

    Windows roll by 24 hours. Service contacts and messages of purpose service do not count.
    """
    counting = [contact for contact in contacts if contact.purpose != "service"]
    return any(
        sum(_within(contact.at, cap.days, moment) for contact in counting if cap.channel in ("any", *contact.channels))
        >= cap.at_most
        for cap in caps
        if cap.channel in ("any", channel)
    )


def too_soon(contacts: Iterable[Contact], campaign: str, again_after_days: float | None, moment: Moment) -> bool:
    """Whether the same campaign reached the person less than so many days ago."""
    if again_after_days is None:
        return False
    return any(contact.campaign == campaign and _within(contact.at, again_after_days, moment) for contact in contacts)


def ignored(
    contacts: Iterable[Contact], policy: ContactPolicy, moment: Moment, concerns: Callable[[Contact], bool]
) -> bool:
    """Whether silence pauses what `concerns` names, a campaign or an offer.

    So many contacts in a row without a response, the first and the last no more than `within_days` apart, pause it for
    `pause_days` from the moment the last silence was sure. A response begins the count anew.
    """
    rule = policy.ignored
    if rule is None:
        return False
    own = sorted((contact for contact in contacts if contact.silent_after and concerns(contact)), key=lambda c: c.at)
    # An answer to a later message forgives the silence before it.
    answers = (place for place, contact in enumerate(own, 1) if contact.response not in (None, SILENCE))
    answered = max(answers, default=0)
    silent = [contact for contact in own[answered:] if contact.silent_after <= moment]
    runs = (silent[start : start + rule.after] for start in range(len(silent) - rule.after + 1))
    return any(_paused(run, rule, moment) for run in runs)


def declined(shown: Iterable[Exposure], policy: ContactPolicy, moment: Moment) -> bool:
    """Whether the last word of a person on an offer, of these exposures, was no; it rests for the days of a pause.

    A house that does without the pause after silence does not do without this one: no is an answer.
    """
    answers = [(one.responded_at or one.at, one.response) for one in shown if one.response not in (None, SILENCE)]
    at, last = max(answers, default=(0.0, None))
    return last == "dismissed" and moment < at + (policy.ignored or Ignored()).pause_days * DAY


def reached_before(contacts: Iterable[Contact], campaign: str, key: str, message_id: str) -> bool:
    """Whether a run reached the person under another message's name, as of somebody they were merged with."""
    return any((c.campaign, c.key) == (campaign, key) and c.message_id != message_id for c in contacts)


def about_campaign(campaign: str) -> Callable[[Contact], bool]:
    """Contacts of one campaign."""
    return lambda contact: contact.campaign == campaign


def about_offer(offer: str) -> Callable[[Contact], bool]:
    """Contacts that carried one offer."""
    return lambda contact: offer in contact.offers


def used_up(offer: Offer, exposures: Iterable[Exposure], moment: Moment) -> bool:
    """Whether the person has been shown or sent an offer as often as its own caps allow."""
    own = [cap for cap in offer.caps if cap.per == "person"]
    if not own:
        return False
    times = [exposure.at for exposure in exposures if exposure.offer == offer.id]
    return any(sum(cap.days is None or _within(at, cap.days, moment) for at in times) >= cap.at_most for cap in own)


def _within(at: Moment, days: float, moment: Moment) -> bool:
    return at > moment - days * DAY


def _paused(run: Sequence[Contact], rule: Ignored, moment: Moment) -> bool:
    """Whether so many unanswered contacts are close enough together, and the pause that follows is not over."""
    sure = max(contact.silent_after for contact in run)
    return run[-1].at - run[0].at <= rule.within_days * DAY and moment < sure + rule.pause_days * DAY
