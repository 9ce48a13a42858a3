"""From checked documents to the compiled catalogue of the core: defaults filled in, times resolved, modes derived."""

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from rapport.domain import campaign as campaigns
from rapport.domain import house as houses
from rapport.domain import offer as offers
from rapport.domain.catalogue import Catalogue
from rapport.domain.event import TRUSTED_BY_DEFAULT, EventDefinition, Meaning
from rapport.domain.placement import Form, Placement
from rapport.domain.segment import Segment
from rapport.domain.trait import BUILT_IN, Computation, TraitDefinition, TraitKind

from rapport_authoring import documents
from rapport_authoring.check.judging import Judged
from rapport_authoring.documents.house import Source
from rapport_authoring.documents.offers import Content
from rapport_authoring.documents.people import (
    COMPUTED_TYPES,
    DECAYING,
    READS_PROPERTY,
    ComputedTrait,
    DeclaredTrait,
    PredictedTrait,
    Trait,
)

DAYS_OF_MEANING: dict[Meaning, float] = {"considers": 30, "chooses": 30, "complaint": 90, "need": 90}
"""How long what an event means lasts, in days, where the team does not say."""
SEGMENT_AGAIN_DAYS = 30.0


def compile_catalogue(judged: Judged) -> Catalogue:
    """Return the catalogue of documents in which no error was found."""
    world = judged.world
    return Catalogue(
        house=_house(world.house, dict(world.sources)),
        traits=BUILT_IN | {trait.name: trait for trait in _traits(judged)},
        events={name: tuple(map(_event, events)) for name, events in world.events.items()},
        segments={name: _segment(judged, entry.model) for name, entry in world.segments.items()},
        personas=_personas(entry.model for entry in world.documents.segments),
        placements={name: _placement(entry.model) for name, entry in world.placements.items()},
        forms={form.model.id: _form(form.model) for form in world.documents.forms},
        offers={name: _offer(judged, entry.model) for name, entry in world.offers.items()},
        campaigns={name: _campaign(judged, entry.model) for name, entry in world.campaigns.items()},
        templates={name: template.text for name, template in sorted(world.documents.templates.items())},
    )


def _house(house: documents.House, sources: dict[str, Source]) -> houses.House:
    sender, retention = house.sender, house.retention
    return houses.House(
        name=house.name,
        locale=house.locale,
        timezone=house.timezone,
        currency=house.currency,
        sender=houses.Sender(**{key: value or "" for key, value in sender.model_dump().items()}),
        brands={name: brand.model_dump(exclude_none=True) for name, brand in house.brands.items()},
        sites=tuple(house.sites),
        links=tuple(house.links),
        topics=tuple(house.topics),
        purposes={"service": houses.Purpose("contract")}
        | {name: houses.Purpose(purpose.basis) for name, purpose in house.purposes.items()},
        sources={name: houses.Source(s.rank, s.certainty, _tuple(s.allows)) for name, s in sources.items()},
        retention=houses.Retention(**retention.model_dump()),
        contact=_contact(house),
        holdout=houses.Holdout(house.holdout.share, house.holdout.salt) if house.holdout else houses.Holdout(),
    )


def _contact(house: documents.House) -> houses.ContactPolicy:
    policy = house.contact
    quiet, share, ignored = policy.quiet_hours, policy.sales_share, policy.ignored
    return houses.ContactPolicy(
        quiet_hours=houses.QuietHours(quiet.start, quiet.end) if quiet else None,
        blackout=tuple(policy.blackout),
        caps=tuple(houses.ChannelCap(cap.channel, cap.at_most, cap.days) for cap in policy.caps),
        sales_share=houses.SalesShare(share.at_most, share.over) if share else None,
        ignored=houses.Ignored(ignored.after, ignored.within_days, ignored.pause_days) if ignored else None,
        first_contact=policy.first_contact,
        just_viewed_hours=policy.just_viewed_hours,
        after_service_contact_days=policy.after_service_contact_days,
        approval_above=policy.approval_above,
    )


def _tuple(values: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


# ---- traits, events, segments


def _traits(judged: Judged) -> Iterator[TraitDefinition]:
    entry = judged.world.documents.traits
    if not entry:
        return
    yield from (_outside(name, "declared", trait) for name, trait in entry.model.declared.items())
    for name, trait in entry.model.predicted.items():
        yield _outside(name, "predicted", trait) if trait.type else _from_events(judged, name, "predicted", trait)
    yield from (_from_events(judged, name, "computed", trait) for name, trait in entry.model.computed.items())


def _outside(name: str, kind: TraitKind, trait: DeclaredTrait | PredictedTrait) -> TraitDefinition:
    return TraitDefinition(
        name,
        trait.type or "string",
        kind,
        wire_names=tuple(trait.wire_names),
        one_of=tuple(trait.one_of),
        **_common(trait),
    )


def _common(trait: Trait) -> dict[str, Any]:
    return {
        "certain": trait.certain,
        "half_life_days": trait.half_life_days,
        "prefers": trait.prefers,
        "sensitive": trait.sensitive,
        "allows": _tuple(trait.allows),
        "category": trait.category,
    }


def _from_events(judged: Judged, name: str, kind: TraitKind, trait: ComputedTrait | PredictedTrait) -> TraitDefinition:
    operator = trait.operator
    decays = operator in DECAYING
    computation = Computation(
        operator=operator,
        event=trait.event,
        property=str(getattr(trait, operator)) if operator in READS_PROPERTY else None,
        where=judged.get("trait", name, kind, name, "where"),
        half_life_days=trait.half_life_days if decays else None,
        **_windows(trait),
    )
    common = _common(trait) | ({"half_life_days": None} if decays else {})
    return TraitDefinition(name, COMPUTED_TYPES[operator], kind, computation=computation, **common)


def _windows(trait: ComputedTrait | PredictedTrait) -> dict[str, Any]:
    if isinstance(trait, ComputedTrait):
        return {"days": trait.days, "every_days": trait.every_days}
    return {"bands": trait.bands, "at_least": trait.at_least}


def _event(event: documents.Event) -> EventDefinition:
    written = event.model_dump(exclude={"trusted", "days"})
    days = event.days if event.days is not None or event.means is None else DAYS_OF_MEANING.get(event.means)
    trusted = event.means in TRUSTED_BY_DEFAULT if event.trusted is None else event.trusted
    return EventDefinition(**written, days=days, trusted=trusted)


def _segment(judged: Judged, segment: documents.Segment) -> Segment:
    when, unless = judged.get("segment", segment.id, "when"), judged.get("segment", segment.id, "unless")
    return Segment(segment.id, when, unless, segment.persona, segment.priority)


def _personas(segments: Iterable[documents.Segment]) -> tuple[str, ...]:
    personas = [segment for segment in segments if segment.persona]
    return tuple(persona.id for persona in sorted(personas, key=lambda persona: persona.priority))


# ---- places and offers


def _placement(placement: documents.Placement) -> Placement:
    kinds = houses.KINDS if placement.kinds is None else tuple(placement.kinds)
    return Placement(placement.id, placement.channel, placement.count, placement.fallback, kinds, placement.learn)


def _form(form: documents.Form) -> Form:
    return Form(form.id, tuple(form.asks), tuple(form.needs))


def _offer(judged: Judged, offer: documents.Offer) -> offers.Offer:
    zone, currency = ZoneInfo(judged.world.house.timezone), judged.world.house.currency
    reads = judged.offer_reads(offer)
    return offers.Offer(
        id=offer.id,
        kind=offer.kind,
        benefit=offer.benefit,
        why=dict(offer.why),
        when=judged.get("offer", offer.id, "when"),
        unless=judged.get("offer", offer.id, "unless"),
        starts_at=offer.starts.start(zone) if offer.starts else None,
        ends_at=offer.ends.end(zone) if offer.ends else None,
        status=offer.status,
        sku=offer.about.sku,
        tags=tuple(offer.about.tags),
        intent=dict(offer.about.intent),
        complements=dict(offer.complements),
        meets=tuple(offer.meets),
        again_after_days=offer.again_after_days,
        placements=tuple(offer.placements),
        channels=_tuple(offer.channels),
        value=offer.value,
        lever=offer.lever,
        context_weight=_weights(judged, offer),
        caps=tuple(offers.OfferCap(cap.per, cap.at_most, cap.days) for cap in offer.caps),
        effort=offer.effort,
        content={locale: _elements(content, currency) for locale, content in offer.content.items()},
        variants=_variants(judged, offer),
        mode=reads.mode,
        sensitive=bool(reads.sensitive),
    )


def _weights(judged: Judged, offer: documents.Offer) -> tuple[offers.ContextWeight, ...]:
    conditions = ((judged.get("offer", offer.id, "context_weight", when), when) for when in offer.context_weight)
    return tuple(
        offers.ContextWeight(condition, offer.context_weight[when], judged.reads_of(condition).mode)
        for condition, when in conditions
        if condition is not None
    )


def _variants(judged: Judged, offer: documents.Offer) -> tuple[offers.Variant, ...]:
    currency = judged.world.house.currency
    conditions = ((judged.get("offer", offer.id, "variants", at, "when"), v) for at, v in enumerate(offer.variants))
    return tuple(
        offers.Variant(condition, _elements(variant.set, currency), variant.locale, judged.reads_of(condition).mode)
        for condition, variant in conditions
        if condition is not None
    )


def _elements(content: Content, currency: str) -> dict[str, Any]:
    """Return content as plain values, each price with its currency, on every channel."""
    written = content.model_dump(exclude_none=True)
    for elements in (written, *(written[channel] for channel in houses.CHANNELS if channel in written)):
        if "price" in elements:
            elements["price"].setdefault("currency", currency)
    return written


# ---- campaigns


def _campaign(judged: Judged, campaign: documents.Campaign) -> campaigns.Campaign:
    reads = judged.campaign_reads(campaign)
    return campaigns.Campaign(
        id=campaign.id,
        purpose=campaign.purpose,
        kind=campaign.kind,
        trigger=_trigger(judged, campaign),
        channels=tuple(campaign.channels),
        template=campaign.template,
        urgent=campaign.urgent,
        brand=_brands(judged, campaign),
        topic=campaign.topic,
        sku=campaign.about.sku,
        intent=dict(campaign.about.intent),
        after=campaign.after,
        at=campaign.at,
        again_after_days=_again(campaign),
        fresh_for=campaign.fresh_for,
        cancel_on=tuple(campaigns.CancelOn(cancel.event, cancel.key) for cancel in campaign.cancel_on),
        goal=campaigns.Goal(campaign.goal.event, campaign.goal.days) if campaign.goal else None,
        when=judged.get("campaign", campaign.id, "when"),
        unless=judged.get("campaign", campaign.id, "unless"),
        all_channels=campaign.all_channels,
        placement=campaign.placement,
        offers={name: campaigns.Slot(slot.placement, slot.count) for name, slot in campaign.offers.items()},
        experiment=dict(campaign.experiment),
        non_response_days=campaign.non_response_days,
        in_doubt=campaign.in_doubt or ("resend" if campaign.purpose == "service" else "drop"),
        just_viewed_hours=campaign.just_viewed_hours,
        mode=reads.mode,
        sensitive=bool(reads.sensitive),
    )


def _again(campaign: documents.Campaign) -> float | None:
    if campaign.again_after_days is None and campaign.trigger.kind == "segment":
        return SEGMENT_AGAIN_DAYS
    return campaign.again_after_days


def _trigger(judged: Judged, campaign: documents.Campaign) -> campaigns.Trigger:
    trigger = campaign.trigger
    return campaigns.Trigger(
        kind=trigger.kind,
        event=trigger.event,
        when=judged.get("campaign", campaign.id, "trigger", "when"),
        key=trigger.key,
        audience=trigger.audience,
        at=trigger.at,
        lead=trigger.lead or 0.0,
        trait=trigger.date or trigger.due,
        segment=trigger.segment,
        schedule=trigger.schedule,
    )


def _brands(judged: Judged, campaign: documents.Campaign) -> tuple[campaigns.BrandRule, ...]:
    return tuple(
        campaigns.BrandRule(rule.brand, judged.get("campaign", campaign.id, "brand", at, "when"))
        for at, rule in enumerate(campaign.brand)
    )
