"""Pale text is warned of, in styles and attributes, for every brand."""

import pytest
from rapport_authoring.check.contrast import contrast, pale

BRANDS = {"dark": {"colour": "#0a5c4a"}, "light": {"colour": "#9fd8c4"}}


def warned(source: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in pale("t.j2", "templates/t.j2", source, BRANDS)]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000", "#ffffff", 21.0), ("#767676", "#fff", 4.54), ("#fff", "#fff", 1.0), ("#f00", "#FFFFFF", 4.0)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    "source",
    [
        "\n<style>p { color: #bbbbbb; background: #fff; }</style>",
        '\n<p style="background-color: #FFF; color:#bbb">x</p>',
        "\n<p style='color:#eee;background:#ddd'>x</p>",
        "\n<style>.button { background: {{ brand.colour }}; color: #ffffff }</style>",
    ],
)
def test_what_is_too_pale_is_named_with_its_line(source: str) -> None:
    assert [line for line, _ in warned(source)] == [2]


def test_the_brand_that_makes_it_pale_is_named() -> None:
    (found,) = warned("<style>.button { background: {{ brand.colour }}; color: #fff }</style>")
    assert "`light`" in found[1]


@pytest.mark.parametrize(
    "source",
    [
        "<style>p { color: #222; background: #fff; }</style>",
        "<style>p { color: #bbb; } div { background: #fff }</style>",
        "<style>p { background: #fff; border-color: #eee }</style>",
        "<style>p { color: {{ brand.nothing }}; background: #fff }</style>",
        "Nothing at all",
    ],
)
def test_what_can_be_read_or_not_be_judged_is_left_alone(source: str) -> None:
    assert warned(source) == []
