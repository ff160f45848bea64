"""`tiantou evidence …`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bootstrap.cli.screen import examples, house, line, note
from bootstrap.clock import utc_now
from bootstrap.errors import FolderError, RequestError
from bootstrap.wiring import build_evidence, evidence_key, open_store
from traceability.evidence_pack.errors import EvidenceError
from traceability.evidence_pack.keys import key_of_pem
from traceability.evidence_pack.pack import ALL_OF_IT, evidence_pack
from traceability.evidence_pack.verifying import VerifiedPack, verify
from traceability.gs1.digital_link import DigitalLink
from traceability.passport import build_passport

app = typer.Typer(no_args_is_help=True, help="证据包 · Signed evidence of a pack, and the check of one.")


@app.command("verify", epilog=examples("tiantou evidence verify evidence.zip --key public_key.pem"))
def verify_file(
    file: Annotated[Path, typer.Argument(help="The ZIP.")],
    key: Annotated[
        Path | None, typer.Option(help="The public key (PEM) that should have signed it, got another way.")
    ] = None,
) -> None:
    """Check that not one byte of a pack of evidence was changed; needs neither the service nor its data."""
    try:
        data = file.read_bytes()
        expected = None if key is None else key_of_pem(key.read_bytes())
    except OSError as error:
        msg = f"{error.filename} cannot be read: {error.strerror}"
        raise FolderError(msg) from error
    try:
        found = verify(data, expected_key=expected)
    except EvidenceError as error:
        line(f"NOT as it was signed 与签名不符: {error}")
        sys.exit(1)
    _tell(found)


@app.command(epilog=examples("tiantou evidence make https://id.gs1.org/01/09526000100010/21/000001 -o evidence.zip"))
def make(
    code: Annotated[str, typer.Argument(help="The pack's web address, as its code says.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The ZIP that is written.")],
) -> None:
    """Make a pack's evidence without the bounds of the web; with the embedded store, while the service stands still."""
    at_home = house()
    link = DigitalLink.parse(code)
    with at_home.records() as records:
        store = open_store(at_home, part="evidence")
        try:
            passport = build_passport(
                link,
                events=records.events,
                products=records.products,
                places=records.places,
                recalls=records.recalls,
                holds=records.holds,
                now=utc_now(),
            )
            if passport is None:
                msg = f"there is no record of {link.epc_uri}"
                raise RequestError(msg)
            evidence = build_evidence(at_home, records, store)
            data = evidence_pack(passport, evidence, made_at=utc_now(), bounds=ALL_OF_IT)
        finally:
            store.close()
    try:
        out.write_bytes(data)
    except OSError as error:
        msg = f"{out} cannot be written: {error.strerror}"
        raise FolderError(msg) from error
    _tell(verify(data))
    line(f"{out}: {len(data):,} bytes")


@app.command("key", epilog=examples("tiantou evidence key"))
def show_key() -> None:
    """Print the public key that checks our evidence; the secret one stays in the data folder."""
    key = evidence_key(house())
    line(key.pem.decode().rstrip())
    note(f"key {key.jwk['kid']}: print it where others can see it, so that they need not trust the pack's own copy")


def _tell(found: VerifiedPack) -> None:
    line(f"as it was signed 与签名相符: {found.subject}")
    line(f"made {found.made_at}, {len(found.files)} files, key {found.key_id}")
    if not found.expected:
        note("the key is the pack's own: compare it with one you got another way, or give it with --key")
