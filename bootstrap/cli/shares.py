"""`tiantou share …`: what share of a price went to the raisers, told where they agreed; and how codes are scanned."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

import typer

from bootstrap.cli.arguments import parse_amount, parse_day, parse_name
from bootstrap.cli.screen import examples, house, line, next_step, print_table
from bootstrap.clock import utc_now
from bootstrap.errors import RequestError
from storage.records.records import Records
from traceability.gs1.keys import Gtin
from traceability.price_shares import PriceAgreement, price_share
from traceability.scan_watch import days_watched

app = typer.Typer(no_args_is_help=True, help="The raisers' share of a price: told on packs only where they agreed.")
scans_app = typer.Typer(no_args_is_help=True, help="How often codes were opened: numbers of networks, no visitor.")

GtinOf = Annotated[str, typer.Argument(help="The product.")]
LotOf = Annotated[str, typer.Argument(help="Its lot.")]


@app.command(
    epilog=examples(
        "tiantou share declare 09526000100010 20261122A --price 62 --paid 2100 --for-kg 42 --by 流沙河分割车间"
    )
)
def declare(
    gtin: GtinOf,
    lot: LotOf,
    price: Annotated[str, typer.Option(help="Price of one pack, yuan.")],
    paid: Annotated[str, typer.Option(help="Paid to the raisers for the animals of the lot, yuan.")],
    for_kg: Annotated[str, typer.Option(help="The meat packed of those animals, kg.")],
    by: Annotated[str, typer.Option(help="The firm that declares it; the public is told.")],
) -> None:
    """Note what was paid and what a pack costs; nothing is told before the raisers agree."""
    agreement = PriceAgreement(
        gtin=Gtin.parse(gtin),
        lot=parse_name(lot, what="the lot"),
        price_yuan=parse_amount(price, what="price in yuan"),
        paid_yuan=parse_amount(paid, what="paid, in yuan"),
        paid_for_kg=parse_amount(for_kg, what="packed weight in kg"),
        declared_by=parse_name(by, what="who declares it"),
        declared_at=utc_now(),
    )
    with house().records() as records:
        product = records.products.find(agreement.gtin)
        if product is None:
            msg = f"product {agreement.gtin} is not registered; tiantou product list shows those that are"
            raise RequestError(msg)
        share = price_share(agreement, product.net_weight_kg)
        records.prices.add(agreement)
    line(f"{share.yuan} of {agreement.price_yuan} yuan ({share.percent} %) go to the raisers; not told yet")
    next_step(f"tiantou share agree {agreement.gtin} {agreement.lot} --on DAY")


@app.command(epilog=examples("tiantou share agree 09526000100010 20261122A --on 2026-11-23"))
def agree(
    gtin: GtinOf, lot: LotOf, on: Annotated[str, typer.Option(help="The day on which the raisers agreed.")]
) -> None:
    """Tell it from now on: the raisers agreed, in writing, on that day."""
    with house().records() as records:
        records.prices.add(replace(_found(records, gtin, lot), agreed_on=parse_day(on), withdrawn_on=None))
    line("told on the pages of that lot, where five households or more raised the animals")


@app.command(epilog=examples("tiantou share withdraw 09526000100010 20261122A --on 2026-12-01"))
def withdraw(
    gtin: GtinOf, lot: LotOf, on: Annotated[str, typer.Option(help="The day on which they took it back.")]
) -> None:
    """Tell it no more: the raisers do not agree any longer."""
    with house().records() as records:
        records.prices.add(replace(_found(records, gtin, lot), withdrawn_on=parse_day(on)))
    line("not told any more")


@app.command("list", epilog=examples("tiantou share list"))
def list_shares() -> None:
    """List what was ever declared and agreed, the last row of a lot being what counts."""
    with house().records() as records:
        agreements = records.prices.all()
    print_table(
        ("gtin", "lot", "price", "paid", "for kg", "declared by", "agreed", "withdrawn"),
        (
            [
                each.gtin,
                each.lot,
                str(each.price_yuan),
                str(each.paid_yuan),
                str(each.paid_for_kg),
                each.declared_by,
                "" if each.agreed_on is None else each.agreed_on.isoformat(),
                "" if each.withdrawn_on is None else each.withdrawn_on.isoformat(),
            ]
            for each in agreements
        ),
    )


@scans_app.command("list", epilog=examples("tiantou scans list", "tiantou scans list --most 20"))
def list_scans(most: Annotated[int, typer.Option(help="So many rows.", min=1, max=1000)] = 50) -> None:
    """List the codes that were opened on the most networks lately."""
    today = utc_now().date()
    with house().records() as records:
        rows = records.scans.most(today - timedelta(days=days_watched()), limit=most)
    print_table(
        ("networks", "day (UTC)", "thing"),
        ([str(day.networks), day.day.isoformat(), thing] for thing, day in rows),
    )


def _found(records: Records, gtin: str, lot: str) -> PriceAgreement:
    found = records.prices.find(Gtin.parse(gtin), lot)
    if found is None:
        msg = f"nothing is declared for lot {lot} of {gtin}: tiantou share declare {gtin} {lot} --price …"
        raise RequestError(msg)
    return found
