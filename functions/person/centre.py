"""The preference centre: what is known and where from, and what its forms do."""

from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import Any

from msgspec import structs
from rapport.domain.consent import Receipt
from rapport.domain.house import CHANNELS
from rapport.domain.mandate import MARKETING, PERSONALISATION, consented
from rapport.domain.moment import DAY, parse
from rapport.domain.planned import Planned
from rapport.domain.profile import Profile
from rapport.domain.trait import TraitDefinition
from rapport.domain.traits import Statement
from rapport.domain.typed import from_text
from rapport.errors import BadRequest
from rapport.use_cases import curate
from rapport.use_cases.people import followed, retried
from rapport.use_cases.single_view import single_view
from rapport.use_cases.write import write
from rapport_aws import privacy
from rapport_aws.assemble import House
from rapport_aws.callers import identity_of

from functions.person.fields import field, on_day, plain, reading, written
from functions.person.pages import choice, form, group, paragraph, table, tick
from functions.person.words import Words

PAUSES = ("30", "90", "0")
"""Days."""
REFUSABLE = (MARKETING, PERSONALISATION)
SCALAR = ("string", "number", "integer", "boolean", "date")


def parts(profile: Profile, here: House, words: Words) -> list[str]:
    """The page's parts: what is known, consents, topics, pause, export and erasure."""
    catalogue, by = here.publications.current().catalogue, reading(profile, here, words)
    known = single_view(profile, catalogue, here.clock())["traits"]
    rows = [
        (
            words.term(name),
            written(catalogue.traits[name], line["value"], words, by),
            words.term(line["source"]),
            on_day(parse(line["observed_at"]), by),
        )
        for name, line in known.items()
    ]
    pauses = choice("days", words.pause_for, dict(zip(PAUSES, words.pauses, strict=True)))
    sure = tick("sure", words.erase_sure, ticked=False, needed=True)
    return [
        table(words.known, words.known_heads, rows),
        correction(known, here, words),
        consents(profile, here, words),
        topics(profile, here, words),
        form("pause", words.pause, [*still(profile, here, words), pauses], words.save),
        form("export", words.copy, (), words.copy_button),
        form("erase", words.erase, [sure], words.erase_button),
    ]


def still(profile: Profile, here: House, words: Words) -> list[str]:
    """Until when a pause lasts that the person asked for."""
    until = profile.paused_until
    day = on_day(until, reading(profile, here, words))
    return [paragraph(words.paused.format(day=day))] if until > here.clock() else []


def correction(known: Mapping[str, Any], here: House, words: Words) -> str:
    """The form that corrects what is declared."""
    declared = [
        trait
        for trait in here.publications.current().catalogue.traits.values()
        if trait.kind in ("declared", "built_in") and trait.type in SCALAR
    ]
    lines = [field(trait, known.get(trait.name, {}).get("value"), words) for trait in declared]
    return form("correct", words.correct, lines, words.save)


def consents(profile: Profile, here: House, words: Words) -> str:
    """The form of what is granted, purpose by purpose, for each channel."""
    used = channels(here)
    groups = [
        group(
            words.name(purpose),
            [
                tick(
                    f"consent.{purpose}.{channel}", words.name(channel), ticked=given(profile, here, (purpose, channel))
                )
                for channel in used
            ],
        )
        for purpose in optional(here)
    ]
    return form("consents", words.consents, groups, words.save)


def optional(here: House) -> list[str]:
    """The purposes that ask for consent, and those that a person may refuse where the house asks for none."""
    purposes = here.publications.current().catalogue.house.purposes
    return [name for name, purpose in purposes.items() if purpose.basis == "consent" or name in REFUSABLE]


def channels(here: House) -> list[str]:
    """The channels that the house uses, and web."""
    used = {c for campaign in here.publications.current().catalogue.campaigns.values() for c in campaign.channels}
    return [channel for channel in CHANNELS if channel in used | {"web"}]


def given(profile: Profile, here: House, asked: tuple[str, str]) -> bool:
    """Whether a purpose is granted on a channel now."""
    purpose, channel = asked
    return consented(profile, here.publications.current().catalogue.house, (purpose,), channel, here.clock())


def topics(profile: Profile, here: House, words: Words) -> str:
    """The form of what the person wants to hear about; nothing where the house has no topics."""
    named = here.publications.current().catalogue.house.topics
    boxes = [tick(f"topic.{topic}", topic, ticked=topic not in profile.topics_left) for topic in named]
    return form("topics", words.topics, boxes, words.save) if named else ""


# ---- what the forms do


def change(sent: Mapping[str, str], profile: Profile, here: House, words: Words) -> str:
    """Do what a form asks; HTML that tells so. Raises BadRequest for a form that this page has not."""
    do = DO.get(sent.get("action", ""))
    if do is None:
        raise BadRequest("no such form")
    return do(sent, profile, here, words)


def correct(sent: Mapping[str, str], profile: Profile, here: House, words: Words) -> str:
    """Take what the person says of themselves; an empty line takes it back."""
    now, catalogue = here.clock(), here.publications.current().catalogue
    known = single_view(profile, catalogue, now)["traits"]
    said = {name.removeprefix("trait."): value.strip() for name, value in sent.items() if name.startswith("trait.")}
    news = {
        name: meant(catalogue.traits.get(name), value)
        for name, value in said.items()
        if value != plain(known.get(name, {}).get("value"))
    }
    statement = Statement("declared", now, correction=True, strict=True)
    try:
        curate.correct(profile.id, news, statement, here.ports, now)
    except BadRequest as error:
        return escape(
            words.not_saved + ", ".join(words.term(fault["path"].removeprefix("traits.")) for fault in error.errors)
        )
    return words.saved


def meant(trait: TraitDefinition | None, value: str) -> object:
    """What somebody wrote into a line, as a value of its trait: `12` is a number, nothing takes back."""
    if not value:
        return None
    return value if trait is None else from_text(trait, value)


def agree(sent: Mapping[str, str], profile: Profile, here: House, words: Words) -> str:
    """Keep a receipt for every box that changed."""
    now = here.clock()
    for purpose in optional(here):
        for channel in channels(here):
            wanted = sent.get(f"consent.{purpose}.{channel}") == "yes"
            if wanted != given(profile, here, (purpose, channel)):
                status = "granted" if wanted else "withdrawn"
                receipt = Receipt(purpose, channel, status, now, "declared", wording="preference centre")  # type: ignore[arg-type]  # one of the two
                curate.consent(identity_of(profile), receipt, here.ports, now)
    return words.saved


def leave(sent: Mapping[str, str], profile: Profile, here: House, words: Words) -> str:
    """Keep which topics the person leaves alone."""
    named = here.publications.current().catalogue.house.topics
    left = tuple(topic for topic in named if sent.get(f"topic.{topic}") != "yes")
    save(profile, here, topics_left=left)
    return words.saved


def pause(sent: Mapping[str, str], profile: Profile, here: House, words: Words) -> str:
    """Pause everything but service for so many days."""
    days = int(sent["days"]) if sent.get("days") in PAUSES else 0
    save(profile, here, paused_until=here.clock() + days * DAY)
    return words.saved


def save(profile: Profile, here: House, **changes: Any) -> None:  # noqa: ANN401  # fields of a profile
    """Write a change of the profile, whoever else writes it meanwhile."""
    retried(partial(_save, profile.id, here, changes))


def _save(name: str, here: House, changes: dict[str, Any]) -> None:
    write(Planned(structs.replace(followed(name, here.ports), **changes)), here.ports)


def export(_sent: Mapping[str, str], profile: Profile, here: House, words: Words) -> str:
    """Prepare a copy and tell where it is."""
    address = (privacy.with_address(privacy.export(profile, here), here).result or {})["url"]
    return f'<a href="{escape(address)}">{escape(words.copy_ready)}</a> {escape(words.copy_good_for)}'


def erase(sent: Mapping[str, str], profile: Profile, here: House, words: Words) -> str:
    """Erase everything, when the person is sure."""
    if sent.get("sure") != "yes":
        return words.erase_unsure
    privacy.erase(profile, here)
    return words.erased


DO: dict[str, Callable[[Mapping[str, str], Profile, House, Words], str]] = {
    "correct": correct,
    "consents": agree,
    "topics": leave,
    "pause": pause,
    "export": export,
    "erase": erase,
}
