import threading

from ingest.gate import Gate

DEADLINE_S = 60.0


def test_a_pause_waits_for_the_turn_under_way_and_lets_no_other_begin() -> None:
    gate, inside, leave = Gate(), threading.Event(), threading.Event()
    order: list[str] = []

    def turn(name: str) -> None:
        with gate.turn():
            inside.set()
            leave.wait(DEADLINE_S)
            order.append(name)

    first = threading.Thread(target=turn, args=("first",))
    first.start()
    assert inside.wait(DEADLINE_S)

    def pause() -> None:
        gate.pause()
        order.append("paused")

    pauser = threading.Thread(target=pause)
    pauser.start()
    leave.set()
    pauser.join(DEADLINE_S)
    second = threading.Thread(target=turn, args=("second",))
    second.start()
    assert order == ["first", "paused"]
    gate.resume()
    gate.resume()
    second.join(DEADLINE_S)
    assert order == ["first", "paused", "second"]
