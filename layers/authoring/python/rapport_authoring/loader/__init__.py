"""From files to documents, each value with its file, line and column."""

from rapport_authoring.loader.reading import Documents, Entry, Template, load, read_folder

__all__ = ["Documents", "Entry", "Template", "load", "read_folder"]
