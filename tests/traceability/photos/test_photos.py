import pytest

from tests.traceability.photos.photos_in_memory import photo
from traceability.photos.errors import PhotoRequestError
from traceability.photos.model import LONGEST_TEXT, checked


def test_it_is_shown_only_where_somebody_wants_it_and_its_owner_agreed() -> None:
    assert not photo().shown
    assert not photo(consent="签字 2026-07-01").shown
    assert not photo(public=True).shown
    assert photo(public=True, consent="签字 2026-07-01").shown


@pytest.mark.parametrize("change", [{"public": True}, {"public": True, "consent": "  "}, {"caption": "x" * 201}])
def test_what_cannot_be_kept_is_refused_with_its_field(change: dict[str, object]) -> None:
    with pytest.raises(PhotoRequestError) as refused:
        checked(photo(**change))
    assert refused.value.field in {"consent", "caption"}
    assert refused.value.rule_zh


def test_texts_may_be_as_long_as_is_said() -> None:
    assert checked(photo(caption="字" * LONGEST_TEXT)).caption
