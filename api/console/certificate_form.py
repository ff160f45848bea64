"""The form of a certificate: what was typed, what of it cannot be read, and what it asks for."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from api.access import Viewer
from api.certificate_desk import certificates_of, farms_of, visible_certificate
from api.certificates import Asked, things_of
from api.console.field_forms import FilledForm
from api.console.words import Words
from api.errors import NotVisibleError
from observations.errors import IdentifierError
from observations.identifiers import EarTagNumber
from traceability.compliance.errors import (
    CertificateBlockedError,
    CertificateRequestError,
    CertificateStateError,
)
from traceability.compliance.issuing import FINEST, LARGEST, left_of
from traceability.compliance.model import Certificate, Issuer, Part, Used
from traceability.compliance.tables import bases, kinds

MOST_PARTS = 20
"""Predecessors in one form; more of them go through the API."""
SEPARATORS = str.maketrans(",，;；、", "     ")
MOMENTS_AGO = timedelta(minutes=10)
WHOLE = "form"
"""Where a problem stands that is of no single entry."""
FORM = "number"
"""The hidden entry that tells one form from another: each makes one certificate."""
AGAIN = "again"
"""Ticked by whoever means a second certificate that says the same."""
ENTRY_OF = {"issuer": "issuer_kind", "things": "animals", "origin": "farm"}
"""The form's entry for what the rules call otherwise."""
SAID_ZH: Mapping[str, str] = {
    "kind": "选一种货",
    "product": "写品名，200 字以内",
    "quantity": "数量要大于 0；活畜是整头，其余最细到 0.001 公斤",
    "batch": "批号在 200 字以内",
    "issuer_kind": "选谁开具",
    "issuer_name": "写开具者的名称，200 字以内",
    "contact": "写联系电话，200 字以内",
    "basis": "至少选一项承诺依据",
    "animals": "每个耳标写一次，最多 2000 个",
    "lot": "批次写成网址，如 https://id.gs1.org/01/…/10/…",
    "farm": "选一个场",
    "parts": "原合格证每张写一次，数量大于 0",
}


@dataclass(slots=True, kw_only=True)
class CertificateForm(FilledForm):
    """The form; wholes: the predecessors it names. reasons: why the rules refuse the whole of it, line by line.

    unseen: the entries that name predecessors that are not there, or not the viewer's to see.
    """

    wholes: Sequence["Whole"] = ()
    unseen: Sequence[str] = ()
    reasons: list[str] = field(default_factory=list)

    def refused(self, error: Exception) -> None:
        """The problem stands beside the entry it is of, or above all of them."""
        if isinstance(error, CertificateRequestError):
            entry = ENTRY_OF.get(error.field, error.field)
            self.wrong[entry] = Words(zh=error.rule_zh or SAID_ZH.get(entry, error.rule), en=error.rule)
        elif isinstance(error, NotVisibleError):
            entry = {"animal": "animals", "certificate": "parts", "lot": "lot"}.get(error.kind, "farm")
            self.wrong[entry] = Words(zh=f"没有，或不归您看：{error.identifier}", en=str(error))
        elif isinstance(error, (CertificateBlockedError, CertificateStateError)):
            self.reasons.extend(error.reasons)
            self.wrong[WHOLE] = Words(zh="没开成，您填的还在：", en="No certificate; what you typed is still here:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A predecessor, with what of it has gone into no other. place: its place in the form, from 1."""

    place: int
    certificate: Certificate
    left: Decimal
    things: tuple[str, ...]

    @property
    def entry(self) -> str:
        """The name of its entry for the quantity."""
        return f"part-{self.place}-quantity"


def first_form(viewer: Viewer, *, kind: str = "", farm: str = "", animals: Sequence[str] = ()) -> CertificateForm:
    """A form to begin with; who promises is as in the viewer's last one."""
    last = next((each for each in certificates_of(viewer, limit=50) if each.issued_by == viewer.user.login), None)
    typed = {"kind": kind, "farm": farm, "animals": "\n".join(animals), **_promise(last)}
    return CertificateForm(typed=typed)


def parts_form(viewer: Viewer, names: Sequence[str]) -> CertificateForm:
    """A form that takes all that is left of these; whoever splits takes less. Raises NotVisibleError."""
    wholes = wholes_of(viewer, names)
    first = wholes[0].certificate
    typed = dict(first_form(viewer).typed)
    typed |= {"kind": first.kind, "product": first.product, "batch": first.batch if len(wholes) == 1 else ""}
    typed["animals"] = "\n".join(_tag(thing) for whole in wholes for thing in whole.things if "/8004/" in thing)
    typed["lot"] = next((thing for thing in first.things if "/8004/" not in thing), "")
    for whole in wholes:
        typed[f"part-{whole.place}"] = whole.certificate.id
        typed[whole.entry] = "" if first.goods.named else f"{whole.left:f}"
    return CertificateForm(typed=typed, wholes=wholes)


def again_form(viewer: Viewer, name: str) -> CertificateForm:
    """A form filled like that certificate, to be corrected; raises NotVisibleError."""
    one = visible_certificate(viewer, name)
    wholes = wholes_of(viewer, [part.certificate for part in one.parts][:MOST_PARTS])
    mine = viewer.operator or one.issued_by == viewer.user.login
    typed = {
        "kind": one.kind,
        "product": one.product,
        "quantity": f"{one.quantity:f}",
        "batch": one.batch,
        "farm": next((farm for farm in one.farms if farm in viewer.farms), "") if not one.things else "",
        "animals": "\n".join(_tag(thing) for thing in one.things if "/8004/" in thing),
        "lot": next((thing for thing in one.things if "/8004/" not in thing), ""),
        **_promise(one if mine else None),
    }
    for whole, part in zip(wholes, one.parts, strict=False):
        typed |= {f"part-{whole.place}": whole.certificate.id, whole.entry: f"{part.quantity:f}"}
    return CertificateForm(typed=typed, wholes=wholes)


def sent_form(viewer: Viewer, typed: Mapping[str, str]) -> CertificateForm:
    """What was sent; a predecessor that is not visible is a problem beside the parts, and stays in the form."""
    form, unseen = CertificateForm(typed=typed), list[str]()
    names = [form[f"part-{place}"] for place in range(1, MOST_PARTS + 1)]
    for place, name in enumerate(names, start=1):
        try:
            _ = visible_certificate(viewer, name) if name else None
        except NotVisibleError as error:
            form.refused(error)
            unseen.append(f"part-{place}")
    missing = {form[entry] for entry in unseen}
    form.unseen = unseen
    form.wholes = wholes_of(viewer, [name for name in names if name and name not in missing], names)
    return form


def asked_of(form: CertificateForm, viewer: Viewer) -> Asked | None:
    """What the form asks for; None where something in it cannot be read."""
    if not form["kind"]:
        form.wrong["kind"] = Words(zh=SAID_ZH["kind"], en="choose a kind of goods")
    animals = _animals(form)
    parts = _parts(form, viewer, animals)
    quantity = _quantity(form, len(animals), parts)
    if form.wrong or quantity is None:
        return None
    return Asked(
        kind=form["kind"],
        product=form["product"],
        quantity=quantity,
        batch=form["batch"],
        issuer=Issuer(kind=form["issuer_kind"], name=form["issuer_name"], contact=form["contact"]),
        basis=tuple(basis for basis in bases() if form[f"basis-{basis}"]),
        animals=animals,
        lot=form["lot"],
        parts=parts,
    )


def twin_of(viewer: Viewer, asked: Asked, farm: str) -> Certificate | None:
    """One that says the same, made out moments ago by the same person: a button that was pressed twice.

    farm: whose produce it is said to be. Raises NotVisibleError, CertificateRequestError.
    """
    things = things_of(asked, viewer.services.keys.keyring(animals=asked.animals))
    farms = {str(each.id) for each in farms_of(viewer, asked, farm)}
    said = (asked.kind, asked.product, asked.quantity, asked.batch, asked.issuer, asked.parts, {*things}, farms)
    return next(
        (
            each
            for each in certificates_of(viewer, limit=20)
            if _said_by(each) == said
            and each.issued_by == viewer.user.login
            and each.withdrawal is None
            and viewer.now - each.issued_at < MOMENTS_AGO
        ),
        None,
    )


def _said_by(each: Certificate) -> tuple[object, ...]:
    goods = (each.kind, each.product, each.quantity, each.batch)
    return (*goods, each.issuer, each.parts, {*each.things}, {*each.farms})


def wholes_of(viewer: Viewer, names: Sequence[str], places: Sequence[str] = ()) -> list[Whole]:
    """These certificates with what is left of each, in order; places: where each stands in the form."""
    found = [visible_certificate(viewer, name) for name in dict.fromkeys(names)]
    used = viewer.services.public.certificates.used([each.id for each in found])
    return [
        Whole(
            place=(places.index(each.id) if places else index) + 1,
            certificate=each,
            left=left_of(each, used.get(each.id, Used())),
            things=tuple(thing for thing in each.things if thing not in used.get(each.id, Used()).things),
        )
        for index, each in enumerate(found)
    ]


def _promise(certificate: Certificate | None) -> dict[str, str]:
    if certificate is None:
        return {"issuer_kind": "", "issuer_name": "", "contact": "", "basis-quality_control": "yes"}
    issuer = certificate.issuer
    ground = {f"basis-{basis}": "yes" for basis in certificate.basis}
    return {"issuer_kind": issuer.kind, "issuer_name": issuer.name, "contact": issuer.contact, **ground}


def _animals(form: CertificateForm) -> tuple[EarTagNumber, ...]:
    tags = []
    for text in _plain(form["animals"]).translate(SEPARATORS).split():
        try:
            tags.append(EarTagNumber.parse(text))
        except IdentifierError as error:
            form.wrong["animals"] = Words(zh=f"不是 15 位耳标号：{text[:40]}", en=str(error))
    return tuple(tags)


def _parts(form: CertificateForm, viewer: Viewer, animals: Collection[EarTagNumber]) -> tuple[Part, ...]:
    """So much of each predecessor: as typed, or as many as are named of its ear tags; of the others nothing."""
    row, parts = kinds().get(form["kind"]), []
    keys = viewer.services.keys.keyring(animals=animals)
    named = {keys.animal(animal).uri for animal in animals}
    for whole in form.wholes:
        typed = form[whole.entry]
        if typed:
            quantity = _number(form, whole.entry)
        else:
            quantity = Decimal(len(named & set(whole.things))) if row is not None and row.named else Decimal(0)
        if quantity:
            parts.append(Part(certificate=whole.certificate.id, quantity=quantity))
    if form.wholes and not parts and not form.wrong:
        form.wrong["parts"] = Words(zh="写明每张取多少", en="say how much is taken of each")
    return tuple(parts)


def _quantity(form: CertificateForm, animals: int, parts: Sequence[Part]) -> Decimal | None:
    """As typed; else the sum of the parts, or as many as there are ear tags."""
    if form["quantity"]:
        return _number(form, "quantity")
    if parts:
        return sum((part.quantity for part in parts), Decimal(0))
    if animals:
        return Decimal(animals)
    form.wrong["quantity"] = Words(zh="写数量，如 2 或 120.5", en="enter the quantity, such as 2 or 120.5")
    return None


def _number(form: CertificateForm, name: str) -> Decimal | None:
    try:
        number = Decimal(_plain(form[name]).replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number <= 0:
        form.wrong[name] = Words(zh="填大于 0 的数，如 2 或 120.5", en="enter a number above 0, such as 2 or 120.5")
        return None
    if not FINEST <= number <= LARGEST:
        zh, en = f"填 {FINEST} 到 {LARGEST:f} 的数", f"enter a number from {FINEST} to {LARGEST:f}"
        form.wrong[name] = Words(zh=zh, en=en)
        return None
    return number


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _tag(thing: str) -> str:
    return thing.rpartition("/")[2][-15:]
