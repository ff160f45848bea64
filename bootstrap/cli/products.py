"""`tiantou product …`."""

from typing import Annotated

import typer

from bootstrap.cli.arguments import parse_amount, parse_name
from bootstrap.cli.screen import examples, house, line, next_step, print_table
from bootstrap.errors import RequestError
from bootstrap.greeting import qr_text
from traceability.gs1.digital_link import DigitalLink
from traceability.gs1.keys import Gtin
from traceability.model import Product

app = typer.Typer(no_args_is_help=True, help="Products: what is packed, and the codes on the packs.")


@app.command(
    epilog=examples(
        "tiantou product add 09526000100010 --name-zh 宁乡花猪五花肉 --name-en 'Ningxiang flower pork belly' "
        "--net-kg 0.5 --storage-zh '−18 ℃ 以下冷冻' --storage-en 'Keep frozen below -18 °C'"
    )
)
def add(
    gtin: Annotated[str, typer.Argument(help="Its Global Trade Item Number: 8, 12, 13 or 14 digits.")],
    name_zh: Annotated[str, typer.Option(help="What it is called in Chinese.")],
    name_en: Annotated[str, typer.Option(help="What it is called in English.")],
    net_kg: Annotated[str, typer.Option(help="Declared net weight of one pack, kg.", metavar="KG")],
    storage_zh: Annotated[str, typer.Option(help="How to store it, in Chinese.")] = "",
    storage_en: Annotated[str, typer.Option(help="How to store it, in English.")] = "",
) -> None:
    """Register a product; adding the very same again changes nothing."""
    product = Product(
        gtin=Gtin.parse(gtin),
        name_zh=parse_name(name_zh, what="the Chinese name"),
        name_en=parse_name(name_en, what="the English name"),
        net_weight_kg=parse_amount(net_kg, what="net weight in kg"),
        storage_zh=storage_zh.strip(),
        storage_en=storage_en.strip(),
    )
    with house().records() as records:
        records.products.add(product)
    line(f"{product.gtin}: in events a pack of it is https://id.gs1.org/01/{product.gtin}/21/SERIAL")
    next_step(f"tiantou product code {product.gtin} --lot LOT --serial SERIAL")


@app.command("list", epilog=examples("tiantou product list"))
def list_products() -> None:
    """List the products."""
    with house().records() as records:
        products = records.products.all()
    print_table(
        ("gtin", "Chinese", "English", "net kg", "storage", "storage in English"),
        ([p.gtin, p.name_zh, p.name_en, str(p.net_weight_kg), p.storage_zh, p.storage_en] for p in products),
    )


@app.command(epilog=examples("tiantou product code 09526000100010 --lot 20261122A --serial 000001"))
def code(
    gtin: Annotated[str, typer.Argument(help="The product.")],
    serial: Annotated[str, typer.Option(help="The pack's serial number.")],
    lot: Annotated[str, typer.Option(help="Its lot.")] = "",
) -> None:
    """Print the link and QR code of one pack; the page tells its life once its packing event was captured."""
    at_home = house()
    number = Gtin.parse(gtin)
    with at_home.records() as records:
        if records.products.find(number) is None:
            msg = f"product {number} is not registered; tiantou product list shows those that are"
            raise RequestError(msg)
    link = DigitalLink.of_item(number, parse_name(serial, what="the serial number"), lot.strip() or None)
    address = at_home.settings.public_url
    line(f"{address}{link.path}")
    line(f"{address}/qr{link.path}.svg")
    line(qr_text(f"{address}{link.path}"))
