"""What a new sample or crop test does to advice that was given before: withdrawn, corrected or unchanged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agronomy.errors import AgronomyError
from agronomy.gate.crop_groups import gated_crop
from agronomy.gate.permissions import Permission, PermissionState
from agronomy.gate.reasons import Reason


class Outcome(StrEnum):
    """What becomes of one piece of advice."""

    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What becomes of the advice on one crop; reasons: those of the new permission."""

    crop: str
    crop_zh: str
    before: PermissionState
    after: PermissionState
    outcome: Outcome
    reasons: tuple[Reason, ...]


def corrections(before: Mapping[str, PermissionState], after: Iterable[Permission]) -> tuple[Correction, ...]:
    """What becomes of each piece of advice given before (states by scientific name), withdrawn ones first.

    Withdrawn: it was advised and is no longer. Corrected: any other change. Raises AgronomyError where `after` does not
    judge a crop that was advised on: silence about it would leave the old advice in force.
    """
    judged = {permission.crop.scientific_name: permission for permission in after}
    found = []
    for name, state in before.items():
        permission = judged.get(gated_crop(name).scientific_name)
        if permission is None:
            msg = f"{name} was advised on ({state.value}) and is not judged again; judge every crop of the old advice"
            raise AgronomyError(msg)
        found.append(
            Correction(
                crop=name,
                crop_zh=permission.crop.zh,
                before=state,
                after=permission.state,
                outcome=_outcome(state, permission.state),
                reasons=permission.reasons,
            )
        )
    return tuple(sorted(found, key=lambda correction: list(Outcome).index(correction.outcome)))


def _outcome(before: PermissionState, after: PermissionState) -> Outcome:
    if before is after:
        return Outcome.UNCHANGED
    return Outcome.WITHDRAWN if before.advised and not after.advised else Outcome.CORRECTED
