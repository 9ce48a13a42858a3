"""Publishing, rolling back and overlays, as readers see them."""

import threading
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec import structs
from rapport.domain.catalogue import Catalogue, Offers, without
from rapport.domain.condition import Condition, Plan
from rapport.domain.house import House
from rapport.domain.offer import Offer
from rapport.errors import NotFound, PreconditionFailed, StoreUnavailable
from rapport_aws.curation import Curation
from rapport_aws.publications import LOOK_AFTER, PublishedCatalogue
from rapport_aws.snapshots import TOGETHER, Blocks, Packed, Snapshot, pack, sealed

from tests.adapters.cloud import BUCKET, Cloud
from tests.adapters.conftest import Clock

CATALOGUE = Catalogue(House("Trails"), offers={"car": Offer("car", "sales", "15% off")})
FILES = {"rapport.yaml": "name: Trails\n"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def curation(account: Cloud, clock: Clock) -> Curation:
    return Curation(account.dynamodb, account.s3, "catalogue", BUCKET, clock)


@pytest.fixture
def reader(curation: Curation, clock: Clock) -> PublishedCatalogue:
    return PublishedCatalogue(curation.row, curation.fetch, clock)


def test_nothing_is_live_before_the_first_publication(reader: PublishedCatalogue) -> None:
    with pytest.raises(NotFound):
        reader.current()


def test_what_is_published_is_read_with_its_version(curation: Curation, reader: PublishedCatalogue) -> None:
    curation.publish(CATALOGUE, FILES)
    live = reader.current().catalogue
    assert (live.version, live.offers) == ("v1", CATALOGUE.offers)


def test_the_files_come_back_as_they_were_given(curation: Curation) -> None:
    curation.publish(CATALOGUE, FILES)
    assert curation.files() == ("v1", FILES)


def test_who_built_on_an_old_version_is_told(curation: Curation) -> None:
    curation.publish(CATALOGUE, FILES)
    curation.publish(CATALOGUE, FILES)
    with pytest.raises(PreconditionFailed):
        curation.publish(CATALOGUE, FILES, expected="v1")


def test_of_two_who_publish_at_once_one_wins(account: Cloud, clock: Clock, curation: Curation) -> None:
    class Overtaken:
        """S3 while somebody else publishes in between."""

        def put_object(self, **given: Any) -> Any:
            if given["Key"].endswith(".files"):
                curation.publish(CATALOGUE, {"other": "came first"})
            return account.s3.put_object(**given)

    late = Curation(account.dynamodb, Overtaken(), "catalogue", BUCKET, clock)
    with pytest.raises(PreconditionFailed):
        late.publish(CATALOGUE, FILES)
    assert curation.files() == ("v1", {"other": "came first"})


def test_going_back_makes_the_version_before_live(curation: Curation, reader: PublishedCatalogue) -> None:
    for _publication in range(3):
        curation.publish(CATALOGUE, FILES)
    assert (curation.rollback(), reader.current().catalogue.version) == ("v2", "v2")


def test_there_is_no_way_back_to_a_version_that_cannot_be_read(account: Cloud, curation: Curation) -> None:
    curation.publish(CATALOGUE, FILES)
    account.s3.put_object(Bucket=BUCKET, Key=curation.pointer().snapshot, Body=b"of another release")
    curation.publish(CATALOGUE, FILES)
    with pytest.raises(PreconditionFailed, match="publish its files again"):
        curation.rollback()
    assert curation.pointer().version == "v2"


def test_after_going_back_a_number_is_not_given_out_again(curation: Curation) -> None:
    curation.publish(CATALOGUE, FILES)
    curation.publish(CATALOGUE, FILES)
    curation.rollback("v1")
    assert curation.publish(CATALOGUE, FILES) == "v3"


@pytest.mark.parametrize("to", ["v0", "v9", "nonsense", "v-1", "v99999999999999"])
def test_there_is_no_way_back_to_what_never_was(curation: Curation, to: str) -> None:
    curation.publish(CATALOGUE, FILES)
    with pytest.raises(NotFound):
        curation.rollback(to)


def test_a_withdrawn_offer_stays_withdrawn_over_the_next_publication_d32(
    curation: Curation, reader: PublishedCatalogue
) -> None:
    curation.publish(CATALOGUE, FILES)
    curation.lay("withdrawn", "car")
    curation.publish(CATALOGUE, FILES)
    assert reader.current().catalogue.offers["car"].status == "withdrawn"


def test_a_reinstated_offer_is_as_published(curation: Curation, reader: PublishedCatalogue) -> None:
    curation.publish(CATALOGUE, FILES)
    curation.lay("withdrawn", "car")
    curation.lift("withdrawn", "car")
    assert reader.current().catalogue.offers["car"].status == "live"


def test_pauses_and_exhausted_caps_come_with_the_publication(curation: Curation, reader: PublishedCatalogue) -> None:
    curation.publish(CATALOGUE, FILES)
    curation.lay("paused", "channel:sms")
    curation.exhaust(frozenset({"car"}))
    live = reader.current()
    assert (live.paused, live.exhausted) == ({"channel:sms"}, {"car"})


def test_a_newer_version_is_seen_after_a_while(curation: Curation, reader: PublishedCatalogue, clock: Clock) -> None:
    curation.publish(CATALOGUE, FILES)
    reader.current()
    curation.publish(CATALOGUE, FILES)
    clock.now += 20
    assert reader.current().catalogue.version == "v2"


def test_a_look_within_seconds_does_not_hold_up_the_answer(curation: Curation, clock: Clock) -> None:
    curation.publish(CATALOGUE, FILES)
    looking, slow = threading.Event(), threading.Event()
    rows: list[Callable[[], Any]] = [curation.row, lambda: (looking.set(), slow.wait(5), curation.row())[2]]
    reader = PublishedCatalogue(in_turn(*rows), curation.fetch, clock)
    reader.current()
    curation.publish(CATALOGUE, FILES)
    clock.now += LOOK_AFTER + 1
    during = reader.current().catalogue.version
    assert looking.wait(5)
    slow.set()
    with reader._looking:  # the look is over
        assert (during, reader.current().catalogue.version) == ("v1", "v2")


def in_turn(*calls: Callable[..., Any]) -> Callable[..., Any]:
    """Each call once, in this order."""
    left = list(calls)

    def call(*given: Any) -> Any:
        return left.pop(0)(*given)

    return call


def unavailable(*_given: Any) -> Any:
    raise StoreUnavailable("s3")


def test_a_newer_version_that_does_not_load_leaves_the_old_one(curation: Curation, clock: Clock) -> None:
    curation.publish(CATALOGUE, FILES)
    fetches = [curation.fetch, unavailable]
    reader = PublishedCatalogue(curation.row, in_turn(*fetches), clock)
    reader.current()
    curation.publish(CATALOGUE, FILES)
    clock.now += 20
    assert reader.current().catalogue.version == "v1"


def test_a_damaged_snapshot_leaves_the_old_one(curation: Curation, clock: Clock) -> None:
    curation.publish(CATALOGUE, FILES)
    fetches = [curation.fetch, lambda _key: b"damaged"]
    reader = PublishedCatalogue(curation.row, in_turn(*fetches), clock)
    reader.current()
    curation.publish(CATALOGUE, FILES)
    clock.now += 20
    assert reader.current().catalogue.version == "v1"


def test_a_publication_of_which_half_was_written_leaves_the_old_one(
    account: Cloud, curation: Curation, reader: PublishedCatalogue, clock: Clock
) -> None:
    curation.publish(CATALOGUE, FILES)
    reader.current()

    class Cut:
        """S3 while the network goes away after the snapshot."""

        def put_object(self, **given: Any) -> Any:
            if given["Key"].endswith(".files"):
                raise ConnectionError
            return account.s3.put_object(**given)

    with pytest.raises(ConnectionError):
        Curation(account.dynamodb, Cut(), "catalogue", BUCKET, clock).publish(CATALOGUE, FILES)
    clock.now += 20
    assert (reader.current().catalogue.version, curation.publish(CATALOGUE, FILES)) == ("v1", "v2")


@pytest.mark.parametrize("at", [0, 10, -3])
def test_a_snapshot_with_one_wrong_byte_leaves_the_old_one(curation: Curation, clock: Clock, at: int) -> None:
    def damaged(key: str) -> bytes:
        body = bytearray(curation.fetch(key))
        body[at] ^= 1
        return bytes(body)

    curation.publish(CATALOGUE, FILES)
    reader = PublishedCatalogue(curation.row, in_turn(curation.fetch, damaged), clock)
    reader.current()
    curation.publish(CATALOGUE, FILES)
    clock.now += 20
    assert reader.current().catalogue.version == "v1"


MANY = Catalogue(
    House("Trails"), offers={f"o{at}": Offer(f"o{at}", "sales", f"{at}% off") for at in range(3 * TOGETHER + 1)}
)


def test_many_offers_come_back_in_their_order() -> None:
    assert list(Snapshot(pack(MANY)).catalogue.offers.items()) == list(MANY.offers.items())


def test_conditions_come_back_with_what_they_read() -> None:
    plan: Plan = [
        "and",
        [["is", ["get", "traits.adult"], True], ["or", [["segment", "a", True], ["segment", "b", True]]]],
    ]
    when = Condition("", plan, ("traits.adult", "segments.a", "segments.b"))
    offer = Offer("car", "sales", "15% off", when=when, unless=Condition("", plan[1][0], ("traits.adult",)))
    kept = Snapshot(pack(Catalogue(House("Trails"), offers={"car": offer})))
    assert kept.catalogue.offers["car"] == offer


def test_who_found_an_offer_through_the_index_reads_it_without_its_conditions_withdrawn_or_not() -> None:
    when = Condition("", ["is", ["get", "traits.adult"], True], ("traits.adult",))
    offer = Offer("car", "sales", "15% off", when=when, unless=when)
    kept = Snapshot(pack(Catalogue(House("Trails"), offers={"car": offer}))).catalogue
    bare = [
        offers.bare("car")
        for offers in (kept.offers, without(kept, frozenset({"car"})).offers)
        if isinstance(offers, Offers)
    ]
    plain = structs.replace(offer, when=None, unless=None)
    assert bare == [plain, structs.replace(plain, status="withdrawn")]


def test_what_many_offers_have_in_common_is_stored_once() -> None:
    alike = {f"o{at}": Offer(f"o{at}", "sales", f"{at}% off " + 40 * "a guided tour ") for at in range(4_000)}
    packed = pack(Catalogue(House("Trails"), offers=alike))
    assert (len(packed) < 4_000 * 40, Snapshot(packed).catalogue.offers["o3999"]) == (True, alike["o3999"])


def test_offers_that_are_not_in_a_snapshot_are_not_found() -> None:
    offers = Snapshot(pack(MANY)).catalogue.offers
    assert ("nothing" in offers, offers.get("nothing"), len(offers)) == (False, None, len(MANY.offers))


def test_offers_prepared_by_another_release_are_left_aside() -> None:
    packed = msgspec.msgpack.decode(pack(MANY)[4:], type=Packed)
    other = Snapshot(sealed(msgspec.structs.replace(packed, prepared=0, stock=b"prepared otherwise")))
    assert (other.shelf, other.catalogue.offers) == (None, MANY.offers)


NOTHING = Blocks(b"", ())


@pytest.mark.slow
def test_a_snapshot_that_unpacks_to_too_much_is_refused() -> None:
    bomb = Packed(zlib.compress(bytes(600 * 1024 * 1024), 9), b"", NOTHING, NOTHING, 0, b"")
    with pytest.raises(StoreUnavailable):
        Snapshot(sealed(bomb))
