"""What people do with offers: a view, click, acceptance or dismissal counts once, for its own person, within a day."""

from typing import Literal

from msgspec import Struct

from rapport.domain.decision import TokenPayload
from rapport.domain.moment import Moment

Response = Literal["viewed", "clicked", "accepted", "dismissed"]


class Counted(Struct, frozen=True, omit_defaults=True):
    """One view or response that counts; `token` is None for a purchase that answers an earlier exposure."""

    response: Response
    offer: str
    at: Moment
    decision: str = ""
    placement: str = ""
    channel: str = ""
    token: TokenPayload | None = None
