"""`rapport keys`: keys for callers, made where the deployment keeps their digests."""

import json
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click
from rapport.errors import BadRequest

TABLE = "RAPPORT_CATALOGUE_TABLE"
Command = TypeVar("Command", bound=Callable[..., Any])


@click.group()
def keys() -> None:
    """Make and end keys; needs AWS credentials for the deployment's catalogue table."""


def table_option(command: Command) -> Command:
    """Give a command the option that says where keys are kept."""
    return click.option(
        "--table", envvar=TABLE, required=True, help=f"The catalogue table (or {TABLE}); an output of the data stack."
    )(command)


@keys.command()
@click.argument("scopes", nargs=-1, required=True)
@table_option
@click.option("--name", default="", help="What the key is for.")
def secret(scopes: tuple[str, ...], table: str, name: str) -> None:
    """Make a secret key with SCOPES such as profiles:read; it is shown this once."""
    try:
        click.echo(_kept(table).make_secret(scopes, name))
    except BadRequest as refusal:
        raise click.UsageError(str(refusal)) from None


@keys.command()
@table_option
@click.option("--origin", "origins", multiple=True, help="An origin besides the house's sites.")
@click.option("--name", default="", help="What the key is for.")
def publishable(table: str, origins: tuple[str, ...], name: str) -> None:
    """Make a key for websites."""
    click.echo(_kept(table).make_publishable(origins, name))


@keys.command()
@click.argument("key")
@table_option
def revoke(key: str, table: str) -> None:
    """End KEY; functions that know it forget it within a minute."""
    _kept(table).revoke(key)
    click.echo(json.dumps({"revoked": True}))


@keys.command()
@click.option("--secrets", "path", default="/rapport/secrets", show_default=True, help="An output of the deployment.")
def rotate(path: str) -> None:
    """Seal tokens and links by a fresh key from now on; what was sealed by older ones still opens."""
    import boto3  # noqa: PLC0415  # as below
    from rapport_aws import house  # noqa: PLC0415  # as below

    client = boto3.client("ssm", region_name=_region())
    click.echo(json.dumps({"key": house.rotate(house.Secrets(client, path))}))


def _region() -> str:
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise click.UsageError("Say in which region: AWS_REGION.")
    return region


def _kept(table: str) -> Any:  # noqa: ANN401  # the adapter's AccessKeys, present only where the AWS layer is installed
    """Where keys are kept. Imported late: everything else of the command line works without AWS's libraries."""
    import boto3  # noqa: PLC0415  # as above
    from rapport_aws.keys import AccessKeys  # noqa: PLC0415  # as above

    return AccessKeys(boto3.client("dynamodb", region_name=_region()), table)
