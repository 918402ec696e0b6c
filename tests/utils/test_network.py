"""One client behind all ways to write its address."""

import pytest

from shopkeeper.utils.network import UNREADABLE, network_of


@pytest.mark.parametrize(
    "written",
    [
        "203.0.113.9",
        " 203.0.113.9 ",
        "203.0.113.9:41234",
        "::ffff:203.0.113.9",
        "::ffff:cb00:7109",
        "[::ffff:203.0.113.9]:443",
        "2002:cb00:7109::1",
        "64:ff9b::203.0.113.9",
    ],
)
def test_an_ipv4_address_is_itself_however_it_is_written(written: str) -> None:
    assert network_of(written) == "203.0.113.9"


@pytest.mark.parametrize(
    "written",
    [
        "2001:db8:1:2::7",
        "[2001:db8:1:2::7]",
        "[2001:db8:1:2:ffff::]:8080",
        "2001:db8:1:2::1%eth0",
    ],
)
def test_an_ipv6_subscriber_is_one_client(written: str) -> None:
    assert network_of(written) == "2001:db8:1:2::/64"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "unknown",
        "_hidden",
        "203.0.113.9:x",
        "203.0.113.9:1:2",
        "[203.0.113.9",
        "[::1]x",
    ],
)
def test_what_cannot_be_read_is_one_client(written: str) -> None:
    assert network_of(written) == UNREADABLE


def test_two_mapped_addresses_are_two_clients() -> None:
    assert network_of("::ffff:192.0.2.1") != network_of("::ffff:192.0.2.2")
