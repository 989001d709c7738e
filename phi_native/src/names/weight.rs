//! How much do a part of a run and what stands around it weigh as a person's name?

use super::beside::{OF_A_BED, OF_A_MEASURE, OF_AN_AGE};
use super::chars::{self, Low, bare, is, is_digit, lower};
use super::context::{After, Before};
use super::judge::{ENOUGH, Reading};
use super::lexicon::Lexicon;
use super::lists::{
    ASKING, BELONGINGS, DESCRIBERS, DOINGS, EPONYMS, Flags, GRADERS, ILLNESSES, MODAL, MONTHS_BORNE, NOBODY,
    OF_A_FAMILY, OF_AN_ILLNESS, PATIENTS_THINGS, VERBS,
};
use super::parts::Part;

/// What somebody spoken of further on in the sentence adds.
pub const OF_A_PRONOUN: f64 = 1.0;
// What what a person does adds to a name that is mostly an eponym.
const OF_A_DEED: f64 = 0.5;
// How far away the next entry of a list begins at most.
const OPTIONS: usize = 160;

/// What stands around a part, looked up once.
pub struct Scene<'t, 'p> {
    pub text: &'t [u8],
    pub part: &'p Part<'t>,
    pub reading: Reading,
    pub start: usize,
    pub end: usize,
    /// Where the name's particles begin.
    pub head: usize,
    pub front: Before<'t>,
    pub back: After<'t>,
    /// The first word in small letters, and the lists it is in.
    pub first: Low<'t>,
    pub first_flags: Flags,
    /// Whether the part is one word.
    pub one: bool,
}

/// What a part weighs as a person, with what stands on both sides.
pub struct Weight {
    pub person: f64,
    pub ahead: f64,
    pub behind: f64,
    /// Where the name begins, without a question in front.
    pub start: usize,
}

impl Lexicon {
    /// What a part weighs that is worth `person` by itself; `glued`: particles stand in front of it.
    pub fn weight(&self, scene: &Scene<'_, '_>, person: f64, glued: bool) -> Weight {
        let Scene { text, part, start, end, front, back, one, first_flags, reading, .. } = scene;
        let (text, start, end, one, first_flags) = (*text, *start, *end, *one, *first_flags);
        let ahead = self.person_in_front(front);
        let alone: &[u8] = if one { bare_of(&scene.first, part.words[0]) } else { b"" };
        let alone_flags = if one { self.lists.of(alone) } else { 0 };
        let eponym = alone_flags & EPONYMS != 0;
        let named = !one || ahead >= 2.5 || (part.given && !eponym && alone_flags & DESCRIBERS == 0);
        let mut behind = self.person_behind(text, end, back, named);
        if behind < -2.0 && part.given && !one && back.flags & PATIENTS_THINGS != 0 {
            // "Ryan Fernandes points out", "Maria Lopez test results", but not "Ivor Lewis esophagectomy".
            behind = -1.0;
        }
        if behind < -2.0 && back.possessive && part.given && !one && !self.has_eponym(part) {
            // "Sven Haugen's anemia"
            behind = 0.5;
        }
        let mut person = person + (ahead + behind);
        if glued {
            // "St. George's Respiratory Questionnaire" is named after nobody who could be treated.
            let saint = lower(&text[scene.head..chars::onward(text, scene.head, 2)]);
            person += if &saint[..] == b"st" { -2.0 } else { 0.75 };
        }
        if reading.company != 0.0
            && !part.shouted
            && behind > -2.0
            && ahead > -1.0
            && (part.person > 1.25 || ahead + behind > 1.0)
        {
            person += reading.company;
        }
        if part.shouted && one && ahead.max(behind) < 2.5 {
            // Amid other words capitals alone are what abbreviations are written in, "ELISA" too.
            person -= if part.unseen { 2.0 } else { 1.0 };
        }
        if one && first_flags & MONTHS_BORNE != 0 {
            // "Before April 1997", "in May".
            person -= if self.patterns.in_a_year.is_at(text, end, text.len()) {
                4.0
            } else if ahead.max(behind) < 2.0 {
                1.5
            } else {
                0.0
            };
        }
        if front.opens && text.get(start + chars::at(text, start).1) == Some(&b'.') && is_option(text, start) {
            // "A. Quathonde", "B. Observation": a letter of a list, and no initial.
            person -= 1.75;
        }
        if part.followed && !part.given && behind < OF_A_MEASURE {
            person -= 1.0;
        }
        if !one && front.flags & ASKING != 0 && part.unseen {
            // "Can Zelmira Quathonde get the vaccine?"
            person += 1.0;
        }
        let weight = Weight { person, ahead, behind, start };
        self.asked(scene, self.of_an_eponym(scene, weight, alone, alone_flags))
    }

    /// What a name adds or loses that things are called by, or that is a family's.
    fn of_an_eponym(&self, scene: &Scene<'_, '_>, weight: Weight, alone: &[u8], alone_flags: Flags) -> Weight {
        let Scene { text, part, end, front, back, .. } = scene;
        let (text, end) = (*text, *end);
        let Weight { mut person, ahead, behind, start } = weight;
        let eponym = alone_flags & EPONYMS != 0;
        if eponym {
            let spoken_of = || self.patterns.pronoun.is_at(text, end, text.len());
            if back.possessive
                && (front.gap == b", " || (ahead < 2.5 && is_had(alone_flags, back.flags) && !spoken_of()))
            {
                // "Her sister, Graves'; her father, Addison's", "my Crohn's symptoms": what they have.
                person -= 3.0;
            } else if ends_with_a_letter(text, end) {
                // "Weber B"
                person -= 1.5;
            } else if behind >= 2.0 && back.gap == b" " && alone_flags & NOBODY == 0 && (front.opens || spoken_of()) {
                // "Haldane was seen today": no test is seen, says or needs anything.
                person += OF_A_DEED;
            }
        } else if front.opens && behind >= 2.0 && back.flags & VERBS != 0 && self.is_usual_family(alone) {
            // "Rivers wants to leave"
            person += OF_A_DEED;
        }
        let personal = part.given && !eponym && alone_flags & (DESCRIBERS | GRADERS) == 0;
        if !alone.is_empty()
            && ahead < 2.5
            && !personal
            && let Some(grade) = self.patterns.grade.at(text, end, text.len())
        {
            person -= if self.is_identified(text, grade.end, text.len()) { 0.0 } else { 2.0 };
        }
        if &front.word[..] == b"the" && part.person >= 1.0 && !part.unseen && back.flags & OF_A_FAMILY != 0 {
            // "The Martinez baby", but not "the Janus family of kinases".
            let plain = back.gap == b" " && !text[end + 1 + back.written.len()..].starts_with(b" of");
            person = if plain { person.max(ENOUGH) } else { person };
        }
        Weight { person, ahead, behind, start }
    }

    /// What a question, an age, a bed or a measure adds, and who speaks.
    fn asked(&self, scene: &Scene<'_, '_>, weight: Weight) -> Weight {
        let Scene { text, part, end, front, back, first_flags, one, reading, .. } = scene;
        let (text, end, one, first_flags) = (*text, *end, *one, *first_flags);
        let Weight { mut person, ahead, behind, mut start } = weight;
        let first = &scene.first[..];
        let given = || self.is_given(part.words[0]);
        if !one && &front.word[..] == b"for" && &back.word[..] == b"to" {
            // "Is it safe for Zelmira Quathonde to take warfarin?"
            person += 1.5;
        }
        let borne = !one && matches!(first, b"mark" | b"bill" | b"grant");
        if front.opens && first_flags & MODAL != 0 && !borne && behind < 1.0 {
            person -= 1.5;
            if part.words.len() == 2 && back.flags & DOINGS != 0 && self.is_given(part.words[1]) {
                // "Can Joy get the vaccine": the question is no part of the name.
                person += 3.0;
                start += place_of(part.words[1], &text[start..]);
            }
        }
        if front.opens && (part.given || part.unseen) && self.patterns.talk.is_at(text, end, text.len()) {
            person += 1.75;
        }
        if reading.careless && part.unseen && !part.given {
            person -= 0.75;
        }
        if &front.word[..] == b"v" && (front.gap == b". " || front.gap == b" ") {
            // "Roe v. Wade"
            person -= 2.0;
        }
        if front.flags & ASKING != 0 && back.gap == b" " && back.flags & DOINGS != 0 && given() {
            // "Can Joy get the vaccine", but not "Can Young women get it".
            person += 1.5;
        }
        if (2.0..ENOUGH).contains(&person)
            && (if front.opens { behind >= 1.0 } else { front.flags & ASKING != 0 })
            && behind > -1.0
            && given()
            && self.patterns.pronoun.is_at(text, end, text.len())
        {
            // "Joy gets dizzy after her pill": a sentence that goes on about somebody.
            person += OF_A_PRONOUN;
        }
        if self.patterns.aged.is_at(text, end, text.len()) && given() {
            // "Major Sims, 69, COPD"
            person += OF_AN_AGE;
        }
        if !part.shouted && self.is_in_a_bed(text, start) {
            // "bed 3: Trevino", "Room 7 Ramirez wants more"
            person += OF_A_BED;
        }
        if &front.word[..] == b"for" && part.person >= 1.5 {
            let after = chars::at(text, end).1;
            let figure = after > 0 && is_digit(chars::at(text, end + after).0);
            if text.get(end) == Some(&b':') || (figure && self.second_flags(front) & BELONGINGS != 0) {
                // "Vitals for Kowalewski: 88/40", "INR for Kowalewski 4.1"
                person += 1.0;
            }
        }
        Weight { person, ahead, behind, start }
    }

    fn is_usual_family(&self, word: &[u8]) -> bool {
        !word.is_empty() && self.profile(word, true).is_some_and(|known| known.family() == 3)
    }

    fn has_eponym(&self, part: &Part<'_>) -> bool {
        part.words.iter().any(|word| self.lists.of(bare(&lower(word))) & EPONYMS != 0)
    }
}

/// `word.removesuffix("'s").lower()` of a word whose small letters are known.
fn bare_of<'l>(low: &'l [u8], word: &[u8]) -> &'l [u8] {
    if word.ends_with(b"'s") { &low[..low.len() - 2] } else { low }
}

/// Whether what belongs to a name may be an illness's: "Crohn's symptoms", but not "Wilson's potassium".
fn is_had(eponym: Flags, belonging: Flags) -> bool {
    belonging & BELONGINGS == 0 || (belonging & OF_AN_ILLNESS != 0 && eponym & ILLNESSES != 0)
}

/// "Weber B"
fn ends_with_a_letter(text: &[u8], end: usize) -> bool {
    let (last, length) = chars::before(text, end);
    is(last, chars::UPPER) && chars::before(text, end - length).0 == ' ' && text.get(end) != Some(&b'.')
}

/// Where a word stands in a text that holds it.
fn place_of(word: &[u8], text: &[u8]) -> usize {
    text.windows(word.len()).position(|piece| piece == word).unwrap_or(0)
}

/// Whether the letter at `start` counts the entries of a list: its neighbour in the alphabet counts another.
fn is_option(text: &[u8], start: usize) -> bool {
    let letter = chars::at(text, start).0 as u32;
    let near = &text[chars::back(text, start, OPTIONS)..chars::onward(text, start, OPTIONS)];
    [letter.wrapping_sub(1), letter + 1]
        .into_iter()
        .filter_map(char::from_u32)
        .filter(|&other| is(other, chars::ALPHA))
        .any(|other| {
            ['\n', ' '].iter().any(|before| {
                let entry = format!("{before}{other}. ").into_bytes();
                near.windows(entry.len()).any(|piece| piece == entry)
            })
        })
}
