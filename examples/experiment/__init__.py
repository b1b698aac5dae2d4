"""A Hydra experiment whose config says which policy its model is initialized by."""
