from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest

from storage.records.records import Records
from tests.traceability.compliance.book_in_memory import NOW, PIGS, certificate, potatoes
from traceability.compliance.errors import CertificateStateError
from traceability.compliance.model import Issuer, Part, Used, Withdrawal
from traceability.compliance.ports import CertificateBook

WITHDRAWN = Withdrawal(by="operator", at=NOW, why="写错了")


def part(name: str, quantity: str) -> Part:
    return Part(certificate=name, quantity=Decimal(quantity))


def test_a_certificate_comes_back_as_it_was_issued(records: Records) -> None:
    book: CertificateBook = records.certificates
    book.issue(certificate("C-1", farms=("farm-2", "farm-1")))
    assert book.find("C-1") == certificate("C-1", farms=("farm-1", "farm-2"))
    assert book.find("C-2") is None
    assert book.find("\x00") is None


def test_the_newest_of_a_farm_are_listed_first(records: Records) -> None:
    book = records.certificates
    for number in range(3):
        issued = NOW.replace(day=number + 1)
        book.issue(potatoes(f"C-{number}", "5", farms=(f"farm-{number % 2}",), issued_at=issued))
    assert [each.id for each in book.list(None, limit=9)] == ["C-2", "C-1", "C-0"]
    assert [each.id for each in book.list(["farm-0"], limit=9)] == ["C-2", "C-0"]
    assert [each.id for each in book.list(["farm-0", "farm-1"], limit=2)] == ["C-2", "C-1"]
    assert book.list([], limit=9) == []


def test_none_is_kept_under_the_id_of_another(records: Records) -> None:
    book = records.certificates
    book.issue(potatoes("C-1", "5"))
    with pytest.raises(CertificateStateError, match="C-1 already"):
        book.issue(potatoes("C-1", "6"))
    found = book.find("C-1")
    assert found is not None
    assert found.quantity == 5


def test_splits_are_checked_where_they_are_kept(records: Records) -> None:
    book = records.certificates
    book.issue(potatoes("whole", "100"))
    book.issue(potatoes("a", "60.500", parts=(part("whole", "60.500"),)))
    with pytest.raises(CertificateStateError, match="left"):
        book.issue(potatoes("b", "40", parts=(part("whole", "40"),)))
    assert book.find("b") is None
    assert book.used(["whole", "a"]) == {"whole": Used(quantity=Decimal("60.5"))}
    assert book.successors("whole") == ["a"]
    found = book.find("a")
    assert found is not None
    assert found.parts == (part("whole", "60.500"),)


def test_an_animal_is_held_by_the_last_certificate_it_passed_into(records: Records) -> None:
    book = records.certificates
    book.issue(certificate("first"))
    one = {"quantity": Decimal(1), "things": PIGS[:1]}
    book.issue(certificate("second", parts=(part("first", "1"),), **one))
    book.issue(certificate("third", parts=(part("second", "1"),), **one))
    assert book.covering(PIGS) == {PIGS[0]: ["third"], PIGS[1]: ["first"]}
    with pytest.raises(CertificateStateError, match="already"):
        book.issue(certificate("again", **one))
    assert book.withdraw("third", WITHDRAWN)
    assert book.covering(PIGS[:1]) == {PIGS[0]: ["second"]}


def test_withdrawing_is_refused_while_something_made_of_it_stands(records: Records) -> None:
    book = records.certificates
    book.issue(potatoes("a", "30"))
    book.issue(potatoes("b", "10", parts=(part("a", "10"),)))
    assert not book.withdraw("a", WITHDRAWN)
    assert book.withdraw("b", WITHDRAWN)
    assert book.withdraw("a", WITHDRAWN)
    assert not book.withdraw("a", WITHDRAWN)
    assert book.find("a") == replace(potatoes("a", "30"), withdrawal=WITHDRAWN)


def test_two_who_take_the_same_rest_get_it_once(records: Records) -> None:
    book = records.certificates
    book.issue(potatoes("whole", "10"))

    def take(number: int) -> bool:
        try:
            book.issue(potatoes(f"part-{number}", "6", parts=(part("whole", "6"),)))
        except CertificateStateError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(take, range(4))) == 1


def test_a_household_that_is_forgotten_leaves_no_name_on_its_promises(farmed: Records) -> None:
    issuer = Issuer(kind="household", name="刘某", contact="138")
    farmed.certificates.issue(potatoes("C-1", "5", issuer=issuer, farms=("farm-1",)))
    farmed.certificates.issue(potatoes("C-2", "5", farms=("farm-1",)))
    assert farmed.personal.blank("h-1", NOW)["certificates"] == 1
    mine, theirs = farmed.certificates.find("C-1"), farmed.certificates.find("C-2")
    assert mine is not None
    assert theirs is not None
    assert (mine.issuer.name, mine.issuer.contact) == ("", "")
    assert theirs.issuer.name
