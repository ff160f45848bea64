"""`tiantou claim …`."""

from datetime import datetime
from typing import Annotated

import typer

from bootstrap.cli.arguments import parse_beginning, parse_zone
from bootstrap.cli.registered import enterprise_of, household_of
from bootstrap.cli.screen import examples, house, line, next_step, print_table
from bootstrap.clock import utc_now
from bootstrap.errors import RequestError
from households.identifiers import EnterpriseId, HouseholdId
from households.model import Claim
from storage.records.records import Records

app = typer.Typer(
    no_args_is_help=True, help="Claims: an enterprise looks after a household for a time, and sees its farms meanwhile."
)


@app.command(
    epilog=examples(
        "tiantou claim add --enterprise ent-01 --household h-004",
        "tiantou claim add --enterprise ent-01 --household h-004 --since 2026-12-01 --until 2028-01-01",
    )
)
def add(
    enterprise: Annotated[str, typer.Option(help="The enterprise.")],
    household: Annotated[str, typer.Option(help="The household.")],
    since: Annotated[str, typer.Option(help="From the beginning of this day (or a time with offset); now.")] = "",
    until: Annotated[str, typer.Option(help="Until the beginning of this day; a year where not given.")] = "",
    zone: Annotated[str, typer.Option(help="The IANA time zone in which days begin.")] = "Asia/Shanghai",
) -> None:
    """Let an enterprise look after a household: its people see the household's farms during that time."""
    days = parse_zone(zone)
    begins = parse_beginning(since, days) if since else utc_now()
    ends = parse_beginning(until, days) if until else a_year_after(begins)
    claim = Claim(
        enterprise=EnterpriseId.parse(enterprise), household=HouseholdId.parse(household), since=begins, until=ends
    )
    with house().records() as records:
        enterprise_of(records, claim.enterprise)
        household_of(records, claim.household)
        _refuse_overlap(records, claim)
        records.households.add_claim(claim)
    line(
        f"{claim.enterprise} looks after {claim.household} "
        f"from {begins.astimezone(days):%Y-%m-%d %H:%M} until {ends.astimezone(days):%Y-%m-%d %H:%M} ({days.key})"
    )
    next_step(f"tiantou user add LOGIN --enterprise {claim.enterprise} --generate")


@app.command("list", epilog=examples("tiantou claim list", "tiantou claim list --enterprise ent-01"))
def list_claims(enterprise: Annotated[str, typer.Option(help="Only those of this enterprise.")] = "") -> None:
    """List the claims, past, present and to come; times are UTC."""
    now = utc_now()
    with house().records() as records:
        every = records.households.enterprises()
        ids = [enterprise_of(records, enterprise).id] if enterprise else [one.id for one in every]
        claims = [claim for one in ids for claim in records.households.claims(one)]
    print_table(
        ("enterprise", "household", "since", "until", "now"),
        (
            [c.enterprise, c.household, f"{c.since:%Y-%m-%d %H:%M}", f"{c.until:%Y-%m-%d %H:%M}", _now(c, now)]
            for c in claims
        ),
    )


def a_year_after(moment: datetime) -> datetime:
    """The same day and time of the next year; 1 March after a 29 February."""
    try:
        return moment.replace(year=moment.year + 1)
    except ValueError:
        return moment.replace(year=moment.year + 1, month=3, day=1)


def _now(claim: Claim, now: datetime) -> str:
    if claim.holds_at(now):
        return "holds"
    return "over" if claim.until <= now else "to come"


def _refuse_overlap(records: Records, claim: Claim) -> None:
    for other in records.households.claims(claim.enterprise):
        if other.household == claim.household and other.since < claim.until and claim.since < other.until:
            msg = (
                f"{claim.enterprise} has claimed {claim.household} until {other.until.isoformat(timespec='minutes')}: "
                f"to go on after it, add --since {other.until.isoformat()}"
            )
            raise RequestError(msg)
