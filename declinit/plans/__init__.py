"""Plans: what every variable of a model will receive, decided before anything is touched.

inventory    what is known of a model's variables
selection    which rules match which variables
near_misses  why a rule may match nothing
findings     what a policy's strictness makes of a selection
unused_names constants and groups that nothing uses
renaming     whether the moves of a policy fit a model
scopes       what the names of a formula stand for
computations what a formula came to
evaluation   the formulas of rules, computed for each variable
outcomes     what a rule comes to for equal variables
parts        where parts of variables lie, and what they come to
checkpoints  which tensor of a checkpoint is a variable's
copies       which variable another one copies
fitting      whether a stored tensor fits a variable
provenance   the policy that a plan or an audit was made of; mappings by path
plan         `Plan`, the whole decision
resolution   a spec and an inventory -> a plan
renames      layers that two plans know under different names
proposals    the `moved` list under which renamed layers keep their seeds
numbering    entries of such a list that differ in a number, as one
covers       the widest patterns that name some variables and leave others alone
outlines     what a model does today, in as few rules as there are initializers
likenesses   how alike the names of layers are
adoption     a recipe's groups for a model whose layers have other names
contradictions  what an entry of a plan or an audit says twice, and differently
comparison   what differs between two plans, in any value
diffs        what differs between two sides, in their distributions
"""
