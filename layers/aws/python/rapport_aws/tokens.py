"""Sealed tokens: what we hand to browsers and mail clients so that only we can read it when it comes back."""

import os
from collections.abc import Callable, Iterable, Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from rapport_aws.hot import base64url

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
BLOCK = 64  # payloads are filled up to a multiple, so that a token's length does not tell which offer is in it
LONGEST = 2048  # characters; longer ones are not looked at
END = b"\x80"  # of the payload; zeros follow
DOT = "."


class KeyRing:
    """The keys of one house: tokens are sealed with the first one and opened with any. A `Sealer` of the core.

    A token is `KEY-ID.BASE64URL`, the latter nonce, ciphertext and tag of AES-256-GCM-SIV. The key's id and the purpose
    are authenticated with it. Unlike plain GCM, SIV survives a nonce that comes twice and needs no count of tokens.
    `newer` reads the keys again when a token names one that is not known: another container may seal by it already.
    """

    def __init__(self, keys: Mapping[str, bytes], newer: Callable[[], Mapping[str, bytes]] | None = None) -> None:
        self._current = next(iter(keys))
        self._ciphers = {key_id: AESGCMSIV(key) for key_id, key in keys.items()}
        self._newer = newer

    def seal(self, purpose: str, payload: bytes, *, nonce: bytes | None = None) -> str:
        """Return a url-safe token. The simulator gives the nonce (12 bytes), so that its output repeats; nobody else.

        Raises ValueError for a payload that would make a token longer than `LONGEST`.
        """
        nonce = nonce or os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, padded(payload), bound(self._current, purpose))
        token = f"{self._current}{DOT}{base64url.encode(nonce + sealed)}"
        if len(token) > LONGEST:
            raise ValueError("the payload is too long for a token")
        return token

    def open(self, purpose: str, token: str) -> bytes | None:
        """Return the payload; None for anything forged, cut, foreign, of another purpose or too long."""
        key_id, _, text = token[: LONGEST + 1].partition(DOT)
        cipher = self._ciphers.get(key_id) or self._learned(key_id)
        raw = base64url.decode(text)
        if len(token) > LONGEST or cipher is None or raw is None or len(raw) < NONCE_BYTES + TAG_BYTES:
            return None
        try:
            filled = cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound(key_id, purpose))
        except InvalidTag:
            return None
        return filled.rstrip(b"\x00").removesuffix(END)

    def _learned(self, key_id: str) -> AESGCMSIV | None:
        """The cipher of a key that came after this ring was made; None for one that nobody has."""
        if self._newer is None or not key_id.isalnum():
            return None
        for name, key in self._newer().items():
            self._ciphers.setdefault(name, AESGCMSIV(key))
        return self._ciphers.get(key_id)


def key_ring(secrets: Iterable[str], newer: Callable[[], Iterable[str]] | None = None) -> KeyRing:
    """Build a key ring from lines `KEY-ID:BASE64URL`, the current key first; `newer` reads the lines again.

    Raises ValueError, naming no secret.
    """
    return KeyRing(parsed(secrets), None if newer is None else lambda: parsed(newer()))


def parsed(secrets: Iterable[str]) -> dict[str, bytes]:
    """Keys by id, from their lines. Raises ValueError."""
    keys: dict[str, bytes] = {}
    for secret in secrets:
        key_id, _, text = secret.strip().partition(":")
        key = base64url.decode(text)
        if not key_id.isalnum() or key is None or len(key) != KEY_BYTES:
            raise ValueError(f"a key is not ID:BASE64URL of {KEY_BYTES} bytes")
        keys[key_id] = key
    if not keys:
        raise ValueError("a key ring needs a key")
    return keys


def padded(payload: bytes) -> bytes:
    """Return the payload with its end marked, filled with zeros up to a whole number of blocks."""
    marked = payload + END
    return marked + bytes(-len(marked) % BLOCK)


def bound(key_id: str, purpose: str) -> bytes:
    """Return what is authenticated with the ciphertext: whose key it is and what it is for."""
    return f"rapport{DOT}{key_id}{DOT}{purpose}".encode()
