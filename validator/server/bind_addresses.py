"""The addresses to listen on, in the format of gunicorn's setting `bind`."""

from socket import AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, socket


def all_interfaces(port: int) -> list[str]:
    """Return the address of all interfaces: IPv4 and IPv6, or IPv4 where there is no IPv6."""
    try:
        with socket(AF_INET6) as probe:
            probe.bind(("::", 0))
            takes_both = not probe.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)
    except OSError:
        takes_both = False
    return [f"[::]:{port}" if takes_both else f"0.0.0.0:{port}"]


def loopback(port: int) -> list[str]:
    """Return the addresses of all loopback hosts."""
    return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in loopback_hosts()]


def loopback_hosts() -> list[str]:
    """Return the loopback hosts, with ::1 where there is IPv6: `localhost` may mean either."""
    try:
        with socket(AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return ["127.0.0.1"]
    return ["127.0.0.1", "::1"]
