"""What people wait for imports nothing heavy: a handler of the hot path starts without any SDK."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    *("boto3", "botocore", "awscrt", "urllib3", "jwt"),
    *("asyncio", "babel", "jinja2", "numpy", "phonenumbers", "pydantic"),
}
FILES = ["layers/aws/python/rapport_aws/hot/[a-z]*.py", "functions/personalise/handler.py"]
HOT = [
    str(file.relative_to(ROOT).with_suffix("")).removeprefix("layers/aws/python/").replace("/", ".")
    for files in FILES
    for file in sorted(ROOT.glob(files))
]
WAITED_FOR = [*HOT, "rapport_aws.tokens", "rapport_aws.user_tokens", "rapport.use_cases.personalise"]
SCRIPT = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]; print(*sys.modules)"


def modules_after(*names: str) -> set[str]:
    """Everything imported by these, in a process of its own."""
    command = [sys.executable, "-c", SCRIPT, *names]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own text
    return set(said.stdout.split())


def test_nothing_that_people_wait_for_imports_anything_heavy() -> None:
    assert modules_after(*WAITED_FOR).intersection(HEAVY) == set()
