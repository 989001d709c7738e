//! What is the nearest word, number or sign in front of a place, and behind one?

use super::super::chars::{self, DECIMAL, SPACE, is, is_letter, word_end};

// How far words are read: a longer one is cut.
const REACH: usize = 48;

/// The nearest piece that ends in front of a place: letters with what joins them, digits, or one sign.
pub fn in_front(text: &[u8], place: usize) -> Option<(usize, usize)> {
    let least = chars::back(text, place, REACH);
    let mut end = place;
    let mut start = place;
    while start > least {
        let (c, length) = chars::before(text, start);
        if !is(c, SPACE) || c == '\n' {
            end = start;
            start -= length;
            break;
        }
        start -= length;
    }
    if start == end || is_blank(text, start) {
        return None;
    }
    let (c, _) = chars::at(text, start);
    let kind = kind_of(c);
    if kind == Piece::Sign {
        return Some((start, end));
    }
    while start > least {
        let (c, length) = chars::before(text, start);
        let joins = kind == Piece::Word && matches!(c, '\'' | '-') && {
            let beyond = start - length;
            beyond > least && is_letter(chars::before(text, beyond).0)
        };
        if kind_of(c) != kind && !joins {
            break;
        }
        start -= length;
    }
    Some((start, end))
}

/// The nearest piece that begins behind a place.
pub fn behind(text: &[u8], place: usize) -> Option<(usize, usize)> {
    let most = chars::onward(text, place, REACH);
    let mut start = place;
    while start < most && is_blank(text, start) {
        start += chars::at(text, start).1;
    }
    if start == most {
        return None;
    }
    let (c, length) = chars::at(text, start);
    let end = match kind_of(c) {
        Piece::Sign => start + length,
        Piece::Word => word_end(text, start, most),
        Piece::Number => {
            let mut end = start;
            while end < most && is(chars::at(text, end).0, DECIMAL) {
                end += chars::at(text, end).1;
            }
            end
        }
    };
    Some((start, end))
}

/// Whether a blank stands at a place that ends no line.
fn is_blank(text: &[u8], place: usize) -> bool {
    let (c, length) = chars::at(text, place);
    length > 0 && c != '\n' && is(c, SPACE)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Word,
    Number,
    Sign,
}

fn kind_of(c: char) -> Piece {
    if is_letter(c) {
        Piece::Word
    } else if is(c, DECIMAL) {
        Piece::Number
    } else {
        Piece::Sign
    }
}

#[cfg(test)]
mod tests {
    use super::{behind, in_front};

    fn pieces(text: &str, place: usize) -> (Option<&str>, Option<&str>) {
        let front = in_front(text.as_bytes(), place).map(|(start, end)| &text[start..end]);
        let back = behind(text.as_bytes(), place).map(|(start, end)| &text[start..end]);
        (front, back)
    }

    #[test]
    fn words_numbers_and_signs_are_pieces() {
        assert_eq!(pieces("by O'Neill-Ré  77", 16), (Some("O'Neill-Ré"), Some("77")));
        assert_eq!(pieces("12 (", 3), (Some("12"), Some("(")));
        assert_eq!(pieces("a\nb", 2), (Some("\n"), Some("b")));
        assert_eq!(pieces("- Kay", 2), (Some("-"), Some("Kay")));
    }

    #[test]
    fn nothing_stands_beyond_a_text() {
        assert_eq!(pieces("  ", 1), (None, None));
        assert_eq!(pieces("", 0), (None, None));
    }
}
