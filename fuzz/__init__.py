"""Fuzzing of everything that reads what somebody else may have written: `make fuzz`.

    corpus -> mutations | strategies -> targets -> watching -> a report

- `corpus`: the good texts that mutations start from
- `mutations`: data and texts, changed a little, in ways that their readers may not expect
- `strategies`: texts made from nothing by hypothesis
- `targets`: the table of what is fuzzed; a new document, notation or command-line text is a row
- `watching`: one text through one target, and what must not happen meanwhile

`python -m fuzz --help` has the options. Whatever is found becomes a case in `tests/`.
"""
