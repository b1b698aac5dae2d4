"""The statistics of draws: whether values can be what an initializer draws; NumPy alone.

outcomes       what one test of one variable found
averages       how probable an average is
kolmogorov     how probable a distance between distribution functions is
holm           which of many tests reject
power          how small a deviation a test could have seen
rounding       which numbers a dtype rounds to one
half_types     whether values passed through half precision
views          which numbers a distribution is tested on
fingerprints   copies of variables, and of rows within one
gathering      one pass over a variable's values
consistency    the tests of values against a distribution
equality       values that are known to the bit
orthogonality  the tests of orthogonal matrices
"""
