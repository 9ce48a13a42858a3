"""The view: all that rules, templates and agents may read of a person, for one purpose at one moment."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec import structs

from rapport.domain import lists
from rapport.domain.catalogue import Catalogue
from rapport.domain.condition import UNKNOWN, Truth, holds
from rapport.domain.event import EventFacts
from rapport.domain.house import OPEN_CHANNELS
from rapport.domain.mandate import Mandate, mandate, serves
from rapport.domain.moment import Moment, zone
from rapport.domain.offer import Mode
from rapport.domain.profile import Intent, Profile
from rapport.domain.sight import Hidden, Seen, sight
from rapport.domain.trait import Value

_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")

_ABSENT: Final = object()


class View:
    """Facts about one person as a mandate lets them be seen: what is hidden is not known.

    Values are found when first asked for and then kept; a view is used for one decision and thrown away.
    """

    __slots__ = (
        "_discreet", "_persona", "_preferences", "_segments", "_sights", "_values",
        "catalogue", "channel", "context", "event", "is_pull", "mandate", "moment", "played", "profile",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913  # the facts of one occasion, all by name
        self,
        *,
        profile: Profile,
        catalogue: Catalogue,
        mandate: Mandate,
        moment: Moment,
        channel: str | None = None,
        is_pull: bool = False,
        context: Mapping[str, Any] | None = None,
        event: EventFacts | None = None,
        played: str | None = None,
    ) -> None:
        self.profile, self.catalogue, self.mandate, self.moment = profile, catalogue, mandate, moment
        self.channel, self.is_pull, self.context, self.event, self.played = channel, is_pull, context, event, played
        self._values: dict[str, object] = {}
        self._sights: dict[str, Seen | Hidden] = {}
        self._segments: dict[str, Truth] = {}
        self._persona: object = _ABSENT
        self._discreet: View | None = None
        self._preferences: Mapping[str, frozenset[str]] | None = None

    # ---- what conditions read

    def value(self, name: str) -> object:
        """Return the value of a dotted name as conditions read it, UNKNOWN when it is not known."""
        # Thousands of conditions read the same few names: each is found once.
        found = self._values.get(name, _ABSENT)
        if found is _ABSENT:
            root, _, rest = name.partition(".")
            find = _ROOTS.get(root)
            found = self._values[name] = UNKNOWN if find is None else find(self, rest)
        return found

    def in_segment(self, segment: str) -> Truth:
        """Return whether the person is surely in, surely out, or neither; a segment without a condition is empty."""
        if segment not in self._segments:
            self._segments[segment] = None  # whoever asks again while this is judged gets no answer
            self._segments[segment] = self._judge(segment)
        return self._segments[segment]

    def settled(self, segments: Iterable[str]) -> dict[str, Truth] | None:
        """The truths of segments, if all of them were found before."""
        known = self._segments
        return {name: known[name] for name in segments} if known.keys() >= set(segments) else None

    def settle(self, truths: Mapping[str, Truth]) -> None:
        """Keep the truths of segments that were found all at once, the same that judging each would find."""
        self._segments.update(truths)

    def _judge(self, segment: str) -> Truth:
        found = self.catalogue.segments.get(segment)
        if found is None:
            return None
        if self.played is not None and found.persona:
            return segment == self.played
        if found.when is None and found.unless is None:
            return False
        if found.unless is not None and holds(found.unless, self) is True:
            return False
        return holds(found.when, self)

    # ---- what explains, templates and agents read besides

    @property
    def individual(self) -> bool:
        """Whether data about this very person may decide."""
        return self.mandate.individual

    def may_use(self, source: str) -> bool:
        """Return whether what a source told may be used for the purpose; one that is not named has no mandate."""
        return serves(self.catalogue.house.sources, source, self.mandate.purpose)

    def allows(self, mode: Mode) -> bool:
        """Whether logic of this mode may decide; whoever plays a persona has granted what a persona needs."""
        return self.mandate.allows(mode) or (self.played is not None and mode == "individual")

    def sight(self, name: str) -> Seen | Hidden:
        """Return a trait with its provenance, or why it is hidden. An undeclared trait is missing."""
        if name not in self._sights:
            self._sights[name] = self._look(name)
        return self._sights[name]

    def _look(self, name: str) -> Seen | Hidden:
        definition = self.catalogue.traits.get(name)
        if definition is None:
            return Hidden.MISSING
        found = sight(definition, self.profile, self.catalogue, self.mandate, self.moment)
        return found if isinstance(found, Seen) else _from_context(self, name) or found

    @property
    def traits(self) -> dict[str, Value]:
        """Every known trait."""
        return {name: seen.value for name in self.catalogue.traits if isinstance(seen := self.sight(name), Seen)}

    @property
    def hidden(self) -> dict[str, Hidden]:
        """Why each of the other traits is not known."""
        return {name: veil for name in self.catalogue.traits if isinstance(veil := self.sight(name), Hidden)}

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments that surely hold the person, in catalogue order; personas are told apart."""
        segments = self.catalogue.segments
        return tuple(name for name in segments if not segments[name].persona and self.in_segment(name) is True)

    @property
    def persona(self) -> str | None:
        """The first persona that surely fits, in ascending priority; None when none does."""
        if self._persona is _ABSENT:  # None is an answer too: nobody fits for sure
            self._persona = None  # a persona whose condition reads `persona` reads unknown
            personas = self.catalogue.personas
            self._persona = self.played or next((name for name in personas if self.in_segment(name) is True), None)
            self._values.pop("persona", None)
        return self._persona  # type: ignore[return-value]  # a name or None, once found

    @property
    def preferences(self) -> Mapping[str, frozenset[str]]:
        """The tags that the person prefers: the values of each known trait that says so."""
        if self._preferences is None:
            prefers = (name for name, definition in self.catalogue.traits.items() if definition.prefers)
            self._preferences = {
                name: frozenset(seen.value) if isinstance(seen.value, tuple) else frozenset({str(seen.value)})
                for name in prefers
                if isinstance(seen := self.sight(name), Seen)
            }
        return self._preferences

    @property
    def preferred_tags(self) -> frozenset[str]:
        """The same of all these traits together."""
        return frozenset().union(*self.preferences.values())

    def on(self, channel: str) -> "View":
        """The view for what is chosen and said on a channel: one open to other eyes is told nothing sensitive."""
        return self.discreet() if channel in OPEN_CHANNELS else self

    def discreet(self) -> "View":
        """The same view without what is sensitive; this very one where nothing sensitive is held."""
        traits = self.catalogue.traits.items()
        if all(self.sight(name) is Hidden.MISSING for name, definition in traits if definition.sensitive):
            return self
        if self._discreet is None:
            self._discreet = View(
                profile=self.profile,
                catalogue=self.catalogue,
                mandate=structs.replace(self.mandate, sensitive=False),
                moment=self.moment,
                channel=self.channel,
                is_pull=self.is_pull,
                context=self.context,
                event=self.event,
                played=self.played,
            )
        return self._discreet


def view(  # noqa: PLR0913  # the facts of one occasion
    profile: Profile,
    catalogue: Catalogue,
    purpose: str,
    moment: Moment,
    *,
    channel: str | None = None,
    context: Mapping[str, Any] | None = None,
    event: EventFacts | None = None,
    is_pull: bool = False,
    played: str | None = None,
) -> View:
    """The view of a person for a purpose at a moment.

    On a pull the purpose's consent is asked on the channel; in a message marketing's besides, unless it is service.
    Without a channel (audiences, triggers) a consent on any one channel is enough to look. `played` is the persona a
    test pretends to be.
    """
    may = mandate(profile, catalogue.house, purpose, moment, channel=channel, is_pull=is_pull)
    return View(
        profile=profile,
        catalogue=catalogue,
        mandate=may,
        moment=moment,
        channel=channel,
        is_pull=is_pull,
        context=context,
        event=event,
        played=played,
    )


# ---- the names that conditions may read


def _trait(view: View, name: str) -> object:
    seen = view.sight(name)
    return seen.value if isinstance(seen, Seen) else UNKNOWN


def _persona(view: View, _rest: str) -> object:
    return view.persona or UNKNOWN


def _groups(view: View, _rest: str) -> object:
    return lists.groups(view.profile, view.may_use) if view.individual else UNKNOWN


def _owned(view: View, _rest: str) -> object:
    return lists.owned(view.profile, view.may_use) if view.individual else UNKNOWN


def _intents(view: View, rest: str) -> object:
    group, _, which = rest.rpartition(".")
    read = lists.INTENTS.get(which)
    if read is None or not view.individual:
        return UNKNOWN
    return read(view.profile.intents.get(group, Intent()), view.may_use, view.moment)


def _event(view: View, rest: str) -> object:
    if view.event is None:
        return UNKNOWN
    root, _, path = rest.partition(".")
    if root == "name":
        return view.event.name
    return _walk(view.event.properties, path) if root == "properties" else UNKNOWN


def _context(view: View, rest: str) -> object:
    return _walk(view.context, rest)


def _now(view: View, _rest: str) -> object:
    return view.moment


_ROOTS: Final[dict[str, Callable[[View, str], object]]] = {
    "traits": _trait,
    "persona": _persona,
    "groups": _groups,
    "owned": _owned,
    "intents": _intents,
    "event": _event,
    "context": _context,
    "now": _now,
}


def _walk(start: object, path: str) -> object:
    found = start
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return UNKNOWN if found is None else found


def _is_zone(name: str) -> bool:
    try:
        zone(name)
    except (KeyError, ValueError, OSError):  # no such zone, no such path, or a directory of zones
        return False
    return True


_FROM_CONTEXT: Final[dict[str, Callable[[str], object]]] = {"locale": _LOCALE.fullmatch, "timezone": _is_zone}
"""Traits that the request's own context fills in where nothing is known, and what a browser may write there."""


def _from_context(view: View, name: str) -> Seen | None:
    fits, value = _FROM_CONTEXT.get(name), (view.context or {}).get(name)
    if fits is None or not isinstance(value, str) or len(value) > 40 or not fits(value):
        return None
    return Seen(value, "context", view.moment, 1.0)
