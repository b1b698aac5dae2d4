"""Documents checked: against the published JSON Schemas, and initializers against their kinds.

files         the published schemas
bundles       the schema of specs with that of initializers in it
validators    validators of data against a schema
places        where in a file a single character of a value stands
wording       what a validator found, in words
settings      the keys of a spec that later documents and `--set` replace
initializers  an `initializer:` entry against its own kind
formulas      whether texts are formulas, and what their numbers are held to
shapes        whole documents
"""
