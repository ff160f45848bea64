"""Puts the figures of the result files into the documents: `python -m benchmarks.report [--check]`.

A document says `<!-- figures: NAME -->` … `<!-- end -->`; what stands between is written here, never by hand.
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.report_tables import SHOWN, Shown
from benchmarks.results import FOLDER, Result, Row, Value, markdown, read_all, shown
from benchmarks.scale import scale_tables

DOCS = Path(__file__).parents[1] / "docs"
DOCUMENTS = ("benchmarks.md", "scale.md")
MARKED = re.compile(r"(<!-- figures: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


class UnknownFiguresError(Exception):
    """A document asks for figures that nobody makes."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"nothing is known of 'figures: {name}'; there are {', '.join(known)}")


def main() -> None:
    """Every document shows what the files hold; with `--check` nothing is written and the exit code tells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=FOLDER)
    parser.add_argument("--check", action="store_true", help="only say whether the documents agree with the files")
    options = parser.parse_args()
    results = read_all(options.results)
    stale = []
    for name in DOCUMENTS:
        document = DOCS / name
        text = document.read_text(encoding="utf-8")
        new = filled(text, results)
        if new != text:
            stale.append(name)
            if not options.check:
                document.write_text(new, encoding="utf-8")
    print(f"{'differ from the files' if options.check else 'renewed'}: {', '.join(stale) or 'none'}")
    if options.check and stale:
        sys.exit("run: python -m benchmarks.report")


def filled(text: str, results: Mapping[str, Result]) -> str:
    """The document with every marked place filled; raises UnknownFiguresError."""
    made: dict[str, Callable[[], str]] = {
        **{name: lambda table=table: rendered(table, results) for name, table in SHOWN.items()},  # type: ignore[misc]
        **{name: lambda text=text: text for name, text in scale_tables(results).items()},  # type: ignore[misc]
    }

    def place(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in made:
            raise UnknownFiguresError(name, sorted(made))
        return f"{match[1]}{made[name]()}\n{match[3]}"

    return MARKED.sub(place, text)


def rendered(table: Shown, results: Mapping[str, Result]) -> str:
    """The table in Markdown, and under it where its figures are from."""
    found = [(name, results[name]) for name in table.results if name in results]
    missing = [name for name in table.results if name not in results]
    rows = [
        [cell(row, result, column.key) for column in table.columns]
        for _, result in found
        for row in result.tables.get(table.table, [])
        if all(row.get(key) == value for key, value in table.where)
    ]
    lines = [markdown([column.head for column in table.columns], rows), ""] if rows else []
    lines += [provenance(name, result) for name, result in found]
    lines += [f"- `{name}`: not measured yet (`python -m benchmarks.all --only {name}`)" for name in missing]
    return "\n".join(lines)


def cell(row: Row, result: Result, key: str) -> str:
    """The figure as people read it."""
    value: Value = row[key] if key in row else result.sizes.get(key)
    return shown(value)


def provenance(name: str, result: Result) -> str:
    """Command, day, machine and who else was there, as a list's item."""
    machine = result.machine
    where = f"{machine.cores} cores ({machine.processor}), {machine.memory_gib} GiB, {machine.system}"
    file = f"[`{name}`](../benchmarks/results/{name}.json)"
    percent = machine.stolen_percent
    stolen = "" if percent is None else f"; stolen meanwhile: {percent:g} % of the cores"
    return (
        f"- {file}: `{result.command}`, {result.measured[:10]}, {where}; load before: {machine.load_before:g}{stolen}"
    )


if __name__ == "__main__":
    main()
