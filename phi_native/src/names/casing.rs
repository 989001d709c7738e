//! How would a text read if its writer had used capitals for names and for nothing else?
//!
//! Chat messages are written without capitals, headers with nothing else. Both are rewritten, letter by letter, so that
//! the same weights apply; characters stay where they are.

use std::borrow::Cow;

use super::chars::{self, UPPER, bare, begins_lower, is, is_lower, is_upper, is_word, letters, lower};
use super::lexicon::Lexicon;
use super::lists::{EPONYMS, MEDICAL, NEVER_NAMES, SMALL_THINGS};
use super::words::rest;

pub const SPANISH: [&str; 13] = [
    " el ",
    " que ",
    " con ",
    " una ",
    " los ",
    " por ",
    " para ",
    " y ",
    "ción ",
    " años",
    "Nombre:",
    "Paciente",
    "Apellidos",
];
pub const CASUAL: [&str; 7] = [" i ", " im ", " i'm ", " ive ", " i've ", "\ni ", "\nim "];
// Whoever writes more than this at once writes names with capitals.
const SHORT: usize = 600;
const LONG: usize = 1500;
const VERY_LONG: usize = 20_000;
const USUAL: u8 = 3;
const ABBREVIATION: usize = 3;

/// Whether a text of several words is written in capitals throughout.
pub fn is_shouted(text: &[u8]) -> bool {
    is_upper(text) && text.contains(&b' ')
}

impl Lexicon {
    /// Whether a text holds any sign of Spanish or of a writer in a hurry: most hold none.
    pub fn has_signs(&self, text: &[u8]) -> bool {
        self.signs.is_match(text)
    }

    /// Whether a text is written in lower case: without capitals, or with a small "i" for its writer.
    ///
    /// `length` is how many characters it has, and `signed` what [`Lexicon::has_signs`] says of it.
    pub fn is_careless(&self, text: &[u8], length: usize, signed: bool) -> bool {
        if begins_lower(text) && length < SHORT && chars::chars(text).filter(|&c| is(c, UPPER)).take(5).count() <= 4 {
            return true;
        }
        if length > LONG {
            // A long text in lower case is data; one small "i" in it says nothing.
            return is_lower(text) && length < VERY_LONG;
        }
        if signed && self.is_spanish(text) {
            // Catalan names have an "i" inside.
            return is_lower(text);
        }
        let hurried: [&[u8]; 4] = [b"i ", b"im ", b"i'm ", b"ive "];
        if is_lower(text) || hurried.iter().any(|sign| text.starts_with(sign)) {
            return true;
        }
        signed && self.casual_signs.is_match(text)
    }

    /// Whether words stand in a text that are usual in Spanish and in no English text.
    pub fn is_spanish(&self, text: &[u8]) -> bool {
        self.spanish_signs.is_match(text)
    }

    /// A careless text with capitals on the words that may be names.
    pub fn with_capitals(&self, text: &[u8]) -> Vec<u8> {
        let mut written = rewritten(text, |word, out| {
            if self.takes_capital(word) { capitalised(word, out) } else { out.extend_from_slice(word) }
        });
        // "Benjamin a Seiler"
        for place in 3..written.len() {
            let small = |index: usize| written.get(index).is_some_and(u8::is_ascii_lowercase);
            if !small(place) || written[place - 1] != b' ' || !small(place - 2) || !small(place - 3) {
                continue;
            }
            let next = if written.get(place + 1) == Some(&b'.') { place + 2 } else { place + 1 };
            let capital = written.get(next + 1).is_some_and(u8::is_ascii_uppercase);
            if written.get(next) == Some(&b' ') && capital && small(next + 2) {
                written[place].make_ascii_uppercase();
            }
        }
        written
    }

    /// A short text in which names may stand in small letters, with capitals on the words that are nothing but names.
    ///
    /// "Can u check if bilal's potassium came back? He is in room 4": the writer used capitals, but not for a name.
    pub fn with_small_names<'t>(&self, text: &'t [u8], length: usize) -> Cow<'t, [u8]> {
        if length > SHORT || !self.holds_small_names(text) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(rewritten(text, |word, out| {
            if self.is_small_name(bare(word)) { capitalised(word, out) } else { out.extend_from_slice(word) }
        }))
    }

    fn holds_small_names(&self, text: &[u8]) -> bool {
        let mut place = 0;
        while place < text.len() {
            let end = letters(text, place, text.len());
            if end == place {
                place += chars::at(text, place).1;
                continue;
            }
            if self.is_small_name(&text[place..end]) {
                return true;
            }
            place = end;
        }
        false
    }

    /// Whether a word in small letters is a usual given name or family name, or a town, and next to nothing else.
    fn is_small_name(&self, word: &[u8]) -> bool {
        if word.len() < 3 {
            return false;
        }
        if word.is_ascii() {
            if !self.gazetteer.may_be_small(word) {
                return false;
            }
        } else if chars::count(word) < 3 || !grows(word) {
            return false;
        }
        if !is_lower(word) {
            return false;
        }
        let Some(known) = self.profile(word, true) else { return false };
        let least = if chars::count(word) > 5 { 2 } else { 3 };
        known.ordinary() < 2
            && (known.given() >= 2 || (known.ordinary() == 0 && known.family().max(known.town()) >= least))
            && self.lists.of(word) & (NEVER_NAMES | MEDICAL | EPONYMS | SMALL_THINGS) == 0
    }

    /// A shouted text with capitals at the beginning of words only; none where a letter's case changes lengths.
    pub fn calmed(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut calm = rewritten(text, |word, out| {
            if self.stays_shouted(word) {
                out.extend_from_slice(word);
            } else {
                let rest = rest(word);
                out.extend_from_slice(&word[..word.len() - rest.len()]);
                out.extend_from_slice(&lower(rest));
            }
        });
        // "FITZROY'S"
        for place in 2..calm.len().saturating_sub(1) {
            if calm[place] == b'\'' && calm[place + 1] == b'S' && !is_word(chars::at(&calm, place + 2).0) {
                let (last, length) = chars::before(&calm, place);
                let (other, _) = chars::before(&calm, place - length);
                if chars::is_letter(last) && chars::is_letter(other) {
                    calm[place + 1] = b's';
                }
            }
        }
        (chars::count(&calm) == chars::count(text)).then_some(calm)
    }

    fn stays_shouted(&self, word: &[u8]) -> bool {
        // "TUPELO MS"; "CGA", "PTA": nobody's name that is known.
        self.states.contains(word) || (chars::count(word) <= ABBREVIATION && self.profile(&lower(word), true).is_none())
    }

    /// Whether a word of a careless text may be a name.
    fn takes_capital(&self, word: &[u8]) -> bool {
        let flags = self.lists.of(word);
        if !is_lower(word) || flags & NEVER_NAMES != 0 {
            return false;
        }
        if flags & (EPONYMS | MEDICAL) != 0 {
            // "pt johnson": what stands beside it decides.
            return self.profile(word, true).is_some_and(|known| known.family() == USUAL && known.ordinary() < 2);
        }
        let stem = bare(word);
        let length = chars::count(stem);
        let Some(known) = self.profile(stem, true) else {
            // A slip of the pen is in no list either; a family name of three letters is rarer than those.
            return length >= 4 && !stem.contains(&b'\'') && grows(word);
        };
        if known.town() == 3 && known.ordinary() < 3 {
            return true;
        }
        if length > 4 && self.gazetteer.listed(stem).is_some_and(|listed| listed.proper) {
            // A proper name and nothing else: "feldstein".
            return true;
        }
        let ordinary = known.ordinary() >= 2 || (known.ordinary() > 0 && known.given() < 3);
        !ordinary && (known.given() >= 2 || known.family() >= 2 || known.town() >= 2) && grows(word)
    }
}

/// Whether the first character is one character as a capital too.
fn grows(word: &[u8]) -> bool {
    chars::at(word, 0).0.to_uppercase().count() == 1
}

fn capitalised(word: &[u8], out: &mut Vec<u8>) {
    let (first, length) = chars::at(word, 0);
    let mut buffer = [0; 4];
    for c in first.to_uppercase() {
        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    }
    out.extend_from_slice(&word[length..]);
}

/// A text with each of its words written anew: letters, two at least, and more of them behind hyphens and apostrophes,
/// with no digit beside them and in no address.
fn rewritten(text: &[u8], mut write: impl FnMut(&[u8], &mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 8);
    let (mut place, mut done) = (0, 0);
    while place < text.len() {
        let end = letters(text, place, text.len());
        if end == place {
            place += chars::at(text, place).1;
            continue;
        }
        let (mark, before) = chars::before(text, place);
        let joined = before > 0 && (is_word(mark) || mark == '@' || mark == '.');
        match (!joined).then(|| whole_word(text, place, end)).flatten() {
            Some(stop) => {
                out.extend_from_slice(&text[done..place]);
                write(&text[place..stop], &mut out);
                (place, done) = (stop, stop);
            }
            None => place = end,
        }
    }
    out.extend_from_slice(&text[done..]);
    out
}

fn whole_word(text: &[u8], start: usize, end: usize) -> Option<usize> {
    let two = |start: usize, end: usize| end > start && end > start + chars::at(text, start).1;
    if !two(start, end) {
        return None;
    }
    let closes = |place: usize| {
        let (c, length) = chars::at(text, place);
        length == 0 || !(is_word(c) || c == '@')
    };
    let (mut best, mut reached) = (closes(end).then_some(end), end);
    while matches!(text.get(reached), Some(b'\'' | b'-')) {
        let more = letters(text, reached + 1, text.len());
        if !two(reached + 1, more) {
            break;
        }
        reached = more;
        if closes(reached) {
            best = Some(reached);
        }
    }
    best
}
