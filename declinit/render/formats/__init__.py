"""One module a format: a layout, or faults, as `str`; whatever stands here is a format."""
