//! Which characters does a set of a pattern take?

use crate::names::chars::{DECIMAL, LETTER, SPACE, is, is_word};

/// A set of characters, as Python understands it: `\w` takes letters and numbers of any script, and no marks.
#[derive(Clone, Default)]
pub struct Set {
    ascii: u128,
    ranges: Vec<(char, char)>,
    classes: Vec<char>,
    negated: bool,
    /// Capitals are taken as small letters.
    fold: bool,
}

/// A letter as `re.IGNORECASE` compares it. Python takes both Turkish letters for an "i".
fn folded(c: char) -> char {
    match c {
        'İ' | 'ı' => 'i',
        'ſ' => 's',
        '\u{212a}' => 'k',
        c if c.is_ascii() => c.to_ascii_lowercase(),
        c => {
            let mut lower = c.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(only), None) => only,
                _ => c,
            }
        }
    }
}

impl Set {
    pub fn new(fold: bool) -> Self {
        Self { fold, ..Self::default() }
    }

    pub fn negate(&mut self) {
        self.negated = true;
    }

    pub fn add(&mut self, first: char, last: char) {
        if first == last && self.fold {
            self.ranges.push((folded(first), folded(first)));
        } else if self.fold && first.is_ascii_uppercase() && last.is_ascii_uppercase() {
            self.ranges.push((first.to_ascii_lowercase(), last.to_ascii_lowercase()));
        } else {
            self.ranges.push((first, last));
        }
    }

    /// Adds what `\w`, `\d` or `\s` takes, or in capitals what it does not take.
    pub fn class(&mut self, name: char) -> Result<(), String> {
        if !"wWdDsS".contains(name) {
            return Err(format!("The class {name} is not known here."));
        }
        self.classes.push(name);
        Ok(())
    }

    /// The same with what is said of ASCII worked out.
    pub fn made(mut self) -> Self {
        self.ascii = (0..128_u8).filter(|&byte| self.asked(byte as char)).fold(0, |all, byte| all | 1 << byte);
        self
    }

    fn asked(&self, c: char) -> bool {
        let c = if self.fold { folded(c) } else { c };
        let held = self.ranges.iter().any(|&(first, last)| first <= c && c <= last)
            || self.classes.iter().any(|&name| match name {
                'w' => is_word(c),
                'W' => !is_word(c),
                'd' => is(c, DECIMAL),
                'D' => !is(c, DECIMAL),
                's' => is(c, SPACE),
                _ => !is(c, SPACE),
            });
        held != self.negated
    }

    #[inline]
    pub fn takes(&self, c: char) -> bool {
        if c.is_ascii() { self.takes_ascii(c as u8) } else { self.beyond(c) }
    }

    #[inline]
    pub fn takes_ascii(&self, byte: u8) -> bool {
        self.ascii >> byte & 1 != 0
    }

    fn beyond(&self, c: char) -> bool {
        // The letters of a word, which most of these sets are of.
        if self.negated && self.classes == ['W', 'd'] && !is(c, LETTER) {
            return false;
        }
        self.asked(c)
    }

    /// The only character of the set, where it is of ASCII.
    pub fn only(&self) -> Option<u8> {
        let alone = self.ascii.count_ones() == 1 && !self.may_take_beyond();
        alone.then(|| self.ascii.trailing_zeros() as u8)
    }

    pub fn ascii(&self) -> u128 {
        self.ascii
    }

    /// Whether a character beyond ASCII may be taken.
    pub fn may_take_beyond(&self) -> bool {
        let turkish = self.fold && b"isk".iter().any(|&byte| self.takes_ascii(byte));
        self.negated || turkish || !self.classes.is_empty() || self.ranges.iter().any(|&(_, last)| !last.is_ascii())
    }
}
