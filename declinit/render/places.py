"""The places of faults, for formats that show faults beside the lines of files."""

from __future__ import annotations

from declinit.errors import Place

# Options of the command line, texts without a file, and what comes with the package.
_NO_FILES = ("--", "<", "recipe:")


def file_of(place: Place | None) -> str | None:
    """The file that a place is in; None where it is in no file of the user's."""
    if place is None or place.path or place.source.name.startswith(_NO_FILES):
        return None
    return place.source.name


def elsewhere(place: Place | None) -> str:
    """A place that is in no file of the user's, in words; empty for all others."""
    return str(place) if place is not None and file_of(place) is None else ""
