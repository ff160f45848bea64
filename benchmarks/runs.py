"""Every run that stands behind the documents' figures: its file's name, its command, how long it takes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """name: of the result's file. minutes: about, on two quiet cores. small: arguments that try it in a minute."""

    name: str
    module: str
    arguments: tuple[str, ...]
    minutes: float
    small: tuple[str, ...] = ()

    def command(self, *, small: bool = False) -> tuple[str, ...]:
        """What follows `python -m`."""
        return (f"benchmarks.{self.module}", *(self.small if small and self.small else self.arguments))


RUNS = (
    Run(
        name="peers",
        module="peers",
        arguments=("--messages", "400000", "--repeat", "3"),
        minutes=6,
        small=("--messages", "40000", "--repeat", "1"),
    ),
    Run(
        name="drain-mosquitto",
        module="drain",
        arguments=("mosquitto", "--messages", "400000", "--peer", "--repeat", "3"),
        minutes=1,
        small=("mosquitto", "--messages", "40000", "--peer"),
    ),
    Run(
        name="drain-nats",
        module="drain",
        arguments=("nats", "--messages", "400000", "--peer", "--repeat", "3"),
        minutes=4,
        small=("nats", "--messages", "40000", "--peer"),
    ),
    Run(
        name="drain-nats-r3",
        module="drain",
        arguments=("nats-r3", "--messages", "200000", "--peer", "--repeat", "3"),
        minutes=4,
        small=("nats-r3", "--messages", "20000", "--peer"),
    ),
    Run(
        name="drain-packed",
        module="drain",
        arguments=("mosquitto", "nats", "--messages", "20000", "--readings", "100", "--repeat", "3"),
        minutes=4,
        small=("mosquitto", "nats", "--messages", "2000", "--readings", "100"),
    ),
    Run(
        name="pages",
        module="pages",
        arguments=("--messages", "3000000"),
        minutes=4,
        small=("--messages", "150000"),
    ),
    Run(
        name="live-100",
        module="live",
        arguments=("--rate", "100", "--minutes", "10"),
        minutes=14,
        small=("--rate", "100", "--minutes", "0.2", "--probes", "20"),
    ),
    Run(
        name="live-1000",
        module="live",
        arguments=("--rate", "1000", "--minutes", "10"),
        minutes=14,
        small=("--rate", "1000", "--minutes", "0.2", "--probes", "20"),
    ),
    Run(
        name="live-5000",
        module="live",
        arguments=("--rate", "5000", "--minutes", "10"),
        minutes=14,
        small=("--rate", "5000", "--minutes", "0.2", "--probes", "20"),
    ),
    Run(
        name="store-30m",
        module="store",
        arguments=("--values", "30000000"),
        minutes=5,
        small=("--values", "1000000"),
    ),
    Run(
        name="capture",
        module="capture",
        arguments=("--documents", "40", "--single", "4000"),
        minutes=3,
        small=("--documents", "4", "--single", "200"),
    ),
    Run(
        name="scans",
        module="scans",
        arguments=("--rates", "25", "50", "100", "200", "--seconds", "20"),
        minutes=4,
        small=("--packs", "5000", "--told", "50", "--rates", "25", "--seconds", "5"),
    ),
    Run(name="hour", module="live", arguments=("--rate", "5000", "--minutes", "60"), minutes=64),
    Run(name="store-300m", module="store", arguments=("--values", "300000000"), minutes=30),
)
"""In the order in which they are worth having: the long ones last."""
