"""What the pages call the traits that every house has, and where they come from, in the languages of the pages."""

from collections.abc import Mapping

TERMS: Mapping[str, Mapping[str, str]] = {
    "en": {"true": "yes", "false": "no"},
    "fr": {
        "email": "e-mail", "true": "oui", "false": "non",
        "phone": "téléphone", "locale": "langue", "timezone": "fuseau horaire", "address.street": "rue",
        "address.postal_code": "code postal", "address.city": "ville", "address.country": "pays",
        "first_name": "prénom", "last_name": "nom", "birthday": "anniversaire",
        "declared": "vous nous l'avez dit", "behaviour": "votre usage", "inferred": "déduit",
    },
    "de": {
        "email": "E-Mail", "true": "ja", "false": "nein",
        "phone": "Telefon", "locale": "Sprache", "timezone": "Zeitzone", "address.street": "Straße",
        "address.postal_code": "Postleitzahl", "address.city": "Ort", "address.country": "Land",
        "first_name": "Vorname", "last_name": "Nachname", "birthday": "Geburtstag",
        "declared": "von Ihnen", "behaviour": "Ihre Nutzung", "inferred": "geschlossen",
    },
    "nl": {
        "email": "e-mail", "true": "ja", "false": "nee",
        "phone": "telefoon", "locale": "taal", "timezone": "tijdzone", "address.street": "straat",
        "address.postal_code": "postcode", "address.city": "plaats", "address.country": "land",
        "first_name": "voornaam", "last_name": "achternaam", "birthday": "verjaardag",
        "declared": "door u verteld", "behaviour": "uw gebruik", "inferred": "afgeleid",
    },
    "es": {
        "email": "correo electrónico", "true": "sí", "false": "no",
        "phone": "teléfono", "locale": "idioma", "timezone": "zona horaria", "address.street": "calle",
        "address.postal_code": "código postal", "address.city": "ciudad", "address.country": "país",
        "first_name": "nombre", "last_name": "apellido", "birthday": "cumpleaños",
        "declared": "nos lo dijo usted", "behaviour": "su uso", "inferred": "deducido",
    },
    "it": {
        "email": "e-mail", "true": "sì", "false": "no",
        "phone": "telefono", "locale": "lingua", "timezone": "fuso orario", "address.street": "via",
        "address.postal_code": "CAP", "address.city": "città", "address.country": "paese",
        "first_name": "nome", "last_name": "cognome", "birthday": "compleanno",
        "declared": "detto da lei", "behaviour": "il suo uso", "inferred": "dedotto",
    },
}  # fmt: skip
PAUSED: Mapping[str, str] = {
    "en": "Paused until {day}.",
    "fr": "En pause jusqu'au {day}.",
    "de": "Pausiert bis {day}.",
    "nl": "Gepauzeerd tot {day}.",
    "es": "En pausa hasta el {day}.",
    "it": "In pausa fino al {day}.",
}
