"""What a deployed function is told by its environment, read once and passed on as one frozen value."""

import os
from collections.abc import Mapping

from msgspec import Struct


class Settings(Struct, frozen=True):
    """Names of the deployment's parts; an empty one means that this function has no use for it.

    `config_set` sends without open tracking, `config_set_tracking` with it; `secrets` is the SSM path of the keys;
    `push_application`, `sms_identity` and the two of WhatsApp are set where a team has configured them; `email_rate`
    and `sms_rate` (messages a second) where it wants others than the account's.
    """

    profiles_table: str
    ledger_table: str
    catalogue_table: str
    bucket: str = ""
    bus: str = ""
    dispatch_queue: str = ""
    bulk_queue: str = ""
    intake_queue: str = ""
    feedback_queue: str = ""
    handoff_topic: str = ""
    config_set: str = ""
    config_set_tracking: str = ""
    public_url: str = ""
    secrets: str = ""
    push_application: str = ""
    sms_identity: str = ""
    whatsapp_number: str = ""
    whatsapp_template: str = ""
    email_rate: str = ""
    sms_rate: str = ""


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read `RAPPORT_*` of the environment. Raises KeyError for a table that is not named."""
    required = ("profiles_table", "ledger_table", "catalogue_table")
    given = {name: environment.get(f"RAPPORT_{name.upper()}", "") for name in Settings.__struct_fields__}
    given |= {name: environment[f"RAPPORT_{name.upper()}"] for name in required}
    return Settings(**given)
