"""Where a webhook may be sent, and where not."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Where no receiver can be, but where the secrets of a machine in a cloud may be.
_FORBIDDEN = [
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the metadata services of most clouds
        "100.100.100.200/32",  # metadata of Alibaba Cloud
        "168.63.129.16/32",  # the platform address of Azure
        "192.0.0.192/32",  # metadata of Oracle Cloud (classic)
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "fd00:ec2::/32",  # metadata of AWS
        "fd20:ce::/32",  # metadata of Google Cloud
        "fd00:42::/32",  # metadata of Scaleway
    )
]
_PRIVATE = [
    ipaddress.ip_network(each)
    for each in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "100.64.0.0/10",
        "::1/128",
        "fc00::/7",
    )
]
#: Names under which clouds offer their metadata; some resolve only inside.
_METADATA_NAMES = {"metadata", "metadata.google.internal", "metadata.goog", "instance-data"}
_REASON = "link-local, metadata, multicast, reserved and unspecified addresses are never sent to"


def find_target_problems(url: str) -> list[str]:
    """What is wrong with a URL by itself, without the network; empty if nothing is."""
    try:
        parts = urlsplit(url)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        return ["is no valid URL: use https://host/path"]
    if parts.scheme not in ("https", "http") or not parts.hostname or not port_is_right:
        return ["is no valid URL: use https://host/path"]
    problems: list[str] = []
    if "@" in parts.netloc:
        problems.append("has a user or a password in it; the signature tells the receiver who sends")
    host = parts.hostname.rstrip(".")
    address = _parse_address(host)
    if host in _METADATA_NAMES or (address is not None and _is_forbidden(address)):
        problems.append(f"leads to {host}: {_REASON}")
    elif parts.scheme == "http" and address is not None and not _is_private(address):
        problems.append(f"sends to {host} by plain http, where everybody on the way can read; use https://")
    return problems


def resolve(parts: SplitResult) -> str:
    """The address to connect to. A name that was harmless yesterday may lead elsewhere today.

    Raises OSError if the name has no address, ValueError if the address may not be sent to.
    """
    host = parts.hostname or ""
    found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    text = str(found[0][4][0])
    address = ipaddress.ip_address(text.split("%")[0])
    if _is_forbidden(address):
        raise ValueError(f"{host} resolves to {text}: {_REASON}")
    if parts.scheme == "http" and not _is_private(address):
        raise ValueError(f"{host} resolves to {text}, which is not private, and plain http is readable")
    return text


def _parse_address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_forbidden(address: Address) -> bool:
    carried = _carried(address)
    return any(carried in network for network in _FORBIDDEN)


def _is_private(address: Address) -> bool:
    carried = _carried(address)
    return any(carried in network for network in _PRIVATE)


def _carried(address: Address) -> Address:
    """An IPv4 address inside an IPv6 one is what counts."""
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address.sixtofour or address
    return address
