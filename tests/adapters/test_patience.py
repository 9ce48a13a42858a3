"""How long the SDK waits for a store: in an account, and where a laptop is the cloud."""

import pytest
from rapport_aws.assemble import STORES, patience
from rapport_aws.hot.service import BUDGET


@pytest.mark.parametrize(
    ("environment", "seconds"), [({}, (1, 3)), ({BUDGET: "30"}, (30, 30))], ids=["account", "laptop"]
)
def test_a_store_is_given_more_time_where_a_laptop_is_the_cloud(
    environment: dict[str, str], seconds: tuple[int, int]
) -> None:
    told = STORES.merge(patience(environment))
    assert (told.connect_timeout, told.read_timeout) == seconds
