"""What people do with certificates, whichever way they come in: make out, split, mix, look up, take back."""

from collections.abc import Sequence
from dataclasses import replace

from api.access import Viewer
from api.belongings import are_theirs
from api.certificates import Asked, CertificateSources, issue, lot_of
from api.errors import NotVisibleError
from api.recall_desk import own_animals
from households.model import Farm
from observations.identifiers import EarTagNumber
from traceability.compliance.errors import CertificateRequestError, CertificateStateError
from traceability.compliance.model import Certificate, Issuer, Withdrawal


def make_out(viewer: Viewer, asked: Asked, *, farm: str = "", form: str = "") -> Certificate:
    """The certificate, durable. farm: whose produce it is; animals and parts say so by themselves.

    form: the number of the form that asks for it, of which there is one certificate however often it is sent.

    Raises CertificateRequestError, CertificateBlockedError, CertificateStateError, NotVisibleError; then there is none.
    """
    farms = farms_of(viewer, asked, farm)
    asked = replace(asked, lot=_own_lot(viewer, asked))
    sites = {site.id for site in viewer.services.households.sites() if site.simulated}
    return issue(
        asked,
        sources_for(viewer),
        goods_of=[(each, viewer.township(each.id)) for each in farms],
        simulated=any(each.site in sites for each in farms),
        by=viewer.user.login,
        now=viewer.now,
        form=form,
    )


def take_back(viewer: Viewer, certificate_id: str, why: str) -> Certificate:
    """The certificate, which says from now on that it is withdrawn; raises CertificateStateError, NotVisibleError."""
    certificate = visible_certificate(viewer, certificate_id)
    book = viewer.services.public.certificates
    if not book.withdraw(certificate.id, Withdrawal(by=viewer.user.login, at=viewer.now, why=why.strip())):
        reason = f"{certificate.id} is withdrawn already, or {', '.join(book.successors(certificate.id))} is made of it"
        raise CertificateStateError([reason])
    return visible_certificate(viewer, certificate_id)


def certificates_of(viewer: Viewer, *, limit: int) -> Sequence[Certificate]:
    """Those of goods of the viewer's farms, the newest first."""
    return viewer.services.public.certificates.list(None if viewer.operator else viewer.farms.keys(), limit=limit)


def visible_certificate(viewer: Viewer, certificate_id: str) -> Certificate:
    """The certificate of that id, of goods of a farm the viewer may see; raises NotVisibleError."""
    certificate = viewer.services.public.certificates.find(certificate_id)
    if certificate is None or not own_farms(viewer, certificate):
        raise NotVisibleError(kind="certificate", identifier=certificate_id)
    return certificate


def shown_issuer(viewer: Viewer, certificate: Certificate) -> Issuer:
    """Who promises, as far as the viewer may know: a household's name is for whoever wrote it and for operators."""
    known = viewer.operator or certificate.issued_by == viewer.user.login
    return certificate.issuer if known else certificate.issuer.public


def own_farms(viewer: Viewer, certificate: Certificate) -> list[Farm]:
    """The farms of its goods that the viewer may see."""
    return [farm for farm in viewer.farms.values() if farm.id in certificate.farms]


def sources_for(viewer: Viewer) -> CertificateSources:
    """Where certificates are, and what speaks against one."""
    public = viewer.services.public
    return CertificateSources(
        certificates=public.certificates,
        guards=public.guards,
        holds=public.holds,
        recalls=public.recalls,
        keys=viewer.services.keys,
    )


def farms_of(viewer: Viewer, asked: Asked, farm: str) -> list[Farm]:
    """The farms of its animals, of its predecessors' goods, and the one that is named; all visible, at least one."""
    wanted = {_farm_of(viewer, animal) for animal in asked.animals}
    for part in asked.parts:
        wanted |= {*visible_certificate(viewer, part.certificate).farms}
    if farm:
        wanted.add(farm)
    farms = {str(each.id): each for each in viewer.farms.values()}
    unseen = sorted(wanted - farms.keys())
    if unseen:
        raise NotVisibleError(kind="farm", identifier=unseen[0])
    if not wanted:
        rule_zh = "写明是谁家的货：选一个场，或写耳标、原合格证"
        raise CertificateRequestError(
            field="farm", rule="say whose goods they are: farm, animals or parts", rule_zh=rule_zh
        )
    return [farms[name] for name in sorted(wanted)]


def _farm_of(viewer: Viewer, animal: EarTagNumber) -> str:
    return str(viewer.animal(animal).farm)


def _own_lot(viewer: Viewer, asked: Asked) -> str:
    """The canonical URI of the lot, "" where none is named.

    Raises CertificateRequestError for what names no lot, NotVisibleError for one that others' records begin.
    """
    lot, mine = lot_of(asked), own_animals(viewer)
    held = {thing for part in asked.parts for thing in visible_certificate(viewer, part.certificate).things}
    if lot and mine is not None and lot not in held and not are_theirs(viewer, [lot], mine, new=True):
        raise NotVisibleError(kind="lot", identifier=lot)
    return lot
