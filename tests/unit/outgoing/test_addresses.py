"""Where an endpoint's name may lead to."""

from collections.abc import Iterable
from ipaddress import ip_address

import pytest

from billing.adapters.outgoing.addresses import Refused, Resolve, is_public, judged, resolved

INSIDE = {
    "this network": "0.0.0.0",
    "private, class A": "10.1.2.3",
    "shared by a carrier": "100.64.0.1",
    "this machine": "127.0.0.1",
    "another name of this machine": "127.8.9.10",
    "metadata of the cloud": "169.254.169.254",
    "metadata of containers": "169.254.170.2",
    "private, class B": "172.31.255.255",
    "private, class C": "192.168.1.1",
    "benchmarks": "198.18.0.1",
    "documentation": "203.0.113.7",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "everybody": "255.255.255.255",
    "this machine, IPv6": "::1",
    "nowhere, IPv6": "::",
    "metadata, IPv6": "fd00:ec2::254",
    "link-local, IPv6": "fe80::1",
    "site-local, IPv6": "fec0::1",
    "multicast, IPv6": "ff02::1",
    "documentation, IPv6": "2001:db8::1",
    "this machine, mapped": "::ffff:127.0.0.1",
    "metadata, mapped": "::ffff:169.254.169.254",
    "private, compatible": "::10.0.0.1",
    "private, 6to4": "2002:0a00:0001::1",
    "private, NAT64": "64:ff9b::a00:1",
    "teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
}
OUTSIDE = [
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


def answering(*addresses: str) -> Resolve:
    """A resolver that knows one answer."""

    def resolve(_host: str, _port: int) -> Iterable[str]:
        return addresses

    return resolve


@pytest.mark.parametrize("what", INSIDE)
def test_nothing_is_sent_inside(what: str) -> None:
    assert not is_public(ip_address(INSIDE[what]))
    with pytest.raises(Refused):
        judged("hooks.example", 443, answering(INSIDE[what]))


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_are_gone_to(address: str) -> None:
    assert ip_address(judged("hooks.example", 443, answering(address))) == ip_address(address)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_inner_address_among_public_ones_is_enough_to_refuse(place: int) -> None:
    addresses = ["8.8.8.8", "2606:4700::1111"]
    addresses.insert(place, "10.0.0.5")
    with pytest.raises(Refused):
        judged("hooks.example", 443, answering(*addresses))


def test_a_zone_hides_nothing_and_no_address_is_none() -> None:
    for answer in (["fe80::1%eth0"], []):
        with pytest.raises(Refused):
            judged("hooks.example", 443, answering(*answer))


def test_on_one_machine_only_the_loopback_will_do() -> None:
    assert judged("127.0.0.1", 80, answering("127.0.0.1"), only_loopback=True) == "127.0.0.1"
    with pytest.raises(Refused):
        judged("127.0.0.1", 80, answering("8.8.8.8"), only_loopback=True)


def test_the_systems_resolver_answers_with_addresses() -> None:
    assert resolved("127.0.0.1", 80) == ["127.0.0.1"]
