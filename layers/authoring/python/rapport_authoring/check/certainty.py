"""Rules on what may be relied on: predictions wait for what they need, and no trait asks for more than can be known."""

from collections.abc import Iterator

from rapport_authoring.check.world import KnownTrait, Rule, World
from rapport_authoring.problems import Code, Problem

WITHOUT_PERSON = frozenset({"behaviour", "inferred"})
"""Sources that watch and guess, but do not say who somebody is."""


def predictions(world: World) -> Iterator[Problem]:
    """Predicted traits wait until identity, consent and data quality are in place."""
    entry = world.documents.traits
    house = world.documents.house
    if not entry or not house or house.lacks("purposes") or house.lacks("sources"):
        return
    for name in entry.model.predicted:
        missing = list(_missing_for(world, world.traits[name])) if name in world.traits else []
        if missing:
            message = f"`{name}` is predicted, and not everything is in place for that: {'; '.join(missing)}"
            place = entry.at_key("predicted", name)
            yield Problem.found(Code.PREDICTION_NOT_READY, place, message, "mend rapport.yaml, or predict nothing")


def _missing_for(world: World, trait: KnownTrait) -> Iterator[str]:
    purpose = world.house.purposes.get("profiling")
    if purpose is None:
        yield "consent: there is no purpose `profiling`"
    elif purpose.basis != "consent":
        yield "consent: the purpose `profiling` does not ask for it (basis: consent)"
    written = world.house.sources or world.sources
    usable = {name: source for name, source in written.items() if source.allows is None or "profiling" in source.allows}
    if not usable.keys() - WITHOUT_PERSON:
        yield "identity: no source that says who a person is may be used for it (like `crm` or `declared`)"
    certain = trait.written.certain if trait.written else 0.0
    if not any(source.certainty >= certain for source in usable.values()):
        yield f"data quality: no source is as sure as `certain` asks ({certain:g})"


def unsure(world: World) -> Iterator[Problem]:
    """A trait asks for no more certainty than some source has."""
    entry = world.documents.traits
    if world.documents.house and world.documents.house.lacks("sources"):
        return
    best = max(source.certainty for source in world.sources.values())
    for kind in ("declared", "computed") if entry else ():
        for name, trait in getattr(entry.model, kind).items() if entry else ():
            if trait.certain > best and entry:
                message = f"`{name}` is never known: no source is as sure as {trait.certain:g}"
                place = entry.at(kind, name, "certain")
                yield Problem.found(Code.TRAIT_NEVER_FILLED, place, message, f"the surest source has {best:g}")


RULES: tuple[Rule, ...] = (predictions, unsure)
