"""Where the local stack lives: its folder, its three ports on this machine, and what it remembers of itself."""

from pathlib import Path

import msgspec

REGION = "eu-west-1"
ACCOUNT = "000000000000"
HOST = "127.0.0.1"
PORT = 4566


class Refused(Exception):
    """The local stack cannot do that now; the message says why and what to do."""


class Place(msgspec.Struct, frozen=True):
    """The checkout, the folder of one local stack, and the first of its three ports in a row."""

    root: Path
    home: Path
    port: int = PORT

    @property
    def emulator(self) -> str:
        """Return the address of AWS, as an SDK wants it."""
        return f"http://{HOST}:{self.port}"

    @property
    def api(self) -> str:
        """Return the address of our own API, the paths of the contract below it."""
        return f"http://{HOST}:{self.door_port}"

    @property
    def door_port(self) -> int:
        """Return the port on which the API and the mailbox answer."""
        return self.port + 1

    @property
    def mail_port(self) -> int:
        """Return the port that takes mail."""
        return self.port + 2

    @property
    def outbox(self) -> Path:
        """Return the folder in which every mail becomes a file."""
        return self.home / "outbox"

    @property
    def python(self) -> Path:
        """Return the emulator's own interpreter, on which the functions run."""
        return self.root / ".cache" / "ministack" / "bin" / "python"


class Deployed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `.local/stack.json` says of the stack: addresses, keys, and what it was made from."""

    api: str
    aws_endpoint: str
    region: str
    outbox: str
    bus: str
    site_key: str = ""
    site_secret: str = ""
    admin_key: str = ""
    api_id: str = ""
    inputs: str = ""
    published: str = ""
    outputs: dict[str, str] = {}


def remembered(place: Place) -> Deployed | None:
    """Return what the stack in this place says of itself; None when there is none."""
    path = place.home / "stack.json"
    return msgspec.json.decode(path.read_bytes(), type=Deployed) if path.exists() else None


def remember(place: Place, deployed: Deployed) -> None:
    """Write it down, readable for this user only, as it holds keys."""
    path = place.home / "stack.json"
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(deployed), indent=2))


def environment(place: Place) -> dict[str, str]:
    """Return what an AWS tool needs to reach the emulator and nothing else."""
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": place.emulator,
        "AWS_ENDPOINT_URL_S3": place.emulator,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
