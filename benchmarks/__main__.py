"""Every figure of the documents: the same as `python -m benchmarks.all`."""

from benchmarks.all import main

main()
