"""The simulators' process: they know the broker's and the service's addresses, and nothing else of the house."""

from collections.abc import Callable

from bootstrap.clock import utc_now
from bootstrap.demo import stop_on_signals
from bootstrap.house import House
from bootstrap.logs import configure_logs
from bootstrap.reporting import run_reporting
from bootstrap.seeding import simulator_token
from bootstrap.settings import Settings
from bootstrap.site_plan import kept_plan
from ingest.mqtt.url import MqttUrl
from simulators.run import Simulation


def run_simulation(house: House, on_progress: Callable[[str, int, int], None]) -> None:
    """The simulated site has told its past and lived on until Ctrl-C or SIGTERM."""
    plan = kept_plan(house.folder, seed=house.settings.seed, now=utc_now())
    broker = _broker(house, plan.site.id)
    with stop_on_signals() as stop:
        Simulation(
            plan,
            mqtt_host=broker.host,
            mqtt_port=broker.port,
            mqtt_user=broker.username,
            mqtt_password=broker.password,
            http_url=house.settings.local_url,
            http_token=simulator_token(house.folder),
            state_folder=house.folder.simulator,
            speed=house.settings.speed,
            now=utc_now,
        ).run(stop, on_progress)


def _broker(house: House, site: str) -> MqttUrl:
    if house.settings.mqtt_url is not None:
        return MqttUrl.parse(house.settings.mqtt_url, ca_file=house.settings.mqtt_ca_file)
    account = house.broker.simulator_account(site)
    return MqttUrl(host=account.host, port=account.port, username=account.user, password=account.password)


def main() -> None:
    """The simulators' process of a supervisor: it shows nothing but its log."""
    settings = Settings.read()
    configure_logs(settings.log_format)
    run_simulation(House.of(settings), lambda *_: None)


if __name__ == "__main__":
    run_reporting(main)
