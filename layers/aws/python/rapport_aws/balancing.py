"""The account of all messages: counted by a job over everybody, kept until the next, and told as a metric.

Nothing is counted while somebody waits: whoever asks how sending stands gets what the last job found, and when.
"""

from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs
from rapport.domain.account import Account, account_of
from rapport.domain.moment import DAY, Moment, text
from rapport.errors import NotFound

from rapport_aws import crowds, dynamo, metrics, tables
from rapport_aws.jobs import Job
from rapport_aws.records import body_of, value_of

if TYPE_CHECKING:
    from rapport_aws.assemble import House

EVERY = 7 * DAY
"""How often everybody is counted unasked."""
KIND = "account"


class Balance(Struct, frozen=True, omit_defaults=True):
    """The last account and when it began; the job that counts the next."""

    at: Moment = 0.0
    account: Account | None = None
    job: str = ""
    began: Moment = 0.0


def begin(here: "House") -> Job:
    """Start to count everybody, or the job that is at it."""
    balance = known(here)
    if balance.job:
        return here.jobs.find(balance.job)
    job = crowds.begin(KIND, here)
    _keep(structs.replace(balance, job=job.id, began=here.clock()), here)
    return job


def known(here: "House") -> Balance:
    """What is known now: the account of the last job that ended."""
    row = dynamo.get(here.dynamodb, here.settings.ledger_table, tables.BALANCE.key())
    balance = value_of(row["body"], Balance) if row else Balance()
    if not balance.job:
        return balance
    try:
        job = here.jobs.find(balance.job)
    except NotFound:  # forgotten: jobs are kept for thirty days
        return _keep(structs.replace(balance, job=""), here)
    if job.state == "failed":
        return _keep(structs.replace(balance, job=""), here)
    return balance if job.state != "done" else _keep(_found(job, balance), here)


def look_after(here: "House") -> None:
    """Each minute: tell what a job has found, and begin a new one after a week."""
    balance = known(here)
    if balance.account is not None:
        metrics.gauge("AccountDifference", abs(balance.account.difference))
    since = max(balance.at, balance.began)
    if not since:
        _keep(structs.replace(balance, began=here.clock()), here)
    elif not balance.job and here.clock() >= since + EVERY:
        begin(here)


def shown(here: "House") -> dict[str, Any]:
    """The account as the status has it; `at` is None until everybody was counted once."""
    balance = known(here)
    found = balance.account or Account()
    at = None if balance.account is None else text(balance.at)
    return {"at": at, "counting": bool(balance.job), **structs.asdict(found), "difference": found.difference}


def _found(job: Job, balance: Balance) -> Balance:
    return Balance(at=balance.began, account=account_of(job.result or {}))


def _keep(balance: Balance, here: "House") -> Balance:
    item = {**tables.BALANCE.key(), "body": body_of(balance)}
    with dynamo.reaching(here.settings.ledger_table):
        here.dynamodb.put_item(TableName=here.settings.ledger_table, Item=dynamo.stored(item))
    return balance
