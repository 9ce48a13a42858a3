"""The house of the local stack: the starter catalogue, some people with a past, and three lines to try it with."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rapport_authoring.client import Client
from rapport_authoring.local import play, stack
from rapport_authoring.local.place import Deployed, Place, Refused
from rapport_authoring.local.steps import Steps

STARTER = Path(__file__).parent.parent / "starter"
PEOPLE = Path(__file__).parent / "people.ndjson"
# The shell fills in a number of its own, so that the line may be pasted twice: an order is confirmed once.
ORDER = "'$(date +%s)'"


def furnish(place: Place, deployed: Deployed, steps: Steps) -> Deployed:
    """Publish the starter catalogue and play its people, as a team would: through the public API."""
    client = Client(deployed.api, deployed.admin_key)
    with steps.step("Starter catalogue published"):
        version = play.publish(client, starter_files())
    with steps.step("Sample people and events played"):
        play.play(client, people(), time.time())
    return stack.publish_as_current(place, version)


def refurnish(place: Place, deployed: Deployed, steps: Steps) -> Deployed:
    """Publish what is live once more: other code than before may read snapshots in another form."""
    client = Client(deployed.api, deployed.admin_key)
    with steps.step("Catalogue published again"):
        version = play.publish(client, client.ask("GET", "/v1/catalogue").body["files"])
    return stack.publish_as_current(place, version)


def starter_files() -> Mapping[str, str]:
    """Return the starter catalogue as the API takes it: text by path. Raises Refused when it is not there."""
    files = {
        path.relative_to(STARTER).as_posix(): path.read_text()
        for path in sorted(STARTER.rglob("*"))
        if path.suffix in {".yaml", ".j2"}
    }
    if not files:
        raise Refused(f"There is no starter catalogue in {STARTER}.")
    return files


def people() -> Sequence[play.Line]:
    """Return the sample people's lines: Segment messages and consents, each with how long `ago` it was."""
    return [json.loads(line) for line in PEOPLE.read_text().splitlines() if line.strip()]


def examples(deployed: Deployed) -> tuple[str, ...]:
    """Return three lines for a shell: ask, send an event, see the mail it brought."""
    ask = json.dumps({"anonymousId": "me", "placements": ["home-hero", "home-grid"]})
    bought = [{"sku": "boots-7", "name": "Walking boots", "quantity": 1}]
    order = {"order_id": "NUMBER", "revenue": 89.0, "currency": "EUR", "products": bought}
    event = json.dumps({"userId": "ann", "event": "Order Completed", "properties": order}).replace("NUMBER", ORDER)
    return (
        f"curl -s {deployed.api}/v1/personalise -H 'X-Rapport-Key: {deployed.site_key}' -d '{ask}'",
        f"curl -s {deployed.api}/v1/track -H 'Authorization: Bearer {deployed.admin_key}' -d '{event}'",
        f"curl -s {deployed.api}/outbox/latest",
    )
