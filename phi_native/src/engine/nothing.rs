//! With which bytes does nothing begin, whatever follows them?
//!
//! What was read once is remembered: three bytes in a row exactly, and some of those four that were met.

use super::beginnings::is_word;

/// Bytes with which nothing begins. What is in front, a part of a word or not, tells, too.
pub struct Nothing {
    /// One bit for three letters, spaces or marks.
    three: [Vec<u64>; 2],
    /// Any four bytes, each in one place that others may take from it.
    four: [Vec<u32>; 2],
}

/// What three bytes in a row are told by has six bits for each; the marks are those that prose is full of.
const BITS: u32 = 6;
const MARKS: &[u8] = b" .,-\n():'/;";
const OTHER: u8 = 0;
const CLASSES: [u8; 256] = classes();
const PLACES_BITS: u32 = 12;

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
        let mut four = vec![0; 1 << PLACES_BITS];
        // In the place of four zeros stand others, which belong elsewhere.
        four[slot(0)] = (1..).find(|other| slot(*other) != slot(0)).unwrap_or(1);
        let three = vec![0; 1 << (2 * BITS)];
        Self { three: [three.clone(), three], four: [four.clone(), four] }
    }
}

#[inline(always)]
fn slot(four: u32) -> usize {
    (four.wrapping_mul(0x9E37_79B1) >> (32 - PLACES_BITS)) as usize
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
            let Some(&bytes) = text[place..].first_chunk::<4>() else { return place };
            if !self.has(bytes, front) {
                return place;
            }
            front = is_word(bytes[0]);
            place += 1;
        }
        end
    }

    #[inline(always)]
    fn has(&self, bytes: [u8; 4], front: bool) -> bool {
        let front = usize::from(front);
        let row = class(bytes[0]) << BITS | class(bytes[1]);
        if self.three[front][row] >> class(bytes[2]) & 1 != 0 {
            return true;
        }
        let four = u32::from_le_bytes(bytes);
        self.four[front][slot(four)] == four
    }

    /// Remember after how many bytes it was seen that nothing begins at a place.
    pub fn add(&mut self, text: &[u8], place: usize, front: bool, read: usize) {
        let Some(&bytes) = text[place..].first_chunk::<4>() else { return };
        let [first, second, third] = [0, 1, 2].map(|index| class(bytes[index]));
        let is_told = first != usize::from(OTHER) && second != usize::from(OTHER) && third != usize::from(OTHER);
        if read <= 3 && is_told {
            self.three[usize::from(front)][first << BITS | second] |= 1 << third;
        } else if read <= 4 {
            let four = u32::from_le_bytes(bytes);
            self.four[usize::from(front)][slot(four)] = four;
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
        assert!(!has(&nothing, b"\0\0\0\0"));
        nothing.add(b"pain", 0, false, 3);
        assert!(has(&nothing, b"paid") && nothing.pass(b"xpaid", 1, 2) == 1);
        nothing.add(b"gait", 0, false, 4);
        assert!(has(&nothing, b"gait") && !has(&nothing, b"gain"));
        nothing.add(b"the ", 0, false, 5);
        assert!(!has(&nothing, b"the "));
        nothing.add(b"1234", 0, false, 2);
        assert!(has(&nothing, b"1234") && !has(&nothing, b"1235"));
    }
}
