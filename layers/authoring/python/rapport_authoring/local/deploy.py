"""The real deployment, into the emulator: bootstrap and `cdk deploy`, then what its CloudFormation drops."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rapport_authoring.local import processes
from rapport_authoring.local.place import ACCOUNT, REGION, Place, Refused, environment

INPUTS = (
    "cdk.json",
    "package-lock.json",
    "requirements/*.txt",
    "infra/**/*.py",
    "functions/**/*",
    "layers/**/python/**/*",
)
NOT_DEPLOYED = {"__pycache__", "local"}  # this very package runs on the outside only
# Domains that may send: the starter's, and those that RFC 2606 keeps for examples.
SENDERS = ("trails.example", "example.com", "example.net", "example.org")


def inputs(place: Place) -> str:
    """Return a hash of every file that decides what is deployed."""
    digest = hashlib.sha256(str(place.api).encode())
    for path in _files(place.root):
        digest.update(str(path.relative_to(place.root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:20]


RATE = 1000
"""Mails a second: the emulator tells of fourteen, which no test has the time for."""


def deploy(place: Place) -> dict[str, str]:
    """Bootstrap, deploy both stacks, and return the outputs of both. Raises Refused with the end of the log."""
    cdk = _cdk(place)
    target = f"aws://{ACCOUNT}/{REGION}"
    _run(place, [*cdk, "bootstrap", target], place.home)  # where no cdk.json names an app, so none is run for it
    answers = place.home / "outputs.json"
    context = ("local=true", f"publicUrl={place.api}", f"python={place.python}", f"emailRate={RATE}")
    told = [word for value in context for word in ("--context", value)]
    files = ("--output", str(assembly(place)), "--outputs-file", str(answers))
    app = ("--app", f"{sys.executable} -m infra.app")
    _run(
        place,
        [*cdk, "deploy", "--all", "--require-approval", "never", "--concurrency", "2", *app, *told, *files],
        place.root,
    )
    stacks: Mapping[str, dict[str, str]] = json.loads(answers.read_text())
    return {name: value for outputs in stacks.values() for name, value in outputs.items()}


def assembly(place: Place) -> Path:
    """Where the CDK leaves what it deployed."""
    return place.home / "assembly"


def cors(synthesised: Path) -> dict[str, Any]:
    """What a browser is let through with, as the API in a synthesised assembly has it."""
    templates = (json.loads(path.read_text()) for path in synthesised.glob("*.template.json"))
    resources = (resource for template in templates for resource in template["Resources"].values())
    found: dict[str, Any] = next(
        resource["Properties"]["CorsConfiguration"]
        for resource in resources
        if resource["Type"] == "AWS::ApiGatewayV2::Api"
    )
    return found


def mend(place: Place, outputs: Mapping[str, str], clients: Mapping[str, Any]) -> None:
    """Apply what the emulator's CloudFormation takes and forgets: expiry, recovery, CORS; and let examples send."""
    for table in (value for name, value in outputs.items() if name.endswith("Table")):
        expiry = {"Enabled": True, "AttributeName": "ttl"}
        clients["dynamodb"].update_time_to_live(TableName=table, TimeToLiveSpecification=expiry)
        recovery = {"PointInTimeRecoveryEnabled": True}
        clients["dynamodb"].update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)
    for domain in SENDERS:
        clients["sesv2"].create_email_identity(EmailIdentity=domain)
    clients["sesv2"].put_account_details(
        MailType="TRANSACTIONAL", WebsiteURL="https://trails.example", ProductionAccessEnabled=True
    )
    clients["apigatewayv2"].update_api(ApiId=outputs["ApiId"], CorsConfiguration=cors(assembly(place)))


def _files(root: Path) -> Iterator[Path]:
    for pattern in INPUTS:
        for path in sorted(root.glob(pattern)):
            if path.is_file() and not NOT_DEPLOYED & set(path.relative_to(root).parts):
                yield path


def _cdk(place: Place) -> tuple[str, ...]:
    if not shutil.which("node"):
        raise Refused("Node.js is not installed; the CDK needs it (version 20 or later).")
    program = place.root / "node_modules" / "aws-cdk" / "bin" / "cdk"
    if not program.exists():
        raise Refused("The CDK is not installed: run `make setup` first.")
    return ("node", str(program))


def _run(place: Place, command: list[str], folder: Path) -> None:
    log = place.home / "deploy.log"
    told = {
        **os.environ,
        **environment(place),
        "CDK_DISABLE_VERSION_CHECK": "1",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_HOME": str(place.home / "cdk"),
    }
    with log.open("ab") as output:
        answer = subprocess.run(command, cwd=folder, env=told, stdout=output, stderr=output, check=False)  # noqa: S603
    if answer.returncode:
        raise Refused(f"The deployment failed; the end of {log}:\n{processes.last_lines(log)}")
