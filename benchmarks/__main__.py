"""Every figure of docs/benchmarks.md: `make bench`."""

from benchmarks import live, pages, store


def main() -> None:
    """The figures are on standard output, one benchmark after the other."""
    for benchmark in (store.main, live.main, pages.main):
        benchmark()
        print()


main()
