import pytest

from tests.traceability.one_life import NOW
from traceability.errors import RecallRequestError
from traceability.link_methods import is_certain, link_methods
from traceability.recalls import Cause, RecallState, RecallStep, Scope, criteria, drafted, sought_texts, state_rows
from traceability.trace_model import Traced


def test_every_state_is_in_the_table_and_leads_on_only_to_states() -> None:
    assert set(state_rows()) == set(RecallState)
    assert not state_rows()[RecallState.CLOSED].next
    assert state_rows()[RecallState.CLOSED].in_force


def test_a_method_that_is_not_in_the_table_is_not_certain() -> None:
    assert [is_certain(method) for method in ("rfid", "", "by_hand", "line_sequence", "guess")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert all(row.zh and row.en for row in link_methods().values())


def test_a_digest_changes_with_a_thing_that_becomes_certain() -> None:
    def digest(certain: set[str], possible: set[str]) -> str:
        reached = Traced(certain=frozenset(certain), possible=frozenset(possible))
        return Scope(starts=frozenset({"a"}), reached=reached).digest

    assert digest({"b"}, {"c"}) == digest({"b"}, {"c"})
    assert len({digest({"b"}, {"c"}), digest({"b", "c"}, set()), digest(set(), {"b", "c"})}) == 3


@pytest.mark.parametrize(
    ("criterion", "value", "reason", "field"),
    [
        ("colour", "x", "r", "criterion"),
        ("thing", " ", "r", "value"),
        ("thing", "x\x00", "r", "value"),
        ("thing", "x", "", "reason"),
        ("thing", "x", "\ud83d", "reason"),
    ],
)
def test_a_draft_that_cannot_be_names_the_field(criterion: str, value: str, reason: str, field: str) -> None:
    step = RecallStep(state=RecallState.DRAFT, actor="a", at=NOW, why="w")
    with pytest.raises(RecallRequestError) as raised:
        drafted(recall_id="R", cause=Cause(criterion=criterion, value=value), reason=reason, step=step)
    assert raised.value.field == field


def test_a_place_is_sought_by_its_number_and_by_its_uri() -> None:
    assert "https://id.gs1.org/414/9526000100010" in sought_texts(Cause(criterion="place", value="9526000100010"))
    assert all(row.zh and row.en for row in criteria().values())
