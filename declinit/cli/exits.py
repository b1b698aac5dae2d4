"""Exit codes, and the error that stands for wrong usage."""

from __future__ import annotations

from declinit.errors import DeclinitError

FINE = 0
FINDINGS = 1  # faults in a spec, drift, changed weights
USAGE = 2  # wrong arguments, or input that cannot be read
INTERNAL = 3  # a fault of declinit itself; a signal ends with 128 and its number, as in shells


class UsageError(DeclinitError):
    """Arguments that contradict each other or lack something."""
