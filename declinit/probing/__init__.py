"""Signal propagation: what a probe of a model has measured, and what is held against it.

signal       `Signal`, what leaves a layer and comes back to it
probe        `Probe`, the signals of a model over seeds and sizes, as a document
labels       why a layer need not keep its signal's size
limits       limits on signals, such as `gain>4`

The model itself is probed by `model.propagation`.
"""
