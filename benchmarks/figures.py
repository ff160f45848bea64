"""What a benchmark ran on, and quantiles."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import numpy as np


def machine() -> str:
    """What this was measured on, as a line."""
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


def quantiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """How many there are, their p50, p95 and p99, and the greatest, in ms."""
    p50, p95, p99 = np.quantile(np.asarray(milliseconds), [0.5, 0.95, 0.99])
    most = max(milliseconds)
    return {"n": len(milliseconds), "p50_ms": float(p50), "p95_ms": float(p95), "p99_ms": float(p99), "max_ms": most}
