# ruff: noqa: N815 members are called as EPCIS calls them
"""The five event types of EPCIS 2.0 as value types: the structure GS1's JSON schema asks for, extensions kept.

Source: EPCIS 2.0 JSON schema (2.0.1) of GS1. What the schema accepts although it makes no sense is accepted here, too.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from traceability.epcis.vocabulary import words

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")


def is_uri(text: str) -> bool:
    """Whether `text` is an absolute URI (RFC 3986: ASCII, other characters percent-encoded)."""
    return _URI.fullmatch(text) is not None


def instant(text: str) -> datetime:
    """The aware moment an RFC 3339 date-time stands for; raises ValueError."""
    if not _TIME.fullmatch(text):
        msg = "a date-time with seconds and offset is expected, such as 2026-07-01T08:30:00+08:00"
        raise ValueError(msg)
    moment = datetime.fromisoformat(text.upper())
    if moment.utcoffset() is None or not 1 < moment.year < 9999:  # noqa: PLR2004 must survive a change of zone
        msg = "the year cannot be kept"
        raise ValueError(msg)
    return moment


def _uri(text: str) -> str:
    if not is_uri(text):
        msg = "an absolute URI is expected (other than ASCII percent-encoded)"
        raise ValueError(msg)
    return text


def _time(text: str) -> str:
    instant(text)
    return text


def _word(kind: str, text: str) -> str:
    if text not in words(kind) and not is_uri(text):
        msg = f"{text[:60]!r} is no {kind} of the standard; one of one's own must be a URI"
        raise ValueError(msg)
    return text


def _unique(epcs: list[str]) -> list[str]:
    if len(set(epcs)) != len(epcs):
        msg = "the same EPC stands twice"
        raise ValueError(msg)
    return epcs


Uri = Annotated[str, AfterValidator(_uri)]
Time = Annotated[str, AfterValidator(_time)]
Action = Literal["ADD", "OBSERVE", "DELETE"]
BizStep = Annotated[str, AfterValidator(lambda text: _word("bizStep", text))]
Disposition = Annotated[str, AfterValidator(lambda text: _word("disposition", text))]
MeasurementType = Annotated[str, AfterValidator(lambda text: _word("measurement", text))]
Component = Annotated[str, AfterValidator(lambda text: _word("component", text))]
ErrorReason = Annotated[str, AfterValidator(lambda text: _word("errorReason", text))]
SourceDestType = Annotated[str, AfterValidator(lambda text: _word("sourceDestType", text))]
BizTransactionType = Annotated[str, AfterValidator(lambda text: _word("bizTransactionType", text))]
EpcList = Annotated[list[Uri], AfterValidator(_unique)]
Ilmd = dict[Uri, Any]


class EpcisModel(BaseModel):
    """An EPCIS object; members that EPCIS does not know must have a namespace, and are kept."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, populate_by_name=False)

    @model_validator(mode="after")
    def _extensions_have_a_namespace(self) -> Self:
        for name in self.__pydantic_extra__ or {}:
            if not is_uri(name):
                msg = f"{name[:60]!r} is no member of it; an extension needs a namespace, such as ext:{name[:60]}"
                raise ValueError(msg)
        return self


class ClosedModel(BaseModel):
    """An EPCIS object that takes no extensions."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Place(EpcisModel):
    """A read point or business location."""

    id: Uri


class QuantityElement(ClosedModel):
    """So much of a class of things."""

    epcClass: Uri
    quantity: float | None = None
    uom: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,3}$")] | None = None


class BizTransaction(ClosedModel):
    """A business document."""

    type: BizTransactionType | None = None
    bizTransaction: Uri


class Source(ClosedModel):
    """Where or from whom things came."""

    type: SourceDestType
    source: Uri


class Destination(ClosedModel):
    """Where or to whom things go."""

    type: SourceDestType
    destination: Uri


class PersistentDisposition(ClosedModel):
    """Conditions that begin and end."""

    set: Annotated[list[Disposition], Field(min_length=1)] | None = None
    unset: Annotated[list[Disposition], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.set is None and self.unset is None:
            msg = "set or unset is missing"
            raise ValueError(msg)
        return self


class ErrorDeclaration(EpcisModel):
    """That the event is in error."""

    declarationTime: Time
    reason: ErrorReason | None = None
    correctiveEventIDs: list[Uri] | None = None


class SensorMetadata(EpcisModel):
    """When, by what and how something was sensed."""

    time: Time | None = None
    startTime: Time | None = None
    endTime: Time | None = None
    deviceID: Uri | None = None
    deviceMetadata: Uri | None = None
    rawData: Uri | None = None
    dataProcessingMethod: Uri | None = None
    bizRules: Uri | None = None


class SensorReport(EpcisModel):
    """One quantity that was sensed."""

    type: MeasurementType
    exception: str | None = None
    time: Time | None = None
    deviceID: Uri | None = None
    deviceMetadata: Uri | None = None
    rawData: Uri | None = None
    dataProcessingMethod: Uri | None = None
    bizRules: Uri | None = None
    microorganism: Uri | None = None
    chemicalSubstance: Uri | None = None
    coordinateReferenceSystem: Uri | None = None
    component: Component | None = None
    value: float | None = None
    minValue: float | None = None
    maxValue: float | None = None
    meanValue: float | None = None
    sDev: float | None = None
    percRank: float | None = None
    percValue: float | None = None
    stringValue: str | None = None
    booleanValue: bool | None = None
    hexBinaryValue: Annotated[str, Field(pattern=r"^[A-Fa-f0-9]+$")] | None = None
    uriValue: Uri | None = None
    uom: str | None = None


class SensorElement(EpcisModel):
    """What was sensed together."""

    sensorMetadata: SensorMetadata | None = None
    sensorReport: Annotated[list[SensorReport], Field(min_length=1)]


class Event(EpcisModel):
    """What every event has."""

    context: Annotated[str | dict[str, Any] | list[str | dict[str, Any]], Field(alias="@context")]
    eventID: Uri | None = None
    eventTime: Time
    eventTimeZoneOffset: Annotated[str, Field(pattern=r"^[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)$")]
    recordTime: Time | None = None
    certificationInfo: Uri | list[Uri] | None = None
    errorDeclaration: ErrorDeclaration | None = None
    bizStep: BizStep | None = None
    disposition: Disposition | None = None
    persistentDisposition: PersistentDisposition | None = None
    readPoint: Place | None = None
    bizLocation: Place | None = None
    bizTransactionList: list[BizTransaction] | None = None
    sourceList: list[Source] | None = None
    destinationList: list[Destination] | None = None
    sensorElementList: list[SensorElement] | None = None

    def epcs(self) -> list[str]:
        """Every EPC and EPC class the event names, in whatever role."""
        return []


class ObjectEvent(Event):
    """Something happened to things."""

    type: Literal["ObjectEvent"]
    action: Action
    epcList: EpcList | None = None
    quantityList: list[QuantityElement] | None = None
    ilmd: Ilmd | None = None

    def epcs(self) -> list[str]:
        """The things."""
        return [*(self.epcList or ()), *_classes(self.quantityList)]

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        sensed = self.sensorElementList and self.readPoint
        if self.epcList is None and not self.quantityList and not sensed:
            msg = "it names nothing: epcList, quantityList, or sensorElementList with readPoint is expected"
            raise ValueError(msg)
        if self.ilmd is not None and self.action != "ADD":
            msg = f"ilmd is for action ADD only, not {self.action}"
            raise ValueError(msg)
        return self


class ParentChildEvent(Event):
    """Children join or leave a parent."""

    action: Action
    parentID: Uri | None = None
    childEPCs: EpcList | None = None
    childQuantityList: list[QuantityElement] | None = None

    def epcs(self) -> list[str]:
        """The parent, then the children."""
        parent = [self.parentID] if self.parentID is not None else []
        return [*parent, *(self.childEPCs or ()), *_classes(self.childQuantityList)]

    @model_validator(mode="after")
    def _has_children(self) -> Self:
        if not self.childEPCs and not self.childQuantityList and self.action != "DELETE":
            msg = f"childEPCs or childQuantityList is expected with action {self.action}"
            raise ValueError(msg)
        return self


class AggregationEvent(ParentChildEvent):
    """Things are put into or taken out of a container."""

    type: Literal["AggregationEvent"]


class AssociationEvent(ParentChildEvent):
    """A device is put on or taken off a thing."""

    type: Literal["AssociationEvent"]
    parentID: Uri


class TransactionEvent(Event):
    """Things belong to a business document."""

    type: Literal["TransactionEvent"]
    action: Action
    bizTransactionList: Annotated[list[BizTransaction], Field(min_length=1)]
    parentID: Uri | None = None
    epcList: EpcList | None = None
    quantityList: list[QuantityElement] | None = None

    def epcs(self) -> list[str]:
        """The parent, then the things."""
        parent = [self.parentID] if self.parentID is not None else []
        return [*parent, *(self.epcList or ()), *_classes(self.quantityList)]

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if self.epcList is None and not self.quantityList and self.action != "DELETE":
            msg = f"epcList or quantityList is expected with action {self.action}"
            raise ValueError(msg)
        return self


class TransformationEvent(Event):
    """Inputs are consumed, outputs come to be."""

    type: Literal["TransformationEvent"]
    inputEPCList: EpcList | None = None
    inputQuantityList: list[QuantityElement] | None = None
    outputEPCList: EpcList | None = None
    outputQuantityList: list[QuantityElement] | None = None
    transformationID: Uri | None = None
    ilmd: Ilmd | None = None

    def epcs(self) -> list[str]:
        """The inputs, then the outputs."""
        inputs = [*(self.inputEPCList or ()), *_classes(self.inputQuantityList)]
        return [*inputs, *(self.outputEPCList or ()), *_classes(self.outputQuantityList)]

    @model_validator(mode="after")
    def _has_inputs_and_outputs(self) -> Self:
        inputs, outputs = self.inputEPCList or self.inputQuantityList, self.outputEPCList or self.outputQuantityList
        # A transformation told in several events (transformationID) may give its inputs and its outputs apart.
        if (inputs and outputs) or (self.transformationID and (inputs or outputs)):
            return self
        msg = "inputs (inputEPCList or inputQuantityList) and outputs are expected"
        raise ValueError(msg)


AnyEvent = ObjectEvent | AggregationEvent | AssociationEvent | TransactionEvent | TransformationEvent
EVENT: TypeAdapter[AnyEvent] = TypeAdapter(Annotated[AnyEvent, Field(discriminator="type")])


def _classes(quantities: Sequence[QuantityElement] | None) -> list[str]:
    return [quantity.epcClass for quantity in quantities or ()]
