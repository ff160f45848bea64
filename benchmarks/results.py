"""What a benchmark measured, as one small file: the figures with the machine, the versions, the sizes and the command.

Every module of `benchmarks/` takes `--out FILE`; `benchmarks.report` and `benchmarks.plots` read these files.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.figures import processor

Value = str | int | float | None
Row = dict[str, Value]
PACKAGES = ("chdb", "clickhouse-connect", "paho-mqtt", "msgspec", "numpy")
"""Whose versions stand in every result."""
SIGNIFICANT_DIGITS = 5
FILE_WIDTH = 150
FOLDER = Path(__file__).parent / "results"


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What it was measured on, and who else was there.

    load_before: of one minute, when the benchmark began. stolen_percent: of the cores' time meanwhile, taken by the
    host for others where the machine is a virtual one; None in results from before it was counted.
    """

    architecture: str
    processor: str
    cores: int
    memory_gib: int
    system: str
    load_before: float
    stolen_percent: float | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark, run once. tables: by name, rows of figures whose keys carry the unit."""

    command: str
    measured: str
    machine: Machine
    versions: dict[str, str]
    sizes: dict[str, Value]
    tables: dict[str, list[Row]]


def this_machine() -> Machine:
    """The machine this runs on, as it is now."""
    return Machine(
        architecture=platform.machine(),
        processor=processor(),
        cores=os.cpu_count() or 1,
        memory_gib=round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        system=_system(),
        load_before=round(os.getloadavg()[0], 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreTimes:
    """Seconds that all cores together have spent since the machine started. stolen_s: by a host, for others."""

    total_s: float
    stolen_s: float

    @classmethod
    def now(cls) -> "CoreTimes":
        """As counted by the kernel up to now."""
        times: Any = psutil.cpu_times()
        return cls(total_s=sum(times[:8]), stolen_s=getattr(times, "steal", 0.0))  # behind: guests', in users' already

    def stolen_percent(self) -> float:
        """Of the cores' time since then."""
        now = CoreTimes.now()
        return round(100 * (now.stolen_s - self.stolen_s) / max(now.total_s - self.total_s, 1e-9), 1)


@dataclass(slots=True)
class Recording:
    """A result in the making; begun when the benchmark begins."""

    sizes: Mapping[str, Value]
    machine: Machine = field(default_factory=this_machine)
    measured: datetime = field(default_factory=lambda: datetime.now(UTC))
    versions: dict[str, str] = field(default_factory=lambda: {"python": platform.python_version()} | _packages())
    tables: dict[str, list[Row]] = field(default_factory=dict)
    _cores_before: CoreTimes = field(default_factory=CoreTimes.now)

    def add(self, table: str, row: Mapping[str, Value]) -> None:
        """The row is the table's last."""
        self.tables.setdefault(table, []).append({key: _rounded(value) for key, value in row.items()})

    def finish(self, out: Path | None) -> Result:
        """Everything is printed, and in the file where one is asked for."""
        result = Result(
            command=_command(sys.orig_argv),
            measured=self.measured.isoformat(timespec="seconds"),
            machine=msgspec.structs.replace(self.machine, stolen_percent=self._cores_before.stolen_percent()),
            versions=self.versions,
            sizes=dict(self.sizes),
            tables=self.tables,
        )
        show(result)
        if out is not None:
            write(out, result)
        return result


def add_out(parser: argparse.ArgumentParser) -> None:
    """The parser knows `--out`."""
    parser.add_argument("--out", type=Path, help="also write the figures to this file (JSON)")


def write(file: Path, result: Result) -> None:
    """The file holds the result, a row a line; a run that is stopped leaves none, or the one before."""
    file.parent.mkdir(parents=True, exist_ok=True)
    tables = ",\n".join(f'  "{name}": [\n{_lines(rows)}\n  ]' for name, rows in result.tables.items())
    head = msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(result, tables={})), indent=1).decode()
    text = head.replace('"tables": {}', f'"tables": {{\n{tables}\n }}') + "\n"
    beside = file.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def read(file: Path) -> Result:
    """The result in the file; raises FileNotFoundError, and msgspec.DecodeError where it is no result."""
    return msgspec.json.decode(file.read_bytes(), type=Result)


def read_all(folder: Path) -> dict[str, Result]:
    """Every result of the folder by its file's name."""
    return {file.stem: read(file) for file in sorted(folder.glob("*.json"))}


def show(result: Result) -> None:
    """The result is on standard output, as tables."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=FILE_WIDTH)
    machine = result.machine
    console.print(
        f"{machine.processor}, {machine.cores} cores, {machine.memory_gib} GiB, {machine.system};"
        f" load before {machine.load_before}, stolen from the cores meanwhile: {shown(machine.stolen_percent)} %",
        highlight=False,
    )
    for name, rows in result.tables.items():
        table = Table(title=name, title_justify="left")
        for key in rows[0] if rows else ():
            table.add_column(key.replace("_", " "), justify="left" if isinstance(rows[0][key], str) else "right")
        for row in rows:
            table.add_row(*(shown(value) for value in row.values()))
        console.print(table)


def shown(value: Value) -> str:
    """The figure as people read it."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    first, *others = (f"| {' | '.join(cells)} |" for cells in (heads, *rows))
    return "\n".join([first, "|" + "---|" * len(heads), *others])


def middle(rows: Sequence[Row]) -> Row:
    """One row of several runs: the median of every number, the text of the first, and how many runs there were."""
    numbers = {
        key: median(value for row in rows if isinstance(value := row[key], int | float))
        for key, first in rows[0].items()
        if isinstance(first, int | float)
    }
    return {**rows[0], **numbers, "runs": len(rows)}


def program_version(program: str, *arguments: str) -> str:
    """The first line of what the program says of itself; "not installed" where it is not."""
    found = shutil.which(program) or shutil.which(program, path=f"{Path(sys.executable).parent}:/usr/sbin")
    if found is None:
        return "not installed"
    told = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    return next(iter((told.stdout or told.stderr).splitlines()), "unknown")


def _packages() -> dict[str, str]:
    return {name: metadata.version(name) for name in PACKAGES}


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def _command(words: Sequence[str]) -> str:
    """As anybody would type it: without `--out`, which changes nothing of what is measured."""
    kept = list(words[1:])
    while "--out" in kept:
        place = kept.index("--out")
        del kept[place : place + 2]
    return " ".join(["python", *kept])


def _lines(rows: Sequence[Row]) -> str:
    return ",\n".join(f"   {msgspec.json.encode(row).decode()}" for row in rows)


def _rounded(value: Value) -> Value:
    if not isinstance(value, float):
        return value
    short = float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) >= 1000 else short
