"""Where AwsSolutions asks for something else than we chose, and why. Nothing is silenced that is not written here."""

import itertools
from collections.abc import Iterator

from aws_cdk import Acknowledgment, Stack, Validations
from rapport_aws.tables import TABLES

from infra.capabilities.function import Capability
from infra.routes import ROUTES
from infra.settings import Settings
from infra.storage import Storage

CALLERS = (
    "Callers are judged by the function: publishable keys with an origin, hashed secret keys with scopes, "
    "users' tokens, signed links. An authorizer would add a call and 20 ms to each visit."
)
RUNTIME = "Python 3.13: the newest that every compiled package we carry has a wheel for on Amazon Linux 2023, arm64."
ACCESS_LOG = (
    "Only this account's functions read the bucket, through TLS and their own roles; CloudTrail data events tell of "
    "each object where a team needs it. Access logs would hold the names of people's exports for longer than they live."
)
OBJECTS = "Keys in the bucket are made at run time (snapshots by version, exports by job); the bucket is ours alone."
INDEXES = "All indexes of the table: reading one is reading the table by another key."
SECRETS = "Keys are rotated: each is a parameter of its own under this deployment's own path."
SENDERS = "The team verifies its own sender identities; which of them writes is said in its catalogue."
NUMBERS = "The team registers its own numbers, sender ids and pools; which of them writes is said in its catalogue."
DEVICES = "One endpoint a device, made as people register theirs."
ACCOUNT = "Asking what the account may send (ses:GetAccount) is about no resource."
VERSIONS = "The scheduler's own role for one function: its versions as well."


def explain(storage: Storage, service: Stack, settings: Settings) -> None:
    """Attach each reason to the narrowest thing it is about."""
    _acknowledge(storage, "S1", ACCESS_LOG)
    _acknowledge(service, "APIG4", f"{CALLERS} ({len(ROUTES)} routes)")
    _acknowledge(service, "L1", RUNTIME)
    _acknowledge(service, "IAM5[Resource::*]", ACCOUNT)
    for finding, reason in itertools.chain(_wildcards(settings), _exports(storage), _schedules(service)):
        _acknowledge(service, f"IAM5[Resource::{finding}]", reason)


def _wildcards(settings: Settings) -> Iterator[tuple[str, str]]:
    here = "<AWS::Region>:<AWS::AccountId>"
    for service, resource, reason in (
        ("ssm", f"parameter/{settings.name}/secrets/*", SECRETS),
        ("ses", "identity/*", SENDERS),
        ("sns", "endpoint/*", DEVICES),
        ("sms-voice", "phone-number/*", NUMBERS),
        ("sms-voice", "sender-id/*", NUMBERS),
        ("sms-voice", "pool/*", NUMBERS),
        ("social-messaging", "phone-number-id/*", NUMBERS),
    ):
        yield f"arn:<AWS::Partition>:{service}:{here}:{resource}", reason


def _exports(storage: Storage) -> Iterator[tuple[str, str]]:
    indexed = [table.name for table in TABLES if table.indexes]
    for arn, tail, reason in (
        (storage.bucket.bucket_arn, "/*", OBJECTS),
        *((storage.tables[name].table_arn, "/index/*", INDEXES) for name in indexed),
    ):
        yield storage.resolve(storage.export_value(arn))["Fn::ImportValue"] + tail, reason


def _schedules(service: Stack) -> Iterator[tuple[str, str]]:
    for capability in service.node.children:
        if isinstance(capability, Capability):
            yield f"<{service.get_logical_id(capability.function.node.default_child)}.Arn>:*", VERSIONS


def _acknowledge(stack: Stack, rule: str, reason: str) -> None:
    Validations.of(stack).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))
