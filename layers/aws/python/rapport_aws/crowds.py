"""Jobs over all people, a page at a time: waking them for a new publication, sending a campaign by hand, counting."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs
from rapport.domain.catalogue import Catalogue, Publication
from rapport.domain.event import EventFacts
from rapport.errors import NotFound
from rapport.ports import Due
from rapport.use_cases.address_all import address as address_one
from rapport.use_cases.balance import quick_fates

from rapport_aws import broadcasts, log_export, reports, tables
from rapport_aws.jobs import Job, Part
from rapport_aws.watch import room

if TYPE_CHECKING:
    from rapport_aws.assemble import House

PAGE = 100
"""People that one look at a job takes."""
WAIT = 30
"""Seconds until a job that has to wait looks again."""
SIDE_BY_SIDE = frozenset({"wake", "send", "address", "account"})
"""Jobs whose shards need nothing of one another."""
BY_TIME = frozenset({"date", "due", "segment", "schedule"})


def broadcast(campaign: str, audience: str, here: "House", *, dry_run: bool) -> Job:
    """Start a campaign for an audience by hand, or (`dry_run`) only count what would become of it."""
    key = (broadcasts.foreseen if dry_run else broadcasts.begun)(campaign, here)
    return begin("send", here, campaign=campaign, audience=audience, dry_run=dry_run, key=key, at=here.clock())


def calls_for_waking(before: Catalogue | None, after: Catalogue) -> bool:
    """Whether a publication has a trigger that only time pulls, new or changed: nobody would wake up for it."""
    known = {} if before is None else {name: campaign.trigger for name, campaign in before.campaigns.items()}
    return any(
        campaign.trigger.kind in BY_TIME and known.get(name) != campaign.trigger
        for name, campaign in after.campaigns.items()
    )


def begin(kind: str, here: "House", **about: object) -> Job:
    """Start a job over all people."""
    job = here.jobs.start(kind, about)
    if kind in SIDE_BY_SIDE:
        job = here.jobs.keep(structs.replace(job, parts=tables.PEOPLE_SHARDS))
    here.enqueue_job(job)
    return job


def go_on(job: Job, here: "House", shard: str = "") -> None:
    """Take the next page of people; a page that is taken twice changes nothing the second time."""
    if job.state in ("done", "failed"):
        return
    if not job.parts:
        _next_page(job, here)
    elif shard:
        _next_of_part(job, shard, here)
    else:
        for number in range(job.parts):
            here.enqueue_job(job, shard=str(number))


def _next_of_part(job: Job, shard: str, here: "House") -> None:
    """Take the next page of one shard, unless that has to wait; whoever comes second to a page leaves it at that."""
    part = here.jobs.part(job, shard)
    if part.progress >= 1.0:
        return
    if held_back(job, here):
        if not part.waits:
            here.jobs.keep_part(job, structs.replace(part, waits=True), part.turn)
        here.enqueue_job(job, after=WAIT, shard=shard)
        return
    ids, after = here.profiles.ids(part.after or f"{shard}#", PAGE)
    try:
        counts = Counter({"people": len(ids)}) + DO[job.kind](ids, job, here)
    except NotFound as error:
        here.jobs.end(job, "failed", {"detail": str(error)})
        return
    over = after is None or after.partition("#")[0] != shard
    known = Part(
        shard,
        after,
        part.turn + 1,
        progress=1.0 if over else through(ids[-1]),
        counts=dict(Counter(part.counts) + counts),
    )
    if here.jobs.keep_part(job, known, part.turn) and not over:
        here.enqueue_job(job, shard=shard)


def held_back(job: Job, here: "House") -> bool:
    """Whether a job waits: nothing of what it would send may go out, or what it planned before is still to be sent."""
    return is_stopped(job, here.publications.current()) or room(here) <= 0


def is_stopped(job: Job, live: Publication) -> bool:
    """Whether nothing of a broadcast may go out on any channel for now; a dry run sends nothing and never waits."""
    if job.kind != "send" or job.input["dry_run"]:
        return False
    campaign = live.catalogue.campaigns.get(str(job.input["campaign"]))
    return campaign is not None and all(live.pauses(campaign, channel) for channel in campaign.channels)


def through(person: str) -> float:
    """How much of a shard is behind a person: ids are evenly spread, and a shard is in their order."""
    digits = person.removeprefix("p_")[:6]
    return min(int(digits, 16) / 16**6, 0.9999) if digits and set(digits) <= set("0123456789abcdef") else 0.5


def _next_page(job: Job, here: "House") -> None:
    ids, after = here.profiles.ids(job.input.get("after"), PAGE)
    counts = Counter({"people": len(ids)}) + DO[job.kind](ids, job, here)
    result = dict(Counter(job.result or {}) + counts)
    known = structs.replace(job, result=result, position=job.position + len(ids), input={**job.input, "after": after})
    if after is None:
        here.jobs.end(known, "done", {**result, **ENDS.get(job.kind, _nothing)(known)})
        return
    here.jobs.keep(structs.replace(known, state="running"))
    here.enqueue_job(known)


def wake(ids: Sequence[str], _job: Job, here: "House") -> Counter[str]:
    """Have each one looked at now: what falls due by time alone is then known again."""
    here.enqueue([Due(here.clock(), name, "wake", bulk=True) for name in ids])
    return Counter()


def address(ids: Sequence[str], job: Job, here: "House") -> Counter[str]:
    """Start what an event about nobody starts for those who surely are in its audience."""
    facts = msgspec.convert(job.input["event"], EventFacts)
    message = str(job.input["message"])
    return Counter({"runs": sum(address_one(name, facts, message, here.ports, here.clock()) for name in ids)})


def fates(ids: Sequence[str], _job: Job, here: "House") -> Counter[str]:
    """How each one's messages stand, for the account of all."""
    return Counter[str](fate for name in ids for fate in quick_fates(name, here.profiles))


DO: Mapping[str, Callable[[Sequence[str], Job, "House"], Counter[str]]] = {
    "wake": wake,
    "send": broadcasts.send,
    "address": address,
    "account": fates,
    "report": reports.count_page,
    "outcomes": log_export.log_page,
}
ENDS: Mapping[str, Callable[[Job], Mapping[str, object]]] = {
    "report": reports.result_of,
    "outcomes": log_export.result_of,
}
"""What a kind of job tells besides its counts, when it is over."""


def _nothing(_: Job) -> Mapping[str, object]:
    return {}
