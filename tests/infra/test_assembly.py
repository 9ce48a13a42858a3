"""The synthesised templates: what they promise an account, and where the local one differs."""

import json
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rapport_authoring.local import deploy
from rapport_aws import settings

from infra import functions, layers, routes
from infra.capabilities import api
from tests.infra.conftest import ROOT, Assembly

pytestmark = pytest.mark.slow

LARGEST = 250 * 1024 * 1024  # bytes a function and its layers may unpack to
# What the emulator of `make run` has no resource for, or builds no bucket deletion for.
NOT_LOCAL = {"AWS::Events::Archive"}


def test_nothing_that_aws_solutions_asks_for_is_left_unexplained(cloud: Assembly) -> None:
    report = json.loads((cloud.folder / "validation-report.json").read_text())
    assert [found for plugin in report["pluginReports"] for found in plugin["violations"]] == []


def test_cloudformation_s_own_linter_finds_nothing(cloud: Assembly) -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    templates = [str(path) for path in cloud.folder.glob("*.template.json")]
    answer = subprocess.run([linter, *templates], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert answer.stdout == ""


def test_the_local_stack_differs_only_in_what_the_emulator_lacks(cloud: Assembly, local: Assembly) -> None:
    kinds = [Counter(each["Type"] for each in assembly.resources.values()) for assembly in (cloud, local)]
    assert set(kinds[0] - kinds[1]) | set(kinds[1] - kinds[0]) == NOT_LOCAL


def test_a_browser_is_let_through_locally_with_what_it_is_in_an_account_and_no_more(
    cloud: Assembly, local: Assembly
) -> None:
    found = deploy.cors(local.folder)
    assert (found["AllowHeaders"], found["ExposeHeaders"]) == (api.CORS_HEADERS, api.CORS_EXPOSES)
    assert found == deploy.cors(cloud.folder)


def at_once(assembly: Assembly) -> set[int]:
    sources = assembly.of("AWS::Lambda::EventSourceMapping").values()
    return {each["Properties"]["ScalingConfig"]["MaximumConcurrency"] for each in sources}


def test_a_burst_in_the_queues_starts_few_calls_on_one_machine_and_many_in_an_account(
    cloud: Assembly, local: Assembly
) -> None:
    assert (at_once(local), min(at_once(cloud)) >= functions.BULK_AT_ONCE) == ({2}, True)


def test_one_machine_that_is_a_whole_cloud_gets_more_time_from_its_stores(cloud: Assembly, local: Assembly) -> None:
    variables = [
        [each["Properties"]["Environment"]["Variables"] for each in assembly.of("AWS::Lambda::Function").values()]
        for assembly in (cloud, local)
    ]
    assert [{each.get("RAPPORT_STORE_BUDGET") for each in found} for found in variables] == [{None}, {"5"}]


@pytest.mark.parametrize("kind", ["AWS::DynamoDB::Table", "AWS::S3::Bucket"])
def test_data_outlives_its_stack(cloud: Assembly, kind: str) -> None:
    assert {each["DeletionPolicy"] for each in cloud.of(kind).values()} == {"Retain"}


def test_local_data_does_not(local: Assembly) -> None:
    assert {each["DeletionPolicy"] for each in local.of("AWS::DynamoDB::Table").values()} == {"Delete"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BillingMode", "PAY_PER_REQUEST"),
        ("SSESpecification", {"SSEEnabled": True}),
        ("TimeToLiveSpecification", {"AttributeName": "ttl", "Enabled": True}),
        ("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": True}),
        ("DeletionProtectionEnabled", True),
    ],
)
def test_every_table_is_kept_well(cloud: Assembly, name: str, value: object) -> None:
    assert [each["Properties"][name] for each in cloud.of("AWS::DynamoDB::Table").values()] == [value] * 3


def test_every_queue_has_a_place_for_what_fails(cloud: Assembly) -> None:
    queues = cloud.of("AWS::SQS::Queue")
    caught = {
        each["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for each in queues.values()
        if "RedrivePolicy" in each["Properties"]
    }
    assert caught == {name for name, each in queues.items() if "RedrivePolicy" not in each["Properties"]}


def test_intake_hears_everybody_but_ourselves(cloud: Assembly) -> None:
    (rule,) = (each["Properties"] for each in cloud.of("AWS::Events::Rule").values())
    assert rule["EventPattern"] == {"source": [{"anything-but": ["rapport"]}]}


def test_every_route_has_a_limit_of_its_own(cloud: Assembly) -> None:
    (stage,) = (each["Properties"] for each in cloud.of("AWS::ApiGatewayV2::Stage").values())
    assert set(stage["RouteSettings"]) == {route.key for route in routes.ROUTES}


def test_the_access_log_names_nobody(cloud: Assembly) -> None:
    (stage,) = (each["Properties"] for each in cloud.of("AWS::ApiGatewayV2::Stage").values())
    logged = stage["AccessLogSettings"]["Format"]
    assert not [word for word in ("sourceIp", "path", "userAgent", "identity", "querystring") if word in logged]


def test_every_log_ends_some_day(cloud: Assembly) -> None:
    assert {each["Properties"].get("RetentionInDays") for each in cloud.of("AWS::Logs::LogGroup").values()} == {30}


def test_alarms_may_reach_their_topic(cloud: Assembly) -> None:
    policies = [json.dumps(each) for each in cloud.of("AWS::SNS::TopicPolicy").values()]
    assert sum("cloudwatch.amazonaws.com" in policy for policy in policies) == 1


def test_mail_s_fates_are_told_only_once_they_may_be(cloud: Assembly) -> None:
    policies = set(cloud.of("AWS::SNS::TopicPolicy"))
    waiting = [each.get("DependsOn", []) for each in cloud.of("AWS::SES::ConfigurationSetEventDestination").values()]
    assert [bool(policies & set(listed(names))) for names in waiting] == [True, True]


def test_more_than_ten_messages_together_wait_a_second(cloud: Assembly) -> None:
    sources = [each["Properties"] for each in cloud.of("AWS::Lambda::EventSourceMapping").values()]
    assert [each for each in sources if each["BatchSize"] > 10 and not each["MaximumBatchingWindowInSeconds"]] == []


def test_functions_are_told_exactly_what_settings_read(cloud: Assembly) -> None:
    asked = {f"RAPPORT_{field.name.upper()}" for field in msgspec.structs.fields(settings.Settings)}
    where_a_team_has_them = ("PUSH_APPLICATION", "SMS_IDENTITY", "WHATSAPP_NUMBER", "WHATSAPP_TEMPLATE")
    where_a_team_wants_others = ("EMAIL_RATE", "SMS_RATE")
    asked -= {f"RAPPORT_{name}" for name in (*where_a_team_has_them, *where_a_team_wants_others)}
    told = [
        {name for name in each["Properties"]["Environment"]["Variables"] if name.startswith("RAPPORT_")}
        for each in cloud.of("AWS::Lambda::Function").values()
    ]
    assert told == [asked] * len(functions.FUNCTIONS)


def test_only_tables_indexes_and_the_team_s_own_numbers_are_granted_with_a_star(cloud: Assembly) -> None:
    assert [action for statement in statements(cloud) for action in listed(statement["Action"]) if "*" in action] == []


def test_only_two_functions_may_send(cloud: Assembly) -> None:
    senders = {
        name.removesuffix(name[-8:])
        for name, each in cloud.of("AWS::IAM::Policy").items()
        if "ses:SendEmail" in json.dumps(each)
    }
    assert senders == {
        f"{function.name.title()}RoleDefaultPolicy" for function in functions.FUNCTIONS if function.sends
    }


def test_a_visit_may_change_no_row(cloud: Assembly) -> None:
    (policy,) = (each for name, each in cloud.of("AWS::IAM::Policy").items() if name.startswith("PersonaliseRole"))
    assert "PutItem" not in json.dumps(policy)


@pytest.mark.parametrize("function", functions.FUNCTIONS, ids=lambda function: function.name)
def test_a_function_and_its_layers_fit(function: functions.Function) -> None:
    target = layers.aws_target()
    unpacked = sum(unpacked_size(layers.build(layers.LAYERS[name], target)) for name in function.layers)
    assert unpacked < LARGEST


@pytest.mark.parametrize("function", functions.FUNCTIONS, ids=lambda function: function.name)
def test_a_handler_finds_all_it_imports_in_what_is_deployed(
    function: functions.Function, local: Assembly, unpacked: dict[str, Path]
) -> None:
    paths = [*(str(unpacked[name] / "python") for name in function.layers), str(code(local))]
    script = f"import sys; sys.path[:0] = {paths!r}; import functions.{function.name}.handler as door; door.handle"
    environment = {"AWS_REGION": "eu-west-1", "PATH": "/usr/bin"}
    command = [sys.executable, "-I", "-S", "-c", script]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert answer.stderr == ""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every layer as the emulator unpacks it, by name."""
    target = layers.local_target(sys.executable)
    folders = {name: tmp_path_factory.mktemp(name) for name in layers.LAYERS}
    for name, folder in folders.items():
        zipfile.ZipFile(layers.build(layers.LAYERS[name], target)).extractall(folder)
    return folders


def code(assembly: Assembly) -> Path:
    """The asset that holds the functions."""
    return next(path for path in assembly.folder.glob("asset.*") if (path / "functions").is_dir())


def unpacked_size(path: Path) -> int:
    return sum(entry.file_size for entry in zipfile.ZipFile(path).infolist())


def statements(assembly: Assembly) -> list[dict[str, Any]]:
    policies = assembly.of("AWS::IAM::Policy").values()
    return [statement for each in policies for statement in each["Properties"]["PolicyDocument"]["Statement"]]


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
