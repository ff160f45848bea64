"""The breeding archive on paper: the farm, its animals, then every item of the law with its records."""

from collections.abc import Iterator
from datetime import datetime

from reportlab.platypus import Flowable

from api.paper.sheets import Imprint, gap, paragraph, pdf_of, table
from traceability.archive.csv_rows import NOT_RECORDED, details_text
from traceability.archive.model import Archive, Entry, Keeper
from traceability.archive.tables import ANIMALS, Item, items, retention_of

TITLE = "畜禽养殖档案 Breeding archive"
WITHHELD = "只给有权看的人 / withheld"
SEX = {"Female": "母", "Male": "公", "MaleNeuter": "阉公", "FemaleNeuter": "阉母", "MaleCryptorchid": "隐睾公"}
STATUS = {"Alive": "在场", "Dead": "死亡", "OffFarm": "离场"}
MOST_ROWS = 5000
"""More is no booklet; the CSV holds any number."""


def archive_pdf(archive: Archive, *, printed_by: str, printed_at: datetime) -> bytes:
    """The archive as an A4 booklet whose every page says which farm, which days, who printed it and when."""
    keeper, period = archive.keeper, archive.period
    whose = f"{keeper.name} GLN {keeper.gln}" + ("" if archive.animal is None else f" 耳标 {archive.animal}")
    imprint = Imprint(
        title=TITLE,
        subject=f"{whose}    {period.first} – {period.last}",
        printed_by=printed_by,
        printed_at=printed_at,
        timezone=keeper.timezone,
        simulated=keeper.simulated,
    )
    return pdf_of(_story(archive), imprint)


def row_count(archive: Archive) -> int:
    """How many rows its tables have."""
    return len(archive.animals) + sum(len(entries) for entries in archive.entries.values())


def _story(archive: Archive) -> Iterator[Flowable]:
    yield paragraph("畜禽养殖档案", 20, centred=True)
    yield paragraph("Breeding archive · 畜牧法第四十一条，畜禽标识和养殖档案管理办法第十八条", 9, centred=True)
    yield gap(4)
    yield table(_keeper_rows(archive), widths_mm=(52, 134), size=9)
    for number, item in enumerate(items().values(), start=1):
        yield gap(3)
        yield paragraph(f"{number}  {item.zh} {item.en}", 12, space_before=4)
        yield paragraph(f"依据 Source: {item.source}", 7)
        yield gap(1)
        yield from _item(archive, item)


def _keeper_rows(archive: Archive) -> list[list[str]]:
    keeper, period = archive.keeper, archive.period
    species = "pig" if not archive.animals else archive.animals[0].number.species
    kept = retention_of(species, breeding=False)
    subject = "全场 whole farm" if archive.animal is None else str(archive.animal)
    return [
        ["项目 Item", "内容 Content"],
        ["养殖场 Farm", f"{keeper.name} ({keeper.farm})"],
        ["养殖户 Household", f"{keeper.label}  {_person(keeper)}"],
        ["地址 Place", f"{keeper.county} {keeper.township}"],
        ["位置码 GLN", keeper.gln],
        ["养殖代码 Farm code", keeper.farm_code or NOT_RECORDED],
        ["对象 Subject", subject],
        ["起止 Period", f"{period.first} – {period.last}（{keeper.timezone}）"],
        ["保存 Kept", f"{kept.zh}；种畜长期。{kept.en}; breeding stock for ever"],
    ]


def _person(keeper: Keeper) -> str:
    return WITHHELD if keeper.person is None else keeper.person or NOT_RECORDED


def _item(archive: Archive, item: Item) -> Iterator[Flowable]:
    if item.item == ANIMALS and archive.animals:
        yield _animals(archive)
        return
    entries = archive.entries[item.item]
    if not entries:
        yield paragraph(NOT_RECORDED)
        return
    head = ["日期 Day", "事项 What", "耳标 Ear tags", "内容 Details", "几时记下 Recorded after"]
    yield table([head, *(_row(entry) for entry in entries)], widths_mm=(21, 27, 33, 80, 25), size=8)


def _animals(archive: Archive) -> Flowable:
    head = ["耳标 Ear tag", "品种 Breed", "性别 Sex", "出生 Born", "状态 Status", "离场 Left"]
    rows = [
        [
            str(each.number),
            each.breed or NOT_RECORDED,
            SEX.get(each.sex, NOT_RECORDED),
            str(each.born_on),
            STATUS.get(each.status, NOT_RECORDED),
            "" if each.left_on is None else str(each.left_on),
        ]
        for each in archive.animals
    ]
    count = [f"合计 {len(rows)} 头", f"{len(rows)} animals", "", "", "", ""]
    return table([head, *rows, count], widths_mm=(36, 40, 25, 25, 30, 30), size=8)


def _row(entry: Entry) -> list[str]:
    wrong = f"（已声明有误 declared wrong: {entry.declared_wrong}）" if entry.declared_wrong else ""
    return [
        entry.day.isoformat(),
        f"{entry.zh} {entry.en}{wrong}",
        " ".join(entry.animals),
        details_text(entry),
        _lag(entry),
    ]


def _lag(entry: Entry) -> str:
    minutes = int(entry.recorded_after.total_seconds() // 60)
    if minutes < 0:
        return "时间在后 future"
    days, hours = minutes // 1440, minutes % 1440 // 60
    return f"{days} 天 d" if days else f"{hours} 小时 h" if hours else f"{minutes} 分 min"
