"""A process of its own that opens a snapshot and decides once; prints the milliseconds of CPU of each step as JSON."""

import json
import sys
import time
from typing import Any

BEGUN = time.process_time()

# All that a visit imports, without any AWS client.
from rapport.domain.consent import EVERY_CHANNEL, Consent  # noqa: E402
from rapport.domain.profile import Profile  # noqa: E402
from rapport.domain.trait import TraitValue  # noqa: E402
from rapport.errors import RapportError  # noqa: E402
from rapport.ports import Publication  # noqa: E402
from rapport.use_cases.asked import Asked, PullRequest, person, read  # noqa: E402
from rapport.use_cases.personalise import Reception, personalise  # noqa: E402
from rapport_aws.snapshots import Snapshot  # noqa: E402


class Unsealed:
    """Tokens cost the same with any catalogue; here they are left out."""

    def seal(self, purpose: str, payload: bytes) -> str:
        return purpose

    def open(self, purpose: str, token: str) -> bytes | None:
        raise RapportError


def ann(values: dict[str, Any], now: float) -> Profile:
    granted = {"personalisation": {EVERY_CHANNEL: Consent("granted", now - 1, ever_granted=True)}}
    known = {name: TraitValue(value, "crm", now - 1, 0.95) for name, value in values.items()}
    return Profile(id="p_ann", user_id="ann", traits=known, consents=granted)


def main(path: str, values: str, now: float) -> None:
    profile = ann(json.loads(values), now)
    asked = Asked(read({"userId": "ann", "placements": ["hero"]}, PullRequest), person("ann"), now, "d_1")
    imported = time.process_time()
    with open(path, "rb") as stored:  # noqa: PTH123  # pathlib takes three milliseconds to import
        snapshot = Snapshot(stored.read())
    shelf = snapshot.shelf
    loaded = time.process_time()
    reception = Reception(Publication(snapshot.catalogue), Unsealed(), shelf=shelf)
    body = personalise(asked, profile, reception).body
    decided = time.process_time()
    again = personalise(asked, profile, reception).body
    steps = {"import": imported - BEGUN, "load": loaded - imported, "decide": decided - loaded}
    steps["again"] = time.process_time() - decided
    shown = [offer["id"] for offer in body["placements"][0]["offers"]]
    told = {step: seconds * 1000 for step, seconds in steps.items()}
    sys.stdout.write(json.dumps(told | {"shown": shown, "same": body == again}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
