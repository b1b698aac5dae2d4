"""Kinds of initializers: names, parameters and their constraints, formulas and implementations.

distributions  what one element's values follow
scaling        what fan-based kinds have in common
registry       `Kind`, and the `Registry` that finds kinds by any of their names
rows           the table of built-in kinds
extensions     users' own kinds
schema         the rows as JSON Schema
"""
