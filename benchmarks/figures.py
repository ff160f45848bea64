"""How figures are printed: with the machine, and as quantiles."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import numpy as np


def machine() -> str:
    """What this was measured on."""
    memory_gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    hardware = f"{platform.machine()}, {os.cpu_count()} cores ({processor()}), {memory_gib:.0f} GiB"
    return f"{hardware}, Python {platform.python_version()}"


def processor() -> str:
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def quantiles(milliseconds: Sequence[float]) -> str:
    """p50, p95, p99 and the greatest, in ms."""
    p50, p95, p99 = np.quantile(np.asarray(milliseconds), [0.5, 0.95, 0.99])
    most = max(milliseconds)
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, max {most:.1f} ms (n = {len(milliseconds)})"
