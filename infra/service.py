"""The service stack: the list of what Rapport can do in an account, each capability wired to the next."""

from aws_cdk import CfnOutput, Duration, IgnoreMode, Stack
from aws_cdk import aws_lambda as awslambda
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra import layers
from infra.capabilities.api import Api
from infra.capabilities.bus import Bus
from infra.capabilities.function import Capability
from infra.capabilities.mail import Handoff, Mail
from infra.capabilities.queue import Queue
from infra.capabilities.tick import Tick
from infra.capabilities.watch import Watch
from infra.functions import BULK_AT_ONCE, BULK_TOGETHER, FUNCTIONS, Function, workers
from infra.settings import Settings
from infra.storage import Storage

MINUTE = Duration.minutes(1)
LOCAL_AT_ONCE = 2  # the fewest that an event source may have
QUEUES = ("intake", "dispatch", "bulk", "feedback")


class Service(Stack):
    """Everything that may be removed and deployed again without losing anything."""

    def __init__(self, scope: Construct, id_: str, settings: Settings, storage: Storage, **options: object) -> None:
        super().__init__(scope, id_, description="Rapport: personalisation with manners", **options)
        self.settings, self.storage = settings, storage
        self.secrets = f"/{settings.name}/secrets"
        self.api = Api(self, "Api", name=settings.name)
        self.bus = Bus(self, "Bus", name=settings.name, archived=not settings.local)
        self.queues = {name: Queue(self, f"{name.title()}Queue", handling=MINUTE) for name in QUEUES}
        self.mail = Mail(self, "Mail", name=settings.name, feedback=self.queues["feedback"])
        self.handoff = Handoff(self, "Handoff")
        self.functions = self._functions()
        self._connect()
        self._watch()
        self._tell()

    def _functions(self) -> dict[str, awslambda.Function]:
        code, carried, environment = self._code(), self._layers(), self._environment()
        built = {}
        for described in FUNCTIONS:
            capability = Capability(self, described, code=code, layers=carried, environment=environment)
            capability.may_use(self.storage, self.secrets)
            built[described.name] = capability.function
        for described in FUNCTIONS:
            self._grant(described)
        return built

    def _grant(self, described: Function) -> None:
        function = self.node.find_child(described.name.title()).function
        if described.publishes:
            self.bus.bus.grant_put_events_to(function)
        if described.dispatches:
            self.queues["dispatch"].live.grant_send_messages(function)
            self.queues["bulk"].live.grant_send_messages(function)
        if described.sends:
            self.mail.may_send(function)
            self.handoff.topic.grant_publish(function)
        if described.watches:
            self.mail.may_ask(function)
        if described.counts:
            self.queues["bulk"].may_count(function)
        if described.redrives:
            for queue in self.queues.values():
                queue.may_redrive(function)

    def _connect(self) -> None:
        self.api.answer(self.functions)
        self.bus.tell(self.queues["intake"])
        self._feed("intake", "intake", at_once=50, together=10)
        # Two lanes to one function: what is service never stands behind what is bulk.
        self._feed("dispatch", "dispatch", at_once=20, together=10)
        at_once = BULK_AT_ONCE if not self.settings.email_rate else workers(float(self.settings.email_rate))
        self._feed("bulk", "dispatch", at_once=at_once, together=BULK_TOGETHER)
        self._feed("feedback", "feedback", at_once=10, together=25)
        group = scheduler.ScheduleGroup(self, "Ticks", schedule_group_name=self.settings.name)
        Tick(self, "DueTick", group=group, calls=self.functions["due"])
        Tick(self, "LearnTick", group=group, calls=self.functions["learn"])

    def _feed(self, queue: str, function: str, *, at_once: int, together: int) -> None:
        # The emulator unpacks all layers for each call that it begins beside others: many at once stall a machine.
        most = min(at_once, LOCAL_AT_ONCE) if self.settings.local else at_once
        self.queues[queue].feed(self.functions[function], at_once=most, together=together)

    def _watch(self) -> None:
        watch = Watch(self, "Watch", name=self.settings.name, alarms_to=self.settings.alarms_to)
        watch.functions(self.functions)
        watch.answers()
        watch.sending()
        watch.learning()
        watch.queues(self.queues)

    def _tell(self) -> None:
        told = {"ApiUrl": self.api.http.api_endpoint, "ApiId": self.api.http.api_id, "Secrets": self.secrets}
        resources = {"Bus": self.bus.bus.event_bus_name, "HandoffTopic": self.handoff.topic.topic_arn}
        resources["FeedbackTopic"] = self.mail.topic.topic_arn
        queues = {f"{name.title()}Queue": queue.live.queue_url for name, queue in self.queues.items()}
        for name, value in {**told, **resources, **queues}.items():
            CfnOutput(self, f"Told{name}", value=value).override_logical_id(name)

    def _environment(self) -> dict[str, str]:
        told = {
            "RAPPORT_PROFILES_TABLE": self.storage.tables["profiles"].table_name,
            "RAPPORT_LEDGER_TABLE": self.storage.tables["ledger"].table_name,
            "RAPPORT_CATALOGUE_TABLE": self.storage.tables["catalogue"].table_name,
            "RAPPORT_BUCKET": self.storage.bucket.bucket_name,
            "RAPPORT_BUS": self.bus.bus.event_bus_name,
            **{f"RAPPORT_{name.upper()}_QUEUE": queue.live.queue_url for name, queue in self.queues.items()},
            "RAPPORT_HANDOFF_TOPIC": self.handoff.topic.topic_arn,
            "RAPPORT_CONFIG_SET": self.mail.plain.configuration_set_name,
            "RAPPORT_CONFIG_SET_TRACKING": self.mail.tracking.configuration_set_name,
            "RAPPORT_PUBLIC_URL": self.settings.public_url or self.api.http.api_endpoint,
            "RAPPORT_SECRETS": self.secrets,
            "RAPPORT_PUSH_APPLICATION": self.settings.push_application,
            "RAPPORT_SMS_IDENTITY": self.settings.sms_identity,
            "RAPPORT_WHATSAPP_NUMBER": self.settings.whatsapp_number,
            "RAPPORT_WHATSAPP_TEMPLATE": self.settings.whatsapp_template,
            "RAPPORT_EMAIL_RATE": self.settings.email_rate,
            "RAPPORT_SMS_RATE": self.settings.sms_rate,
            # One machine that is a whole cloud may be slow to answer; a store in an account may not.
            "RAPPORT_STORE_BUDGET": "5" if self.settings.local else "",
            "POWERTOOLS_METRICS_NAMESPACE": "Rapport",
            "PYTHONTZPATH": "/opt/python/tzdata/zoneinfo",  # the image has none; asking for a path costs a start 2 ms
        }
        return {name: value for name, value in told.items() if value}

    def _code(self) -> awslambda.Code:
        only = ["/*", "!/functions", "__pycache__/", "*.pyc"]
        return awslambda.Code.from_asset(str(layers.ROOT), exclude=only, ignore_mode=IgnoreMode.GIT)

    def _layers(self) -> dict[str, awslambda.LayerVersion]:
        target = layers.local_target(self.settings.python) if self.settings.local else layers.aws_target()
        return {
            name: awslambda.LayerVersion(
                self,
                f"{name.title()}Layer",
                code=awslambda.Code.from_asset(str(path)),
                compatible_runtimes=[awslambda.Runtime.PYTHON_3_13],
                compatible_architectures=[awslambda.Architecture.ARM_64],
            )
            for name, path in layers.build_all(target).items()
        }
