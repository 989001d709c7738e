//! Which words of a text may be names that nothing covers yet, and what was found around them?

use super::super::chars::{self, DECIMAL, bare, begins_lower, is, is_letter, is_upper, lower, word_end};
use super::super::gazetteer::Profile;
use super::super::judge::Kind;
use super::super::lexicon::Lexicon;
use super::super::lists::{Flags, INTRODUCTIONS, MEDICAL, NEVER_ALONE, ROLES, THINGS, TITLES};
use super::super::runs::next_capital;
use super::around;

// How far away from a word something that tells of somebody is found at most, in bytes.
const COMPANY: usize = 400;
// "C'mon" and "Hye-jeong": what stands behind the sign in small letters.
const LONGEST_CONTRACTION: usize = 3;
const LONGEST_SYLLABLE: usize = 5;
// What stands between a word and what was found right beside it: a comma and a blank.
const BESIDE: usize = 2;

// Words of medicine, products, greetings, and what people are called by what they are.
pub const NO_NAMES: Flags = MEDICAL | THINGS | INTRODUCTIONS | ROLES | TITLES | NEVER_ALONE;

/// What kind of thing a span that was found before is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Name,
    Other,
    /// It tells of nobody, and its words are not a person's.
    Organisation,
}

/// What was found in a text before, in bytes.
pub struct Known {
    /// By where they begin.
    spans: Vec<(usize, usize, Sort)>,
}

impl Known {
    pub fn new(mut spans: Vec<(usize, usize, Sort)>) -> Self {
        spans.sort_unstable_by_key(|&(start, end, _)| (start, end));
        Self { spans }
    }

    /// The names among them.
    pub fn names(&self) -> impl Iterator<Item = (usize, usize)> {
        self.spans.iter().filter(|span| span.2 == Sort::Name).map(|&(start, end, _)| (start, end))
    }

    /// Where all of them stand.
    pub fn cover(&self) -> impl Iterator<Item = (usize, usize)> {
        self.spans.iter().map(|&(start, end, _)| (start, end))
    }

    /// Whether anything but organisations was found.
    pub fn tells_of_somebody(&self) -> bool {
        self.spans.iter().any(|&(_, _, sort)| sort != Sort::Organisation)
    }
}

/// A stretch of a text, in bytes, that is a name or a town.
#[derive(Clone, Copy)]
pub struct Found {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
}

/// A capitalised word without "'s".
pub struct Candidate<'t> {
    pub start: usize,
    pub end: usize,
    /// Where it ends with "'s".
    pub stop: usize,
    pub word: &'t [u8],
    pub flags: Flags,
    /// None where no list has it.
    pub profile: Option<Profile>,
    /// Whether dictionaries have it with a capital alone.
    pub proper: bool,
    /// Whether the whole text is in capitals.
    pub shouted: bool,
    /// How many things were found around it that tell of somebody, and what is known of them.
    pub others: usize,
    pub named: bool,
    pub joined_in_front: bool,
    pub joined_behind: bool,
}

impl Lexicon {
    /// Calls `see` for each word that may be a name: no plain or medical word, no role, no part of what is known.
    pub fn candidates<'t>(&self, text: &'t [u8], begin: usize, known: &Known, mut see: impl FnMut(&Candidate<'t>)) {
        let mut shouted = None;
        let (mut place, mut reached) = (begin, 0);
        while let Some(start) = next_capital(text, place) {
            let stop = word_end(text, start, text.len());
            place = stop.max(start + chars::at(text, start).1);
            // What ends in front of this word covers no later one either.
            while reached < known.spans.len() && known.spans[reached].1 + COMPANY < start {
                reached += 1;
            }
            let word = bare(&text[start..stop]);
            if word.len() < 2 || continues(text, start, stop) || !is_shaped(word) {
                continue;
            }
            let mut candidate = Candidate {
                start,
                end: start + word.len(),
                stop,
                word,
                flags: 0,
                profile: None,
                proper: false,
                shouted: false,
                others: 0,
                named: false,
                joined_in_front: false,
                joined_behind: false,
            };
            if candidate.is_covered(&known.spans[reached..]) {
                continue;
            }
            let low = lower(word);
            candidate.flags = self.lists.of(&low);
            if candidate.flags & NO_NAMES != 0 || self.weigh(word, false).plain {
                continue;
            }
            candidate.proper = self.gazetteer.listed(&low).is_some_and(|listed| listed.proper);
            candidate.profile = self.profile(&low, false);
            let nameless = candidate.profile.is_none_or(|known| !known.names());
            if (nameless && self.is_word_all_the_same(word, &low))
                || self.is_in_a_region(text, start, candidate.end)
                || candidate.is_label(text)
                || candidate.has_its_capital_anyway(text, begin)
            {
                continue;
            }
            candidate.shouted = *shouted.get_or_insert_with(|| is_in_capitals(text));
            see(&candidate);
        }
    }

    /// "Thursdays", and "Llame" in a text that does not look Spanish.
    fn is_word_all_the_same(&self, word: &[u8], low: &[u8]) -> bool {
        self.gazetteer.listed(low).is_some_and(|listed| listed.profile.spanish())
            || word.strip_suffix(b"s").is_some_and(|singular| self.weigh(singular, false).plain)
    }

    /// Whether a word is one of a state's or country's name of several: "Saudi Arabia".
    fn is_in_a_region(&self, text: &[u8], start: usize, end: usize) -> bool {
        let is_region = |from: usize, to: usize| self.region_phrases.contains(&lower(&text[from..to])[..]);
        around::in_front(text, start).is_some_and(|(first, _)| is_region(first, end))
            || around::behind(text, end).is_some_and(|(_, last)| is_region(start, last))
    }
}

impl Candidate<'_> {
    /// Whether something that was found has a part of the word; else what stands around it is taken down.
    fn is_covered(&mut self, spans: &[(usize, usize, Sort)]) -> bool {
        // Where several rules found the same it counts once.
        let mut counted = 0;
        for &(start, end, sort) in spans {
            if start > self.end + COMPANY {
                break;
            }
            if start < self.end && end > self.start {
                return true;
            }
            if sort == Sort::Organisation || end + COMPANY < self.start {
                continue;
            }
            self.others += usize::from(start >= counted);
            counted = counted.max(end);
            self.named |= sort == Sort::Name;
            self.joined_in_front |= end <= self.start && self.start - end <= BESIDE;
            self.joined_behind |= start >= self.end && start - self.end <= BESIDE;
        }
        false
    }

    /// Whether an ordinary word that is nobody's name begins a sentence or a line: "Ask Mr. Alvarez".
    fn has_its_capital_anyway(&self, text: &[u8], begin: usize) -> bool {
        let front = around::in_front(text, self.start).map(|(first, last)| &text[first..last]);
        let opens = self.start == begin || front.is_none_or(|sign| matches!(sign, [b'.' | b'!' | b'?' | b'\n']));
        opens && self.profile.is_some_and(Profile::is_ordinary_first)
    }

    /// "Kassenkarte: 77", "Born (03/14/1990)": it says what was found behind it.
    fn is_label(&self, text: &[u8]) -> bool {
        let everyday = || self.profile.is_some_and(|known| known.ordinary() >= 2);
        self.joined_behind
            && match text.get(self.stop) {
                Some(b':' | b'=' | b'#') => true,
                Some(b' ') => text.get(self.stop + 1) == Some(&b'(') && everyday(),
                _ => false,
            }
    }
}

/// Whether a word with a sign in it may be a name: "O'Neill", "Joon-ho", but not "I'll", "T-score", "French-speaking".
fn is_shaped(word: &[u8]) -> bool {
    let Some(sign) = word.iter().rposition(|byte| matches!(byte, b'\'' | b'-')) else { return true };
    let tail = &word[sign + 1..];
    if !begins_lower(tail) {
        return sign > 1 || word[sign] == b'\'';
    }
    if word[sign] == b'\'' { tail.len() > LONGEST_CONTRACTION } else { sign > 1 && tail.len() <= LONGEST_SYLLABLE }
}

/// Whether a word is a part of a longer one, or of a code.
fn continues(text: &[u8], start: usize, stop: usize) -> bool {
    let (mark, length) = chars::before(text, start);
    let next = chars::at(text, stop).0;
    (matches!(mark, '\'' | '-') && is_letter(chars::before(text, start - length).0)) || is(next, DECIMAL) || next == '_'
}

/// Whether one blank alone stands between two words.
pub fn follow_one_another(text: &[u8], end: usize, start: usize) -> bool {
    text.get(end..start) == Some(b" ")
}

/// Whether most words of a text are in capitals.
fn is_in_capitals(text: &[u8]) -> bool {
    let (mut words, mut capital, mut place) = (0, 0, 0);
    while place < text.len() {
        let end = word_end(text, place, text.len());
        if end == place {
            place += chars::at(text, place).1;
            continue;
        }
        let word = &text[place..end];
        words += 1;
        capital += usize::from(word.len() > 1 && is_upper(word));
        place = end;
    }
    words > 3 && capital * 5 > words * 3
}

#[cfg(test)]
mod tests {
    use super::{Known, Sort, is_shaped};

    #[test]
    fn contractions_and_adjectives_have_no_shape_of_a_name() {
        for word in ["O'Neill", "D'angelo", "Joon-ho", "Anne-Marie", "Al-Rashid", "Kent", "Écija"] {
            assert!(is_shaped(word.as_bytes()), "{word}");
        }
        for word in ["I'll", "C'mon", "T-score", "A-road", "French-speaking", "X-Ray"] {
            assert!(!is_shaped(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn organisations_alone_tell_of_nobody() {
        assert!(!Known::new(vec![(0, 4, Sort::Organisation)]).tells_of_somebody());
        assert!(Known::new(vec![(0, 4, Sort::Organisation), (9, 12, Sort::Other)]).tells_of_somebody());
    }
}
