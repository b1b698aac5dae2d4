"""Audits: what every variable received, and how a model compares with that later.

tiles         the grid that cuts an array
moments       mean, stddev and bounds from a fixed order of additions
measures      digest and moments of values, taken tile by tile
background    measures taken on other threads
statistics    the tests of values against what they should be (a folder)
examination   putting the tests to the values of one variable
plausibility  `Plausibility`, and a `Judgement` for each variable
summary       an audit in a few numbers and short texts
audit         `Audit`, and a `Record` for each variable
restoration   what did not come out as an audit records it, and why
pieces        the blocks in which large arrays are read
files         a file of weights against an audit
verification  `Verification`, and a `Verdict` for each variable
"""
