//! Which words stand beside names?
//!
//! Every list is Python's; here each word has one bit for each list that it is in, so that one look says them all.

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::chars::lower;

/// The lists that a word is in.
pub type Flags = u64;

pub const PARTICLES: Flags = 1 << 0;
pub const SUFFIXES: Flags = 1 << 1;
pub const TITLES: Flags = 1 << 2;
pub const INTRODUCTIONS: Flags = 1 << 3;
pub const ROLES: Flags = 1 << 4;
pub const DEALINGS: Flags = 1 << 5;
pub const BY_WORDS: Flags = 1 << 6;
pub const DETERMINERS: Flags = 1 << 7;
pub const VERBS: Flags = 1 << 8;
pub const WEAK_VERBS: Flags = 1 << 9;
pub const OF_AN_ILLNESS: Flags = 1 << 10;
pub const OF_A_FAMILY: Flags = 1 << 11;
pub const BELONGINGS: Flags = 1 << 12;
pub const EPONYMOUS: Flags = 1 << 13;
pub const EVERYDAY: Flags = 1 << 14;
pub const PATIENTS_THINGS: Flags = 1 << 15;
pub const EPONYMOUS_BEFORE: Flags = 1 << 16;
pub const PLACE_BEFORE: Flags = 1 << 17;
pub const PLACE_PREPOSITIONS: Flags = 1 << 18;
pub const PLACE_LABELS: Flags = 1 << 19;
pub const PLAIN_TITLES: Flags = 1 << 20;
pub const SIGNINGS: Flags = 1 << 21;
pub const COMPANIONS: Flags = 1 << 22;
pub const STOPS: Flags = 1 << 23;
pub const LITTLE: Flags = 1 << 24;
pub const TOWN_ENDINGS: Flags = 1 << 25;
pub const ASKING: Flags = 1 << 26;
pub const MODAL: Flags = 1 << 27;
pub const MONTHS_BORNE: Flags = 1 << 28;
pub const QUARTERS: Flags = 1 << 29;
pub const DESCRIBERS: Flags = 1 << 30;
pub const GRADERS: Flags = 1 << 31;
pub const NOBODY: Flags = 1 << 32;
pub const ILLNESSES: Flags = 1 << 33;
pub const DOINGS: Flags = 1 << 34;
pub const BRANCHES: Flags = 1 << 35;
pub const LANDFORMS: Flags = 1 << 36;
pub const SUBJECTS: Flags = 1 << 37;
pub const HAVING: Flags = 1 << 38;
pub const NAMING: Flags = 1 << 39;
pub const CALLING: Flags = 1 << 40;
pub const PLACE_NOUNS: Flags = 1 << 41;
pub const VISITING: Flags = 1 << 42;
pub const MEASURES: Flags = 1 << 43;
pub const SMALL_THINGS: Flags = 1 << 44;
pub const ORDERS: Flags = 1 << 45;
pub const ORDERED: Flags = 1 << 46;
pub const NEVER_ALONE: Flags = 1 << 47;
// Files of words.
pub const EPONYMS: Flags = 1 << 48;
pub const MEDICAL: Flags = 1 << 49;
pub const NEVER_NAMES: Flags = 1 << 50;
pub const MOSTLY_NAMES: Flags = 1 << 51;
// Made of other lists: words that say anything about what stands behind them, small words that an age or a number
// begins with, and what a measure begins with.
pub const TELLING: Flags = 1 << 52;
pub const OPENINGS: Flags = 1 << 53;
pub const MAYBE_MEASURE: Flags = 1 << 54;
// A word of a state's, province's or country's name, in lower case; the first of several; and that of a town's.
pub const REGION: Flags = 1 << 55;
pub const REGION_OPENING: Flags = 1 << 56;
pub const TOWN_OPENING: Flags = 1 << 57;
// A file of words: products, organisms, tests and companies.
pub const THINGS: Flags = 1 << 58;
// A title that is worn in front of a name, from the cues.
pub const WORN: Flags = 1 << 59;
// Lists of prose that no weight is of.
pub const STARTING_ON: Flags = 1 << 60;
pub const CHANGING_TO: Flags = 1 << 61;
pub const TAKING: Flags = 1 << 62;
pub const FOREIGN_WORDS: Flags = 1 << 63;

const OF_PROSE: [(&str, Flags); 52] = [
    ("particles", PARTICLES),
    ("suffixes", SUFFIXES),
    ("titles", TITLES),
    ("introductions", INTRODUCTIONS),
    ("roles", ROLES),
    ("dealings", DEALINGS),
    ("by_words", BY_WORDS),
    ("determiners", DETERMINERS),
    ("verbs", VERBS),
    ("weak_verbs", WEAK_VERBS),
    ("of_an_illness", OF_AN_ILLNESS),
    ("of_a_family", OF_A_FAMILY),
    ("belongings", BELONGINGS),
    ("eponymous", EPONYMOUS),
    ("everyday", EVERYDAY),
    ("patients_things", PATIENTS_THINGS),
    ("eponymous_before", EPONYMOUS_BEFORE),
    ("place_before", PLACE_BEFORE),
    ("place_prepositions", PLACE_PREPOSITIONS),
    ("place_labels", PLACE_LABELS),
    ("plain_titles", PLAIN_TITLES),
    ("signings", SIGNINGS),
    ("companions", COMPANIONS),
    ("stops", STOPS),
    ("little", LITTLE),
    ("town_endings", TOWN_ENDINGS),
    ("asking", ASKING),
    ("modal", MODAL),
    ("months_borne", MONTHS_BORNE),
    ("quarters", QUARTERS),
    ("describers", DESCRIBERS),
    ("graders", GRADERS),
    ("nobody", NOBODY),
    ("illnesses", ILLNESSES),
    ("doings", DOINGS),
    ("branches", BRANCHES),
    ("landforms", LANDFORMS),
    ("subjects", SUBJECTS),
    ("having", HAVING),
    ("naming", NAMING),
    ("calling", CALLING),
    ("place_nouns", PLACE_NOUNS),
    ("visiting", VISITING),
    ("measures", MEASURES),
    ("small_things", SMALL_THINGS),
    ("orders", ORDERS),
    ("ordered", ORDERED),
    ("never_alone", NEVER_ALONE),
    ("starting_on", STARTING_ON),
    ("changing_to", CHANGING_TO),
    ("taking", TAKING),
    ("foreign_words", FOREIGN_WORDS),
];
const OF_FILES: [(&str, Flags); 5] = [
    ("eponyms", EPONYMS),
    ("medical", MEDICAL),
    ("never-names", NEVER_NAMES),
    ("mostly-names", MOSTLY_NAMES),
    ("things", THINGS),
];
const TELLING_LISTS: Flags = TITLES | INTRODUCTIONS | ROLES | DEALINGS | BY_WORDS | DETERMINERS;
const TELLING_WORDS: [&str; 13] = ["is", "was", "are", "am", "to", "of", "for", "es", "by", "por", "me", "him", "her"];
const OPENING_WORDS: [&str; 15] =
    ["is", "was", "a", "an", "now", "dob", "d", "date", "born", "mrn", "m", "ssn", "medical", "patient", "dni"];

/// What the list of a bit is called, below that of the first that is made of others.
pub fn named(bit: usize) -> &'static str {
    OF_PROSE.iter().chain(&OF_FILES).find(|(_, flag)| flag.trailing_zeros() as usize == bit).map_or("", |named| named.0)
}

/// Lists of words by their names.
pub type Named = HashMap<String, Vec<String>>;

/// All lists together.
pub struct Lists {
    flags: FxHashMap<Box<[u8]>, Flags>,
    // A bit for the first two characters of each particle with the space behind it: most words have others.
    particles: [u64; 16],
}

fn bit_of_two(first: u8, second: u8) -> (usize, u64) {
    let bit = usize::from(first & 31) << 5 | usize::from(second & 31);
    (bit >> 6, 1 << (bit & 63))
}

impl Lists {
    /// Of the lists of `prose.yml` and of the files of words, whose names must all be there.
    pub fn new(prose: &Named, files: &Named) -> Result<Self, String> {
        let mut made = Self { flags: FxHashMap::default(), particles: [0; 16] };
        for (named, wanted) in [(prose, &OF_PROSE[..]), (files, &OF_FILES[..])] {
            for (name, flag) in wanted {
                let words = named.get(*name).ok_or_else(|| format!("There is no list {name}."))?;
                for word in words {
                    made.add(word.as_bytes(), *flag);
                }
            }
        }
        for particle in prose.get("particles").into_iter().flatten() {
            for blank in [b' ', b'\t'] {
                let mut bytes = particle.bytes().chain([blank, blank]);
                let (index, bit) = bit_of_two(bytes.next().unwrap_or(blank), bytes.next().unwrap_or(blank));
                made.particles[index] |= bit;
            }
        }
        for flags in made.flags.values_mut() {
            if *flags & TELLING_LISTS != 0 {
                *flags |= TELLING;
            }
        }
        for word in TELLING_WORDS {
            made.add(word.as_bytes(), TELLING);
        }
        for word in OPENING_WORDS {
            made.add(word.as_bytes(), OPENINGS);
        }
        Ok(made)
    }

    /// Puts a word into a list.
    pub fn add(&mut self, word: &[u8], flag: Flags) {
        *self.flags.entry(Box::from(word)).or_default() |= flag;
    }

    /// Whether a particle and a blank may begin at a place of a text.
    #[inline]
    pub fn may_be_particle(&self, text: &[u8], place: usize) -> bool {
        let (Some(&first), Some(&second)) = (text.get(place), text.get(place + 1)) else { return false };
        let (index, bit) = bit_of_two(first, second);
        self.particles[index] & bit != 0
    }

    /// The lists that a word is in, as it is written.
    #[inline]
    pub fn of(&self, word: &[u8]) -> Flags {
        self.flags.get(word).copied().unwrap_or_default()
    }

    /// The lists that a word is in, in small letters.
    #[inline]
    pub fn of_lower(&self, word: &[u8]) -> Flags {
        self.of(&lower(word))
    }
}
