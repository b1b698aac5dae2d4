"""Probing a model: what leaves each of its layers, and what comes back to it.

observation  layers that are looked at while the model runs, and left as they were
sizes        the root mean square of a tensor
passes       one pass forward, and one back, on the backend
batches      what the model's inputs are given
vocabularies integers that a model's embeddings take
drawing      weights for one more seed, and the old ones back
labelling    why a layer need not keep its signal's size
expectations the gain to expect of a layer
questions    `Question`: what is asked, whatever the size of the model
probing      `probe`: a model, over seeds and sizes -> a `Probe`
"""
