"""A function as `infra/functions.py` describes it: code, layers, logs, and the grants it needs and no others."""

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as awslambda
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.functions import Function
from infra.storage import Storage

READS = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
WRITES = (
    *READS,
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
)
OBJECTS = {"read": ("s3:GetObject",), "write": ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")}
SECRETS = ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath")


class Capability(Construct):
    """One function with its log group and its role."""

    def __init__(
        self,
        scope: Construct,
        function: Function,
        *,
        code: awslambda.Code,
        layers: Mapping[str, awslambda.ILayerVersion],
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, function.name.title())
        self.describes = function
        self.log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        self.function = awslambda.Function(
            self,
            "Function",
            description=function.does,
            runtime=awslambda.Runtime.PYTHON_3_13,
            architecture=awslambda.Architecture.ARM_64,
            handler=f"functions.{function.name}.handler.handle",
            code=code,
            layers=[layers[name] for name in function.layers],
            memory_size=function.memory,
            timeout=Duration.seconds(function.timeout),
            environment={**environment, "POWERTOOLS_SERVICE_NAME": function.name},
            role=self._role(),
            log_group=self.log_group,
        )

    def may_use(self, storage: Storage, secrets: str) -> None:
        """Grant what the description says of tables and bucket, and the secrets every function reads."""
        for table in self.describes.reads:
            storage.tables[table.name].grant(self.function, *READS)
        for table in self.describes.writes:
            storage.tables[table.name].grant(self.function, *WRITES)
        self._allow(OBJECTS[self.describes.bucket], storage.bucket.arn_for_objects("*"))
        if self.describes.bucket == "write":
            self._allow(("s3:ListBucket",), storage.bucket.bucket_arn)  # erasure looks for a person's exports
        path = Stack.of(self).format_arn(service="ssm", resource="parameter", resource_name=secrets.strip("/"))
        self._allow(SECRETS, path, f"{path}/*")

    def _allow(self, actions: tuple[str, ...], *resources: str) -> None:
        iam.Grant.add_to_principal(grantee=self.function, actions=[*actions], resource_arns=[*resources])

    def _role(self) -> iam.Role:
        # A role of our own instead of the managed one, which may write to any log group.
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.log_group.grant_write(role)
        return role
