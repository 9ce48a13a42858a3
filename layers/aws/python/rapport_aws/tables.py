"""The three tables as data: names, indexes and the key of every kind of row. `infra` builds the tables from it.

A row's key is a pair of templates. Text that comes from outside (a userId, a message id) is always the last part of a
template, so that no `#` in it can make two different things meet in one row.
"""

from typing import NamedTuple

PARTITION = "pk"
SORT = "sk"
TTL = "ttl"


class Index(NamedTuple):
    """A sparse global secondary index: only rows that carry both of its attributes are in it."""

    name: str
    partition: str
    sort: str
    carries: tuple[str, ...]  # attributes projected besides the keys


class Table(NamedTuple):
    """One table: all have string keys `pk` and `sk`, and the number `ttl` in seconds since the epoch."""

    name: str
    variable: str  # the environment variable in which a function finds the deployed name
    indexes: tuple[Index, ...] = ()


class Row(NamedTuple):
    """One kind of row: where it lives, and the templates of its key."""

    table: Table
    pk: str
    sk: str

    def key(self, **parts: str) -> dict[str, str]:
        """Return the row's full key, its templates filled with `parts`."""
        return {PARTITION: self.pk.format(**parts), SORT: self.sk.format(**parts)}

    def partition(self, **parts: str) -> str:
        """Return the partition key alone, as a query needs it."""
        return self.pk.format(**parts)

    def beginning(self, **parts: str) -> str:
        """Return the part of the sort key before its first template that `parts` leaves out, for `begins_with`."""
        kept = self.sk
        for name in _names(self.sk):
            if name not in parts:
                kept = kept.partition("{" + name + "}")[0]
        return kept.format(**parts)


def _names(template: str) -> list[str]:
    return [piece.partition("}")[0] for piece in template.split("{")[1:]]


# Whoever needs all people (a broadcast, a backfill) pages through 16 shards of this index and reads nothing else.
PEOPLE = Index("people", "people", "person", ())
PEOPLE_SHARDS = 16

# Messages that are held or in doubt, by kind and shard: few, so that whoever is on duty may count them.
UNSETTLED = Index("unsettled", "unsettled", "since", ())

# The outcome log by the minute in which a row was written, in 4 shards: whoever learns reads on from where they were.
LOG = Index("log", "bucket", "logged", ("body",))
LOG_SHARDS = 4

PROFILES = Table("profiles", "RAPPORT_PROFILES_TABLE", (PEOPLE, UNSETTLED, LOG))
LEDGER = Table("ledger", "RAPPORT_LEDGER_TABLE")
CATALOGUE = Table("catalogue", "RAPPORT_CATALOGUE_TABLE")

TABLES = (PROFILES, LEDGER, CATALOGUE)

# Rows of `profiles`: everything about one person is in one partition.
PERSON = Row(PROFILES, "P#{person}", "A")
RECEIPT = Row(PROFILES, "P#{person}", "R#{at}#{purpose}#{channel}")
PLANNED = Row(PROFILES, "P#{person}", "M#{message}")
RECORD = Row(PROFILES, "P#{person}", "N#{at}#{message}")
OUTCOME = Row(PROFILES, "P#{person}", "O#{entry}")
STANDING = Row(PROFILES, "P#{person}", "D#{at}#{nonce}")

# Rows of `ledger`: what was done, what is due, what waits for somebody.
SEND = Row(LEDGER, "S#{message}", "A")
HANDOVER = Row(LEDGER, "X#{provider}#{reference}", "A")
CAP = Row(LEDGER, "C#{scope}", "{window}")
DUE = Row(LEDGER, "U#{lane}#{minute}#{shard}", "{at}#{kind}#{id}")
DUE_SHARDS = 8
DUE_CURSOR = Row(LEDGER, "U", "{lane}")
PACE = Row(LEDGER, "F#{channel}#{row}", "A")
HEALTH = Row(LEDGER, "H#{channel}", "{hour}")
ACCOUNT = Row(LEDGER, "H", "A")
TALLY = Row(LEDGER, "T", "{day}")
BALANCE = Row(LEDGER, "B", "A")
APPROVAL = Row(LEDGER, "V", "{id}")
JOB = Row(LEDGER, "J#{id}", "A")
JOB_PART = Row(LEDGER, "J#{id}", "P{shard}")
BROADCAST = Row(LEDGER, "B#{campaign}", "A")
LIMIT = Row(LEDGER, "L#{digest}", "{window}")
WORDING = Row(LEDGER, "W#{digest}", "A")

# Rows of `catalogue`: publications, what overlays them, and the keys of callers.
# The pointer carries the overlays too (sets `withdrawn`, `paused`, `exhausted`): one read tells all that is live.
POINTER = Row(CATALOGUE, "POINTER", "A")
# What was learned: how far the log was read, where the state and the model are. The pointer names the model, too.
LEARNED = Row(CATALOGUE, "LEARNED", "A")
VERSION = Row(CATALOGUE, "VERSION", "{version}")
ACCESS_KEY = Row(CATALOGUE, "K#{digest}", "A")
