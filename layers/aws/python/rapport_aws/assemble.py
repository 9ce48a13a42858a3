"""The composition root of the functions that have time for an SDK: every port and client, made when first used."""

import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

import msgspec
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import ClientError
from rapport.domain.event import Event
from rapport.domain.house import Retention
from rapport.domain.message import Record, send_id
from rapport.domain.moment import Moment
from rapport.errors import NotFound, StoreUnavailable
from rapport.ports import Change, Due, Handover, Outcome, Outgoing, Ports, Sender
from rapport.use_cases.address_all import facts_for_all

from rapport_aws import crowds
from rapport_aws import settings as settings_of
from rapport_aws.access import Remembered
from rapport_aws.approvals import Approvals
from rapport_aws.bus import EventBus
from rapport_aws.curation import Curation
from rapport_aws.health import Health, Watched
from rapport_aws.hot.service import BUDGET
from rapport_aws.jobs import Job, Jobs
from rapport_aws.keys import AccessKeys
from rapport_aws.learning import Learning
from rapport_aws.ledger import DynamoLedger
from rapport_aws.limits import Limits
from rapport_aws.outcome_log import DynamoOutcomeLog
from rapport_aws.pace import DynamoPace
from rapport_aws.profiles import DynamoProfiles
from rapport_aws.publications import PublishedCatalogue
from rapport_aws.queues import Queues
from rapport_aws.rates import Rates
from rapport_aws.schedule import DynamoSchedule
from rapport_aws.secrets import PERSON_KEY, SITE_KEYS, TOKEN_KEYS, needed, site_keys
from rapport_aws.senders import HANDED_OFF, Channels, Email, HandOff, Push, Sms, TextMessages
from rapport_aws.settings import Settings
from rapport_aws.subscriptions import Confirmation, Subscription
from rapport_aws.tally import Tally
from rapport_aws.telling import Teller
from rapport_aws.tokens import KeyRing, key_ring
from rapport_aws.unsettled import Unsettled
from rapport_aws.user_tokens import UserKey
from rapport_aws.vault import Vault
from rapport_aws.whatsapp import WhatsApp
from rapport_aws.wordings import Wordings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

STORES = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 4})
PROVIDERS = Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 1})
"""One attempt: a lost answer that is tried again by an SDK reaches the person twice (decision 0031)."""
OBJECTS = STORES.merge(Config(signature_version="s3v4"))
"""Every region takes addresses signed this way, and the older way only some."""
SENDING = ("sns", "sesv2", "pinpoint-sms-voice-v2", "socialmessaging")
CONFIGS = {"s3": OBJECTS, **dict.fromkeys(SENDING, PROVIDERS)}


logger = Logger(service="rapport")


class House:
    """Everything a function may need of one deployment; a part costs nothing until it is asked for."""

    def __init__(self, settings: Settings, clock: Callable[[], Moment] = time.time) -> None:
        self.settings, self.clock = settings, clock

    # ---- ports

    @cached_property
    def ports(self) -> Ports:
        """The ports as use cases take them."""
        return Ports(
            profiles=self.profiles,
            publications=self.publications,
            ledger=self.ledger,
            sender=self.sender,
            bus=self.bus,
            sealer=self.sealer,
            secret=needed(self.secrets, PERSON_KEY).encode(),
            public_url=self.settings.public_url,
            unserved=frozenset() if self.settings.whatsapp_number else frozenset({"whatsapp"}),
            crowd=self._address_all,
            reported=self._reported(),
            pace=self.pace,
        )

    def _address_all(self, event: Event) -> None:
        """Reach everybody with an event about nobody, a page at a time."""
        told = msgspec.to_builtins(facts_for_all(event))
        crowds.begin("address", self, event=told, message=event.message_id)

    @cached_property
    def profiles(self) -> DynamoProfiles:
        """People. Who writes them prompts the dispatch queue and tells the bus."""
        settings = self.settings
        return DynamoProfiles(
            self.dynamodb,
            settings.profiles_table,
            settings.ledger_table,
            self.clock,
            retention=self._retention,
            prompt=self._prompt,
            tell=self._tell if settings.bus else None,
            count=self._count,
            forget=self._forget,
        )

    @cached_property
    def publications(self) -> PublishedCatalogue:
        """What is live."""
        return PublishedCatalogue(self.curation.row, self.curation.fetch, self.clock)

    @cached_property
    def learning(self) -> Learning:
        """Where what was learned is kept."""
        settings = self.settings
        return Learning(self.dynamodb, self.s3, settings.catalogue_table, settings.bucket, self.clock)

    @cached_property
    def outcome_log(self) -> DynamoOutcomeLog:
        """What was shown to anybody, and what came of it."""
        return DynamoOutcomeLog(self.dynamodb, self.settings.profiles_table)

    @cached_property
    def ledger(self) -> DynamoLedger:
        """Sends and caps."""
        return DynamoLedger(self.dynamodb, self.settings.ledger_table, self.settings.profiles_table)

    @cached_property
    def schedule(self) -> DynamoSchedule:
        """What falls due."""
        return DynamoSchedule(self.dynamodb, self.settings.ledger_table)

    @cached_property
    def pace(self) -> DynamoPace:
        """How fast messages may go out, for all workers together."""
        return DynamoPace(self.dynamodb, self.settings.ledger_table, self.rates, self.clock)

    @cached_property
    def rates(self) -> Rates:
        """How many messages a second each channel may have."""
        return Rates(self.settings, lambda: self.health.account().rate, self.clock)

    @cached_property
    def tally(self) -> Tally:
        """How many messages were planned, and how they ended."""
        return Tally(self.dynamodb, self.settings.ledger_table, self.clock)

    @cached_property
    def unsettled(self) -> Unsettled:
        """Messages that are held or in doubt."""
        return Unsettled(self.dynamodb, self.settings.profiles_table)

    @cached_property
    def health(self) -> Health:
        """What came back of messages, and what the account may send."""
        return Health(self.dynamodb, self.settings.ledger_table, self.clock)

    @cached_property
    def bus(self) -> EventBus:
        """The event bus."""
        return EventBus(_client("events"), self.settings.bus)

    @cached_property
    def teller(self) -> Teller:
        """Who tells the bus of our own events."""
        return Teller(self.bus, self.schedule)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Count, and tell the bus, once for all that is written within: a batch of a queue."""
        with self.tally.gathering(), self.teller.gathering():
            yield

    @cached_property
    def sender(self) -> Sender:
        """Providers, one attempt each; a word of theirs that sending is paused is kept."""
        sns, settings = _client("sns"), self.settings
        handoff = HandOff(sns, self.s3, settings.handoff_topic, settings.bucket)
        email = Email(_client("sesv2"), settings.config_set, settings.config_set_tracking)
        channels = Channels(
            {
                "email": email,
                "sms": self._texts(sns),
                "push": Push(sns, settings.push_application),
                **self._whatsapp(),
                **dict.fromkeys(HANDED_OFF, cast("Sender", handoff)),
            }
        )
        return Watched(channels, self.health)

    def send(self, outgoing: Outgoing) -> Handover:
        """Send what is no planned message (a confirmation, help, a test): in its turn, and not while that is paused."""
        paused = self.publications.current().paused & {"*", f"channel:{outgoing.channel}"}
        if paused or self.pace.turn(outgoing.channel, bulk=False) is None:
            return Handover(Outcome.LATER, detail="paused" if paused else "rate")
        return self.sender.send(outgoing)

    @cached_property
    def sealer(self) -> KeyRing:
        """The keys of tokens; one that another container seals by already is looked up, at most once a minute."""
        return key_ring(needed(self.secrets, TOKEN_KEYS).splitlines(), self.vault.newer_keys)

    # ---- what belongs to the doors

    @cached_property
    def curation(self) -> Curation:
        """Publishing."""
        settings = self.settings
        return Curation(self.dynamodb, self.s3, settings.catalogue_table, settings.bucket, self.clock)

    @cached_property
    def keys(self) -> AccessKeys:
        """Callers' keys."""
        return AccessKeys(self.dynamodb, self.settings.catalogue_table)

    @cached_property
    def lookup(self) -> Remembered:
        """Callers' keys, each looked up at most once a minute."""
        return Remembered(self.keys.find, self.clock)

    @cached_property
    def jobs(self) -> Jobs:
        """Work that takes longer than an answer may."""
        return Jobs(self.dynamodb, self.settings.ledger_table, self.clock)

    @cached_property
    def approvals(self) -> Approvals:
        """Messages that wait for somebody of the team."""
        return Approvals(self.dynamodb, self.settings.ledger_table, self.profiles)

    @cached_property
    def limits(self) -> Limits:
        """How often somebody may ask."""
        return Limits(self.dynamodb, self.settings.ledger_table, self.clock)

    @cached_property
    def wordings(self) -> Wordings:
        """What people were asked to agree to."""
        return Wordings(self.dynamodb, self.settings.ledger_table, self.clock)

    def sites(self) -> tuple[str, ...]:
        """Origins that may call with a publishable key; none before the first publication."""
        try:
            return self.publications.current().catalogue.house.sites
        except NotFound:
            return ()

    @cached_property
    def user_keys(self) -> tuple[UserKey, ...]:
        """What user tokens are signed with."""
        return site_keys(self.secrets.get(SITE_KEYS, ""))

    @cached_property
    def secrets(self) -> dict[str, str]:
        """The house's own secrets by name. Raises StoreUnavailable."""
        return dict(self.vault.all())

    @cached_property
    def vault(self) -> Vault:
        """Where they are kept."""
        return Vault(cast("SSMClient", _client("ssm")), self.settings.secrets, self.clock)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """The client of the three tables."""
        return cast("DynamoDBClient", _client("dynamodb"))

    @cached_property
    def s3(self) -> "S3Client":
        """The client of the bucket."""
        return cast("S3Client", _client("s3"))

    @cached_property
    def queues(self) -> Queues:
        """Where work waits."""
        told = self.settings
        urls = {
            "intake": told.intake_queue,
            "dispatch": told.dispatch_queue,
            "bulk": told.bulk_queue,
            "feedback": told.feedback_queue,
        }
        return Queues(cast("SQSClient", _client("sqs")), urls)

    @cached_property
    def ses(self) -> "SESV2Client":
        """The client of SES, one attempt a call."""
        return cast("SESV2Client", _client("sesv2"))

    def enqueue(self, rows: Sequence[Due]) -> None:
        """Put rows on the queues of their lanes. Raises StoreUnavailable when one was not taken."""
        self.queues.enqueue(rows)

    def enqueue_job(self, job: Job, after: int = 0, shard: str = "") -> None:
        """Put a job, or a part of it, behind all service, to be looked at after so many seconds.

        Raises StoreUnavailable.
        """
        work = {"kind": "job", "ref": job.id, **({"shard": shard} if shard else {})}
        self.queues.put("bulk", msgspec.json.encode(work).decode(), after)

    def enqueue_confirmation(self, subscription: Subscription) -> None:
        """Put a double opt-in on the dispatch queue. Raises StoreUnavailable."""
        self.queues.put("dispatch", msgspec.json.encode(Confirmation(attempt(), subscription)).decode())

    def _texts(self, sns: Any) -> Sender:  # noqa: ANN401  # a client of the SDK
        identity = self.settings.sms_identity
        return TextMessages(_client("pinpoint-sms-voice-v2"), identity) if identity else Sms(sns)

    def _whatsapp(self) -> dict[str, Sender]:
        number, template = self.settings.whatsapp_number, self.settings.whatsapp_template
        return {"whatsapp": WhatsApp(_client("socialmessaging"), number, template)} if number else {}

    def _reported(self) -> frozenset[str]:
        told = {"email": True, "sms": self.settings.sms_identity, "whatsapp": self.settings.whatsapp_number}
        return frozenset(channel for channel, provider in told.items() if provider)

    def _retention(self) -> Retention:
        return self.publications.current().catalogue.house.retention

    def _prompt(self, rows: Sequence[Due]) -> None:
        # The tick finds these rows anyway: a prompt that is lost costs a minute.
        if rows and self.settings.dispatch_queue:
            _or_logged(lambda: self.enqueue(rows), "prompt")

    def _forget(self, told: Sequence[Record]) -> None:
        """The hand-overs of all that was ever told to have gone out, or not, on a channel."""
        self.ledger.forget(
            sorted({send_id(record.message_id, record.channel) for record in told if record.channel is not None})
        )

    def _count(self, change: Change) -> None:
        self.tally.add(change)

    def _tell(self, marked: Sequence[Due]) -> None:
        self.teller.tell(marked)


@cache
def _client(service: str) -> Any:  # noqa: ANN401  # a client of the SDK
    # Imported here: what a function never asks for costs it nothing at its start.
    import boto3  # noqa: PLC0415

    config = CONFIGS.get(service, STORES)
    return boto3.client(
        cast("Any", service), config=config if service in SENDING else config.merge(patience(os.environ))
    )


def patience(environment: Mapping[str, str]) -> Config:
    """What a client of a store is told besides: to wait longer, where the environment says that a laptop is the cloud.

    What an SDK asks an emulator a second time may be done a second time.
    """
    if BUDGET not in environment:
        return Config()
    budget = float(environment[BUDGET])
    return Config(connect_timeout=budget, read_timeout=budget)


def _or_logged(tell: Callable[[], None], what: str) -> None:
    try:
        tell()
    except (StoreUnavailable, ClientError) as error:
        logger.warning("not told", extra={"what": what, "error": type(error).__name__})


@cache
def house() -> House:
    """The deployment this function belongs to, put together once per container."""
    return House(settings_of.read(os.environ))


def attempt() -> str:
    """A name for one attempt to hand something over; never used twice."""
    return uuid.uuid4().hex
