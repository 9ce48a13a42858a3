"""Phone numbers as people write them."""

import pytest
from rapport.domain.house import House
from rapport.domain.trait import BUILT_IN
from rapport.domain.typed import read
from rapport.domain.wire import UnfitError
from rapport.use_cases.phones import e164

FRENCH = e164(House("Trails", locale="fr-FR"))


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("+33612345678", "+33612345678"),
        ("06 12 34 56 78", "+33612345678"),
        ("06.12.34.56.78", "+33612345678"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("0033 6 12 34 56 78", "+33612345678"),
    ],
)
def test_a_number_is_kept_as_e164(written: str, stored: str) -> None:
    assert read(BUILT_IN["phone"], written, FRENCH) == stored


@pytest.mark.parametrize(
    "written", ["12", "phone 0612345678", "0612345678 x5", "06 12 34", "٠٦١٢٣٤٥٦٧٨", "1" * 5000, "+"]
)
def test_what_is_no_number_is_refused_e16(written: str) -> None:
    with pytest.raises(UnfitError):
        read(BUILT_IN["phone"], written, FRENCH)


def test_a_house_of_no_country_takes_no_number_without_one() -> None:
    with pytest.raises(UnfitError):
        read(BUILT_IN["phone"], "06 12 34 56 78", e164(House("Trails", locale="fr")))
