"""A policy: rules read from a document, extended by others, overridden, and written back.

actions    what a rule does
loads      what a rule that loads says, and the tensor it comes to
copies     what a rule that copies says, and the variable it comes to
steps      what is done to values that are loaded or copied
slicing    which part of a variable an `at` means
groups     named lists of patterns
constants  named numbers for formulas
formulas   what can be said of formulas without a model
moves      where layers were before they were renamed
rules      `Rule`, and how strict a policy is
reading    from a document to rules
saving     what every document can do: become data, text and a file
spec       `Spec`, the whole policy
recipes    published policies that come with the package
locations  where a spec is: a file or a recipe
lint       what is allowed, and most often a mistake
overrides  `--set`, `--rule` and `--checkpoint`
rule_texts the text of a `--rule`
inheritance what a document extends, joined with it
extending  `load`: a file, what it extends, and what overrides it
beginnings first policies where no model is at hand
texts      a policy as the text of a YAML file
"""
