"""Why a person gets a message: one sentence in their language, from what started it."""

from typing import Final, Literal, TypeAlias

from rapport.domain.campaign import Campaign
from rapport.domain.content import language

Cause: TypeAlias = Literal["event", "date", "due", "segment", "news", "notice"]
"""What a person may be told of why: `news` and `notice` go to a whole audience, for marketing and for service."""

_BECAUSE: Final[dict[str, dict[Cause, str]]] = {
    "en": {
        "event": "You get this because of something you did or asked for.",
        "date": "You get this because of a date that you shared with us.",
        "due": "You get this because something of yours falls due.",
        "segment": "You get this because it fits how you have been using our services.",
        "news": "You get this because you agreed to news from us.",
        "notice": "You get this because it concerns what we do for you.",
    },
    "fr": {
        "event": "Vous recevez ceci suite à une action ou une demande de votre part.",
        "date": "Vous recevez ceci car vous nous avez confié cette date.",
        "due": "Vous recevez ceci car une échéance approche pour vous.",
        "segment": "Vous recevez ceci car cela correspond à votre usage de nos services.",
        "news": "Vous recevez ceci car vous avez accepté de recevoir de nos nouvelles.",
        "notice": "Vous recevez ceci car cela concerne ce que nous faisons pour vous.",
    },
    "de": {
        "event": "Sie erhalten dies, weil Sie etwas getan oder angefragt haben.",
        "date": "Sie erhalten dies, weil Sie uns dieses Datum genannt haben.",
        "due": "Sie erhalten dies, weil bei Ihnen etwas fällig wird.",
        "segment": "Sie erhalten dies, weil es zu Ihrer Nutzung unserer Dienste passt.",
        "news": "Sie erhalten dies, weil Sie Neuigkeiten von uns zugestimmt haben.",
        "notice": "Sie erhalten dies, weil es das betrifft, was wir für Sie tun.",
    },
    "nl": {
        "event": "U krijgt dit omdat u iets deed of vroeg.",
        "date": "U krijgt dit omdat u ons deze datum hebt gegeven.",
        "due": "U krijgt dit omdat er voor u iets aan de beurt is.",
        "segment": "U krijgt dit omdat het past bij hoe u onze diensten gebruikt.",
        "news": "U krijgt dit omdat u akkoord ging met nieuws van ons.",
        "notice": "U krijgt dit omdat het gaat over wat wij voor u doen.",
    },
    "es": {
        "event": "Recibe esto por algo que hizo o pidió.",
        "date": "Recibe esto porque nos confió esta fecha.",
        "due": "Recibe esto porque algo suyo está por vencer.",
        "segment": "Recibe esto porque encaja con su uso de nuestros servicios.",
        "news": "Recibe esto porque aceptó recibir noticias nuestras.",
        "notice": "Recibe esto porque concierne a lo que hacemos por usted.",
    },
    "it": {
        "event": "Riceve questo messaggio per qualcosa che ha fatto o chiesto.",
        "date": "Riceve questo messaggio perché ci ha indicato questa data.",
        "due": "Riceve questo messaggio perché si avvicina una sua scadenza.",
        "segment": "Riceve questo messaggio perché è in linea con il suo uso dei nostri servizi.",
        "news": "Riceve questo messaggio perché ha accettato di ricevere nostre notizie.",
        "notice": "Riceve questo messaggio perché riguarda ciò che facciamo per Lei.",
    },
    "pt": {
        "event": "Recebe isto por algo que fez ou pediu.",
        "date": "Recebe isto por causa de uma data que partilhou connosco.",
        "due": "Recebe isto porque se aproxima um prazo seu.",
        "segment": "Recebe isto porque corresponde ao uso que faz dos nossos serviços.",
        "news": "Recebe isto porque aceitou receber notícias nossas.",
        "notice": "Recebe isto porque diz respeito ao que fazemos por si.",
    },
}


def because(campaign: Campaign, locale: str) -> str:
    """The sentence for a campaign's message, in English where the language is none of ours."""
    return _BECAUSE.get(language(locale), _BECAUSE["en"])[_cause(campaign)]


def _cause(campaign: Campaign) -> Cause:
    kind = campaign.trigger.kind
    if kind == "schedule" or campaign.trigger.audience is not None:
        return "notice" if campaign.is_service else "news"
    return kind
