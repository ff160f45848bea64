import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.records.records import Records
from traceability.capture_jobs import run_capture
from traceability.model import CaptureError, CaptureJob, ErrorBehaviour, NamedQuery

ROOT = Path(__file__).parents[3]
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
EVENTS = 200
JOB = CaptureJob(id="job-1", owner="lab", created=NOON, behaviour=ErrorBehaviour.ROLLBACK)

# Runs one job over and over until it is killed; where the kill falls, nobody knows.
RUNNING = """
import sys
from datetime import UTC, datetime
from storage.records.records import Records
from traceability.capture_jobs import run_capture

records = Records.open(sys.argv[1])
print("begun", flush=True)
for job in records.capture_jobs.unfinished():
    run_capture(records.capture_jobs.find(job), jobs=records.capture_jobs, events=records.events,
                now=lambda: datetime.now(UTC))
"""


def document(count: int, *, broken: bool = False) -> bytes:
    events = [
        {
            "type": "ObjectEvent",
            "eventTime": "2026-07-01T08:00:00.000+08:00",
            "eventTimeZoneOffset": "+08:00",
            "eventID": f"urn:x:{number}",
            "epcList": ["urn:x:pig"],
            "action": "OBSERVE",
        }
        for number in range(count)
    ]
    if broken:
        events[1]["action"] = "LOOK"
    context = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
    head = {
        "@context": context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-07-02T00:00:00Z",
    }
    return json.dumps({**head, "epcisBody": {"eventList": events}}).encode()


def run(records: Records, job: CaptureJob) -> CaptureJob:
    return run_capture(job, jobs=records.capture_jobs, events=records.events, now=lambda: NOON + timedelta(minutes=1))


def test_a_job_waits_with_its_document_until_it_is_done(records: Records) -> None:
    records.capture_jobs.open(JOB, document(3))
    assert records.capture_jobs.find("job-1") == JOB
    assert records.capture_jobs.unfinished() == ["job-1"]
    finished = run(records, JOB)
    assert finished.finished == NOON + timedelta(minutes=1)
    assert records.capture_jobs.find("job-1") == finished
    assert records.capture_jobs.unfinished() == []
    assert records.capture_jobs.body("job-1") is None
    assert len(records.events.about(["urn:x:pig"])) == 3
    assert records.capture_jobs.find("none") is None


def test_one_error_rolls_everything_back_or_is_passed_over(records: Records) -> None:
    records.capture_jobs.open(JOB, document(3, broken=True))
    greedy = replace(JOB, id="job-2", behaviour=ErrorBehaviour.PROCEED)
    (error,) = run(records, JOB).errors
    assert error.detail.startswith("$.eventList[1].action: ")
    assert records.events.about(["urn:x:pig"]) == []
    records.capture_jobs.open(greedy, document(3, broken=True))
    assert run(records, greedy).errors == (error,)
    assert [each.event_id for each in records.events.about(["urn:x:pig"])] == ["urn:x:0", "urn:x:2"]


def test_a_job_that_is_finished_twice_counts_once(records: Records) -> None:
    records.capture_jobs.open(JOB, document(1))
    finished = run(records, JOB)
    failed = replace(finished, errors=(CaptureError(type="t", title="t", detail="d"),))
    records.capture_jobs.finish(failed, [])
    assert records.capture_jobs.find("job-1") == finished
    assert run(records, JOB) == JOB


def test_jobs_are_listed_for_their_owner(records: Records) -> None:
    for number, owner in enumerate(["lab", "firm", "lab"]):
        records.capture_jobs.open(replace(JOB, id=f"job-{number}", owner=owner), document(1))
    assert [job.id for _, job in records.capture_jobs.list("lab", after=0, limit=9)] == ["job-0", "job-2"]
    everything = records.capture_jobs.list(None, after=0, limit=2)
    assert [job.id for _, job in everything] == ["job-0", "job-1"]
    assert [job.id for _, job in records.capture_jobs.list(None, after=everything[-1][0], limit=2)] == ["job-2"]


def test_a_killed_job_leaves_nothing_and_is_done_at_the_next_start(url: str) -> None:
    records = Records.open(url)
    records.capture_jobs.open(JOB, document(EVENTS))
    job: CaptureJob | None = JOB
    for _ in range(5):
        worker = subprocess.Popen([sys.executable, "-c", RUNNING, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None
        with worker, worker.stdout as lines:
            next(lines)
            worker.kill()
        job = records.capture_jobs.find(JOB.id)
        assert job is not None
        kept = len(records.events.about(["urn:x:pig"]))
        assert kept == (0 if job.finished is None else EVENTS)
    done = subprocess.run([sys.executable, "-c", RUNNING, url], cwd=ROOT, check=True, capture_output=True)
    assert done.stdout
    job = records.capture_jobs.find(JOB.id)
    assert job is not None
    assert job.finished is not None
    assert len(records.events.about(["urn:x:pig"])) == EVENTS
    records.close()


def test_a_named_query_is_its_owners_until_it_is_removed(records: Records) -> None:
    query = NamedQuery(owner="lab", name="mine", parameters='{"EQ_bizStep":["shipping"]}', created=NOON)
    assert records.named_queries.add(query)
    assert not records.named_queries.add(replace(query, parameters="{}"))
    assert records.named_queries.add(replace(query, owner="firm"))
    assert records.named_queries.add(replace(query, name="zzz"))
    assert records.named_queries.find("lab", "mine") == query
    assert records.named_queries.find("lab", "other") is None
    assert [each.name for each in records.named_queries.list("lab", after="", limit=9)] == ["mine", "zzz"]
    assert [each.name for each in records.named_queries.list("lab", after="mine", limit=9)] == ["zzz"]
    assert records.named_queries.remove("lab", "mine")
    assert not records.named_queries.remove("lab", "mine")
    assert records.named_queries.find("firm", "mine") is not None
