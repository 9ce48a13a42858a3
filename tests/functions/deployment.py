"""A deployment on moto's server, reached over real HTTP by the SDK and by the light clients alike."""

import base64
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
from rapport.domain.campaign import Campaign, Trigger
from rapport.domain.catalogue import Catalogue
from rapport.domain.condition import Condition
from rapport.domain.consent import Consent
from rapport.domain.event import EventDefinition
from rapport.domain.house import ContactPolicy, House, Purpose, Sender, Source
from rapport.domain.offer import Offer
from rapport.domain.placement import Form, Placement
from rapport.domain.profile import Identity, Profile, profile_id
from rapport.domain.segment import Segment
from rapport.domain.trait import BUILT_IN, TraitDefinition, TraitValue
from rapport.ports import Change
from rapport_aws import assemble, front, tables
from rapport_aws.assemble import House as Deployed

from tests.adapters.cloud import BUCKET, BUS, REGION, create

SITE = "https://trails.example"
SITE_SECRET = "a-secret-of-the-site-that-is-long-enough"
LANES = ("dispatch", "bulk")
QUEUES = (*LANES, "intake", "feedback", "bus-listener")

HOUSE = House(
    "Trails",
    sender=Sender(email="Trails <hello@trails.example>"),
    sites=(SITE,),
    links=("trails.example",),
    topics=("news",),
    purposes={
        "service": Purpose("contract"),
        "marketing": Purpose(),
        "personalisation": Purpose(),
        "tracking": Purpose(),
    },
    sources={"declared": Source(100), "crm": Source(80, 0.95), "behaviour": Source(40, 0.6)},
    contact=ContactPolicy(quiet_hours=None),
)
CATALOGUE = Catalogue(
    HOUSE,
    traits=BUILT_IN
    | {
        "first_name": TraitDefinition("first_name", "string", wire_names=("firstName",)),
        "birthday": TraitDefinition("birthday", "date"),
        "shoe_size": TraitDefinition("shoe_size", "number"),
        "adult": TraitDefinition("adult", "boolean"),
    },
    events={"Trip Completed": (EventDefinition("Trip Completed"),)},
    segments={"everybody": Segment("everybody", when=Condition("true", ["const", True], ()))},
    placements={"home-hero": Placement("home-hero", fallback="hello")},
    forms={"newsletter": Form("newsletter", asks=("first_name",), needs=("email",))},
    offers={
        "hello": Offer("hello", "content", "a welcome", content={"en-GB": {"headline": "Hello", "text": "Hello"}}),
        "car": Offer(
            "car",
            "content",
            "a car",
            placements=("home-hero",),
            content={"en-GB": {"headline": "A car", "text": "A small car"}},
        ),
    },
    campaigns={
        "welcome-home": Campaign(
            "welcome-home",
            "service",
            "relationship",
            Trigger("event", event="Trip Completed", key="booking_id"),
            ("email",),
            "welcome-home.j2",
        ),
        "new-article": Campaign(
            "new-article",
            "service",
            "content",
            Trigger("event", event="Article Published", audience="everybody"),
            ("email",),
            "welcome-home.j2",
        ),
    },
    templates={
        "welcome-home.j2": "{% block subject %}Welcome home{% endblock %}{% block email %}<p>Welcome</p>{% endblock %}"
    },
)


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Deployment:
    """What tests see of it: the deployed house, keys of callers, and a queue that hears the bus."""

    house: Deployed
    clock: Clock
    secret: str = ""
    site: str = ""
    reader: str = ""
    heard: str = ""
    sent: list[Any] = field(default_factory=list)

    @cached_property
    def sqs(self) -> Any:
        """The client that looks into queues: one, as each has connections of its own."""
        return boto3.client("sqs")

    def person(self, user_id: str, **traits: str) -> Profile:
        """Store somebody with traits they declared."""
        name = profile_id("user", user_id, self.house.ports.secret)
        known = {n: TraitValue(v, "declared", self.clock.now, 1.0) for n, v in traits.items()}
        consents = {"marketing": {"*": Consent("granted", self.clock.now, ever_granted=True)}}
        profile = Profile(
            name,
            version=self.house.profiles.load(name).version,
            user_id=user_id,
            identities=(Identity("user", user_id),),
            traits=known,
            consents=consents,
        )
        self.house.profiles.write(Change(profile))
        return self.house.profiles.load(name)

    def profile(self, user_id: str) -> Profile:
        return self.house.profiles.load(profile_id("user", user_id, self.house.ports.secret))

    def told(self) -> list[dict[str, Any]]:
        """What the bus was told since the last look."""
        sqs = self.sqs
        found: list[dict[str, Any]] = []
        while messages := sqs.receive_message(QueueUrl=self.heard, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.heard, ReceiptHandle=message["ReceiptHandle"])
        return found

    def queued(self) -> list[str]:
        """The bodies that wait on the dispatch queues, service first."""
        return [body for lane in LANES for body in self.waiting(lane)]

    def waiting(self, queue: str) -> list[str]:
        """The bodies that wait on a queue."""
        sqs, url = self.sqs, self.house.queues.urls[queue]
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found


def build(environment: Any, address: str) -> dict[str, str]:
    """Make tables, bucket, bus, queues and secrets; return the environment of its functions."""
    account = {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }
    for name, value in account.items():
        environment.setenv(name, value)
    for table in tables.TABLES:
        create(boto3.client("dynamodb"), table)
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    sqs, events, sns = boto3.client("sqs"), boto3.client("events"), boto3.client("sns")
    urls = {name: queue(sqs, name) for name in QUEUES}
    events.create_event_bus(Name=BUS)
    events.put_rule(Name="all", EventBusName=BUS, EventPattern=json.dumps({"account": ["123456789012"]}))
    arn = sqs.get_queue_attributes(QueueUrl=urls["bus-listener"], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "heard", "Arn": arn}])
    boto3.client("sesv2").create_email_identity(EmailIdentity="hello@trails.example")
    keep = boto3.client("ssm").put_parameter
    key = base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()
    for name, value in (("token-keys", f"k1:{key}"), ("site-secret", SITE_SECRET), ("person-key", "person")):
        keep(Name=f"/rapport/secrets/{name}", Value=value, Type="SecureString")
    return {
        **account,
        "RAPPORT_PROFILES_TABLE": "profiles",
        "RAPPORT_LEDGER_TABLE": "ledger",
        "RAPPORT_CATALOGUE_TABLE": "catalogue",
        "RAPPORT_BUCKET": BUCKET,
        "RAPPORT_BUS": BUS,
        **{f"RAPPORT_{name.upper()}_QUEUE": urls[name] for name in QUEUES if name != "bus-listener"},
        "RAPPORT_HANDOFF_TOPIC": sns.create_topic(Name="handoff")["TopicArn"],
        "RAPPORT_EMAIL_RATE": "100000",  # the clock of a test stands still, and so would a line of mails
        "RAPPORT_PUBLIC_URL": "https://rapport.example",
        "RAPPORT_SECRETS": "/rapport/secrets",
        "RAPPORT_STORE_BUDGET": "60",  # what the SDK tells an emulator a second time, that does a second time
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "HEARD": urls["bus-listener"],
    }


def queue(sqs: Any, name: str) -> str:
    """A queue with its dead letters, as the infrastructure builds it; its address."""
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    return str(sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})["QueueUrl"])


def forget() -> None:
    """Let the containers of a former deployment go."""
    assemble.house.cache_clear()
    assemble._client.cache_clear()
    front.front.cache_clear()
