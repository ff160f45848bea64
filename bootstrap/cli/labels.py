"""`tiantou labels`: labels for packs, to print."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.errors import LabelError
from api.labels.layout import LaidLabel, laid
from api.labels.orders import LabelOrder, ordered_labels
from api.labels.pdf import pdf_pages
from api.labels.sheets import LabelSheet, label_sheet, label_sheets
from api.labels.svg import svg_page
from bootstrap.cli.arguments import parse_amount, parse_day
from bootstrap.cli.screen import examples, house, line, print_table
from bootstrap.errors import RequestError

app = typer.Typer(no_args_is_help=True, help="Labels for packs: code, name, weight, lot, use-by, storage, 12315.")


class Kind(StrEnum):
    """In what form."""

    PDF = "pdf"
    SVG = "svg"


@app.command(
    "print",
    epilog=examples(
        "tiantou labels print 09526000100010 --lot 20261122A --out labels.pdf",
        "tiantou labels print 09526000100010 --lot 20261122A --first 000001 --count 84 --use-by 2027-11-22 "
        "--sheet thermal_40x30 --out labels.pdf",
    ),
)
def print_labels(
    gtin: Annotated[str, typer.Argument(help="The product.")],
    out: Annotated[Path, typer.Option(help="Where to write; an SVG of several pages gets a number for each.")],
    lot: Annotated[str, typer.Option(help="Its lot; all packs of it where no serial is named.")] = "",
    serial: Annotated[list[str] | None, typer.Option(help="A pack's serial number; again for more.")] = None,
    first: Annotated[str, typer.Option(help="The first serial of packs that are not packed yet.")] = "",
    count: Annotated[int, typer.Option(help="How many, from the first serial on.")] = 1,
    use_by: Annotated[str, typer.Option(help="Use-by date, where packing has not said it.")] = "",
    net_kg: Annotated[str, typer.Option(help="Net weight, where it is not the packed or declared one.")] = "",
    sheet: Annotated[str, typer.Option(help="The paper; tiantou labels sheets shows them.")] = "a4_24",
    place: Annotated[int, typer.Option(help="The first free label of a sheet begun already, 1 for a whole one.")] = 1,
    kind: Annotated[Kind, typer.Option(help="PDF or SVG.")] = Kind.PDF,
) -> None:
    """Write labels to print at actual size; refused where the code would be too small to read."""
    order = LabelOrder(
        gtin=gtin,
        lot=lot,
        serials=tuple(serial or ()),
        first=first,
        count=count,
        use_by=parse_day(use_by) if use_by else None,
        net_weight_kg=parse_amount(net_kg, what="net weight in kg") if net_kg else None,
    )
    at_home = house()
    try:
        paper = label_sheet(sheet)
        with at_home.records() as records:
            labels = ordered_labels(
                order,
                products=records.products,
                events=records.event_queries,
                base_url=at_home.settings.public_url,
            )
        placed = [laid(label, paper) for label in labels]
    except LabelError as error:
        raise RequestError(str(error)) from error
    begun = min(max(place, 1), paper.labels) - 1
    title = f"{labels[0].name_zh} {lot}".strip()
    written = (
        _write_svg(out, placed, paper, begun) if kind is Kind.SVG else _write_pdf(out, placed, paper, begun, title)
    )
    line(f"{len(placed)} labels on {paper.en}: {', '.join(map(str, written))}; print at actual size")


@app.command(epilog=examples("tiantou labels sheets"))
def sheets() -> None:
    """List the papers that labels can be printed on."""
    print_table(
        ("sheet", "Chinese", "English", "labels a page", "source"),
        ([each.sheet, each.zh, each.en, str(each.labels), each.source] for each in label_sheets().values()),
    )


def _write_pdf(out: Path, placed: list[LaidLabel], paper: LabelSheet, begun: int, title: str) -> list[Path]:
    out.write_bytes(pdf_pages(placed, paper, title=title, first_place=begun))
    return [out]


def _write_svg(out: Path, placed: list[LaidLabel], paper: LabelSheet, begun: int) -> list[Path]:
    pages = [placed[: paper.labels - begun]]
    pages += [placed[at : at + paper.labels] for at in range(paper.labels - begun, len(placed), paper.labels)]
    written = []
    for number, labels in enumerate(pages, 1):
        file = out if len(pages) == 1 else out.with_stem(f"{out.stem}-{number}")
        file.write_text(svg_page(labels, paper, first_place=begun if number == 1 else 0), encoding="utf-8")
        written.append(file)
    return written
