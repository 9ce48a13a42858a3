"""Tact: what is not said to a person now, although it fits. It only takes away, so it needs no consent."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

from rapport.domain.campaign import Campaign
from rapport.domain.catalogue import Catalogue
from rapport.domain.house import OPEN_CHANNELS, SELLING, ContactPolicy
from rapport.domain.mandate import consented
from rapport.domain.moment import DAY, HOUR, Moment
from rapport.domain.offer import Offer
from rapport.domain.profile import Case, Contact, Exposure, Intent, Profile
from rapport.domain.reason import Reason


class Subject(Struct, frozen=True):
    """What would be said, an offer or a whole message, as far as tact must know.

    `started_nearby`: the message answers an event that means proximity. `is_service`: a service offer, or a message of
    the purpose service.
    """

    sells: bool = False
    is_service: bool = False
    sku: str | None = None
    intent: dict[str, str] = {}
    again_after_days: float | None = None
    sensitive: bool = False
    started_nearby: bool = False


class Situation(Struct, frozen=True):
    """How things stand with a person: everything tact and contact policy read, whatever was consented to."""

    person: str
    moment: Moment
    channel: str
    is_pull: bool
    policy: ContactPolicy
    owned: dict[str, Moment]
    """sku -> since when."""
    viewed: dict[str, Moment]
    """sku -> last looked at, and not bought since."""
    intents: dict[str, Intent]
    open_cases: frozenset[str]
    """Names of the events whose complaint or need is open; a case without a name counts under its kind."""
    has_complaint: bool
    has_need: bool
    near: bool
    """The person is close by, and did not consent to its use."""
    may_be_near: bool
    """The person consented to the use of where they are."""
    last_service_contact: Moment | None
    known_to_us: bool
    """Any message was sent or imported, or a purchase exists."""
    contacts: tuple[Contact, ...]
    exposures: tuple[Exposure, ...]
    counts_sales: bool = True
    """Whether what is planned can sell: a message of the purpose service never does."""
    just_viewed_hours: float = 24
    run: str = ""
    """The run that is being judged: what it sent on another channel already is no earlier contact."""
    said: tuple[str, ...] = ()
    """What this run offers on another channel already, in its order: one run says the same on all."""

    @property
    def earlier(self) -> tuple[Exposure, ...]:
        """What was shown and sent before, whatever of it this very run did."""
        if not self.run:
            return self.exposures
        return tuple(exposure for exposure in self.exposures if exposure.decision != self.run)


def situation(  # noqa: PLR0913  # the facts of one occasion
    profile: Profile,
    catalogue: Catalogue,
    moment: Moment,
    channel: str,
    *,
    is_pull: bool,
    purpose: str = "",
    just_viewed_hours: float | None = None,
    run: str = "",
) -> Situation:
    """How things stand with a person at a moment, for a channel.

    On a pull (the person is there, on web or call) fewer rules hold. `purpose` is a message's; `just_viewed_hours` a
    campaign's own, where it loosens that rule.
    """
    policy = catalogue.house.contact
    own = next((contact for contact in profile.contacts if run and contact.message_id == run), None)
    profile = _before(own, profile)
    contacts = tuple(sorted(profile.contacts, key=lambda contact: contact.at))
    # Tact reads the profile itself and not a view of it: it only takes away, and must not miss what a mandate hides.
    cases = [case for case in profile.cases if is_open(case, moment)]
    allowed = consented(profile, catalogue.house, ("proximity",), channel, moment)
    return Situation(
        person=profile.id,
        moment=moment,
        channel=channel,
        is_pull=is_pull,
        policy=policy,
        owned={sku: owned.since for sku, owned in profile.owned.items() if owned.quantity > 0},
        viewed={sku: at for sku, at in profile.viewed.items() if not _bought_since(profile, sku, at)},
        intents=profile.intents,
        open_cases=frozenset(case.event or case.kind for case in cases),
        has_complaint=any(case.kind == "complaint" for case in cases),
        has_need=any(case.kind == "need" for case in cases),
        near=moment < profile.near_until and not allowed,
        may_be_near=allowed,
        last_service_contact=max((c.at for c in contacts if c.campaign is None), default=None),
        known_to_us=_known_to_us(profile),
        contacts=contacts,
        exposures=profile.exposures,
        counts_sales=purpose != "service",
        just_viewed_hours=policy.just_viewed_hours if just_viewed_hours is None else just_viewed_hours,
        run=run,
        said=() if own is None else own.offers,
    )


def _before(own: Contact | None, profile: Profile) -> Profile:
    """The profile without the contact that a run made on other channels; what it offered there it may offer here."""
    if own is None:
        return profile
    addresses = {
        channel: structs.replace(address, last_sent=None) if channel in own.channels else address
        for channel, address in profile.addresses.items()
    }
    others = tuple(contact for contact in profile.contacts if contact is not own)
    return structs.replace(profile, contacts=others, addresses=addresses)


def tact(subject: Subject, situation: Situation) -> Reason | None:
    """Why the subject is not for this person now; None when nothing speaks against it."""
    rules = _ON_A_PULL if situation.is_pull else _IN_A_MESSAGE
    for reason, speaks_against in rules.items():
        if speaks_against(subject, situation):
            return reason
    return None


def about_offer(offer: Offer) -> Subject:
    """An offer, as tact sees it."""
    return Subject(
        sells=offer.kind in SELLING,
        is_service=offer.kind == "service",
        sku=offer.sku,
        intent=offer.intent,
        again_after_days=offer.again_after_days,
        sensitive=offer.sensitive,
    )


def about_message(campaign: Campaign, *, started_nearby: bool = False) -> Subject:
    """A campaign's message as a whole, as tact sees it; what falls due is due, although it is owned."""
    return Subject(
        sells=campaign.kind in SELLING and not campaign.is_service,
        is_service=campaign.is_service,
        sku=campaign.sku,
        intent=campaign.intent,
        again_after_days=0 if campaign.trigger.kind == "due" else None,
        sensitive=campaign.sensitive,
        started_nearby=started_nearby,
    )


def settled_about(subject: Subject, profile: Profile, moment: Moment) -> Reason | None:
    """Why a planned message has lost its object: what it is about is owned by now, or the intent satisfied."""
    if subject.sku is not None and subject.again_after_days is None and _owns(profile, subject.sku):
        return Reason.OWNED
    return Reason.INTENT_SATISFIED if _satisfied(subject.intent, profile.intents, moment) else None


def is_open(case: Case, moment: Moment) -> bool:
    """Whether a complaint or need is open: reported, not resolved at or after that, not expired."""
    if case.opened_at is None or moment >= case.expires_at:
        return False
    return case.closed_at is None or case.closed_at < case.opened_at


# ---- the rules, in the order of the reasons


def _is_owned(subject: Subject, situation: Situation) -> bool:
    since = None if subject.sku is None else situation.owned.get(subject.sku)
    if since is None:
        return False
    again = subject.again_after_days
    return again is None or situation.moment < since + again * DAY


def _is_satisfied(subject: Subject, situation: Situation) -> bool:
    return _satisfied(subject.intent, situation.intents, situation.moment)


def _just_viewed(subject: Subject, situation: Situation) -> bool:
    seen = None if subject.sku is None else situation.viewed.get(subject.sku)
    return seen is not None and situation.moment < seen + situation.just_viewed_hours * HOUR


def _too_close(subject: Subject, situation: Situation) -> bool:
    """A service message goes to whoever happens to be near, unless being near is what started it."""
    if subject.started_nearby:
        return not situation.may_be_near
    return situation.near and not subject.is_service


def _sells_over_complaint(subject: Subject, situation: Situation) -> bool:
    return subject.sells and situation.has_complaint


def _sells_after_service(subject: Subject, situation: Situation) -> bool:
    last = situation.last_service_contact
    pause = situation.policy.after_service_contact_days * DAY
    return subject.sells and last is not None and situation.moment < last + pause


def _sells_to_a_stranger(subject: Subject, situation: Situation) -> bool:
    return subject.sells and situation.policy.first_contact == "no-sales" and not situation.known_to_us


def _sells_too_often(subject: Subject, situation: Situation) -> bool:
    share = situation.policy.sales_share
    if share is None or not subject.sells or not situation.counts_sales:
        return False
    # Contacts that were never made did not sell either: fewer than `over` leave the limit as it is.
    lately = situation.contacts[-(share.over - 1) :] if share.over > 1 else ()
    return 1 + sum(contact.sells for contact in lately) > share.at_most * share.over + _ROUNDING


def _tells_others(subject: Subject, situation: Situation) -> bool:
    return subject.sensitive and situation.channel in OPEN_CHANNELS


def _sells_over_need(subject: Subject, situation: Situation) -> bool:
    return subject.sells and situation.has_need


# A share of 0.29 over 100 contacts is 29 of them, whatever binary fractions make of it.
_ROUNDING: Final = 1e-9
Rule = Callable[[Subject, Situation], bool]

_IN_A_MESSAGE: Final[dict[Reason, Rule]] = {
    Reason.OWNED: _is_owned,
    Reason.INTENT_SATISFIED: _is_satisfied,
    Reason.JUST_VIEWED: _just_viewed,
    Reason.PROXIMITY: _too_close,
    Reason.OPEN_COMPLAINT: _sells_over_complaint,
    Reason.RECENT_SERVICE_CONTACT: _sells_after_service,
    Reason.SALES_ON_FIRST_CONTACT: _sells_to_a_stranger,
    Reason.SALES_SHARE: _sells_too_often,
    Reason.SENSITIVE: _tells_others,
    Reason.NEEDS_ATTENTION: _sells_over_need,
}
_WELCOME_ON_A_PULL: Final = {
    Reason.JUST_VIEWED,
    Reason.PROXIMITY,
    Reason.SALES_ON_FIRST_CONTACT,
    Reason.SALES_SHARE,
}
"""The person came by themselves: what they just looked at, where they are and the share of sales do not matter."""
_ON_A_PULL: Final = {reason: rule for reason, rule in _IN_A_MESSAGE.items() if reason not in _WELCOME_ON_A_PULL}


def _satisfied(about: dict[str, str], intents: dict[str, Intent], moment: Moment) -> bool:
    return any(_closed(intents[group], choice, moment) for group, choice in about.items() if group in intents)


def _closed(intent: Intent, choice: str, moment: Moment) -> bool:
    """Chosen itself, or an alternative to what was chosen that was not considered again since."""
    standing = [chosen for chosen in intent.chosen if moment < chosen.until]
    if not standing or choice in (chosen.choice for chosen in standing):
        return bool(standing)
    # Looking at an alternative again after the choice says that it is a question once more, but only that one.
    again = intent.considered.get(choice)
    return again is None or again.until <= moment or again.at <= max(chosen.at for chosen in standing)


def _owns(profile: Profile, sku: str) -> bool:
    owned = profile.owned.get(sku)
    return owned is not None and owned.quantity > 0


def _bought_since(profile: Profile, sku: str, viewed_at: Moment) -> bool:
    owned = profile.owned.get(sku)
    return owned is not None and owned.since >= viewed_at


def _known_to_us(profile: Profile) -> bool:
    written = any(contact.campaign is not None for contact in profile.contacts)
    return profile.purchased or written or any(address.last_sent is not None for address in profile.addresses.values())
