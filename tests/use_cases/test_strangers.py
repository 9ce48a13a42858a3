"""What a caller without a credential learns of ids: nothing, whether anybody is known by them or not."""

import random
from typing import Any

import msgspec
import pytest
from rapport.domain.normalise import normalise
from rapport.domain.profile import Profile, profile_id
from rapport.memory import MemoryBus, MemoryProfiles, MemorySchedule, MemorySealer
from rapport.ports import Change, Publication
from rapport.use_cases.asked import ANONYMOUS, Asked, PullRequest, read, whose
from rapport.use_cases.foreseen import foreseen
from rapport.use_cases.personalise import Reception, personalise

from tests.domain.trails import NOW, consents, offer, publish, trait

IDS, KNOWN = 10_000, 1_000
CHANCE = random.Random(11)  # noqa: S311  # the same ids in every run
CATALOGUE = publish(offer("gold", when='traits.tier == "gold"', value=9), offer("plain", "content"))
RECEPTION = Reception(Publication(CATALOGUE), MemorySealer())


def store(users: list[str]) -> MemoryProfiles:
    """People with traits and consents under these ids."""
    profiles = MemoryProfiles(MemorySchedule(), MemoryBus())
    granted = consents("personalisation marketing")
    for user in users:
        known = {"tier": trait("gold"), "first_name": trait("Ann")}
        profiles.write(Change(Profile(profile_id("user", user), user_id=user, traits=known, consents=granted)))
    return profiles


def answered(user: str, profiles: MemoryProfiles) -> bytes:
    """What a browser gets that says it is this user, but for what is drawn anew for every answer."""
    request = read({"userId": user, "anonymousId": "a1", "placements": ["hero", "grid"]}, PullRequest)
    who = whose(request, ANONYMOUS)
    assert who is not None
    kind: Any = who.kind
    profile = profiles.load(profile_id(kind, who.value))
    return msgspec.json.encode(personalise(Asked(request, ANONYMOUS, NOW, "d_1"), profile, RECEPTION).body)


@pytest.mark.slow
def test_ten_thousand_ids_get_the_same_answer_byte_for_byte_whoever_is_known() -> None:
    users = [CHANCE.randbytes(6).hex() for _ in range(IDS)]
    profiles = store(users[:KNOWN])
    CHANCE.shuffle(users)
    assert len({answered(user, profiles) for user in users}) == 1


def test_what_a_browser_sends_is_judged_without_looking_at_anybody() -> None:
    raw = {"type": "identify", "anonymousId": "a1", "traits": {"email": "ann@example.com", "shoe": 43}}
    told = set()
    for number in range(100):
        event = normalise({**raw, "userId": f"u{number}"}, NOW, trusted=False)
        assert not isinstance(event, list)
        told.add(msgspec.json.encode(foreseen(event, CATALOGUE)))
    assert len(told) == 1
