"""`tiantou links …`."""

import getpass
from typing import Annotated

import typer

from bootstrap.cli.screen import examples, house, line, next_step, print_table
from bootstrap.clock import utc_now
from bootstrap.errors import RequestError
from traceability.resolver.given_links import GivenLink, read_key, read_link
from traceability.resolver.link_types import PREFIX
from traceability.resolver.links import levels_of

app = typer.Typer(no_args_is_help=True, help="Links: where a GS1 code leads beside the house's own pages.")


@app.command(
    epilog=examples(
        "tiantou links add /01/09526000100010 gs1:recipeInfo https://brand.example/recipe --title 红烧肉 --lang zh",
        "tiantou links add /01/09526000100010/10/20261122A gs1:certificationInfo https://lab.example/r/17.pdf "
        "--title '检测报告 Laboratory report' --media-type application/pdf",
        "tiantou links add https://id.gs1.org/01/09526000100010 gs1:pip https://brand.example/ --title 花猪 --default",
    )
)
def add(
    key: Annotated[str, typer.Argument(help="The code: a path such as /01/GTIN/10/LOT, or a Digital Link.")],
    link_type: Annotated[
        str, typer.Argument(help="What is to be seen there, in GS1's words: gs1:pip, gs1:recipeInfo …")
    ],
    target: Annotated[str, typer.Argument(help="The web address it leads to.")],
    title: Annotated[str, typer.Option(help="What is to be seen there, for people.")],
    lang: Annotated[list[str] | None, typer.Option(help="A language of it: zh, en, en-GB. May be repeated.")] = None,
    media_type: Annotated[str, typer.Option(help="Its media type, such as text/html.")] = "",
    context: Annotated[list[str] | None, typer.Option(help="For whom or where it is, such as CN. Repeatable.")] = None,
    *,
    default: Annotated[bool, typer.Option("--default", help="Follow it where nothing is asked for.")] = False,
    no_query: Annotated[bool, typer.Option("--no-query", help="Do not pass the request's query on.")] = False,
) -> None:
    """Give a code a link; the code's first is its default. It holds for every finer code too, lot and serial."""
    link = read_link(
        link_type=link_type,
        href=target,
        title=title,
        languages=lang or (),
        media_type=media_type,
        contexts=context or (),
        forwards=not no_query,
    )
    path = levels_of(read_key(key))[0].path
    at_home = house()
    with at_home.records() as records:
        given = GivenLink(key=path, link=link, default=default, by=getpass.getuser(), at=utc_now())
        kept = records.given_links.add(given)
    led = f"{at_home.settings.public_url}{path}?linkType={PREFIX}{link.link_type}"
    line(f"link {kept.number}: {led} leads to {kept.link.href}{', by default too' if kept.default else ''}")
    next_step(f"tiantou links list {path}")


@app.command("list", epilog=examples("tiantou links list", "tiantou links list /01/09526000100010/10/20261122A"))
def list_links(
    key: Annotated[str, typer.Argument(help="Only those that hold for this code, at any of its levels.")] = "",
) -> None:
    """List the links that were given."""
    with house().records() as records:
        links = records.given_links
        found = links.of([level.path for level in levels_of(read_key(key))]) if key else links.list()
    print_table(
        ("number", "code", "type", "target", "title", "languages", "media type", "contexts", "default", "by", "at"),
        (
            [
                str(given.number),
                given.key,
                PREFIX + given.link.link_type,
                given.link.href,
                given.link.title,
                " ".join(given.link.languages),
                given.link.media_type,
                " ".join(given.link.contexts),
                "default" if given.default else "",
                given.by,
                f"{given.at:%Y-%m-%d %H:%M}",
            ]
            for given in found
        ),
    )


@app.command(epilog=examples("tiantou links remove 3"))
def remove(number: Annotated[int, typer.Argument(help="Its number, as `tiantou links list` shows it.")]) -> None:
    """Take a link away; where it was the code's default, the oldest left becomes it."""
    with house().records() as records:
        if not records.given_links.remove(number):
            msg = f"there is no link {number}; tiantou links list shows those that are"
            raise RequestError(msg)
    line(f"link {number} is removed")
