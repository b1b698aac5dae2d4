"""Turning results into text: pure functions from plans, audits, verifications and faults to `str`.

    value -> layouts (title, tables, summary, notes) -> report (with faults) -> formats -> str

layout    `Layout`, which every result becomes, and what it is made of
report    `Report`, a layout with what is wrong in it
layouts/  one module a kind of result: how it is laid out, whatever the format
formats/  one module a format: how a layout, or faults, are written
renderers the table of what is written in which format; a new format is a module and its rows
notebook  how documents show themselves in notebooks
places    whether a fault is in a file of the user's
style     colours and headings, for people or for programs
wording   counts, shapes and numbers as words
printable text from files, without what would steer a terminal
"""
