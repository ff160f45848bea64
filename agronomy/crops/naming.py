"""Which crop people mean: the scientific name for what they call it."""

from functools import lru_cache

from agronomy.crops.requirements import crops, crops_called
from agronomy.table_rows import table_rows
from agronomy.water.crop_water import crop_water


@lru_cache(maxsize=4096)
def scientific_name(called: str) -> str | None:
    """The scientific name of the crop that people call so; None where no table knows it, or several crops are meant."""
    wanted = called.strip()
    if not wanted:
        return None
    if wanted in crops():
        return wanted
    told = [row["crop"] for row in table_rows("harvest_crops") if wanted.casefold() in {row["zh"], row["en"]}]
    if told:
        return told[0]
    named = [crop for crop in crops().values() if wanted in {crop.names.zh, crop.names.en}]
    if len(named) == 1:
        return named[0].scientific_name
    water = crop_water(wanted)
    if water is not None:
        name = next(row["scientific_name"] for row in table_rows("fao56_crops") if row["crop"] == water.crop)
        if name in crops():
            return name
    listed = crops_called(wanted)
    return listed[0].scientific_name if len(listed) == 1 else None


@lru_cache(maxsize=4096)
def crop_words(name: str) -> tuple[str, str]:
    """What people call the crop of that scientific name, Chinese and English; the name itself where nobody says."""
    crop = crops().get(name)
    if crop is None:
        return name, name
    return crop.names.zh or name, crop.names.en or crop.names.common.partition(",")[0] or name
