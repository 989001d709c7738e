//! All that is known of words: the lists, the gazetteer and the patterns of what stands beside names.

use aho_corasick::{AhoCorasick, packed};
use regex_automata::meta::Regex;
use rustc_hash::FxHashSet;

use super::casing::{CASUAL, SPANISH};
use super::chars::lower;
use super::cues::Patterns;
use super::gazetteer::Gazetteer;
use super::lists::{Lists, MAYBE_MEASURE, Named, REGION, REGION_OPENING, TOWN_OPENING, WORN};

type Words = FxHashSet<Box<[u8]>>;

// States and regions by themselves, and names of several words that are no names.
const OF_REGIONS: [&str; 4] = ["states", "provinces", "countries", "more_countries"];
const MORE_STATES: [&str; 3] = ["MS", "AL", "VA"];
// Words of medicine and adverbs, which no list has all of.
const DERIVED: &str = concat!(
    "(?:mente|log[ií]as?|ologists?|ectom[yií]WORD*|otom[yií]WORD*|oscop[yií]WORD*|graf[ií]as?|graph(?:y|ic",
    "|ically)|itis|osis|emias?|uria|ción|ciones|aemia|pathy|plasty|mycin|cillin|azole",
    "|statin|olol|sartan|tinib|mab|prazole|oxin|cyte|cytes|genic|tropic|therapy",
    "|(?:blast|cyt|carcin|sarc|aden|gli|lip|my|angi|fibr)omas?|o?edema|idism|opsia|ophthalmos|rrh(?:o?ea|age)|dactyly",
    "|cephaly|melia|somy|tonia|algia|statin|desis|centesis|lysis|bacter(?:ium|ia)?|coccus|cocci|plegia|paresis",
    "|gliptin|gliflozin|glutide|lukast|parin|setron|triptan|dronate|dipine|azepam|zolam|cycline|floxacin|xaban|xetine",
    "|triptyline|nidazole|penem|rubicin|platin|taxel|coxib",
    "|(?:al|ive?|at|ed|ous|ent|ic|ar)ly|trophy|plasia|philia|phobia|penia|metr[yií]a?|terapia|patía|plastia)$",
);
const WORD: &str = r"[\p{L}\p{N}_]";

/// What Python's lists and files hold, by their names.
pub struct Data {
    /// The lists of `prose.yml`.
    pub prose: Named,
    /// The lists of `cues.yml` that names are told by.
    pub cues: Named,
    /// The words of the files of words.
    pub words: Named,
    /// Names of several words that are no names.
    pub phrases: Vec<String>,
}

/// What a text's words are looked up in.
pub struct Lexicon {
    pub lists: Lists,
    pub gazetteer: Gazetteer,
    pub patterns: Patterns,
    /// States, provinces and countries as they are written.
    pub regions: Words,
    /// Those of several words, and other names that are nobody's, in lower case.
    pub region_phrases: Words,
    /// Codes of states that stay capitals.
    pub states: Words,
    pub derived: Regex,
    pub signs: Signs,
    pub spanish_signs: AhoCorasick,
    pub casual_signs: AhoCorasick,
}

impl Lexicon {
    /// Of Python's lists and the unpacked gazetteer.
    pub fn new(data: &Data, gazetteer: &[u8]) -> Result<Self, String> {
        let gazetteer = Gazetteer::new(gazetteer)?;
        let mut lists = Lists::new(&data.prose, &data.words)?;
        let opens = |phrase: &str| Box::<[u8]>::from(phrase.split(' ').next().unwrap_or_default().as_bytes());
        for opening in gazetteer.openings() {
            lists.add(opening, TOWN_OPENING);
        }
        let (mut regions, mut region_phrases) = (Words::default(), Words::default());
        for name in OF_REGIONS {
            for region in of(&data.cues, name)? {
                regions.insert(Box::from(region.as_bytes()));
                lists.add(&lower(region.as_bytes()), REGION);
            }
        }
        let spoken = OF_REGIONS.iter().map(|name| of(&data.cues, name)).collect::<Result<Vec<_>, _>>()?;
        for phrase in spoken.into_iter().flatten().chain(&data.phrases).filter(|phrase| phrase.contains(' ')) {
            let low = phrase.to_lowercase();
            lists.add(&opens(&low), REGION_OPENING);
            region_phrases.insert(Box::from(low.as_bytes()));
        }
        for title in of(&data.cues, "title_worn")? {
            lists.add(title.to_lowercase().as_bytes(), WORN);
        }
        add_measures(&mut lists, of(&data.cues, "measure_of_somebody")?);
        let states = of(&data.cues, "clear_state_codes")?.iter().map(String::as_str).chain(MORE_STATES);
        let states = states.map(|code| Box::from(code.as_bytes())).collect();
        let any_of = |signs: &[&str]| AhoCorasick::new(signs).map_err(|error| error.to_string());
        Ok(Self {
            patterns: Patterns::new(data)?,
            derived: Regex::new(&DERIVED.replace("WORD", WORD)).map_err(|error| error.to_string())?,
            signs: Signs::new(&[&SPANISH[..], &CASUAL[..]].concat())?,
            spanish_signs: any_of(&SPANISH)?,
            casual_signs: any_of(&CASUAL)?,
            lists,
            gazetteer,
            regions,
            region_phrases,
            states,
        })
    }
}

/// Words of which most texts hold none: where the processor can, many places are looked at together.
pub struct Signs {
    packed: Option<packed::Searcher>,
    automaton: AhoCorasick,
}

impl Signs {
    fn new(signs: &[&str]) -> Result<Self, String> {
        let automaton = AhoCorasick::new(signs).map_err(|error| error.to_string())?;
        Ok(Self { packed: packed::Searcher::new(signs), automaton })
    }

    /// Whether a text holds one of the words.
    pub fn is_match(&self, text: &[u8]) -> bool {
        match &self.packed {
            Some(packed) => packed.find(text).is_some(),
            None => self.automaton.is_match(text),
        }
    }
}

/// A list of cues by its name.
pub fn of<'d>(cues: &'d Named, name: &str) -> Result<&'d [String], String> {
    cues.get(name).map(Vec::as_slice).ok_or_else(|| format!("There is no list {name}."))
}

/// What a measure begins with: the letters at the beginning of each pattern, and "in", a troponin, a saturation.
fn add_measures(lists: &mut Lists, patterns: &[String]) {
    for word in ["in", "troponin", "sats"] {
        lists.add(word.as_bytes(), MAYBE_MEASURE);
    }
    // An alternative inside an entry begins a word too.
    for piece in patterns.join("|").split('|') {
        let length = piece.bytes().take_while(u8::is_ascii_alphabetic).count();
        if length > 0 {
            lists.add(piece[..length].to_ascii_lowercase().as_bytes(), MAYBE_MEASURE);
        }
    }
}
