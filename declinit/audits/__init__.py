"""Audits: what every variable received, and how a model compares with that later.

measures      digest and statistics of values
background    measures taken on other threads
consistency   whether values can have been drawn from a distribution
audit         `Audit`, and a `Record` for each variable
verification  `Verification`, and a `Verdict` for each variable
"""
