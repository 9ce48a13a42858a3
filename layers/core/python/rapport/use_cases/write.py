"""Writing what a use case decided: one change, with the rows that wait and the events of our own that tell of it."""

from typing import Any

from msgspec import structs

from rapport.domain.announcement import of_receipt, of_record
from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import Receipt
from rapport.domain.keeping import fitted
from rapport.domain.moment import Moment
from rapport.domain.norms import difference
from rapport.domain.planned import Planned
from rapport.domain.predicted import standing
from rapport.domain.profile import Profile
from rapport.domain.timing import spread, zone_of
from rapport.ports import Change, Due, Ports


def write(
    planned: Planned,
    ports: Ports,
    *,
    emptied: Profile | None = None,
    receipts: tuple[Receipt, ...] = (),
    left: tuple[Receipt, ...] = (),
    announcements: tuple[dict[str, Any], ...] = (),
) -> Profile:
    """Write what was planned; the profile as stored. Raises Conflict, StoreUnavailable.

    Endings of messages and receipts announce themselves; `announcements` are whatever else there is to tell.
    """
    stands = standing(planned.profile, ports.publications.current().catalogue)
    moved = difference(stands, planned.profile.standing)
    profile = fitted(structs.replace(planned.profile, standing=stands) if moved else planned.profile)
    due = _rows(structs.replace(planned, profile=profile), ports)
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
            left=left,
            records=planned.records,
            norms=moved,
            log=planned.log,
            announcements=(*(one for one in told if one is not None), *announcements),
            unbegun=planned.unbegun,
            started=planned.started,
            undone=planned.undone,
        )
    )
    return structs.replace(profile, version=profile.version + 1)


def _rows(planned: Planned, ports: Ports) -> list[Due]:
    """The rows that wait: messages in the lane of their campaign, whoever only waits for time behind all service."""
    catalogue = ports.publications.current().catalogue if planned.looks else None
    rows = [] if catalogue is None else [_row(moment, name, planned, catalogue) for moment, name in planned.looks]
    if planned.wake_at is not None:
        rows.append(Due(planned.wake_at, planned.profile.id, "wake", bulk=True))
    return rows


def _row(moment: Moment, name: str, planned: Planned, catalogue: Catalogue) -> Due:
    profile = planned.profile
    pending = next((one for one in profile.pending if one.message_id == name), None)
    campaign = None if pending is None else catalogue.campaigns.get(pending.campaign)
    if campaign is None or campaign.is_service:
        return Due(moment, profile.id, "message", name)
    message = next((one for one in planned.messages if one.id == name), None)
    zone = zone_of(profile, catalogue.house)
    room = 0.0 if message is None else spread(campaign, catalogue.house, zone, message.falls_due, moment)
    return Due(moment, profile.id, "message", name, bulk=True, spread=room)
