"""Decision tokens: what was decided goes out encrypted, and comes back with what was seen or answered."""

import msgspec
from msgspec import Struct

from rapport.domain.decision import CERTAIN, TokenPayload
from rapport.domain.event import Event
from rapport.domain.moment import Moment
from rapport.domain.outcome_log import Candidate
from rapport.domain.profile import Basis
from rapport.ports import Sealer

PURPOSE = "offer"
MOST_CANDIDATES = 16


class Seal(Struct, frozen=True):
    """What every token of an answer carries."""

    sealer: Sealer
    decision_id: str
    moment: Moment
    profile: str
    channel: str
    catalogue: str
    holdout: bool = False
    candidates: dict[str, tuple[Candidate, ...]] = {}

    def token(self, offer: str, placement: str, basis: Basis = CERTAIN) -> str:
        """The token that comes back when this offer was seen or answered."""
        payload = TokenPayload(
            decision=self.decision_id,
            profile=self.profile,
            offer=offer,
            placement=placement,
            channel=self.channel,
            at=self.moment,
            chance=basis.chance,
            model=basis.model,
            catalogue=self.catalogue,
            holdout=self.holdout,
            features=basis.features,
            learns=basis.learns,
            mode=basis.mode,
            candidates=_few(self.candidates.get(placement, ())) if basis.learns else (),
        )
        return sealed(payload, self.sealer)


def sealed(payload: TokenPayload, sealer: Sealer) -> str:
    """The token that carries this."""
    return sealer.seal(PURPOSE, msgspec.msgpack.encode(payload))


def _few(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """A token is short: where too many could have been chosen it tells of none, for a part would mislead."""
    return candidates if len(candidates) <= MOST_CANDIDATES else ()


def token_of(event: Event, sealer: Sealer) -> TokenPayload | None:
    """What the token of a response carries; None when there is none, or it is none of ours."""
    token = event.properties.get("token")
    return opened(token, sealer) if isinstance(token, str) else None


def opened(token: str, sealer: Sealer) -> TokenPayload | None:
    """What a token carries; None when it is none of ours."""
    payload = sealer.open(PURPOSE, token)
    try:
        return None if payload is None else msgspec.msgpack.decode(payload, type=TokenPayload)
    except msgspec.DecodeError:
        return None
