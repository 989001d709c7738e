"""Is somebody or his town found by the sentence alone, and nothing where the same sentence speaks of something else?"""

import pytest

from preceptor.phi import detect
from preceptor.phi.rules.logins import RULES as LOGIN_RULES
from preceptor.phi.types import PhiType

# In brackets what must be found; titles with the name.
FOUND = [
    # Makers, peoples and days are surnames too, where a label, a title or a given name says so.
    "Patient: [Bayer, John], for review",
    "Last name: [Roche]",
    "Patient: [Welsh, Emma], seen today",
    "The nurse spoke to [Mr Quest] today.",
    "seen by [Dr Polish] in clinic",
    "[Adaora Bayer] was seen today",
    "[Tamsin] Metoprolol 25 mg was stopped.",
    # Given names that no census of the gazetteer has, in any case.
    "Why would [Lindiwe] still have a fever on day five?",
    "rpt hba1c 9.8!! up from 7.4. [chidinma] wants herbal",
    "Does the positive ANA matter for [Tallulah Greenwater]?",
    "In [Tamsin Great Elk], a ferritin of 9 needs what?",
    "Plz advise: [ELSPETH MACRAE], medicaid, pregnant 8 wks",
    "[thabo] u forgot to chart the 2200 obs",
    "Would it be reasonable to start [Oluwatobiloba] on hydroxyurea?",
    # Who does or is told something.
    "She told me [Ambrose] hit his head.",
    "I gave [Precious] her tablets at eight.",
    "[Zubair] finally got a 22G in the left arm.",
    "After the stroke, [Pearl] cannot find her words.",
    "bleep [Imogen] if GCS drops",
    "Neither [Kerensa] nor her mother has had chickenpox.",
    # Who lies in a bed, and rounds.
    "overnight: [Will] in 4 had a fall unwitnessed",
    "trop #2 for [Paddy Linehan] (bed 9), CXR for lady in 11",
    "Night team: [Szymański] refusing CPAP. [Brown] for theatre at 8.",
    "[Bindi Karlsson]'s mum rang, croup worse at night",
    "[OKONKWO] RM 12 NEEDS PRN",
    "NEURO SIGNED OFF. [PATEL MD]",
    "ECG for [Petrosyan] shows new LBBB",
    "1. [Osei] - CXR 2. [Marchetti] - echo",
    "[Halloran] from physio says stairs are fine.",
    # Who signs, is greeted, or is called so.
    "what do i do - [Tawny]",
    "Thanks!\n[Tamsyn]",
    "Best wishes, [Rhona]",
    "Hey [Dee], can you cover my 1500 vanc?",
    "known to the team as [Mirabel]",
    "identified by wristband as [O'Shaughnessy], case closed",
    "Everybody calls her [Pip].",
    'pt mouthing "[Benny]" - no its her grandson',
    "The anaesthetic chart is signed [A.K.B.] and is illegible",
    "the label reads [Adebanjo] but the sample is hers",
    "pharm: verified w/ [Costa] at retail",
    # Titles of two, of many, of relatives and orders.
    "The family ([Mr and Mrs Amarasekara], plus two sons) agreed",
    "[Messrs Okoro and Lindqvist] were both exposed.",
    "Seen with [Sister Mkhize] on the ward round.",
    "we lost [Abuela Chayo] to the same cancer",
    "took [grandpa joe] to er last nite",
    "dr [imran qazi] wants to know if ertapenem covers it",
    "is my son [Ezekiel]s rash an allergy?",
    "complain about the receptionist [Joy]. There was none",
    "sister in law to [Christian] the porter so be nice",
    # Where somebody lives, and his street.
    "Chemist in [Llandovery] closes at 1",
    "farm nr [Wanaka]. Washed out in theatre",
    "lives out [Broadmeadows] way, colchicine dose?",
    "chart says he lives out past [Pikeville]",
    "retired trawlerman from [Stornoway], 40 pack yrs",
    "lives w/ partner in caravan park outside [Mablethorpe], no GP",
    "Any dialysis centre close to [Moab]?",
    "no bus from [Machynlleth] before ten",
    "We live near [Poplar] Montana and the clinic is closed.",
    "In [Great Elk], a small town, the water was contaminated.",
    "at [2217 Duquesne Ct Apt 3F, McKeesport]. Who thought this",
    "corner of Route 9 and [Old Post Rd, Fishkill]. Narcan given",
    "police welfare check to [Ave J, Brooklyn] requested",
    "the daycare on [Pinckney St.] and three kids there",
    "i'm at [1530 bayview ave unit 9, alameda], throat itchy",
    "I'm on [Navajo Route 12, Fort Defiance] and it is flooded.",
    "his farm is off [County Road 18] near here",
    "Deliver to [12 Rue des Lilas, Trois-Rivières] please.",
]
CLEAN = [
    # Names of somewhere that are words elsewhere.
    "It was a win-win for staff, and he does taichi twice a week.",
    "allergie tegen penicilline",
    "Secondo il protocollo, ceftriaxone 1 g.",
    "The Nissan was towed; Maddox wing 6 exophoria.",
    "In 95 Fällen trat Fieber auf.",
    "64 slice ct, chest",
    "Fell 2/2 orthostasis.",
    "Polish interpreter needed.",
    "She walks with a walker and lives with her sister.",
    "My wife is Filipino and her skin reacts to the Tegaderm dressing.",
    "Hello, English is not my first language.",
    "DVT in Nov 2022; Vit K given; Bed alarm on.",
    "Switch from Seretide to Fostair, same dose?",
    "I gave Zofran and he still vomits.",
    "Swapped Lasix for Bumex and covering with Zosyn.",
    "Discussed with Infectious Diseases and by Neurology; reviewed with Radiology.",
    "Neither Tylenol nor Advil helped; both Keppra and Dilantin failed.",
    "Sepsis for review; Cellulitis to follow up; Asthma wants better control.",
    "Augmentin needs renal dosing. MAP wants to be over 65.",
    "1. Aspirin - stop 2. Heparin - start 3. Statin - continue",
    "ECG for Troponin leak shows LBBB",
    "What is a Sister Mary Joseph nodule?",
    "Grandma has AFib and Grandpa has gout; uncle has a stent.",
    "Kind regards, Pharmacy",
    "no known drug allergies - NKDA",
    "note: Hemolyzed, recollect",
    "The chart says Allergic to Penicillin. Wristband says Fall Risk.",
    "Known as Paget disease of bone. Registered as Class II device.",
    "STAFF RN on duty; CHARGE RN notified",
    "Moved from Canada in spring; lives in Texas.",
    "Transferred from ICU to Step Down, then near Miss events.",
    "outside Europe and outside Medicare",
    "Take 1 tab dr recommended, 2 chest ct, 3 weeks st elevation.",
    "Court ordered evaluation; Drive reduction theory; Close observation level 2.",
    "It is true that Hawaii and Alaska have more H. pylori",
    "pain scale according to Huskisson was used",
    "is there a placebo in Kaplan-Meier or Mann-Whitney terms that VODcasts should replace?",
]
LOGINS = [
    ("ack by [jtremblay3] 04:41:17", True),
    ("session dropped user=[mkowalczyk] retry", True),
    ("opened 14 times by user [nhollis] in June", True),
    ("my insta is [jt_morales88]", True),
    ("msg from [kelly_ann_dorsey]: refill", True),
    ("edited by [nurse_k12]", True),
    ("user=admin login failed by user root", False),
    ("max_token_count under test_data_01", False),
]


@pytest.mark.parametrize("sentence", FOUND)
def test_somebody_or_his_town_is_found_by_the_sentence(sentence: str) -> None:
    text, missed = _read(sentence)
    assert not missed, text


@pytest.mark.parametrize("sentence", CLEAN)
def test_a_sentence_of_something_else_says_nothing(sentence: str) -> None:
    assert not detect(sentence)


@pytest.mark.parametrize(("sentence", "somebodys"), LOGINS)
def test_a_login_is_found_unless_it_is_nobodys(sentence: str, somebodys: bool) -> None:
    text, missed = _read(sentence)
    assert not missed
    assert bool(detect(text)) is somebodys


def test_all_logins_are_other_codes() -> None:
    assert {rule.type for rule in LOGIN_RULES} == {PhiType.OTHER_ID}


def test_a_listed_given_name_is_no_part_of_another_word() -> None:
    assert not detect("the xlindiwex assay and adaezes_count")


def _read(sentence: str) -> tuple[str, str]:
    """The text without its brackets, and what of the marked letters no span covers."""
    text, wanted = "", set[int]()
    marked = False
    for letter in sentence:
        if letter in "[]":
            marked = letter == "["
            continue
        if marked and letter.isalnum():
            wanted.add(len(text))
        text += letter
    covered = {place for span in detect(text) for place in range(span.start, span.end)}
    return text, "".join(text[place] for place in sorted(wanted - covered))
