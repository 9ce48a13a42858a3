"""What a reply of a word or two means: stop, or help. In the languages of Europe, as networks and people write them."""

import unicodedata
from enum import StrEnum
from typing import Final


class Wish(StrEnum):
    """What somebody wants who answers a message in one word."""

    STOP = "stop"
    HELP = "help"


STOP: Final = frozenset(
    {
        *("stop", "stopall", "cancel", "end", "quit", "unsubscribe", "optout", "revoke"),
        *("arret", "arreter", "desabonner", "desinscrire", "fin"),
        *("stopp", "abmelden", "abbestellen", "ende", "austragen"),
        *("afmelden", "uitschrijven"),
        *("alto", "baja", "parar", "cancelar", "salir"),
        *("basta", "ferma", "annulla", "cancella", "disiscrivi"),
        *("sair", "remover"),
        *("avsluta", "avregistrera", "afmeld", "frameld", "slutt", "lopeta", "peru"),
        *("rezygnuje", "wypisz", "koniec", "odhlasit", "konec", "leiratkozas", "dezabonare", "odjava"),
    }
)
HELP: Final = frozenset(
    {
        *("help", "info", "infos", "aide", "hilfe", "hulp", "ayuda", "aiuto", "ajuda"),
        *("hjalp", "hjaelp", "hjelp", "apua", "pomoc", "segitseg", "ajutor"),
    }
)
FILLERS: Final = frozenset({"please", "pls", "sms", "sil", "vous", "plait", "bitte", "por", "favor", "all", "tout"})
MEANINGS: Final = {**dict.fromkeys(STOP, Wish.STOP), **dict.fromkeys(HELP, Wish.HELP)}
LETTERS: Final = str.maketrans({"æ": "ae", "ø": "o", "ß": "ss", "ł": "l", "đ": "d"})
APOSTROPHES: Final = "'\u2019"
LONGEST: Final = 40
"""Characters; whoever writes more says more than one of these words."""


def wish_of(text: str | None) -> Wish | None:
    """What a reply asks for: one of the words alone, however it is accented or politely put."""
    if text is None or len(text) > LONGEST:
        return None
    words = [word for word in plain(text).split() if word not in FILLERS]
    meant = "".join(words) if words[:1] == ["opt"] else " ".join(words)
    return MEANINGS.get(meant)


def plain(text: str) -> str:
    """The words of a text in small letters without accents or marks."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter) and letter not in APOSTROPHES)
    return "".join(letter if letter.isalnum() else " " for letter in letters)
