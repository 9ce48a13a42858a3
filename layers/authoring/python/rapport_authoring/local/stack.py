"""Up, down and how it is: the local stack as the three things one does with it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from rapport_authoring.local import deploy, emulator, processes
from rapport_authoring.local.place import REGION, Deployed, Place, Refused, environment, remember, remembered
from rapport_authoring.local.steps import Steps

DOOR = "door"


def find_root(start: Path) -> Path:
    """Return the checkout that `start` is in. Raises Refused outside of one."""
    for folder in (start, *start.parents):
        if (folder / "cdk.json").exists() and (folder / "infra" / "app.py").exists():
            return folder
    raise Refused("Run this inside a checkout of Rapport: there is no infra/app.py here or above.")


def up(place: Place, steps: Steps, *, fresh: bool = False) -> Deployed:
    """Make it run, doing only what is not done yet. Raises Refused with one sentence when it cannot."""
    if fresh:
        forget(place)
    place.home.mkdir(parents=True, exist_ok=True)
    with steps.step("Emulator installed"):
        emulator.install(place)
    with steps.step("Emulator started"):
        start(place)
    return deployed(place, steps)


def start(place: Place) -> None:
    """Start both processes, unless they run. Raises Refused when a port is taken."""
    if not processes.running(place, emulator.NAME):
        processes.refuse_taken(place.port)
    if not processes.running(place, DOOR):
        processes.refuse_taken(place.door_port)
        processes.refuse_taken(place.mail_port)
    emulator.start(place)
    if not processes.running(place, DOOR):
        command = [sys.executable, "-m", "rapport_authoring.local.door", str(place.home), str(place.port)]
        processes.start(place, DOOR, command, dict(os.environ))
        processes.until_answers(place, DOOR, f"{place.api}/outbox")


def deployed(place: Place, steps: Steps) -> Deployed:
    """Deploy what changed, and return what is there."""
    before, wanted = remembered(place), deploy.inputs(place)
    if before and before.inputs == wanted and _still_there(place, before):
        return before
    with steps.step("Deployed: cdk deploy, two stacks"):
        outputs = deploy.deploy(place)
    with steps.step("Mended: expiry, recovery, CORS"):
        deploy.mend(place, outputs, clients(place, "dynamodb", "apigatewayv2", "sesv2"))
    with steps.step("Keys made"):
        keys = _keys(place, outputs, before)
    after = Deployed(
        api=place.api,
        aws_endpoint=place.emulator,
        region=REGION,
        outbox=str(place.outbox),
        bus=outputs["Bus"],
        api_id=outputs["ApiId"],
        inputs=wanted,
        published=before.published if before else "",
        outputs=outputs,
        **keys,
    )
    (place.home / "api-id").write_text(after.api_id)
    remember(place, after)
    return after


def down(place: Place) -> bool:
    """Stop it; everything is kept for the next time. Say whether anything ran."""
    return any([processes.stop(place, DOOR), processes.stop(place, emulator.NAME)])


def forget(place: Place) -> None:
    """Stop it and forget everything it held."""
    down(place)
    shutil.rmtree(place.home, ignore_errors=True)


def status(place: Place) -> Mapping[str, str]:
    """Return what runs and where, by name."""
    told = remembered(place)
    runs = {name: "runs" if processes.running(place, name) else "stopped" for name in (emulator.NAME, DOOR)}
    return {**runs, **({"api": told.api, "outbox": told.outbox} if told else {"deployed": "no"})}


def publish_as_current(place: Place, version: str) -> Deployed:
    """Remember which catalogue was published here last."""
    told = remembered(place)
    if told is None:
        raise Refused("Nothing is deployed here: run `make run` first.")
    after = msgspec.structs.replace(told, published=version)
    remember(place, after)
    return after


def clients(place: Place, *names: str) -> dict[str, Any]:
    """Return SDK clients for the emulator, whatever the surroundings say of accounts."""
    import boto3  # noqa: PLC0415 - half a second, which `rapport check` should not pay

    about = environment(place)
    session: Any = boto3.Session(
        aws_access_key_id=about["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=about["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    return {name: session.client(name, endpoint_url=place.emulator) for name in names}


def _still_there(place: Place, before: Deployed) -> bool:
    apis = clients(place, "apigatewayv2")["apigatewayv2"].get_apis()["Items"]
    return before.api_id in {api["ApiId"] for api in apis}


def _keys(place: Place, outputs: Mapping[str, str], before: Deployed | None) -> dict[str, str]:
    if before and before.admin_key and _still_there(place, before):
        return {"site_key": before.site_key, "site_secret": before.site_secret, "admin_key": before.admin_key}
    command = [sys.executable, "-m", "rapport_aws.house", outputs["CatalogueTable"], outputs["Secrets"]]
    told = {**os.environ, **environment(place)}
    answer = subprocess.run(command, env=told, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if answer.returncode:
        raise Refused(f"The keys could not be made: {answer.stderr.strip().splitlines()[-1]}")
    made: dict[str, str] = json.loads(answer.stdout)
    return made
