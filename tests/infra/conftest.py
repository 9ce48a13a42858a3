"""Both assemblies, synthesised once a session each, in processes of their own: the CDK's engine starts slowly."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Assembly:
    """One synthesised app: its folder, and both templates as one table of resources."""

    folder: Path
    resources: dict[str, dict[str, Any]]

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resources of a CloudFormation type, by logical id."""
        return {name: each for name, each in self.resources.items() if each["Type"] == kind}


def synthesise(folder: Path, **context: str) -> Assembly:
    told = json.loads((ROOT / "cdk.json").read_text())["context"] | context
    environment = {**os.environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(told)}
    command = [sys.executable, "-m", "infra.app"]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert answer.returncode == 0, answer.stderr[-4000:] + answer.stdout[-4000:]
    templates = [json.loads(path.read_text()) for path in sorted(folder.glob("*.template.json"))]
    return Assembly(folder, {name: each for template in templates for name, each in template["Resources"].items()})


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return synthesise(tmp_path_factory.mktemp("cloud"))


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return synthesise(tmp_path_factory.mktemp("local"), local="true")
