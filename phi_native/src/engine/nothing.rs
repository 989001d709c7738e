//! With which bytes does nothing begin, whatever follows them?
//!
//! What was read once is remembered: three bytes in a row in a bit for all of them, and some of
//! the four and six that were met.

use super::beginnings::is_word;

/// Bytes with which nothing begins. What is in front, a part of a word or not, tells, too: it is one bit of each place.
pub struct Nothing {
    /// Of each byte: bit 0, nothing begins with it; bit 1, nothing does behind a part of a word; bit 2, it is one.
    first: [u8; 256],
    /// One bit for three letters, spaces or marks.
    three: Box<[u64; ROWS]>,
    /// Any four and any six bytes, each in one place that others may take from them.
    four: Met<FOUR>,
    six: Met<SIX>,
}

/// What three bytes in a row are told by has six bits for each; the marks are those that prose is full of.
const BITS: u32 = 6;
const MARKS: &[u8] = b" .,-\n():'/;";
const OTHER: u8 = 0;
const CLASSES: [u8; 256] = classes();
const PLACES_BITS: u32 = 13;
const WIDTH: usize = 8;
const FOUR: usize = 4;
const SIX: usize = 6;
const ROWS: usize = 2 << (2 * BITS);
const PLACES: usize = 2 << PLACES_BITS;

const fn classes() -> [u8; 256] {
    let mut classes = [OTHER; 256];
    let mut next = 1;
    let mut letter = 0;
    while letter < 26 {
        classes[b'a' as usize + letter] = next;
        classes[b'A' as usize + letter] = next + 26;
        next += 1;
        letter += 1;
    }
    let mut mark = 0;
    while mark < MARKS.len() {
        classes[MARKS[mark] as usize] = next + 26;
        next += 1;
        mark += 1;
    }
    assert!(next + 26 <= 1 << BITS);
    classes
}

const PART: u32 = 2;

/// So many bytes in a row, as one number, that were met.
struct Met<const COUNT: usize>(Box<[u64; PLACES]>);

impl<const COUNT: usize> Default for Met<COUNT> {
    fn default() -> Self {
        // No such number has this bit.
        Self(Box::new([1 << 63; PLACES]))
    }
}

impl<const COUNT: usize> Met<COUNT> {
    #[inline(always)]
    fn number(bytes: [u8; WIDTH], front: bool) -> (usize, u64) {
        let number = u64::from_le_bytes(bytes) & ((1 << (8 * COUNT)) - 1);
        let place = (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - PLACES_BITS)) as usize;
        ((place | usize::from(front) << PLACES_BITS) % PLACES, number)
    }

    #[inline(always)]
    fn has(&self, bytes: [u8; WIDTH], front: bool) -> bool {
        let (place, number) = Self::number(bytes, front);
        self.0[place] == number
    }

    fn add(&mut self, bytes: [u8; WIDTH], front: bool) {
        let (place, number) = Self::number(bytes, front);
        self.0[place] = number;
    }
}

/// Eight bytes from a place on; behind the text stands a byte that no text has.
#[inline(always)]
fn window(text: &[u8], place: usize) -> [u8; WIDTH] {
    match text[place..].first_chunk::<WIDTH>() {
        Some(bytes) => *bytes,
        None => last(&text[place..]),
    }
}

fn last(rest: &[u8]) -> [u8; WIDTH] {
    let mut bytes = [0; WIDTH];
    bytes[..rest.len()].copy_from_slice(rest);
    bytes[rest.len()] = 0xFF;
    bytes
}

#[inline(always)]
fn row(first: usize, second: usize, front: bool) -> usize {
    (usize::from(front) << (2 * BITS) | first << BITS | second) % ROWS
}

#[inline(always)]
fn class(byte: u8) -> usize {
    usize::from(CLASSES[usize::from(byte)])
}

impl Nothing {
    /// Where `begins` tells of each byte, behind a part of a word or not, whether something may begin with it.
    pub fn new(begins: impl Fn(bool, u8) -> bool) -> Self {
        let first = std::array::from_fn(|byte| {
            let byte = byte as u8;
            u8::from(!begins(false, byte)) | u8::from(!begins(true, byte)) << 1 | u8::from(is_word(byte)) << PART
        });
        Self { first, three: Box::new([0; ROWS]), four: Met::default(), six: Met::default() }
    }

    /// The first place from `place` on, and before `end`, where something may begin; `end` where there is none.
    #[inline]
    pub fn pass(&self, text: &[u8], mut place: usize, end: usize) -> usize {
        let mut front = place > 0 && is_word(text[place - 1]);
        // Where eight bytes are left, three at a time are looked up as they come.
        let near = end.min(text.len().saturating_sub(WIDTH));
        while place < near {
            let byte = self.first[usize::from(text[place])];
            if byte >> u32::from(front) & 1 == 0 {
                let [first, second, third] = [0, 1, 2].map(|index| class(text[place + index]));
                if self.three[row(first, second, front)] >> third & 1 == 0 {
                    let bytes = window(text, place);
                    if !self.four.has(bytes, front) && !self.six.has(bytes, front) {
                        return place;
                    }
                }
            }
            front = byte >> PART & 1 != 0;
            place += 1;
        }
        while place < end {
            let bytes = window(text, place);
            if !self.has(bytes, front) {
                return place;
            }
            front = is_word(bytes[0]);
            place += 1;
        }
        end
    }

    fn has(&self, bytes: [u8; WIDTH], front: bool) -> bool {
        let [first, second, third] = [0, 1, 2].map(|index| class(bytes[index]));
        self.three[row(first, second, front)] >> third & 1 != 0
            || self.four.has(bytes, front)
            || self.six.has(bytes, front)
    }

    /// Remember after how many bytes it was seen that nothing begins at a place.
    pub fn add(&mut self, text: &[u8], place: usize, front: bool, read: usize) {
        if read > SIX {
            return;
        }
        let bytes = window(text, place);
        let [first, second, third] = [0, 1, 2].map(|index| class(bytes[index]));
        let is_told = ![first, second, third].contains(&usize::from(OTHER));
        if read <= 3 && is_told {
            self.three[row(first, second, front)] |= 1 << third;
        } else if read <= FOUR {
            self.four.add(bytes, front);
        } else {
            self.six.add(bytes, front);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Nothing;

    #[test]
    fn only_what_was_seen_in_time_is_remembered() {
        let mut nothing = Nothing::new(|_, _| true);
        let has = |nothing: &Nothing, text: &[u8]| nothing.pass(text, 0, 1) == 1;
        assert!(!has(&nothing, b"\0\0\0\0\0\0\0\0"));
        nothing.add(b"pain was gone", 0, false, 3);
        assert!(has(&nothing, b"paid") && nothing.pass(b"xpaid", 1, 2) == 1);
        nothing.add(b"gait was gone", 0, false, 4);
        assert!(has(&nothing, b"gait is here") && !has(&nothing, b"gain is here"));
        nothing.add(b"skin was gone", 0, false, 6);
        assert!(has(&nothing, b"skin will heal") && !has(&nothing, b"skin is healing"));
        nothing.add(b"the whole pain", 0, false, 7);
        assert!(!has(&nothing, b"the whole pain"));
        nothing.add(b"123", 0, false, usize::MAX);
        assert!(!has(&nothing, b"123"));
        nothing.add(b"1 2", 0, false, 3);
        assert!(has(&nothing, b"1 2") && !has(&nothing, b"1 2\n"));
    }
}
