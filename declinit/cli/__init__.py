"""The command line: the only code that reads arguments, prints, and exits.

main      the exit code that each end of a command has
parsing   a command line to a command and its options
arguments/ one module a command: its options, and the arguments that set them
commands/ one module a command: what it does
options   options that several commands share
exits     exit codes, and what ends a command early
inputs    specs, and the door to the user's model
checkpoints files of weights that options name
recorded  plans, audits, and whatever else `apply` carries out
sides     what `diff` compares
outputs   files to write, none of which may be one that is read
streams   standard output for results alone, whatever else is printed
signals   interruptions, none of which is lost
starting  Keras: which backend, and what to say where there is none
models    the user's model, and all that commands ask of Keras
terminal  what is shown: colour, progress, closed pipes

Keras is imported by `inputs.load_model` alone, after the backend is chosen. What a command works
with is imported when it runs, so that its `--help` and its mistakes are answered at once.
"""

from declinit.cli.main import main

__all__ = ["main"]
