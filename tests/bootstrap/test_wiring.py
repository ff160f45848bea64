"""What the service is made of."""

from pathlib import Path

from prometheus_client import generate_latest

from bootstrap.house import House
from bootstrap.settings import Settings
from bootstrap.wiring import build_metrics, disk_free_fraction


def test_the_metrics_tell_how_full_the_disk_is(tmp_path: Path) -> None:
    house = House.of(Settings(data_dir=tmp_path / "var"))
    shown = generate_latest(build_metrics(house)).decode()
    value = next(line for line in shown.splitlines() if line.startswith("tiantou_disk_free_ratio "))
    assert 0 <= float(value.split()[1]) <= 1
    assert abs(float(value.split()[1]) - disk_free_fraction(house)) < 0.1
