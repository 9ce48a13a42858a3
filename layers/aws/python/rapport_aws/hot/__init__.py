"""The light clients of the hot path: what `personalise` needs of AWS without an SDK's start-up (decision 0020)."""
