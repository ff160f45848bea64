from ingest.mqtt.backoff import Backoff


def test_waits_double_up_to_the_longest_and_begin_anew_after_a_reset() -> None:
    backoff = Backoff(first_s=1, most_s=60)
    assert [backoff.next_s() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    backoff.reset()
    assert backoff.next_s() == 1
