"""Which addresses a webhook may reach: public ones alone, by a table of our own.

Python's `ipaddress.is_global` calls some inner addresses public (6to4 and NAT64 ones carry any IPv4 address inside).
Source: the IANA special-purpose address registries (RFC 6890) and the allocated IPv6 space (2000::/3).
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

_INNER_IPV4 = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by carriers (CGNAT)
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, and the clouds' metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
_ALLOCATED_IPV6 = ip_network("2000::/3")
"""The rest is special: loopback, IPv4-mapped, NAT64, discard, unique local, link-local, site-local, multicast."""
_INNER_IPV6 = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, with an IPv4 address inside
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the open Internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _INNER_IPV4)
    return address in _ALLOCATED_IPV6 and not any(address in network for network in _INNER_IPV6)


def resolve(host: str, port: int) -> list[Address]:
    """Give the addresses of a host, each once, in the resolver's order.

    Raises OSError when it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found))
