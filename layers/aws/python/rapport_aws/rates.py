"""How many messages a second each channel may have: what the deployment says, else what the account may send."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from rapport.domain.moment import Moment

from rapport_aws.settings import Settings

GOOD_FOR: Final = 30.0
SMS: Final = {False: 20.0, True: 1.0}
"""Texts a second through SNS, and through a number of End User Messaging (a long code, unless the team says more)."""


@dataclass
class Rates:
    """Rates by channel; `account` is asked at most twice a minute, and gives 0 until the first tick has asked SES."""

    settings: Settings
    account: Callable[[], float]
    clock: Callable[[], Moment]
    _known: Mapping[str, float] = field(default_factory=dict)
    _asked_at: Moment = 0.0

    def __call__(self) -> Mapping[str, float]:
        """The rates as they are now; a channel that is left out has none, or none that is known."""
        now = self.clock()
        if now - self._asked_at >= GOOD_FOR:
            email = float(self.settings.email_rate or 0) or self.account()
            sms = float(self.settings.sms_rate or 0) or SMS[bool(self.settings.sms_identity)]
            found = {"email": email, "sms": sms}
            self._known, self._asked_at = {name: whole(rate) for name, rate in found.items() if rate}, now
        return self._known


def whole(rate: float) -> float:
    """A rate that a second can hold exactly: whole from one a second on."""
    return float(int(rate)) if rate >= 1 else rate
