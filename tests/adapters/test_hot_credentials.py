"""Whose credentials sign: the environment's, or fresh ones of the container endpoint."""

from pathlib import Path

import pytest
from rapport.errors import StoreUnavailable
from rapport_aws.hot.credentials import source

from tests.adapters.scripted import answer, playing

MOMENT = 1795334400.0  # 2026-11-22T08:00:00Z
IN_AN_HOUR = "2026-11-22T09:00:00Z"
IN_TWO_HOURS = "2026-11-22T10:00:00Z"


def said(key: str, expiration: str) -> bytes:
    return answer(200, {"AccessKeyId": key, "SecretAccessKey": "secret", "Token": "token", "Expiration": expiration})


def container(port: int, **more: str) -> dict[str, str]:
    address = f"http://127.0.0.1:{port}/2021-04-23/credentials"
    return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": address, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "opens", **more}


def test_the_environments_keys_are_used_as_they_are_at_that_moment() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "first", "AWS_SECRET_ACCESS_KEY": "secret"}
    current = source(environment)
    environment["AWS_ACCESS_KEY_ID"] = "second"
    assert current(MOMENT).access_key == "second"


def test_without_any_keys_the_store_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable, match="AWS_ACCESS_KEY_ID is not set"):
        source({})(MOMENT)


def test_a_restored_function_asks_its_container_with_its_token() -> None:
    with playing(said("fresh", IN_AN_HOUR)) as script:
        assert source(container(script.port))(MOMENT).access_key == "fresh"
    assert b"\r\nAuthorization: opens\r\n" in script.requests[0]


def test_the_token_is_read_from_its_file_where_there_is_one(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from the file\n")
    with playing(said("fresh", IN_AN_HOUR)) as script:
        source(container(script.port, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(file)))(MOMENT)
    assert b"\r\nAuthorization: from the file\r\n" in script.requests[0]


def test_credentials_are_kept_until_shortly_before_they_run_out() -> None:
    with playing(said("first", IN_AN_HOUR), said("second", IN_TWO_HOURS)) as script:
        current = source(container(script.port))
        used = [current(MOMENT + seconds).access_key for seconds in (0, 3200, 3301, 3600)]
    assert used == ["first", "first", "second", "second"]


def test_while_they_last_old_credentials_serve_on_when_no_new_ones_can_be_had() -> None:
    with playing(said("first", IN_AN_HOUR), answer(500, b"")) as script:
        current = source(container(script.port))
        assert [current(MOMENT).access_key, current(MOMENT + 3400).access_key] == ["first", "first"]


def test_credentials_that_ran_out_are_not_used() -> None:
    with playing(said("first", IN_AN_HOUR), answer(500, b"")) as script:
        current = source(container(script.port))
        current(MOMENT)
        with pytest.raises(StoreUnavailable, match="credentials"):
            current(MOMENT + 3600)


@pytest.mark.parametrize(
    "address", ["http://evil.example/c", "http://localhost.evil.example/c", "http://10.0.0.1:80/c"]
)
def test_credentials_are_never_asked_of_a_stranger_in_clear_text(address: str) -> None:
    with pytest.raises(StoreUnavailable, match="neither local nor https"):
        source({"AWS_CONTAINER_CREDENTIALS_FULL_URI": address})(MOMENT)
