import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from storage.records.records import Records

ROOT = Path(__file__).parents[3]
BATCH = 50
ACKNOWLEDGED = 12

# Captures batches for ever, and says so after each; between captures there is no telling where a kill will fall.
CAPTURING = """
import sys
from datetime import UTC, datetime
from itertools import count
from storage.records.records import Records
from traceability.model import CapturedEvent

records = Records.open(sys.argv[1])
for batch in count():
    records.events.capture([
        CapturedEvent(event_id=f"urn:{batch}:{n}", event_type="ObjectEvent", event_time=datetime.now(UTC),
                      record_time=datetime.now(UTC), biz_step="", epcs=(f"urn:batch:{batch}",), document="{}")
        for n in range(int(sys.argv[2]))
    ])
    print(batch, flush=True)
"""


def test_a_killed_writer_leaves_every_acknowledged_batch_and_no_half_of_one(url: str) -> None:
    records = Records.open(url)
    writer = subprocess.Popen(
        [sys.executable, "-c", CAPTURING, url, str(BATCH)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    with writer, writer.stdout as lines:
        acknowledged = [int(next(lines)) for _ in range(ACKNOWLEDGED)]
        writer.kill()
        acknowledged += [int(line) for line in lines]
    sizes = [len(records.events.about([f"urn:batch:{batch}"])) for batch in range(acknowledged[-1] + 2)]
    assert sizes[: len(acknowledged)] == [BATCH] * len(acknowledged)
    assert set(sizes) <= {0, BATCH}
    records.cursors.save("after", {"w": int(datetime.now(UTC).timestamp())})
    records.close()
