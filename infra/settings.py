"""What a deployment may be told: the context values, read once and passed on as one frozen value."""

import sys
from dataclasses import dataclass

from constructs import Construct


@dataclass(frozen=True)
class Settings:
    """One deployment.

    name              prefix of the stacks and of what is called by name, so that two may live in one account
    local             whether it goes to the emulator: leaves out what that lacks, keeps nothing on removal,
                      and takes few calls at a time from a queue
    public_url        address people and pages reach the API under; empty: the API's own
    alarms_to         address that is mailed when an alarm goes off; empty: nobody
    push_application  the SNS platform application that new devices join; empty: no push
    sms_identity      number, sender id or pool of End User Messaging; empty: SNS sends text messages
    whatsapp_number   id of the phone number that writes on WhatsApp; empty: nobody has an address there
    whatsapp_template the approved template that carries our text outside of conversations; empty: only in conversations
    email_rate        mails a second; empty: what the account may send
    sms_rate          texts a second; empty: 20 through SNS, 1 through End User Messaging
    python            interpreter the emulator runs functions on; only with `local`
    """

    name: str
    local: bool
    public_url: str
    alarms_to: str
    push_application: str
    sms_identity: str
    whatsapp_number: str
    whatsapp_template: str
    email_rate: str
    sms_rate: str
    python: str

    @property
    def title(self) -> str:
        """Return the name as stacks carry it."""
        return self.name.title().replace("-", "")


def read(scope: Construct) -> Settings:
    """Read the settings from the context (`cdk deploy -c name=value`)."""

    def context(key: str, default: str = "") -> str:
        return str(scope.node.try_get_context(key) or default)

    return Settings(
        name=context("name", "rapport"),
        local=context("local") == "true",
        public_url=context("publicUrl").rstrip("/"),
        alarms_to=context("alarmsTo"),
        push_application=context("pushApplication"),
        sms_identity=context("smsIdentity"),
        whatsapp_number=context("whatsappNumber"),
        whatsapp_template=context("whatsappTemplate"),
        email_rate=context("emailRate"),
        sms_rate=context("smsRate"),
        python=context("python", sys.executable),
    )
