"""A provider is down for an hour, a template fails: nothing else suffers; all goes out afterwards or tells why not."""

from collections import Counter

import pytest
import yaml
from msgspec import structs
from rapport.domain.consent import EVERY_CHANNEL, Receipt
from rapport.domain.moment import HOUR, MINUTE, Moment, parse
from rapport.domain.normalise import normalise
from rapport.domain.profile import Identity
from rapport.memory import MemorySender
from rapport.ports import Handover, Outcome, Outgoing
from rapport.use_cases import curate
from rapport.use_cases.balance import balance
from rapport.use_cases.desk import Desk
from rapport.use_cases.take_event import take_event
from rapport_authoring.check import check
from rapport_authoring.simulation.world import World

from tests.use_cases.stage import FILES

NOW = parse("2026-11-02T10:00:00Z")
PEOPLE = 60
BROKEN = (
    "{% block subject %}A word{% endblock %}"
    "{% block text %}{% for one in event.many %}{% for two in event.many %}{{ one }}{{ two }}{% endfor %}{% endfor %}"
    "{% endblock %}"
)


def campaign(name: str, **more: object) -> str:
    told = {
        "id": name,
        "purpose": "service",
        "kind": "relationship",
        "trigger": {"event": "Asked", "key": "id"},
        "channels": ["email"],
        "template": "note.j2",
    }
    return yaml.safe_dump(told | more)


class Street:
    """Many people who ask for the same at once, and a provider of mail that is down for a while."""

    def __init__(self, outage: Outcome, **campaigns: dict[str, object]) -> None:
        files = {f"campaigns/{name}.yaml": campaign(name, **more) for name, more in campaigns.items()}
        checked = check({**FILES, "templates/broken.j2": BROKEN, **files})
        assert checked.catalogue is not None, checked.errors
        self.provider = Provider(outage)
        self.world = World(structs.replace(checked.catalogue, published_at=NOW - 1), 0)
        self.world.ports = structs.replace(self.world.ports, sender=self.provider)
        self.world.desk = Desk(self.world.ports)

    def asks(self, at: Moment) -> None:
        for number in range(PEOPLE):
            traits = {"email": f"u{number}@example.com", "phone": f"+336123456{number:02d}"}
            self._told(number, at, "identify", traits=traits)
            self._told(number, at, "track", event="Asked", properties={"id": "1", "many": ["x" * 9] * 400})

    def passes(self, until: Moment, *, down: bool = False) -> None:
        self.provider.down = down
        self.world.run_until(until)

    def endings(self, name: str) -> Counter[str]:
        told = (record for record in self.world.profiles.told if record.campaign == name)
        return Counter(f"{one.status} {one.reason or ''}".strip() for one in told if one.status != "DEFERRED")

    def _told(self, number: int, at: Moment, kind: str, **message: object) -> None:
        event = normalise({"type": kind, "userId": f"u{number}", **message}, at, trusted=True)
        assert not isinstance(event, list), event
        take_event(event, self.world.ports, at)


class Provider(MemorySender):
    """Answers every mail in one way while it is down."""

    def __init__(self, outage: Outcome) -> None:
        super().__init__()
        self._outage, self.down = outage, False

    def send(self, outgoing: Outgoing) -> Handover:
        if self.down and outgoing.channel == "email":
            return Handover(self._outage, detail="down")
        return super().send(outgoing)

    @property
    def addresses(self) -> Counter[str]:
        return Counter(f"{out.campaign} {out.to}" for out in self.sent)


def test_after_an_hour_without_mail_everything_goes_out_once_or_is_stale() -> None:
    street = Street(Outcome.LATER, news={}, soon={"fresh_for": "30m"}, text={"channels": ["sms"]})
    street.asks(NOW)
    street.passes(NOW + MINUTE, down=True)
    assert street.endings("text") == {"SENT": PEOPLE}
    assert street.endings("news") == Counter()
    street.passes(NOW + HOUR, down=True)
    assert street.endings("soon") == {"SKIPPED STALE_TRIGGER": PEOPLE}
    street.passes(NOW + 4 * HOUR)
    assert street.endings("news") == {"SENT": PEOPLE}
    assert set(street.provider.addresses.values()) == {1}
    assert balance(street.world.ports).difference == 0


@pytest.mark.parametrize(("policy", "ending"), [("resend", "SENT"), ("drop", "FAILED REJECTED")])
def test_an_hour_of_silence_ends_by_the_policy_of_doubts(policy: str, ending: str) -> None:
    street = Street(Outcome.IN_DOUBT, news={"in_doubt": policy})
    street.asks(NOW)
    street.passes(NOW + HOUR, down=True)
    street.passes(NOW + 4 * HOUR)
    assert street.endings("news")[ending] == PEOPLE
    assert balance(street.world.ports).difference == 0


def test_a_template_that_fails_costs_only_its_own_messages() -> None:
    street = Street(Outcome.SENT, news={}, broken={"template": "broken.j2", "channels": ["sms"]})
    street.asks(NOW)
    street.passes(NOW + HOUR)
    assert street.endings("news") == {"SENT": PEOPLE}
    assert street.endings("broken") == {"FAILED TEMPLATE": PEOPLE}
    assert balance(street.world.ports).difference == 0


def test_a_consent_withdrawn_during_the_outage_is_kept_when_it_is_over() -> None:
    street = Street(Outcome.LATER, news={"purpose": "marketing"})
    street.asks(NOW)
    ann = Identity("user", "u1")
    curate.consent(ann, Receipt("marketing", EVERY_CHANNEL, "granted", NOW), street.world.ports, NOW)
    street.passes(NOW + MINUTE, down=True)
    curate.consent(ann, Receipt("marketing", EVERY_CHANNEL, "withdrawn", NOW + HOUR), street.world.ports, NOW + HOUR)
    street.passes(NOW + 4 * HOUR)
    assert street.endings("news") == {"SKIPPED NO_CONSENT": PEOPLE - 1, "SKIPPED UNSUBSCRIBED": 1}
