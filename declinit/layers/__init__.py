"""What is known of Keras' layers without importing Keras.

table    one row per layer class: what is known of each of its variables
fans     which axes of a variable count inputs, and which count outputs
parts    named regions of one variable, such as the gates of a recurrent kernel
regions  which elements of a variable a part of it holds
lineage  a layer's class and its bases: their names, and whether they are Keras' own
generated_names  the names that Keras makes up, and their order among siblings
keras_stems  the stems of those names, of Keras' own classes
norms    layers that scale by 1 plus a variable
"""
