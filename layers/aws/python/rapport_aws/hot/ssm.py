"""Reading secrets from the Parameter Store, once, while a function starts."""

from typing import Any

from rapport_aws.hot.service import STARTING, Protocol, Service, World
from rapport_aws.hot.wire import Patience

SSM = Protocol("ssm", "SSM")


def get_parameters_by_path(path: str, patience: Patience = STARTING, world: World | None = None) -> dict[str, str]:
    """Return every parameter under a path, decrypted, by its name below the path. Raises StoreUnavailable."""
    service = Service(SSM, patience, world)
    question: dict[str, Any] = {"Path": path, "Recursive": True, "WithDecryption": True}
    found: dict[str, str] = {}
    more = True
    while more:
        answer = service.ask("AmazonSSM.GetParametersByPath", question)
        found |= {item["Name"].removeprefix(path).lstrip("/"): item["Value"] for item in answer["Parameters"]}
        more = bool(answer.get("NextToken"))
        question["NextToken"] = answer.get("NextToken")
    service.close()
    return found
