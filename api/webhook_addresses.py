"""Where a webhook may be posted to: an address anyone can name must not lead into the house.

Whoever subscribes names the address, so it is hostile: names that resolve to this machine or its network are refused,
and what was resolved and checked is what is connected to, so that a second answer of the name server changes nothing.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Resolve = Callable[[str, int], Sequence[str]]
"""The IP addresses of a host name and port; raises OSError."""

PORTS = {"http": 80, "https": 443}
FIRST_FREE_PORT = 1024
"""Below it only the ports of the web: behind others listen mail servers and the like, which read lines of anything."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")
IPV4_BITS = 0xFFFFFFFF

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class DestinationError(Exception):
    """Nothing is posted there; the message says why, and nothing of what was found inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """An address taken apart. host: a name or an IP address without brackets; target: path and query as sent."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read_destination(url: str) -> Destination:
    """The address as far as its text goes; raises DestinationError. `url` is a URI in ASCII."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError as error:
        msg = f"the address cannot be read: {error}"
        raise DestinationError(msg) from None
    if scheme not in PORTS:
        msg = f"http:// or https:// is expected, not {scheme}"
        raise DestinationError(msg)
    if not host or "@" in parts.netloc or "%" in host or parts.fragment:
        msg = "a host without user, password and fragment is expected"
        raise DestinationError(msg)
    number = PORTS[scheme] if port is None else port
    if number < FIRST_FREE_PORT and number not in PORTS.values():
        msg = f"port {number} is none of 80, 443 or {FIRST_FREE_PORT} and above"
        raise DestinationError(msg)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(scheme=scheme, host=host, port=number, target=target)


def resolved(destination: Destination, *, resolve: Resolve, private: bool) -> Sequence[str]:
    """The IP addresses to connect to, in order; private: any is allowed.

    Raises DestinationError where there is none, or one that is not of the public internet.
    """
    try:
        found = resolve(destination.host, destination.port)
    except (OSError, UnicodeError):
        found = ()
    if not found or not (private or all(is_public(address) for address in found)):
        # One answer for both: which names there are inside is nobody's business.
        msg = f"{destination.host[:100]} is no host on the public internet"
        raise DestinationError(msg)
    return found


def is_public(text: str) -> bool:
    """Whether the IP address is one of the public internet; an IPv4 address within an IPv6 one counts as itself."""
    try:
        address: IpAddress = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(address)
    if inner is not None:
        address = inner
    return address.is_global and not address.is_multicast and not address.is_reserved and "%" not in text


def system_addresses(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _inner(address: IpAddress) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & IPV4_BITS)
    teredo = None if address.teredo is None else address.teredo[1]
    return address.ipv4_mapped or address.sixtofour or teredo
