"""What can be said of a row or a value in a file of readings: what becomes of it, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Outcome = Literal["row refused", "value refused", "stored, flagged", "kept aside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """outcome: what became of what broke the rule; advice: what the person who has the file can do."""

    outcome: Outcome
    advice: str


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "cells": Rule(
            outcome="row refused", advice="give the row as many cells as the header has; quote a text with commas"
        ),
        "no_device": Rule(outcome="row refused", advice="write the device's id"),
        "unknown_device": Rule(outcome="row refused", advice="register it (tiantou device add), then import again"),
        "other_site": Rule(outcome="row refused", advice="it is registered elsewhere: import it with that site"),
        "bad_channel": Rule(outcome="row refused", advice="write at most 32 of A-Z a-z 0-9 _ . -, such as 20cm"),
        "no_time": Rule(outcome="row refused", advice="write when it was measured"),
        "bad_time": Rule(
            outcome="row refused", advice="write 2026-11-22T08:30:00+08:00, or seconds or milliseconds since 1970"
        ),
        "no_offset": Rule(outcome="row refused", advice="add the offset (+08:00), or say --timezone Asia/Shanghai"),
        "ambiguous_time": Rule(
            outcome="row refused", advice="clocks were set back and this time came twice: write it with its offset"
        ),
        "nonexistent_time": Rule(
            outcome="row refused", advice="clocks were set forward over this time: write the right one with its offset"
        ),
        "future_time": Rule(outcome="row refused", advice="history is over: correct the time, or its zone"),
        "too_old": Rule(outcome="row refused", advice="before 2000 a clock was never set: correct the time"),
        "no_values": Rule(outcome="row refused", advice="the row has no value that can be stored: fill in one"),
        "not_a_number": Rule(
            outcome="value refused", advice="write a number such as 38.6; leave the cell empty where there is none"
        ),
        "number_range": Rule(outcome="value refused", advice="the number is beyond all numbers: correct it"),
        "out_of_range": Rule(
            outcome="stored, flagged", advice="implausible: never shown as good; check the sensor, the unit, the column"
        ),
        "stuck": Rule(
            outcome="stored, flagged", advice="unchanged for too long: never shown as good; check the sensor"
        ),
        "conflict": Rule(
            outcome="kept aside", advice="another value was there first under this key and stays: see the conflicts"
        ),
    }
)  # fmt: skip
