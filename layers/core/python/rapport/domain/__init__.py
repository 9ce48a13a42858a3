"""The values and rules of the domain: imports nothing but itself, msgspec and the standard library."""
