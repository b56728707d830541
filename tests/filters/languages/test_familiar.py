"""Tests of texts in languages that no model knows."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from filters.base import Range
from filters.chain import judge
from filters.documents import Documents
from filters.language import Language
from filters.languages import ensemble, familiar, weighing
from filters.languages.familiar import FEATURES
from pipeline.training.familiar import MeasuredTexts, fit, standardised
from shards.schema import DOCUMENT, batch_of
from tests.filters.test_language import SENTENCES

# Articles 1 and 2 of the Universal Declaration of Human Rights
UNKNOWN = {
    "bem": "Abantu bonse bafyalwa abalubuka nokulingana mu mucinshi nensambu. Balikwata amano nokutontonkanya, eico "
    "bafwile ukulacita ifintu ku banabo mu mutima wa bwananyina. Cila muntu ali linga ukukwata ishi nsambu no "
    "buntungwa filelondololwa, ukwabula akapatulula kali konse.",
    "ewe": "Wodzi amegbetɔwo katã ablɔɖeviwoe eye wodzena bubu kple gomekpɔkpɔ sɔsɔe. Susu kple dzitsinya le wo dometɔ "
    "ɖesiaɖe si eyata wodze be woanɔ anyi le ɖekawɔwɔ blibo me. Ele be amesiame nakpɔ gome le ablɔɖevinyenye ƒe ɖoɖo "
    "siwo katã le Kpeɖodzinya la me me.",
    "fur": "Ducj i oms a nassin libars e compagns come dignitât e derits. A an sintiment e cussience e bisugne che si "
    "tratin un culaltri come fradis. A ogni individui i spietin ducj i derits e dutis lis libertâts proclamâts in "
    "cheste Declarazion, cence nissune distinzion.",
    "kng": "Bantu nyonso, na mbutukulu kevwandaka na kimpwanza ya bawu, ngenda mpe baluve ya mutindu mosi. Mayela na "
    "mbanzulu je na bawu, ni yawu yina bafwana kusalasana na bumpangi. Muntu muntu lenda kusadila baluve nyonso mpe "
    "bimpwanza nyonso.",
    "nav": "Bilaʼashdaʼii tʼáá ałtsoh yiníkʼehgo bidizhchįh dóó aheełtʼeego ílį́į́go bee baahóchįʼ. Eíí háníʼ dóó "
    "hánítshakees hwiihdaasyaʼ eíí binahjį́ʼ ahidiníłnáhgo álíleekʼehgo kʼé bee ahił niidlį́.",
    "tah": "E fanauhia te tā'āto'ara'a o te ta'ata-tupu ma te ti'amā e te ti'amanara'a 'aifaito. Ua 'ī te mana'o "
    "pa'ari e i te manava e ma te 'a'au taea'e 'oia ta ratou ha'a i rotopū ia ratou iho, e ti'a ai.",
}
KNOWN = {
    "eng_Latn": "The harbour was busy all through the spring, because the ships that had waited for the ice to go now "
    "came in one after the other and wanted to be unloaded before the next storm.",
    "fra_Latn": "En été, le port redevenait calme et les hommes partaient aux champs ; seul le pilote restait, "
    "observait l’horizon et notait matin et soir ce que disait le baromètre.",
    "rus_Cyrl": "Летом в гавани снова становилось тихо, и мужчины уходили в поля; оставался только лоцман, который "
    "смотрел на горизонт и записывал утром и вечером показания барометра.",
    "ukr_Cyrl": "Улітку в гавані знову ставало тихо, і чоловіки йшли на поля; залишався тільки лоцман, який дивився на "
    "обрій і записував уранці та ввечері, що показував барометр.",
    "pes_Arab": "در تابستان بندر دوباره آرام می‌شد و مردان به کشتزارها می‌رفتند؛ تنها راهنما می‌ماند و صبح و شب آنچه را "
    "که فشارسنج نشان می‌داد یادداشت می‌کرد.",
    "nya_Latn": "Lero mvula yagwa kwambiri m’mudzi mwathu, choncho sitinapite kumsika. Ana akuwerenga mabuku kunyumba "
    "ndipo agogo akuphika nsima ndi nsomba. Mawa tidzapita kumunda kukabzala chimanga.",
}
# Pages of names and fields, of which models find little that they know
FIELDS = {
    "eng_Latn": "Module: weir_module\nStatus: Extension\nSource File: weir.c\nCompatibility: from version 2.1 on\n"
    "Summary: opens and closes the gates of a weir by the levels of two gauges\nDirectives: WeirOpen, WeirClosed, "
    "WeirHeight, WeirGauge\nSee also: mod_gauge, mod_sluice, mod_turbine",
    "deu_Latn": "Modul: Wehrsteuerung\nStatus: Erweiterung\nBezeichner: wehr_modul\nQuelldatei: wehr.c\nKontext: "
    "Server, Verzeichnis\nVoreinstellung: Wehr Off\nDirektiven: WehrEin, WehrAus, WehrHoehe, WehrPegel\nSiehe "
    "auch: mod_pegel, mod_schleuse, mod_turbine",
}
OF_ONE_KNOWN = ("Geor", "Grek", "Hebr")  # scripts of which a model knows one language: letters alone speak for it


def documents(texts: Sequence[str]) -> Documents:
    return Documents(batch_of([{"id": text, "text": text, "source": "", "source_id": ""} for text in texts], DOCUMENT))


def shuffled(text: str, seed: int) -> str:
    return " ".join("".join(random.Random(f"{seed} {word}").sample(word, len(word))) for word in text.split())


def reversed_words(text: str) -> str:
    return " ".join(word[::-1] for word in text.split())


@pytest.mark.parametrize("language", UNKNOWN)
def test_a_language_that_no_model_knows_is_not_published_under_the_name_of_a_neighbour(language: str) -> None:
    judged = judge([Language()], documents([UNKNOWN[language]]).batch)
    assert judged.documents["rejected_by"].to_pylist() == ["language.known"]


@pytest.mark.parametrize("tag", KNOWN)
def test_a_language_that_a_model_knows_keeps_its_name(tag: str) -> None:
    signals, columns = Language().annotate(documents([KNOWN[tag]]))
    assert columns["language"].to_pylist() == [tag]
    assert signals["known"][0] > 0.5


@pytest.mark.parametrize("tag", FIELDS)
def test_a_page_of_names_and_fields_in_a_language_of_which_the_web_is_full_is_kept(tag: str) -> None:
    judged = judge([Language()], documents([FIELDS[tag]]).batch).documents
    assert (judged["language"].to_pylist(), judged["rejected_by"].to_pylist()) == ([tag], [None])


def test_the_same_letters_in_other_words_are_no_language_that_is_known_but_for_one_text_in_twenty() -> None:
    texts = [text for tag, text in [*SENTENCES, *KNOWN.items()] if tag.partition("_")[2] not in OF_ONE_KNOWN]
    made = documents([shuffled(text, seed) for seed in range(10) for text in texts] + list(map(reversed_words, texts)))
    asked = ~np.isnan(Language().annotate(made)[0]["known"])
    judged = judge([Language()], made.batch).documents["rejected_by"].to_pylist()
    assert asked.sum() > 200
    assert sum(reason is None for reason, one in zip(judged, asked, strict=True) if one) <= asked.sum() / 20


def test_the_name_is_that_of_the_neighbour_and_a_bound_of_ones_own_lets_it_pass() -> None:
    language = Language(known=Range(undefined="keep"))
    judged = judge([language], documents([UNKNOWN["tah"]]).batch)
    assert judged.documents["rejected_by"].to_pylist() == [None]
    assert judged.documents["language"].to_pylist() == ["mri_Latn"]


def test_where_no_model_is_asked_nothing_is_said() -> None:
    signals, columns = Language().annotate(documents(["คณะกรรมการจะเผยแพร่รายงานเรื่องน้ำดื่มก่อนสิ้นปีนี้", "1 2 3", ""]))
    assert np.isnan(signals["known"]).all()
    assert columns["language"].to_pylist() == ["tha_Thai", "zxx", "zxx"]


def test_fitting_learns_what_texts_in_each_language_have_and_what_tells_others_from_them() -> None:
    chance = np.random.default_rng(0)
    names, known = ensemble.languages(), ensemble.known()[: len(weighing.FIRST)]
    of_pattern = {familiar.pattern(column): row for row, column in reversed(list(enumerate(known.T)))}
    named = np.repeat([*of_pattern.values()], 100)
    unknown = np.tile(np.arange(100) >= 50, len(of_pattern))
    features = chance.normal(size=(len(named), len(FEATURES))) + named[:, None] % 7
    features[unknown, FEATURES.index("named_rate")] -= 4
    texts = MeasuredTexts(
        features, chance.normal(size=len(named)) / 9, named, ~unknown, unknown, ~unknown, np.array(names)[named]
    )
    fitted = fit(texts)
    assert max(fitted["weight"], key=fitted["weight"].__getitem__) == "named_rate"
    score = standardised(texts, fitted) @ np.array([fitted["weight"][one] for one in FEATURES]) + fitted["bias"]
    assert (score > 0)[~unknown].mean() == pytest.approx(0.95, abs=0.03)
    assert (score > 0)[unknown].mean() < 0.2
