"""The data stack: three tables and a bucket. It is kept when everything else is removed."""

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from constructs import Construct
from rapport_aws import tables

from infra.settings import Settings

TEXT = dynamodb.AttributeType.STRING


class Storage(Stack):
    """Everything that outlives a deployment."""

    def __init__(self, scope: Construct, id_: str, settings: Settings, **options: object) -> None:
        super().__init__(scope, id_, description="Rapport: what is kept", **options)
        self.settings = settings
        self.tables = {table.name: self._table(table) for table in tables.TABLES}
        self.bucket = self._bucket()
        for name, table in self.tables.items():
            CfnOutput(self, f"{name.title()}Name", value=table.table_name).override_logical_id(f"{name.title()}Table")
        CfnOutput(self, "BucketNameTold", value=self.bucket.bucket_name).override_logical_id("BucketName")

    @property
    def fate(self) -> RemovalPolicy:
        """Return what becomes of the data when the stack is removed."""
        return RemovalPolicy.DESTROY if self.settings.local else RemovalPolicy.RETAIN

    def _table(self, table: tables.Table) -> dynamodb.Table:
        recovery = dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True)
        built = dynamodb.Table(
            self,
            table.name.title(),
            partition_key=dynamodb.Attribute(name=tables.PARTITION, type=TEXT),
            sort_key=dynamodb.Attribute(name=tables.SORT, type=TEXT),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=recovery,
            time_to_live_attribute=tables.TTL,
            deletion_protection=not self.settings.local,
            removal_policy=self.fate,
        )
        for index in table.indexes:
            built.add_global_secondary_index(
                index_name=index.name,
                partition_key=dynamodb.Attribute(name=index.partition, type=TEXT),
                sort_key=dynamodb.Attribute(name=index.sort, type=TEXT),
                projection_type=dynamodb.ProjectionType.INCLUDE if index.carries else dynamodb.ProjectionType.KEYS_ONLY,
                non_key_attributes=list(index.carries) or None,
            )
        return built

    def _bucket(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            removal_policy=self.fate,
            lifecycle_rules=[
                _aged("Uploads", "imports/", days=7),
                _aged("Exports", "exports/", days=7),
                _aged("Prints", "handoff/", days=30),
                s3.LifecycleRule(id="Unfinished", abort_incomplete_multipart_upload_after=Duration.days(1)),
            ],
        )


def _aged(name: str, prefix: str, days: int) -> s3.LifecycleRule:
    return s3.LifecycleRule(id=name, prefix=prefix, expiration=Duration.days(days))
