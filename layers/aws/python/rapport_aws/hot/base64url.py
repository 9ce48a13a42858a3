"""Base64 for addresses and JSON Web Tokens: url-safe, unpadded, and only one spelling of every value."""

from binascii import Error, a2b_base64, b2a_base64

TO_URL = bytes.maketrans(b"+/", b"-_")
FROM_URL = bytes.maketrans(b"-_", b"+/")
ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def encode(raw: bytes) -> str:
    """Return the text of some bytes."""
    return b2a_base64(raw, newline=False).translate(TO_URL).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes | None:
    """Return the bytes of a text; None for a character or an ending that `encode` would not have written."""
    if not ALPHABET.issuperset(text):
        return None
    padding = "=" * (-len(text) % 4)
    try:
        raw = a2b_base64((text + padding).encode("ascii").translate(FROM_URL), strict_mode=True)
    except Error:
        return None
    # The last character has bits that nobody reads: without this, one token would have four spellings.
    return raw if encode(raw) == text else None
