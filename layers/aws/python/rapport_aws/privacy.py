"""Export and erasure: everything we hold of a person, handed out or removed from every store."""

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs
from rapport.domain.moment import text
from rapport.domain.profile import Profile, profile_id
from rapport.use_cases import curate
from rapport.use_cases.single_view import single_view

from rapport_aws.dynamo import reaching
from rapport_aws.jobs import Job

if TYPE_CHECKING:
    from rapport_aws.assemble import House

HOUR = 3600


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
        "receipts": here.profiles.receipts(profile.id),
        "messages": here.profiles.messages(profile.id),
        "records": here.profiles.records(profile.id),
    }


def erase(profile: Profile, here: "House") -> Job:
    """Remove the person, the anonymous stretches that became theirs, and what was exported."""
    now = here.clock()
    for identity in profile.identities:
        stretch = here.profiles.load(profile_id("anonymous", identity.value, here.ports.secret))
        if identity.kind == "anonymous" and stretch.version and stretch.id != profile.id:
            here.profiles.erase(stretch, now)
    curate.erase(profile.id, here.ports, now)
    _remove_exports(profile.id, here)
    return here.jobs.done("erase", {"erased": True})


def _remove_exports(name: str, here: "House") -> None:
    bucket = here.settings.bucket
    with reaching(bucket):
        for page in here.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"exports/{name}/"):
            for held in page.get("Contents", []):
                here.s3.delete_object(Bucket=bucket, Key=held["Key"])


def with_address(job: Job, here: "House") -> Job:
    """The job, with a large result's place in the bucket as an address that lasts an hour."""
    if not job.result or "object" not in job.result:
        return job
    place = {"Bucket": here.settings.bucket, "Key": job.result["object"]}
    address = here.s3.generate_presigned_url("get_object", Params=place, ExpiresIn=HOUR)
    return structs.replace(job, result={"url": address})
