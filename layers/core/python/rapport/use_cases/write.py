"""Writing what a use case decided: one change, with the rows that wait and the events of our own that tell of it."""

from typing import Any

from msgspec import structs

from rapport.domain.announcement import of_receipt, of_record
from rapport.domain.consent import Receipt
from rapport.domain.keeping import fitted
from rapport.domain.norms import difference
from rapport.domain.planning import Planned
from rapport.domain.predicted import standing
from rapport.domain.profile import Profile
from rapport.ports import Change, Due, Ports


def write(
    planned: Planned,
    ports: Ports,
    *,
    emptied: Profile | None = None,
    receipts: tuple[Receipt, ...] = (),
    announcements: tuple[dict[str, Any], ...] = (),
) -> Profile:
    """Write what was planned; the profile as stored. Raises Conflict, StoreUnavailable.

    Endings of messages and receipts announce themselves; `announcements` are whatever else there is to tell.
    """
    stands = standing(planned.profile, ports.publications.current().catalogue)
    moved = difference(stands, planned.profile.standing)
    profile = fitted(structs.replace(planned.profile, standing=stands) if moved else planned.profile)
    due = [Due(moment, profile.id, "message", message) for moment, message in planned.looks]
    if planned.wake_at is not None:
        due.append(Due(planned.wake_at, profile.id, "wake"))
    told = [of_record(record) for record in planned.records] + [
        of_receipt(one, profile.id) for one in receipts if not one.again
    ]
    ports.profiles.write(
        Change(
            profile=profile,
            emptied=emptied,
            messages=tuple({message.id: message for message in planned.messages}.values()),
            due=tuple(due),
            receipts=receipts,
            records=planned.records,
            norms=moved,
            announcements=(*(one for one in told if one is not None), *announcements),
            unbegun=planned.unbegun,
        )
    )
    return structs.replace(profile, version=profile.version + 1)
