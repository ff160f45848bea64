"""The simulators' process: they know the broker's and the service's addresses, and nothing else of the house."""

from collections.abc import Callable

from bootstrap.demo import stop_on_signals
from bootstrap.house import House
from bootstrap.seeding import simulator_token
from bootstrap.site_plan import kept_plan
from bootstrap.wiring import utc_now
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
