"""One word back: stop and help in many languages, and nothing that only looks like them."""

import pytest
from rapport.domain.replies import HELP, STOP, Wish, wish_of

STOPS = [
    "STOP",
    " stop. ",
    "Stop!",
    "arrêt",
    "ARRÊT SMS",
    "stopp bitte",
    "désabonner",
    "Cancelar",
    "Opt out",
    "opt-out",
    "STOP ALL",
]
HELPS = ["HELP", "Info?", "aide", "Hilfe!", "¿Ayuda?", "hjälp", "hjælp", "Pomoc", "help please"]
NEITHER = [
    "",
    "?",
    "I will stop by at noon",
    "don't stop",
    "no",
    "yes",
    "thanks, that helps",
    "stop" * 20,
    "\x00",
    "end of the month",
]


@pytest.mark.parametrize("text", STOPS)
def test_stop_is_understood_however_it_is_written_b11(text: str) -> None:
    assert wish_of(text) is Wish.STOP


@pytest.mark.parametrize("text", HELPS)
def test_help_is_understood_however_it_is_written(text: str) -> None:
    assert wish_of(text) is Wish.HELP


@pytest.mark.parametrize("text", [*NEITHER, None])
def test_what_says_more_or_nothing_is_neither(text: str | None) -> None:
    assert wish_of(text) is None


def test_no_word_means_both() -> None:
    assert not STOP & HELP
