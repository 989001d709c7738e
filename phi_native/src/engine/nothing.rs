//! With which bytes does nothing begin, whatever follows them?
//!
//! What was read once is remembered: three bytes in a row in a bit for all of them, and some of the eight that were met.

use super::beginnings::is_word;

/// Bytes with which nothing begins. What is in front, a part of a word or not, tells, too.
pub struct Nothing {
    /// One bit for three letters, spaces or marks.
    three: [Vec<u64>; 2],
    /// Any eight bytes, each in one place that others may take from it.
    eight: [Vec<u64>; 2],
}

/// What three bytes in a row are told by has six bits for each; the marks are those that prose is full of.
const BITS: u32 = 6;
const MARKS: &[u8] = b" .,-\n():'/;";
const OTHER: u8 = 0;
const CLASSES: [u8; 256] = classes();
const PLACES_BITS: u32 = 12;
const WIDTH: usize = 8;

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

impl Default for Nothing {
    fn default() -> Self {
        let mut eight = vec![0; 1 << PLACES_BITS];
        // In the place of eight zeros stand others, which belong elsewhere.
        eight[slot(0)] = (1..).find(|other| slot(*other) != slot(0)).unwrap_or(1);
        let three = vec![0; 1 << (2 * BITS)];
        Self { three: [three.clone(), three], eight: [eight.clone(), eight] }
    }
}

#[inline(always)]
fn slot(eight: u64) -> usize {
    (eight.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - PLACES_BITS)) as usize
}

/// Eight bytes from a place on, with a line's end behind the text.
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
    bytes[rest.len()] = b'\n';
    bytes
}

#[inline(always)]
fn class(byte: u8) -> usize {
    usize::from(CLASSES[usize::from(byte)])
}

impl Nothing {
    /// The first place from `place` on, and before `end`, where something may begin; `end` where there is none.
    #[inline]
    pub fn pass(&self, text: &[u8], mut place: usize, end: usize) -> usize {
        let mut front = place > 0 && is_word(text[place - 1]);
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

    #[inline(always)]
    fn has(&self, bytes: [u8; WIDTH], front: bool) -> bool {
        let front = usize::from(front);
        let row = class(bytes[0]) << BITS | class(bytes[1]);
        if self.three[front][row] >> class(bytes[2]) & 1 != 0 {
            return true;
        }
        let eight = u64::from_le_bytes(bytes);
        self.eight[front][slot(eight)] == eight
    }

    /// Remember after how many bytes it was seen that nothing begins at a place.
    pub fn add(&mut self, text: &[u8], place: usize, front: bool, read: usize) {
        // The end itself is no byte, and is not remembered.
        if read > WIDTH.min(text.len() - place + 1) {
            return;
        }
        let bytes = window(text, place);
        let front = usize::from(front);
        let [first, second, third] = [0, 1, 2].map(|index| class(bytes[index]));
        let is_told = ![first, second, third].contains(&usize::from(OTHER));
        if read <= 3 && is_told {
            self.three[front][first << BITS | second] |= 1 << third;
        } else {
            let eight = u64::from_le_bytes(bytes);
            self.eight[front][slot(eight)] = eight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Nothing;

    #[test]
    fn only_what_was_seen_in_time_is_remembered() {
        let mut nothing = Nothing::default();
        let has = |nothing: &Nothing, text: &[u8]| nothing.pass(text, 0, 1) == 1;
        assert!(!has(&nothing, b"\0\0\0\0\0\0\0\0"));
        nothing.add(b"pain was gone", 0, false, 3);
        assert!(has(&nothing, b"paid") && nothing.pass(b"xpaid", 1, 2) == 1);
        nothing.add(b"gait was gone", 0, false, 8);
        assert!(has(&nothing, b"gait was here") && !has(&nothing, b"gait is gone"));
        nothing.add(b"the whole pain", 0, false, 9);
        assert!(!has(&nothing, b"the whole pain"));
        nothing.add(b"1234", 0, false, 5);
        assert!(has(&nothing, b"1234") && !has(&nothing, b"12345") && !has(&nothing, b"1234 "));
        nothing.add(b"9876", 0, false, 6);
        assert!(!has(&nothing, b"9876"));
    }
}
