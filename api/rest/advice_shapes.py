"""The shapes of laboratory results, harvests, advice and pushes in the JSON API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import Field

from agronomy.errors import SoilValueError
from agronomy.gate.crop_tests import CropTest
from agronomy.given import GivenAdvice, Message, PushRecord
from agronomy.soil.analytes import checked, element_name
from agronomy.soil.laboratory_reports import ReportProblem
from agronomy.soil.samples import LaboratoryValue, SoilSample
from agronomy.yields.harvests import Harvest
from api.rest.schemas import Shape
from observations.identifiers import FieldId


class ValueShape(Shape):
    """A laboratory's result, in the unit of its analyte."""

    value: float
    uncertainty: float | None = Field(default=None, description="half width, same unit")
    below_detection: bool = Field(default=False, description='the laboratory said "less than value"')

    def result(self) -> LaboratoryValue:
        """The value as the domain has it."""
        return LaboratoryValue(value=self.value, uncertainty=self.uncertainty, below_detection=self.below_detection)


class SampleShape(Shape):
    """A laboratory's report on one soil sample; values by analyte, e.g. ph, cd, organic_matter (mg/kg, g/kg)."""

    id: str = Field(min_length=1, max_length=200, description="number of the sample; the same again changes nothing")
    sampled_on: date
    top_cm: float = Field(ge=0)
    bottom_cm: float = Field(gt=0)
    laboratory: str = Field(min_length=1)
    report_number: str = ""
    values: dict[str, ValueShape] = Field(min_length=1)

    def sample(self, field: FieldId) -> SoilSample:
        """The sample as the domain has it.

        Raises SoilValueError for an analyte that no table has or that stands there twice ("cd" and "Cd"), for a value
        that no soil can have, and for no layer.
        """
        if self.bottom_cm <= self.top_cm:
            raise SoilValueError(what="bottom_cm", value=self.bottom_cm, why="it lies below top_cm")
        return SoilSample(
            id=f"{field}/{self.id}" if not self.id.startswith(f"{field}/") else self.id,
            field=field,
            sampled_on=self.sampled_on,
            depth_cm=(self.top_cm, self.bottom_cm),
            laboratory=self.laboratory,
            report_number=self.report_number,
            values=self._results(),
        )

    def _results(self) -> dict[str, LaboratoryValue]:
        found: dict[str, LaboratoryValue] = {}
        for name, value in self.values.items():
            analyte = element_name(name)
            if analyte in found:
                raise SoilValueError(what=name, value=value.value, why=f"{analyte} stands there twice; send it once")
            found[analyte] = checked(analyte, value.result())
        return found

    @classmethod
    def of(cls, sample: SoilSample) -> "SampleShape":
        """That sample."""
        return cls(
            id=sample.id,
            sampled_on=sample.sampled_on,
            top_cm=sample.depth_cm[0],
            bottom_cm=sample.depth_cm[1],
            laboratory=sample.laboratory,
            report_number=sample.report_number,
            values={name: _value(value) for name, value in sample.values.items()},
        )


class ProblemShape(Shape):
    """What could not be read of a report: where, what is wrong, what to do."""

    row: int
    column: str
    problem: str
    zh: str
    en: str

    @classmethod
    def of(cls, problem: ReportProblem) -> "ProblemShape":
        """That problem."""
        return cls(row=problem.row, column=problem.column, problem=problem.problem, zh=problem.zh, en=problem.en)


class CropTestShape(Shape):
    """A laboratory's result on the edible part of what was harvested; mg/kg as the food limit names it."""

    id: str = Field(min_length=1, max_length=200)
    crop: str = Field(description="scientific name", examples=["Ipomoea batatas"])
    element: str = Field(examples=["cd"])
    result: ValueShape
    sampled_on: date
    laboratory: str = Field(min_length=1)

    def test(self, field: FieldId) -> CropTest:
        """The test as the domain has it; raises SoilValueError."""
        return CropTest(
            id=f"{field}/{self.id}" if not self.id.startswith(f"{field}/") else self.id,
            field=field,
            crop=self.crop,
            element=self.element,
            value=self.result.result(),
            sampled_on=self.sampled_on,
            laboratory=self.laboratory,
        )

    @classmethod
    def of(cls, test: CropTest) -> "CropTestShape":
        """That test."""
        return cls(
            id=test.id,
            crop=test.crop,
            element=test.analyte,
            result=_value(test.value),
            sampled_on=test.sampled_on,
            laboratory=test.laboratory,
        )


class HarvestShape(Shape):
    """One harvest of one crop from the field."""

    crop: str = Field(description="scientific name")
    season: int
    harvested_on: date
    area_mu: Decimal
    fresh_kg: Decimal
    recorded_by: str
    variety: str = ""
    township: str = ""
    dry_matter_percent: float | None = None
    moisture_percent: float | None = None
    confirmed: bool = False

    def harvest(self, field: FieldId) -> Harvest:
        """The harvest as the domain has it; raises HarvestError."""
        return Harvest(field=field, **self.model_dump())

    @classmethod
    def of(cls, harvest: Harvest) -> "HarvestShape":
        """That harvest."""
        return cls(**{name: getattr(harvest, name) for name in cls.model_fields})


class WithdrawalShape(Shape):
    """Why advice no longer holds."""

    at: datetime
    by: str = Field(description="the samples or tests; empty where only a day passed")
    changed: bool = Field(description="the decision differs")
    zh: str
    en: str


class AdviceShape(Shape):
    """Advice as it was given; docs/advice.md tells what stands in `content`."""

    number: int
    field: str
    made_at: datetime
    made_on: date
    valid_until: date
    withdrawn: WithdrawalShape | None
    sms_zh: str = Field(description="the same in one SMS")
    content: dict[str, Any]

    @classmethod
    def of(cls, given: GivenAdvice, *, sms_zh: str) -> "AdviceShape":
        """That advice."""
        told = given.withdrawn
        return cls(
            number=given.number,
            field=given.field,
            made_at=given.made_at,
            made_on=given.made_on,
            valid_until=given.valid_until,
            withdrawn=None
            if told is None
            else WithdrawalShape(at=told.at, by=told.by, changed=told.changed, zh=told.zh, en=told.en),
            sms_zh=sms_zh,
            content=dict(given.content),
        )


class TakenShape(Shape):
    """What came of results that were handed in."""

    new: int = Field(description="how many were not recorded before")
    problems: list[ProblemShape]
    changed: bool = Field(description="the decision differs from that of the advice before")
    withdrawn: int | None = Field(description="number of the advice that no longer holds")
    advice: int = Field(description="number of the advice that holds now")


class WhatIfShape(Shape):
    """2 and 3 before and after the measures; null both where the gate refuses. The gate is the same."""

    measures: list[dict[str, Any]]
    gate: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class PushShape(Shape):
    """A push and what became of it."""

    id: str
    season: int
    rule: str
    episode: int
    sent_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    escalated_at: datetime | None
    cleared_at: datetime | None
    outcome: str

    @classmethod
    def of(cls, push: PushRecord) -> "PushShape":
        """That push."""
        key = push.sent.key
        return cls(
            id=push_id(push),
            season=key.season,
            rule=key.rule,
            episode=key.episode,
            sent_at=push.sent.sent_at,
            acknowledged_at=push.sent.acknowledged_at,
            acknowledged_by=push.acknowledged_by,
            escalated_at=push.sent.escalated_at,
            cleared_at=push.sent.cleared_at,
            outcome=push.outcome.value,
        )


class MessageShape(Shape):
    """A message of the outbox."""

    key: str
    kind: str
    made_at: datetime
    valid_until: date
    sms_zh: str
    zh: str
    en: str
    delivered_at: datetime | None
    void: bool = Field(description="newer advice took its place: it must no longer be followed")

    @classmethod
    def of(cls, message: Message, *, void: bool) -> "MessageShape":
        """That message."""
        own = {name: getattr(message, name) for name in cls.model_fields if name not in {"kind", "void"}}
        return cls(**own, kind=message.kind, void=void)


class PushesShape(Shape):
    """What went out about a field, newest messages first."""

    pushes: list[PushShape]
    messages: list[MessageShape]


def push_id(push: PushRecord) -> str:
    """The push in a path: season, rule and episode."""
    key = push.sent.key
    return f"{key.season}-{key.rule}-{key.episode}"


def _value(value: LaboratoryValue) -> ValueShape:
    return ValueShape(value=value.value, uncertainty=value.uncertainty, below_detection=value.below_detection)
