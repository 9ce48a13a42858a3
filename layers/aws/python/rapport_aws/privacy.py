"""Export and erasure: everything we hold of a person, handed out or removed from every store."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs
from rapport.domain.moment import MINUTE, Moment, text
from rapport.domain.profile import Profile
from rapport.ports import Due
from rapport.use_cases import curate
from rapport.use_cases.people import rows_of
from rapport.use_cases.single_view import single_view

from rapport_aws.dynamo import reaching
from rapport_aws.jobs import Job

if TYPE_CHECKING:
    from rapport_aws.assemble import House

HOUR = 3600
AFTER = 5 * MINUTE
"""Longer than any function may take for an erasure."""
OF_A_PERSON = ("exports", "handoff")
"""Where objects of a person lie, each below their id."""


def export(profile: Profile, here: "House") -> Job:
    """Write everything to the bucket, where the job's address leads for as long as exports are kept."""
    job = here.jobs.start("export", {})
    place = f"exports/{profile.id}/{job.id}.json"
    body = msgspec.json.format(msgspec.json.encode(everything(profile, here)), indent=2)
    with reaching(here.settings.bucket):
        here.s3.put_object(Bucket=here.settings.bucket, Key=place, Body=body, ContentType="application/json")
    return here.jobs.end(job, "done", {"object": place})


def everything(profile: Profile, here: "House") -> dict[str, Any]:
    """The single view for people, and every stored row for machines."""
    catalogue, now = here.publications.current().catalogue, here.clock()
    return {
        "exported_at": text(now),
        "view": single_view(profile, catalogue, now),
        "profile": profile,
        "receipts": rows_of(profile, here.profiles.receipts, here.ports),
        "messages": rows_of(profile, here.profiles.messages, here.ports),
        "records": rows_of(profile, here.profiles.records, here.ports),
        "outcomes": rows_of(profile, here.profiles.log, here.ports),
    }


def erase(profile: Profile, here: "House") -> Job:
    """Remove the person from the tables, and what was exported or printed of them from the bucket.

    A due row goes first and is removed at the end: an erasure that is stopped half way is brought to its end.
    """
    whom = (profile.id, *profile.absorbed)
    mark = Due(here.clock() + AFTER, profile.id, "erase", told=({"names": whom},))
    here.schedule.put(mark)
    _erase(profile, whom, here)
    here.schedule.done(mark)
    return here.jobs.done("erase", {"erased": True})


def finish(profile_id: str, names: Sequence[str], asked: Moment, here: "House") -> None:
    """Bring an erasure that was asked for at a moment to its end; whoever started anew since is left alone."""
    profile = here.profiles.load(profile_id)
    if profile.erased_at is not None:
        here.profiles.sweep(profile.id)
        _forget_objects(names, here)
    elif profile.version and profile.forgotten_before < asked:
        _erase(profile, names, here)


def _erase(profile: Profile, names: Sequence[str], here: "House") -> None:
    here.tally.count(0, curate.erase(profile.id, here.ports, here.clock()))
    _forget_objects(names, here)


def _forget_objects(names: Sequence[str], here: "House") -> None:
    for name in names:
        for prefix in OF_A_PERSON:
            _remove(f"{prefix}/{name}/", here)


def _remove(prefix: str, here: "House") -> None:
    bucket = here.settings.bucket
    with reaching(bucket):
        for page in here.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for held in page.get("Contents", []):
                here.s3.delete_object(Bucket=bucket, Key=held["Key"])


def with_address(job: Job, here: "House") -> Job:
    """The job, with a large result's place in the bucket as an address that lasts an hour, counts beside it."""
    if not job.result or "object" not in job.result:
        return job
    place = {"Bucket": here.settings.bucket, "Key": job.result["object"]}
    address = here.s3.generate_presigned_url("get_object", Params=place, ExpiresIn=HOUR)
    told = {name: held for name, held in job.result.items() if name != "object"}
    return structs.replace(job, result={**told, "url": address})
