"""Photos in SQL, their images beside them: one backup holds both."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, select, update

from storage.records.photo_tables import photo_images, photos
from storage.records.transactions import Repository, as_keys, in_chunks, insert_into, one_of
from traceability.photos.errors import PhotoRequestError
from traceability.photos.model import MOST_OF_SUBJECT, Image, Photo, Size, checked

_COLUMNS = photos.c


@cache
def _of_subjects(dialect: str) -> Select[Any]:
    """Put together once, as every page asks it."""
    return select(photos).where(one_of(dialect, _COLUMNS.subject, "subjects"))


class SqlPhotoBook(Repository):
    """`traceability.photos.ports.PhotoBook`."""

    def add(self, photo: Photo, images: Mapping[Size, Image]) -> Photo:
        """The photo as it is kept, durable with its images; raises PhotoRequestError."""
        values = _values(checked(photo))
        with self._transactions.writing() as connection:
            found = _one(connection, photo.subject, photo.digest)
            if found is not None:
                return found
            kept = connection.scalar(select(func.count()).where(_COLUMNS.subject == photo.subject)) or 0
            if kept >= MOST_OF_SUBJECT:
                rule = f"at most {MOST_OF_SUBJECT} photos of one thing; remove some first"
                rule_zh = f"一样东西最多 {MOST_OF_SUBJECT} 张照片，先删几张"
                raise PhotoRequestError(field="file", rule=rule, rule_zh=rule_zh)
            for size, image in images.items():
                row = {"digest": photo.digest, "size": size.value, "jpeg": image.jpeg}
                connection.execute(insert_into(connection, photo_images).values(**row).on_conflict_do_nothing())
            connection.execute(insert_into(connection, photos).values(**values).on_conflict_do_nothing())
            found = _one(connection, photo.subject, photo.digest)
        return photo if found is None else found

    def find(self, number: int) -> Photo | None:
        """The photo of that number."""
        with self._transactions.reading() as connection:
            row = connection.execute(select(photos).where(_COLUMNS.number == number)).one_or_none()
        return None if row is None else _photo(row)

    def of(self, subjects: Collection[str]) -> Sequence[Photo]:
        """Every photo of these subjects, the newest first."""
        with self._transactions.reading() as connection:
            dialect = connection.dialect.name
            rows = connection.execute(_of_subjects(dialect), {"subjects": as_keys(dialect, subjects)})
            found = [_photo(row) for row in rows]
        return sorted(found, key=lambda photo: photo.number, reverse=True)

    def of_farms(self, farms: Collection[str] | None, *, limit: int) -> Sequence[Photo]:
        """The newest photos that are these farms' (None: of all), the newest first."""
        query = select(photos).order_by(_COLUMNS.number.desc()).limit(limit)
        chunks = [None] if farms is None else [*in_chunks(farms)]
        with self._transactions.reading() as connection:
            rows = [
                row
                for chunk in chunks
                for row in connection.execute(query if chunk is None else query.where(_COLUMNS.farm.in_(chunk)))
            ]
        return sorted(map(_photo, rows), key=lambda photo: photo.number, reverse=True)[:limit]

    def named(self, digest: str) -> Sequence[Photo]:
        """Every photo whose images are named so."""
        with self._transactions.reading() as connection:
            return [_photo(row) for row in connection.execute(select(photos).where(_COLUMNS.digest == digest))]

    def image(self, digest: str, size: Size) -> bytes | None:
        """The JPEG of that name and size."""
        wanted = (photo_images.c.digest == digest) & (photo_images.c.size == size.value)
        with self._transactions.reading() as connection:
            found = connection.scalar(select(photo_images.c.jpeg).where(wanted))
        return None if found is None else bytes(found)

    def change(self, photo: Photo) -> bool:
        """Whether there is one of that number; it is as given. Raises PhotoRequestError."""
        checked(photo)
        values = {"caption": photo.caption, "consent": photo.consent, "public": photo.public}
        with self._transactions.writing() as connection:
            changed = connection.execute(update(photos).where(_COLUMNS.number == photo.number).values(**values))
            return bool(changed.rowcount)

    def remove(self, number: int) -> bool:
        """Whether there was one of that number; it is gone, and with the last one of a name its images."""
        with self._transactions.writing() as connection:
            gone = connection.execute(delete(photos).where(_COLUMNS.number == number)).rowcount
            forget_unnamed_images(connection)
        return bool(gone)


def forget_unnamed_images(connection: Connection) -> None:
    """Images that no photo names are gone."""
    connection.execute(delete(photo_images).where(photo_images.c.digest.not_in(select(_COLUMNS.digest))))


def _one(connection: Connection, subject: str, digest: str) -> Photo | None:
    same = (_COLUMNS.subject == subject) & (_COLUMNS.digest == digest)
    row = connection.execute(select(photos).where(same)).one_or_none()
    return None if row is None else _photo(row)


def _values(photo: Photo) -> dict[str, Any]:
    return {
        "subject": photo.subject,
        "farm": photo.farm,
        "digest": photo.digest,
        "caption": photo.caption,
        "taken_by": photo.taken_by,
        "taken_at": photo.taken_at,
        "width": photo.width,
        "height": photo.height,
        "consent": photo.consent,
        "public": photo.public,
    }


def _photo(row: Row[Any]) -> Photo:
    return Photo(
        number=row.number,
        subject=row.subject,
        farm=row.farm,
        digest=row.digest,
        caption=row.caption,
        taken_by=row.taken_by,
        taken_at=row.taken_at,
        width=row.width,
        height=row.height,
        consent=row.consent,
        public=row.public,
    )
