"""Whom an address stands for: one and the same for all ways to write it."""

import ipaddress
import re
from functools import lru_cache

# What cannot be read is all one client: another spelling is not another person.
UNREADABLE = "unreadable"
SUBSCRIBER_BITS = 64
_PORT = re.compile(r":[0-9]{1,5}")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


# The longest way to write an address, with brackets, a zone and a port.
LONGEST = 128


def network_of(address: str) -> str:
    """The client behind an address: an IPv4 address, or an IPv6 subscriber's /64.

    Brackets, a port and a zone are left away. An IPv4 address that is written as
    an IPv6 one (mapped, RFC 4291, section 2.5.5.2; 6to4, RFC 3056; NAT64, RFC 6052)
    is that IPv4 address.
    """
    return _network_of(address) if len(address) <= LONGEST else UNREADABLE


@lru_cache(maxsize=4096)
def _network_of(address: str) -> str:
    parsed = _parse(address.strip())
    if parsed is None:
        return UNREADABLE
    if isinstance(parsed, ipaddress.IPv6Address):
        embedded = _embedded(parsed)
        if embedded is None:
            network = ipaddress.ip_network((parsed, SUBSCRIBER_BITS), strict=False)
            return str(network)
        return str(embedded)
    return str(parsed)


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if address.startswith("["):
        address, closing, rest = address[1:].partition("]")
        if not closing or (rest and not _PORT.fullmatch(rest)):
            return None
    elif address.count(":") == 1:
        address, _, port = address.partition(":")
        if not _PORT.fullmatch(f":{port}"):
            return None
    try:
        return ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _SIX_TO_FOUR:
        return address.sixtofour
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return None
