"""Every figure of the documents: `python -m benchmarks.all --out benchmarks/results`.

A run whose file is there already is not repeated (`--again` does), so a stopped evening goes on where it was.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.results import FOLDER
from benchmarks.runs import RUNS, Run


def main() -> None:
    """Each run's file is in the folder; the exit code tells whether all are."""
    options = _options()
    console = Console()
    wanted = [run for run in RUNS if not options.only or run.name in options.only]
    if options.small:
        wanted = [run for run in wanted if run.small or run.name in options.only]
    missing = [run for run in wanted if options.again or not _file(options.out, run).exists()]
    if options.list:
        console.print(_listed(wanted, options.out))
        return
    console.print(
        f"{len(missing)} of {len(wanted)} runs, about {sum(run.minutes for run in missing):.0f} minutes"
        " on two quiet cores" + ("; much less with small sizes" if options.small else "")
    )
    failed = [run.name for number, run in enumerate(missing) if not _ran(run, number, missing, options)]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}; the same command tries them again")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the results (default benchmarks/results)")
    names = [run.name for run in RUNS]
    parser.add_argument("--only", nargs="+", choices=names, default=[], metavar="NAME", help=", ".join(names))
    parser.add_argument("--again", action="store_true", help="also what has a file already")
    parser.add_argument(
        "--small", action="store_true", help="small sizes, to see that everything runs; not for figures"
    )
    parser.add_argument("--list", action="store_true", help="say what would run")
    return parser.parse_args()


def _listed(runs: Sequence[Run], folder: Path) -> Table:
    table = Table("name", "command", "minutes", "file")
    for run in runs:
        have = "there" if _file(folder, run).exists() else "missing"
        table.add_row(run.name, f"python -m {' '.join(run.command())}", f"{run.minutes:g}", have)
    return table


def _ran(run: Run, number: int, runs: Sequence[Run], options: argparse.Namespace) -> bool:
    left = sum(each.minutes for each in runs[number:])
    words = run.command(small=options.small)
    Console().rule(f"{number + 1}/{len(runs)} {run.name}: python -m {' '.join(words)} (about {left:.0f} minutes left)")
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", *words, "--out", str(_file(options.out, run))], check=False)
    seconds = time.monotonic() - began
    Console().print(f"{run.name}: {'done' if done.returncode == 0 else 'failed'} in {seconds:.0f} s")
    return done.returncode == 0


def _file(folder: Path, run: Run) -> Path:
    return folder / f"{run.name}.json"


if __name__ == "__main__":
    main()
