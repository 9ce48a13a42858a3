"""Export and erasure: everything we hold of a person, handed out or removed from every store."""

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs
from rapport.domain.message import send_id
from rapport.domain.moment import text
from rapport.domain.profile import Profile
from rapport.use_cases import curate
from rapport.use_cases.people import rows_of
from rapport.use_cases.single_view import single_view

from rapport_aws.dynamo import reaching
from rapport_aws.jobs import Job

if TYPE_CHECKING:
    from rapport_aws.assemble import House

HOUR = 3600
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
    """Remove the person from the tables, and what was exported or printed of them from the bucket."""
    sends = _sends(profile, here)
    here.tally.count(0, curate.erase(profile.id, here.ports, here.clock()))
    here.ledger.forget(sends)
    for name in (profile.id, *profile.absorbed):
        for prefix in OF_A_PERSON:
            _remove(f"{prefix}/{name}/", here)
    return here.jobs.done("erase", {"erased": True})


def _sends(profile: Profile, here: "House") -> list[str]:
    """The hand-overs of all that was ever told to have gone out, or not, on a channel."""
    told = (record for name in (profile.id, *profile.absorbed) for record in here.profiles.records(name))
    return sorted({send_id(record.message_id, record.channel) for record in told if record.channel is not None})


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
