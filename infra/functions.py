"""The functions as data: what each one does, carries and may touch. `infra/capabilities/function.py` builds them."""

from typing import NamedTuple

from rapport_aws.tables import CATALOGUE, LEDGER, PROFILES, Table

HOT = ("core", "aws", "hot")
WORK = (*HOT, "work")
CHECKING = (*WORK, "authoring")


BULK_AT_ONCE = 10  # enough for thirty mails a second; more of them would only wait for their turns, which is paid for
BULK_TOGETHER = 5  # each may wait for its turn up to ten seconds, and all of them share the function's minute


def workers(rate: float) -> int:
    """Return how many calls at a time keep up with a rate: a mail takes about a third of a second besides its turn."""
    return max(BULK_AT_ONCE, min(200, round(rate * 0.7)))


class Function(NamedTuple):
    """One function. Memory in MiB (it buys CPU in proportion), timeout in seconds."""

    name: str
    does: str
    layers: tuple[str, ...] = WORK
    memory: int = 1024
    timeout: int = 60
    reads: tuple[Table, ...] = ()
    writes: tuple[Table, ...] = ()
    bucket: str = "read"  # "read" or "write"
    publishes: bool = False  # puts events on the bus
    dispatches: bool = False  # puts messages on the dispatch queue
    sends: bool = False  # hands messages over: SES, SNS, the hand-off topic
    watches: bool = False  # asks what the account may send
    counts: bool = False  # asks how much waits
    redrives: bool = False  # tells how much waits, and sends dead letters back


FUNCTIONS = (
    Function(
        "personalise",
        "Answers a visit: one read, no write",
        layers=HOT,
        timeout=10,
        reads=(PROFILES, LEDGER, CATALOGUE),
        publishes=True,
    ),
    Function(
        "collect",
        "Takes Segment calls and hands them to the bus",
        memory=512,
        timeout=20,
        reads=(PROFILES, CATALOGUE),
        writes=(LEDGER,),
        publishes=True,
        dispatches=True,
    ),
    Function(
        "intake",
        "Takes events into profiles and plans what follows",
        reads=(CATALOGUE,),
        writes=(PROFILES, LEDGER),
        publishes=True,
        dispatches=True,
    ),
    Function(
        "due",
        "Each minute: what falls due by the passing of time, and jobs",
        timeout=120,
        writes=(PROFILES, LEDGER, CATALOGUE),
        bucket="write",
        publishes=True,
        dispatches=True,
        watches=True,
        counts=True,
    ),
    Function(
        "dispatch",
        "Looks again, decides, renders, claims, hands over",
        counts=True,
        reads=(CATALOGUE,),
        writes=(PROFILES, LEDGER),
        bucket="write",
        publishes=True,
        dispatches=True,
        sends=True,
    ),
    Function(
        "feedback",
        "Takes deliveries, bounces, complaints and replies",
        memory=512,
        reads=(CATALOGUE,),
        writes=(PROFILES, LEDGER),
        publishes=True,
        dispatches=True,
    ),
    Function(
        "learn",
        "Each minute: learns from the outcome log, the only one to write the model",
        timeout=120,
        reads=(PROFILES,),
        writes=(CATALOGUE,),
        bucket="write",
    ),
    Function(
        "profiles",
        "The single view, consents, privacy, forms, imports",
        timeout=29,
        reads=(CATALOGUE,),
        writes=(PROFILES, LEDGER),
        bucket="write",
        publishes=True,
        dispatches=True,
    ),
    Function(
        "catalogue",
        "Check, publish, withdraw, preview, approve",
        layers=CHECKING,
        memory=1769,  # one whole processor: publishing compiles
        timeout=120,
        writes=(PROFILES, CATALOGUE, LEDGER),  # people too: an approval is noted on whom it is about
        bucket="write",
        publishes=True,
        dispatches=True,
        sends=True,
        redrives=True,
    ),
    Function(
        "person",
        "A person's own pages: unsubscribe, preferences, why, clicks",
        timeout=29,
        reads=(CATALOGUE,),
        writes=(PROFILES, LEDGER),
        bucket="write",
        publishes=True,
        dispatches=True,
    ),
)
