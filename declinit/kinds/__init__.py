"""Kinds of initializers: names, parameters and their constraints, formulas and implementations.

distributions    what one element's values follow
moments          their moments in decimal arithmetic, the same numbers everywhere
filling          which shapes the structured kinds can fill
scaling          what fan-based kinds have in common
implementations  what makes a kind's initializers
kind             `Kind`
numbers          where a kind takes numbers, and a policy may write formulas
registry         the `Registry` that finds kinds by any of their names
rows             the table of built-in kinds
factories        users' own classes and functions, as they are registered
signatures       what their signatures say of their parameters
users            kinds around them, and around what is registered with Keras alone
offers           what installed packages offer
keras_names      the names that Keras knows users' classes by
extensions       the kinds that specs may name now
seed_schema      the JSON Schema of seeds
schema           kinds as JSON Schema; the rows own the schemas of parameters
"""
