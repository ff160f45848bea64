"""`tiantou certificate …`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from api.certificates import Asked, CertificateSources, issue
from api.paper.certificate_pdf import certificate_pdf, quantity_text
from bootstrap.cli.arguments import parse_amount, parse_name
from bootstrap.cli.registered import animal_of, farm_of
from bootstrap.cli.screen import examples, house, line, next_step, print_table
from bootstrap.clock import utc_now
from bootstrap.errors import FolderError, RequestError
from bootstrap.greeting import qr_text
from households.model import Farm
from observations.identifiers import EarTagNumber, FarmId
from storage.records.records import Records
from traceability.compliance.issuing import kept_until, left_of
from traceability.compliance.model import Certificate, Issuer, Part, Used, Withdrawal
from traceability.compliance.tables import bases, kinds

app = typer.Typer(
    no_args_is_help=True, help="承诺达标合格证 · The promise with which live animals and produce are sold."
)
Id = Annotated[str, typer.Argument(help="The certificate's number.")]


@app.command(
    "issue",
    epilog=examples(
        "tiantou certificate issue live_pigs 宁乡花猪 1 --animal 143018200000147 --issuer cooperative "
        "--name 流沙河花猪合作社 --contact 0731-87880000",
        "tiantou certificate issue sweet_potatoes 商薯19 350 --farm farm-03 --issuer enterprise --name 望北食品 "
        "--contact 0731-87881111 --basis own_test",
        "tiantou certificate issue sweet_potatoes 商薯19 120.5 --part 20261123-ABCDEFGHIJKLMNOP=120.5 "
        "--issuer purchaser --name 农贸市场 --contact 0731-87882222",
    ),
)
def issue_certificate(
    kind: Annotated[str, typer.Argument(help="What kind of goods: tiantou certificate kinds.")],
    product: Annotated[str, typer.Argument(help="The goods' name.")],
    quantity: Annotated[str, typer.Argument(help="Head, or kilograms.")],
    issuer: Annotated[str, typer.Option(help="enterprise, cooperative, household or purchaser.")],
    name: Annotated[str, typer.Option(help="Who promises.")],
    contact: Annotated[str, typer.Option(help="Their phone number.")],
    animal: Annotated[list[str] | None, typer.Option(help="An ear tag; once for each animal.")] = None,
    farm: Annotated[str, typer.Option(help="Whose produce it is.")] = "",
    lot: Annotated[str, typer.Option(help="URI of the lot of produce.")] = "",
    batch: Annotated[str, typer.Option(help="The seller's own number of the batch.")] = "",
    basis: Annotated[list[str] | None, typer.Option(help="quality_control, own_test, commissioned_test.")] = None,
    part: Annotated[
        list[str] | None, typer.Option(help="What it is split from or mixed of: NUMBER=QUANTITY.", metavar="PART")
    ] = None,
) -> None:
    """Make a certificate out; refused for what must not be sold now, and for more than is left of a batch."""
    at_home, now = house(), utc_now()
    asked = Asked(
        kind=kind,
        product=parse_name(product, what="the goods' name"),
        quantity=parse_amount(quantity, what="quantity"),
        batch=batch,
        issuer=Issuer(kind=issuer, name=name.strip(), contact=contact.strip()),
        basis=tuple(basis or ["quality_control"]),
        animals=tuple(EarTagNumber.parse(each) for each in animal or []),
        lot=lot.strip(),
        parts=tuple(map(_part, part or [])),
    )
    with at_home.records() as records:
        farms = _farms(records, asked, farm)
        townships = {each.id: each.township for each in records.households.households([f.household for f in farms])}
        goods_of = [(each, townships.get(each.household, "")) for each in farms]
        sites = {site.id for site in records.households.sites() if site.simulated}
        made = issue(
            asked,
            _sources(records),
            goods_of=goods_of,
            simulated=any(each.site in sites for each in farms),
            by="tiantou certificate",
            now=now,
        )
    address = made.address(at_home.settings.public_url)
    line(f"承诺达标合格证 {made.id}: {made.product} {quantity_text(made)}, {made.origin}")
    line(address)
    line(qr_text(address))
    next_step(f"tiantou certificate print {made.id} -o {made.id}.pdf")


@app.command("print", epilog=examples("tiantou certificate print 20261123-ABCDEFGHIJKLMNOP -o certificate.pdf"))
def print_certificate(
    number: Id, out: Annotated[Path, typer.Option("--out", "-o", help="The PDF file that is written.")]
) -> None:
    """Write a certificate as an A4 sheet."""
    at_home = house()
    with at_home.records() as records:
        found = _found(records, number)
        farms = [farm_of(records, FarmId.parse(each)) for each in found.farms]
    pdf = certificate_pdf(
        found,
        address=found.address(at_home.settings.public_url),
        timezone=farms[0].timezone if farms else "Asia/Shanghai",
    )
    try:
        out.write_bytes(pdf)
    except OSError as error:
        msg = f"{out} cannot be written: {error.strerror}"
        raise FolderError(msg) from error
    line(f"{out}: {found.product} {quantity_text(found)}")


@app.command("list", epilog=examples("tiantou certificate list"))
def list_certificates(limit: Annotated[int, typer.Option(help="How many, the newest first.")] = 50) -> None:
    """List certificates, the newest first."""
    with house().records() as records:
        found = records.certificates.list(None, limit=limit)
        used = records.certificates.used([each.id for each in found])
    print_table(
        ("number", "issued", "kind", "product", "quantity", "left", "issuer", "kept until", "state"),
        ([*_row(each), f"{left_of(each, used.get(each.id, Used())):f}", *_rest(each)] for each in found),
    )


@app.command(epilog=examples("tiantou certificate withdraw 20261123-ABCDEFGHIJKLMNOP --why 数量写错"))
def withdraw(number: Id, why: Annotated[str, typer.Option(help="Why it is taken back.")]) -> None:
    """Take a certificate back; it stays readable and says so."""
    taken = Withdrawal(by="tiantou certificate", at=utc_now(), why=parse_name(why, what="why"))
    with house().records() as records:
        found = _found(records, number)
        if not records.certificates.withdraw(found.id, taken):
            made = ", ".join(records.certificates.successors(found.id)) or "none"
            msg = f"{number} is withdrawn already, or what was made of it stands: {made}"
            raise RequestError(msg)
    line(f"{number} is withdrawn")


@app.command("kinds", epilog=examples("tiantou certificate kinds"))
def list_kinds() -> None:
    """List for what there is a certificate, for what not and why, and the grounds of a promise."""
    print_table(
        ("kind", "Chinese", "English", "unit", "certificate", "source"),
        ([k.kind, k.zh, k.en, k.unit, "yes" if k.allowed else k.reason_en, k.source] for k in kinds().values()),
    )
    print_table(("basis", "Chinese", "English"), ([name, row.zh, row.en] for name, row in bases().items()))


def _sources(records: Records) -> CertificateSources:
    return CertificateSources(
        certificates=records.certificates,
        guards=records.guards,
        holds=records.holds,
        recalls=records.recalls,
        keys=records.keys,
    )


def _part(text: str) -> Part:
    number, _, quantity = text.partition("=")
    return Part(certificate=number.strip(), quantity=parse_amount(quantity, what="quantity of a part"))


def _farms(records: Records, asked: Asked, farm: str) -> Sequence[Farm]:
    wanted = {animal_of(records, animal).farm for animal in asked.animals}
    for part in asked.parts:
        wanted |= {FarmId.parse(each) for each in _found(records, part.certificate).farms}
    if farm:
        wanted.add(FarmId.parse(farm))
    if not wanted:
        msg = "say whose goods they are: --farm FARM, --animal EAR_TAG or --part NUMBER=QUANTITY"
        raise RequestError(msg)
    return [farm_of(records, each) for each in sorted(wanted)]


def _found(records: Records, number: str) -> Certificate:
    found = records.certificates.find(number.strip())
    if found is None:
        msg = f"there is no certificate {number}; tiantou certificate list shows them"
        raise RequestError(msg)
    return found


def _row(each: Certificate) -> list[str]:
    return [each.id, f"{each.issued_at:%Y-%m-%d}", each.kind, each.product, quantity_text(each)]


def _rest(each: Certificate) -> list[str]:
    state = "stands" if each.withdrawal is None else f"withdrawn: {each.withdrawal.why}"
    return [each.issuer.name, str(kept_until(each.issued_at.date())), state]
