//! Which character of a text stands at a byte?

const STEP: usize = 256;

/// Offsets of one text.
pub struct Characters<'t> {
    text: &'t [u8],
    /// How many characters begin before each step; empty where each byte is one.
    counts: Vec<usize>,
}

fn begins(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| begins(**byte)).count()
}

impl<'t> Characters<'t> {
    /// Of UTF-8.
    pub fn new(text: &'t [u8]) -> Self {
        let mut counts = Vec::new();
        if !text.is_ascii() {
            let mut total = 0;
            for step in text.chunks(STEP) {
                counts.push(total);
                total += count(step);
            }
            counts.push(total);
        }
        Self { text, counts }
    }

    /// How many characters begin before a byte.
    pub fn at(&self, byte: usize) -> usize {
        if self.counts.is_empty() {
            return byte;
        }
        let step = byte / STEP;
        self.counts[step] + count(&self.text[step * STEP..byte])
    }
}

#[cfg(test)]
mod tests {
    use super::Characters;

    #[test]
    fn each_byte_leads_to_its_character() {
        for text in ["", "abc", "né", &"aé中𝔸".repeat(300)] {
            let characters = Characters::new(text.as_bytes());
            for (number, (byte, _)) in text.char_indices().enumerate() {
                assert_eq!(characters.at(byte), number);
            }
            assert_eq!(characters.at(text.len()), text.chars().count());
        }
    }
}
