"""The check of a catalogue: errors that keep it from being published, warnings for a person to judge."""

from rapport_authoring.check.checking import Checked, check, check_folder

__all__ = ["Checked", "check", "check_folder"]
