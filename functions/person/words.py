"""What a person's own pages say, in the languages they speak; a language that is none of these reads English."""

from collections.abc import Mapping

from msgspec import Struct, structs
from rapport.domain.content import language

from functions.person.terms import PAUSED, TERMS


class Words(Struct, frozen=True, kw_only=True):
    """One language: every sentence of the pages, and the names of purposes and channels where they are not English."""

    save: str
    saved: str
    not_saved: str
    wrong: str
    wrong_form: str
    wrong_link: str
    wrong_else: str
    unsubscribe: str
    unsubscribe_what: str
    unsubscribed: str
    unsubscribed_so: str
    preferences: str
    known: str
    known_heads: tuple[str, str, str, str]
    correct: str
    consents: str
    topics: str
    pause: str
    pause_for: str
    pauses: tuple[str, str, str]
    copy: str
    copy_button: str
    copy_ready: str
    copy_good_for: str
    erase: str
    erase_sure: str
    erase_button: str
    erase_unsure: str
    erased: str
    why: str
    why_purpose: str
    why_sent: str
    confirm: str
    confirm_what: str
    confirm_ask: str
    confirm_button: str
    thanks: str
    thanks_so: str
    names: Mapping[str, str] = {}
    terms: Mapping[str, str] = {}
    paused: str = PAUSED["en"]
    lang: str = "en"

    def name(self, word: str) -> str:
        """A purpose's or channel's name; a house's own ones are in the house's words."""
        return self.names.get(word, word)

    def term(self, word: str) -> str:
        """A trait's name, or where a value came from."""
        return self.terms.get(word) or word.replace(".", " ").replace("_", " ")


EN = Words(
    save="Save",
    saved="Saved.",
    not_saved="Not saved: ",
    wrong="This did not work",
    wrong_form="This could not be understood.",
    wrong_link="This link is not valid any more. Please use the link in a newer message.",
    wrong_else="Something did not work. Please try again in a moment.",
    unsubscribe="Unsubscribe",
    unsubscribe_what="Messages from {sender} by {channel}",
    unsubscribed="You are unsubscribed",
    unsubscribed_so="You will get no more of these messages.",
    preferences="Your preferences",
    known="What we know of you",
    known_heads=("What", "Value", "From", "Since"),
    correct="Correct it",
    consents="What we may do",
    topics="What you want to hear about",
    pause="Pause all messages that are not service",
    pause_for="Pause",
    pauses=("for a month", "for three months", "not any more"),
    copy="A copy of everything we hold",
    copy_button="Prepare my copy",
    copy_ready="Your copy is ready",
    copy_good_for="for an hour.",
    erase="Erase everything",
    erase_sure="Yes, erase everything about me",
    erase_button="Erase",
    erase_unsure="Nothing was erased: please say that you are sure.",
    erased="Everything was erased.",
    why="Why this message",
    why_purpose="It was sent for the purpose: {purpose}.",
    why_sent="It went out by {channel} on {day}.",
    confirm="Please confirm",
    confirm_what="You asked {sender} for messages to {address}.",
    confirm_ask="Is that right?",
    confirm_button="Yes, that was me",
    thanks="Thank you",
    thanks_so="You will hear from us. You can change your mind in every message.",
)

FR = Words(
    save="Enregistrer",
    saved="C'est enregistré.",
    not_saved="Non enregistré : ",
    wrong="Cela n'a pas fonctionné",
    wrong_form="Nous n'avons pas compris cette demande.",
    wrong_link="Ce lien n'est plus valable. Utilisez celui d'un message plus récent.",
    wrong_else="Quelque chose n'a pas fonctionné. Réessayez dans un instant.",
    unsubscribe="Se désabonner",
    unsubscribe_what="Messages de {sender} par {channel}",
    unsubscribed="Vous êtes désabonné",
    unsubscribed_so="Vous ne recevrez plus ces messages.",
    preferences="Vos préférences",
    known="Ce que nous savons de vous",
    known_heads=("Quoi", "Valeur", "Origine", "Depuis"),
    correct="Corriger",
    consents="Ce que vous nous permettez",
    topics="Ce qui vous intéresse",
    pause="Suspendre tous les messages, sauf ceux du service",
    pause_for="Suspendre",
    pauses=("pendant un mois", "pendant trois mois", "ne plus suspendre"),
    copy="Une copie de tout ce que nous détenons",
    copy_button="Préparer ma copie",
    copy_ready="Votre copie est prête",
    copy_good_for="pendant une heure.",
    erase="Tout effacer",
    erase_sure="Oui, effacez tout ce qui me concerne",
    erase_button="Effacer",
    erase_unsure="Rien n'a été effacé : dites-nous que vous en êtes sûr.",
    erased="Tout a été effacé.",
    why="Pourquoi ce message",
    why_purpose="Il a été envoyé à cette fin : {purpose}.",
    why_sent="Il est parti par {channel} le {day}.",
    confirm="Merci de confirmer",
    confirm_what="Vous avez demandé à {sender} des messages pour {address}.",
    confirm_ask="Est-ce bien cela ?",
    confirm_button="Oui, c'était moi",
    thanks="Merci",
    thanks_so="Vous aurez de nos nouvelles. Chaque message permet de changer d'avis.",
    names={
        "service": "service", "marketing": "nouvelles et offres", "personalisation": "contenu à votre mesure",
        "profiling": "prévisions", "partner": "offres de partenaires", "proximity": "position actuelle",
        "tracking": "mesure des ouvertures et des clics", "email": "e-mail", "sms": "SMS", "push": "notification",
        "web": "site", "whatsapp": "WhatsApp", "print": "courrier", "note": "mot écrit à la main", "call": "téléphone",
        "social": "réseaux sociaux",
    },
)  # fmt: skip

DE = Words(
    save="Speichern",
    saved="Gespeichert.",
    not_saved="Nicht gespeichert: ",
    wrong="Das hat nicht geklappt",
    wrong_form="Das haben wir nicht verstanden.",
    wrong_link="Dieser Link gilt nicht mehr. Bitte nehmen Sie den aus einer neueren Nachricht.",
    wrong_else="Etwas hat nicht geklappt. Bitte versuchen Sie es gleich noch einmal.",
    unsubscribe="Abmelden",
    unsubscribe_what="Nachrichten von {sender} per {channel}",
    unsubscribed="Sie sind abgemeldet",
    unsubscribed_so="Sie erhalten keine dieser Nachrichten mehr.",
    preferences="Ihre Einstellungen",
    known="Was wir über Sie wissen",
    known_heads=("Was", "Wert", "Woher", "Seit"),
    correct="Berichtigen",
    consents="Was Sie uns erlauben",
    topics="Worüber Sie lesen möchten",
    pause="Alle Nachrichten außer Service pausieren",
    pause_for="Pause",
    pauses=("einen Monat", "drei Monate", "keine Pause mehr"),
    copy="Eine Kopie von allem, was wir gespeichert haben",
    copy_button="Kopie erstellen",
    copy_ready="Ihre Kopie ist bereit",
    copy_good_for="für eine Stunde.",
    erase="Alles löschen",
    erase_sure="Ja, löschen Sie alles über mich",
    erase_button="Löschen",
    erase_unsure="Es wurde nichts gelöscht: bitte bestätigen Sie, dass Sie sicher sind.",
    erased="Alles wurde gelöscht.",
    why="Warum diese Nachricht",
    why_purpose="Sie wurde zu diesem Zweck gesendet: {purpose}.",
    why_sent="Sie ging am {day} per {channel} hinaus.",
    confirm="Bitte bestätigen",
    confirm_what="Sie haben {sender} um Nachrichten an {address} gebeten.",
    confirm_ask="Stimmt das?",
    confirm_button="Ja, das war ich",
    thanks="Danke",
    thanks_so="Sie hören von uns. In jeder Nachricht können Sie es sich anders überlegen.",
    names={
        "service": "Service", "marketing": "Neuigkeiten und Angebote", "personalisation": "Inhalte nach Maß",
        "profiling": "Vorhersagen", "partner": "Angebote von Partnern", "proximity": "Ihr jetziger Ort",
        "tracking": "Messung von Öffnungen und Klicks", "email": "E-Mail", "sms": "SMS", "push": "Mitteilung",
        "web": "Website", "whatsapp": "WhatsApp", "print": "Brief", "note": "handgeschriebene Karte",
        "call": "Telefon", "social": "soziale Netzwerke",
    },
)  # fmt: skip

NL = Words(
    save="Bewaren",
    saved="Bewaard.",
    not_saved="Niet bewaard: ",
    wrong="Dat is niet gelukt",
    wrong_form="Dit hebben we niet begrepen.",
    wrong_link="Deze link geldt niet meer. Gebruik die uit een nieuwer bericht.",
    wrong_else="Er ging iets mis. Probeer het zo nog eens.",
    unsubscribe="Afmelden",
    unsubscribe_what="Berichten van {sender} via {channel}",
    unsubscribed="U bent afgemeld",
    unsubscribed_so="U krijgt deze berichten niet meer.",
    preferences="Uw voorkeuren",
    known="Wat we van u weten",
    known_heads=("Wat", "Waarde", "Herkomst", "Sinds"),
    correct="Verbeteren",
    consents="Wat u ons toestaat",
    topics="Waarover u wilt lezen",
    pause="Alle berichten behalve service pauzeren",
    pause_for="Pauze",
    pauses=("een maand", "drie maanden", "geen pauze meer"),
    copy="Een kopie van alles wat we bewaren",
    copy_button="Maak mijn kopie",
    copy_ready="Uw kopie staat klaar",
    copy_good_for="voor een uur.",
    erase="Alles wissen",
    erase_sure="Ja, wis alles over mij",
    erase_button="Wissen",
    erase_unsure="Er is niets gewist: bevestig dat u het zeker weet.",
    erased="Alles is gewist.",
    why="Waarom dit bericht",
    why_purpose="Het is verstuurd met dit doel: {purpose}.",
    why_sent="Het ging op {day} de deur uit via {channel}.",
    confirm="Graag bevestigen",
    confirm_what="U vroeg {sender} om berichten aan {address}.",
    confirm_ask="Klopt dat?",
    confirm_button="Ja, dat was ik",
    thanks="Dank u",
    thanks_so="U hoort van ons. In elk bericht kunt u van gedachten veranderen.",
    names={
        "service": "service", "marketing": "nieuws en aanbiedingen", "personalisation": "inhoud op maat",
        "profiling": "voorspellingen", "partner": "aanbiedingen van partners", "proximity": "waar u nu bent",
        "tracking": "meten van openen en klikken", "email": "e-mail", "sms": "sms", "push": "melding",
        "web": "website", "whatsapp": "WhatsApp", "print": "brief", "note": "handgeschreven kaart",
        "call": "telefoon", "social": "sociale netwerken",
    },
)  # fmt: skip

ES = Words(
    save="Guardar",
    saved="Guardado.",
    not_saved="No se ha guardado: ",
    wrong="Esto no ha funcionado",
    wrong_form="No hemos entendido la petición.",
    wrong_link="Este enlace ya no es válido. Use el de un mensaje más reciente.",
    wrong_else="Algo no ha funcionado. Inténtelo de nuevo en un momento.",
    unsubscribe="Darse de baja",
    unsubscribe_what="Mensajes de {sender} por {channel}",
    unsubscribed="Se ha dado de baja",
    unsubscribed_so="No recibirá más mensajes de este tipo.",
    preferences="Sus preferencias",
    known="Lo que sabemos de usted",
    known_heads=("Qué", "Valor", "Origen", "Desde"),
    correct="Corregir",
    consents="Lo que nos permite",
    topics="Lo que le interesa",
    pause="Pausar todos los mensajes que no sean de servicio",
    pause_for="Pausa",
    pauses=("durante un mes", "durante tres meses", "sin pausa"),
    copy="Una copia de todo lo que guardamos",
    copy_button="Preparar mi copia",
    copy_ready="Su copia está lista",
    copy_good_for="durante una hora.",
    erase="Borrarlo todo",
    erase_sure="Sí, borren todo lo que me concierne",
    erase_button="Borrar",
    erase_unsure="No se ha borrado nada: confirme que está seguro.",
    erased="Se ha borrado todo.",
    why="Por qué este mensaje",
    why_purpose="Se envió con este fin: {purpose}.",
    why_sent="Salió por {channel} el {day}.",
    confirm="Confirme, por favor",
    confirm_what="Pidió a {sender} mensajes para {address}.",
    confirm_ask="¿Es correcto?",
    confirm_button="Sí, fui yo",
    thanks="Gracias",
    thanks_so="Tendrá noticias nuestras. Puede cambiar de opinión en cada mensaje.",
    names={
        "service": "servicio", "marketing": "novedades y ofertas", "personalisation": "contenido a su medida",
        "profiling": "predicciones", "partner": "ofertas de socios", "proximity": "dónde está ahora",
        "tracking": "medición de aperturas y clics", "email": "correo electrónico", "sms": "SMS",
        "push": "notificación", "web": "sitio web", "whatsapp": "WhatsApp", "print": "carta",
        "note": "nota escrita a mano", "call": "teléfono", "social": "redes sociales",
    },
)  # fmt: skip

IT = Words(
    save="Salva",
    saved="Salvato.",
    not_saved="Non salvato: ",
    wrong="Non ha funzionato",
    wrong_form="Non abbiamo capito la richiesta.",
    wrong_link="Questo link non è più valido. Usi quello di un messaggio più recente.",
    wrong_else="Qualcosa non ha funzionato. Riprovi tra un momento.",
    unsubscribe="Annulla l'iscrizione",
    unsubscribe_what="Messaggi di {sender} via {channel}",
    unsubscribed="Iscrizione annullata",
    unsubscribed_so="Non riceverà più questi messaggi.",
    preferences="Le sue preferenze",
    known="Che cosa sappiamo di lei",
    known_heads=("Che cosa", "Valore", "Origine", "Dal"),
    correct="Correggi",
    consents="Che cosa ci permette",
    topics="Che cosa le interessa",
    pause="Sospendi tutti i messaggi che non sono di servizio",
    pause_for="Pausa",
    pauses=("per un mese", "per tre mesi", "nessuna pausa"),
    copy="Una copia di tutto ciò che conserviamo",
    copy_button="Prepara la mia copia",
    copy_ready="La sua copia è pronta",
    copy_good_for="per un'ora.",
    erase="Cancella tutto",
    erase_sure="Sì, cancellate tutto ciò che mi riguarda",
    erase_button="Cancella",
    erase_unsure="Non è stato cancellato nulla: confermi di essere sicuro.",
    erased="È stato cancellato tutto.",
    why="Perché questo messaggio",
    why_purpose="È stato inviato a questo scopo: {purpose}.",
    why_sent="È partito via {channel} il {day}.",
    confirm="Confermi, per favore",
    confirm_what="Ha chiesto a {sender} messaggi per {address}.",
    confirm_ask="È corretto?",
    confirm_button="Sì, sono stato io",
    thanks="Grazie",
    thanks_so="Avrà nostre notizie. Può cambiare idea in ogni messaggio.",
    names={
        "service": "servizio", "marketing": "novità e offerte", "personalisation": "contenuti su misura",
        "profiling": "previsioni", "partner": "offerte di partner", "proximity": "dove si trova ora",
        "tracking": "misura di aperture e clic", "email": "e-mail", "sms": "SMS", "push": "notifica", "web": "sito",
        "whatsapp": "WhatsApp", "print": "lettera", "note": "biglietto scritto a mano", "call": "telefono",
        "social": "reti sociali",
    },
)  # fmt: skip

WORDS: Mapping[str, Words] = {
    lang: structs.replace(words, terms=TERMS.get(lang, {}), paused=PAUSED[lang], lang=lang)
    for lang, words in {"en": EN, "fr": FR, "de": DE, "nl": NL, "es": ES, "it": IT}.items()
}


def spoken(*locales: object) -> str:
    """The first of some locales whose language these pages speak; English where they speak none."""
    known = (language(locale) for locale in locales if isinstance(locale, str))
    return next((found for found in known if found in WORDS), "en")
