"""Everything that touches a Keras model, and nothing else does.

addresses     one unique, stable path for every variable
naming        names that Keras generates, counted anew
attributes    what the attributes of a layer hold
storage       where Keras' files keep each variable
places        where a layer keeps each variable's initializer
survey        a model -> its inventory
tensors       reading and writing variables, whole or in pieces
application   a plan and a model -> weights and an audit
verification  an audit and a model -> what became of each weight
building      a function that builds a model, and a spec -> the model, initialized once
exporting     a model -> a spec of the initializers that its layers carry
folding       values by path -> as few patterns as say them
loading       what `--model` names -> a model
"""
