"""Documents checked: against the published JSON Schemas, and initializers against their kinds.

files         the published schemas
validators    what checks data against a schema
wording       what a validator found, in words
initializers  an `initializer:` entry against its own kind
shapes        whole documents
"""
