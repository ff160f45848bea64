import re
import threading
from pathlib import Path

from ingest.mqtt.identity import client_id


def test_the_client_id_is_random_kept_and_for_our_eyes_only(tmp_path: Path) -> None:
    file, other = tmp_path / "run" / "client-id", tmp_path / "other"
    first = client_id(file)
    assert re.fullmatch(r"tiantou-[0-9a-f]{16}", first)
    assert client_id(file) == first
    assert client_id(other) != first
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["client-id"]


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "client-id"
    first = client_id(file)
    file.chmod(0o644)
    assert client_id(file) == first
    assert file.stat().st_mode & 0o777 == 0o600


def test_two_that_start_together_agree(tmp_path: Path) -> None:
    file = tmp_path / "client-id"
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(client_id(file))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
