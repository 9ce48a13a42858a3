"""The layers, without Docker: pinned wheels of the target's platform, pruned, compiled, zipped."""

import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from uv import find_uv_bin

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "layers"
KEPT = 3  # builds of a layer that stay, so that going back is as quick as going on
MIDNIGHT_1980 = (1980, 1, 1, 0, 0, 0)  # the earliest moment a zip can hold


class Layer(NamedTuple):
    """What one layer holds: a package of ours, a set of pinned requirements, or both."""

    name: str
    package: str | None = None
    requirements: str | None = None


class Target(NamedTuple):
    """Where a layer will run: `python` is the interpreter that compiles, when one is at hand."""

    name: str
    platform: tuple[str, ...]
    python: str | None
    compression: int


LAYERS = {
    layer.name: layer
    for layer in (
        Layer("core", package="layers/core/python"),
        Layer("aws", package="layers/aws/python"),
        Layer("hot", requirements="layer-hot.txt"),
        Layer("work", requirements="layer-work.txt"),
        # One function may have five layers, so what checks conditions travels with the package that uses it.
        Layer("authoring", package="layers/authoring/python", requirements="layer-authoring.txt"),
    )
}

# What nothing of ours asks for at run time; together more than half of what the wheels bring.
UNUSED = (
    "**/__pycache__",
    "**/*.pyi",
    "**/*.c",
    "**/*.pyx",
    "**/*.pxd",
    "**/tests",
    "*.dist-info/RECORD",
    "bazel-project",
    "bin",
    "pycparser*",
    "fontTools/feaLib",
    "fontTools/ufoLib",
    "PIL/_avif*.so",
    "pillow.libs/libavif*",
    "phonenumbers/geodata",
    "phonenumbers/carrierdata",
    "boto3/examples",
)
BOTOCORE_KEEPS = frozenset(
    ("dynamodb", "events", "pinpoint-sms-voice-v2", "s3", "sesv2", "sns", "socialmessaging", "sqs", "ssm", "sts")
)


def aws_target() -> Target:
    """Return the functions' own platform: Graviton and Python 3.13 on Amazon Linux 2023."""
    platform = ("--python-version", "3.13", "--python-platform", "aarch64-manylinux_2_28")
    return Target("aws", platform, _interpreter("3.13"), zipfile.ZIP_DEFLATED)


def local_target(python: str) -> Target:
    """Return the emulator's platform: its workers run on the very interpreter that runs it."""
    # The emulator unpacks every layer for every worker, so nothing is packed.
    return Target("local", ("--python", python), python, zipfile.ZIP_STORED)


def build(layer: Layer, target: Target, shelf: Path = BUILD) -> Path:
    """Return the zip of `layer` for `target`; its name is a hash of all that went into it, so a shelf needs it once."""
    path = shelf / f"{layer.name}-{target.name}-{fingerprint(layer, target)}.zip"
    if not path.exists():
        shelf.mkdir(parents=True, exist_ok=True)
        # Each builder has a folder of its own: two may build the same layer at once, and either's zip will do.
        with tempfile.TemporaryDirectory(dir=shelf) as folder:
            contents, unfinished = Path(folder, "layer"), Path(folder, path.name)
            _fill(contents / "python", layer, target)
            _zip(contents, unfinished, target.compression)
            unfinished.replace(path)
        _forget_older(layer, target, shelf)
    return path


def _forget_older(layer: Layer, target: Target, shelf: Path) -> None:
    built = sorted(shelf.glob(f"{layer.name}-{target.name}-*.zip"), key=lambda path: path.stat().st_mtime)
    for path in built[:-KEPT]:
        path.unlink(missing_ok=True)


def fingerprint(layer: Layer, target: Target) -> str:
    """Return a short hash of everything that decides what is in the zip."""
    digest = hashlib.sha256(repr((layer, target, Path(__file__).read_text())).encode())
    for path in _inputs(layer):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _inputs(layer: Layer) -> Iterator[Path]:
    if layer.requirements:
        yield ROOT / "requirements" / layer.requirements
    if layer.package:
        yield from _files(ROOT / layer.package)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and not path.name.endswith(".pyc"):
            yield path


def _fill(python: Path, layer: Layer, target: Target) -> None:
    if layer.requirements:
        _install(ROOT / "requirements" / layer.requirements, python, target)
        _prune(python)
    if layer.package:
        shutil.copytree(
            ROOT / layer.package, python, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
        )
    if target.python:
        _compile(python, target.python)


def _install(requirements: Path, python: Path, target: Target) -> None:
    options = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--quiet", "--link-mode", "copy")
    command = (find_uv_bin(), "pip", "install", *options, *target.platform)
    subprocess.run([*command, "--target", str(python), "-r", str(requirements)], check=True)  # noqa: S603 - all ours


def _prune(python: Path) -> None:
    for path in itertools.chain.from_iterable(python.glob(pattern) for pattern in UNUSED):
        _remove(path)
    for path in (python / "botocore" / "data").glob("*/"):
        if path.name not in BOTOCORE_KEEPS:
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _compile(python: Path, interpreter: str) -> None:
    # Unchecked: nothing changes under /opt, and reading each source's date is a third of an import.
    options = ("-q", "--invalidation-mode", "unchecked-hash", "-s", str(python.parent), "-p", "/opt")
    subprocess.run([interpreter, "-m", "compileall", *options, str(python)], check=True)  # noqa: S603 - all ours


def _zip(folder: Path, path: Path, compression: int) -> None:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.writestr(_entry(file, folder, compression), file.read_bytes())


def _entry(file: Path, folder: Path, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(str(file.relative_to(folder)), MIDNIGHT_1980)
    entry.compress_type = compression
    entry.external_attr = 0o755 << 16 if file.suffix == ".so" else 0o644 << 16
    return entry


def _interpreter(version: str) -> str | None:
    """Return a Python of exactly that version that really runs; a shim may be on the path and run nothing."""
    installed = Path.home().glob(f".pyenv/versions/{version}*/bin/python")
    return next((path for path in (f"python{version}", *map(str, installed)) if _runs(path, version)), None)


def _runs(path: str, version: str) -> bool:
    found = shutil.which(path)
    if not found:
        return False
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run([found, "-c", script], capture_output=True, text=True, check=False, cwd=os.sep)  # noqa: S603
    return answer.stdout.strip() == version


def build_all(target: Target, names: Iterable[str] = LAYERS) -> dict[str, Path]:
    """Build every layer of `names` for `target` and return the zips by name."""
    return {name: build(LAYERS[name], target) for name in names}


if __name__ == "__main__":
    for name, path in build_all(aws_target() if "local" not in sys.argv else local_target(sys.executable)).items():
        print(f"{name:10} {path.stat().st_size / 1e6:6.1f} MB  {path}")  # noqa: T201 - asked for on the command line
