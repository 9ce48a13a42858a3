"""Consent that comes along with an event: what a site's banner says, for channel web only."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rapport.domain.consent import Consents, Receipt, covering, kept, withdrawn
from rapport.domain.event import Event
from rapport.domain.house import House
from rapport.domain.mandate import SERVICE
from rapport.domain.moment import Moment

WEB: Final = "web"
GOOGLE: Final = {
    "ad_personalization": "personalisation",
    "personalization_storage": "personalisation",
    "analytics_storage": "tracking",
}
"""Google's consent mode, where a purpose here means the same; the later line counts. Its advertising has none."""
_STATUS: Final = {"granted": True, "denied": False}


def take_consent(consents: Consents, event: Event, house: House, source: str) -> tuple[Consents, tuple[Receipt, ...]]:
    """The consents after what the event says, and receipts of what it changed.

    A site says the same with every event: the state then only moves its moment, and a receipt is kept when what holds
    on the web, or would be told of it, changes. Service, and what is no purpose of the house, is passed over.
    """
    receipts: list[Receipt] = []
    for purpose, wanted in _told(event.context):
        if purpose not in house.purposes or purpose == SERVICE:
            continue
        receipt = Receipt(purpose, WEB, "granted" if wanted else "withdrawn", event.at, source)
        after, stored = kept(consents, (receipt,))
        if _holding(after, purpose) != _holding(consents, purpose):
            receipts.extend(stored)
        consents = after
    return consents, tuple(receipts)


def _holding(consents: Consents, purpose: str) -> tuple[str, Moment | None, bool] | None:
    found = covering(consents, purpose, WEB)
    return None if found is None else (found.status, found.expires_at, withdrawn(consents, purpose, WEB))


def _told(context: Mapping[str, Any]) -> Iterable[tuple[str, bool]]:
    """Purpose and whether it is granted; the house's own words count before Google's."""
    consent = context.get("consent")
    if not isinstance(consent, Mapping):
        return ()
    told: dict[str, bool] = {}
    google = consent.get("google")
    for word, purpose in GOOGLE.items() if isinstance(google, Mapping) else ():
        status = google.get(word) if isinstance(google, Mapping) else None
        if isinstance(status, str) and status in _STATUS:
            told[purpose] = _STATUS[status]
    own = consent.get("categoryPreferences")
    if isinstance(own, Mapping):
        told.update((purpose, wanted) for purpose, wanted in own.items() if isinstance(wanted, bool))
    return told.items()
