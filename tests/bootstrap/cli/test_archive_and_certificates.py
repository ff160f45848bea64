"""Archives, certificates and evidence on the command line."""

import json
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from bootstrap.house import House
from bootstrap.settings import Settings
from bootstrap.wiring import evidence_key
from tests.bootstrap.cli.command import ok, tiantou, told
from traceability.evidence_pack.container import member, packed
from traceability.evidence_pack.keys import jwk_of, key_of_pem
from traceability.evidence_pack.verifying import FORMAT, MANIFEST, PUBLIC_KEY, SIGNATURE, canonical_text, file_row

PIG, OTHER = "143018200090001", "143018200090002"
ISSUER = ("--issuer", "cooperative", "--name", "流沙河合作社", "--contact", "0731-87880000")


@pytest.fixture(autouse=True)
def farm() -> None:
    """A household with a farm and two pigs."""
    ok("site", "add", "s1", "--name", "一号点")
    ok("household", "add", "h-004", "--label", "4 号户", "--township", "流沙河镇", "--name", "王大明")
    ok("farm", "add", "farm-04", "--household", "h-004", "--site", "s1", "--gln", "9526000100041", "--county", "430182")
    for pig in (PIG, OTHER):
        ok("animal", "add", pig, "--farm", "farm-04", "--breed", "宁乡花猪", "--born", "2026-01-05")


def number_in(text: str) -> str:
    found = re.search(r"\d{8}-[A-Z2-7]{16}", text)
    assert found
    return found[0]


def test_a_farms_archive_is_written_in_every_form(tmp_path: Path) -> None:
    for form in ("pdf", "csv", "icar.json"):
        told_back = ok("archive", "farm", "farm-04", "--since", "2026-01-01", "-o", str(tmp_path / f"a.{form}"))
        assert "2 animals" in told_back
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "a.pdf").pages)
    assert "王大明" in text
    assert PIG in (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "a.icar.json").read_text(encoding="utf-8"))["totalItems"] == 2
    ok("archive", "farm", "farm-04", "--no-names", "-o", str(tmp_path / "b.pdf"))
    assert "王大明" not in "".join(page.extract_text() for page in PdfReader(tmp_path / "b.pdf").pages)


def test_an_animals_archive_begins_with_its_birth(tmp_path: Path) -> None:
    assert "2026-01-05 to" in ok("archive", "animal", PIG, "-o", str(tmp_path / "pig.csv"))
    assert "last day" not in told(
        "archive", "animal", PIG, "--since", "2027-01-01", "--until", "2026-12-31", "-o", "x.pdf"
    )
    assert "ending" in told("archive", "animal", PIG, "-o", str(tmp_path / "pig.docx"))
    assert "law art. 41" in ok("archive", "items").lower()


def test_a_certificate_is_issued_split_printed_and_withdrawn(tmp_path: Path) -> None:
    made = ok("certificate", "issue", "live_pigs", "宁乡花猪", "2", "--animal", PIG, "--animal", OTHER, *ISSUER)
    whole = number_in(made)
    assert f"/certificate/{whole}" in made
    assert "already" in told("certificate", "issue", "live_pigs", "宁乡花猪", "1", "--animal", PIG, *ISSUER)
    part = ("certificate", "issue", "live_pigs", "宁乡花猪", "1", "--animal", PIG, "--part", f"{whole}=1", *ISSUER)
    later = number_in(ok(*part))
    listed = {row.split("\t")[0]: row.split("\t")[5] for row in ok("certificate", "list").splitlines()[1:]}
    assert listed == {whole: "1", later: "1"}
    ok("certificate", "print", later, "-o", str(tmp_path / "c.pdf"))
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "c.pdf").pages)
    assert "承诺达标合格证" in text
    assert whole in text
    assert later in told("certificate", "withdraw", whole, "--why", "写错")
    assert "withdrawn" in ok("certificate", "withdraw", later, "--why", "写错")


def test_what_cannot_be_certified_says_why() -> None:
    assert "不开承诺达标合格证" in told("certificate", "issue", "noodles", "粉条", "5", "--farm", "farm-04", *ISSUER)
    assert "whose goods" in told("certificate", "issue", "sweet_potatoes", "商薯19", "5", *ISSUER)
    assert "no certificate X" in told("certificate", "issue", "eggs", "鸡蛋", "5", "--part", "X=5", *ISSUER)
    assert "sweet_potatoes" in ok("certificate", "kinds")


def signed_file(house: House) -> bytes:
    key = evidence_key(house)
    files = [member("a.txt", b"a", deflated=True), member(PUBLIC_KEY, key.pem, deflated=False)]
    text = canonical_text({"format": FORMAT, "key": key.jwk, "files": [file_row(each) for each in files]})
    signed = [member(MANIFEST, text, deflated=False), member(SIGNATURE, key.sign(text), deflated=False)]
    return packed([*files, *signed])


def test_evidence_is_verified_by_the_printed_key_and_a_changed_byte_is_told(tmp_path: Path) -> None:
    house = House.of(Settings.read())
    pem, file = tmp_path / "key.pem", tmp_path / "evidence.zip"
    pem.write_text(ok("evidence", "key"), encoding="utf-8")
    data = signed_file(house)
    file.write_bytes(data)
    assert "as it was signed" in ok("evidence", "verify", str(file), "--key", str(pem))
    file.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    changed = tiantou("evidence", "verify", str(file))
    assert changed.exit_code == 1
    assert "NOT as it was signed" in changed.output
    assert "cannot be read" in told("evidence", "verify", str(tmp_path / "none.zip"))


def test_the_key_is_kept_for_its_owner_alone() -> None:
    house = House.of(Settings.read())
    assert jwk_of(key_of_pem(evidence_key(house).pem)) == evidence_key(house).jwk
    assert evidence_key(house).jwk == evidence_key(house).jwk
    assert (house.folder.secrets / "evidence").stat().st_mode & 0o777 == 0o600
    assert "no record" in told("evidence", "make", "https://id.gs1.org/01/09526000100010/21/1", "-o", "x.zip")
