"""Address safety: only public addresses are ever connected to, whatever a URL, a redirect or a DNS answer says."""

from __future__ import annotations

import ipaddress
import logging
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import CannotResolveHostError, UsageError
from scrapy.resolver import CachingHostnameResolver, HostResolution
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.misc import load_object
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer

from crawler.download import DownloadHandler
from crawler.middlewares.errors import BlockedAddress

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

EMBEDDED_V4 = (  # IPv6 ranges that carry an IPv4 address: (network, bits to the right of it)
    (ipaddress.ip_network("::ffff:0:0/96"), 0),  # IPv4-mapped, RFC 4291
    (ipaddress.ip_network("::/96"), 0),  # IPv4-compatible, RFC 4291
    (ipaddress.ip_network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (ipaddress.ip_network("2002::/16"), 80),  # 6to4, RFC 3056
)
NEVER_PUBLIC = tuple(
    ipaddress.ip_network(n)
    for n in ("64:ff9b:1::/48", "2001::/23", "fec0::/10", "192.88.99.0/24")  # RFC 8215, RFC 2928, RFC 3879, RFC 7526
)


def is_public(address: str) -> bool:
    """Whether an IP address (any spelling that ipaddress reads) is on the public internet."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        for network, shift in EMBEDDED_V4:
            if ip in network:
                return is_public(str(ipaddress.IPv4Address((int(ip) >> shift) & 0xFFFFFFFF)))
    if any(ip.version == n.version and ip in n for n in NEVER_PUBLIC):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


def is_loopback_host(host: str) -> bool:
    """Whether a host name is this machine by its very spelling: `localhost`, `x.localhost` (RFC 6761), 127.x, ::1."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@implementer(IResolutionReceiver)
class _PublicOnly:
    """Passes on the public addresses of a resolution; remembers the hosts that had others."""

    def __init__(self, receiver: Any, host: str, refused: dict[str, str]):
        self.receiver, self.host, self.refused = receiver, host, refused

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802 (Twisted's name)
        self.refused.pop(self.host, None)
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if is_public(address.host):
            self.receiver.addressResolved(address)
        else:
            self.refused[self.host] = address.host

    def resolutionComplete(self) -> None:  # noqa: N802
        self.receiver.resolutionComplete()


@implementer(IHostnameResolver)
class AddressResolver(CachingHostnameResolver):
    """The reactor's resolver (TWISTED_DNS_RESOLVER). It sees every host of every connection, IP literals too."""

    refused: dict[str, str] = {}  # noqa: RUF012 - host -> the address it was refused for; shared with the middleware

    def __init__(self, reactor: Any, cache_size: int, private: bool = False):
        super().__init__(reactor, cache_size)
        self.private = private

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> AddressResolver:
        return cls(
            reactor, crawler.settings.getint("DNSCACHE_SIZE"), crawler.settings.getbool("FETCH_PRIVATE_ADDRESSES")
        )

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: Any,  # noqa: N803 - the interface's names
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Any = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        if self.private and (hostName == "localhost" or hostName.endswith(".localhost")):
            resolutionReceiver.resolutionBegan(HostResolution(hostName))
            resolutionReceiver.addressResolved(IPv4Address("TCP", "127.0.0.1", portNumber))
            resolutionReceiver.resolutionComplete()
            return resolutionReceiver
        receiver = resolutionReceiver
        if not self.private:
            receiver = _PublicOnly(resolutionReceiver, hostName, self.refused)
        return super().resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)


class AddressMiddleware:
    """Turns a refusal of the resolver into the outcome `blocked-address`, before anything retries it."""

    def __init__(self, crawler: Crawler):
        handlers = crawler.settings.getwithbase("DOWNLOAD_HANDLERS")
        for scheme, path in handlers.items():
            if path is not None and not _is_a(path, DownloadHandler):
                raise UsageError(
                    f"DOWNLOAD_HANDLERS: the handler for {scheme} keeps neither the address check nor the pauses "
                    f"that hosts ask for; set it to None or to crawler.download.DownloadHandler",
                    print_help=False,
                )
        if not _is_a(crawler.settings["TWISTED_DNS_RESOLVER"], AddressResolver):
            raise UsageError(
                "TWISTED_DNS_RESOLVER must be crawler.middlewares.addresses.AddressResolver, which refuses others",
                print_help=False,
            )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressMiddleware:
        return cls(crawler)

    def process_exception(self, request: Request, exception: Exception) -> None:
        host = urlparse_cached(request).hostname or ""
        if isinstance(exception, CannotResolveHostError) and host in AddressResolver.refused:
            address = AddressResolver.refused[host]
            logger.warning("Refused %s: %s is not a public address", request.url, address)
            raise BlockedAddress(f"{address} is not a public address") from exception


def _is_a(path: Any, required: type) -> bool:
    try:
        return issubclass(load_object(path), required)
    except (ImportError, NameError, ValueError, TypeError):  # it cannot be loaded, or is no class
        return False
