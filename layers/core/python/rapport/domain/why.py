"""Why a person gets a message: one sentence in their language, from what started it."""

from rapport.domain.campaign import Campaign, TriggerKind
from rapport.domain.content import language

_BECAUSE: dict[str, dict[TriggerKind, str]] = {
    "en": {
        "event": "You get this because of something you did or asked for.",
        "date": "You get this because today is a date that you shared with us.",
        "due": "You get this because something of yours falls due.",
        "segment": "You get this because it fits how you have been using our services.",
        "schedule": "You get this because you agreed to news from us.",
    },
    "fr": {
        "event": "Vous recevez ceci suite à une action ou une demande de votre part.",
        "date": "Vous recevez ceci car vous nous avez confié cette date.",
        "due": "Vous recevez ceci car une échéance approche pour vous.",
        "segment": "Vous recevez ceci car cela correspond à votre usage de nos services.",
        "schedule": "Vous recevez ceci car vous avez accepté de recevoir de nos nouvelles.",
    },
    "de": {
        "event": "Sie erhalten dies, weil Sie etwas getan oder angefragt haben.",
        "date": "Sie erhalten dies, weil Sie uns dieses Datum genannt haben.",
        "due": "Sie erhalten dies, weil bei Ihnen etwas fällig wird.",
        "segment": "Sie erhalten dies, weil es zu Ihrer Nutzung unserer Dienste passt.",
        "schedule": "Sie erhalten dies, weil Sie Neuigkeiten von uns zugestimmt haben.",
    },
    "nl": {
        "event": "U krijgt dit omdat u iets deed of vroeg.",
        "date": "U krijgt dit omdat u ons deze datum hebt gegeven.",
        "due": "U krijgt dit omdat er voor u iets aan de beurt is.",
        "segment": "U krijgt dit omdat het past bij hoe u onze diensten gebruikt.",
        "schedule": "U krijgt dit omdat u akkoord ging met nieuws van ons.",
    },
    "es": {
        "event": "Recibe esto por algo que hizo o pidió.",
        "date": "Recibe esto porque nos confió esta fecha.",
        "due": "Recibe esto porque algo suyo está por vencer.",
        "segment": "Recibe esto porque encaja con su uso de nuestros servicios.",
        "schedule": "Recibe esto porque aceptó recibir noticias nuestras.",
    },
    "it": {
        "event": "Riceve questo messaggio per qualcosa che ha fatto o chiesto.",
        "date": "Riceve questo messaggio perché ci ha indicato questa data.",
        "due": "Riceve questo messaggio perché si avvicina una sua scadenza.",
        "segment": "Riceve questo messaggio perché è in linea con il suo uso dei nostri servizi.",
        "schedule": "Riceve questo messaggio perché ha accettato di ricevere nostre notizie.",
    },
}


def because(campaign: Campaign, locale: str) -> str:
    """The sentence for a campaign's message, in English where the language is none of ours."""
    return _BECAUSE.get(language(locale), _BECAUSE["en"])[campaign.trigger.kind]
