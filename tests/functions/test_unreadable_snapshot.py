"""A catalogue that a new release cannot read: answers wait for the team, and publishing mends it."""

from functions.catalogue.handler import handle
from tests.functions.calls import Context, bearer, call
from tests.functions.deployment import Deployment, forget

FILES = {"rapport.yaml": "name: Trails\n"}


def asked(world: Deployment, method: str, path: str, body: object = None) -> int:
    status: int = handle(call(method, path, body, bearer(world.secret)), Context())["statusCode"]
    return status


def test_publishing_mends_a_snapshot_that_cannot_be_read(world: Deployment) -> None:
    house = world.house
    held = house.s3.list_objects_v2(Bucket=house.settings.bucket)["Contents"]
    for place in {one["Key"] for one in held}:
        house.s3.put_object(Bucket=house.settings.bucket, Key=place, Body=b"of another release")
    forget()
    assert asked(world, "GET", "/v1/offers") == 503
    assert asked(world, "PUT", "/v1/catalogue", {"files": FILES}) == 202
