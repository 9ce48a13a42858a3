"""Imports point inwards: the contracts of pyproject.toml hold."""

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


def test_every_import_points_inwards() -> None:
    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS
