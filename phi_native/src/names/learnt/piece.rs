//! The pieces that names of facts are made of, each with its number: a fact's own follows from these, so that no name
//! is put together while a text is read.

use std::ops::Deref;

use smallvec::SmallVec;

const PRIME: u64 = 0x0000_0100_0000_01b3;
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// A piece that is written in the code.
#[derive(Clone, Copy)]
pub struct Piece<'t> {
    pub bytes: &'t [u8],
    pub number: u64,
}

/// FNV-1a, 64 bits.
const fn number(bytes: &[u8]) -> u64 {
    let (mut number, mut place) = (BASIS, 0);
    while place < bytes.len() {
        number = (number ^ bytes[place] as u64).wrapping_mul(PRIME);
        place += 1;
    }
    number
}

impl<'t> Piece<'t> {
    pub const fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, number: number(bytes) }
    }
}

/// The number of a fact of some pieces.
#[inline(always)]
pub fn together(pieces: impl Iterator<Item = u64>) -> u64 {
    pieces.fold(0, |all, piece| (all.rotate_left(23) ^ piece).wrapping_mul(MIX))
}

/// The number of a fact by its name, in which tabulators part the pieces.
pub fn named(name: &str) -> u64 {
    together(name.split('\t').map(|piece| number(piece.as_bytes())))
}

/// A piece that was made of a text.
pub struct Own {
    bytes: SmallVec<[u8; 24]>,
    number: u64,
}

impl Own {
    pub fn new(bytes: &[u8]) -> Self {
        Self { bytes: SmallVec::from_slice(bytes), number: number(bytes) }
    }

    #[inline(always)]
    pub fn piece(&self) -> Piece<'_> {
        Piece { bytes: &self.bytes, number: self.number }
    }
}

impl Deref for Own {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{Own, Piece, named, together};

    #[test]
    fn a_fact_has_the_number_of_its_name() {
        const WORD: Piece<'_> = Piece::new(b"-1 word");
        let own = Own::new(b"from");
        assert_eq!(together([WORD, own.piece()].iter().map(|piece| piece.number)), named("-1 word\tfrom"));
        assert_ne!(named("-1 word\tfrom"), named("from\t-1 word"));
    }
}
