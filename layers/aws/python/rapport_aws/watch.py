"""Watching over sending, each minute: what the account may send, and whether a breaker opens or closes."""

from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError
from rapport.errors import NotFound, StoreUnavailable

from rapport_aws import metrics
from rapport_aws.dynamo import reaching
from rapport_aws.health import WATCHED, Account

if TYPE_CHECKING:
    from rapport_aws.assemble import House


FEWEST = 2000
AHEAD = 90
"""Seconds of sending that may wait on the bulk queue: the rest waits in its rows, where waiting costs nothing."""


def room(here: "House") -> int:
    """How many more pieces of work the bulk queue has room for; none or less: what there is comes first."""
    return max(FEWEST, int(AHEAD * max(here.rates().values()))) - here.queues.waiting("bulk")


def look_after(here: "House") -> None:
    """Open or close the breaker of each channel; an overlay on what is published tells every worker within seconds."""
    account = _asked(here)
    try:
        open_now = here.publications.current().paused
    except NotFound:
        return
    for channel in WATCHED:
        strained, name = here.health.strain(channel, account), f"bulk:{channel}"
        if (strained is not None) != (name in open_now):
            (here.curation.lift if strained is None else here.curation.lay)("paused", name)
        metrics.gauge("BreakerOpen", int(strained is not None), channel=channel)


def _asked(here: "House") -> Account:
    """What SES says of the account; what it said last when it does not answer."""
    try:
        with reaching("SES"):
            told = cast("Any", here.ses.get_account())
    except (StoreUnavailable, ClientError):
        return here.health.account()
    account = Account(float(told["SendQuota"]["MaxSendRate"]), paused=not told["SendingEnabled"])
    if account != here.health.account():
        here.health.seen(account)
    return account
