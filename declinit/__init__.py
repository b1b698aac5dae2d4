"""declinit."""
