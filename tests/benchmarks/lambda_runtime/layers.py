"""The packages a deployed function sees: the runtime's and its layers', and nothing else of this environment."""

import os
import re
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from tests.benchmarks.lambda_runtime.world import ROOT

RUNTIME = ("awslambdaric", "simplejson", "snapshot-restore-py")
OURS = [ROOT, *(ROOT / "layers" / layer / "python" for layer in ("core", "aws"))]
PINNED = re.compile(r"^([a-z0-9._-]+)==", re.MULTILINE)


def search_path(folder: Path, layers: Iterable[str]) -> str:
    """PYTHONPATH of a function with these layers, whose packages are linked into the folder."""
    pins = [(ROOT / "requirements" / f"layer-{layer}.txt").read_text() for layer in layers]
    for name in {*RUNTIME, *(name for text in pins for name in PINNED.findall(text))}:
        link(name, folder)
    return os.pathsep.join(map(str, [folder, *OURS]))


def link(name: str, folder: Path) -> None:
    """Link what a distribution installs at the top."""
    installed = distribution(name)
    for top in {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}:
        (folder / top).symlink_to(str(installed.locate_file(top)))
