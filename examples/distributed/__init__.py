"""A model over several hosts: one program that every process runs, and its policy."""
