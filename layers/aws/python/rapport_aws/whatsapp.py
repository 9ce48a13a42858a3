"""The port Sender on End User Messaging Social: free words while a person talks to us, an approved template else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rapport.ports import Handover, Outcome, Outgoing

from rapport_aws.outcomes import handover_of

META_API = "v20.0"
LONGEST_TEXT = 4096
LONGEST_VARIABLE = 1024
"""What WhatsApp takes in a text, and in the one variable of a template's body."""


@dataclass(frozen=True)
class WhatsApp:
    """WhatsApp: a business speaks freely for a day after the person wrote, else only in words that were approved."""

    client: Any
    """A `socialmessaging` client."""
    number: str
    """The id of the phone number that writes."""
    template: str = ""
    """The approved template whose body is our text; `{campaign}` stands for the campaign, with underscores."""

    def send(self, outgoing: Outgoing) -> Handover:
        """Send one message. Replies come back by the person's number, so that is what the hand-over is known by."""
        message = self._words(outgoing)
        if message is None:
            return Handover(Outcome.REFUSED, detail="no open conversation and no approved template that could say it")
        try:
            self.client.send_whatsapp_message(
                originationPhoneNumberId=self.number,
                message=json.dumps({**_envelope(outgoing), **message}, ensure_ascii=False).encode(),
                metaApiVersion=META_API,
            )
        except (BotoCoreError, ClientError) as error:
            return handover_of(error)
        return Handover(Outcome.SENT, thread(outgoing.to))

    def _words(self, outgoing: Outgoing) -> dict[str, Any] | None:
        """The message's own part; None where WhatsApp would not take it."""
        text = str(outgoing.content["text"])
        if outgoing.in_conversation:
            return {"type": "text", "text": {"body": text}} if len(text) <= LONGEST_TEXT else None
        variable = " ".join(text.split())  # a variable holds no line breaks
        if not self.template or len(variable) > LONGEST_VARIABLE:
            return None
        return {"type": "template", "template": self._template(outgoing, variable)}

    def _template(self, outgoing: Outgoing, variable: str) -> dict[str, Any]:
        return {
            "name": self.template.replace("{campaign}", outgoing.campaign.replace("-", "_")),
            "language": {"code": outgoing.locale.replace("-", "_")},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": variable}]}],
        }


def _envelope(outgoing: Outgoing) -> dict[str, str]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": outgoing.to,
        "biz_opaque_callback_data": f"{outgoing.message_id} {outgoing.profile}",
    }


def thread(number: str, channel: str = "whatsapp") -> str:
    """The name of the conversation with a number, however it is written; the number itself is not kept."""
    digits = "".join(letter for letter in number if letter.isdecimal())
    return f"{channel}-{sha256(digits.encode()).hexdigest()[:32]}"


def callback_ids(data: str) -> Mapping[str, str]:
    """The ids that a status gives back; empty where the message was none of ours."""
    message, _, profile = data.partition(" ")
    return {"message": message, "profile": profile} if message and profile else {}
