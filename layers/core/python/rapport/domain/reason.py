"""The words for why: one for each candidate offer and each planned message, the same everywhere."""

from enum import StrEnum


class Stage(StrEnum):
    """The stages through which a candidate offer goes, in order."""

    VALIDITY = "validity"
    PLACEMENT = "placement"
    MANDATE = "mandate"
    ELIGIBILITY = "eligibility"
    TACT = "tact"
    CONTACT = "contact"
    ARBITRATION = "arbitration"


class Reason(StrEnum):
    """Why an offer or a message ended as it did."""

    NOT_LIVE = "NOT_LIVE"
    NOT_YET = "NOT_YET"
    EXPIRED = "EXPIRED"
    WRONG_PLACEMENT = "WRONG_PLACEMENT"
    WRONG_CHANNEL = "WRONG_CHANNEL"
    WRONG_KIND = "WRONG_KIND"
    NO_CONTENT = "NO_CONTENT"
    NO_CONSENT = "NO_CONSENT"
    OUT_OF_MANDATE = "OUT_OF_MANDATE"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    UNKNOWN = "UNKNOWN"
    OWNED = "OWNED"
    INTENT_SATISFIED = "INTENT_SATISFIED"
    JUST_VIEWED = "JUST_VIEWED"
    PROXIMITY = "PROXIMITY"
    OPEN_COMPLAINT = "OPEN_COMPLAINT"
    RECENT_SERVICE_CONTACT = "RECENT_SERVICE_CONTACT"
    SALES_ON_FIRST_CONTACT = "SALES_ON_FIRST_CONTACT"
    SALES_SHARE = "SALES_SHARE"
    SENSITIVE = "SENSITIVE"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"
    CAPPED = "CAPPED"
    IGNORED = "IGNORED"
    HOLDOUT = "HOLDOUT"
    OUTRANKED = "OUTRANKED"
    DUPLICATE = "DUPLICATE"
    CHOSEN = "CHOSEN"
    EXPLORED = "EXPLORED"
    FALLBACK = "FALLBACK"
    FORCED = "FORCED"
    # messages: deferred
    QUIET_HOURS = "QUIET_HOURS"
    DELAY = "DELAY"
    RATE = "RATE"
    BLACKOUT = "BLACKOUT"
    PAUSED = "PAUSED"
    AWAITING_PULL = "AWAITING_PULL"
    # messages: held
    NEEDS_APPROVAL = "NEEDS_APPROVAL"
    MISSING_DATA = "MISSING_DATA"
    # messages: skipped or failed
    ERASED = "ERASED"
    CANCELLED = "CANCELLED"
    GOAL_REACHED = "GOAL_REACHED"
    STALE_TRIGGER = "STALE_TRIGGER"
    UNSUBSCRIBED = "UNSUBSCRIBED"
    NO_ADDRESS = "NO_ADDRESS"
    SUPPRESSED = "SUPPRESSED"
    WITHDRAWN = "WITHDRAWN"
    NO_OFFER = "NO_OFFER"
    REJECTED_BY_TEAM = "REJECTED_BY_TEAM"
    REJECTED = "REJECTED"
    TEMPLATE = "TEMPLATE"


class MessageStatus(StrEnum):
    """How a planned message stands."""

    DEFERRED = "DEFERRED"
    HELD = "HELD"
    SENT = "SENT"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
    IN_DOUBT = "IN_DOUBT"
