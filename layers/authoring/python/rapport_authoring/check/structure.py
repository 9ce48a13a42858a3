"""Rules on one document at a time: keys that need or exclude one another, and values that defeat themselves."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rapport.domain.house import SELLING
from rapport.domain.trait import BUILT_IN

from rapport_authoring.check.world import Rule, World
from rapport_authoring.documents import Campaign, Event, Offer, Traits
from rapport_authoring.documents.campaigns import TRIGGER_KEYS
from rapport_authoring.documents.people import (
    FRESH_BY_ITSELF,
    NEEDS_OF_MEANING,
    OPERATOR_KEYS,
    OPERATORS,
    PREDICTIONS,
    DeclaredTrait,
    FromEvents,
    PredictedTrait,
    Trait,
)
from rapport_authoring.loader import Entry
from rapport_authoring.problems import Code, Problem

INTENT_MEANINGS = frozenset({"considers", "chooses", "releases"})
RESERVED = frozenset({"address", *(name.partition(".")[0] for name in BUILT_IN)})
CEL_WORDS = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop"}
    | {"namespace", "null", "package", "return", "true", "var", "void", "while"}
)
"""Words that conditions cannot read as a name."""


def triggers(world: World) -> Iterator[Problem]:
    """A campaign is started by exactly one thing, and says of it only what belongs to it."""
    for entry in world.documents.campaigns:
        kinds = entry.model.trigger.kinds
        if not kinds and entry.lacks("trigger"):
            continue
        if len(kinds) != 1:
            message = f"the trigger has {_and(kinds)}" if kinds else "the trigger says nothing that starts it"
            hint = f"write exactly one of {_and(TRIGGER_KEYS)}"
            yield Problem.found(Code.CHOOSE_ONE, entry.at_key("trigger"), message, hint)
        else:
            yield from _trigger_keys(entry)


def _trigger_keys(entry: Entry[Campaign]) -> Iterator[Problem]:
    trigger = entry.model.trigger
    taken = TRIGGER_KEYS[trigger.kind] | {trigger.kind}
    for key in sorted(trigger.model_fields_set - taken):
        hint = f"write `{key}` on the campaign itself" if key == "when" else ""
        message = f"`{key}` says nothing with a `{trigger.kind}` trigger"
        yield Problem.found(Code.UNKNOWN_KEY, entry.at_key("trigger", key), message, hint or "leave it out")
    if trigger.kind == "schedule" and trigger.audience is None and not entry.lacks("trigger", "audience"):
        message = "a schedule needs an `audience`"
        yield Problem.found(Code.MISSING_KEY, entry.at_key("trigger"), message, "name a segment")
    if trigger.lead is not None and trigger.kind == "event" and trigger.at is None and not entry.lacks("trigger", "at"):
        message = "`lead` needs `at`, the property that holds the moment"
        yield Problem.found(Code.MISSING_KEY, entry.at_key("trigger", "lead"), message, "like `at: starts_at`")


def computed(world: World) -> Iterator[Problem]:
    """A computed trait has exactly one operator, and what that operator needs."""
    entry = world.documents.traits
    for name, trait in entry.model.computed.items() if entry else ():
        if entry and len(trait.operators) == 1:
            yield from _operator_keys(entry, ("computed", name), trait)
        elif entry and (trait.operators or not entry.lacks("computed", name)):
            message = f"`{name}` must have exactly one of {_and(OPERATORS)}"
            hint = f"it has {_and(trait.operators)}: keep one of them" if trait.operators else "write one of them"
            yield Problem.found(Code.CHOOSE_ONE, entry.at_key("computed", name), message, hint)


def predicted(world: World) -> Iterator[Problem]:
    """A predicted trait comes from outside, with a type, or from events, by one operator."""
    entry = world.documents.traits
    for name, trait in entry.model.predicted.items() if entry else ():
        ways = [*(["type"] if trait.type is not None else []), *trait.operators]
        if entry and ways == ["type"]:
            yield from _outside_keys(entry, name, trait)
        elif entry and len(ways) == 1:
            yield from _operator_keys(entry, ("predicted", name), trait)
        elif entry and (ways or not entry.lacks("predicted", name)):
            message = f"`{name}` must have exactly one of `type`, {_and(PREDICTIONS)}"
            hint = "`type` for what a model of yours supplies, the others for what follows from events"
            yield Problem.found(Code.CHOOSE_ONE, entry.at_key("predicted", name), message, hint)


def _outside_keys(entry: Entry[Traits], name: str, trait: PredictedTrait) -> Iterator[Problem]:
    for key in sorted(trait.model_fields_set - DeclaredTrait.model_fields.keys()):
        place = entry.at_key("predicted", name, key)
        yield Problem.found(Code.UNKNOWN_KEY, place, f"`{name}`: `{key}` says nothing with `type`", "leave it out")


def _operator_keys(entry: Entry[Traits], path: tuple[str, str], trait: FromEvents) -> Iterator[Problem]:
    needs, takes = OPERATOR_KEYS[trait.operator]
    own = trait.model_fields_set - Trait.model_fields.keys()
    decays = trait.half_life_days is not None and trait.operator in FRESH_BY_ITSELF
    own |= {"half_life_days"} if decays else set()
    for key in sorted(needs - own):
        if not entry.lacks(*path, key):
            message = f"`{path[1]}`: `{trait.operator}` needs `{key}`"
            yield Problem.found(Code.MISSING_KEY, entry.at_key(*path), message)
    for key in sorted(own - needs - takes - {trait.operator}):
        message = f"`{path[1]}`: `{key}` says nothing with `{trait.operator}`"
        yield Problem.found(Code.UNKNOWN_KEY, entry.at_key(*path, _written(trait, key)), message, "leave it out")


def _written(trait: Trait, field: str) -> str:
    """The key under which a field is written."""
    return type(trait).model_fields[field].alias or field


def trait_names(world: World) -> Iterator[Problem]:
    """A trait has one definition, and no name that is built in or a word of the condition language."""
    entry = world.documents.traits
    if not entry:
        return
    seen: set[str] = set()
    for kind in ("declared", "computed", "predicted"):
        for name in getattr(entry.model, kind):
            place = entry.at_key(kind, name)
            if name in seen:
                yield Problem.found(Code.DUPLICATE_ID, place, f"two traits are called `{name}`", "rename one")
            if name in RESERVED or name in CEL_WORDS:
                message = f"`{name}` is built in" if name in RESERVED else f"`{name}` is a word of conditions"
                yield Problem.found(Code.WRONG_VALUE, place, message, "choose another name")
            seen.add(name)


def wire_names(world: World) -> Iterator[Problem]:
    """What comes in under one name is one trait: a trait's own name is nobody else's, and of two takers one loses."""
    entry = world.documents.traits
    taken = {name: name for name in world.traits}
    told = {**entry.model.declared, **entry.model.predicted} if entry else {}
    for name, trait in told.items():
        for at, wire in enumerate(trait.wire_names):
            owner = taken.setdefault(wire, name)
            if entry and owner != name:
                kind = "declared" if name in entry.model.declared else "predicted"
                message = f"`{wire}` comes in as `{owner}` already" if owner != wire else f"`{wire}` is a trait itself"
                hint = "leave it out here, or there"
                yield Problem.found(Code.TRAIT_NEVER_FILLED, entry.at(kind, name, "from", at), message, hint)


def one_of_texts(world: World) -> Iterator[Problem]:
    """What a trait may be is a list of texts: a number or a date would be none of them, and never known."""
    entry = world.documents.traits
    declared = entry.model.declared if entry else {}
    for name, trait in declared.items():
        if entry and trait.one_of and trait.type not in ("string", "list"):
            message = f"`{name}` is of type {trait.type}, and is none of these texts"
            hint = "leave it out, or make the trait a string"
            yield Problem.found(Code.WRONG_VALUE, entry.at("declared", name, "one_of"), message, hint)


def event_meanings(world: World) -> Iterator[Problem]:
    """An event's meaning comes with the properties that tell it."""
    for entry in world.documents.events:
        event = entry.model
        if event.means is None and not event.tells and not entry.lacks("means") and not entry.lacks("tells"):
            message = f"the definition of `{event.event}` says nothing"
            yield Problem.found(Code.EVENT_MEANS_NOTHING, entry.at("event"), message, "write `means` or `tells`")
        for key in NEEDS_OF_MEANING.get(event.means, ()) if event.means else ():
            if getattr(event, key) is None and not entry.lacks(key):
                message = f"an event that means `{event.means}` needs `{key}`"
                yield Problem.found(Code.MISSING_KEY, entry.at_key("means"), message)
        yield from _intent_keys(entry)


def _intent_keys(entry: Entry[Event]) -> Iterator[Problem]:
    event = entry.model
    for key in ("intent", "choice"):
        if getattr(event, key) is not None and event.means not in INTENT_MEANINGS and not entry.lacks("means"):
            message = f"`{key}` says nothing of an event that means {f'`{event.means}`' if event.means else 'nothing'}"
            yield Problem.found(Code.UNKNOWN_KEY, entry.at_key(key), message, "only of considers, chooses, releases")


def offers(world: World) -> Iterator[Problem]:
    """An offer is one thing at a time, can be valid, and can be had at least once."""
    zone = ZoneInfo(world.house.timezone)
    for entry in world.documents.offers:
        offer = entry.model
        if offer.meets and offer.kind in SELLING:
            message = f"a {offer.kind} offer does not meet a need"
            yield Problem.found(Code.MEETS_SELLS, entry.at_key("meets"), message, "make it service or advice")
        for group in sorted(offer.about.intent.keys() & offer.complements.keys()):
            message = f"`{group}` is both what it is about and what it complements"
            yield Problem.found(Code.INTENT_BOTH, entry.at_key("complements", group), message, "keep one of them")
        if offer.starts and offer.ends and offer.starts.start(zone) >= offer.ends.end(zone):
            yield Problem.found(Code.NEVER_VALID, entry.at("until"), "`until` is not after `from`", "change one")
        yield from _offer_caps(entry)


def _offer_caps(entry: Entry[Offer]) -> Iterator[Problem]:
    for at, cap in enumerate(entry.model.caps):
        if cap.at_most == 0:
            place = entry.at("caps", at, "at_most")
            hint = "write `status: paused` to hold an offer back"
            yield Problem.found(Code.NOTHING_CAN_BE_SENT, place, "a cap of 0 shows it to nobody", hint)


def campaigns(world: World) -> Iterator[Problem]:
    """A campaign sells with consent only, has somewhere to go, and is not too late before it starts."""
    for entry in world.documents.campaigns:
        campaign = entry.model
        if campaign.purpose == "service" and campaign.kind in SELLING and not entry.lacks("purpose"):
            message = f"a campaign of purpose service cannot be of kind {campaign.kind}"
            hint = "sell for the purpose marketing, or make it service, advice, content or relationship"
            yield Problem.found(Code.SERVICE_SELLS, entry.at("kind"), message, hint)
        if campaign.urgent and campaign.purpose != "service":
            message = "only a campaign of purpose service can be urgent"
            yield Problem.found(Code.URGENT_NOT_SERVICE, entry.at("urgent"), message, "delete the line")
        if "web" in campaign.channels and campaign.placement is None and not entry.lacks("placement"):
            message = "the channel web needs a `placement` to wait for"
            yield Problem.found(Code.MISSING_KEY, entry.at("channels"), message, "like `placement: home-hero`")
        yield from _cancel_keys(entry)
        yield from _never_sent(entry)
        yield from _never_asked(world, entry)


def _cancel_keys(entry: Entry[Campaign]) -> Iterator[Problem]:
    if entry.model.trigger.key is not None or entry.lacks("trigger"):
        return
    for at, cancel in enumerate(entry.model.cancel_on):
        if cancel.key is not None:
            message = f"`{cancel.key}` is compared with the run's key, and this trigger has none"
            place = entry.at("cancel_on", at, "key")
            yield Problem.found(
                Code.CANCEL_KEY_MISSING, place, message, "give the trigger a `key`, or leave it out here"
            )


def _never_sent(entry: Entry[Campaign]) -> Iterator[Problem]:
    campaign = entry.model
    if campaign.fresh_for is not None and campaign.fresh_for < campaign.after:
        message = "stale before its delay is over: `fresh_for` is shorter than `after`"
        yield Problem.found(Code.NOTHING_CAN_BE_SENT, entry.at("fresh_for"), message, "make `fresh_for` longer")
    elif campaign.fresh_for == 0:
        message = "stale the moment it is due: `fresh_for` is nothing"
        yield Problem.found(Code.NOTHING_CAN_BE_SENT, entry.at("fresh_for"), message, "make `fresh_for` longer")
    if campaign.experiment and not any(campaign.experiment.values()):
        message = "all variants of the experiment weigh 0"
        yield Problem.found(Code.NOTHING_CAN_BE_SENT, entry.at("experiment"), message, "give one a weight")


def _never_asked(world: World, entry: Entry[Campaign]) -> Iterator[Problem]:
    """Every purpose but service asks for marketing besides: where there is none, nobody can ever grant it."""
    house, purpose = world.documents.house, entry.model.purpose
    known = house is not None and not house.lacks("purposes") and purpose in world.purposes
    if known and purpose not in ("service", "marketing") and "marketing" not in world.purposes:
        message = f"`{purpose}` asks for `marketing` besides, and the house has no such purpose"
        hint = "add `marketing` to `purposes` in rapport.yaml"
        yield Problem.found(Code.NEVER_SENT, entry.at("purpose"), message, hint)


def contact(world: World) -> Iterator[Problem]:
    """A contact policy leaves something that can be sent."""
    entry = world.documents.house
    if not entry:
        return
    policy = entry.model.contact
    if policy.quiet_hours and policy.quiet_hours.start == policy.quiet_hours.end:
        place = entry.at("contact", "quiet_hours")
        yield Problem.found(Code.NOTHING_CAN_BE_SENT, place, "quiet hours from a time to that same time never end")
    for at, cap in enumerate(policy.caps):
        if cap.at_most == 0:
            place = entry.at("contact", "caps", at, "at_most")
            yield Problem.found(Code.NOTHING_CAN_BE_SENT, place, f"a cap of 0 on {cap.channel} lets nothing out")
    share = policy.sales_share
    if share and int(share.at_most * share.over + 1e-9) < 1:
        place = entry.at("contact", "sales_share")
        message = f"{share.at_most:g} of {share.over} contacts is less than one: no sales message could ever go out"
        yield Problem.found(Code.NOTHING_CAN_BE_SENT, place, message, "raise `at_most` or `over`")


def _and(words: object) -> str:
    return ", ".join(f"`{word}`" for word in words) if isinstance(words, list | tuple | dict) else str(words)


RULES: tuple[Rule, ...] = (
    triggers,
    computed,
    predicted,
    trait_names,
    wire_names,
    one_of_texts,
    event_meanings,
    offers,
    campaigns,
    contact,
)
