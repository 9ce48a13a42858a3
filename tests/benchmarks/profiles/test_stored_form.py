"""What one read of a person costs: decoding and looking, beside plain `json.loads` and DynamoDB's own types."""

import json
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from rapport.domain.catalogue import Catalogue
from rapport.domain.house import House, Purpose, Source
from rapport.domain.profile import Profile
from rapport.domain.trait import BUILT_IN, TraitDefinition
from rapport.domain.view import view
from rapport_aws.records import body_of, value_of

from tests.benchmarks.profiles.people import NOW, person

DECLARED = {name: TraitDefinition(name, "string") for name in ("first_name", "tier", "home_city")}
HOUSE = House(
    "Trails",
    purposes={name: Purpose() for name in ("marketing", "personalisation", "profiling")},
    sources={"declared": Source(100), "crm": Source(80, 0.95), "commerce": Source(70, 0.95)},
)
CATALOGUE = Catalogue(HOUSE, traits={**BUILT_IN, **DECLARED})


def best(work: Callable[[], Any], rounds: int = 40) -> float:
    """The quickest of many rounds, in microseconds: whatever else runs only ever adds."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter_ns()
        work()
        found.append(time.perf_counter_ns() - began)
    return min(found) / 1000


def look(profile: Profile) -> object:
    return view(profile, CATALOGUE, "personalisation", NOW, channel="web", is_pull=True).traits


def native(profile: Profile) -> Any:
    """The profile as a map of DynamoDB's own types."""
    plain = json.loads(msgspec.json.encode(profile), parse_float=str)
    return TypeSerializer().serialize(plain)


@pytest.mark.slow
@pytest.mark.parametrize("kilobytes", [2, 20, 100])
def test_one_json_text_a_person_is_decoded_sooner_than_by_json_and_far_sooner_than_as_a_map(kilobytes: int) -> None:
    ann = person(kilobytes)
    body, plain, mapped = body_of(ann), msgspec.json.encode(ann), native(ann)
    ours = best(lambda: value_of(body, Profile))
    seen = best(lambda: look(value_of(body, Profile)))
    loads, types = best(lambda: json.loads(plain)), best(lambda: TypeDeserializer().deserialize(mapped), 10)
    form = "text" if isinstance(body, str) else "packed"
    print(  # noqa: T201  # figures for decision 0032
        f"\n{kilobytes} KB ({len(body)} bytes stored, {form}): decode {ours:.0f} us, decode + view {seen:.0f} us, "
        f"json.loads {loads:.0f} us, DynamoDB's types {types:.0f} us"
    )
    assert seen < 3 * loads
    assert ours * 4 < types
