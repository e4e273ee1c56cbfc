"""Only public addresses are dialled, whatever form they come in."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.adapters.http.addresses import judge, networks

REFUSED = (
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "100:0:0:1::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2620:4f:8000::1",
    "3ffe::1",
    "3fff::1",
    "3fff:fff:ffff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "not an address",
    "",
    "127.1",
    "0x7f000001",
)
ALLOWED = (
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "192.167.255.255",
    "192.169.0.1",
    "198.17.255.255",
    "198.20.0.1",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a00:1450::1",
    "2c0f:fb50::1",
    "64:ff9b::8.8.8.8",
    "::ffff:8.8.8.8",
)


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_is_refused_with_a_reason(address: str) -> None:
    assert judge(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_a_public_address_is_allowed(address: str) -> None:
    assert judge(address) is None


def test_configuration_may_except_a_range_and_nothing_else() -> None:
    excepted = networks(["127.0.0.5/8", "fd00::/8"])

    assert judge("127.3.2.1", excepted) is None
    assert judge("::ffff:127.0.0.1", excepted) is None
    assert judge("fd12::1", excepted) is None
    assert judge("10.0.0.1", excepted) == "private"
    assert judge("::1", excepted) == "loopback"


def test_a_range_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0"):
        networks(["10.0.0/33"])


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_public_to_us(address: object) -> None:
    """Our table is the stricter one; Python's errs on the other side only."""
    ip = ip_address(str(address))
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)

    if mapped is None and (ip.is_private or ip.is_multicast or ip.is_reserved or ip.is_loopback):
        assert judge(str(ip)) or str(ip).startswith("64:ff9b::")
