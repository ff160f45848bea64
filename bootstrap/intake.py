"""Ingest's way up: a broker that passes the canary, then the session, then the devices."""

import socket
import threading
from collections.abc import Callable, Iterable

import structlog

from ingest.errors import BrokerRefusedError, IngestError
from ingest.mqtt.canary import run_canary
from ingest.mqtt.receiver import MqttIngest
from ingest.mqtt.url import MqttUrl

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
REACH_S = 5.0


class Intake:
    """Starts ingest once the broker is there and fit; `give_up` is called where the broker is unfit for good.

    problem: what is being waited for; "" once ingest was started.
    """

    def __init__(self, url: MqttUrl, ingest: MqttIngest, *, give_up: Callable[[IngestError], None]) -> None:
        self.problem = "waiting for the broker"
        self._url = url
        self._ingest = ingest
        self._give_up = give_up
        self._started = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake")
        self._log = structlog.get_logger("bootstrap.intake")

    def start(self) -> None:
        """Ingest starts as soon as the broker allows."""
        self._thread.start()

    def stop(self) -> None:
        """Nothing is read any more; what was read is stored and acknowledged."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._started:
            self._ingest.stop()

    def _run(self) -> None:
        for pause_s in pauses():
            try:
                reach(self._url)
                run_canary(self._url)
                break
            except BrokerRefusedError as error:
                self.problem = str(error)
                self._give_up(error)
                return
            except (IngestError, OSError) as error:
                self.problem = f"the broker does not answer: {error}"
                self._log.warning("broker_away", problem=str(error), tries_again_in_s=pause_s)
            except Exception as error:  # noqa: BLE001 an entry-point loop: deaf for ever, it would look alive
                self.problem = f"the broker could not be tried: {error!r}"
                self._log.exception("broker_not_tried", tries_again_in_s=pause_s)
            if self._stop.wait(pause_s):
                return
        if not self._stop.is_set():
            self._ingest.start()
            self._started = True
            self.problem = ""


def reach(url: MqttUrl) -> None:
    """Somebody listens at the broker's address; raises OSError.

    A broker that is away comes back, one that fails the canary does not: only the second is a reason to give up.
    """
    socket.create_connection((url.host, url.port), timeout=REACH_S).close()


def pauses() -> Iterable[float]:
    """Seconds to wait before each further try, without end."""
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
