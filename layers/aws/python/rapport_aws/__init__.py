"""The ports of the core on AWS, and how a function is put together."""
