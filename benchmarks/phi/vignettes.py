"""How much is flagged in clean clinical writing: exam vignettes, abstracts, notes and guidelines that name nobody?

Texts are made from templates and lists by a seed. Both fall into two halves, templates and words alike: rules are mended
on the even half and judged on the odd one.
"""

import random
import re
from collections.abc import Iterator

from benchmarks.phi.scoring import Row

_SLOT = re.compile(r"\{(\w+?)\d?\}")

TEMPLATES = """
A {age}-year-old {man} comes to the physician because of a {n}-week history of fatigue and {symptom}. He has {disease} treated with {drug}. His temperature is 37.2°C (99°F), pulse is {n}8/min, respirations are 18/min, and blood pressure is 1{n}5/80 mm Hg. Which of the following is the most likely diagnosis?
A {age}-year-old {woman} is brought to the emergency department by her husband 30 minutes after the onset of {symptom}. She recently returned from a trip to {country}. {test} is positive. Laboratory studies show:\\nHemoglobin 10.{n} g/dL\\nLeukocyte count 12,{n}00/mm3\\nPlatelet count 110,000/mm3\\nSerum\\nNa+ 13{n} mEq/L\\nCl- 101 mEq/L\\nK+ 4.{n} mEq/L\\nWhich of the following is the most appropriate next step in management?
A previously healthy {age}-year-old {ethnic} {man} presents to his primary care physician for a routine checkup. He emigrated from {country} {n} years ago and works as a {job}. {Eponym} is noted on examination. A PPD test shows 12 mm of induration.
A {n}-year-old boy is brought to the pediatrician by his mother because of {symptom}. He was born at 38 weeks' gestation via spontaneous vaginal delivery. He lives in {state} with both parents. Immunizations are up to date. Cultures grow {organism}.
A {age}-year-old {woman} went hiking in {region} last {season} and now has a rash. Serology for {organism} is sent. {drug} is started.
Which of the following is the mechanism of action of {drug}? A: Inhibition of {enzyme}. B: Activation of {enzyme2}. C: Blockade of {receptor}.
Gram stain shows gram-positive cocci in clusters. Cultures on {agar} agar grow {organism}. {drug} is substituted for {drug2}.
The patient's father died of {disease}. His mother, aged {age}, has {disease2}. On physical examination, {Eponym} is absent and {eponym} is present. The {scale} is {n}.
Past medical history: {disease}, {abbr}, {abbr2}. Medications: {drug} {n}0 mg PO daily, {drug2} 5 mg BID. Allergies: NKDA. Social History: Denies tobacco. Family History: {disease2}. ROS: Negative.
ASSESSMENT AND PLAN: {disease}. Continue {drug}. Check {abbr}, {abbr2} and {lab}. Consult {department}. DVT prophylaxis: Lovenox. CODE STATUS: Full.
Hospital Course: The patient was admitted to the {department} and treated with {drug}. {test} was negative. Transferred to the {department2} on hospital day {n}. Discharge Condition: Stable. Discharge Instructions: Return to the Emergency Department for {symptom}.
To evaluate whether {drug} improves outcomes in {disease}. In this randomized, double-blind trial ({trial}), {n}12 patients were assigned to {drug} or placebo. Patients were recruited in {country} between January {year} and December {year2}. The {scale} was the primary endpoint. ({measure} 1.{n}, 95% CI 1.02-2.1{n}; P=.0{n}).
{Organism} is a cause of {disease} in {country} and {country2}. Isolates were typed by {method}. According to the {body}, resistance has increased since {year}.
This cross-sectional study used data from the {survey} and the {body}. The {scale} and the {scale2} were administered. Statistical analysis was performed with {software}. {Stat} was used for comparison.
Are {abbr} levels associated with {disease}? A cohort of {n}45 {ethnic} patients with {disease2} was followed in a {centre}. {Stat} and {Stat2} were used. {Method} was performed as described by {author} et al. in {year}.
Does {eponym} predict {disease}? Patients seen in the {department} of a {centre} from {month} {year} to {month2} {year2} were reviewed. {Scale} scores fell by {n} points.
The {body} recommends {drug} for {disease}. The {body2} does not. In {year}, the guideline was updated; {trial} and {trial2} were considered.
{Drug} (marketed as a tablet) is an inhibitor of {enzyme} approved by the {body}. Adverse effects include {symptom} and {disease}. Contraindications: {disease2}.
What is the difference between {disease} and {disease2}? Is {Eponym} seen in both? How is {drug} dosed?
{Eponym} and {eponym2} are seen in {disease}. {Anatomy} is involved. Biopsy shows {histology}. Immunohistochemistry is positive for {marker} and {marker2}.
The {anatomy} is supplied by the {anatomy2}. Injury causes {eponym}. {Method} confirms it.
Background: {disease} is common in {region}. Methods: We searched {database}, {database2} and {database3} up to {month} {year}. Results: {n}4 studies were included. Conclusions: {drug} may reduce {symptom}. Registration: {database4}.
A {age}-year-old {man} with {disease} and {abbr} is scheduled for {procedure}. {Scale} III. Which of the following should be given preoperatively? A. {drug} B. {drug2} C. {drug3} D. {drug4} E. Observation
A 2{n}-year-old college student is evaluated after a party on {holiday}. Urine toxicology is positive for {street}. {Drug} is administered. He says that "{saying}"
A researcher is studying {enzyme} in {animal} mice. {Method} shows a band at {n}0 kDa. Figure {n} and Table {n}: {gene} mutation, {gene2} deletion. Scale bar, 50 um.
{Month} {year} guidelines suggest {drug}. Since {month2}, {disease} has been rising in {country}. In the {season} of {year}, an outbreak of {organism} occurred in {region}.
An infant is delivered at 39 weeks' gestation to a {age}-year-old, gravida 3, para 2, {woman}. Apgar scores are 8 and 9 at 1 and 5 minutes. {Eponym} is present. The mother received {drug} during pregnancy. {Test} is pending.
{Disease} was diagnosed {n} years ago. {Procedure} was done. He takes {drug}, {drug2}, {drug3}, and a multivitamin. She drinks {n} beers on Fridays and smokes Marlboro cigarettes. Last Monday she had {symptom}.
Compared with {ethnic} Americans, {ethnic2} participants in the {trial} had lower {lab}. {Stat} adjusted for age, sex, BMI and {scale}. (Funded by the {body}; {trial2} ClinicalTrials.gov number, NCT0123456{n}.)
CHIEF COMPLAINT: {symptom}. HISTORY OF PRESENT ILLNESS: The patient is a {age}-year-old {ethnic} {woman} with {disease} who presents with {symptom2}. REVIEW OF SYSTEMS: As above. PHYSICAL EXAMINATION: GENERAL: Well developed. HEENT: {Eponym}. NECK: Supple. EXTREMITIES: No edema.
Impression: 1. No acute intracranial abnormality. 2. {anatomy} normal. 3. {disease}, stage IIIB. Technique: {method} with {contrast}. Comparison: None. Findings: The {anatomy2} is unremarkable.
She was told about "{saying}" and read it in {journal}. The {journal2} published {trial} in {year}.
Q: Can I take {drug} with {drug2}? A: Yes, unless you have {disease}. Ask a doctor before you take {drug3}. Tell your health care provider if you have {disease2}.
Treatment of {disease} in {country}: {drug} is first-line ({body}, {year}). Second-line agents are {drug2} and {drug3}. Screening uses {test} and {scale}.
He was stationed in {country} as a soldier in the {army} and came back to {state} in {year}. He has {disease} and sees a physician at the {va}. {Scale} is {n}.
{Animal} rats were fed {diet}. {Gene} expression was quantified by {method}. {Reagent} and {reagent2} were purchased; {device} was used for imaging.
The {device} was implanted through the {anatomy}. {Procedure} with {material} was performed under {drug} anesthesia. Hemostasis was achieved with {material2}. Estimated blood loss: {n}0 mL.
Vignette {n}. The patient is a {age}-year-old {job} from {state} with {symptom}. He is a member of the {religion} faith and refuses {procedure}. What should the physician do?
""".strip().splitlines()

LISTS = {
    "man": "man|male|farmer|veteran|gentleman|male patient",
    "woman": "woman|female|primigravid woman|G2P1 woman|lady|female patient",
    "symptom": "shortness of breath|night sweats|hematuria|crampy abdominal pain|blurred vision|pruritus|chest pain|cough|joint pain|palpitations"
    "|vomiting|dysphagia|polyuria|a sore throat|back pain|dizziness|bloody diarrhea|Raynaud phenomenon",
    "disease": "Parkinson disease|Crohn's disease|Hodgkin lymphoma|Graves disease|Guillain-Barré syndrome|Lyme disease|Marfan syndrome|Wilson disease"
    "|Addison's disease|Cushing syndrome|Hashimoto thyroiditis|Barrett esophagus|Huntington disease|Ehlers-Danlos syndrome|Kawasaki disease|Down syndrome"
    "|Wernicke-Korsakoff syndrome|Tourette syndrome|Ménière disease|Paget disease of bone|Chagas disease|Turner syndrome|Takayasu arteritis|Lewy body dementia"
    "|West Nile virus infection|Rocky Mountain spotted fever|Henoch-Schönlein purpura|von Willebrand disease|Tay-Sachs disease|Gaucher disease|Niemann-Pick disease"
    "|Fabry disease|Pompe disease|Duchenne muscular dystrophy|Charcot-Marie-Tooth disease|Creutzfeldt-Jakob disease|Peutz-Jeghers syndrome|Lynch syndrome"
    "|Zollinger-Ellison syndrome|Budd-Chiari syndrome|Sheehan syndrome|Conn syndrome|Kallmann syndrome|Klinefelter syndrome|Prader-Willi syndrome|Angelman syndrome"
    "|Goodpasture syndrome|Wegener granulomatosis|Churg-Strauss syndrome|Buerger disease|Behçet disease|Reiter syndrome|Felty syndrome|Still disease|Sjögren syndrome"
    "|Legg-Calvé-Perthes disease|Osgood-Schlatter disease|Pott disease|Hirschsprung disease|Whipple disease|Mallory-Weiss syndrome|Boerhaave syndrome|Plummer-Vinson syndrome"
    "|Dressler syndrome|Wolff-Parkinson-White syndrome|Brugada syndrome|Ebstein anomaly|Eisenmenger syndrome|Brown-Séquard syndrome|Horner syndrome|Arnold-Chiari malformation"
    "|Sturge-Weber syndrome|von Hippel-Lindau disease|Lambert-Eaton syndrome|Stevens-Johnson syndrome|Kaposi sarcoma|Burkitt lymphoma|Ewing sarcoma|Wilms tumor|Krukenberg tumor"
    "|Legionnaires' disease|Legionnaires disease|Valley fever|Q fever|Hansen disease|Ebola virus disease|Zika virus infection|Japanese encephalitis|St. Louis encephalitis"
    "|Bartter syndrome|Gitelman syndrome|Liddle syndrome|Fanconi syndrome|Alport syndrome|Berger disease|Caplan syndrome|Hamman-Rich syndrome|Meigs syndrome|Asherman syndrome"
    "|Fitz-Hugh-Curtis syndrome|Rett syndrome|Edwards syndrome|Patau syndrome|Noonan syndrome|Williams syndrome|Lesch-Nyhan syndrome|Chediak-Higashi syndrome|Wiskott-Aldrich syndrome"
    "|DiGeorge syndrome|Job syndrome|Bruton agammaglobulinemia|Bell palsy|Erb palsy|Todd paralysis|Ramsay Hunt syndrome|Ludwig angina|Vincent angina|Prinzmetal angina"
    "|type 2 diabetes mellitus|COPD|systemic lupus erythematosus|Alzheimer disease|HIV|sickle cell disease|Pickwickian syndrome|Münchausen syndrome|Capgras syndrome|Gilbert syndrome",
    "drug": "metformin|Lipitor|lisinopril|Zyprexa|Tylenol|Eliquis|Ozempic|Humira|Keytruda|Xarelto|Synthroid|Wegovy|Entresto|Jardiance|Lexapro|Coumadin|Paxlovid|Trulicity|Norvasc|Prozac"
    "|Botox|Dilantin|Tegretol|Depakote|Lamictal|Keppra|Neurontin|Lyrica|Zoloft|Paxil|Celexa|Effexor|Cymbalta|Wellbutrin|Seroquel|Abilify|Risperdal|Haldol|Clozaril|Xanax|Ativan|Valium"
    "|Klonopin|Ambien|Adderall|Ritalin|Strattera|Plavix|Brilinta|Pradaxa|Lovenox|Crestor|Zocor|Zetia|Diovan|Cozaar|Benicar|Toprol|Coreg|Lasix|Aldactone|Bumex|Januvia|Victoza|Lantus"
    "|Humalog|Novolog|Actos|Glucotrol|Nexium|Prilosec|Protonix|Pepcid|Zantac|Zofran|Reglan|Imodium|Bactrim|Augmentin|Zithromax|Levaquin|Cipro|Flagyl|Vancocin|Zosyn|Rocephin|Keflex"
    "|Diflucan|Valtrex|Tamiflu|Truvada|Biktarvy|Epclusa|Harvoni|Remicade|Enbrel|Stelara|Rituxan|Herceptin|Avastin|Gleevec|Revlimid|Velcade|Opdivo|Yervoy|Taxol|Adriamycin|Cytoxan"
    "|vincristine|Prednisone|Medrol|Decadron|Benadryl|Claritin|Zyrtec|Allegra|Singulair|Advair|Symbicort|Spiriva|Ventolin|Flonase|Chantix|Viagra|Cialis|Flomax|Proscar|Premarin|Depo-Provera"
    "|Fosamax|Prolia|Narcan|Suboxone|OxyContin|Percocet|Vicodin|Dilaudid|Demerol|Ultram|Celebrex|Motrin|Aleve|Advil|Aspirin|Heparin|Digoxin|Amiodarone|Lithium|Penicillin G|St. John's wort"
    "|Ginkgo biloba|Pepto-Bismol|Alka-Seltzer|Metamucil|Kayexalate|Solu-Medrol|Lomotil|Phenergan|Compazine|Sinemet|Aricept|Namenda|Imitrex|Fioricet|Cafergot|Mestinon|Plaquenil|Imuran|CellCept",
    "organism": "Escherichia coli|Staphylococcus aureus|Streptococcus pyogenes|Borrelia burgdorferi|Coccidioides immitis|Histoplasma capsulatum|Mycobacterium tuberculosis|Neisseria meningitidis"
    "|Listeria monocytogenes|Klebsiella pneumoniae|Pseudomonas aeruginosa|Haemophilus influenzae|Moraxella catarrhalis|Legionella pneumophila|Bordetella pertussis|Clostridioides difficile"
    "|Campylobacter jejuni|Salmonella typhi|Shigella flexneri|Vibrio cholerae|Helicobacter pylori|Treponema pallidum|Chlamydia trachomatis|Rickettsia rickettsii|Ehrlichia chaffeensis"
    "|Coxiella burnetii|Francisella tularensis|Yersinia pestis|Brucella melitensis|Bartonella henselae|Pasteurella multocida|Nocardia asteroides|Actinomyces israelii|Candida albicans"
    "|Cryptococcus neoformans|Aspergillus fumigatus|Pneumocystis jirovecii|Blastomyces dermatitidis|Sporothrix schenckii|Malassezia furfur|Plasmodium falciparum|Toxoplasma gondii"
    "|Trypanosoma cruzi|Leishmania donovani|Giardia lamblia|Entamoeba histolytica|Cryptosporidium parvum|Trichomonas vaginalis|Taenia solium|Echinococcus granulosus|Schistosoma mansoni"
    "|Strongyloides stercoralis|Ascaris lumbricoides|Enterobius vermicularis|Wuchereria bancrofti|Onchocerca volvulus|Naegleria fowleri|Acanthamoeba|Babesia microti|Epstein-Barr virus"
    "|Cytomegalovirus|Parvovirus B19|Coxsackie A virus|Norwalk virus|Hantavirus|Lassa virus|Marburg virus|Ross River virus|Rift Valley fever virus|JC virus|BK virus|S. aureus|E. coli|P. vivax",
    "eponym": "Murphy's sign|Babinski sign|Kernig sign|Brudzinski sign|McBurney point tenderness|Rovsing sign|Homans sign|Tinel sign|Phalen sign|Chvostek sign|Trousseau sign|Cullen sign"
    "|Grey Turner sign|Courvoisier sign|Kussmaul respirations|Cheyne-Stokes respirations|Osler nodes|Janeway lesions|Roth spots|Heberden nodes|Bouchard nodes|Koplik spots|Auer rods|Heinz bodies"
    "|Howell-Jolly bodies|Reed-Sternberg cells|Call-Exner bodies|Psammoma bodies|Mallory bodies|Negri bodies|Lewy bodies|Pick bodies|Hirano bodies|Kayser-Fleischer rings|Brushfield spots"
    "|Argyll Robertson pupil|Marcus Gunn pupil|Adie pupil|Virchow node|Sister Mary Joseph nodule|Meckel diverticulum|Zenker diverticulum|Peyer patches|Quincke pulse|Corrigan pulse|Duroziez sign"
    "|Austin Flint murmur|Graham Steell murmur|Still murmur|Gottron papules|Auspitz sign|Nikolsky sign|Darier sign|Romberg sign|Lhermitte sign|Hoffmann sign|Lasègue sign|Ortolani maneuver"
    "|Barlow maneuver|Valsalva maneuver|Dix-Hallpike maneuver|Epley maneuver|Lachman test|McMurray test|Spurling test|Finkelstein test|Weber test|Rinne test|Battle sign|Levine sign|Hamman sign"
    "|Kehr sign|Blumberg sign|Carnett sign|Chadwick sign|Hegar sign|Braxton Hicks contractions|Leopold maneuvers|Bishop score|Colles fracture|Smith fracture|Jones fracture|Boxer's fracture"
    "|Salter-Harris type II fracture|Monteggia fracture|Galeazzi fracture|Lisfranc injury|Hill-Sachs lesion|Bankart lesion|Baker cyst|Dupuytren contracture|Charcot joint|Trendelenburg gait"
    "|Bence Jones protein|Tamm-Horsfall protein|Philadelphia chromosome|Barr body|Birbeck granules|Langerhans cells|Langhans giant cells|Anitschkow cells|Kimmelstiel-Wilson nodules|Russell bodies",
    "scale": "Glasgow Coma Scale|Wells score|Child-Pugh score|Apgar score|Centor score|CHA2DS2-VASc score|Mini-Mental State Examination|Hamilton Depression Rating Scale|Beck Depression Inventory"
    "|Framingham risk score|Ranson criteria|Duke criteria|Jones criteria|Light's criteria|Rome IV criteria|Ann Arbor stage|Gleason score|Breslow depth|Karnofsky Performance Status|ECOG performance status"
    "|New York Heart Association class|NYHA class|NIH Stroke Scale|modified Rankin Scale|Barthel Index|Braden Scale|Morse Fall Scale|Visual Analog Scale|Short Form-36|PHQ-9|GAD-7|AUDIT-C"
    "|Epworth Sleepiness Scale|Berlin Questionnaire|Edinburgh Postnatal Depression Scale|Montreal Cognitive Assessment|MoCA|Expanded Disability Status Scale|Harris Hip Score|Oswestry Disability Index"
    "|Western Ontario and McMaster Universities Osteoarthritis Index|Constant-Murley score|International Prostate Symptom Score|Charlson Comorbidity Index|Injury Severity Score|APACHE II score|SOFA score"
    "|Mallampati class|ASA class|Killip class|Canadian Cardiovascular Society class|Likert scale|Health Assessment Questionnaire|Nottingham Health Profile|St. George's Respiratory Questionnaire|Borg scale"
    "|Tanner stage|Bishop score|Denver Developmental Screening Test|Wechsler Adult Intelligence Scale|Rorschach test|Minnesota Multiphasic Personality Inventory|Brief Pain Inventory|Pittsburgh Sleep Quality Index"
    "|Positive and Negative Syndrome Scale|Clinical Global Impression|Yale-Brown Obsessive Compulsive Scale|Boston Bowel Preparation Scale|Mayo score|Lille model|Maddrey discriminant function|Ottawa ankle rules",
    "test": "Coombs test|Schirmer test|Romberg test|Tuberculin skin test|Weil-Felix test|Monospot test|Western blot|Papanicolaou test|Pap smear|Schilling test|Ham test|Widal test|Tzanck smear|Kleihauer-Betke test"
    "|Guthrie test|Apt test|Sims-Huhner test|Allen test|Thompson test|Ishihara test|Snellen chart|D-dimer|Doppler ultrasonography|Holter monitoring|Cologuard|Swan-Ganz catheterization|Bárány test|QuantiFERON-TB Gold",
    "country": "India|Costa Rica|Mexico|Brazil|Nigeria|Kenya|Vietnam|Thailand|the Philippines|China|Haiti|Guatemala|Honduras|Ecuador|Peru|Puerto Rico|Jamaica|Cuba|Dominican Republic|Colombia|Saudi Arabia"
    "|Sub-Saharan Africa|Southeast Asia|Central America|South America|Eastern Europe|the Middle East|Papua New Guinea|Sierra Leone|Democratic Republic of the Congo|Ivory Coast|South Africa|Great Britain"
    "|the United Kingdom|Northern Ireland|New Zealand|Sri Lanka|Bangladesh|Hong Kong|South Korea|Bosnia and Herzegovina|Czech Republic|the Netherlands|Türkiye|Cape Verde|Trinidad and Tobago|North Macedonia"
    "|Burkina Faso|Equatorial Guinea|Guinea-Bissau|the Caribbean|West Africa|East Africa|North Africa|Central Asia|Western Europe|Latin America|Micronesia|Samoa|Tonga|Vanuatu|Suriname|Guyana|Moldova|Kosovo",
    "state": "Arizona|Ohio|New Mexico|California|Texas|Connecticut|Georgia|Virginia|West Virginia|North Carolina|Missouri|Massachusetts|upstate New York|New Hampshire|Washington|rural Mississippi|Florida|Hawaii|Alaska|Minnesota",
    "region": "northern Connecticut|the Ohio River Valley|the southwestern United States|the Rocky Mountains|New England|the Mississippi River basin|rural Appalachia|southern Arizona|the San Joaquin Valley"
    "|the Great Lakes region|the Midwest|the Pacific Northwest|Northern California|the Southwest|eastern Tennessee|the Andes|the Amazon|the Mediterranean|the Deep South|coastal Maine|the Mojave Desert"
    "|central Mexico|northern India|the Himalayas|Lake Victoria|the Chesapeake Bay|the Gulf Coast|the Sonoran Desert|western Kenya|southern Italy|the Grand Canyon|Yellowstone National Park|Death Valley|the Florida Keys",
    "ethnic": "African American|Caucasian|Hispanic|Asian|Ashkenazi Jewish|Japanese|Native American|Puerto Rican|South Asian|Pacific Islander|Black|White|Latino|Somali|Filipino|Korean|Inuit|Pima Indian|Amish|Scandinavian",
    "job": "farmer|construction worker|librarian|teacher|spelunker|truck driver|veterinarian|florist|army veteran|navy officer|high school senior|college freshman|stockbroker|line cook|coal miner|nurse",
    "season": "spring|summer|fall|winter|August|July|autumn|May|March|June",
    "agar": "MacConkey|Thayer-Martin|Sabouraud|Löwenstein-Jensen|Mueller-Hinton|Bordet-Gengou|blood|chocolate|Hektoen|Muller|Tinsdale|charcoal yeast extract",
    "enzyme": "cyclooxygenase|HMG-CoA reductase|DNA gyrase|Xa factor|angiotensin-converting enzyme|RNA polymerase|Na+/K+-ATPase|BRAF kinase|Bruton tyrosine kinase|Janus kinase|mTOR|PDE-5|5-alpha reductase|Hedgehog pathway",
    "receptor": "beta-1 receptors|H2 receptors|NMDA receptors|Toll-like receptors|Notch receptors|Frizzled receptors|GABA-A receptors|dopamine D2 receptors|VEGF|mu-opioid receptors|5-HT3 receptors|Robo receptors",
    "abbr": "BUN|TSH|INR|ALT|AST|CRP|ESR|ANA|CKD|CHF|CAD|GERD|HTN|DM2|OSA|BPH|PTSD|ADHD|AIDS|TIA|CABG|ERCP|EGD|MRSA|VRE|LDL|HDL|CEA|PSA|AFP|LDH|CK-MB|BNP|PTH|ACTH|FSH|LH|GH|IGF-1|IgE|HLA-B27|NSAIDs|SSRIs|ACE|ARBs"
    "|DMARDs|COPD|ARDS|SIADH|DIC|TTP|HUS|ITP|AML|CLL|MDS|MGUS|NASH|PBC|PSC|HCC|RCC|DCIS|PCOS|PID|IUD|IVF|NICU|PACU|SNOMED|LOINC|ICD-10|HIPAA|DRG|CPT|MELD|SPECT|PET|MRCP|FLAIR|EEG|EMG|VATS|TURP|ORIF|PEG|TIPS|LASIK",
    "lab": "Hemoglobin A1c|Creatinine|Troponin I|Total bilirubin|Vitamin B12|HDL cholesterol|Ferritin|Uric acid|Alkaline phosphatase|Lipase|Free T4|C-reactive protein|Parathyroid hormone|Alpha-fetoprotein|Factor V Leiden|Lupus anticoagulant",
    "department": "Emergency Department|Intensive Care Unit|Cardiology|Department of Neurology|Pediatric Intensive Care Unit|Infectious Disease|Department of Obstetrics and Gynecology|Psychiatry|Neonatal Intensive Care Unit|Labor and Delivery"
    "|Coronary Care Unit|Department of Surgery|Outpatient Clinic|Internal Medicine|Physical Medicine and Rehabilitation|Department of Family Medicine|Radiation Oncology|Burn Unit|Stroke Unit|Post-Anesthesia Care Unit",
    "trial": "the ALLHAT trial|the SPRINT trial|the PARADIGM-HF trial|the ACCORD study|the UKPDS|the Framingham Heart Study|the Women's Health Initiative|the Nurses' Health Study|the HOPE trial|the RALES trial|the MERIT-HF study"
    "|the CURE trial|the JUPITER trial|the Rotterdam Study|the Cardiovascular Health Study|the Honolulu Heart Program|the Whitehall II study|the Tuskegee study|the Physicians' Health Study|the DASH diet trial|the ELITE study"
    "|the Baltimore Longitudinal Study of Aging|the Black Women's Health Study|the Dallas Heart Study|the Jackson Heart Study|the Multi-Ethnic Study of Atherosclerosis|the CARDIA study|the SAMMPRIS trial|the CREST trial|the Look AHEAD trial",
    "measure": "OR|HR|RR|odds ratio|hazard ratio|relative risk|Cohen's d|Pearson's r",
    "method": "polymerase chain reaction|Western blotting|Northern blot analysis|Southern blotting|pulsed-field gel electrophoresis|MALDI-TOF|ELISA|flow cytometry|Sanger sequencing|Kaplan-Meier analysis|Doppler imaging"
    "|contrast-enhanced CT|T2-weighted MRI|Bland-Altman plots|Gomori staining|Ziehl-Neelsen staining|Giemsa staining|Masson trichrome staining|Sudan black staining|Congo red staining|India ink preparation|Prussian blue staining",
    "survey": "National Health and Nutrition Examination Survey|NHANES|Behavioral Risk Factor Surveillance System|Medical Expenditure Panel Survey|Nationwide Inpatient Sample|Surveillance, Epidemiology, and End Results program|SEER database"
    "|Korean National Health Insurance Service database|Danish National Patient Register|Swedish Medical Birth Registry|UK Biobank|Medicare Provider Analysis and Review file|Health Survey for England|Kids' Inpatient Database|Canadian Community Health Survey",
    "body": "World Health Organization|National Institutes of Health|Centers for Disease Control and Prevention|Food and Drug Administration|American Heart Association|American College of Cardiology|American Diabetes Association"
    "|American Cancer Society|US Preventive Services Task Force|National Cancer Institute|National Institute for Health and Care Excellence|NICE|European Society of Cardiology|American Academy of Pediatrics|American Psychiatric Association"
    "|Joint Commission|American College of Obstetricians and Gynecologists|Infectious Diseases Society of America|Medical Research Council|Institute of Medicine|Department of Veterans Affairs|Veterans Health Administration|Medicare|Medicaid"
    "|Centers for Medicare & Medicaid Services|Cochrane Collaboration|National Comprehensive Cancer Network|Children's Oncology Group|European Medicines Agency|Health Canada|Agency for Healthcare Research and Quality|American Medical Association"
    "|International Agency for Research on Cancer|Kidney Disease: Improving Global Outcomes|Global Initiative for Asthma|Ministry of Health|National Health Service|Public Health England|Robert Koch Institute|Royal College of Surgeons"
    "|Eastern Cooperative Oncology Group|Gynecologic Oncology Group|Southwest Oncology Group|American Society of Clinical Oncology|Society of Thoracic Surgeons|Red Cross|Salvation Army|Doctors Without Borders|Alcoholics Anonymous|Planned Parenthood|Meals on Wheels",
    "software": "SPSS|Stata 14|SAS 9.4|R version 4.1.0|GraphPad Prism|Microsoft Excel|MATLAB|Review Manager|ImageJ|REDCap|MedCalc|Statistica|NVivo|Python 3.9",
    "stat": "Student's t test|Mann-Whitney U test|Fisher's exact test|Kruskal-Wallis test|Wilcoxon signed-rank test|McNemar's test|Cox regression|Spearman correlation|Pearson correlation|Bonferroni correction|Cohen's kappa|Tukey's test"
    "|Kolmogorov-Smirnov test|Shapiro-Wilk test|Hosmer-Lemeshow test|Kaplan-Meier method|Cronbach's alpha|Poisson regression|Bayesian analysis|Monte Carlo simulation|Markov model|Levene's test|Cochran's Q|Begg's test|Egger's test|Friedman test",
    "centre": "tertiary care center|university hospital|Level I trauma center|community hospital|teaching hospital|Veterans Affairs medical center|children's hospital|rural clinic|large referral center in Northern Italy|public hospital in Brazil",
    "author": "Smith|Johnson|Dindo|Kovacs|Okamoto|Prentice|Lefèvre|Brandt|Sorensen|Gould",
    "year": "1998|2001|2004|2006|2008|2010|2012|2014|2015|2016|2018|2019|2021|2022",
    "month": "January|February|March|April|May|June|July|August|September|October|November|December",
    "anatomy": "circle of Willis|ampulla of Vater|sphincter of Oddi|islets of Langerhans|loop of Henle|bundle of His|canal of Schlemm|ligament of Treitz|foramen of Monro|Broca area|Wernicke area|Bowman capsule|Wharton duct|Stensen duct"
    "|Bartholin gland|Fallopian tube|Eustachian tube|Achilles tendon|Adam's apple|Kiesselbach plexus|Scarpa fascia|Hesselbach triangle|Hunter canal|crypts of Lieberkühn|Brunner glands|Purkinje fibers|Schwann cells|Kupffer cells"
    "|Leydig cells|Sertoli cells|Meissner plexus|Auerbach plexus|pouch of Douglas|Cooper ligament|Poupart ligament|left anterior descending artery|C5-C6 disc|T12 vertebra|L4-L5 interspace|great saphenous vein|Couinaud segment IV|Zone 2",
    "histology": "Reed-Sternberg cells|noncaseating granulomas|keratin pearls|psammoma bodies|Orphan Annie eye nuclei|Call-Exner bodies|a starry sky pattern|Homer Wright rosettes|Flexner-Wintersteiner rosettes|Verocay bodies|Antoni A areas|Rosenthal fibers",
    "marker": "CD20|CD30|S-100|HER2|Ki-67|cytokeratin 7|c-KIT|PD-L1|p53|BCL2|desmin|vimentin|HMB-45|Melan-A|WT1|PAX8|GATA3|TTF-1|napsin A|chromogranin A",
    "database": "PubMed|MEDLINE|EMBASE|the Cochrane Library|CINAHL|Web of Science|Scopus|PsycINFO|Google Scholar|LILACS|ClinicalTrials.gov|PROSPERO|CENTRAL|AMED|Ovid",
    "procedure": "Whipple procedure|Nissen fundoplication|Roux-en-Y gastric bypass|Billroth II gastrectomy|Hartmann procedure|Lichtenstein repair|Heller myotomy|Kasai procedure|Fontan procedure|Norwood procedure|Blalock-Taussig shunt"
    "|Ross procedure|Bentall procedure|Maze procedure|coronary artery bypass grafting|Cesarean delivery|Le Fort osteotomy|Mohs surgery|Burch colposuspension|Bascom procedure|Ivor Lewis esophagectomy|Pfannenstiel incision|McDonald cerclage"
    "|Ponseti casting|Harrington rod placement|Moss miniplate fixation|blood transfusion|Ladd procedure|Latarjet procedure|Thompson procedure|Girdlestone procedure|Hickman catheter placement|Foley catheterization|Jackson-Pratt drain placement",
    "holiday": "New Year's Eve|Thanksgiving|Halloween|Independence Day|Memorial Day weekend|Super Bowl Sunday|St. Patrick's Day|Christmas Eve|Mardi Gras|Labor Day|Valentine's Day|the Fourth of July",
    "street": "cocaine|heroin|Ecstasy|LSD|Angel Dust|PCP|Special K|marijuana|MDMA|Spice|bath salts|crystal meth",
    "saying": "God will heal me|the CIA is after me|Jesus talks to me|I am the President of the United States|The Lord is my shepherd|I feel like Superman|People should mind their own business|An apple a day keeps the doctor away|Napoleon was my father|The voices never stop",
    "animal": "C57BL/6|BALB/c|Sprague-Dawley|Wistar|nude|knockout|Lewis|Fischer 344|Long-Evans|Swiss Webster|Zucker|Dahl|Balb|Yorkshire|New Zealand White|Holstein",
    "gene": "BRCA1|TP53|KRAS|CFTR|FMR1|FBN1|NOTCH1|SMAD4|MECP2|JAK2 V617F|BCR-ABL|PIK3CA|EGFR|HER2/neu|Sonic hedgehog|Wnt|Ras|myc|Pax6|HOXD13|SRY|RET|WT1|VHL|NF1|PTEN|MLH1|HFE|LMNA|SCN5A",
    "contrast": "gadolinium|Omnipaque|Isovue|Gastrografin|barium|Lugol iodine|indocyanine green|Technetium-99m|Visipaque|Magnevist",
    "journal": "the New England Journal of Medicine|the Lancet|JAMA|the British Medical Journal|the Annals of Internal Medicine|Nature Medicine|Circulation|Chest|Gut|Blood|Pediatrics|Neurology|the Journal of Clinical Oncology|Cell|Radiology|Spine",
    "army": "US Army|Marine Corps|Navy|Air Force|National Guard|Peace Corps|Coast Guard|French Foreign Legion",
    "va": "VA hospital|Veterans Affairs clinic|student health center|community health center|urgent care clinic|county health department|free clinic|walk-in clinic",
    "diet": "a high-fat diet|Purina chow|a ketogenic diet|the Mediterranean diet|standard chow ad libitum|the Atkins diet|the DASH diet|a Western diet",
    "reagent": "Triton X-100|Tween 20|Trizol|Matrigel|Lipofectamine|phosphate-buffered saline|Ficoll-Paque|Tris-HCl|Percoll|Alexa Fluor 488|DAPI|Hoechst 33342|Coomassie blue|Ponceau S|Ringer's lactate|Krebs solution|Hank's balanced salt solution|Dulbecco's modified Eagle's medium",
    "device": "Zeiss Axiovert microscope|Illumina HiSeq 2500|Medtronic pacemaker|Foley catheter|Swan-Ganz catheter|Hickman line|Amplatzer occluder|Palmaz stent|Greenfield filter|Bair Hugger|da Vinci robot|HeartMate II|Port-A-Cath|Shiley tube|Olympus BX51|Nikon Eclipse|Siemens Somatom"
    "|GE Lightspeed scanner|Philips Achieva|Roche Cobas analyzer|Kirschner wire|Steinmann pin|Kelly clamp|Balfour retractor|Bovie cautery|Yankauer suction|Penrose drain|Jackson-Pratt drain|Dobhoff tube|Sengstaken-Blakemore tube|Mirena IUD|NuvaRing|Copper T|LigaSure|Steri-Strips|Ommaya reservoir",
    "material": "Vicryl sutures|Prolene|Dacron graft|Gore-Tex patch|Marlex mesh|Surgicel|Gelfoam|Monocryl|Ethibond|PDS sutures|silk ties|Dermabond|Floseal|Betadine|Xeroform|Tegaderm|Kerlix|Coban",
    "religion": "Jehovah's Witness|Amish|Christian Science|Orthodox Jewish|Muslim|Hindu|Mormon|Roman Catholic|Buddhist|Seventh-day Adventist|Pentecostal|Quaker",
    "age": "19|23|28|31|36|45|52|57|63|68|71|77|82|88",
    "n": "2|3|4|5|6|7|8|9",
}  # fmt: skip


def _halves(text: str, part: int) -> list[str]:
    return text.split("|")[part::2]


def _value(slot: str, part: int, random_: random.Random) -> str:
    lower = slot.lower()
    value = random_.choice(_halves(LISTS[lower], part))
    return value[0].upper() + value[1:] if slot[0].isupper() else value


def vignettes(count: int, seed: int, part: int) -> Iterator[Row]:
    """``count`` clean texts of half ``part`` (0 or 1) of the templates and words."""
    random_ = random.Random(f"{seed}-{part}")
    templates = TEMPLATES[part::2]
    for index in range(count):
        template = templates[index % len(templates)].replace("\\n", "\n")
        text = _SLOT.sub(lambda match: _value(match.group(1), part, random_), template)
        yield Row(f"vignette-{part}-{index}", text, ())
