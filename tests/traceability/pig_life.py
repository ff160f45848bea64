"""Records of a pig's life and of a lot's, as people hand them in."""

from typing import Any

from tests.traceability.one_life import CARCASS_GTIN, FARM, PACKING_HOUSE, PIG, SLAUGHTERHOUSE

Record = dict[str, Any]
SPUD = "https://id.gs1.org/01/09526000200017/10/F7-2026"
CARCASS = f"https://id.gs1.org/01/{CARCASS_GTIN}/21/{PIG}"
LICENCE = "A012026430182"


def record(kind: str, time: str, place: str = FARM, **fields: Any) -> Record:  # noqa: ANN401 values of any field
    return {"kind": kind, "time": time, "place": str(place), **fields}


def of_pig(kind: str, time: str, place: str = FARM, **fields: Any) -> Record:  # noqa: ANN401 values of any field
    return record(kind, time, place, animals=str(PIG), **fields)


def birth() -> Record:
    return of_pig("birth", "2025-11-03T08:00", breed="宁乡花猪", sex="Female", litter_size=10, weight_kg="0.8")


def tagging(time: str = "2025-11-20T08:00") -> Record:
    return of_pig("tagging", time, tag="tag-0123")


def treatment(first: str = "2026-08-01", last: str = "2026-08-01", **fields: Any) -> Record:  # noqa: ANN401 the same
    told = {"medicine": "土霉素注射液", "batch": "B1", "reason": "咳嗽", "last_dose": last, **fields}
    return of_pig("treatment", f"{first}T09:00", **told)


def certificate(day: str = "2026-08-29", until: str = "2026-08-30", **fields: Any) -> Record:  # noqa: ANN401 the same
    told = {
        "certificate_kind": "animal_b",
        "certificate_number": "4301822026-0087",
        "valid_until": until,
        "head_count": 1,
        "destination": str(SLAUGHTERHOUSE),
        "result": "pass",
        **fields,
    }
    return of_pig("quarantine_certificate", f"{day}T15:00", **told)


def loading(day: str = "2026-08-30", **fields: Any) -> Record:  # noqa: ANN401 the same
    return of_pig("loading", f"{day}T03:00", **{"destination": str(SLAUGHTERHOUSE), "vehicle": "湘A12345", **fields})


def sale(day: str = "2026-08-30", **fields: Any) -> Record:  # noqa: ANN401 the same
    told = {"destination": str(SLAUGHTERHOUSE), "purpose": "slaughter", **fields}
    return of_pig("sale", f"{day}T02:00", **told)


def slaughter(day: str = "2026-08-30", **fields: Any) -> Record:  # noqa: ANN401 the same
    told = {"tag": "tag-0123", "product": str(CARCASS_GTIN), "carcass_weight_kg": 52.5, "link_method": "rfid", **fields}
    return of_pig("slaughter", f"{day}T05:00", SLAUGHTERHOUSE, **told)


def packing(things: str = CARCASS, **fields: Any) -> Record:  # noqa: ANN401 the same
    told = {
        "product": "09526000100010",
        "lot": "20260831A",
        "serials": "000001-000004",
        "net_weight_kg": 0.5,
        "total_weight_kg": 2,
        "use_by": "2027-08-31",
        **fields,
    }
    return record("packing", "2026-08-31T07:00", PACKING_HOUSE, things=things, **told)


def before_slaughter() -> list[Record]:
    return [birth(), tagging(), treatment(), certificate()]


def whole_pig() -> list[Record]:
    """One record of every kind of a pig's life, in order."""
    house = str(SLAUGHTERHOUSE)
    return [
        birth(),
        tagging(),
        of_pig("re_tagging", "2025-12-20T08:00", tag="tag-0124", old_tag="tag-0123", reason="脱落"),
        of_pig("weaning", "2026-01-02T08:00", weight_kg=11),
        of_pig("feeding", "2026-01-03T08:00", feed_lot="F-7", feed="育肥料", supplier="饲料厂"),
        of_pig("vaccination", "2026-01-04T08:00", vaccine="猪瘟", batch="V2601", vet_licence=LICENCE),
        treatment(),
        of_pig("weighing", "2026-08-02T08:00", weight_kg=72.4),
        of_pig("movement", "2026-08-03T08:00", origin=str(SLAUGHTERHOUSE)),
        certificate(),
        sale(),
        loading(),
        of_pig("ante_mortem", "2026-08-30T04:00", house, result="pass", vet_licence=LICENCE),
        slaughter(tag="tag-0124"),
        record("post_mortem", "2026-08-30T05:20", house, things=CARCASS, result="pass"),
        record("condemnation", "2026-08-30T05:30", house, things=CARCASS, part="肺", weight_kg=1.2, reason="肺炎"),
        record(
            "laboratory_result", "2026-08-30T06:00", house,
            things=CARCASS, test="莱克多巴胺", result="pass", laboratory="市检测中心", report_number="L-1",
        ),
        record("chilling", "2026-08-30T07:00", house, things=CARCASS, weight_kg=51.9),
        record(
            "boning", "2026-08-30T20:00", str(PACKING_HOUSE),
            things=CARCASS, product="09526000100027", lot="B1", total_weight_kg=30,
        ),
        record(
            "cutting", "2026-08-30T21:00", str(PACKING_HOUSE),
            things="https://id.gs1.org/01/09526000100027/10/B1=20", product="09526000100034", lot="C1",
            total_weight_kg=19.5,
        ),
        record(
            "mince", "2026-08-30T22:00", str(PACKING_HOUSE),
            things="https://id.gs1.org/01/09526000100027/10/B1=10", product="09526000100041", lot="M1",
            total_weight_kg=9.8, use_by="2026-09-05",
        ),
        packing("https://id.gs1.org/01/09526000100034/10/C1=2"),
        record(
            "shipping", "2026-08-31T09:00", str(PACKING_HOUSE),
            things="https://id.gs1.org/01/09526000100010/21/000001", destination=house,
        ),
        record("retail", "2026-09-01T09:00", house, things="https://id.gs1.org/01/09526000100010/21/000001"),
    ]  # fmt: skip


def whole_lot() -> list[Record]:
    """One record of every kind of a lot of sweet potatoes, in order."""
    starch = "https://id.gs1.org/01/09526000200031/10/S1"
    return [
        record("planting", "2026-05-12T08:00", lots=SPUD, variety="商薯19", field="field-03"),
        record("fertilising", "2026-05-13T08:00", lots=SPUD, fertiliser="复合肥", dose="40 kg/亩"),
        record(
            "spraying", "2026-06-20T08:00",
            lots=SPUD, pesticide="嘧菌酯悬浮剂", last_spray="2026-06-20", interval_days=7,
        ),
        record("harvest", "2026-10-20T08:00", lots=f"{SPUD}=5000"),
        record(
            "washing", "2026-10-21T08:00", str(PACKING_HOUSE),
            things=f"{SPUD}=4000", product="09526000200024", lot="W1", total_weight_kg=3900,
        ),
        record(
            "starch", "2026-10-22T08:00", str(PACKING_HOUSE),
            things="https://id.gs1.org/01/09526000200024/10/W1=3000", product="09526000200031", lot="S1",
            total_weight_kg=600,
        ),
        record(
            "noodles", "2026-10-23T08:00", str(PACKING_HOUSE),
            things=f"{starch}=500", product="09526000200048", lot="N1", total_weight_kg=480,
        ),
    ]  # fmt: skip
