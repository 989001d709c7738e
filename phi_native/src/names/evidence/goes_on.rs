//! Which capitalised words beside a name are a part of it: "Rowdy Jessup", "Mustafa-Ali Rind", "B. Littlefeather"?
//!
//! An ordinary word has a capital inside a sentence for a reason, and right beside a name it is the name.

use super::super::chars::{self, before, count, is_letter, is_lower, is_upper, lower, word_end};
use super::super::judge::Kind;
use super::super::lexicon::Lexicon;
use super::super::lists::{NEVER_NAMES, WORN};
use super::super::words::rest;
use super::around;
use super::candidate::{Found, Known, NO_NAMES};

// So many words are added on each side at most.
const MOST: usize = 2;
const SHORTEST: usize = 3;

/// Where something was found: each beginning, and how far reaches whatever begins no further on.
struct Cover(Vec<(usize, usize)>);

impl Cover {
    fn of(spans: impl Iterator<Item = (usize, usize)>) -> Self {
        let mut spans: Vec<(usize, usize)> = spans.collect();
        spans.sort_unstable();
        let mut reach = 0;
        for span in &mut spans {
            reach = reach.max(span.1);
            span.1 = reach;
        }
        Self(spans)
    }

    fn has_a_part_of(&self, start: usize, end: usize) -> bool {
        let before = self.0.partition_point(|span| span.0 < end);
        before > 0 && self.0[before - 1].1 > start
    }
}

impl Lexicon {
    /// Makes names that were `found` as long as they are written, and finds what names that are `known` leave of them.
    pub fn go_on(&self, text: &[u8], begin: usize, known: &Known, found: &mut Vec<Found>) {
        let mut more = Vec::new();
        let taken = Cover::of(known.cover());
        for (start, end) in known.names() {
            let (first, last) = (self.begun(text, begin, start, &taken), self.ended(text, end, &taken));
            more.extend((first < start).then(|| Found { start: first, end: start - 1, kind: Kind::Name }));
            more.extend((last > end).then(|| Found { start: end + 1, end: last, kind: Kind::Name }));
        }
        for name in found.iter_mut().filter(|name| name.kind != Kind::Town) {
            let first = with_initials(text, begin, name.start);
            let first = if taken.has_a_part_of(first, name.start) { name.start } else { first };
            name.start = self.begun(text, begin, first, &taken);
            let last = self.ended(text, name.end, &taken);
            name.end =
                if taken.has_a_part_of(last, with_initial(text, last)) { last } else { with_initial(text, last) };
        }
        let covered = Cover::of(known.cover().chain(found.iter().map(|name| (name.start, name.end))));
        more.retain(|one| !covered.has_a_part_of(one.start, one.end));
        found.extend(more);
    }

    /// Where a name begins of which the words from a place on are known. What is taken is no part of it.
    fn begun(&self, text: &[u8], begin: usize, mut place: usize, taken: &Cover) -> usize {
        for _ in 0..MOST {
            if place <= begin + 1 || text[place - 1] != b' ' {
                break;
            }
            let Some((start, end)) = around::in_front(text, place) else { break };
            let is_part = start >= begin && end + 1 == place && self.is_part(text, start, end);
            if !is_part || opens(text, start) || taken.has_a_part_of(start, end) {
                break;
            }
            place = start;
        }
        place
    }

    fn ended(&self, text: &[u8], mut place: usize, taken: &Cover) -> usize {
        for _ in 0..MOST {
            if text.get(place) != Some(&b' ') {
                break;
            }
            let end = word_end(text, place + 1, text.len());
            if !self.is_part(text, place + 1, end) || taken.has_a_part_of(place + 1, end) {
                break;
            }
            place = end;
        }
        place
    }

    /// Whether a word is written as a part of a name and is none of medicine, no role, no label and no state's.
    fn is_part(&self, text: &[u8], start: usize, end: usize) -> bool {
        let word = &text[start..end];
        if word.is_empty() || count(word) < SHORTEST || !word.split(|&byte| is_joint(byte)).all(is_capitalised) {
            return false;
        }
        let joined = matches!(chars::at(text, end).0, ':' | '=' | '#' | '-' | '/' | '_' | '\'');
        let is_nobodys = |part: &[u8]| self.lists.of(&lower(part)) & (NO_NAMES | NEVER_NAMES | WORN) != 0;
        // "Thorvaldsen-Okafor", but no "Cheyne-Stokes".
        let is_free = !is_nobodys(word) && !word.split(|&byte| is_joint(byte)).any(is_nobodys);
        !joined && is_free && !self.regions.contains(word)
    }
}

fn is_joint(byte: u8) -> bool {
    matches!(byte, b'-' | b'\'')
}

fn is_capitalised(part: &[u8]) -> bool {
    !part.is_empty() && is_upper(&part[..chars::at(part, 0).1]) && is_lower(rest(part))
}

/// Whether a sentence, a line or what a label stands for begins at a place.
fn opens(text: &[u8], place: usize) -> bool {
    let first = around::in_front(text, place).map(|(first, last)| chars::at(&text[first..last], 0).0);
    first.is_none_or(|c| !is_letter(c) && c != ',')
}

/// Where the initials begin that stand in front of a place: "B. ", "J.K. ".
fn with_initials(text: &[u8], begin: usize, place: usize) -> usize {
    let mut start = place;
    while start >= begin + 2 {
        let dot = if text[start - 1] == b' ' { start - 2 } else { start - 1 };
        if text[dot] != b'.' || dot <= begin {
            break;
        }
        let (letter, length) = before(text, dot);
        let first = dot - length;
        if first < begin
            || !letter.is_uppercase()
            || (first > begin && !matches!(text[first - 1], b' ' | b'.' | b'\n' | b'('))
        {
            break;
        }
        start = first;
    }
    start
}

/// Where an initial ends that stands behind a place: " T.".
fn with_initial(text: &[u8], place: usize) -> usize {
    match text.get(place..) {
        Some([b' ', letter, b'.', rest @ ..])
            if letter.is_ascii_uppercase() && !rest.first().is_some_and(u8::is_ascii_alphanumeric) =>
        {
            place + 3
        }
        _ => place,
    }
}

#[cfg(test)]
mod tests {
    use super::{Cover, with_initial, with_initials};

    #[test]
    fn a_long_span_covers_what_later_ones_do_not() {
        let cover = Cover::of([(0, 30), (4, 6), (40, 44)].into_iter());
        assert!(cover.has_a_part_of(10, 12) && cover.has_a_part_of(43, 50) && cover.has_a_part_of(0, 1));
        assert!(!cover.has_a_part_of(30, 40) && !cover.has_a_part_of(44, 50));
    }

    #[test]
    fn initials_are_capitals_with_full_stops() {
        assert_eq!(with_initials(b"by B. Littlefeather", 0, 6), 3);
        assert_eq!(with_initials(b"by J.K. Nkosi", 0, 8), 3);
        for text in ["No. Nkosi", "in Oct. Nkosi", "b. Nkosi", "XB. Nkosi", ". Nkosi", " Nkosi"] {
            let place = text.len() - "Nkosi".len();
            assert_eq!(with_initials(text.as_bytes(), 0, place), place, "{text}");
        }
        assert_eq!(with_initial(b"LaQuisha T.", 8), 11);
        assert_eq!((with_initial(b"LaQuisha T.4", 8), with_initial(b"LaQuisha Tx.", 8)), (8, 8));
    }
}
