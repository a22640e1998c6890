"""Where an endpoint's name leads to, and whether we may go there.

An endpoint is what somebody typed in. Its name may lead into our own network, to the machine's metadata service or to
this machine, now or at the next look-up; so names are resolved here, every address is judged, and the connection goes
to the very address that was judged.
"""

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Iterable[str]]

REFUSED = tuple(
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16"),
        *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)
"""Private, loopback, link-local (with the metadata service), shared (CGNAT), multicast, reserved and documentation.

Named here and not left to `is_global` alone, whose opinion differs between versions of Python.
"""

NAT64 = ip_network("64:ff9b::/96")


class Refused(Exception):
    """A name leads to where nothing of ours is sent."""


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system's resolver gives them."""
    found: list[Any] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def judged(host: str, port: int, resolve: Resolve, *, only_loopback: bool = False) -> str:
    """One address of the host, once all of them were judged; `Refused` if any may not be gone to.

    `only_loopback`: the one exception, for tests on one machine; then nothing else will do.
    """
    addresses = [ip_address(text.partition("%")[0]) for text in resolve(host, port)]
    if not addresses:
        raise Refused("the name has no address")
    for address in addresses:
        if not (address.is_loopback if only_loopback else is_public(address)):
            raise Refused("the name leads to an address that is not public")
    return str(addresses[0])


def is_public(address: Address) -> bool:
    """Whether anybody on the internet has this address; one that carries an IPv4 address is judged by that."""
    if isinstance(address, IPv6Address):
        inner = IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address.ipv4_mapped
        if inner:
            return is_public(inner)
    return address.is_global and not any(address in network for network in REFUSED)
