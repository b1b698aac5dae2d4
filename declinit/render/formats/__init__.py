"""One module a format: a layout, a report or faults as `str`; whatever stands here is a format."""
