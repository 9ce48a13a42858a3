"""The house of the local stack: the starter catalogue, some people with a past, and three lines to try it with."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from rapport_authoring.local import play, stack
from rapport_authoring.local.place import Deployed, Place, Refused
from rapport_authoring.local.steps import Steps

STARTER = Path(__file__).parent.parent / "starter"
EVENTS_AT_ONCE = 20


def furnish(place: Place, deployed: Deployed, steps: Steps) -> Deployed:
    """Publish the starter catalogue and play its people, as a team would: through the public API."""
    with steps.step("Starter catalogue published"):
        version = play.publish(deployed, starter_files())
    with steps.step("Sample people and events played"):
        messages = list(people())
        for first in range(0, len(messages), EVENTS_AT_ONCE):
            play.tell(deployed, messages[first : first + EVENTS_AT_ONCE])
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


def people() -> Iterator[Mapping[str, object]]:
    """Yield the sample messages, each as Segment's clients send it."""
    for line in (STARTER / "people.ndjson").read_text().splitlines():
        if line.strip():
            yield json.loads(line)


def examples(deployed: Deployed) -> tuple[str, ...]:
    """Return three lines for a shell: ask, send an event, see the mail it brought."""
    ask = json.dumps({"anonymousId": "me", "placements": ["home-hero"]})
    event = json.dumps(
        {"userId": "ann", "event": "Trip Completed", "properties": {"booking_id": "b1", "leg": "return"}}
    )
    return (
        f"curl -s {deployed.api}/v1/personalise -H 'X-Rapport-Key: {deployed.site_key}' -d '{ask}'",
        f"curl -s {deployed.api}/v1/track -H 'Authorization: Bearer {deployed.admin_key}' -d '{event}'",
        f"curl -s {deployed.api}/outbox/latest",
    )
