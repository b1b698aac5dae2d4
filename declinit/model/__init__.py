"""Everything that touches a Keras model, and nothing else does.

arguments     what functions that touch models take
addresses     one unique, stable path for every variable
naming        names that Keras generates, counted anew
attributes    what the attributes of a layer hold
storage       where Keras' files keep each variable
places        where a layer keeps each variable's initializer
survey        a model -> its inventory
targets       each variable with its assignment and its initializer
processes     what several processes agree on, and how one's fault ends all
agreement     what of plans and audits has to be the same in all processes
sources       what a user hands over, and the plan that it amounts to
loaded        the tensors that a plan loads, and their values
copied        the variables that a plan copies, and when
taken         values that no layer's config can make again
stepping      tensors behind take, transpose and reshape, read in blocks
tensors       reading and writing variables, whole or in pieces
shares        who measures which tiles of a sharded variable
gathering     measures of sharded variables, taken by all processes together
copies        whether all devices that hold a shard hold the same values
calling       initializers that are not ours, and what they return
configs       initializers where layers keep them
notes         what an audit says beside its records
progress      how far long work has come, as a bar
recording     what was done -> an audit
application   a plan and a model -> weights and an audit
verification  an audit and a model -> what became of each weight
plausibility  a policy and a model -> whether each weight is a plausible draw
building      a function that builds a model, and a spec -> the model, initialized once
carried       a model -> a plan of what its layers carry
outlines      a model -> a first policy, with or without a recipe
exporting     a model -> a spec of the initializers that its layers carry
folding       values by path -> as few patterns as say them
loading       what `--model` names -> a model
registration  classes in a saved model that Keras finds only where they are registered
propagation/  a model and data -> how large signals are, forward and backward
"""
