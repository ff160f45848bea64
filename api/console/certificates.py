"""Pages of certificates: the list, one of them, and the form that makes out, splits, mixes and makes out again."""

import secrets
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import Viewer
from api.certificate_desk import make_out, own_farms, sources_for, take_back, visible_certificate
from api.certificates import SHORTEST_FORM, blocks_now
from api.console.certificate_form import (
    AGAIN,
    FORM,
    MOST_PARTS,
    WHOLE,
    CertificateForm,
    again_form,
    asked_of,
    first_form,
    parts_form,
    sent_form,
    twin_of,
)
from api.console.certificate_list import CERTIFICATES, STATES, certificate_rows, row_of
from api.console.field_forms import FilledForm
from api.console.field_records import SentBy
from api.console.lists import PAGE_ROWS
from api.console.rendering import page
from api.console.words import Words
from api.errors import NotVisibleError
from api.requests import ViewerOf
from api.rest.certificates import missing_of
from api.series import csv_text
from traceability.compliance.errors import (
    CertificateBlockedError,
    CertificateRequestError,
    CertificateStateError,
)
from traceability.compliance.model import Used
from traceability.compliance.tables import bases, issuers, kinds, promises

certificate_pages_router = APIRouter(prefix="/console", include_in_schema=False)
LIST = "/console/certificates"
MOST_PREFILLED = 200
Text = Annotated[str, Query(max_length=200)]
Names = Annotated[list[str], Query(max_length=MOST_PARTS)]
REFUSALS = (CertificateRequestError, CertificateBlockedError, CertificateStateError, NotVisibleError)


@certificate_pages_router.get("/certificates")
def certificates_page(
    request: Request, viewer: ViewerOf, q: Text = "", state: Text = "", sort: Text = "", at: int = 1
) -> Response:
    """The certificates, searched and sorted; several are ticked to be mixed."""
    state = state if state in STATES else ""
    rows = CERTIFICATES.ordered(certificate_rows(viewer, text=q, state=state), sort)
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    at = min(max(at, 1), pages)
    kept = urlencode({"q": q, "state": state}) + "&"
    context = {
        "rows": rows[(at - 1) * PAGE_ROWS : at * PAGE_ROWS],
        "count": len(rows),
        "heads": CERTIFICATES.headings(sort, kept),
        "q": q,
        "state": state,
        "states": STATES,
        "sort": sort,
        "kept": kept,
        "at": at,
        "pages": pages,
    }
    return page(request, "certificates.html", context, viewer=viewer)


@certificate_pages_router.get("/certificates.csv")
def certificates_csv(viewer: ViewerOf, q: Text = "", state: Text = "", sort: Text = "") -> Response:
    """The same rows in the same order, for a spreadsheet."""
    rows = CERTIFICATES.ordered(certificate_rows(viewer, text=q, state=state if state in STATES else ""), sort)
    headers = {"Content-Disposition": 'attachment; filename="tiantou-certificates.csv"'}
    return Response(csv_text(CERTIFICATES.export(rows)), media_type="text/csv", headers=headers)


@certificate_pages_router.get("/certificates/new")
def new_page(
    request: Request,
    viewer: ViewerOf,
    part: Names = [],  # noqa: B006 FastAPI copies what a query lacks
    again: Text = "",
    kind: Text = "",
    farm: Text = "",
    animal: Text = "",
    missing: Text = "",
) -> Response:
    """The empty form; or filled to split, to mix, to make out again, or with a farm's sales that lack one."""
    if part:
        form = parts_form(viewer, part)
    elif again:
        form = again_form(viewer, again)
    elif missing:
        sold = [str(sale.animal) for sale in missing_of(viewer) if sale.farm == missing and sale.mandatory]
        form = first_form(viewer, kind="live_pigs", animals=sold[:MOST_PREFILLED])
    else:
        form = first_form(viewer, kind=kind, farm=farm, animals=[animal] if animal else [])
    return _form_page(request, viewer, form)


@certificate_pages_router.post("/certificates/new")
def make(request: Request, viewer: ViewerOf, sent: SentBy) -> Response:
    """The certificate is made out; else the form comes back with all that was typed and why."""
    form = sent_form(viewer, sent.entries)
    asked = asked_of(form, viewer)
    if asked is None:
        return _form_page(request, viewer, form, status=422)
    try:
        twin = None if form[AGAIN] else twin_of(viewer, asked, form["farm"])
        made = twin or make_out(viewer, asked, farm=form["farm"], form=form[FORM])
    except REFUSALS as error:
        form.refused(error)
        return _form_page(request, viewer, form, status=409 if form.reasons else 422)
    if twin is not None:
        zh = f"刚开过一张一样的：{twin.id}。真要再开一张，勾上最下面的“再开一张”。"
        en = f"{twin.id}, made out moments ago, says the same. Tick the last box if you mean a second one."
        form.wrong[AGAIN] = form.wrong[WHOLE] = Words(zh=zh, en=en)
        return _form_page(request, viewer, form, status=409)
    return RedirectResponse(f"{LIST}/{quote(made.id)}", status_code=303)


@certificate_pages_router.get("/certificates/{certificate_id}")
def certificate_page(request: Request, viewer: ViewerOf, certificate_id: str) -> Response:
    """What it says, what speaks against it now, and what can be done with it."""
    return _one_page(request, viewer, certificate_id, FilledForm(typed={}))


@certificate_pages_router.post("/certificates/{certificate_id}/withdraw")
def withdraw(request: Request, viewer: ViewerOf, certificate_id: str, sent: SentBy) -> Response:
    """It is withdrawn; whoever wants it made out again comes to a form filled like it."""
    form = FilledForm(typed=sent.entries)
    form.needed("why", Words(zh="写明为什么作废", en="say why it is withdrawn"))
    if form.wrong:
        return _one_page(request, viewer, certificate_id, form, status=422)
    try:
        taken = take_back(viewer, certificate_id, form["why"][:200])
    except CertificateStateError as error:
        zh = "没有作废：它已经作废，或已经由它分出、混成了别的合格证，先作废那一张。"
        form.wrong["why"] = Words(zh=zh, en=str(error))
        return _one_page(request, viewer, certificate_id, form, status=409)
    anew = f"{LIST}/new?{urlencode({'again': taken.id})}"
    return RedirectResponse(anew if form["anew"] else f"{LIST}/{quote(taken.id)}", status_code=303)


def _form_page(request: Request, viewer: Viewer, form: CertificateForm, *, status: int = 200) -> Response:
    row = kinds().get(form["kind"])
    context = {
        "form": form,
        "wrong": form.wrong,
        "reasons": form.reasons[:20],
        "wholes": form.wholes,
        "unseen": form.unseen,
        "number": secrets.token_hex(SHORTEST_FORM),
        "kinds": [(each.kind, f"{each.zh} {each.en}") for each in kinds().values() if each.allowed],
        "refused": [each for each in kinds().values() if not each.allowed],
        "unit": "" if row is None else {"HEA": "头 head", "KGM": "公斤 kg"}[row.unit],
        "issuers": [(each.issuer, f"{each.zh} {each.en}") for each in issuers().values()],
        "bases": bases(),
        "promises": [*promises().values()],
        "farms": [(farm, f"{viewer.label(farm)} {farm}") for farm in viewer.farms],
    }
    return page(request, "certificate_form.html", context, viewer=viewer, status=status)


def _one_page(
    request: Request, viewer: Viewer, certificate_id: str, form: FilledForm, *, status: int = 200
) -> Response:
    certificate = visible_certificate(viewer, certificate_id)
    book, farms = viewer.services.public.certificates, own_farms(viewer, certificate)
    row = row_of(viewer, certificate, book.used([certificate.id]).get(certificate.id, Used()))
    successors = book.successors(certificate.id)
    relatives = [book.find(name) for name in (*(part.certificate for part in certificate.parts), *successors)]
    context = {
        "row": row,
        "certificate": certificate,
        "state": STATES[row.state],
        "blocks": blocks_now(certificate.things, sources_for(viewer), farms=farms, now=viewer.now),
        "bases": [bases()[basis] for basis in certificate.basis],
        "successors": successors,
        "visible": {each.id for each in relatives if each is not None and own_farms(viewer, each)},
        "form": form,
        "wrong": form.wrong,
    }
    return page(request, "certificate.html", context, viewer=viewer, status=status)
