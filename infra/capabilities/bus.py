"""The event bus: what the house's systems and our own functions tell, kept for replay, and handed to intake."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.capabilities.queue import Queue

OURS = "rapport"  # campaigns on our own events start inside, so intake never hears them again
KEPT = Duration.days(14)


class Bus(Construct):
    """One custom bus. `archived` is what the emulator has not."""

    def __init__(self, scope: Construct, id_: str, *, name: str, archived: bool) -> None:
        super().__init__(scope, id_)
        self.bus = events.EventBus(self, "Bus", event_bus_name=name, description="Rapport: everything that happens")
        if archived:
            everything = events.EventPattern(account=[self.bus.env.account])
            self.bus.archive("Archive", event_pattern=everything, retention=KEPT)

    def tell(self, queue: Queue) -> None:
        """Put every event of others on `queue`; what cannot be put there waits with its dead letters."""
        others = events.EventPattern(source=events.Match.anything_but(OURS))
        rule = events.Rule(self, "Others", event_bus=self.bus, event_pattern=others)
        rule.add_target(targets.SqsQueue(queue.live, dead_letter_queue=queue.dead, max_event_age=Duration.hours(24)))
