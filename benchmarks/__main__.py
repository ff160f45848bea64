"""Every figure of docs/benchmarks.md: `make bench`."""

import subprocess
import sys

BENCHMARKS = (
    ("drain", "mosquitto", "nats", "--messages", "400000", "--peer"),
    ("drain", "mosquitto", "nats", "--messages", "20000", "--readings", "100"),
    ("store",),
    ("live", "100", "60"),
    ("live", "5000", "60"),
    ("pages",),
)
"""Module and arguments of each, in the order of the document."""


def main() -> None:
    """The figures are on standard output, one benchmark after the other, each in a process of its own."""
    for module, *arguments in BENCHMARKS:
        print(f"\n== python -m benchmarks.{' '.join((module, *arguments))}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *arguments], check=True)


main()
