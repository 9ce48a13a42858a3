"""The door of the dispatch queue: what fell due is looked at again, and goes out once or tells why not."""

from functools import cache, partial
from typing import Any

import msgspec
from rapport.errors import BadRequest
from rapport.ports import Due
from rapport.use_cases.desk import Desk, TemplateShelf
from rapport.use_cases.fall_due import fall_due
from rapport_aws.assemble import House, attempt, house
from rapport_aws.batches import each


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Look at every row of the batch; those that fail are delivered again, and in the end set aside."""
    return each(event, partial(take, house()))


def take(here: House, body: str) -> None:
    """Deal with one row, under a name for claims that no other attempt has. Raises BadRequest for what is none."""
    try:
        row = msgspec.json.decode(body, type=Due)
    except msgspec.DecodeError as error:
        raise BadRequest(f"not a due row: {type(error).__name__}") from None
    fall_due(row, Desk(here.ports, attempt(), shelf()), here.clock())


@cache
def shelf() -> TemplateShelf:
    """Compiled templates, kept as long as the container."""
    return TemplateShelf()
