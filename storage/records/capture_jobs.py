"""Documents handed in for capture, in SQL."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, update

from storage.records.capturing import capture_events
from storage.records.tables import capture_jobs
from storage.records.transactions import Repository
from traceability.model import CapturedEvent, CaptureError, CaptureJob, ErrorBehaviour

_COLUMNS = [column for column in capture_jobs.c if column.name != "body"]


class SqlCaptureJobs(Repository):
    """`traceability.ports.CaptureJobs`."""

    def open(self, job: CaptureJob, body: bytes) -> None:
        """The job and its document are durable."""
        values = {"id": job.id, "owner": job.owner, "created": job.created, "behaviour": job.behaviour, "body": body}
        with self._transactions.writing() as connection:
            connection.execute(capture_jobs.insert().values(**values, finished=job.finished, errors=_errors(job)))

    def find(self, job: str) -> CaptureJob | None:
        """The job of that id."""
        with self._transactions.reading() as connection:
            row = connection.execute(select(*_COLUMNS).where(capture_jobs.c.id == job)).one_or_none()
        return None if row is None else _job(row)

    def list(self, owner: str | None, *, after: int, limit: int) -> Sequence[tuple[int, CaptureJob]]:
        """Jobs of that owner (None: of all) with their numbers, oldest first, from the first behind `after` on."""
        query = select(*_COLUMNS).where(capture_jobs.c.number > after).order_by(capture_jobs.c.number).limit(limit)
        if owner is not None:
            query = query.where(capture_jobs.c.owner == owner)
        with self._transactions.reading() as connection:
            return [(row.number, _job(row)) for row in connection.execute(query)]

    def unfinished(self) -> Sequence[str]:
        """The ids of the jobs that are still to be done, oldest first."""
        query = select(capture_jobs.c.id).where(capture_jobs.c.finished.is_(None)).order_by(capture_jobs.c.number)
        with self._transactions.reading() as connection:
            return [*connection.scalars(query)]

    def body(self, job: str) -> bytes | None:
        """The document of an unfinished job."""
        with self._transactions.reading() as connection:
            return connection.scalar(select(capture_jobs.c.body).where(capture_jobs.c.id == job))

    def finish(self, job: CaptureJob, events: Sequence[CapturedEvent]) -> None:
        """The events are captured and the job is finished, both durably, or neither; no-op where it was finished."""
        mine = update(capture_jobs).where(capture_jobs.c.id == job.id, capture_jobs.c.finished.is_(None))
        values = {"finished": job.finished, "errors": _errors(job), "body": None}
        with self._transactions.writing() as connection:
            if connection.execute(mine.values(**values)).rowcount:
                capture_events(connection, events)


def _errors(job: CaptureJob) -> str:
    errors = [{"type": error.type, "title": error.title, "detail": error.detail} for error in job.errors]
    return json.dumps(errors, ensure_ascii=False, separators=(",", ":"))


def _job(row: Row[Any]) -> CaptureJob:
    return CaptureJob(
        id=row.id,
        owner=row.owner,
        created=row.created,
        behaviour=ErrorBehaviour(row.behaviour),
        finished=row.finished,
        errors=tuple(CaptureError(**error) for error in json.loads(row.errors)),
    )
