"""Words of a command line or a CSV file, read as what they mean; a RequestError says what to write instead."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bootstrap.errors import RequestError
from traceability.gs1.keys import Gln, check_digit

COUNTY = re.compile(r"[0-9]{6}")
LOGIN = re.compile(r"[^\s]{1,64}")
GLN_STEM = re.compile(r"[0-9]{12}")


def parse_day(text: str) -> date:
    """The calendar day."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        msg = f"{text!r} is no day: write 2026-09-01"
        raise RequestError(msg) from error


def parse_time(text: str) -> datetime:
    """The instant in UTC; the text must say its offset."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        msg = f"{text!r} is no time: write 2026-11-22T08:30:00+08:00"
        raise RequestError(msg) from error
    if moment.tzinfo is None:
        msg = f"{text!r} says no zone: add its offset, as in 2026-11-22T08:30:00+08:00"
        raise RequestError(msg)
    return moment.astimezone(UTC)


def parse_beginning(text: str, zone: ZoneInfo) -> datetime:
    """The instant in UTC: a time with its offset, or a day, which means its beginning in that zone."""
    if "T" in text or ":" in text:
        return parse_time(text)
    return datetime.combine(parse_day(text), time(), zone).astimezone(UTC)


def parse_zone(text: str) -> ZoneInfo:
    """The IANA time zone."""
    try:
        return ZoneInfo(text.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        msg = f"{text!r} is no IANA time zone: write one such as Asia/Shanghai or Asia/Urumqi"
        raise RequestError(msg) from error


def parse_county(text: str) -> str:
    """The county's code."""
    if not COUNTY.fullmatch(text.strip()):
        msg = f"{text!r} is no county code: 6 digits of GB/T 2260, such as 430182"
        raise RequestError(msg)
    return text.strip()


def parse_gln(text: str) -> Gln:
    """The location number; raises KeyFormatError too. Twelve digits are told what they would end in."""
    stem = text.strip()
    if GLN_STEM.fullmatch(stem):
        msg = (
            f"{stem!r} has 12 digits; a GLN ends in a check digit: if these are right, it is {stem}{check_digit(stem)}"
        )
        raise RequestError(msg)
    return Gln.parse(stem)


def parse_amount(text: str, *, what: str) -> Decimal:
    """The number, above zero."""
    try:
        amount = Decimal(text.strip())
    except InvalidOperation as error:
        msg = f"{text!r} is no {what}: write a number such as 2.5"
        raise RequestError(msg) from error
    if not amount.is_finite() or amount <= 0:
        msg = f"{text!r} is no {what}: it must be above 0"
        raise RequestError(msg)
    return amount


def parse_login(text: str) -> str:
    """What someone signs in with: any characters but spaces, so that nobody types one too many."""
    if not LOGIN.fullmatch(text) or not text.isprintable():
        msg = f"{text!r} is no login: 1 to 64 characters without spaces, such as li.na"
        raise RequestError(msg)
    return text


def parse_name(text: str, *, what: str) -> str:
    """The text without spaces around it, of at least one character."""
    if not text.strip():
        msg = f"{what} is empty"
        raise RequestError(msg)
    return text.strip()
