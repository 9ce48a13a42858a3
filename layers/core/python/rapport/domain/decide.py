"""The one decision: which offers a person gets at each place, with exactly one reason for every candidate."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct, structs

from rapport.domain.catalogue import Catalogue
from rapport.domain.content import chain, locale_for, why, wording
from rapport.domain.decision import BASE_MODEL, CERTAIN, Choice, Decision, PlacementDecision, Slotting, Verdict
from rapport.domain.eligibility import Occasion, barred, out_of_time, unconsented_kinds
from rapport.domain.house import PULL_CHANNELS
from rapport.domain.mode import mode_used
from rapport.domain.offer import Offer
from rapport.domain.placement import Placement
from rapport.domain.profile import SILENCE, Basis, Exposure
from rapport.domain.rank import Model, Ranked, Reading, features, ranked, weigh
from rapport.domain.reason import Reason, Stage
from rapport.domain.tact import Situation
from rapport.domain.view import View


class Terms(Struct, frozen=True):
    """What holds for a decision besides the person: published state, the experiment, and what a test asks for.

    `locale` is the template's, where a message chose one: offers follow it. `taken` are offers already on the page.
    `occupied` are placements that show something already and need no fallback. `shelf` gives the offers of a placement
    whose conditions surely let a view have them, without a search through all; `everything` asks for a verdict on every
    offer, even if it does not name the placement.
    """

    exhausted: frozenset[str] = frozenset()
    held_out: bool = False
    model: Model | None = None
    locale: str | None = None
    taken: frozenset[str] = frozenset()
    force: dict[str, str] = {}
    occupied: frozenset[str] = frozenset()
    shelf: Callable[[str, View], Iterable[Offer]] | None = None
    everything: bool = False


NO_TERMS = Terms()


def decide(
    view: View,
    catalogue: Catalogue,
    slottings: Sequence[Slotting],
    situation: Situation,
    terms: Terms = NO_TERMS,
) -> Decision:
    """Choose the offers for each slotting in turn, none twice; pure, moment and chance come with the view.

    Verdicts come by placement, in the order of the catalogue. On a pull a web or call placement that would stay empty
    gets its neutral fallback; a slot in a message stays empty.
    """
    placements: list[PlacementDecision] = []
    verdicts: list[Verdict] = []
    taken = terms.taken
    for occasion in _occasions(view, slottings, situation, terms):
        filled, found = _fill(occasion, _candidates(view, catalogue, occasion.slotting, terms), taken, terms)
        placements.append(filled)
        verdicts += found
        # Nothing is chosen that is shown already; only the neutral fallback may stand in at two places.
        taken |= {choice.offer for choice in filled.choices}
    return Decision(tuple(placements), tuple(verdicts), terms.held_out)


# ---- the parts of a decision


def _occasions(view: View, slottings: Sequence[Slotting], situation: Situation, terms: Terms) -> Iterator[Occasion]:
    """What each slotting is judged by; what is the same for all of a visit is worked out once."""
    locales, shown, unanswered = _locales(view, terms), _by_offer(situation.earlier), _unanswered(situation)
    unconsented = {channel: unconsented_kinds(view, channel) for channel in {one.channel for one in slottings}}
    for slotting in slottings:
        yield Occasion(
            view=view,
            situation=situation,
            slotting=slotting,
            placement=view.catalogue.placements.get(slotting.placement, Placement(slotting.placement)),
            locales=locales,
            exhausted=terms.exhausted,
            held_out=terms.held_out,
            unconsented=unconsented[slotting.channel],
            exposures=shown,
            unanswered=unanswered,
            sifted=terms.shelf is not None and not terms.everything,
        )


def _by_offer(exposures: Iterable[Exposure]) -> dict[str, list[Exposure]]:
    found: dict[str, list[Exposure]] = {}
    for exposure in exposures:
        found.setdefault(exposure.offer, []).append(exposure)
    return found


def _unanswered(situation: Situation) -> frozenset[str]:
    silent = [contact for contact in situation.contacts if contact.response in (None, SILENCE)]
    return frozenset(offer for contact in silent for offer in contact.offers)


def _locales(view: View, terms: Terms) -> tuple[str, ...]:
    return chain(terms.locale or view.value("traits.locale"), view.catalogue.house.locale)


def _candidates(view: View, catalogue: Catalogue, slotting: Slotting, terms: Terms) -> Iterable[Offer]:
    if terms.everything:
        return catalogue.offers.values()
    if terms.shelf is not None:
        return terms.shelf(slotting.placement, view)
    return [offer for offer in catalogue.offers.values() if slotting.placement in offer.placements]


def _fill(
    occasion: Occasion, candidates: Iterable[Offer], taken: frozenset[str], terms: Terms
) -> tuple[PlacementDecision, list[Verdict]]:
    """Fill one placement: what a test forces, then the best; the fallback when there is nothing else."""
    slotting, offers = occasion.slotting, {offer.id: offer for offer in candidates}
    verdicts = {name: _judge(offer, occasion, taken) for name, offer in offers.items()}
    choices = _insisted(_forced(occasion, terms), Reason.FORCED, occasion)
    shown = {choice.offer for choice in choices}
    free = [offers[name] for name, one in verdicts.items() if one.reason is Reason.OUTRANKED and name not in shown]
    best_of_them, weighed = _choose(free, occasion, slotting.count - len(choices), terms)
    choices += best_of_them
    stays_empty = choices or slotting.placement in terms.occupied
    fallback = [] if stays_empty else _insisted(_fallback(occasion), Reason.FALLBACK, occasion)
    insisted = [choice for choice in (*choices, *fallback) if choice.reason in (Reason.FORCED, Reason.FALLBACK)]
    verdicts |= weighed | {choice.offer: _final(choice, occasion) for choice in insisted}
    name = slotting.slot or slotting.placement
    filled = PlacementDecision(slotting.placement, name, tuple(choices or fallback), bool(fallback))
    return filled, list(verdicts.values())


def _judge(offer: Offer, occasion: Occasion, taken: frozenset[str]) -> Verdict:
    """Why an offer falls away; outranked until it is chosen."""
    stop = barred(offer, occasion)
    if stop is None:
        stop = Stage.ARBITRATION, Reason.DUPLICATE if offer.id in taken else Reason.OUTRANKED
    return Verdict(offer.id, occasion.slotting.placement, *stop, mode=offer.mode)


def _choose(
    offers: list[Offer], occasion: Occasion, count: int, terms: Terms
) -> tuple[list[Choice], dict[str, Verdict]]:
    """The best of the offers that may be chosen, and the verdict on each of them with its score."""
    view, placement = occasion.view, occasion.slotting.placement
    learns = occasion.placement.learn and view.played is None
    # Nothing sensitive teaches, nor weighs where others may see what was chosen.
    reading = Reading(terms.model, features(view.discreet())) if learns else Reading()
    weighed = weigh(offers, view.on(occasion.slotting.channel), occasion.situation, reading)
    order = ranked(weighed, max(0, count), view, reading)
    won = {one.weighed.offer.id: one for one in order[: max(0, count)]}
    name = BASE_MODEL if reading.model is None else reading.model.name
    choices = [
        _choice(one.weighed.offer, occasion, _merit(one), Basis(one.chance, name, reading.features, learns))
        for one in won.values()
    ]
    verdicts = {}
    for one in order:
        offer, score = one.weighed.offer, one.weighed.score
        merit, chance = (_merit(one), one.chance) if offer.id in won else (Reason.OUTRANKED, None)
        verdicts[offer.id] = Verdict(
            offer.id, placement, Stage.ARBITRATION, merit, offer.mode, score, chance, one.share
        )
    return choices, {one.offer.id: verdicts[one.offer.id] for one in weighed}


def _merit(ranked: Ranked) -> Reason:
    return Reason.EXPLORED if ranked.explored else Reason.CHOSEN


def _forced(occasion: Occasion, terms: Terms) -> Offer | None:
    """What a test wants to see here; withdrawn is withdrawn, even then."""
    offer = occasion.view.catalogue.offers.get(terms.force.get(occasion.slotting.placement, ""))
    return None if offer is None or offer.status == "withdrawn" else offer


def _fallback(occasion: Occasion) -> Offer | None:
    """The neutral offer of a web or call placement on a pull; what is withdrawn or over is not shown even there."""
    view, placement = occasion.view, occasion.placement
    offer = view.catalogue.offers.get(placement.fallback or "")
    if offer is None or not view.is_pull or placement.channel not in PULL_CHANNELS:
        return None
    return offer if out_of_time(offer, view.moment) is None else None


def _insisted(offer: Offer | None, reason: Reason, occasion: Occasion) -> list[Choice]:
    return [] if offer is None else [_choice(offer, occasion, reason)]


def _final(choice: Choice, occasion: Occasion) -> Verdict:
    offer = occasion.view.catalogue.offers[choice.offer]
    return Verdict(offer.id, occasion.slotting.placement, Stage.ARBITRATION, choice.reason, mode=offer.mode)


def _choice(offer: Offer, occasion: Occasion, reason: Reason, basis: Basis = CERTAIN) -> Choice:
    """The offer as this person gets to see it; a fallback without the person's language speaks the one it has."""
    channel = occasion.slotting.channel
    locale = locale_for(offer, (*occasion.locales, *offer.content), channel) or occasion.locales[-1]
    return Choice(
        offer=offer.id,
        kind=offer.kind,
        content=wording(offer, locale, occasion.view, channel).content,
        why=why(offer, occasion.locales, locale),
        reason=reason,
        locale=locale,
        basis=structs.replace(basis, mode=mode_used(offer, occasion.view.on(channel))),
    )
