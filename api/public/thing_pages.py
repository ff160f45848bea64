"""Pages of what is no pack: a living pig, a place, a logistic unit; the recall status of anything; refusals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi import Request, Response

from api.public.language import Language, whole_day
from api.public.rendering import language_of, page
from api.public.resolver_answers import json_answer
from api.public.services import PublicServices
from api.public.thing_status import Standing, is_slaughter, standing_of
from api.public.words import BREEDS, RESULTS, SEXES, Words, words_for
from traceability.errors import DigitalLinkError
from traceability.gs1.digital_link import DigitalLink
from traceability.life import Life, life_of
from traceability.model import PublicPlace
from traceability.resolver.link_types import PREFIX
from traceability.resolver.links import ResolverLink
from traceability.resolver.requests import weighted
from traceability.resolver.things import Thing, ThingKind

ENOUGH_HOUSEHOLDS = 5
"""From so many households on, their number may be told."""
_JSON = "application/json"

KINDS: dict[ThingKind, Words] = {
    ThingKind.ITEM: ("一盒", "One pack"),
    ThingKind.LOT: ("一个批次", "One lot"),
    ThingKind.ANIMAL: ("一头猪", "One pig"),
    ThingKind.PLACE: ("一个地方", "A place"),
    ThingKind.PARTY: ("一家单位", "An organisation"),
    ThingKind.UNIT: ("一个物流单元", "A logistic unit"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that is told: an icon, a claim, and what stands behind it."""

    icon: str
    title: Words
    note: Words
    watch: bool = False


def thing_answer(services: PublicServices, request: Request, link: DigitalLink, thing: Thing | None) -> Response:
    """The page of a thing, or 404 where it is not known."""
    language = language_of(request)
    if thing is None:
        return unknown_page(request, link, language)
    if thing.kind is ThingKind.ANIMAL:
        return _animal_page(services, request, thing, language)
    place = thing.place
    if place is not None:
        title = (place.name, place.name) if place.name else ("合作养殖点", "A partner farm")
        told = [Told(icon="gate", title=_where(place), note=_households(place))]
        return _page(request, thing, language, title=title, told=told, place=place)
    count = len(thing.events)
    recorded = Told(
        icon="list",
        title=(f"{count} 条记录", f"{count} events on record" if count > 1 else "1 event on record"),
        note=("详情只给登录的企业看", "Details are for enterprises that sign in"),
    )
    standing = standing_of(services, thing.link, thing)
    return _page(request, thing, language, title=KINDS[thing.kind], told=[recorded], standing=standing)


def status_answer(services: PublicServices, request: Request, link: DigitalLink, thing: Thing | None) -> Response:
    """The recall status of what the key names, as JSON or as a page; 404 where it is not known."""
    as_json = _wants_json(request)
    if thing is None or thing.place is not None:
        if not as_json:
            return unknown_page(request, link, language_of(request))
        return json_answer({"uri": link.canonical_uri, "status": "unknown"}, status=404)
    standing = standing_of(services, link, thing)
    if not as_json:
        return _page(request, thing, language_of(request), title=KINDS[thing.kind], told=[], standing=standing)
    checked = services.now().isoformat(timespec="seconds")
    return json_answer({"uri": link.canonical_uri, "checkedAt": checked, **standing.as_json()})


def malformed_page(request: Request, error: DigitalLinkError, language: Language) -> Response:
    """400: which rule the code breaks, and where."""
    variables = {"part": error.part[:80], "rule": (error.rule_zh or error.rule, error.rule)}
    return page(request, "malformed.html", variables, language=language, status=400)


def unknown_page(request: Request, link: DigitalLink, language: Language) -> Response:
    """404: nothing here is named so."""
    line = ("查不到这个编码", "We have no record of this code")
    note = ("可能是抄错，也可能不归我们管。查不到，不等于假，也不等于真。",
            "It may be a slip of the hand, or not ours. Not found is neither fake nor genuine.")  # fmt: skip
    return _refusal(request, language, line=line, note=note, code=link.path, status=404)


def no_link_page(request: Request, link_type: str, links: Sequence[ResolverLink]) -> Response:
    """404: the code is known, but not that type of link; those it has are named."""
    line = ("这个码没有这种链接", "This code has no link of that type")
    names = ", ".join(dict.fromkeys(PREFIX + link.link_type for link in links))
    note = (f"有的是：{names}", f"It has: {names}")
    return _refusal(request, language_of(request), line=line, note=note, code=PREFIX + link_type[:60], status=404)


def compressed_page(request: Request) -> Response:
    """501: a compressed Digital Link is not read here."""
    line = ("压缩的 GS1 链接在这里读不了", "Compressed GS1 Digital Links are not read here")
    note = (
        "请用不压缩的写法：/01/商品码/10/批号/21/盒号",
        "Use the uncompressed form: /01/{GTIN}/10/{lot}/21/{serial}",
    )
    return _refusal(request, language_of(request), line=line, note=note, code=request.url.path[:80], status=501)


def _refusal(request: Request, language: Language, *, line: Words, note: Words, code: str, status: int) -> Response:
    variables = {"line": line, "note": note, "code": code, "status": status}
    return page(request, "refused.html", variables, language=language, status=status)


def _page(
    request: Request,
    thing: Thing,
    language: Language,
    *,
    title: Words,
    told: Sequence[Told],
    place: PublicPlace | None = None,
    standing: Standing | None = None,
) -> Response:
    variables = {
        "kind": KINDS[thing.kind],
        "title": title,
        "told": told,
        "state": None if standing is None else standing.words,
        "reasons": () if standing is None else standing.reasons,
        "code": " · ".join([thing.link.key, *(value for _, value in thing.link.qualifiers)]),
        "drawn": thing.kind is ThingKind.ANIMAL,
        "simulated": place is not None and place.simulated,
    }
    return page(request, "thing.html", variables, language=language)


def _animal_page(services: PublicServices, request: Request, thing: Thing, language: Language) -> Response:
    epc = thing.link.epc_uri
    slaughtered = next((event.day for event in thing.events if is_slaughter(event, epc)), None)
    life = life_of(epc, thing.events, until=slaughtered)
    place = None if life.place is None else services.places.find(life.place)
    breed = words_for(BREEDS, life.breed) if life.breed else ("猪", "pig")
    told = [*_life_told(life, place)]
    if slaughtered is not None:
        told.append(Told(icon="tick", title=("屠宰", "Slaughtered"), note=whole_day(slaughtered)))
    title = (f"一头{breed[0]}", f"One {breed[1]}")
    standing = standing_of(services, thing.link, thing)
    return _page(request, thing, language, title=title, told=told, place=place, standing=standing)


def _life_told(life: Life, place: PublicPlace | None) -> Iterator[Told]:
    if life.born_on is not None:
        sex = words_for(SEXES, life.sex)
        yield Told(icon="heart", title=_joined(("出生", "Born"), sex), note=whole_day(life.born_on))
    if place is not None:
        yield Told(icon="gate", title=_where(place), note=_households(place))
    if life.tagged_on is not None:
        yield Told(icon="tag", title=("戴上电子耳标", "Ear tag put on"), note=whole_day(life.tagged_on))
    for shot in life.vaccinations:
        title = (f"免疫：{shot.name_zh}", f"Vaccinated: {shot.name_en}")
        yield Told(icon="shield", title=title, note=whole_day(shot.on))
    for treatment in life.treatments:
        title = (f"用药：{treatment.medicine_zh}", f"Treated: {treatment.medicine_en}")
        until = ("", "")
        if treatment.withdrawal_until is not None:
            zh, en = whole_day(treatment.withdrawal_until)
            until = (f"休药期到 {zh}", f"withdrawal until {en}")
        yield Told(icon="cross", title=title, note=_joined(whole_day(treatment.on), until), watch=True)
    for paper in life.certificates:
        result = words_for(RESULTS, paper.result)
        yield Told(icon="paper", title=_joined((paper.name, paper.name), result), note=whole_day(paper.on))


def _where(place: PublicPlace) -> Words:
    village = place.village
    return f"{place.county_zh}{place.township}{village}", ", ".join(
        part for part in (village, place.township, place.county_en) if part
    )


def _households(place: PublicPlace) -> Words:
    if place.households < ENOUGH_HOUSEHOLDS:
        return "", ""
    return f"{place.households} 户合作", f"{place.households} households take part"


def _wants_json(request: Request) -> bool:
    """Whether JSON is wanted more than a page."""
    media_types = weighted(request.headers.get("accept", ""))
    pages = ("text/html", "application/xhtml+xml")
    return next((each == _JSON for each in media_types if each == _JSON or each in pages), True)


def _joined(*parts: Words) -> Words:
    return "，".join(zh for zh, _ in parts if zh), ", ".join(en for _, en in parts if en)
