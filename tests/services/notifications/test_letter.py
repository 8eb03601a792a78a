"""What people read: the same facts in text and HTML, in their language, safe whatever the facts hold."""

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from contracts.deadlines import DeadlineKind
from contracts.partners import CharterLapsed, CharterWithdrawn
from services.notifications.channels.email import Mail, write_mail
from services.notifications.channels.letter import Letter
from services.notifications.channels.wording import ENGLISH, FRENCH, TONGUES
from services.notifications.channels.writing import write_letter
from services.notifications.domain.news import News
from services.notifications.domain.stakeholder import Language
from tests.services.notifications.builders import (
    ACTION,
    DEPARTEMENT,
    IN_FORCE,
    OFFICE,
    a_line,
    a_reader,
    adhered,
    adherence_news,
    amended,
    asks_again,
    deadline_news,
    due,
    in_force,
    news,
    terminated,
    version_news,
)
from tests.services.notifications.outside import bodies, plain

pytestmark = pytest.mark.unit

CONVENTION_URL = "https://entente.example/conventions/0198c9a0-0000-7000-8000-000000000015"
UNSUBSCRIBE_URL = "https://notifications.example/v1/unsubscriptions/token"


def a_letter(told: News | None = None, language: Language = Language.FRENCH) -> Letter:
    return write_letter(told or news(), language, page_url=CONVENTION_URL, unsubscribe_url=UNSUBSCRIBE_URL)


def a_mail(letter: Letter | None = None, name: str = "Camille Roux") -> Mail:
    return write_mail(
        letter or a_letter(),
        delivery_id=UUID(int=7),
        sender="Entente <entente@example.org>",
        name=name,
        address="camille@region.example",
    )


def read(html: str) -> str:
    """What a person reads of the page."""
    without_code = re.sub(r"<!--.*?-->|<(style|title|head)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return plain(unescape(re.sub(r"<[^>]+>", "", without_code)))


def the_facts(letter: Letter) -> list[str]:
    rows = [row for section in letter.sections for row in (*section.rows, section.total) if row]
    said = [letter.headline, *letter.paragraphs, letter.note or "", letter.because, letter.button, letter.unsubscribe]
    return [
        plain(fact) for fact in (*said, *(part for row in rows for part in (row.main, row.detail, row.figure))) if fact
    ]


def test_both_languages_have_the_same_sentences_with_the_same_facts() -> None:
    assert FRENCH.keys() == ENGLISH.keys()
    for name, words in FRENCH.items():
        assert sorted(re.findall(r"\{(\w+)\}", words)) == sorted(re.findall(r"\{(\w+)\}", ENGLISH[name])), name


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("convention", [in_force(), amended(), terminated()])
def test_text_and_html_tell_the_same_facts(convention: Any, language: Language) -> None:
    letter = a_letter(news(convention), language)
    text, html = plain(letter.text()), read(letter.html())

    assert len(the_facts(letter)) > 8
    for fact in the_facts(letter):
        assert fact in text
        assert fact in html
    for url in (CONVENTION_URL, UNSUBSCRIBE_URL):
        assert url in text
        assert f'href="{url}"' in letter.html()


def test_a_french_letter_says_first_what_is_secured_with_narrow_spaces() -> None:
    letter = a_letter()

    assert letter.headline == (
        "La convention SUN-2017-014 est en vigueur\N{NO-BREAK SPACE}: "
        "80\N{NARROW NO-BREAK SPACE}000\N{NO-BREAK SPACE}€\N{NO-BREAK SPACE}TTC sont désormais acquis."
    )
    assert plain(letter.subject) == "Convention SUN-2017-014 en vigueur : 80 000 € TTC acquis"


def test_an_english_letter_writes_amounts_and_dates_the_english_way() -> None:
    said = plain(a_letter(news(terminated()), Language.ENGLISH).text())

    assert said.startswith("Convention SUN-2017-014 ends on 31 March 2018: €50,000 incl. VAT is no longer secured.")
    assert "Reason: Retrait du financeur." in said


EVERY_KIND: tuple[News, ...] = (
    version_news(),
    version_news(reader=a_reader(OFFICE)),
    adherence_news(adhered()),
    adherence_news(adhered(kind=CharterWithdrawn, withdrawn_on="2018-03-31", withdrawal_reason="Fusion")),
    adherence_news(adhered(kind=CharterLapsed, lapsed_on="2018-06-01")),
    *(deadline_news(due(kind)) for kind in DeadlineKind),
    *(deadline_news(due(kind), convention=None) for kind in DeadlineKind),
    deadline_news(due(contribution="people"), reader=a_reader(decides=False)),
)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("told", EVERY_KIND)
def test_beside_conventions_too_every_sentence_has_its_facts_and_one_thing_to_do(
    told: News, language: Language
) -> None:
    letter = a_letter(told, language)
    text, html = plain(letter.text()), read(letter.html())

    for fact in the_facts(letter):
        assert fact in text
        assert fact in html
    assert not re.search(r"None|\{|\}| \.|\(\)", text)
    assert text.count(CONVENTION_URL) == html.count(plain(letter.button)) == 1
    assert max(len(line) for line in letter.text().splitlines() if "://" not in line) <= 72


def test_facts_of_a_charter_or_a_deadline_cannot_become_markup_or_headers() -> None:
    evil = '<script>alert(1)</script></mj-text>"\r\nBcc: everybody@example.org\u202e{{ 7 * 7 }}'
    for told in (
        version_news(charter=asks_again(title=evil, judgement=evil)),
        adherence_news(adhered(kind=CharterWithdrawn, organisation_name=evil, withdrawal_reason=evil)),
        deadline_news(due(reference=evil, title=evil, organisation_name=evil, action_code=evil)),
    ):
        letter = a_letter(told)

        assert "<script" not in letter.html()
        assert a_mail(letter).message["Bcc"] is None
        assert "\u202e" not in letter.subject + letter.text()


def test_the_letter_of_an_amendment_names_it_and_tells_what_is_promised_since() -> None:
    french = plain(a_letter(news(amended())).text())
    english = a_letter(news(amended()), Language.ENGLISH)

    assert french.startswith("L’avenant n° 1 à la convention SUN-2017-014 a pris effet : 80 000 € TTC sont désormais")
    assert "l’avenant a pris effet le 1er février 2018" in french
    assert "Votre organisation s’y engage désormais pour 80 000 € TTC" in french
    assert plain(english.subject) == "Convention SUN-2017-014 changed by amendment 1: €80,000 incl. VAT secured"


def test_the_first_of_a_month_is_written_the_french_way() -> None:
    assert "1er décembre 2017" in plain(a_letter().text())


def test_who_decides_is_told_what_it_binds_to_and_who_is_informed_that_nothing_is_asked() -> None:
    decider = plain(a_letter().text())
    informed = plain(a_letter(news(reader=a_reader(DEPARTEMENT, decides=False))).text())

    assert "Votre organisation s’y engage pour 80 000 € TTC" in decider
    assert "rien n’est attendu de vous" not in decider
    assert "rien n’est attendu de vous" in informed
    assert "s’y engage" not in informed


def test_the_letter_says_why_one_gets_it() -> None:
    office = plain(a_letter(news(reader=a_reader(OFFICE))).text())

    assert "parce que votre organisation, Région Provence-Alpes-Côte d’Azur, est partie" in plain(a_letter().text())
    assert "parce que vous suivez le programme « Schéma départemental des usages numériques »" in office


def test_a_convention_without_cash_claims_none() -> None:
    letter = a_letter(news(in_force(lines=[a_line(kind="in_kind", description="Un local")])))

    assert letter.headline == "La convention SUN-2017-014 est en vigueur."
    assert "Un apport en nature" in letter.text()


def test_without_figures_nothing_is_said_of_the_gap() -> None:
    assert "il manque" not in plain(a_letter(news(figures={}, titles={}, programme=None)).text())


def test_sums_of_two_vat_bases_stand_side_by_side() -> None:
    letter = a_letter(news(in_force(lines=[a_line(), a_line(vat_basis="HT")])))

    assert "80 000 € TTC et 80 000 € HT" in plain(letter.headline)


def test_cents_are_written_where_there_are_any() -> None:
    line = a_line(tranches=[{**IN_FORCE["lines"][0]["tranches"][0], "amount": "1234.50"}])

    assert "1 234,50 € TTC" in plain(a_letter(news(in_force(lines=[line]))).headline)


def test_lines_of_the_text_are_short_but_for_addresses() -> None:
    lines = a_letter(news(terminated())).text().splitlines()

    assert max(len(line) for line in lines if "://" not in line) <= 72


def test_the_html_asks_for_nothing_from_outside() -> None:
    html = a_letter().html()
    asked = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?(https?://[^"\')\s>]+)', html)

    assert set(asked) == {CONVENTION_URL, UNSUBSCRIBE_URL}
    assert "<script" not in html


@pytest.mark.parametrize("language", Language)
def test_facts_cannot_become_markup_or_headers(language: Language) -> None:
    evil = '<script>alert(1)</script></mj-text>"\r\nBcc: everybody@example.org\u202e{{ 7 * 7 }}'
    convention = in_force(reference=evil, title=evil, lines=[a_line(action_code=evil, description=evil)])
    letter = a_letter(news(convention, titles={ACTION: evil}, programme=evil), language)

    message = a_mail(letter, name=evil).message

    assert "<script" not in letter.html()
    assert "49" not in letter.subject
    assert message["Bcc"] is None
    assert all("\n" not in str(value) and "\u202e" not in str(value) for value in message.values())
    assert (
        message.as_bytes().count(b"Bcc: everybody") == 0 or b"\r\nBcc:" not in message.as_bytes().split(b"\r\n\r\n")[0]
    )


def test_the_mail_says_that_a_machine_sent_it_and_how_to_have_no_more() -> None:
    message = a_mail().message

    assert message["Message-ID"] == f"<{UUID(int=7)}@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == f"<{UNSUBSCRIBE_URL}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.get_content_type() == "multipart/alternative"


def test_the_mail_arrives_as_it_was_written() -> None:
    text, html = bodies(a_mail().message)

    assert text == plain(a_letter().text() + "\n")
    assert html == plain(a_letter().html() + "\n")


def test_accents_and_commas_in_names_stay_whole() -> None:
    message = a_mail(name="Roux, Zoé (Région)").message

    assert message["To"].addresses[0].display_name == "Roux, Zoé (Région)"
    assert message["To"].addresses[0].addr_spec == "camille@region.example"


def test_every_role_and_kind_has_a_name_in_each_language() -> None:
    from contracts.partners import ContributionKind, PartyRole

    for tongue in TONGUES.values():
        assert all(tongue.role(role) for role in PartyRole)
        assert all(tongue.kind(kind) for kind in ContributionKind)
