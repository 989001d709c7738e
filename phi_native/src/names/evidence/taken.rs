//! What stands where only a medicine, an organism or a measure can, and texts of which no weight was learnt.

use super::super::chars::{at, is_letter, word_end};
use super::super::lexicon::Lexicon;
use super::around;
use super::candidate::Candidate;

/// In front of these words and "on" or "to": "started on Tazocin", "allergic to Elastoplast".
const ON: &[&[u8]] = &[
    b"started",
    b"restarted",
    b"commenced",
    b"recommenced",
    b"maintained",
    b"stabilised",
    b"stabilized",
    b"loaded",
    b"continued",
    b"remains",
    b"stays",
    b"now",
    b"currently",
    b"already",
    b"still",
    b"scored",
    b"scores",
    b"discharged",
];
const TO: &[&[u8]] = &[
    b"allergic",
    b"allergy",
    b"intolerant",
    b"switched",
    b"switch",
    b"changed",
    b"change",
    b"converted",
    b"resistant",
    b"sensitive",
    b"sensitised",
    b"reacted",
    b"reaction",
];
/// What is behind these is taken, grown or measured.
const TAKEN: &[&[u8]] = &[
    b"takes",
    b"took",
    b"taking",
    b"tried",
    b"trialled",
    b"trialed",
    b"grew",
    b"grows",
    b"growing",
    b"prescribed",
    b"prescribe",
    b"injects",
    b"injecting",
    b"stopped",
    b"restarted",
    b"stop",
    b"start",
    b"started",
    b"commence",
    b"commenced",
    b"isolated",
    b"received",
    b"given",
];
/// Words of German and French that no English sentence has, and how many of them an English text may quote.
const FOREIGN: &[&[u8]] = &[
    b"und", b"mit", b"wurde", b"nicht", b"bei", b"zur", b"zum", b"eine", b"einer", b"wegen", b"seit", b"nach", b"auf",
    b"avec", b"depuis", b"une", b"chez", b"dans", b"sous", b"pas", b"aux", b"suivi", b"prend",
];
const QUOTED: usize = 1;

impl Lexicon {
    /// "Was started on Reagila", unless the word is a usual name: "started on Monday by Okafor", "stopped Bronwyn".
    pub fn is_something_taken(&self, text: &[u8], candidate: &Candidate<'_>) -> bool {
        if candidate.profile.is_some_and(|known| known.given().max(known.family()).max(known.town()) >= 2) {
            return false;
        }
        let Some((start, end)) = around::in_front(text, candidate.start) else { return false };
        let word = &text[start..end];
        if TAKEN.contains(&word) {
            return true;
        }
        let kinds = match word {
            b"on" => ON,
            b"to" => TO,
            _ => return false,
        };
        around::in_front(text, start).is_some_and(|(start, end)| kinds.contains(&&text[start..end]))
    }
}

/// Whether a text is written in German or French.
pub fn is_foreign(text: &[u8]) -> bool {
    let (mut place, mut seen) = (0, 0);
    while place < text.len() {
        let end = word_end(text, place, text.len());
        if end == place {
            place += at(text, place).1.max(1);
            continue;
        }
        seen += usize::from(is_letter(at(text, place).0) && FOREIGN.contains(&&text[place..end]));
        if seen > QUOTED {
            return true;
        }
        place = end;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_foreign;

    #[test]
    fn two_words_of_another_language_make_a_text_of_it() {
        assert!(is_foreign("Patient stürzte beim Fußball und klagt seit gestern.".as_bytes()));
        assert!(is_foreign("Suivie depuis 2019, traitement avec Kardegic.".as_bytes()));
        assert!(!is_foreign("Seen with Frau Schmidt, who said \"nicht gut\" of her stay at Aufham.".as_bytes()));
    }
}
