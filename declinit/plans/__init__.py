"""Plans: what every variable of a model will receive, decided before anything is touched.

inventory    what is known of a model's variables
selection    which rules match which variables
near_misses  why a rule may match nothing
findings     what a policy's strictness makes of a selection
scopes       what the names of a formula stand for
evaluation   the formulas of rules, computed for each variable
checkpoints  which tensor of a checkpoint is a variable's
fitting      whether a stored tensor fits a variable
recipes      what a rule comes to for equal variables
provenance   the policy that a plan or an audit was made of; mappings by path
plan         `Plan`, the whole decision
resolution   a spec and an inventory -> a plan
renames      layers that two plans know under different names
contradictions  what an entry of a plan or an audit says twice, and differently
comparison   what differs between two plans
"""
