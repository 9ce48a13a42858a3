"""The CDK app: two stacks, one that is kept and one that works. `cdk deploy --all` puts both into an account."""

from aws_cdk import App, Environment, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from infra.reasons import explain
from infra.service import Service
from infra.settings import Settings, read
from infra.storage import Storage

LOCAL = Environment(account="000000000000", region="eu-west-1")


def stacks(app: App, settings: Settings) -> tuple[Storage, Service]:
    """Add both stacks to `app`. Without `local` they fit any account and region."""
    env = LOCAL if settings.local else None
    storage = Storage(app, f"{settings.title}Storage", settings, env=env)
    service = Service(app, f"{settings.title}Service", settings, storage, env=env)
    for stack in (storage, service):
        Tags.of(stack).add("application", settings.name)
    return storage, service


def main() -> None:
    """Synthesise the assembly, checked against AwsSolutions."""
    app = App()
    settings = read(app)
    storage, service = stacks(app, settings)
    if not settings.local:
        explain(storage, service, settings)
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


if __name__ == "__main__":
    main()
