"""What is known of a person as they read it, and the fields by which they correct it."""

from typing import Any

from rapport.domain.profile import Profile
from rapport.domain.timing import zone_of
from rapport.domain.trait import TraitDefinition
from rapport.render import wording
from rapport.render.wording import Wording
from rapport_aws.assemble import House

from functions.person.pages import blank, choice
from functions.person.words import Words

DATED = ("date", "timestamp")
KINDS = {"email": "email", "phone": "tel"}
PURPOSES = {
    "email": "email",
    "phone": "tel",
    "first_name": "given-name",
    "last_name": "family-name",
    "birthday": "bday",
    "address.street": "street-address",
    "address.postal_code": "postal-code",
    "address.city": "address-level2",
    "address.country": "country-name",
}
"""What a browser may fill in by itself, and tells those who read fields by symbols."""


def reading(profile: Profile, here: House, words: Words) -> Wording:
    """How dates and numbers are written on the pages: in their language, on the person's clock."""
    house, known = here.publications.current().catalogue.house, profile.traits.get("locale")
    own = house.locale if known is None else str(known.value)
    return Wording(wording.spoken(own, words.lang), zone_of(profile, house), house.currency)


def on_day(moment: float, by: Wording) -> str:
    """The day of a moment, written out."""
    return str(wording.date_(by, moment))


def written(trait: TraitDefinition, value: Any, words: Words, by: Wording) -> str:  # noqa: ANN401  # as a view prints it
    """A value as the person reads it."""
    if isinstance(value, bool):
        return words.term(plain(value))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if trait.type in DATED:
        return str(wording.date_(by, value))
    return wording.number(by, value) if isinstance(value, int | float) else str(value)


def plain(value: Any) -> str:  # noqa: ANN401  # as a view prints it
    """A value as a field holds it; nothing known is an empty one."""
    text = "" if value is None else str(value)
    return text.lower() if isinstance(value, bool) else text


def field(trait: TraitDefinition, value: Any, words: Words) -> str:  # noqa: ANN401  # as a view prints it
    """The field that corrects a trait: a choice where its values are few."""
    name, label = f"trait.{trait.name}", words.term(trait.name)
    few = {"true": words.term("true"), "false": words.term("false")} if trait.type == "boolean" else None
    options = few or {str(one): str(one) for one in trait.one_of}
    if options:
        return choice(name, label, {"": "", **options}, plain(value))
    kind = "date" if trait.type == "date" else KINDS.get(trait.name, "text")
    return blank(name, label, plain(value), kind, PURPOSES.get(trait.name, ""))
