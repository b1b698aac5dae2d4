"""One module a kind of result: what people are shown of it, whatever the format."""
