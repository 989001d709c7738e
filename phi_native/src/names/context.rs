//! Which words stand around a stretch of text?

use super::beside::REACH;
use super::chars::{self, Low, begins_lower, letters, lower, onward, word_end};
use super::lexicon::Lexicon;
use super::lists::{Flags, TITLES};

/// The word in front, in lower case, and what stands between; an empty word at the start of a sentence or line.
pub struct Before<'t> {
    pub word: Low<'t>,
    /// The lists that the word is in.
    pub flags: Flags,
    pub second: &'t [u8],
    pub gap: &'t [u8],
    pub label: bool,
    /// Whether a sentence or line begins here.
    pub opens: bool,
}

/// The word behind, what stands between, and whether a possessive joins them.
pub struct After<'t> {
    pub word: Low<'t>,
    /// The lists that the word is in.
    pub flags: Flags,
    pub written: &'t [u8],
    pub gap: &'t [u8],
    pub possessive: bool,
}

impl After<'_> {
    /// Whether a word in small letters stands right behind.
    pub fn is_plain(&self) -> bool {
        self.gap == b" " && begins_lower(self.written) && !self.possessive
    }
}

impl Lexicon {
    /// What stands in front of `text[start..]`.
    pub fn before<'t>(&self, text: &'t [u8], start: usize) -> Before<'t> {
        let mut least = chars::back(text, start, REACH);
        if let Some(cut) = text[least..start].iter().rposition(|&byte| byte == 0) {
            least += cut + 1;
            while least < start && text[least] == b'\n' {
                least += 1;
            }
        }
        let Some((first, last)) = word_before(text, least, start) else {
            let gap = &text[least..start];
            return Before { word: Low::Written(b""), flags: 0, second: b"", gap, label: false, opens: true };
        };
        let second = word_before(text, least, first).map_or(&b""[..], |(first, last)| &text[first..last]);
        let word = lower(&text[first..last]);
        let flags = self.lists.of(&word);
        let gap = &text[last..start];
        if gap == b" " {
            return Before { word, flags, second, gap, label: false, opens: false };
        }
        let opens = gap.contains(&b'\n') || (flags & TITLES == 0 && ends_sentence(gap));
        let label = gap.iter().any(|&byte| byte == b':' || byte == b'=');
        Before { word, flags, second, gap, label, opens }
    }

    /// Whether the second word in front is "i".
    pub fn of_the_writer(front: &Before<'_>) -> bool {
        front.second == b"i" || front.second == b"I"
    }

    /// The lists that the second word in front is in.
    pub fn second_flags(&self, front: &Before<'_>) -> Flags {
        self.lists.of_lower(front.second)
    }

    /// What stands behind `text[..end]`.
    pub fn after<'t>(&self, text: &'t [u8], end: usize) -> After<'t> {
        let most = onward(text, end, REACH);
        let possessive = possessive_end(text, end, most);
        let from = possessive.unwrap_or(end);
        let blanks = |from: usize| {
            let mut place = from;
            while place < most && matches!(text[place], b' ' | b'\t' | b'\n') {
                place += 1;
            }
            place
        };
        let mut place = blanks(from);
        let marks = place + 3;
        while place < most && place < marks && b"-,;:()/&.\"".contains(&text[place]) {
            place += 1;
        }
        place = blanks(place);
        let written = &text[place..word_end(text, place, most)];
        let word = lower(written);
        let flags = if word.is_empty() { 0 } else { self.lists.of(&word) };
        After { word, flags, written, gap: &text[from..place], possessive: possessive.is_some() }
    }
}

/// Where the last word before a place begins and ends that begins at another or behind it.
fn word_before(text: &[u8], least: usize, place: usize) -> Option<(usize, usize)> {
    let mut last = place;
    while last > least {
        let (c, length) = chars::before(text, last);
        if chars::is_letter(c) {
            break;
        }
        last -= length;
    }
    if last == least {
        return None;
    }
    let mut first = last;
    loop {
        while first > least {
            let (c, length) = chars::before(text, first);
            if !chars::is_letter(c) {
                break;
            }
            first -= length;
        }
        // "O'Neill" is one word, and "Smith-Jones".
        let joined = first > least + 1 && matches!(text[first - 1], b'\'' | b'-');
        if !joined || !chars::is_letter(chars::before(text, first - 1).0) {
            return Some((first, last));
        }
        first -= 1;
    }
}

/// Whether a full stop, a question mark or the like stands before a space.
fn ends_sentence(gap: &[u8]) -> bool {
    (0..gap.len()).any(|place| {
        if !matches!(gap[place], b'.' | b'?' | b'!') {
            return false;
        }
        let closed = gap[place + 1..].iter().take(2).take_while(|byte| b"\"')".contains(byte)).count();
        matches!(gap.get(place + 1 + closed), Some(b' ' | b'\t'))
    })
}

/// Where an apostrophe ends that makes a possessive, and its "s".
fn possessive_end(text: &[u8], end: usize, most: usize) -> Option<usize> {
    if end >= most {
        return None;
    }
    let (mark, length) = chars::at(text, end);
    if mark != '\'' && mark != '’' {
        return None;
    }
    let mut place = end + length;
    let ends = |place: usize| letters(text, place, most) == place;
    if place < most && text[place] == b's' && ends(place + 1) {
        place += 1;
    } else if !ends(place) {
        return None;
    }
    Some(place)
}
