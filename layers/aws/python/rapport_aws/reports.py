"""The tally of a deployment: a page of people at a time is added to it, in the bucket, under the place it has come to.

So a page that is taken twice writes the same object again. What comes out are sums, and no person is in them.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from rapport.domain.moment import text
from rapport.domain.tally import Tally, together
from rapport.use_cases.count_up import count_up

from rapport_aws.dynamo import reaching
from rapport_aws.jobs import Job

if TYPE_CHECKING:
    from rapport_aws.assemble import House


class Report(Struct, frozen=True):
    """What whoever asked gets: the tally, and what of the catalogue its reader needs."""

    house: str
    currency: str
    at: str
    experiments: dict[str, dict[str, float]] = {}
    tally: Tally = Tally()
    held_out: float = 0.0
    """The share of people who are to be held out."""


def count_page(ids: Sequence[str], job: Job, here: "House") -> Counter[str]:
    """Add a page of people to what was counted before it."""
    people = [here.profiles.load(name) for name in ids]
    counted = count_up(people, here.ports, here.clock())
    before = _kept(job.id, job.position, here) if job.position else Tally()
    house, campaigns = here.publications.current().catalogue.house, here.publications.current().catalogue.campaigns
    report = Report(
        house=house.name,
        currency=house.currency,
        at=text(here.clock()),
        experiments={name: campaign.experiment for name, campaign in campaigns.items() if campaign.experiment},
        tally=together([before, counted]),
        held_out=house.holdout.share,
    )
    place = _place(job.id, job.position + len(ids))
    with reaching(here.settings.bucket):
        here.s3.put_object(
            Bucket=here.settings.bucket,
            Key=place,
            Body=msgspec.json.encode(report),
            ContentType="application/json",
        )
    return Counter()


def result_of(job: Job) -> dict[str, Any]:
    """Where the whole lies, once everybody was counted."""
    return {"object": _place(job.id, job.position)}


def _kept(job_id: str, position: int, here: "House") -> Tally:
    with reaching(here.settings.bucket):
        found = here.s3.get_object(Bucket=here.settings.bucket, Key=_place(job_id, position))["Body"].read()
    return msgspec.json.decode(found, type=Report).tally


def _place(job_id: str, position: int) -> str:
    """Below `exports/`: what is there is forgotten after some days."""
    return f"exports/reports/{job_id}/{position}.json"
