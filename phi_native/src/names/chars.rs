//! What Python says of a character: whether it is a letter, a digit or a capital, and what a pattern's `\w` takes.
//!
//! A text is UTF-8 throughout; offsets are bytes, and windows are as many characters as Python's are code points.

use std::ops::Deref;
use std::sync::LazyLock;

use smallvec::SmallVec;
use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// `[^\W\d_]`: letters and numbers that are no digits.
pub const LETTER: u8 = 1;
/// `str.isalpha`.
pub const ALPHA: u8 = 2;
/// `\d`: decimal digits of any script.
pub const DECIMAL: u8 = 4;
/// Has the property Uppercase.
pub const UPPER: u8 = 8;
/// Has the property Lowercase.
pub const LOWER: u8 = 16;
/// Is a title-case letter: neither upper nor lower.
pub const TITLE: u8 = 32;
/// `\s`.
pub const SPACE: u8 = 64;
/// A capital that a run's word may begin with: of category Lu and below U+2000.
pub const CAPITAL: u8 = 128;

fn computed(c: char) -> u8 {
    let category = get_general_category(c);
    let mut kind = match category {
        Category::UppercaseLetter
        | Category::LowercaseLetter
        | Category::TitlecaseLetter
        | Category::ModifierLetter
        | Category::OtherLetter => LETTER | ALPHA,
        Category::LetterNumber | Category::OtherNumber => LETTER,
        Category::DecimalNumber => DECIMAL,
        _ => 0,
    };
    if category == Category::TitlecaseLetter {
        kind |= TITLE;
    } else if c.is_uppercase() {
        kind |= UPPER;
    } else if c.is_lowercase() {
        kind |= LOWER;
    }
    if c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c) {
        kind |= SPACE;
    }
    if category == Category::UppercaseLetter && c < '\u{2000}' {
        kind |= CAPITAL;
    }
    kind
}

static KINDS: LazyLock<Vec<u8>> =
    LazyLock::new(|| (0..0x1_0000_u32).map(|code| char::from_u32(code).map_or(0, computed)).collect());

const ASCII: [u8; 128] = {
    let mut kinds = [0; 128];
    let mut code = 0;
    while code < 128 {
        let byte = code as u8;
        kinds[code] = if byte.is_ascii_uppercase() {
            LETTER | ALPHA | UPPER | CAPITAL
        } else if byte.is_ascii_lowercase() {
            LETTER | ALPHA | LOWER
        } else if byte.is_ascii_digit() {
            DECIMAL
        } else if (byte >= 9 && byte <= 13) || (byte >= 0x1c && byte <= 0x20) {
            SPACE
        } else {
            0
        };
        code += 1;
    }
    kinds
};

/// All that is known of a character.
#[inline]
pub fn kind(c: char) -> u8 {
    let code = c as usize;
    if code < 128 {
        ASCII[code]
    } else if code < 0x1_0000 {
        KINDS[code]
    } else {
        computed(c)
    }
}

/// Whether a character is of one of some kinds.
#[inline]
pub fn is(c: char, kinds: u8) -> bool {
    kind(c) & kinds != 0
}

/// `[^\W\d_]`
#[inline]
pub fn is_letter(c: char) -> bool {
    is(c, LETTER)
}

/// `\w`
#[inline]
pub fn is_word(c: char) -> bool {
    is(c, LETTER | DECIMAL) || c == '_'
}

/// `str.isdigit` of one character: decimal digits, and those of other systems that compatibility does not replace.
pub fn is_digit(c: char) -> bool {
    is(c, DECIMAL)
        || matches!(c, '²' | '³' | '¹' | '\u{1369}'..='\u{1371}' | '\u{19da}' | '\u{2070}' | '\u{2074}'..='\u{2079}'
            | '\u{2080}'..='\u{2089}' | '\u{2460}'..='\u{2468}' | '\u{2474}'..='\u{247c}' | '\u{2488}'..='\u{2490}'
            | '\u{24ea}' | '\u{24f5}'..='\u{24fd}' | '\u{24ff}' | '\u{2776}'..='\u{277e}' | '\u{2780}'..='\u{2788}'
            | '\u{278a}'..='\u{2792}' | '\u{10a40}'..='\u{10a43}' | '\u{10e60}'..='\u{10e68}'
            | '\u{11052}'..='\u{1105a}' | '\u{1f100}'..='\u{1f10a}')
}

/// The character at a byte of a text, and its length; a NUL of no length at its end.
#[inline]
pub fn at(text: &[u8], place: usize) -> (char, usize) {
    match text.get(place) {
        None => ('\0', 0),
        Some(&byte) if byte < 0x80 => (byte as char, 1),
        Some(&byte) => decoded(text, place, byte),
    }
}

fn decoded(text: &[u8], place: usize, first: u8) -> (char, usize) {
    let rest = |index: usize| u32::from(text.get(place + index).copied().unwrap_or(0) & 0x3f);
    let (code, length) = if first < 0xe0 {
        (u32::from(first & 0x1f) << 6 | rest(1), 2)
    } else if first < 0xf0 {
        (u32::from(first & 0x0f) << 12 | rest(1) << 6 | rest(2), 3)
    } else {
        (u32::from(first & 0x07) << 18 | rest(1) << 12 | rest(2) << 6 | rest(3), 4)
    };
    (char::from_u32(code).unwrap_or('\u{fffd}'), length)
}

/// The character that ends before a byte of a text, and its length; a NUL of no length at the beginning.
#[inline]
pub fn before(text: &[u8], place: usize) -> (char, usize) {
    if place == 0 {
        return ('\0', 0);
    }
    let byte = text[place - 1];
    if byte < 0x80 {
        return (byte as char, 1);
    }
    let mut start = place - 1;
    while start > 0 && text[start] & 0xc0 == 0x80 {
        start -= 1;
    }
    at(text, start)
}

/// The place so many characters to the left, or the beginning.
#[inline]
pub fn back(text: &[u8], place: usize, characters: usize) -> usize {
    let least = place.saturating_sub(characters);
    if text[least..place].is_ascii() {
        return least;
    }
    let mut found = place;
    for _ in 0..characters {
        let (_, length) = before(text, found);
        if length == 0 {
            break;
        }
        found -= length;
    }
    found
}

/// The place so many characters to the right, or the end.
#[inline]
pub fn onward(text: &[u8], place: usize, characters: usize) -> usize {
    let most = (place + characters).min(text.len());
    if text[place..most].is_ascii() {
        return most;
    }
    let mut found = place;
    for _ in 0..characters {
        let (_, length) = at(text, found);
        if length == 0 {
            break;
        }
        found += length;
    }
    found
}

/// How many characters a piece of a text has.
#[inline]
pub fn count(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

/// The characters of a piece of a text.
pub fn chars(text: &[u8]) -> impl Iterator<Item = char> + '_ {
    let mut place = 0;
    std::iter::from_fn(move || {
        let (c, length) = at(text, place);
        place += length;
        (length > 0).then_some(c)
    })
}

/// A word in small letters: as it is written, where that is so.
pub enum Low<'t> {
    Written(&'t [u8]),
    Made(SmallVec<[u8; LONGEST]>),
}

// Longer words are rare.
const LONGEST: usize = 40;

impl Deref for Low<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Written(word) => word,
            Self::Made(word) => word,
        }
    }
}

/// `str.lower`
#[inline]
pub fn lower(word: &[u8]) -> Low<'_> {
    let Some(place) = word.iter().position(|byte| byte.is_ascii_uppercase() || *byte >= 0x80) else {
        return Low::Written(word);
    };
    if word.len() <= LONGEST {
        let (mut low, mut all) = ([0; LONGEST], 0);
        for (low, &byte) in low.iter_mut().zip(word) {
            *low = byte.to_ascii_lowercase();
            all |= byte;
        }
        if all < 0x80 {
            return Low::Made(SmallVec::from_buf_and_len(low, word.len()));
        }
    } else if word[place..].is_ascii() {
        return Low::Made(word.to_ascii_lowercase().into());
    }
    if chars(word).any(|c| is(c, UPPER | TITLE)) {
        return Low::Made(SmallVec::from_slice(string(word).to_lowercase().as_bytes()));
    }
    Low::Written(word)
}

/// A piece of a text as a string.
pub fn string(text: &[u8]) -> &str {
    std::str::from_utf8(text).unwrap_or_default()
}

/// `str.islower`
pub fn is_lower(text: &[u8]) -> bool {
    cased(text, LOWER, UPPER)
}

/// `str.isupper`
pub fn is_upper(text: &[u8]) -> bool {
    cased(text, UPPER, LOWER)
}

fn cased(text: &[u8], wanted: u8, other: u8) -> bool {
    let mut found = false;
    for (place, &byte) in text.iter().enumerate() {
        if byte >= 0x80 {
            return cased_beyond(&text[place..], wanted, other, found);
        }
        let kind = ASCII[usize::from(byte)];
        if kind & other != 0 {
            return false;
        }
        found |= kind & wanted != 0;
    }
    found
}

fn cased_beyond(text: &[u8], wanted: u8, other: u8, found: bool) -> bool {
    let mut found = found;
    for c in chars(text) {
        let kind = kind(c);
        if kind & (other | TITLE) != 0 {
            return false;
        }
        found |= kind & wanted != 0;
    }
    found
}

/// `str.isupper` of the first character.
#[inline]
pub fn begins_upper(text: &[u8]) -> bool {
    is(at(text, 0).0, UPPER)
}

/// `str.islower` of the first character.
#[inline]
pub fn begins_lower(text: &[u8]) -> bool {
    is(at(text, 0).0, LOWER)
}

/// Where the letters end that begin at a place.
#[inline]
pub fn letters(text: &[u8], place: usize, end: usize) -> usize {
    let mut found = place;
    while found < end {
        let byte = text[found];
        if byte < 0x80 {
            if ASCII[usize::from(byte)] & LETTER == 0 {
                break;
            }
            found += 1;
            continue;
        }
        let (c, length) = at(text, found);
        if !is_letter(c) {
            break;
        }
        found += length;
    }
    found
}

/// Where a word ends that begins at a place: letters, and more of them behind each hyphen or apostrophe.
#[inline]
pub fn word_end(text: &[u8], place: usize, end: usize) -> usize {
    let mut found = letters(text, place, end);
    while found > place && found < end && matches!(text[found], b'\'' | b'-') {
        let more = letters(text, found + 1, end);
        if more == found + 1 {
            break;
        }
        found = more;
    }
    found
}

/// A word without "'s" at its end.
#[inline]
pub fn bare(word: &[u8]) -> &[u8] {
    word.strip_suffix(b"'s").unwrap_or(word)
}
