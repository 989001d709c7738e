"""Is PHI found in the forms that people give it, and what is written alike left alone?"""

import pytest
from benchmarks.phi import asked, written
from benchmarks.phi.scoring import Score

from preceptor.phi import detect

# By form: a text with the value in double brackets, and a text that is written alike and names nobody.
FORMS = [
    ("record numbers that can be no day", "MRN: [[12-34-56]] is on tacrolimus.", "ratio 12-34-56 of the mixture"),
    ("ages in words, to their end", "A [[ninety-four-year-old]] man fell.", "A forty-four-year-old man fell."),
    ("ages behind a name", "[[Agnes Quathonde]], [[98]], CHF", "Figures 97, 98, and 99"),
    ("days after from", "the biopsy from [[8/23]]", "strength improved from 3/5 to 4/5"),
    ("days before an event", "before his [[5/30]] colonoscopy", "a 2/6 murmur"),
    ("days of the month", "on prednisone since [[the 12th]].", "below the 12th percentile"),
    ("days of a week", "It is on [[Monday the 14th]].", "It is on Monday."),
    ("years with an apostrophe", "done [[Oct 2nd '21]]", "in the '90s"),
    ("dotted days with a zero", "the biopsy of [[22.09.23]] shows", "release 22.10.2 of the software"),
    ("compact days beside an event", "admit date [[20230914]], stable", "a total of 20230914 reads"),
    ("French months", "né le [[14 juillet 1950]]", "en juillet 1950"),
    ("German days", "am [[3. Oktober 1950]] geboren worden", "In stage 3. May be given."),
    ("Portuguese months", "em [[4 de março de 1960]]", "em março de 1960"),
    ("Dutch months", "GAD pending since [[30 maart 2024]].", "in maart 2024"),
    ("Maori months", "INR 4.6 on [[13 Hānuere]].", "13 hapū nurses"),
    ("Spanish weekdays", "the Doppler on [[martes 5 de marzo]] was flat", "cada martes en ayunas"),
    ("names joined by particles", "Mrs [[Nurul Izzati binti Roslan]] takes it", "a bin of rotten fruit"),
    ("mounts and markets", "She lives near [[Much Wenlock]].", "There is much pain."),
    ("addresses in front of a town", "of [[3 The Old Maltings, Southwold IP18 6JJ]]", "in 3 The Lancet papers"),
    ("beds with names", "Handover: 3 = [[Quathonde]], post lap chole.", "Scale: 3 = Severe, 4 = Worst."),
    ("Canadian postcodes", "from [[Saskatoon, SK S7K 3J8]] today", "stage T4N 1M0"),
    ("streets without a number", "in his flat on [[Nostrand Avenue]]", "on the Main Road to recovery"),
    ("spelled addresses", "write to [[pawel dot quath at example dot com]]", "look at the dot on the film"),
    ("spelled numbers", "call [[nine one nine five five five zero one eight seven]]", "one two three, go"),
    ("country codes without plus", "at [[91-415-555-0132]] any time", "91-415-555 units"),
    ("numbers that lost a space", "mine is[[415-555-0132]]", "mine is 415"),
    ("ambulance runs", "EMS run #[[19-22871]], 54M", "training run #19 ended"),
    ("health care numbers", "HCN [[ABCD12345678]]", "HCN channels"),
    ("names in Chinese letters", "[[王伟]] has hepatitis B", "王道 王子王女王国"),
    ("names in Korean letters", "[[김민수]] has hepatitis B", "김치"),
    ("register's names", "[[HOLLOWAY, MARCUS T]] - K 6.8", "Check HUS, GERD and NASH"),
    ("families", "The [[Martinez]] twins were seen.", "The Janus family of kinases"),
    ("what a name has", "[[Thabo]]'s viral load went up.", "My Crohn's symptoms got worse."),
    ("names in a room", "Handoff: [[Liu]] (rm 12) needs CT.", "Handoff: Lasix (dose 12) given."),
    ("names before a colon", "Vitals for [[Kowalewski]]: 88/40", "Indications for Zosyn: sepsis"),
    ("nicknames", '[[Stanislaus "Stan" Kowalczyk]], retired', 'The "Swan" catheter'),
    ("months that are family names", "[[Dan May]] has a cough.", "In May"),
    ("names a sentence goes on about", "[[Faith]] has bled since her biopsy.", "Rose bengal stains after her test."),
    ("two subjects", "[[Kamala]] and [[Bhaskar]] want carrier screening.", "Crohn and colitis share features."),
    ("Irish particles", "[[Siobhan Ní Dhomhnaill]], DOB today", "Siemens Ni electrode"),
    ("titles in small letters", "my obgyn is dr. [[feldstein]], she said so", "the dr. appointment, mr. right"),
    ("questions", "Can [[Joy]] get the vaccine if she takes it?", "Can Young women get the vaccine?"),
    ("names that are verbs", "[[Mark White]] white count 22", "Mark the white count."),
    (
        "given names in small letters",
        "Can u check if [[bilal]]'s potassium came back? He is in bed.",
        "His crystal meth use",
    ),
    (
        "family names in small letters",
        "URGENT [[leila hosseini]] Cr 4.2 from 1.1 on [[1/15]]",
        "She eats a lot of kale.",
    ),
    ("names with endings of drugs", "[[Olumide A. Bankole, Jr.]] 55M", "Start Quathovir and Remnabide 5 mg."),
    ("usual family names alone", "Discharge [[Gallagher]]", "Discharge papers"),
    ("names that are two words", "[[Summer Fields]] is 22 and has migraines.", "Summer Fields."),
    ("one found name brings the other", "[[Chase]] and [[Hunter]] share a room.", "Chase and run tests."),
    ("ages behind names that are words", "[[Major Sims]], 69, COPD", "Major sites, 69, 70"),
    ("ages said of names", "[[Gladys]] is [[101]] and lives alone.", "The sum is 101 and rising."),
    ("ages with their sex", "[[94F]] on warfarin", "94F7 is a code."),
    ("who lies in a bed", "bed 3: [[Nakashima]], npo", "table 3: Nakashima trial"),
    ("in which bed", "[[Kowalski]] in 14B needs a line.", "Kowalski in 2014 wrote this."),
    ("what is measured of somebody", "[[Nakashima]] INR 4.1, Hgb 8", "Serum INR 4.1, Hgb 8"),
    ("what is measured for somebody", "INR for [[Nakashima]] 4.1", "INR for Quathomil 4"),
    ("what grew of somebody's", "I see [[Thandiwe]]'s culture grew it.", "Use Fisher's test."),
    ("modal names with a verb", "[[Bill]] had a CABG [[2/2/19]]", "Can he have a CABG?"),
    ("people's predicates", "[[Mac]] is constipated", "Macrobid is constipating."),
    ("two initials", "[[A.J.]] has pinworms", "The U.S. has guidelines."),
    ("single letters with a title", "discussed w/ Dr. [[Q]], ok to dc", "Dr. consulted, plan as above"),
    ("a usual maker's name in a register", "[[JOHNSON,MARCUS T]] 05Y M", "Check ALT,GERD and NASH"),
    ("logins", "msg from [[kelly_ann_dorsey]]: refill", "max_token_count and mean_arterial_pressure"),
    ("HL7 patients", "PID|1||[[555891]]^^^MRN||[[KIM^SOO-JIN]]||[[19670812]]|F", "OBX|1|NM|GLU^Glucose||512|mg/dL"),
    ("HL7 relatives", "NK1|1|[[OSULLIVAN^MAEVE]]|SPO|", "CBC^COMPLETE BLOOD COUNT^L"),
    ("names with carets", "ordered by 0042^[[ALVAREZ^MARIA]]", "K^Potassium"),
    ("dates behind a weekday", "INR was 5.6 on Sat [[5/20]], hold?", "Sat 5/10 of the tests"),
    ("dates behind a period", "positive UPT, LMP [[6/18]], cramping", "LMP 1/2 tablet"),
    ("ranges of days", "hospitalized [[Jan 2-9]]", "in Jan 2019-2020"),
    ("days of the month in a sentence", "on [[the 5th]] she fell", "on the 5th floor"),
    ("births without marks", "DOB [[031562]], refill tramadol", "Total 031562 reads"),
    ("rural routes", "lives at [[Route 2 Box 114]]", "route 2 of the study"),
    ("towns of an ambulance", "came in by ambulance from [[Flushing]] with a STEMI", "pain from Flushing the line"),
    ("mayors", "Pt is the mayor of [[Sedona]], 60M", "The Sedona method"),
    ("codes of groups and cases", "Comp case [[WC-2023-008871]], group [[00761-22]]", "group 10-15, case 2010-2015"),
    ("pages", "page the resident at [[4471]]", "page 4471 of 5000"),
    ("unseen names with a family name", "[[Lakhwinder Singh]], hypothyroid", "Transvaginal Doppler examination"),
    ("days of the week as given names", "[[Sunday Adeyemi]] was seen.", "Sunday was quiet."),
    ("family names that are words", "[[Rivers]] wants to leave AMA", "Rivers and lakes"),
    ("illnesses of a full name", "workup of [[Sven Haugen]]'s anemia: ferritin 4", "Cooley's anemia"),
    ("eponyms in small letters", "pt [[johnson]] bp 70/40 after propofol", "pt has graham patch"),
    ("people's diseases", "[[Xu]] has HBV", "Na has risen"),
    ("proper names of places", "She's from [[Gdansk]].", "Gdansk criteria"),
    ("days that look like a score", "EDD [[9/9]], G2P1", "strength was 5/5"),
    ("spaced ages in Spanish", "mujer de [[92 años]]", "Ca 125 y CEA; pH 6,90 y"),
    ("accessions of laboratories", "spec [[24-1187]], enc [[55120987]]", "spec of 12, enc 3"),
    ("short weekdays", "her Mohs is Tue the [[24th]]", "Tue at noon"),
    ("nights of days", "pulled his trach on night of [[2/11]]", "half of 2/11"),
    ("ages behind a given name", "[[Hakim]], [[98]], DNR", "Figures, 98, and more"),
    ("names before a room", "[[Nakashima]], room 301, needs a sitter", "Clean room 301"),
    ("calls", "call [[Abebe Tadesse]] tomorrow", "call light"),
    ("Korean given names", "[[Ji-woo Kang]], 9 y/o", "Post-op day 3"),
    ("subjects of letters", "she called re: [[Nakashima]] frozen section", "re: biopsy"),
    ("references", "Ref #[[RX-55120-A]]: cough", "Ref 12 of the paper"),
    ("names before an ID", "[[Thabo Nkosi]] ID [[8001015009087]]", "ID badge"),
    ("nurse practitioners", "NP [[Halloran]] disagrees.", "NP swab was taken."),
]
TOOLS = [
    "Westley croup score is 5. Ann Intern Med 2017;166:818-36.",
    "Garden IV, Weber B, Mason II, Neer 3-part; Cormack 1. Forrest IIa.",
    "Fenton and Olsen growth charts; Lembert, Connell and Halsted sutures.",
    "Roe v. Wade is on the slide; Dr. Google says so. Yaz and Qalsody were offered; Bing-Neel.",
    "are dr scholls inserts good for plantar fasciitis",
    "San Francisco Syncope Rule, Vienna 3, Prague C2M4",
    "By Simpson's biplane the EF is 40%.",
    "Brief Hospital Course: stable.",
    "Data of the Expenditure Panel Survey and the National Cancer Institute",
]


@pytest.mark.parametrize(("form", "found", "silent"), FORMS)
def test_a_form_is_found_and_what_is_written_alike_is_not(form: str, found: str, silent: str) -> None:
    row = written.marked("row", found)
    spans = detect(row.text)
    hit = {index for span in spans for index in range(span.start, span.end)}
    for span in row.spans:
        missed = [i for i in range(span.start, span.end) if row.text[i].isalnum() and i not in hit]
        assert not missed, (form, row.text[span.start : span.end])
    assert [(span.detector, silent[span.start : span.end]) for span in detect(silent)] == [], form


@pytest.mark.parametrize("text", TOOLS)
def test_what_bears_its_describers_name_is_left_alone(text: str) -> None:
    assert [(span.detector, text[span.start : span.end]) for span in detect(text)] == []


def test_texts_written_one_by_one_are_covered_and_clean_ones_left_alone() -> None:
    total = Score()
    for row in (*written.queries(), *written.clean()):
        total.add(row, [(span.start, span.end, span.detector) for span in detect(row.text)])
    assert total.covered.total() / total.entities.total() >= 0.96
    assert total.negatives_flagged / total.negatives <= 0.05


def test_a_number_of_another_scheme_is_no_answer_to_a_case_that_asks_about_one() -> None:
    other = {"file": "x", "entities": ["AU_ABN"], "text": "52824753556", "expected_len": 0, "positions": []}
    assert detect("52824753556") != []
    assert asked.agrees(other)
    assert not asked.agrees({**other, "entities": ["TR_NATIONAL_ID"]})


def test_a_label_beside_an_impossible_number_says_what_silence_says() -> None:
    case = {"file": "x", "entities": ["PH_TIN"], "text": "Invalid TIN 000-123-457-000", "expected_len": 0}
    assert [str(span.severity) for span in detect(case["text"])] == ["low"]
    assert asked.agrees(case)


def test_months_and_cases_that_contradict_one_another_are_not_asked() -> None:
    month = {"file": "x", "entities": ["DATE_TIME"], "text": "I bought my car in May", "expected_len": 1}
    day = {**month, "text": "I bought my car on May 3"}
    yes = {"file": "x", "entities": ["DE_VAT_ID"], "text": "DE123456789", "expected_len": 1}
    assert asked.asking([month, day, yes, {**yes, "expected_len": 0}]) == [day]
