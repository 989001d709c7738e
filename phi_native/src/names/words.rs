//! What does one capitalised word weigh as a part of a person's name, and as a town?

use smallvec::SmallVec;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::chars::{self, begins_upper, chars as characters, is_lower, is_upper, lower};
use super::gazetteer::Profile;
use super::lexicon::Lexicon;
use super::lists::{
    EPONYMOUS, EPONYMS, Flags, LITTLE, MEDICAL, MOSTLY_NAMES, NEVER_NAMES, PLAIN_TITLES, REGION, TITLES,
};

/// Weights of one word as written.
///
/// `person` is the weight as part of a name (3 alone convinces), `given` says that it begins one; `town` is the weight
/// as a place; `plain` words are ordinary, technical or known to be no name and end a name. `unseen` words are in no
/// list at all.
#[derive(Clone, Copy, Default)]
pub struct Word {
    pub person: f64,
    pub town: f64,
    pub given: bool,
    /// A given name that is an ordinary word more often: "Will", "Bob".
    pub maybe_given: bool,
    pub plain: bool,
    pub unseen: bool,
    pub initial: bool,
    pub shouted: bool,
    /// A name that things are called by too.
    pub eponym: bool,
}

pub const PLAIN: Word = Word {
    person: 0.0,
    town: 0.0,
    given: false,
    maybe_given: false,
    plain: true,
    unseen: false,
    initial: false,
    shouted: false,
    eponym: false,
};
const DERIVED_WEIGHT: f64 = 0.5;
// "She is from Gdansk": enough where a place stands for certain.
const OF_A_PROPER_NAME: f64 = 0.25;
const VOWELS: &str = "aeiouyáéíóúàèìòùäëïöüâêîôûãõåæøœýÿāēīōūąęěůőű";
// Endings of drugs and enzymes that names have too: "Olumide", "Balvir".
const MAYBE_DERIVED: [&[u8]; 6] = [b"vir", b"ine", b"ide", b"ate", b"ase", b"gen"];
const SPANISH_LETTERS: &str = "áéíóúüñ'-";

fn of_a_person(person: f64) -> Word {
    Word { person, ..Word::default() }
}

/// A word without its accents: lists write "Garcia", people "García".
fn folded(word: &[u8]) -> String {
    chars::string(word).nfd().filter(|&c| canonical_combining_class(c) == 0).collect()
}

fn is_spanish_word(lower: &[u8]) -> bool {
    characters(lower).all(|c| c.is_ascii_lowercase() || SPANISH_LETTERS.contains(c))
}

fn is_vowel(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    }
    let c = match c {
        'İ' | 'ı' => 'i',
        c => c.to_lowercase().next().unwrap_or(c),
    };
    VOWELS.contains(c)
}

fn has_vowel(word: &[u8]) -> bool {
    characters(word).any(is_vowel)
}

fn longer(word: &[u8], length: usize) -> bool {
    chars::count(word) > length
}

/// All but the first character.
pub fn rest(word: &[u8]) -> &[u8] {
    &word[chars::at(word, 0).1..]
}

impl Lexicon {
    /// The profile of a word in lower case, with or without its accents; none if no list has it.
    ///
    /// Without `spanish`, words that are ordinary in Spanish alone are not.
    pub fn profile(&self, lower: &[u8], spanish: bool) -> Option<Profile> {
        let listed = self.gazetteer.listed(lower).map(|listed| listed.profile);
        self.adjusted(listed, lower, spanish)
    }

    fn adjusted(&self, listed: Option<Profile>, lower: &[u8], spanish: bool) -> Option<Profile> {
        let unordinary = |found: Profile| found.names().then(|| found.unordinary());
        let mut found = listed;
        if found.is_none() && !lower.is_ascii() {
            found = self.gazetteer.listed(folded(lower).as_bytes()).map(|listed| listed.profile);
            if found.is_some_and(|found| found.ordinary() >= 2) && !is_spanish_word(lower) {
                // "Sörös" is no "soros".
                found = found.and_then(unordinary);
            }
        }
        match found {
            Some(found) if found.spanish() && !spanish => unordinary(found),
            found => found,
        }
    }

    /// The weights of a token: a word, a word with hyphens, or an initial; see [`Lexicon::profile`] for `spanish`.
    pub fn weigh(&self, token: &[u8], spanish: bool) -> Word {
        let mut bare = token.strip_suffix(b".").unwrap_or(token);
        if !bare.is_empty() && chars::at(bare, 0).1 == bare.len() {
            return Word { initial: true, ..Word::default() };
        }
        let low = lower(bare);
        let mut low = &low[..];
        for ending in [&b"'s"[..], b"'"] {
            if let Some(stem) = low.strip_suffix(ending) {
                (low, bare) = (stem, &bare[..bare.len() - ending.len()]);
                break;
            }
        }
        self.weigh_word(bare, low, self.lists.of(low), spanish)
    }

    /// The weights of a word without a possessive, whose small letters and lists are known.
    pub fn weigh_word(&self, bare: &[u8], low: &[u8], flags: Flags, spanish: bool) -> Word {
        if !longer(low, 1) {
            return PLAIN;
        }
        if low.contains(&b'-') {
            return self.compound(bare, spanish);
        }
        let shouted = is_upper(bare) && longer(bare, 1);
        if !shouted && !is_lower(rest(bare)) && !self.has_inner_capital(bare) {
            return PLAIN;
        }
        let title = flags & TITLES != 0 && flags & PLAIN_TITLES == 0;
        if flags & REGION == 0 && (title || flags & LITTLE != 0) {
            // Most of what begins a sentence.
            return PLAIN;
        }
        let listed = self.gazetteer.listed(low);
        let known = self.adjusted(listed.map(|listed| listed.profile), low, spanish);
        if flags & REGION != 0 && self.regions.contains(bare) {
            // A state, country or continent: "Georgia" is a given name only where one stands.
            return if known.is_some_and(|known| known.given() >= 2) { of_a_person(0.5) } else { PLAIN };
        }
        if title || flags & LITTLE != 0 {
            return PLAIN;
        }
        if flags & NEVER_NAMES != 0 && known.is_none_or(|known| known.given() < 2) {
            return PLAIN;
        }
        let eponym = flags & (EPONYMS | MEDICAL) != 0;
        let Some(mut known) = known else {
            return self.unlisted(bare, low, eponym && flags & MEDICAL == 0, eponym, shouted);
        };
        if longer(low, 3) && listed.is_some_and(|listed| listed.proper) && !eponym && !shouted {
            // "Takeshi", "Deepika", but also "Kensington": it takes a family name behind it.
            return Word { person: 0.75, maybe_given: true, town: OF_A_PROPER_NAME, ..Word::default() };
        }
        if eponym && known.given() < 3 && known.family() < 2 {
            // "Institute", "Area" end a name; "Reye" may be one.
            return if flags & EPONYMOUS != 0 { PLAIN } else { of_a_person(0.5) };
        }
        if flags & MOSTLY_NAMES != 0 && !shouted {
            known = known.unordinary();
        }
        of_a_known(known, eponym, shouted, chars::count(low), flags & EPONYMOUS != 0)
    }

    /// A word of no list.
    fn unlisted(&self, bare: &[u8], low: &[u8], eponym_alone: bool, eponym: bool, shouted: bool) -> Word {
        let shaped = self.is_name_shaped(bare);
        if eponym_alone && shaped && !shouted {
            // "Milgram needs refill": nobody's name that is known, but somebody's.
            return of_a_person(0.5);
        }
        if eponym || !shaped {
            return PLAIN;
        }
        let plural = low.strip_suffix(b"s").unwrap_or(low);
        if self.lists.of(plural) & EPONYMS != 0 || self.gazetteer.is_vocabulary(plural) || self.derived.is_match(low) {
            return PLAIN;
        }
        if MAYBE_DERIVED.iter().any(|ending| low.ends_with(ending)) {
            return if shouted { PLAIN } else { of_a_person(DERIVED_WEIGHT) };
        }
        // Capitals alone are what abbreviations are written in.
        let (person, town) = if shouted { (0.4, 0.25) } else { (1.25, 1.0) };
        Word { person, town, unseen: true, shouted, ..Word::default() }
    }

    fn compound(&self, token: &[u8], spanish: bool) -> Word {
        let parts: SmallVec<[&[u8]; 4]> = token.split(|&byte| byte == b'-').filter(|part| !part.is_empty()).collect();
        if parts.len() < 2 || !begins_upper(parts[0]) {
            return PLAIN;
        }
        let weights: SmallVec<[Word; 4]> =
            parts.iter().map(|part| if longer(part, 1) { self.weigh(part, spanish) } else { PLAIN }).collect();
        if parts.iter().any(|part| self.lists.of_lower(part) & (EPONYMS | MEDICAL) != 0)
            && !weights.iter().all(|w| w.given && w.person >= 3.0)
        {
            // "Dandy-Walker": next to a given name it is a family name, alone it is not.
            return of_a_person(0.5);
        }
        if weights.iter().all(|w| w.given) {
            return Word { person: 3.0, given: true, ..Word::default() };
        }
        let plain = weights.iter().any(|w| w.plain);
        if weights.iter().any(|w| w.given && w.person >= 2.25) && !plain {
            return Word { person: 2.0, given: true, town: 1.0, ..Word::default() };
        }
        if parts.len() == 2
            && is_lower(parts[1])
            && !longer(parts[1], 4)
            && !weights[0].plain
            && self.may_begin(&lower(parts[0]))
        {
            // "Joon-ho"
            return Word { person: 1.25, unseen: true, ..Word::default() };
        }
        if parts.iter().any(|part| !begins_upper(part)) || plain {
            return PLAIN;
        }
        // Two family names: a married one, or the two inventors of a test.
        let strength: f64 = weights.iter().map(|w| w.person).sum();
        let town = weights.iter().map(|w| w.town).fold(f64::MIN, f64::max);
        Word { person: if strength > 1.5 { 1.25 } else { 0.5 }, town: town / 2.0, ..Word::default() }
    }

    /// Whether a hyphen and a small word may follow in one name: "Joon-ho", "Ji-woo", but not "Post-op".
    fn may_begin(&self, word: &[u8]) -> bool {
        self.profile(word, true).is_none_or(|known| known.ordinary() < 2 && (known.given() > 0 || known.family() > 0))
    }

    /// "McDonald", "O'Neill", "DeLuca" are written like names, "PubMed" and "MyChart" like products.
    fn has_inner_capital(&self, word: &[u8]) -> bool {
        self.patterns.inner_capital.is_at(word, 0, word.len())
    }

    fn is_name_shaped(&self, word: &[u8]) -> bool {
        let listed = chars::at(word, 0).0 < '\u{250}';
        if !longer(word, 1) || (listed && !has_vowel(word)) {
            // Vowels of other scripts are not listed.
            return false;
        }
        if !longer(word, 4) && listed && !characters(&lower(word)).any(|c| c != 'y' && is_vowel(c)) {
            // "Hcy", "Bxyz"
            return false;
        }
        if is_upper(word) {
            return longer(word, 3);
        }
        is_lower(rest(word)) || self.has_inner_capital(word)
    }
}

fn of_a_known(known: Profile, eponym: bool, shouted: bool, length: usize, lower_plain: bool) -> Word {
    let short = length <= 4;
    let ordinary = usize::from(known.ordinary());
    let mut person = 0.0_f64;
    let mut given = known.given() >= 1 && ordinary < 2;
    if known.given() > 0 {
        let usual = if known.given() == 1 { 2.0 } else { 3.0 };
        person = [usual, if known.given() >= 2 { 2.25 } else { 1.25 }, 1.0, 1.0][ordinary];
        if known.given() < 3 && known.family() > known.given() && ordinary == 0 {
            // "Campbell": a given name now and then, a family name mostly.
            person = 2.0;
        }
    } else if known.family() == 3 && ordinary == 0 && !eponym {
        // "Gallagher": two or three hundred names that hardly anything is called by.
        person = 3.0;
    } else if known.family() > 0 && (known.family() > 1 || ordinary < 2) {
        person = [1.5, 1.0, 0.5, 0.5][ordinary];
    }
    if eponym && (known.given() < 3 || ordinary > 0) {
        person = person.min(if known.family() >= 2 { 1.0 } else { 0.5 });
        given = given && known.given() == 3;
    }
    if shouted && (short || ordinary > 0) {
        person = person.min(0.5);
        given = given && !short;
    }
    let town = town_of(known, eponym || (shouted && short));
    if lower_plain && ordinary >= 2 && known.given() < 3 {
        // "Stage", "Grade", "Factor"; "Day" is a usual family name all the same.
        person = if known.family() >= 2 { person.min(0.25) } else { 0.0 };
    }
    if length == 2 && shouted {
        return PLAIN;
    }
    if length == 2 {
        // "Jo", "Li"; but also "Na" and "Al".
        person = person.min(1.0);
    } else if shouted {
        person = person.min(2.0);
    }
    if known.known() && known.given() == 0 {
        return PLAIN;
    }
    let plain = person == 0.0 && town == 0.0;
    let maybe_given = known.given() >= 2;
    Word { person, town, given, maybe_given, plain, unseen: false, initial: false, shouted, eponym }
}

fn town_of(known: Profile, doubtful: bool) -> f64 {
    if known.town() == 0 {
        return 0.0;
    }
    let level = usize::from(known.town());
    let mut town = [0.0_f64, 1.0, 1.75, 3.0][level];
    if known.ordinary() >= 2 {
        town = town.min([0.5, 0.5, 0.75, 1.0][level]);
    } else if known.ordinary() > 0 || known.family() >= 2 || known.given() >= 2 {
        town = town.min(2.0);
    }
    if doubtful { town.min(1.0) } else { town }
}
