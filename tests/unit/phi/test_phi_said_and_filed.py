"""Are ages, days and codes found as people say, dictate and file them, and is what looks alike left alone?"""

import pytest

from preceptor.phi import detect

# Each text with its values between double brackets.
FOUND = [
    "my mum is [[94]] and lives on her own",
    "no wait shes [[93]] and 48kg",
    "This lady, who turned [[96]] last month, fell.",
    "shes [[ninety six]] and they want to operate",
    "He has [[ninety-one years]] and nobody visits.",
    "Family hx: mother died stroke at [[91]]",
    "she'll be [[ninety-two]] in June",
    "FH: father lived to [[98]], mother MI at 62",
    "she is celebrating her [[99th birthday]]",
    "mum, [[93]], lives alone; my dad ([[96]]) has a cough",
    "mother d. [[93]] CVA, brother alive [[90]]",
    "[[97/F]] with hip fracture",
    "a [[96 year female]] with a cough",
    "Labs drawn [[10/2, 10/5 and 10/9]]: Cr 1.1",
    "UDS [[5/30]] approp",
    "push the [[12/12]] images please",
    "recheck [[9/14]] am",
    "orchidectomy on [[Wed. 17th July]]",
    "sent [[Mon 08/04/2024]]",
    "signed [[19JAN2024]] and [[3/Feb/2023]]",
    "between [[4 and 9 June 2023]]",
    "born [[November second, nineteen fifty-eight]]",
    "[[the twenty-first of March two thousand and five]]",
    "LMP [[28/05]], seen [[28/5]]",
    "come back [[the 14th]] at 9",
    "Police ref [[CR/18823/24]].",
    "Our ref: [[PAL/MN/20661-4]]",
    "silver car, tag [[LHB-3390]], behind the library",
    "APS report filed, intake [[2023-IA-55821]].",
    "POISON CTR CASE [[6614028]].",
    "register entry [[2024/0613]]",
    "ORD# [[7740021936]]",
    "subject [[0093-RVB]] had a rash",
    "record [[P-771203]] opened",
    "scope [[CF-HQ190L-2719044]] used",
    "hosp no [[J208817]]",
    "VIN of vehicle [[1FTEX1EP5KKE04417]]",
    "HCN [[4812-663-907 KD]] expired",
    "Licence no. [[TRELA 652109 KP9AB]].",
    "SSN ends up cut off; should read [[531-00-4827]]",
    "session dropped user=[[mkowalczyk]]",
    "logged in as [[rpatel]]",
    "in my app under [[tslim_brooke92]]",
    "Dictated but not read. [[DL/tt]] [[6/17/22]]",
    "Datix [[W118827]], inmate [[A118827]]",
    "edited by [[nurse_k12]]",
    "It's [[CLM-20-8837164]].",
    "my mom leticia is [[91]] and forgets",
    "so nana (real name [[Agatha Purcell]]) is [[98]] and tired",
    "his surgery was [[oct 9th]]",
    "bld cx [[5/2]] GPC, readmitted [[4/6]] with chf",
    "path no. [[SP25-11847]]",
    "on [[5 Mar]] 20 mg prednisone",
]
CLEAN = [
    "sats 94",
    "her sats are 94",
    "she is 94 % on room air",
    "she was 94 on RA",
    "BP 92/60",
    "he is 94 kg",
    "the score is 92",
    "he was 98 systolic",
    "a total of 135 patients (117 female, 18 male)",
    "mother is 54, mother 120/80",
    "strength 5/5 bilat, 4/5 left",
    "10/10 pain, 8/10 after",
    "3/12 old, 2/52 hx, 24/7",
    "for 14/7 then stop",
    "Apgars 8/9, 9/10",
    "BiPAP 10/5, 12/6",
    "cultures 2/4 bottles positive",
    "4 and 9 may help; may second this",
    "the 3rd dose on the 3rd toe",
    "a party on the Fourth of July",
    "case 2 of 3",
    "by user request or user error",
    "oral intake 2000 ml",
    "record of 2019-2020",
    "ICD code E11.9",
    "PMID 31535829 and PMID 32865377",
    "SARS-CoV-2 A/Texas/50/2012",
    "MG/dl 6/12",
    "typed: rate 75 ML/hr",
    "T 36.8 HR 80, IVF at 75 ML/hr",
    "platelets under 100000, cells under 150000",
    "order 1000000 units of penicillin; sample 254000 cells",
    "Use code 99213-25, CPT code 99213",
    "my ms symptoms, this ms relapse, my mr angiogram, a miss rate of 5 percent",
    "HR 96/m, pulse 92/m",
    "14/04 of the samples, a 15/03 ratio",
    "my mom weight is 92 now, her dad bp is 92",
    "mom sat is 94, hr 90",
    "her mother score is 91.",
    "oct 4 shows macular edema",
    "cx 5/5 in strength, presented 2/6 murmur",
]


@pytest.mark.parametrize("marked", FOUND)
def test_what_is_said_and_filed_is_covered(marked: str) -> None:
    text, values = "", []
    for part in marked.split("[["):
        value, closed, rest = part.rpartition("]]")
        if closed:
            values.append((len(text), len(text) + len(value)))
        text += value + rest
    covered = {place for span in detect(text) for place in range(span.start, span.end)}
    missed = [
        text[start:end]
        for start, end in values
        if not all(place in covered for place in range(start, end) if text[place].isalnum())
    ]
    assert values
    assert not missed


@pytest.mark.parametrize("text", CLEAN)
def test_what_looks_alike_is_left_alone(text: str) -> None:
    assert detect(text) == []
