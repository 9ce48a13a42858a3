"""From validity to contact: the stages at which a candidate offer falls away, each with its reason."""

from typing import Final, TypeAlias

from msgspec import Struct

from rapport.domain.caps import about_offer as carrying
from rapport.domain.caps import declined, ignored, used_up
from rapport.domain.condition import Truth, holds
from rapport.domain.content import locale_for
from rapport.domain.decision import Slotting
from rapport.domain.house import SELLING
from rapport.domain.mandate import MARKETING, PERSONALISATION, SERVICE, consented
from rapport.domain.moment import Moment
from rapport.domain.offer import Offer
from rapport.domain.placement import Placement
from rapport.domain.profile import Exposure
from rapport.domain.reads import is_withheld, out_of_mandate
from rapport.domain.reason import Reason, Stage
from rapport.domain.tact import Situation, about_offer, tact
from rapport.domain.view import View

Barred: TypeAlias = tuple[Stage, Reason]


class Occasion(Struct, frozen=True):
    """Everything a candidate is judged by, worked out once for all candidates of one placement."""

    view: View
    situation: Situation
    slotting: Slotting
    placement: Placement
    locales: tuple[str, ...]
    exhausted: frozenset[str]
    held_out: bool
    unconsented: frozenset[str]
    """Kinds of offers that lack a consent here."""
    exposures: dict[str, list[Exposure]]
    unanswered: frozenset[str]
    """Offers of contacts that had no response."""
    sifted: bool = False
    """Whether the candidates are known to meet their `when`, and not their `unless`, in this view."""


def barred(offer: Offer, occasion: Occasion) -> Barred | None:
    """The first stage at which the offer falls away, and why; None when it may be chosen."""
    for stage in _STAGES:
        found = stage(offer, occasion)
        if found is not None:
            return found
    return None


def unconsented_kinds(view: View, channel: str) -> frozenset[str]:
    """Kinds whose own consent is missing, whatever the offer reads.

    Partner offers always need `partner`; what sells in a message needs marketing on its channel; and what is more than
    help needs personalisation where a conversation runs on service.
    """
    # On a pull marketing is never asked: the person came by themselves.
    needs: list[tuple[str, tuple[str, ...]]] = [("partner", ("partner",))]
    if not view.is_pull:
        needs += [(kind, (MARKETING,)) for kind in SELLING]
    elif view.mandate.purpose == SERVICE:
        needs += [(kind, (PERSONALISATION,)) for kind in ("sales", "partner", "content")]
    house, moment = view.catalogue.house, view.moment
    return frozenset(kind for kind, asked in needs if not consented(view.profile, house, asked, channel, moment))


def eligible(offer: Offer, view: View) -> Truth:
    """Whether the person surely may have the offer: what it complements is chosen, `when` holds, `unless` does not."""
    ready = _complements(offer, view)
    if ready is False or (offer.unless is not None and holds(offer.unless, view) is True):
        return False
    wanted = holds(offer.when, view)
    return None if wanted is not False and ready is None else wanted


def out_of_time(offer: Offer, moment: Moment) -> Reason | None:
    """Why an offer is not to be had by anybody now; None when it is. Its last moment belongs to it."""
    if offer.status != "live":
        return Reason.NOT_LIVE
    if offer.starts_at is not None and moment < offer.starts_at:
        return Reason.NOT_YET
    return Reason.EXPIRED if offer.ends_at is not None and moment > offer.ends_at else None


# ---- the stages, in order


def _validity(offer: Offer, occasion: Occasion) -> Barred | None:
    reason = out_of_time(offer, occasion.view.moment)
    return None if reason is None else (Stage.VALIDITY, reason)


def _fit(offer: Offer, occasion: Occasion) -> Barred | None:
    channel = occasion.slotting.channel
    if occasion.placement.id not in offer.placements:
        return Stage.PLACEMENT, Reason.WRONG_PLACEMENT
    if offer.channels is not None and channel not in offer.channels:
        return Stage.PLACEMENT, Reason.WRONG_CHANNEL
    if offer.kind not in occasion.placement.kinds:
        return Stage.PLACEMENT, Reason.WRONG_KIND
    if locale_for(offer, occasion.locales, channel) is None:
        return Stage.PLACEMENT, Reason.NO_CONTENT
    return None


def _consent(offer: Offer, occasion: Occasion) -> Barred | None:
    if offer.kind in occasion.unconsented or not occasion.view.allows(offer.mode):
        return Stage.MANDATE, Reason.NO_CONSENT
    return None


def _eligibility(offer: Offer, occasion: Occasion) -> Barred | None:
    """Mandate and eligibility look at the same truth: unknown is the mandate's doing where that hides what is held."""
    truth = _complements(offer, occasion.view) if occasion.sifted else eligible(offer, occasion.view)
    if truth is None:
        hidden = out_of_mandate(offer.when, occasion.view) or _chose_elsewhere(offer, occasion.view)
        return (Stage.MANDATE, Reason.OUT_OF_MANDATE) if hidden else (Stage.ELIGIBILITY, Reason.UNKNOWN)
    return None if truth else (Stage.ELIGIBILITY, Reason.NOT_ELIGIBLE)


def _tact(offer: Offer, occasion: Occasion) -> Barred | None:
    reason = tact(about_offer(offer), occasion.situation)
    return None if reason is None else (Stage.TACT, reason)


def _contact(offer: Offer, occasion: Occasion) -> Barred | None:
    situation, is_service = occasion.situation, offer.kind == "service"
    shown = occasion.exposures.get(offer.id, [])
    if offer.id in occasion.exhausted or used_up(offer, shown, situation.moment):
        return Stage.CONTACT, Reason.CAPPED
    if not is_service and (declined(shown, situation.policy, situation.moment) or _is_ignored(offer, occasion)):
        return Stage.CONTACT, Reason.IGNORED
    return None if is_service or not occasion.held_out else (Stage.CONTACT, Reason.HOLDOUT)


_STAGES: Final = (_validity, _fit, _consent, _eligibility, _tact, _contact)


def _is_ignored(offer: Offer, occasion: Occasion) -> bool:
    situation = occasion.situation
    if offer.id not in occasion.unanswered:
        return False
    return ignored(situation.contacts, situation.policy, situation.moment, carrying(offer.id))


def _complements(offer: Offer, view: View) -> Truth:
    """Whether all that the offer complements was chosen."""
    answers: list[Truth] = []
    for group, choice in offer.complements.items():
        chosen = view.value(f"intents.{group}.chosen")
        surely_not = isinstance(chosen, tuple) and not is_withheld(chosen)
        answers.append(True if isinstance(chosen, tuple) and choice in chosen else False if surely_not else None)
    return False if False in answers else None if None in answers else True


def _chose_elsewhere(offer: Offer, view: View) -> bool:
    """Whether something was chosen that may not be used here, in a group whose choice the offer complements."""
    return any(is_withheld(view.value(f"intents.{group}.chosen")) for group in offer.complements)
