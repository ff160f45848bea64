"""`tiantou user …`."""

import hashlib
import secrets
from datetime import timedelta
from typing import Annotated

import typer

from api.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_password
from bootstrap.cli.arguments import parse_login
from bootstrap.cli.registered import enterprise_of
from bootstrap.cli.screen import examples, house, line, next_step, print_table
from bootstrap.clock import utc_now
from bootstrap.errors import RequestError
from households.model import Credential, CredentialKind, Role, User

app = typer.Typer(no_args_is_help=True, help="People and programs that sign in.")
GENERATED_BYTES = 12
TOKEN_BYTES = 32


@app.command(
    epilog=examples(
        "tiantou user add li.na --enterprise ent-01 --generate",
        "tiantou user add ops --operator",
    )
)
def add(
    login: Annotated[str, typer.Argument(help="What they sign in with.")],
    name: Annotated[str, typer.Option(help="What they are called; the login where not given.")] = "",
    enterprise: Annotated[str, typer.Option(help="Their enterprise: they see the households it has claimed.")] = "",
    *,
    operator: Annotated[bool, typer.Option("--operator", help="They run the platform and see all of it.")] = False,
    generate: Annotated[bool, typer.Option("--generate", help="Make a password and print it once.")] = False,
) -> None:
    """Let someone sign in; the password is asked for, or made."""
    if bool(enterprise) == operator:
        msg = "give either --enterprise ENTERPRISE or --operator"
        raise RequestError(msg)
    login = parse_login(login)
    at_home = house()
    with at_home.records() as records:
        if enterprise:
            enterprise_of(records, enterprise)
        password = secrets.token_urlsafe(GENERATED_BYTES) if generate else _asked_password()
        records.accounts.add_user(
            User(
                login=login,
                name=name or login,
                role=Role.OPERATOR if operator else Role.ENTERPRISE,
                password_hash=hash_password(password),
                enterprise=enterprise or None,
            )
        )
    line(f"{login} may sign in at {at_home.settings.public_url}/console")
    if generate:
        line(f"password: {password}")
    if operator:
        next_step(f"tiantou user token {login}")


@app.command("list", epilog=examples("tiantou user list"))
def list_users() -> None:
    """List who may sign in."""
    with house().records() as records:
        users = records.accounts.users()
    print_table(
        ("login", "name", "role", "enterprise"), ([u.login, u.name, u.role.value, u.enterprise or ""] for u in users)
    )


@app.command(epilog=examples("tiantou user token ops --days 90"))
def token(
    login: Annotated[str, typer.Argument(help="Whose rights the token has.")],
    days: Annotated[int, typer.Option(help="For how many days it is good.", min=1, max=3650)] = 365,
) -> None:
    """Print a bearer token for programs (`Authorization: Bearer …`); it is shown this once."""
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    expires = utc_now() + timedelta(days=days)
    with house().records() as records:
        if records.accounts.find_user(login) is None:
            msg = f"{login!r} is no user; tiantou user list shows those that are"
            raise RequestError(msg)
        digest = hashlib.sha256(secret.encode()).hexdigest()
        records.accounts.issue(Credential(digest=digest, login=login, kind=CredentialKind.API_TOKEN, expires=expires))
    line(secret)


def _asked_password() -> str:
    password = str(typer.prompt("password", hide_input=True, confirmation_prompt=True))
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        msg = f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
        raise RequestError(msg)
    return password
