"""Makes `agronomy/tables/wofost_relative_yields.csv`: what weather, soil water and date do to a yield, by WOFOST.

    python -m tables.relative_yields PARAMETERS [--out FILE] [--years 10] [--seed 20260101] [--only CROP]

PARAMETERS is a folder with the YAML files of github.com/ajwdewit/WOFOST_crop_parameters. They are under the EUPL: they
are read, not copied; the table of results is ours. Needs the extra `tables` (`pip install -e .[tables]`). About 35
minutes on one core. Only relative effects are kept, as WOFOST's own level lies below what the region reports.

What the table cannot say: the model knows no waterlogging, no pests, no shortage of nutrients, no frost.
"""

import argparse
import csv
import hashlib
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from tables.grid import (
    COLUMNS,
    FIRST_YEAR,
    VERSION,
    Cell,
    CropRow,
    SoilRow,
    cells,
    read_crops,
    read_soils,
    rows,
    season,
)
from tables.weather import Days, Normals, invent, read_normals
from tables.wofost import PCSE_VERSION, Parameters, Weather, storage_kg_ha

HERE = Path(__file__).parent
PRODUCT = HERE.parent / "agronomy" / "tables"
CROPS, SOILS, NORMALS = PRODUCT / "wofost_crops.csv", HERE / "soils.csv", PRODUCT / "wofost_normals.csv"
OUT = PRODUCT / "wofost_relative_yields.csv"
DAYS = 730
HASH_DIGITS = 16


def inputs_hash(paths: Iterable[Path], *words: object) -> str:
    """The beginning of the SHA-256 over the files' bytes, in order, and over the words."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    digest.update(repr(words).encode())
    return digest.hexdigest()[:HASH_DIGITS]


def simulate(
    *, crops: Sequence[CropRow], soils: Sequence[SoilRow], normals: Normals, given: Parameters, seeds: Sequence[int]
) -> dict[Cell, list[float]]:
    """The yield of every cell in every weather year, kg dry matter a hectare."""
    crop_of: Mapping[str, CropRow] = {crop.crop: crop for crop in crops}
    soil_of = {soil.water: soil for soil in soils}
    todo = sorted(cells(crops, soils), key=lambda cell: (cell.warmer_c, cell.rain_ratio, cell))
    yields: dict[Cell, list[float]] = {cell: [] for cell in todo}
    for crop in crops:
        usual = Weather(invented(normals, seeds[0], 0.0, 1.0))
        sys.stderr.write(f"{crop.crop}: temperature sums x {given.fit_season(crop, usual):.2f}\n")
    for warmer_c, rain_ratio in sorted({(cell.warmer_c, cell.rain_ratio) for cell in todo}):
        same = [cell for cell in todo if (cell.warmer_c, cell.rain_ratio) == (warmer_c, rain_ratio)]
        for seed in seeds:
            weather = Weather(invented(normals, seed, warmer_c, rain_ratio))
            for cell in same:
                crop = crop_of[cell.crop]
                grown = storage_kg_ha(
                    crop=crop,
                    when=season(crop, cell.sowing_date),
                    soil=soil_of.get(cell.water),
                    weather=weather,
                    given=given,
                )
                yields[cell].append(grown)
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {warmer_c:+g} C, rain x {rain_ratio:g}\n")
    return yields


def invented(normals: Normals, seed: int, warmer_c: float, rain_ratio: float) -> Days:
    """Two calendar years of weather, so that a winter crop ripens in them."""
    first = date(FIRST_YEAR, 1, 1)
    return invent(normals=normals, first=first, days=DAYS, seed=seed, warmer_c=warmer_c, rain_ratio=rain_ratio)


def main(arguments: Sequence[str] | None = None) -> None:
    """The table is written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parameters", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--only", default="", help="scientific name of one crop")
    wanted = parser.parse_args(arguments)
    crops = [row for row in read_crops(CROPS) if wanted.only in {"", row.crop}]
    soils = read_soils(SOILS)
    yields = simulate(
        crops=crops,
        soils=soils,
        normals=read_normals(NORMALS),
        given=Parameters(wanted.parameters),
        seeds=range(wanted.seed, wanted.seed + wanted.years),
    )
    inputs = [CROPS, SOILS, NORMALS]
    inputs += [wanted.parameters / f"{name}.yaml" for name in sorted({crop.parameter_file for crop in crops})]
    stamp = {"inputs": inputs_hash(inputs, wanted.years, wanted.seed, VERSION), "pcse": PCSE_VERSION}
    with wanted.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows(yields, crops, stamp))


if __name__ == "__main__":
    main()
