"""The version of declinit, as plans and audits record it."""

VERSION = "0.1.0"
