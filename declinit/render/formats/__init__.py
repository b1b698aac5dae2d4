"""One module a format: a layout, or faults, as `str`."""
