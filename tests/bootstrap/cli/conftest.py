"""A data folder of its own for every command."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "var"
    monkeypatch.setenv("TIANTOU_DATA_DIR", str(folder))
    for name in ("TIANTOU_MQTT_URL", "TIANTOU_RECORDS_URL", "TIANTOU_STORE_URL"):
        monkeypatch.delenv(name, raising=False)
    return folder
