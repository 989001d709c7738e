//! What is said of a word that may be a name, and what does each of it weigh?
//!
//! Facts are numbers, laid out one block behind the other; their names are what the file of weights and an explanation
//! call them.

use std::collections::HashMap;

use super::super::chars::{self, DECIMAL, begins_upper, count, is, is_lower, is_upper, lower};
use super::super::gazetteer::Profile;
use super::super::lexicon::Lexicon;
use super::super::lists::{EPONYMS, Flags, MOSTLY_NAMES, NEVER_NAMES, named};
use super::super::words::rest;
use super::around;
use super::candidate::Candidate;

// Of the word itself.
const WORD: usize = 0;
const STATES: [&str; 7] =
    ["in no list", "proper name", "region", "known thing", "eponym", "never a name", "mostly a name"];
const SHAPES: [&str; 5] = ["short capitals", "capitals", "capitalised", "with hyphen", "capital inside"];
const KINDS: [&str; 9] =
    ["capitals", "region", "proper", "unlisted", "no name", "everyday name", "given name", "family name", "town"];
const STANDS: [&str; 4] = ["amid capitals", "at the beginning", "inside a sentence", "possessive"];
const OF_SHAPES: usize = WORD + STATES.len();
const OF_KINDS: usize = OF_SHAPES + SHAPES.len();
const OF_STANDS: usize = OF_KINDS + KINDS.len();
// Each kind where it stands: at the beginning words of every kind have a capital.
const OF_STANDING_KINDS: usize = OF_STANDS + STANDS.len();
// Of what was found around it.
const COMPANY: usize = OF_STANDING_KINDS + 3 * KINDS.len();
const OTHERS: [&str; 7] = ["always", "one", "two", "more", "a name", "right in front", "right behind"];
const OF_NAMED: usize = COMPANY + OTHERS.len();
// Of what stands beside it, once for each side.
const BESIDE: usize = OF_NAMED + KINDS.len();
const SIDES: [&str; 2] = ["front", "behind"];
const LISTS: usize = 52;
const ON_LISTS: Flags = (1 << LISTS) - 1;
const SIGNS: [(char, &str); 23] = [
    ('.', "full stop"),
    (',', "comma"),
    (':', "colon"),
    (';', "semicolon"),
    ('(', "opening bracket"),
    (')', "closing bracket"),
    ('/', "slash"),
    ('-', "hyphen"),
    ('\'', "apostrophe"),
    ('"', "quote"),
    ('&', "ampersand"),
    ('+', "plus"),
    ('<', "less"),
    ('>', "more"),
    ('=', "equals"),
    ('%', "per cent"),
    ('#', "hash"),
    ('@', "at"),
    ('?', "question mark"),
    ('!', "exclamation mark"),
    ('*', "star"),
    ('\n', "end of line"),
    ('|', "bar"),
];
const OTHER_SIGN: usize = SIGNS.len();
const PIECES: [&str; 10] = [
    "nothing",
    "number",
    "1 digit",
    "2 digits",
    "3 digits",
    "more digits",
    "unlisted word",
    "other word",
    "state code",
    "initial",
];
const OF_SIGNS: usize = LISTS;
const OF_PIECES: usize = OF_SIGNS + SIGNS.len() + 1;
const OF_CAPITALS: usize = OF_PIECES + PIECES.len();
const OF_A_SIDE: usize = OF_CAPITALS + KINDS.len();
const ALL: usize = BESIDE + SIDES.len() * OF_A_SIDE;

/// What each fact weighs, in hundredths.
pub struct Weights(Vec<i32>);

impl Weights {
    /// Of the weights by their facts' names. A fact that is not named weighs nothing.
    pub fn new(of: &HashMap<String, i32>) -> Result<Self, String> {
        let mut weights = vec![0; ALL];
        let mut known = 0;
        for (fact, weight) in weights.iter_mut().enumerate() {
            if let Some(&learnt) = of.get(&name(fact)) {
                *weight = learnt;
                known += 1;
            }
        }
        if known < of.len() { Err("A weight is of no fact.".into()) } else { Ok(Self(weights)) }
    }

    #[inline]
    pub fn of(&self, fact: usize) -> i32 {
        self.0[fact]
    }
}

/// What a fact is called.
pub fn name(fact: usize) -> String {
    if fact < OF_SHAPES {
        format!("word: {}", STATES[fact - WORD])
    } else if fact < OF_KINDS {
        format!("word: {}", SHAPES[fact - OF_SHAPES])
    } else if fact < OF_STANDS {
        format!("word: kind {}", KINDS[fact - OF_KINDS])
    } else if fact < OF_STANDING_KINDS {
        format!("word: {}", STANDS[fact - OF_STANDS])
    } else if fact < COMPANY {
        let (stands, kind) = ((fact - OF_STANDING_KINDS) / KINDS.len(), (fact - OF_STANDING_KINDS) % KINDS.len());
        format!("word: {}, {}", KINDS[kind], STANDS[stands])
    } else if fact < OF_NAMED {
        format!("found: {}", OTHERS[fact - COMPANY])
    } else if fact < BESIDE {
        format!("found: a name, word {}", KINDS[fact - OF_NAMED])
    } else {
        let (side, what) = ((fact - BESIDE) / OF_A_SIDE, (fact - BESIDE) % OF_A_SIDE);
        format!("{}: {}", SIDES[side], piece_name(what))
    }
}

fn piece_name(what: usize) -> String {
    if what < OF_SIGNS {
        format!("list {}", named(what))
    } else if what < OF_PIECES {
        SIGNS.get(what - OF_SIGNS).map_or("other sign", |sign| sign.1).into()
    } else if what < OF_CAPITALS {
        PIECES[what - OF_PIECES].into()
    } else {
        format!("capital, {}", KINDS[what - OF_CAPITALS])
    }
}

/// Which of [`KINDS`] a capitalised word is.
fn kind(word: &[u8], region: bool, proper: bool, profile: Option<Profile>) -> usize {
    if is_upper(word) {
        return 0;
    }
    if region {
        return 1;
    }
    if proper {
        return 2;
    }
    match profile {
        None => 3,
        Some(known) if !known.names() => 4,
        Some(known) if known.ordinary() >= 2 => 5,
        Some(known) if known.given() >= 2 => 6,
        Some(known) if known.given().max(known.family()) > known.town() => 7,
        Some(_) => 8,
    }
}

fn shape(word: &[u8]) -> usize {
    if is_upper(word) {
        usize::from(count(word) >= 5)
    } else if is_lower(rest(word)) {
        2
    } else if word.contains(&b'-') {
        3
    } else {
        4
    }
}

impl Lexicon {
    /// Calls `see` with each fact of a word.
    pub fn facts(&self, text: &[u8], candidate: &Candidate<'_>, mut see: impl FnMut(usize)) {
        let Candidate { start, stop, word, flags, profile, proper, .. } = *candidate;
        let region = self.regions.contains(word);
        let kind = kind(word, region, proper, profile);
        let states = [
            profile.is_none() && !proper,
            proper,
            region,
            profile.is_some_and(Profile::known),
            flags & EPONYMS != 0,
            flags & NEVER_NAMES != 0,
            flags & MOSTLY_NAMES != 0,
        ];
        for (index, _) in states.into_iter().enumerate().filter(|&(_, state)| state) {
            see(WORD + index);
        }
        see(OF_SHAPES + shape(word));
        see(OF_KINDS + kind);
        let front = around::in_front(text, start);
        let opens =
            front.is_none_or(|(first, last)| matches!(&text[first..last], [sign] if b".!?\n|:;>".contains(sign)));
        let stands = match (candidate.shouted, opens) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        };
        see(OF_STANDS + stands);
        see(OF_STANDING_KINDS + stands * KINDS.len() + kind);
        if stop > candidate.end {
            see(OF_STANDS + 3);
        }
        see(COMPANY);
        if candidate.others > 0 {
            see(COMPANY + candidate.others.min(3));
        }
        if candidate.named {
            see(COMPANY + 4);
            see(OF_NAMED + kind);
        }
        if candidate.joined_in_front {
            see(COMPANY + 5);
        }
        if candidate.joined_behind {
            see(COMPANY + 6);
        }
        let sides = [front, around::behind(text, stop)];
        for (side, piece) in sides.into_iter().enumerate() {
            let piece = piece.map_or(&b""[..], |(first, last)| &text[first..last]);
            self.facts_of_a_piece(piece, |what| see(BESIDE + side * OF_A_SIDE + what));
        }
    }

    /// Calls `see` with each fact of a word, number or sign that stands beside; nothing stands there if it is empty.
    fn facts_of_a_piece(&self, piece: &[u8], mut see: impl FnMut(usize)) {
        let (first, length) = chars::at(piece, 0);
        if length == 0 {
            return see(OF_PIECES);
        }
        if is(first, DECIMAL) {
            see(OF_PIECES + 1);
            return see(OF_PIECES + 1 + count(piece).min(4));
        }
        if !chars::is_letter(first) {
            let sign = SIGNS.iter().position(|&(sign, _)| sign == first).unwrap_or(OTHER_SIGN);
            return see(OF_SIGNS + sign);
        }
        let low = lower(piece);
        let flags = self.lists.of(&low) & ON_LISTS;
        let mut left = flags;
        while left != 0 {
            see(left.trailing_zeros() as usize);
            left &= left - 1;
        }
        if !begins_upper(piece) {
            if flags == 0 {
                see(OF_PIECES + if self.profile(&low, false).is_none() { 6 } else { 7 });
            }
            return;
        }
        if self.states.contains(piece) {
            see(OF_PIECES + 8);
        }
        if length == piece.len() {
            return see(OF_PIECES + 9);
        }
        let listed = self.gazetteer.listed(&low);
        let proper = listed.is_some_and(|listed| listed.proper);
        let kind = kind(piece, self.regions.contains(piece), proper, self.profile(&low, false));
        see(OF_CAPITALS + kind);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::{ALL, Weights, name};

    #[test]
    fn every_fact_has_a_name_of_its_own() {
        assert_eq!((0..ALL).map(name).collect::<HashSet<_>>().len(), ALL);
    }

    #[test]
    fn weight_of_no_fact_is_refused() {
        assert!(Weights::new(&HashMap::from([("front: unicorn".to_string(), 1)])).is_err());
        assert!(Weights::new(&HashMap::from([("front: comma".to_string(), 1)])).is_ok());
    }
}
