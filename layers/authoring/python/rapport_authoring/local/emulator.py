"""AWS on this machine: MiniStack, pinned, in an environment of its own, its state kept in the stack's folder."""

import shutil
import subprocess
import sys

from rapport_authoring.local import processes
from rapport_authoring.local.place import ACCOUNT, HOST, REGION, Place, Refused, environment

NAME = "emulator"


def install(place: Place) -> None:
    """Make the emulator's environment from its pinned requirements, once for each version of them."""
    folder, pins = place.python.parent.parent, place.root / "requirements" / "emulator.txt"
    stamp = folder / "installed.txt"
    if stamp.exists() and stamp.read_bytes() == pins.read_bytes():
        return
    uv = _uv()
    _run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder)])
    _run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(place.python), str(pins)])
    stamp.write_bytes(pins.read_bytes())


def start(place: Place, *, relays: bool = True) -> None:
    """Start the emulator, with whatever it saved last time. Raises Refused when it does not come up.

    `relays`: mail goes on to the place's mail port; else it stays where `/_ministack/ses/messages` tells of it.
    """
    if processes.running(place, NAME):
        return
    scratch = place.home / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    settings = _settings(place, str(scratch)) | ({} if relays else {"SMTP_HOST": ""})
    processes.start(place, NAME, [str(place.python.with_name("ministack"))], settings)
    processes.until_answers(place, NAME, f"{place.emulator}/_ministack/health")


def _settings(place: Place, scratch: str) -> dict[str, str]:
    return {
        **environment(place),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(place.home),
        "TMPDIR": scratch,
        "GATEWAY_PORT": str(place.port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(place.home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(place.home / "s3"),
        "SMTP_HOST": f"{HOST}:{place.mail_port}",
        "LOG_LEVEL": "INFO",
    }


def _uv() -> str:
    found = shutil.which("uv", path=f"{sys.prefix}/bin") or shutil.which("uv")
    if not found:
        raise Refused("uv is not installed: run `make setup` first.")
    return found


def _run(command: list[str]) -> None:
    answer = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
    if answer.returncode:
        raise Refused(f"The emulator cannot be installed: {answer.stderr.strip()}")
