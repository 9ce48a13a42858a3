"""From files to documents, each value with its file, line and column."""

from rapport_authoring.loader.putting import put_document
from rapport_authoring.loader.reading import MAX_PROBLEMS, Documents, Entry, Template, load, no_collection, read_folder

__all__ = ["MAX_PROBLEMS", "Documents", "Entry", "Template", "load", "no_collection", "put_document", "read_folder"]
