"""Listed for a person to judge: a policy looser than the default, starting from where somebody is, nobody left."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from rapport_authoring.check.world import Rule, World
from rapport_authoring.documents.house import ContactPolicy
from rapport_authoring.problems import Code, Problem

DAY_MINUTES = 24 * 60
SURE = "be sure that it should"


class _Rule(NamedTuple):
    """One default of the contact policy: where it is written, and what makes it looser."""

    path: tuple[str, ...]
    looser: Callable[[ContactPolicy], str]


def _quiet(policy: ContactPolicy) -> str:
    hours = policy.quiet_hours
    if hours is None:
        return "there are no quiet hours"
    if hours.start == hours.end:
        return ""  # an error by itself
    length = (hours.end - hours.start) % DAY_MINUTES
    start = (hours.start - 21 * 60) % DAY_MINUTES
    covered = start == 0 and length >= 11 * 60
    around = start + length >= DAY_MINUTES + 11 * 60
    return "" if covered or around else "quiet hours do not span 21:00 to 08:00"


def _caps(policy: ContactPolicy) -> str:
    def held(channel: str, at_most: int, days: float) -> bool:
        return any(cap.channel == channel and cap.at_most <= at_most and cap.days >= days for cap in policy.caps)

    loose = [words for args, words in DEFAULT_CAPS.items() if not held(*args)]
    return f"no longer at most {' or '.join(loose)}" if loose else ""


DEFAULT_CAPS = {("email", 1, 1.0): "1 email a day", ("any", 3, 7.0): "3 contacts in 7 days"}


def _share(policy: ContactPolicy) -> str:
    share = policy.sales_share
    if share is None:
        return "sales may be every contact"
    return f"{share.at_most:.0%} of contacts may sell, not 50%" if share.at_most > 0.5 else ""


def _ignored(policy: ContactPolicy) -> str:
    ignored = policy.ignored
    if ignored is None:
        return "silence pauses nothing"
    looser = ignored.after > 2 or ignored.within_days < 30 or ignored.pause_days < 60
    return "silence pauses later or shorter than 2 in 30 days for 60 days" if looser else ""


def _approval(policy: ContactPolicy) -> str:
    limit = policy.approval_above
    if limit is None:
        return "no offer waits for a person, whatever it is worth"
    return f"only offers worth more than {limit:g} wait for a person" if limit > 5000 else ""


POLICY: tuple[_Rule, ...] = (
    _Rule(("quiet_hours",), _quiet),
    _Rule(("caps",), _caps),
    _Rule(("sales_share",), _share),
    _Rule(("ignored",), _ignored),
    _Rule(("first_contact",), lambda p: "a first contact may sell" if p.first_contact == "sales-allowed" else ""),
    _Rule(("just_viewed_hours",), lambda p: _less("just viewed is pushed after", p.just_viewed_hours, 24, "hours")),
    _Rule(
        ("after_service_contact_days",),
        lambda p: _less("sales goes on after a service contact after", p.after_service_contact_days, 7, "days"),
    ),
    _Rule(("approval_above",), _approval),
)


def _less(words: str, value: float, default: float, unit: str) -> str:
    return f"{words} {value:g} {unit}, not {default:g}" if value < default else ""


def loosened(world: World) -> Iterator[Problem]:
    """What is looser than the defaults is listed: the house's policy, its purposes, and a campaign's own hours."""
    house = world.documents.house
    for rule in POLICY if house else ():
        said = rule.looser(world.house.contact)
        if said and house:
            yield Problem.found(
                Code.POLICY_LOOSENED, house.at_key("contact", *rule.path), said, "be sure that it should"
            )
    for name, purpose in world.house.purposes.items() if house else ():
        if name != "service" and purpose.basis == "contract" and house:
            message = f"`{name}` asks for no consent"
            yield Problem.found(Code.POLICY_LOOSENED, house.at_key("purposes", name), message, "be sure that it may")
    for entry in world.documents.campaigns:
        hours = entry.model.just_viewed_hours
        if hours is not None and hours < world.house.contact.just_viewed_hours:
            message = f"`{entry.model.id}` may push what was just looked at, after {hours:g} hours"
            hint = f"the house waits {world.house.contact.just_viewed_hours:g} hours"
            yield Problem.found(Code.POLICY_LOOSENED, entry.at_key("just_viewed_hours"), message, hint)


def proximity(world: World) -> Iterator[Problem]:
    """A campaign that starts because of where somebody is right now is listed."""
    for entry in world.documents.campaigns:
        event = entry.model.trigger.event
        if event is not None and "proximity" in world.means(event):
            message = f"`{entry.model.id}` starts from where the person is right now"
            place = entry.at("trigger", "event")
            yield Problem.found(Code.PROXIMITY_USED, place, message, "it goes to those who granted `proximity` only")


def holdout(world: World) -> Iterator[Problem]:
    """A holdout of everybody is a rehearsal, seldom what is meant: nothing but service goes out."""
    house = world.documents.house
    if house and house.model.holdout and house.model.holdout.share == 1:
        place = house.at("holdout", "share")
        yield Problem.found(Code.EVERYBODY_HELD_OUT, place, "everybody is held out", "0.05 is usual")


RULES: tuple[Rule, ...] = (loosened, proximity, holdout)
