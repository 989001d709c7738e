//! The words, numbers and signs of a text, and how each is written.

use smallvec::{SmallVec, smallvec};

use super::super::chars::lower;
use super::super::gazetteer::Profile;
use super::super::lexicon::Lexicon;
use super::super::lists::{MEDICAL, NEVER_NAMES, TITLES};
use super::piece::{Own, Piece};
use super::weights::Weights;
use super::{KINDS, Known, ORGANISATION};

// How far from something that was found a word is asked about, in bytes, and how much further is read for its neighbours.
const COMPANY: usize = 400;
const BEYOND: usize = 100;
const LONGEST_WORD: usize = 64;

/// A word, a number, a sign or the end of a line.
#[derive(Clone, Copy)]
pub struct Token {
    pub start: usize,
    pub end: usize,
    pub is_word: bool,
    /// Whether it may be a part of what tells of somebody: it begins with a capital or holds a digit.
    pub may_tell: bool,
    pub is_title: bool,
    /// What covers it, by its place in [`KINDS`].
    pub found: Option<u8>,
}

/// How a token is written and what lists know of it.
pub struct Seen {
    /// "AA99", "Aa", "a".
    pub shape: Own,
    /// The word itself where the vocabulary has it, else whether it begins with a capital or holds a digit.
    pub word: Own,
    pub in_vocabulary: bool,
    /// Whether it is an ordinary word and nobody's name.
    pub is_ordinary: bool,
    /// "g1f0o2": what lists know of a word, in one; nothing of a sign or number.
    pub profile: Own,
    /// The same, each by itself.
    pub traits: Traits,
}

type Traits = SmallVec<[Piece<'static>; 6]>;
type Short = SmallVec<[u8; 24]>;

/// A text that was read: its tokens with what was found before, and what is known of each.
pub struct Read<'t> {
    text: &'t str,
    begin: usize,
    /// What was found and tells of somebody, by where it begins.
    somebody: Vec<Known>,
    pub tokens: Vec<Token>,
    pub seen: Vec<Seen>,
}

impl<'t> Read<'t> {
    pub fn new(lexicon: &Lexicon, text: &'t str, begin: usize, known: &[Known], weights: &Weights) -> Self {
        let mut spans = known.to_vec();
        spans.sort_unstable();
        let mut tokens = Vec::new();
        // Of an organisation nothing is near: it tells of nobody, and neither does what is not to count.
        let somebody: Vec<Known> = spans.iter().copied().filter(|&(_, _, kind)| kind != ORGANISATION).collect();
        for (first, last) in windows(text, begin, &somebody) {
            if !tokens.is_empty() {
                // What stands on both sides of what was not read is not beside one another.
                tokens.push(Token {
                    start: first,
                    end: first,
                    is_word: false,
                    may_tell: false,
                    is_title: false,
                    found: None,
                });
            }
            read(&text[first..last], first, &mut tokens);
        }
        for &(start, end, kind) in &spans {
            let first = tokens.partition_point(|token| token.end <= start);
            for token in tokens[first..].iter_mut().take_while(|token| token.start < end) {
                token.found = Some(kind);
            }
        }
        let mut seen = Vec::with_capacity(tokens.len());
        for token in &mut tokens {
            let written = &text[token.start..token.end];
            // A title is none of what it stands in front of: it is added to that.
            token.is_title = token.may_tell && lexicon.lists.of(&lower(written.as_bytes())) & TITLES != 0;
            seen.push(Seen::new(lexicon, token, written, weights));
        }
        Self { text, begin, somebody, tokens, seen }
    }

    /// The numbers of the tokens that may tell of somebody, that nothing covers, and that stand near what was found.
    pub fn candidates(&self) -> impl Iterator<Item = usize> {
        let is_one =
            |token: &Token| token.may_tell && !token.is_title && token.found.is_none() && token.start >= self.begin;
        (0..self.tokens.len()).filter(move |&index| {
            is_one(&self.tokens[index]) && self.is_near(&self.tokens[index]) && !self.has_its_capital_anyway(index)
        })
    }

    /// Spans that begin further in front may reach further: those of many lines are rare, and cover what is near them.
    fn is_near(&self, token: &Token) -> bool {
        if self.somebody.is_empty() {
            return true;
        }
        let behind = self.somebody.partition_point(|span| span.0 < token.start);
        let in_front = self.somebody[..behind].last().is_some_and(|span| span.1 + COMPANY >= token.start);
        in_front || self.somebody.get(behind).is_some_and(|span| span.0 <= token.end + COMPANY)
    }

    /// Whether the text's own begins with a token.
    pub fn is_first(&self, index: usize) -> bool {
        self.tokens[index].start == self.begin
    }

    pub fn written(&self, index: usize) -> &'t [u8] {
        &self.text.as_bytes()[self.tokens[index].start..self.tokens[index].end]
    }

    /// What covers a token; nothing where none does.
    pub fn kind(&self, index: usize) -> Option<Piece<'static>> {
        self.tokens[index].found.and_then(|kind| KINDS.get(usize::from(kind))).map(|kind| Piece::new(kind))
    }
}

/// The stretches of a text that are read: all of it where nothing was found.
fn windows(text: &str, begin: usize, spans: &[Known]) -> SmallVec<[(usize, usize); 4]> {
    if spans.is_empty() {
        return smallvec![(0, text.len())];
    }
    let mut windows: SmallVec<[(usize, usize); 4]> = SmallVec::new();
    for &(start, end, _) in spans {
        let first = if start <= begin + COMPANY + BEYOND { 0 } else { blank(text, start - COMPANY - BEYOND) };
        let last = blank(text, end + COMPANY + BEYOND);
        match windows.last_mut() {
            Some(window) if first <= window.1 => window.1 = window.1.max(last),
            _ => windows.push((first, last)),
        }
    }
    windows
}

/// The first blank not far behind a place, where no word is cut; else a place where no character is.
fn blank(text: &str, place: usize) -> usize {
    let (bytes, last) = (text.as_bytes(), (place + LONGEST_WORD).min(text.len()));
    (place..last)
        .find(|&place| bytes[place].is_ascii_whitespace())
        .or_else(|| (last..text.len()).find(|&place| text.is_char_boundary(place)))
        .unwrap_or(text.len())
}

/// Adds all tokens of a stretch of a text that begins at a byte.
fn read(text: &str, offset: usize, tokens: &mut Vec<Token>) {
    let mut letters = text.char_indices().peekable();
    while let Some((start, first)) = letters.next() {
        if first.is_whitespace() && first != '\n' {
            continue;
        }
        let mut end = start + first.len_utf8();
        let is_word = first.is_alphanumeric();
        let mut has_digit = first.is_ascii_digit();
        if is_word {
            let mut elided = false;
            while let Some(&(place, next)) = letters.peek() {
                let goes_on = next.is_alphanumeric()
                    || (!elided
                        && matches!(next, '\'' | '’')
                        && text[place + next.len_utf8()..].starts_with(char::is_alphanumeric));
                if !goes_on {
                    break;
                }
                elided |= !next.is_alphanumeric();
                has_digit |= next.is_ascii_digit();
                end = place + next.len_utf8();
                letters.next();
            }
        }
        let may_tell = has_digit || (is_word && first.is_uppercase());
        tokens.push(Token {
            start: offset + start,
            end: offset + end,
            is_word,
            may_tell,
            is_title: false,
            found: None,
        });
    }
}

// Longer numbers look alike.
const MOST_DIGITS: usize = 9;

impl Seen {
    fn new(lexicon: &Lexicon, token: &Token, written: &str, weights: &Weights) -> Self {
        let traits = Traits::new();
        if !token.is_word {
            let [shape, word] = [written, written].map(|sign| Own::new(sign.as_bytes()));
            return Self { shape, word, in_vocabulary: false, is_ordinary: false, profile: Own::new(b""), traits };
        }
        let low = lower(written.as_bytes());
        let in_vocabulary = weights.has(&low);
        let word = Own::new(match () {
            () if in_vocabulary => &low,
            () if written.bytes().any(|byte| byte.is_ascii_digit()) => b"#",
            () if token.may_tell => b"~A",
            () => b"~a",
        });
        let known = lexicon.profile(&low, false);
        let traits = if written.starts_with(char::is_alphabetic) { known_of(lexicon, &low, known) } else { traits };
        let is_ordinary = known.is_some_and(Profile::is_ordinary_first);
        let profile: Short = traits.iter().flat_map(|of| of.bytes.iter().copied()).collect();
        Self { shape: Own::new(&shape(written)), word, in_vocabulary, is_ordinary, profile: Own::new(&profile), traits }
    }
}

/// What lists know of a word in lower case.
fn known_of(lexicon: &Lexicon, low: &[u8], known: Option<Profile>) -> Traits {
    const GIVEN: [Piece<'static>; 2] = [Piece::new(b"g0"), Piece::new(b"g1")];
    const FAMILY: [Piece<'static>; 2] = [Piece::new(b"f0"), Piece::new(b"f1")];
    const ORDINARY: [Piece<'static>; 4] = [Piece::new(b"o0"), Piece::new(b"o1"), Piece::new(b"o2"), Piece::new(b"o3")];
    const UNLISTED: Piece<'static> = Piece::new(b"unlisted");
    const TOWN: Piece<'static> = Piece::new(b"t");
    const OF_MEDICINE: Piece<'static> = Piece::new(b"m");
    const NEVER_A_NAME: Piece<'static> = Piece::new(b"n");
    let mut traits = Traits::new();
    match known {
        None => traits.push(UNLISTED),
        Some(known) => {
            let level = |level: u8, names: [Piece<'static>; 2]| (level > 0).then(|| names[usize::from(level > 1)]);
            traits.extend(level(known.given(), GIVEN));
            traits.extend(level(known.family(), FAMILY));
            traits.extend((known.town() > 0).then_some(TOWN));
            traits.push(ORDINARY[usize::from(known.ordinary().min(3))]);
        }
    }
    let flags = lexicon.lists.of(low);
    traits.extend((flags & MEDICAL != 0).then_some(OF_MEDICINE));
    traits.extend((flags & NEVER_NAMES != 0).then_some(NEVER_A_NAME));
    traits
}

/// A word with 9 for each digit, "A" or "AA" for one capital or more, "a" for other letters.
fn shape(written: &str) -> Short {
    let mut shape = Short::new();
    let mut digits = 0;
    for letter in written.chars() {
        let sign = match letter {
            '0'..='9' => b'9',
            _ if letter.is_uppercase() => b'A',
            _ if letter.is_alphabetic() => b'a',
            _ if letter.is_ascii() => letter as u8,
            _ => b'*',
        };
        digits += usize::from(sign == b'9');
        let is_told = match sign {
            b'a' => shape.last() == Some(&b'a'),
            b'A' => shape.ends_with(b"AA"),
            b'9' => digits > MOST_DIGITS,
            _ => false,
        };
        if !is_told {
            shape.push(sign);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::{read, shape, windows};

    #[test]
    fn words_numbers_and_signs_are_parted() {
        let text = "Ama's MRN: AB-12_x\né1";
        let mut tokens = Vec::new();
        read(text, 0, &mut tokens);
        let written: Vec<&str> = tokens.iter().map(|token| &text[token.start..token.end]).collect();
        assert_eq!(written, ["Ama's", "MRN", ":", "AB", "-", "12", "_", "x", "\n", "é1"]);
        let may_tell: Vec<bool> = tokens.iter().map(|token| token.may_tell).collect();
        assert_eq!(may_tell, [true, true, false, true, false, true, false, false, false, true]);
    }

    #[test]
    fn a_shape_tells_capitals_and_counts_digits() {
        for (word, expected) in
            [("Ama's", "Aa'a"), ("MRN", "AA"), ("x9", "a9"), ("1234567890123", "999999999"), ("Éa", "Aa")]
        {
            assert_eq!(shape(word).as_slice(), expected.as_bytes());
        }
    }

    #[test]
    fn what_is_far_from_all_that_was_found_is_not_read() {
        let text = "word ".repeat(1000);
        assert_eq!(windows(&text, 0, &[]).as_slice(), [(0, text.len())]);
        let windows = windows(&text, 0, &[(10, 14, 0), (20, 24, 0), (3000, 3004, 0), (4999, 5000, 0)]);
        assert_eq!(windows.as_slice(), [(0, 524), (2504, 3504), (4499, 5000)]);
    }
}
