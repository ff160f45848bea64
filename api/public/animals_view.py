"""The animals behind a pack of many, one by one."""

from typing import Any

from api.public.language import kilograms
from api.public.words import BREEDS, clipped, words_for
from traceability.life import Life
from traceability.passport import Passport, place_of

PAGE_ANIMALS = 100


def animals_view(passport: Passport, at: int) -> dict[str, Any]:
    """The variables of the template: a page of animals; `at` counts from 1."""
    lives = sorted(passport.lives, key=lambda life: life.epc)
    pages = max(-(-len(lives) // PAGE_ANIMALS), 1)
    at = min(max(at, 1), pages)
    shown = [_animal(passport, life) for life in lives[(at - 1) * PAGE_ANIMALS : at * PAGE_ANIMALS]]
    return {
        "passport": passport,
        "simulated": passport.simulated,
        "animals": shown,
        "count": len(lives),
        "at": at,
        "pages": pages,
    }


def _animal(passport: Passport, life: Life) -> dict[str, Any]:
    place = place_of(passport, life.place)
    breed = words_for(BREEDS, life.breed) if life.breed else ("猪", "pig")
    zh, en = [clipped(breed[0], 30)], [clipped(breed[1], 30)]
    if life.age_days is not None:
        zh.append(f"{life.age_days} 天")
        en.append(f"{life.age_days} days")
    if life.weights:
        weight = f"{kilograms(life.weights[-1].kg)} kg"
        zh.append(weight)
        en.append(weight)
    if place is not None:
        zh.append(clipped(place.township, 30))
        en.append(clipped(place.township, 30))
    if life.treatments:
        zh.append(f"用药 {len(life.treatments)} 次")
        en.append(f"treated {len(life.treatments)} times" if len(life.treatments) > 1 else "treated once")
    return {"ear_tag": life.ear_tag, "text": ("，".join(zh), ", ".join(en))}
