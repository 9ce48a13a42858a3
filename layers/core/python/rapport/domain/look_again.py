"""Looking again: at the moment of sending all is judged anew, channel by channel, in the order of the reasons."""

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct, structs

from rapport.domain.about import about_run
from rapport.domain.approval import digest, needs_approval
from rapport.domain.campaign import Campaign
from rapport.domain.caps import about_campaign, capped, ignored, reached_before, too_soon
from rapport.domain.catalogue import Catalogue, Publication
from rapport.domain.condition import holds
from rapport.domain.dates import still_due
from rapport.domain.decide import Terms, decide
from rapport.domain.decision import Choice, Decision, Slotting, Verdict
from rapport.domain.experiment import held_out
from rapport.domain.glance import Glance
from rapport.domain.mandate import may_start
from rapport.domain.message import Message
from rapport.domain.moment import MINUTE, Moment
from rapport.domain.profile import Basis, Contact, Profile
from rapport.domain.reach import permitted, reachable
from rapport.domain.reads import out_of_mandate
from rapport.domain.reason import MessageStatus, Reason, Stage
from rapport.domain.runs import repeats_after
from rapport.domain.tact import Situation, Subject, situation, tact
from rapport.domain.timing import goes_stale_at, waits, zone_of
from rapport.domain.view import View, view

PAUSE_STEP = MINUTE
LONGEST_PAUSE_STEP = 15 * MINUTE
"""What is paused is looked at again each minute at first, and less often the longer it waits."""


PASSING = frozenset(
    {
        Reason.JUST_VIEWED,
        Reason.PROXIMITY,
        Reason.OPEN_COMPLAINT,
        Reason.RECENT_SERVICE_CONTACT,
        Reason.SALES_SHARE,
        Reason.NEEDS_ATTENTION,
        Reason.CAPPED,
        Reason.IGNORED,
    }
)
"""What speaks against a message only for a while; at the moment of sending it does so all the same."""


class Go(Struct, frozen=True):
    """The message may go out on this channel, with these choices in its slots."""

    channel: str
    seen: View
    decision: Decision


class Wait(Struct, frozen=True):
    """Not now: deferred until a moment, or held until somebody approves or the profile changes (`until` None).

    `goes_on`: nothing about it changes. What speaks against the message may have passed when they say yes.
    """

    channel: str
    reason: Reason
    until: Moment | None = None
    decision: Decision | None = None
    goes_on: bool = False


class Skip(Struct, frozen=True):
    """Not on this channel, or not at all (`channel` None)."""

    reason: Reason
    channel: str | None = None
    decision: Decision | None = None


Step: TypeAlias = Go | Wait | Skip


class Look(Struct, frozen=True):
    """A planned message with everything it is judged by."""

    message: Message
    campaign: Campaign
    profile: Profile
    publication: Publication
    moment: Moment
    locales: tuple[str, ...] = ()
    """Where the text is looked for: the locale its template has, then the person's others; offers follow."""
    spent: frozenset[str] = frozenset()
    """Offers whose caps for all turned out to be used up."""
    unserved: frozenset[str] = frozenset()
    """Channels on which nobody has an address here, for want of a provider."""
    row: Message | None = None
    """The message as it was read, where `message` speaks of one of its channels."""

    @property
    def catalogue(self) -> Catalogue:
        """The live catalogue."""
        return self.publication.catalogue


def speaking_of(look: Look, channel: str) -> Look:
    """The look at one channel of its message."""
    return structs.replace(look, message=structs.replace(look.message, channel=channel), row=look.message)


def look_again(look: Look) -> tuple[Step, ...]:
    """What to do now: one step, or with `all_channels` one for each channel that is not settled yet."""
    over = _over(look)
    if over is not None:
        return (Skip(over),)
    steps = (
        on_channel(look, channel) for channel in look.campaign.channels if channel not in look.message.channels_done
    )
    return tuple(steps) if look.campaign.all_channels else (_first_that_goes(steps),)


def _first_that_goes(steps: Iterator[Step]) -> Step:
    """The first step that is no skip; else the reason of the first channel, without naming one."""
    first: Skip | None = None
    for step in steps:
        if not isinstance(step, Skip):
            return step
        first = first or step
    return Skip(Reason.NO_ADDRESS) if first is None else structs.replace(first, channel=None)


def _over(look: Look) -> Reason | None:
    """Why the run is over whatever the channel."""
    campaign, message = look.campaign, look.message
    if look.profile.erased_at is not None:
        return Reason.ERASED
    if not still_due(campaign, message.key, Glance(look.profile, look.catalogue, look.moment)):
        return Reason.CANCELLED
    if reached_before(look.profile.contacts, campaign.id, message.key, message.id):
        return Reason.DUPLICATE
    stale = goes_stale_at(campaign, message.falls_due)
    return Reason.STALE_TRIGGER if look.moment > stale or (look.moment == stale and _is_kept(message)) else None


def _is_kept(message: Message) -> bool:
    """Whether a message is held, and nobody said yes to what it asks."""
    return message.status is MessageStatus.HELD and message.approved != digest(message.asks)


def on_channel(look: Look, channel: str) -> Step:
    """What to do now on one channel."""
    campaign, profile, moment = look.campaign, look.profile, look.moment
    seen = view(profile, look.catalogue, campaign.purpose, moment, channel=channel, event=look.message.event)
    reason = (
        permitted(campaign, channel, profile, look.catalogue, moment)
        or _outside_mandate(campaign, seen)
        or (Reason.NO_ADDRESS if channel in look.unserved else reachable(channel, profile, seen))
    )
    if reason is not None:
        return Skip(reason, channel)
    wait = _wait(look, channel)
    if isinstance(wait, Skip) or (wait is not None and not _awaits_a_yes(look, channel)):
        return wait
    reason = (
        _ineligible(campaign, seen) or tact(subject_of(look), _things_stand(look, channel)) or _too_much(look, channel)
    )
    step = Skip(reason, channel) if reason is not None else _decided(look, channel, seen)
    if isinstance(step, Skip) and step.reason in PASSING and _awaits_a_yes(look, channel):
        return Wait(channel, Reason.NEEDS_APPROVAL, goes_on=True)
    return wait if wait is not None and isinstance(step, Go) else step


def _awaits_a_yes(look: Look, channel: str) -> bool:
    """Whether the message lies before somebody who approves: it stays there at night, too, for them to find."""
    message = look.message
    said = message.approved is not None and message.told.get(channel, "").endswith(message.approved)
    return message.is_held(channel, Reason.NEEDS_APPROVAL) and not said


def _wait(look: Look, channel: str) -> Step | None:
    if look.publication.pauses(look.campaign, channel):
        return Wait(channel, Reason.PAUSED, look.moment + _pause_step(look))
    house = look.catalogue.house
    wait = waits(look.campaign, channel, house, zone_of(look.profile, house), look.moment)
    if wait is None:
        return None
    until, reason = wait
    if until > goes_stale_at(look.campaign, look.message.falls_due):
        return Skip(Reason.STALE_TRIGGER, channel)
    return Wait(channel, reason, until)


def _pause_step(look: Look) -> float:
    waited = look.moment - max(look.message.falls_due, look.message.planned_at)
    return min(max(waited / 4, PAUSE_STEP), LONGEST_PAUSE_STEP)


# ---- eligibility, tact and contact of the message itself


def _outside_mandate(campaign: Campaign, seen: View) -> Reason | None:
    sources = seen.catalogue.house.sources
    if seen.event is not None and not may_start(sources, seen.event.source, campaign.purpose):
        return Reason.OUT_OF_MANDATE
    # An `unless` that cannot be decided takes nobody out: what may not be used must not decide here by being held.
    hidden = holds(campaign.when, seen) is None and out_of_mandate(campaign.when, seen)
    return Reason.OUT_OF_MANDATE if hidden else None


def _ineligible(campaign: Campaign, seen: View) -> Reason | None:
    if campaign.unless is not None and holds(campaign.unless, seen) is True:
        return Reason.NOT_ELIGIBLE
    truth = holds(campaign.when, seen)
    return None if truth is True else Reason.UNKNOWN if truth is None else Reason.NOT_ELIGIBLE


def subject_of(look: Look) -> Subject:
    """What a message is about, as tact sees it."""
    return about_run(look.campaign, look.message.event, look.catalogue)


def _things_stand(look: Look, channel: str) -> Situation:
    campaign = look.campaign
    return situation(
        look.profile,
        look.catalogue,
        look.moment,
        channel,
        is_pull=False,
        purpose=campaign.purpose,
        just_viewed_hours=campaign.just_viewed_hours,
        run=look.message.id,
    )


def _too_much(look: Look, channel: str) -> Reason | None:
    """Caps, the pause after silence, holdout; contacts of this very run do not count against its other channels."""
    campaign, moment, policy = look.campaign, look.moment, look.catalogue.house.contact
    others = [*(contact for contact in look.profile.contacts if contact.message_id != look.message.id), *_doubts(look)]
    if too_soon(others, campaign.id, repeats_after(campaign), moment):
        return Reason.CAPPED
    if campaign.is_service:
        return None
    if capped(others, policy.caps, channel, moment):
        return Reason.CAPPED
    if ignored(others, policy, moment, about_campaign(campaign.id)):
        return Reason.IGNORED
    return Reason.HOLDOUT if _held_out(look) else None


def _doubts(look: Look) -> Iterator[Contact]:
    """Other messages that may have reached the person: until that is known they count as if they had."""
    for pending in look.profile.pending:
        campaign = look.catalogue.campaigns.get(pending.campaign)
        if pending.status == MessageStatus.IN_DOUBT and pending.message_id != look.message.id and campaign is not None:
            yield Contact(
                at=min(pending.due_at, look.moment),
                campaign=campaign.id,
                key=pending.key,
                kind=campaign.kind,
                purpose=campaign.purpose,
                channels=campaign.channels,
                message_id=pending.message_id,
            )


# ---- its offers


def _decided(look: Look, channel: str, seen: View) -> Step:
    decision = fill_slots(look, channel, seen)
    if look.campaign.offers and not look.campaign.is_service and not any(p.choices for p in decision.placements):
        return Skip(_why_empty(decision, look.catalogue), channel, decision)
    if needs_approval(choices_of(decision), channel, look.message.approved, look.catalogue):
        return Wait(channel, Reason.NEEDS_APPROVAL, None, decision)
    return Go(channel, seen, decision)


def fill_slots(look: Look, channel: str, seen: View) -> Decision:
    """The offers for the slots of a message on one channel."""
    campaign, catalogue = look.campaign, look.catalogue
    slottings = tuple(
        Slotting(slot.placement, slot.count or catalogue.placements[slot.placement].count, channel, name)
        for name, slot in campaign.offers.items()
    )
    terms = Terms(
        exhausted=look.publication.exhausted | look.spent,
        held_out=_held_out(look),
        locale=look.locales[0] if look.locales else None,
        model=look.publication.model,
    )
    return decide(seen, catalogue, slottings, _things_stand(look, channel), terms)


def _held_out(look: Look) -> bool:
    return held_out(look.catalogue.house.holdout, look.profile.user_id or look.profile.id)


def _why_empty(decision: Decision, catalogue: Catalogue) -> Reason:
    """Why no slot holds anything: what kept the furthest candidate back, of those that tact, contact or consent kept.

    Of several at one stage the reason that comes first decides, in whatever order the offers stand.
    """
    kept = [verdict for verdict in decision.verdicts if _kept_back(verdict)]
    if kept:
        stages, reasons = list(Stage), list(Reason)
        return max(kept, key=lambda one: (stages.index(one.stage), -reasons.index(one.reason))).reason
    gone = any(catalogue.offers[verdict.offer].status == "withdrawn" for verdict in decision.verdicts)
    return Reason.WITHDRAWN if gone else Reason.NO_OFFER


def _kept_back(verdict: Verdict) -> bool:
    return verdict.stage in (Stage.TACT, Stage.CONTACT) or verdict.reason is Reason.NO_CONSENT


def offered(decision: Decision) -> tuple[tuple[str, str], ...]:
    """What a message offers, slot by slot: (offer, placement)."""
    return tuple((choice.offer, p.placement) for p in decision.placements for choice in p.choices)


def bases(decision: Decision) -> dict[str, Basis]:
    """What the choices of a message rested on, by offer."""
    return {choice.offer: choice.basis for choice in choices_of(decision)}


def choices_of(decision: Decision) -> tuple[Choice, ...]:
    """Every choice of a message, slot by slot."""
    return tuple(choice for placement in decision.placements for choice in placement.choices)
