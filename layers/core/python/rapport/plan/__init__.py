"""The compiled catalogue: conditions as plans, and how they are read."""
