from ingest.mqtt.absence import Absence

NOON_MS = 1_795_435_200_000


def test_a_problem_keeps_its_beginning_until_it_is_over() -> None:
    now = [NOON_MS]
    absence = Absence(lambda: now[0])
    assert absence.told("the store is away: refused") == "the store is away since 2026-11-23 12:00:00 UTC: refused"
    now[0] += 60_000
    assert absence.told("the store is away: timeout") == "the store is away since 2026-11-23 12:00:00 UTC: timeout"
    absence.over()
    assert absence.told("the connection has ended") == "the connection has ended since 2026-11-23 12:01:00 UTC"
