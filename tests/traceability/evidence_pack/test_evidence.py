"""A pack of evidence says what is public, proves that no byte was changed, and is the same for the same records."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.traceability.conformance import FOLDER, needs_conformance
from tests.traceability.evidence_pack.readings_in_memory import SomeReadings
from tests.traceability.graph_in_memory import GraphInMemory, RecallsInMemory
from tests.traceability.holds_in_memory import HoldsInMemory
from tests.traceability.one_life import (
    BORN,
    CARCASS,
    FARM,
    NOW,
    PACK_PATH,
    PIG,
    SLAUGHTERHOUSE,
    EventsInMemory,
    PlacesInMemory,
    at,
    event,
    farm_events,
    places,
    products,
    summary,
    whole_life,
)
from traceability.context import TREATING, animal_giai
from traceability.daily_summary import sensor_reporting_event
from traceability.epcis.capture import capture_event
from traceability.epcis.documents import read_document
from traceability.evidence_pack.container import member, packed
from traceability.evidence_pack.days import DIGEST_COLUMNS, SUMMARY_COLUMNS
from traceability.evidence_pack.errors import EvidenceError
from traceability.evidence_pack.keys import EvidenceKey, key_of_pem
from traceability.evidence_pack.pack import Bounds, Evidence, evidence_pack
from traceability.evidence_pack.passport_json import passport_json
from traceability.evidence_pack.public_events import ancestors_of, public_document
from traceability.evidence_pack.verifying import MANIFEST, PUBLIC_KEY, SIGNATURE, canonical_text, file_row, verify
from traceability.gs1.digital_link import DigitalLink
from traceability.model import CapturedEvent
from traceability.passport import Passport, build_passport

KEY, ANOTHER = EvidenceKey(b"a secret of tests"), EvidenceKey(b"another")
EVIDENCE = Evidence(key=KEY, readings=SomeReadings(), base_url="https://tiantou.example")
SMALL = [*farm_events(), sensor_reporting_event(summary(100), record_time=NOW), *whole_life()[-4:]]


def passport(events: list[CapturedEvent] | None = None) -> Passport:
    kept = EventsInMemory(SMALL if events is None else events)
    found = build_passport(
        DigitalLink.parse_path(PACK_PATH),
        events=kept,
        products=products(),
        places=farms_of_households(),
        recalls=RecallsInMemory(lambda: kept.events),
        holds=HoldsInMemory(GraphInMemory(lambda: kept.events)),
        now=NOW,
    )
    assert found is not None
    return found


def farms_of_households() -> PlacesInMemory:
    known = places()
    known.places.update(
        {gln: replace(place, households=0, village="") for gln, place in known.places.items() if gln != FARM}
    )
    return known


@cache
def pack() -> bytes:
    return evidence_pack(passport(), EVIDENCE, made_at=NOW, bounds=Bounds())


def files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def document(events: list[CapturedEvent] | None = None) -> dict[str, Any]:
    found = passport(events)
    return public_document(found, found.records, KEY.commit)


def test_a_pack_verifies_and_says_what_it_is_of() -> None:
    found = verify(pack(), expected_key=key_of_pem(KEY.pem))
    assert found.subject == "https://id.gs1.org/01/09526000100010/21/000037"
    assert found.expected
    assert set(found.files) == {
        "README.en.txt", "README.zh.txt", "completeness.json", "daily_summaries.csv", "epcis.json", "manifest.json",
        "manifest.sig", "passport.json", "public_key.pem", "raw_digests.csv",
    }  # fmt: skip


def test_any_unzip_reads_it() -> None:
    found = files(pack())
    rows = [*csv.reader(io.StringIO(found["raw_digests.csv"].decode()))]
    assert rows == [[*DIGEST_COLUMNS], [PIG, "2026-01-02", "15", "ab" * 32]]
    summaries = [*csv.reader(io.StringIO(found["daily_summaries.csv"].decode()))]
    assert summaries[0] == [*SUMMARY_COLUMNS]
    assert len(summaries) == 2
    complete = json.loads(found["completeness.json"])
    assert complete["whole"]["percent"] == round(100 * complete["whole"]["readings"] / complete["whole"]["expected"], 2)
    assert complete["left_out"] == []
    assert KEY.jwk["kid"] in found["README.en.txt"].decode()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_change_of_any_byte_is_found(data: st.DataObject) -> None:
    original = pack()
    place = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(EvidenceError):
        verify(bytes(changed))


@given(st.data())
def test_cutting_and_adding_is_found(data: st.DataObject) -> None:
    original = pack()
    place = data.draw(st.integers(0, len(original)))
    added = data.draw(st.binary(max_size=3))
    changed = original[:place] + added + original[place + data.draw(st.integers(0, 3)) :]
    if changed != original:
        with pytest.raises(EvidenceError):
            verify(changed)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_pack_or_the_one_error(noise: bytes) -> None:
    for data in (noise, b"PK\x03\x04" + noise, pack()[:40] + noise):
        with pytest.raises(EvidenceError):
            verify(data)


def test_a_pack_that_somebody_else_signed_anew_is_found_by_the_key_that_was_expected() -> None:
    forged = evidence_pack(
        passport(), Evidence(key=ANOTHER, readings=SomeReadings(), base_url=""), made_at=NOW, bounds=Bounds()
    )
    assert verify(forged).key_id == ANOTHER.jwk["kid"]
    with pytest.raises(EvidenceError, match="another than the expected one"):
        verify(forged, expected_key=key_of_pem(KEY.pem))


def test_files_added_swapped_or_left_out_are_found() -> None:
    found = files(pack())
    members = [
        member(name, content, deflated=name.endswith((".json", ".csv", ".txt"))) for name, content in found.items()
    ]
    members = [
        each if each.name not in {MANIFEST, SIGNATURE} else member(each.name, each.content, deflated=False)
        for each in members
    ]
    assert verify(packed(members)).files
    for changed in (
        [*members, member("more.txt", b"", deflated=False)],
        members[1:],
        members[::-1],
        [members[0], *members],
        [member(each.name, KEY.pem, deflated=False) if each.name == "passport.json" else each for each in members],
    ):
        with pytest.raises(EvidenceError):
            verify(packed(changed))


def test_the_packs_own_key_file_must_be_the_manifests() -> None:
    found = files(pack())
    manifest = json.loads(found[MANIFEST])
    names = [row["name"] for row in manifest["files"]]
    swapped = [
        member(name, ANOTHER.pem if name == PUBLIC_KEY else found[name], deflated=name != PUBLIC_KEY) for name in names
    ]
    manifest["files"] = [file_row(each) for each in swapped]
    text = rfc8785.dumps(manifest)
    signed = [member(MANIFEST, text, deflated=False), member(SIGNATURE, KEY.sign(text), deflated=False)]
    with pytest.raises(EvidenceError, match="another key"):
        verify(packed([*swapped, *signed]))


def test_the_same_records_give_the_same_bytes_apart_from_the_time() -> None:
    assert pack() == evidence_pack(passport(), EVIDENCE, made_at=NOW, bounds=Bounds())
    later = files(evidence_pack(passport(), EVIDENCE, made_at=NOW + timedelta(days=1), bounds=Bounds()))
    changed = {name for name, content in files(pack()).items() if later[name] != content}
    assert changed == {MANIFEST, SIGNATURE, "README.en.txt", "README.zh.txt"}


def test_the_manifest_is_in_the_canonical_form_of_rfc_8785() -> None:
    manifest = files(pack())[MANIFEST]
    assert rfc8785.dumps(json.loads(manifest)) == canonical_text(json.loads(manifest)) == manifest


def epcis_schema() -> jsonschema_rs.Validator:
    text = (FOLDER / "epcis/standard/EPCIS-JSON-Schema-2.0.1.json").read_text(encoding="utf-8")
    return jsonschema_rs.validator_for(json.loads(text), validate_formats=True)


@needs_conformance
def test_the_document_is_one_of_epcis() -> None:
    told = document(whole_life())
    assert [error.message for error in epcis_schema().iter_errors(told)] == []
    assert len(told["epcisBody"]["eventList"]) == len(passport(whole_life()).records)
    assert len(read_document(json.dumps(told).encode()).events) == len(told["epcisBody"]["eventList"])


@needs_conformance
def test_the_schema_refuses_what_is_no_document() -> None:
    told = document()
    told["epcisBody"]["eventList"][0]["bizStep"] = "slaughtering"
    assert [*epcis_schema().iter_errors(told)]


def test_a_farms_number_is_nowhere_and_the_slaughterhouses_is() -> None:
    for content in files(pack()).values():
        assert FARM.encode() not in content
    assert SLAUGHTERHOUSE in json.dumps(document())


def test_sibling_packs_are_counted_and_never_named() -> None:
    told = json.dumps(document())
    assert "/21/000037" in told
    assert "/21/000036" not in told
    assert "/21/000001" not in told
    (packing,) = [each for each in document()["epcisBody"]["eventList"] if "/21/000037" in json.dumps(each)]
    assert packing["outputQuantityList"] == [{"epcClass": "https://id.gs1.org/01/09526000100010", "quantity": 83}]
    assert packing["tt:withheld"] == ["outputEPCList"]


def test_what_no_row_names_stays_out_and_is_committed_to() -> None:
    treated = event(
        "ObjectEvent", at(BORN + timedelta(days=100)), FARM, action="OBSERVE", bizStep=TREATING,
        epcList=[animal_giai(PIG).uri, "https://id.gs1.org/8004/9526000143018200000999"], tt_vetName="李兽医",
        tt_medicine="土霉素", bizTransactionList=[{"bizTransaction": "urn:x:invoice"}],
        sourceList=[{"type": "owning_party", "source": "https://id.gs1.org/417/9526000100010"}],
    )  # fmt: skip
    told = document([*SMALL, treated])
    text = json.dumps(told, ensure_ascii=False)
    for hidden in ("李兽医", "0000999", "invoice", "owning_party"):
        assert hidden not in text
    (shown,) = [each for each in told["epcisBody"]["eventList"] if each["eventID"] == treated.event_id]
    assert set(shown["tt:withheld"]) == {
        "bizTransactionList", "sourceList", "extension", "epcList", "readPoint", "bizLocation",
    }  # fmt: skip
    assert shown["tt:commitment"] == KEY.commit(treated.document)
    assert shown["tt:commitment"] != ANOTHER.commit(treated.document)
    assert shown["tt:medicine"] == "土霉素"


def test_members_under_another_meaning_of_our_prefix_stay_out() -> None:
    body = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"tt": "https://other.example/"}],
        "type": "ObjectEvent", "eventTime": "2026-03-01T08:00:00.000+08:00", "eventTimeZoneOffset": "+08:00",
        "epcList": [animal_giai(PIG).uri], "action": "OBSERVE", "tt:medicine": "secret",
    }  # fmt: skip
    foreign = capture_event(json.dumps(body).encode(), record_time=NOW)
    assert "secret" not in json.dumps(document([*SMALL, foreign]))


@pytest.mark.parametrize("value", [10**20, -(10**400), 2**53, 1e300, True, "x" * 5000, "\U0001f416", {"a": 1}, [1]])
def test_whatever_a_record_holds_the_pack_is_made(value: object) -> None:
    odd = event(
        "ObjectEvent", at(BORN + timedelta(days=100)), FARM, late=timedelta(minutes=1), action="OBSERVE",
        bizStep=TREATING, epcList=[animal_giai(PIG).uri], tt_withdrawalDays=value, tt_batch=value,
    )  # fmt: skip
    assert verify(evidence_pack(passport([*SMALL, odd]), EVIDENCE, made_at=NOW, bounds=Bounds())).files


def test_ancestors_are_the_way_back_and_nothing_beside_it() -> None:
    assert ancestors_of(passport()) == {
        "https://id.gs1.org/01/09526000100010/21/000037", CARCASS, animal_giai(PIG).uri,
    }  # fmt: skip


def test_beyond_the_bounds_the_pack_says_what_was_left_out() -> None:
    bounds = Bounds(most_events=5, most_animals=0)
    found = files(evidence_pack(passport(), EVIDENCE, made_at=NOW, bounds=bounds))
    left_out = {each["file"]: each for each in json.loads(found["completeness.json"])["left_out"]}
    assert set(left_out) == {"epcis.json", "raw_digests.csv"}
    assert all(each["zh"] and each["en"] for each in left_out.values())
    assert b"sensor_reporting" not in found["epcis.json"]
    assert len(found["daily_summaries.csv"].splitlines()) == 2


def test_the_passport_as_json_says_what_the_page_says() -> None:
    told = passport_json(passport(whole_life()))
    (life,) = told["lives"]
    assert life["ear_tag"] == PIG
    assert life["treatments"][0]["withdrawal_until"] == "2026-05-03"
    assert life["completeness"]["percent"] < 100
    assert told["packing"]["net_weight_kg"] == "0.5"
    assert FARM not in json.dumps(told)


def test_the_key_is_the_same_for_the_same_secret_and_never_shown() -> None:
    assert EvidenceKey(b"s").jwk == EvidenceKey(b"s").jwk != EvidenceKey(b"t").jwk
    assert "s3cret" not in repr(EvidenceKey(b"s3cret"))
