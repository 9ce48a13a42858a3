"""Answering HELP: who writes to this number, how to stop it and where to ask, in the person's language."""

from typing import TYPE_CHECKING, Final

from rapport.domain.moment import DAY
from rapport.domain.reach import address_on
from rapport.domain.view import view
from rapport.ports import Handover, Outgoing
from rapport.use_cases.people import followed

if TYPE_CHECKING:
    from rapport_aws.assemble import House

A_DAY = 3
"""Answers that one person gets a day: two machines may not talk to each other for ever."""
TEXTS: Final = {
    "en": "{house}: messages about your orders, and news if you asked for it. STOP to end it. Questions: {contact}",
    "fr": "{house} : messages sur vos commandes, et nouvelles si vous les avez demandées. STOP pour arrêter. {contact}",
    "de": "{house}: Nachrichten zu Ihren Bestellungen und, falls gewünscht, Neuigkeiten. STOP beendet sie. {contact}",
    "nl": "{house}: berichten over uw bestellingen en nieuws als u dat wilde. STOP om te stoppen. {contact}",
    "es": "{house}: mensajes sobre sus pedidos y novedades si las pidió. STOP para no recibirlas. {contact}",
    "it": "{house}: messaggi sui suoi ordini e novità se le ha chieste. STOP per non riceverle. {contact}",
}


def answer(send_id: str, here: "House") -> Handover | None:
    """Answer whoever asked for help in reply to a send; None for nobody, or too often."""
    send = here.ledger.find(send_id)
    if send is None:
        return None
    profile, catalogue = followed(send.profile, here.ports), here.publications.current().catalogue
    seen = view(profile, catalogue, "service", here.clock(), channel=send.channel)
    to = address_on(send.channel, seen)
    if to is None or not here.limits.allows(f"help:{profile.id}", A_DAY, DAY):
        return None
    known, house = profile.traits.get("locale"), catalogue.house
    spoken = [str(name)[:2].lower() for name in (known.value if known else "", house.locale)]
    text = TEXTS[next((language for language in spoken if language in TEXTS), "en")]
    said = text.format(house=house.name, contact=house.sender.reply_to or house.sender.postal or "")
    name = f"help:{send.id}"
    return here.send(
        Outgoing(
            name,
            name,
            profile.id,
            "help",
            send.channel,
            to,
            {"text": said.strip()},
            house.sender.sms,
            transactional=True,
        )
    )
