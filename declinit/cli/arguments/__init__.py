"""Options and arguments of each command; one module a command.

Nothing here imports what a command works with, so that `--help` and mistakes are answered at once.
"""
