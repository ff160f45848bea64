"""The site's local time: seconds since 1970 UTC, local days and aware datetimes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TIMEZONE = "Asia/Shanghai"
ZONE = ZoneInfo(TIMEZONE)
LOCAL_OFFSET_S = 8 * 3600
"""China has kept UTC+8 without summer time since 1992; every simulated moment is later."""
DAY_S = 86_400
HOUR_S = 3_600
EPOCH = date(1970, 1, 1)


def local_midnight(day: date) -> datetime:
    """The instant at which the local `day` begins, in UTC."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def at_local(day: date, hour: float) -> datetime:
    """That hour of the local `day`, in UTC, to the second."""
    return local_midnight(day) + timedelta(seconds=round(hour * HOUR_S))


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970 UTC."""
    return int(moment.timestamp())


def instant(t_s: float) -> datetime:
    """The aware UTC datetime of `t_s` seconds since 1970."""
    return datetime.fromtimestamp(t_s, UTC)


def local_day(moment: datetime) -> date:
    """The local day on which `moment` falls."""
    return moment.astimezone(ZONE).date()


def day_number(day: date) -> int:
    """Days since 1970-01-01, as a local day."""
    return (day - EPOCH).days


def next_midnight(t_s: int) -> int:
    """The first local midnight after `t_s`."""
    return ((t_s + LOCAL_OFFSET_S) // DAY_S + 1) * DAY_S - LOCAL_OFFSET_S
