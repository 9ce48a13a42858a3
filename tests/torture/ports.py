"""Free ports on this machine."""

import socket

from rapport_authoring.local.place import HOST


def free_ports(count: int) -> int:
    """The first of `count` ports in a row on which nobody listens."""
    return next(first for first in range(6100, 7900, 10) if all(_free(first + more) for more in range(count)))


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0
