//! How usual is a word as a given name, a family name, a town, and as anything else?

use rustc_hash::FxHashSet;

/// Levels from 0 (never) to 3 (often) of a word in lower case, as the gazetteer's file numbers them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Profile(u16);

const ORDINARY: u16 = 2 << 6;
const SPANISH: u16 = 1 << 10;
// Of the vocabulary, and in dictionaries with a capital.
const PROPER: u16 = 1 << 11;
// The number of a word that is a proper name and nothing else that is known.
const PROPER_LINE: u16 = 512;

impl Profile {
    pub fn given(self) -> u8 {
        (self.0 & 3) as u8
    }

    pub fn family(self) -> u8 {
        (self.0 >> 2 & 3) as u8
    }

    pub fn town(self) -> u8 {
        (self.0 >> 4 & 3) as u8
    }

    pub fn ordinary(self) -> u8 {
        (self.0 >> 6 & 3) as u8
    }

    pub fn eponym(self) -> bool {
        self.0 >> 8 & 1 != 0
    }

    pub fn known(self) -> bool {
        self.0 >> 9 & 1 != 0
    }

    pub fn spanish(self) -> bool {
        self.0 & SPANISH != 0
    }

    /// The same word where it is ordinary in no way.
    pub fn unordinary(self) -> Self {
        Self(self.0 & !(3 << 6))
    }

    /// Whether it may name somebody or a town.
    pub fn names(self) -> bool {
        self.0 & 63 != 0
    }

    /// Whether it is an ordinary word first: no name at all, or, of the most ordinary ones, a rare one.
    pub fn is_ordinary_first(self) -> bool {
        let rare = self.given().max(self.family()) < 2;
        (self.ordinary() >= 2 && !self.names()) || (self.ordinary() == 3 && rare)
    }
}

/// What a lookup says: the profile, and whether the word is a proper name of a dictionary and nothing else.
#[derive(Clone, Copy)]
pub struct Listed {
    pub profile: Profile,
    pub proper: bool,
}

/// The words as they stand in the file, and a table of their places: an object for each would take too long to make.
pub struct Gazetteer {
    data: Vec<u8>,
    // Of each word 24 bits of its hash, the 12 bits that are said of it, and the 28 of its place.
    slots: Vec<u64>,
    towns: FxHashSet<Box<[u8]>>,
    // A bit for each hash of a word that may be a name in small letters: of most words none is set.
    small: Vec<u64>,
}

const SMALL_BITS: u32 = 19;

const PLACE_BITS: u32 = 28;
const PLACE: u64 = (1 << PLACE_BITS) - 1;
const SAID_BITS: u32 = 12;
const SAID: u64 = (1 << SAID_BITS) - 1;

/// A hash of a word, good enough for words of a language.
#[inline]
fn hash(word: &[u8]) -> u64 {
    const MANY: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = (word.len() as u64).wrapping_mul(MANY);
    let mut chunks = word.chunks_exact(8);
    for chunk in &mut chunks {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(chunk);
        state = mixed(state ^ u64::from_le_bytes(bytes));
    }
    let rest = chunks.remainder();
    let mut last = 0;
    for &byte in rest {
        last = last << 8 | u64::from(byte);
    }
    mixed(state ^ last)
}

#[inline]
fn mixed(value: u64) -> u64 {
    let wide = u128::from(value ^ 0xa076_1d64_78bd_642f) * u128::from(0xe703_7ed1_a0b4_28db_u64);
    (wide >> 64) as u64 ^ wide as u64
}

impl Gazetteer {
    /// Of the unpacked file: each line is a profile's number, a tab and the words that share it.
    pub fn new(data: &[u8]) -> Result<Self, String> {
        if data.len() as u64 > PLACE {
            return Err("The gazetteer is too large.".into());
        }
        let words = data.iter().filter(|&&byte| byte == b' ' || byte == b'\n').count();
        let size = (words * 5 / 4).next_power_of_two().max(16);
        let mut made = Self {
            data: data.to_vec(),
            slots: vec![0; size],
            towns: FxHashSet::default(),
            small: vec![0; 1 << (SMALL_BITS - 6)],
        };
        let mut start = 0;
        while start < data.len() {
            let end = data[start..].iter().position(|&byte| byte == b'\n').map_or(data.len(), |found| start + found);
            let line = &data[start..end];
            let Some(tab) = line.iter().position(|&byte| byte == b'\t') else {
                return Err("A line of the gazetteer has no tab.".into());
            };
            made.line(&line[..tab], start + tab + 1, end)?;
            start = end + 1;
        }
        Ok(made)
    }

    fn line(&mut self, code: &[u8], start: usize, end: usize) -> Result<(), String> {
        if code == b"towns" {
            self.towns = self.data[start..end].split(|&byte| byte == b'|').map(Box::from).collect();
            return Ok(());
        }
        let number = std::str::from_utf8(code).ok().and_then(|code| code.parse::<u16>().ok());
        let Some(number) = number.filter(|&number| number < PROPER) else {
            return Err("A line of the gazetteer has no number.".into());
        };
        let said = if number & 63 != 0 {
            number
        } else if number & SPANISH != 0 {
            ORDINARY | SPANISH
        } else if number == PROPER_LINE {
            ORDINARY | PROPER
        } else {
            ORDINARY
        };
        let known = Profile(said);
        let small = known.ordinary() < 2 && (known.given() >= 2 || known.family() >= 2 || known.town() >= 2);
        let mut place = start;
        while place < end {
            let mut stop = place;
            while stop < end && self.data[stop] != b' ' {
                stop += 1;
            }
            self.insert(place, stop, said, small);
            place = stop + 1;
        }
        Ok(())
    }

    #[inline]
    fn insert(&mut self, start: usize, end: usize, said: u16, small: bool) {
        let hash = hash(&self.data[start..end]);
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        if small {
            let bit = hash >> (64 - SMALL_BITS);
            self.small[(bit >> 6) as usize] |= 1 << (bit & 63);
        }
        let tag = hash >> (PLACE_BITS + SAID_BITS) << (PLACE_BITS + SAID_BITS);
        self.slots[slot] = tag | u64::from(said) << PLACE_BITS | start as u64;
    }

    /// What the file says of a word as it stands there.
    #[inline]
    pub fn listed(&self, word: &[u8]) -> Option<Listed> {
        if word.is_empty() {
            return None;
        }
        let hash = hash(word);
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let held = self.slots[slot];
            if held == 0 {
                return None;
            }
            if held >> (PLACE_BITS + SAID_BITS) == hash >> (PLACE_BITS + SAID_BITS) {
                let place = (held & PLACE) as usize;
                let end = place + word.len();
                let ends = self.data.get(end).is_none_or(|&byte| byte == b' ' || byte == b'\n');
                if ends && self.data.get(place..end) == Some(word) {
                    let said = (held >> PLACE_BITS & SAID) as u16;
                    return Some(Listed { profile: Profile(said & !PROPER), proper: said & PROPER != 0 });
                }
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Whether a word as it stands in the file may be a usual name and hardly anything else; few others may.
    #[inline]
    pub fn may_be_small(&self, word: &[u8]) -> bool {
        let bit = hash(word) >> (64 - SMALL_BITS);
        self.small[(bit >> 6) as usize] >> (bit & 63) & 1 != 0
    }

    /// Whether a word is of the vocabulary: no name, and of no language alone.
    pub fn is_vocabulary(&self, word: &[u8]) -> bool {
        self.listed(word).is_some_and(|listed| !listed.profile.names() && !listed.profile.spanish())
    }

    /// Whether a name of several words is a town's.
    pub fn is_town(&self, phrase: &[u8]) -> bool {
        self.towns.contains(phrase)
    }

    /// The first words of the towns of several words.
    pub fn openings(&self) -> impl Iterator<Item = &[u8]> {
        self.towns.iter().filter_map(|town| town.split(|&byte| byte == b' ').next())
    }
}
