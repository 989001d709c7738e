//! Can a rule match at a place, by what stands in front of it and about it?

use super::beginnings::is_word;

/// What stands in front of every match of a rule that its check takes.
#[derive(Clone, Debug, Default)]
pub struct Behind {
    /// A word that begins with a capital.
    pub capital: bool,
    /// One of these; anything where there is none.
    pub endings: Vec<String>,
}

/// So many digits stand about every match of a rule that its check takes: from so many characters in front of its
/// beginning to so many behind that.
#[derive(Clone, Copy, Debug, Default)]
pub struct Near {
    pub digits: usize,
    pub before: usize,
    pub behind: usize,
}

impl Behind {
    /// Whether a text that stands in front of a place has it.
    pub fn is_told_by(&self, text: &[u8]) -> bool {
        (!self.capital || is_capital(text))
            && (self.endings.is_empty() || self.endings.iter().any(|ending| text.ends_with(ending.as_bytes())))
    }
}

impl Near {
    /// Whether they stand about a place.
    pub fn is_told_by(&self, text: &[u8], place: usize) -> bool {
        if self.digits == 0 {
            return true;
        }
        let in_front = digits(text[..place].iter().rev(), self.before);
        let mut both = in_front.chain(digits(text[place..].iter(), self.behind));
        both.nth(self.digits - 1).is_some()
    }
}

/// The digits among so many characters. A byte that goes on with a character is none.
fn digits<'t>(bytes: impl Iterator<Item = &'t u8>, characters: usize) -> impl Iterator<Item = &'t u8> {
    bytes.filter(|&&byte| byte & 0xC0 != 0x80).take(characters).filter(|byte| byte.is_ascii_digit())
}

/// What may stand between a word and what is told of it: " (", ", ", ". - ".
const BETWEEN: &[u8] = b" ,.-('\n";
const MOST_BETWEEN: usize = 4;

/// Whether the last word of a text, with its hyphens and apostrophes, begins with a capital or with a letter beyond
/// ASCII, of which nothing is known here. A few signs may stand behind it.
fn is_capital(text: &[u8]) -> bool {
    let signs = text.iter().rev().take(MOST_BETWEEN).take_while(|byte| BETWEEN.contains(byte)).count();
    // Each of the signs may be a part of the word instead: whatever is in front of one of them is looked at.
    (0..=signs).any(|count| begins(&text[..text.len() - count]))
}

fn begins(text: &[u8]) -> bool {
    let word = text.iter().rev().take_while(|&&byte| is_part(byte)).last();
    word.is_some_and(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
}

fn is_part(byte: u8) -> bool {
    is_word(byte) || !byte.is_ascii() || byte == b'\'' || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::{Behind, Near, is_capital};

    #[test]
    fn the_word_in_front_is_told_by_its_first_letter() {
        for text in [
            "Smith",
            "see Smith ",
            "Mr. O'Shea, ",
            "(Ana-Maria (",
            "Smith J. ",
            "Smith\n ",
            "é",
            "Éa",
            "von Ødegård - ",
        ] {
            assert!(is_capital(text.as_bytes()), "{text}");
        }
        for text in ["", "smith", "Smith is ", "x-Ray", "iPhone ", "12", "Smith: ", "...."] {
            assert!(!is_capital(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn only_what_is_asked_for_is_looked_at() {
        let endings = vec!["man ".to_owned(), "port ".to_owned()];
        assert!(Behind::default().is_told_by(b""));
        assert!(Behind { capital: false, endings: endings.clone() }.is_told_by(b"a fisherman "));
        assert!(!Behind { capital: false, endings: endings.clone() }.is_told_by(b"a fisherman"));
        assert!(!Behind { capital: true, endings }.is_told_by(b"a fisherman "));
    }

    #[test]
    fn digits_are_counted_among_so_many_characters() {
        let near = Near { digits: 4, before: 3, behind: 7 };
        let told = |text: &str| near.is_told_by(text.as_bytes(), text.find('|').unwrap());
        assert!(told("12é|34") && told("|1 2é34") && told("2éé|345"));
        assert!(!told("2ééé|345") && !told("|1 2éé34") && !told("|"));
        assert!(Near::default().is_told_by(b"", 0));
    }
}
