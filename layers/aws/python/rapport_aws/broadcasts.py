"""A campaign sent by hand: who of everybody gets a run, and what would become of it; a second call sends nothing."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rapport.domain import planning
from rapport.domain.campaign import Campaign
from rapport.domain.glance import Glance
from rapport.domain.look_again import Go, Look, Wait, look_again
from rapport.domain.message import Message
from rapport.domain.moment import DAY, Moment, text
from rapport.domain.occasion import Occasion
from rapport.domain.planned import Planned
from rapport.domain.profile import Profile
from rapport.domain.reason import MessageStatus, Reason
from rapport.domain.runs import run_id
from rapport.domain.triggers import Run
from rapport.errors import NotFound
from rapport.use_cases.people import followed, messages_of, retried
from rapport.use_cases.write import write

from rapport_aws import dynamo, tables
from rapport_aws.jobs import Job

if TYPE_CHECKING:
    from rapport_aws.assemble import House

ONE_BROADCAST = DAY
"""Calls that come within so long after one that sent are the same broadcast: whoever has it gets it no second time."""
ALREADY = f"{MessageStatus.SKIPPED} {Reason.DUPLICATE}"


# ---- which broadcast a call belongs to


def begun(campaign: str, here: "House") -> str:
    """The key of the runs that a call starts: that of a broadcast of the last day, else a new one's."""
    now, row = here.clock(), tables.BROADCAST.key(campaign=campaign)
    item = {**row, "at": now, "ttl": int(now + 2 * ONE_BROADCAST)}
    put: dict[str, Any] = {
        "TableName": here.settings.ledger_table,
        "Item": dynamo.stored(item),
        "ConditionExpression": "attribute_not_exists(pk) OR #at <= :before",
        "ExpressionAttributeNames": {"#at": "at"},
        "ExpressionAttributeValues": dynamo.values(before=now - ONE_BROADCAST),
    }
    is_new = dynamo.held(here.settings.ledger_table, lambda: here.dynamodb.put_item(**put))
    return _key(now) if is_new else foreseen(campaign, here)


def foreseen(campaign: str, here: "House") -> str:
    """The key that runs would have, were they started now."""
    now = here.clock()
    row = dynamo.get(here.dynamodb, here.settings.ledger_table, tables.BROADCAST.key(campaign=campaign))
    at = float(row.get("at", 0.0))
    return _key(at if at > now - ONE_BROADCAST else now)


def _key(at: Moment) -> str:
    return f"send:{text(at)}"


# ---- a page of people


def send(ids: Sequence[str], job: Job, here: "House") -> Counter[str]:
    """Start a campaign for those who surely are in its audience; a dry run only counts what would become of it."""
    campaign = here.publications.current().catalogue.campaigns.get(str(job.input["campaign"]))
    if campaign is None:
        raise NotFound("there is no such campaign any more")
    do = _foretold if job.input["dry_run"] else _started
    counts: Counter[str] = Counter()
    for name in ids:
        counts += retried(partial(do, name, campaign, job, here))
    return counts


def _started(name: str, campaign: Campaign, job: Job, here: "House") -> Counter[str]:
    """Plan the run of one person, once for all calls of this broadcast."""
    profile = followed(name, here.ports)
    if not _is_meant(profile, campaign, job, here):
        return Counter()
    known = _known(profile, campaign, job, here)
    if known is not None:
        # A page that is taken twice finds what it planned itself.
        return Counter({"audience": 1, "planned" if known.planned_at >= job.input["at"] else ALREADY: 1})
    planned = _plan(profile, campaign, job, here)
    if not _of_this(planned, campaign, job):
        return Counter({"audience": 1, ALREADY: 1})
    write(planned, here.ports)
    return Counter({"audience": 1, "planned": 1})


def _foretold(name: str, campaign: Campaign, job: Job, here: "House") -> Counter[str]:
    """What would become of the run of one person, in the words of the messages."""
    profile = followed(name, here.ports)
    if not _is_meant(profile, campaign, job, here):
        return Counter()
    planned = _plan(profile, campaign, job, here)
    fates = [_fate(message, campaign, planned.profile, here) for message in _of_this(planned, campaign, job)]
    return Counter({"audience": 1}) + Counter(fates or [ALREADY])


def _of_this(planned: Planned, campaign: Campaign, job: Job) -> list[Message]:
    """The run of the broadcast that a plan starts; none for whoever has had it."""
    return [one for one in planned.messages if (one.campaign, one.key) == (campaign.id, job.input["key"])]


def _is_meant(profile: Profile, campaign: Campaign, job: Job, here: "House") -> bool:
    """Whether somebody surely is in the audience."""
    if profile.version == 0 or profile.erased_at is not None:
        return False
    audience = job.input.get("audience") or campaign.trigger.audience
    catalogue = here.publications.current().catalogue
    return Glance(profile, catalogue, here.clock()).in_segment(campaign, str(audience)) is True


def _known(profile: Profile, campaign: Campaign, job: Job, here: "House") -> Message | None:
    """The run that the person has of this broadcast already."""
    catalogue = here.publications.current().catalogue
    return here.profiles.message(profile.id, run_id(profile, campaign.id, str(job.input["key"]), catalogue))


def _plan(profile: Profile, campaign: Campaign, job: Job, here: "House") -> Planned:
    """The plan for one person, fresh from now however late in the broadcast it is made."""
    now, catalogue = here.clock(), here.publications.current().catalogue
    run = Run(campaign, str(job.input["key"]), now, repeated=True)
    return planning.plan(profile, profile, Occasion(now, runs=(run,)), catalogue, messages_of(profile.id, here.ports))


def _fate(message: Message, campaign: Campaign, profile: Profile, here: "House") -> str:
    if message.settled_at is not None:
        return f"{message.status} {message.reason or ''}".strip()
    publication, unserved = here.publications.current(), here.ports.unserved
    steps = look_again(Look(message, campaign, profile, publication, here.clock(), unserved=unserved))
    step = next((step for step in steps if not isinstance(step, Wait)), steps[0])
    if isinstance(step, Go):
        return "SENT"
    return f"DEFERRED {step.reason}" if isinstance(step, Wait) else f"SKIPPED {step.reason}"
