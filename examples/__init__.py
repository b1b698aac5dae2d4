"""Programs that use declinit as its users would."""
