//! Which capitalised words are written together, and what may they be?

use super::chars::{self, CAPITAL, is, is_word, letters};
use super::lexicon::Lexicon;
use super::lists::PARTICLES;

/// Particles that are glued to a name.
pub const GLUED: [&[u8]; 7] = [b"al-", b"el-", b"ul-", b"ad-", b"as-", b"ar-", b"ash-"];
const ELIDED: [&[u8]; 2] = [b"d'", b"l'"];
const MOST_WORDS: usize = 10;
const MOST_PARTICLES: usize = 3;

/// The first capital at or behind a place that a run may begin with.
#[inline]
pub fn next_capital(text: &[u8], place: usize) -> Option<usize> {
    let mut place = place;
    loop {
        place = next_unusual(text, place)?;
        let (c, length) = chars::at(text, place);
        if is(c, CAPITAL) && (place == 0 || !is_word(chars::before(text, place).0)) {
            return Some(place);
        }
        place += length;
    }
}

/// The first capital of ASCII or first byte of another character at or behind a place.
#[inline]
fn next_unusual(text: &[u8], place: usize) -> Option<usize> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // What carries "A" into the highest bit of its byte, and what carries the first sign behind "Z".
    const FROM_A: u64 = 0x3f3f_3f3f_3f3f_3f3f;
    const BEHIND_Z: u64 = 0x2525_2525_2525_2525;
    let mut place = place;
    // Eight at once: most have neither.
    while let Some(piece) = text.get(place..).and_then(|rest| rest.first_chunk::<8>()) {
        let bytes = u64::from_le_bytes(*piece);
        let low = bytes & !HIGH;
        let found = ((low + FROM_A) & !(low + BEHIND_Z) | bytes) & HIGH;
        if found != 0 {
            return Some(place + (found.trailing_zeros() / 8) as usize);
        }
        place += 8;
    }
    (place..text.len()).find(|&place| text[place].is_ascii_uppercase() || text[place] >= 0x80)
}

fn is_capital(text: &[u8], place: usize) -> bool {
    is(chars::at(text, place).0, CAPITAL)
}

/// Where a word ends whose capital stands at a place: an initial with its full stop, or letters.
fn tail(text: &[u8], capital: usize) -> Option<usize> {
    let after = capital + chars::at(text, capital).1;
    if text.get(after) == Some(&b'.') {
        let end = letters(text, after + 1, text.len());
        let two = end > after + 1 && end > after + 1 + chars::at(text, after + 1).1;
        // "A.Observation." is no initial.
        return Some(if two && text.get(end) == Some(&b'.') { after } else { after + 1 });
    }
    let closes = |place: usize| !is_word(chars::at(text, place).0);
    let mut reached = letters(text, after, text.len());
    let mut best = closes(reached).then_some(reached);
    while matches!(text.get(reached), Some(b'\'' | b'-')) {
        let more = letters(text, reached + 1, text.len());
        if more == reached + 1 {
            break;
        }
        reached = more;
        if closes(reached) {
            best = Some(reached);
        }
    }
    best
}

fn is_blank(text: &[u8], place: usize) -> bool {
    matches!(text.get(place), Some(b' ' | b'\t'))
}

impl Lexicon {
    /// Where a run ends that begins with the capital at a place; none begins there if a word of it goes on otherwise.
    pub fn run_end(&self, text: &[u8], capital: usize) -> Option<usize> {
        let mut end = tail(text, capital)?;
        for _ in 1..MOST_WORDS {
            let Some(next) = self.next_of_run(text, end) else { break };
            let Some(more) = tail(text, next) else { break };
            end = more;
        }
        Some(end)
    }

    /// The capital of a run's next word behind a word that ends at a place.
    fn next_of_run(&self, text: &[u8], end: usize) -> Option<usize> {
        if !is_blank(text, end) {
            return (text[end - 1] == b'.' && is_capital(text, end)).then_some(end);
        }
        let mut place = if is_blank(text, end + 1) { end + 2 } else { end + 1 };
        if is_capital(text, place) {
            return Some(place);
        }
        for _ in 0..MOST_PARTICLES {
            if !self.lists.may_be_particle(text, place) {
                break;
            }
            let stop = letters(text, place, text.len());
            if !is_blank(text, stop) || self.lists.of(&text[place..stop]) & PARTICLES == 0 {
                break;
            }
            place = stop + 1;
        }
        let from = &text[place.min(text.len())..];
        if let Some(glue) = GLUED.iter().chain(&ELIDED).find(|glue| from.starts_with(glue)) {
            place += glue.len();
        }
        is_capital(text, place).then_some(place)
    }
}
