//! What is said of a word and of what stands around it.

use super::piece::{Own, Piece};
use super::tokens::{Read, Seen, Token};

const fn p(bytes: &'static [u8]) -> Piece<'static> {
    Piece::new(bytes)
}

const ALWAYS: Piece<'static> = p(b"always");
const SHAPE: Piece<'static> = p(b"shape");
const PROFILE: Piece<'static> = p(b"profile");
const TRAIT: Piece<'static> = p(b"trait");
const WORD: Piece<'static> = p(b"word");
const SUFFIX: Piece<'static> = p(b"suffix");
const LENGTH: Piece<'static> = p(b"length");
const SHAPES: Piece<'static> = p(b"shapes");
const BETWEEN: Piece<'static> = p(b"between");
const BEHIND: Piece<'static> = p(b"behind");
const BEFORE: Piece<'static> = p(b"before");
const STANDS: Piece<'static> = p(b"stands");
const RUN: Piece<'static> = p(b"run");
const IN_RUN: Piece<'static> = p(b"in run");
const RUN_BEHIND: Piece<'static> = p(b"run behind");
const RUN_BEFORE: Piece<'static> = p(b"run before");
const RUN_FOUND: Piece<'static> = p(b"run has something found");
const NOTHING: Piece<'static> = p(b"nothing");

/// Names of what is said of a token beside.
struct Side {
    shape: Piece<'static>,
    has: Piece<'static>,
    word: Piece<'static>,
    found: Piece<'static>,
    ends: Piece<'static>,
}

macro_rules! side {
    ($at:literal) => {
        Side {
            shape: p(concat!($at, " shape").as_bytes()),
            has: p(concat!($at, " trait").as_bytes()),
            word: p(concat!($at, " word").as_bytes()),
            found: p(concat!($at, " found").as_bytes()),
            ends: p(concat!($at, " nothing").as_bytes()),
        }
    };
}

// How far the words on each side are looked at, and how far closely.
const FAR: usize = 3;
const CLOSE: usize = 2;
const SIDES: [[Side; FAR]; 2] = [[side!("-1"), side!("-2"), side!("-3")], [side!("+1"), side!("+2"), side!("+3")]];
const TOUCHES: [Piece<'static>; 2] = [p(b"-1 touches"), p(b"+1 touches")];
const OF_SHAPE: [Piece<'static>; 2] = [p(b"-1 word of shape"), p(b"+1 word of shape")];
const OF_PROFILE: [Piece<'static>; 2] = [p(b"-1 word of profile"), p(b"+1 word of profile")];
const NUMBERS: [Piece<'static>; 10] =
    [p(b"0"), p(b"1"), p(b"2"), p(b"3"), p(b"4"), p(b"5"), p(b"6"), p(b"7"), p(b"8"), p(b"9")];
const LONGEST_RUN: usize = 4;
// So far a run is followed to each side, and so many brackets and quotes are passed.
const LONGEST_READ: usize = 12;
const IN_A_RUN: usize = 3;
const LETTERS: usize = 3;
const LONG: usize = 5;

fn number(count: usize, most: usize) -> Piece<'static> {
    NUMBERS[count.min(most).min(9)]
}

impl Read<'_> {
    /// The token so far to the left (0) or right (1).
    fn beside(&self, index: usize, side: usize, far: usize) -> Option<usize> {
        let other = if side == 0 { index.checked_sub(far)? } else { index + far };
        (other < self.tokens.len()).then_some(other)
    }

    fn word(&self, index: Option<usize>) -> Piece<'_> {
        index.map_or(NOTHING, |index| self.seen[index].word.piece())
    }

    /// Calls `see` with the pieces of each fact's name.
    pub fn facts(&self, index: usize, mut see: impl FnMut(&[Piece<'_>])) {
        let seen = &self.seen[index];
        let (shape, profile) = (seen.shape.piece(), seen.profile.piece());
        see(&[ALWAYS]);
        see(&[SHAPE, shape]);
        see(&[PROFILE, profile]);
        self.facts_of_the_word(index, seen, &mut see);
        for (side, names) in SIDES.iter().enumerate() {
            for (far, name) in names.iter().enumerate() {
                match self.beside(index, side, far + 1) {
                    Some(other) => self.facts_of_another(other, name, far < CLOSE, &mut see),
                    None => see(&[name.ends]),
                }
            }
        }
        let beside = [0, 1].map(|side| self.beside(index, side, 1));
        let [before, after] = beside.map(|other| self.word(other));
        let [further_left, further_right] = [0, 1].map(|side| self.word(self.beside(index, side, 2)));
        for (side, other) in [before, after].into_iter().enumerate() {
            see(&[OF_SHAPE[side], other, shape]);
            see(&[OF_PROFILE[side], other, profile]);
            if beside[side].is_some_and(|other| self.touch(index, other)) {
                see(&[TOUCHES[side]]);
            }
        }
        see(&[BETWEEN, before, after]);
        see(&[BEHIND, further_left, before]);
        see(&[BEFORE, after, further_right]);
        if let [Some(left), Some(right)] = beside {
            see(&[SHAPES, self.seen[left].shape.piece(), shape, self.seen[right].shape.piece()]);
        }
        let stands = self.stands(index);
        see(&[STANDS, stands]);
        see(&[STANDS, stands, PROFILE, profile]);
        see(&[STANDS, stands, SHAPE, shape]);
        self.facts_of_its_run(index, &mut see);
    }

    fn facts_of_the_word(&self, index: usize, seen: &Seen, see: &mut impl FnMut(&[Piece<'_>])) {
        for of in &seen.traits {
            see(&[TRAIT, *of]);
        }
        if seen.in_vocabulary {
            see(&[WORD, seen.word.piece()]);
        }
        let written = self.written(index);
        if !written[0].is_ascii_digit() {
            see(&[LENGTH, number(written.len(), 9)]);
            // An ending, of a word that is longer, and of no code.
            if written.len() >= LONG && !written.iter().any(u8::is_ascii_digit) {
                see(&[SUFFIX, suffix(written).piece()]);
            }
        }
    }

    fn facts_of_another(&self, other: usize, name: &Side, closely: bool, see: &mut impl FnMut(&[Piece<'_>])) {
        let seen = &self.seen[other];
        if closely {
            see(&[name.shape, seen.shape.piece()]);
            for of in &seen.traits {
                see(&[name.has, *of]);
            }
        }
        if seen.in_vocabulary {
            see(&[name.word, seen.word.piece()]);
        }
        if let Some(kind) = self.kind(other) {
            see(&[name.found, kind]);
        }
    }

    /// Of the words and numbers with capitals or digits that stand in a row with it, at most a blank between any two.
    fn facts_of_its_run(&self, index: usize, see: &mut impl FnMut(&[Piece<'_>])) {
        let is_next =
            |first: &Token, second: &Token| second.start <= first.end + 1 && first.may_tell && second.may_tell;
        let (mut first, mut last) = (index, index);
        while first > 0 && index - first < LONGEST_READ && is_next(&self.tokens[first - 1], &self.tokens[first]) {
            first -= 1;
        }
        while last + 1 < self.tokens.len()
            && last - index < LONGEST_READ
            && is_next(&self.tokens[last], &self.tokens[last + 1])
        {
            last += 1;
        }
        let [before, after] = [(first, 0), (last, 1)].map(|(end, side)| self.word(self.beside(end, side, 1)));
        see(&[RUN, number(last - first, LONGEST_RUN)]);
        see(&[IN_RUN, number(index - first, IN_A_RUN), number(last - index, IN_A_RUN)]);
        see(&[RUN_BEHIND, before]);
        see(&[RUN_BEFORE, after]);
        see(&[RUN_BEHIND, before, self.seen[index].shape.piece()]);
        if self.tokens[first..=last].iter().any(|token| token.found.is_some()) {
            see(&[RUN_FOUND]);
        }
    }

    /// Whether an ordinary word begins a sentence or a line.
    pub fn has_its_capital_anyway(&self, index: usize) -> bool {
        let opens = || self.is_first(index) || matches!(self.stands(index).bytes, b"first" | b"line" | b"sentence");
        self.seen[index].is_ordinary && opens()
    }

    fn touch(&self, index: usize, other: usize) -> bool {
        let (one, two) = (&self.tokens[index], &self.tokens[other]);
        one.end == two.start || two.end == one.start
    }

    /// What begins with it: the text, a line, a sentence, what a colon or semicolon parts, or nothing.
    fn stands(&self, index: usize) -> Piece<'static> {
        let opens = |place: &usize| !matches!(self.written(*place), b"\"" | b"'" | b"(" | b"[" | b"*" | b"-");
        match (0..index).rev().take(LONGEST_READ).find(opens).map_or(&b""[..], |before| self.written(before)) {
            b"" => const { p(b"first") },
            b"\n" => const { p(b"line") },
            b"." | b"?" | b"!" => const { p(b"sentence") },
            b":" => const { p(b"colon") },
            b";" => const { p(b"semicolon") },
            _ => const { p(b"inside") },
        }
    }
}

/// The last letters of a word, small.
fn suffix(written: &[u8]) -> Own {
    if written.is_ascii() {
        let mut last = [0; LETTERS];
        let tail = &written[written.len().saturating_sub(LETTERS)..];
        for (small, byte) in last.iter_mut().zip(tail) {
            *small = byte.to_ascii_lowercase();
        }
        return Own::new(&last[..tail.len()]);
    }
    let small = String::from_utf8_lossy(written).to_lowercase();
    let start = small.char_indices().rev().nth(LETTERS - 1).map_or(0, |(place, _)| place);
    Own::new(&small.as_bytes()[start..])
}
