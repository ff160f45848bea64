"""Where imported readings go, and what became of them: by way of the running service, or into a store of one's own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from observations.batch import ObservationBatch
from observations.model import Appended, Conflict
from observations.ports import ObservationStore
from observations.texts import TextColumn

CONFLICTS_READ = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicting:
    """A value that another one was there before: its key, and the value that stays."""

    device: str
    channel: str
    observed_property: str
    phenomenon_ms: int
    stored_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a batch, in values. gone: of what was erased or has expired; not kept."""

    stored: int
    redelivered: int
    conflicting: int
    gone: int = 0
    conflicts: Sequence[Conflicting] = field(default_factory=tuple)


TakeHistory = Callable[[ObservationBatch], Taken]
"""The batch is durable when this returns. Raises StoreUnavailableError, BatchRefusedError, ServiceError."""


def into_store(store: ObservationStore, append: Callable[[ObservationBatch], Appended]) -> TakeHistory:
    """Takes history by that `append` into the store, and looks up what conflicted."""

    def take(batch: ObservationBatch) -> Taken:
        done = append(batch)
        return Taken(
            stored=done.stored,
            redelivered=done.redelivered,
            conflicting=done.conflicting,
            gone=done.gone,
            conflicts=_conflicts_of(batch, store) if done.conflicting else (),
        )

    return take


def _conflicts_of(batch: ObservationBatch, store: ObservationStore) -> Sequence[Conflicting]:
    kept = store.conflicts(TextColumn.of(batch.device).distinct, limit=CONFLICTS_READ)
    refused = {_key(conflict): conflict for conflict in kept}
    names = list(batch.values)
    found = []
    for row, (device, channel, ms) in enumerate(
        zip(batch.device, batch.channel, batch.phenomenon_ms.tolist(), strict=True)
    ):
        for name in names:
            conflict = refused.get((device, channel, name, ms, float(batch.values[name][row])))
            if conflict is not None:
                found.append(
                    Conflicting(
                        device=device,
                        channel=channel,
                        observed_property=name,
                        phenomenon_ms=ms,
                        stored_value=conflict.stored_value,
                    )
                )
    return found


def _key(conflict: Conflict) -> tuple[str, str, str, int, float]:
    return (
        conflict.device,
        conflict.channel,
        conflict.observed_property,
        conflict.phenomenon_ms,
        conflict.refused_value,
    )


def moment_text(ms: int) -> str:
    """The time for a report, ISO 8601 in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()
