"""Laying out results as text: pure functions from plans, audits and verifications to `str`.

style     colours, columns, numbers
plans     a plan: grouped by rule, a line a variable, what changed between two
records   an audit, a verification, an inventory
kinds     the registry's initializers
problems  errors and warnings: text, JSON, GitHub annotations
"""
