import pytest

from agronomy.crops.varieties import VarietyTableError, find_variety, varieties, varieties_from, varieties_of
from agronomy.table_rows import table_rows

SWEET_POTATO = "Ipomoea batatas"


def test_every_variety_and_every_statement_names_its_source() -> None:
    for variety in varieties().values():
        assert variety.source
        assert all(statement.source for statement in variety.statements)


def test_what_stands_only_in_memory_is_marked_unconfirmed() -> None:
    for variety in varieties().values():
        for statement in variety.statements:
            if "memory" in statement.source or statement.evidence == "memory":
                assert not statement.confirmed
                assert "未核实" in statement.told_zh()
                assert "unconfirmed" in statement.told_en()


@pytest.mark.parametrize("name", ["商薯19", "shangshu-19", "Shangshu 19", " SHANGSHU 19 "])
def test_a_variety_is_found_by_id_and_by_either_name(name: str) -> None:
    variety = find_variety(name)
    assert variety is not None
    assert variety.id == "shangshu-19"


def test_a_name_nobody_knows_is_no_variety() -> None:
    assert find_variety("甘薯之王") is None


def test_statements_read_as_people_say_them() -> None:
    variety = varieties()["shangshu-19"]
    assert [said.told_zh() for said in variety.about("starch_percent")] == ["鲜薯淀粉：23–25%"]
    assert [said.told_en() for said in variety.about("dry_matter_percent")] == ["dry matter: 36–38%"]
    assert [said.told_zh() for said in varieties()["longshu-9"].about("trial_yield_kg_mu")] == [
        "区试产量：3786.9公斤/亩，两年区试"
    ]


def test_of_two_statements_on_a_disease_the_worse_one_counts() -> None:
    rows = [row for row in table_rows("varieties") if row["variety"] == "jishu-26"]
    said = [row for row in table_rows("variety_statements") if row["variety"] == "jishu-26"]
    worse = {**said[1], "trait": "root_rot", "grade": "S", "evidence": "trial"}
    reaction = varieties_from(rows, [*said, worse])["jishu-26"].reaction("root_rot")
    assert reaction is not None
    assert reaction.grade is not None
    assert reaction.grade.name == "S"


def test_a_variety_of_another_crop_is_a_row() -> None:
    row = {
        "variety": "zhongyouza-19",
        "crop": "Brassica napus",
        "zh": "中油杂19",
        "en": "Zhongyouza 19",
        "uses": "table",
    }
    added = varieties_from([{**row, "origin": "", "confirmed": "no", "source": "a neighbour"}], [])
    assert added["zhongyouza-19"].crop == "Brassica napus"
    assert varieties_of("Brassica napus") == ()


def test_a_statement_about_an_unknown_variety_is_refused_by_name() -> None:
    with pytest.raises(VarietyTableError, match="nobody-1"):
        varieties_from([], [{"variety": "nobody-1"}])


def test_a_statement_on_an_unknown_trait_is_refused() -> None:
    rows = [row for row in table_rows("varieties") if row["variety"] == "jishu-26"]
    with pytest.raises(VarietyTableError, match="luck"):
        varieties_from(rows, [{"variety": "jishu-26", "trait": "luck", "grade": ""}])
