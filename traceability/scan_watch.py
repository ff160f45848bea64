"""When the same code is opened in so many places that the seller should be asked; rules are rows with their source.

Nobody is accused by it: a link that went round among friends looks the same.
"""

import csv
import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from ipaddress import IPv6Address, ip_address

V4_PREFIX_BITS, V6_PREFIX_BITS = 24, 48
"""What a provider hands out as one network; a single home is not to be told from its street."""
HASH_BYTES = 8
"""Of some thousands of networks no two fall together; and too few to be anybody's name elsewhere."""
MOST_NETWORKS_A_THING = 100
"""More on one day change no answer."""
MOST_NETWORKS = 200_000
"""Remembered in a day, of all codes together: 20 MB or so. Beyond it a day's further networks are not counted."""
AFTER_RECALL, AFTER_SALE = "after_recall", "after_sale"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanThreshold:
    """From so many networks on within so many days the seller is to be asked; zh, en: what was noticed."""

    rule: str
    networks: int
    days: int
    zh: str
    en: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanDay:
    """From how many networks a thing was opened on one day (UTC); a network counts again on another day."""

    day: date
    networks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFinding:
    """A threshold that was reached: how many networks, counted from which day on."""

    threshold: ScanThreshold
    networks: int
    since: date


@cache
def scan_thresholds() -> tuple[ScanThreshold, ...]:
    """Every rule, the gravest first."""
    text = files("traceability").joinpath("scan_thresholds.csv").read_text(encoding="utf-8")
    return tuple(
        ScanThreshold(
            rule=row["rule"],
            networks=int(row["networks"]),
            days=int(row["days"]),
            zh=row["zh"],
            en=row["en"],
            source=row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def days_watched() -> int:
    """Beyond how many days a count can no longer matter."""
    return max(threshold.days for threshold in scan_thresholds())


def judged_scans(
    scans: Sequence[ScanDay], *, today: date, sold_on: date | None = None, recalled_on: date | None = None
) -> ScanFinding | None:
    """The gravest rule that these days break; None where none does.

    The day of sale or recall itself tells nothing: most of it may lie before.
    """
    starts = {AFTER_RECALL: recalled_on, AFTER_SALE: sold_on}
    for threshold in scan_thresholds():
        first = today - timedelta(days=threshold.days - 1)
        if threshold.rule in starts:
            start = starts[threshold.rule]
            if start is None:
                continue
            first = max(first, start + timedelta(days=1))
        counted = [scan for scan in scans if first <= scan.day <= today]
        networks = sum(scan.networks for scan in counted)
        if networks >= threshold.networks:
            return ScanFinding(threshold=threshold, networks=networks, since=min(scan.day for scan in counted))
    return None


def network_of(address: str) -> bytes | None:
    """The network an address belongs to, its last bits cut off; None where it is no IP address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return found.packed[: V6_PREFIX_BITS // 8]
        found = found.ipv4_mapped
    return found.packed[: V4_PREFIX_BITS // 8]


class ScanCounter:
    """Counts, per day, from how many networks each thing was opened; remembers no address.

    Kept in memory are salted hashes of (network, thing): one network cannot be followed from code to code. The salt
    and the hashes are thrown away with the day and never leave this object; only numbers do, by `take`.
    A new process has a new salt, so that a network may be counted once more that day.
    """

    def __init__(self, *, new_salt: Callable[[], bytes], most_networks: int = MOST_NETWORKS) -> None:
        self._new_salt, self._most = new_salt, most_networks
        self._lock = threading.Lock()
        self._day: date | None = None
        self._salt = b""
        self._seen: dict[str, set[bytes]] = {}
        self._remembered = 0
        self._untold: dict[tuple[str, date], int] = {}

    def note(self, thing: str, address: str, *, today: date) -> None:
        """The thing was opened from that address, whose network counts once a day."""
        network = network_of(address)
        if network is None:
            return
        with self._lock:
            if today != self._day:
                self._day, self._salt, self._remembered = today, self._new_salt(), 0
                self._seen.clear()
            seen = self._seen.setdefault(thing, set())
            if len(seen) >= MOST_NETWORKS_A_THING or self._remembered >= self._most:
                return
            mark = hashlib.blake2b(network + thing.encode(), key=self._salt, digest_size=HASH_BYTES).digest()
            if mark not in seen:
                seen.add(mark)
                self._remembered += 1
                self._untold[thing, today] = self._untold.get((thing, today), 0) + 1

    def take(self) -> Mapping[tuple[str, date], int]:
        """How many networks came new since the last call, by thing and day."""
        with self._lock:
            taken, self._untold = self._untold, {}
        return taken

    def put_back(self, untold: Mapping[tuple[str, date], int]) -> None:
        """What was taken and could not be kept is taken again the next time."""
        with self._lock:
            for key, networks in untold.items():
                if len(self._untold) < self._most:
                    self._untold[key] = self._untold.get(key, 0) + networks
