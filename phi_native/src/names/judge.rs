//! Does what stands around a part of a run convince that it is somebody's name, or a town?

use super::chars::{self, bare, is, is_digit, lower};
use super::lexicon::Lexicon;
use super::lists::{
    BRANCHES, Flags, LANDFORMS, MONTHS_BORNE, NEVER_ALONE, ORDERED, ORDERS, PLACE_PREPOSITIONS, QUARTERS,
};
use super::parts::Part;
use super::weight::{OF_A_PRONOUN, Scene, Weight};

const CERTAIN: f64 = 4.5;
pub const ENOUGH: f64 = 3.0;
// What a quarter of the sky in front takes away.
const OF_A_QUARTER: f64 = 2.0;
// How far in front of a name its particles begin, a postcode and a virus.
const LONGEST_PARTICLES: usize = 24;
const NEAR: usize = 6;
const LONGEST_POSTCODE: usize = 9;
const LONGEST_STRAIN: usize = 8;
// In front of a name and part of it: "van der", "al-", "d'".
const IN_FRONT_ENDS: [&str; 31] = [
    "van ", "von ", "der ", "den ", "bin ", "bint ", "ibn ", "abu ", "di ", "della ", "dos ", "st ", "st. ", "mc ",
    "m.a ", "m.ª ", "ma. ", "mac ", " la ", " los ", " las ", "al-", "el-", "ul-", "ad-", "as-", "ar-", "ash-", "d'",
    "l'", "o'",
];

/// What a span is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A name in prose that is sure.
    SureName = 0,
    /// A name in prose.
    Name = 1,
    /// A family name that is part of a name elsewhere.
    Repeated = 2,
    Town = 3,
}

impl Kind {
    pub fn is_name(self) -> bool {
        self != Self::Town
    }
}

/// What judging a part said: its span, or how much it weighed in the end.
pub struct Judgement {
    pub span: Option<Span>,
    person: f64,
    town: f64,
}

impl Judgement {
    const NOTHING: Self = Self { span: None, person: f64::NEG_INFINITY, town: f64::NEG_INFINITY };

    /// Whether the weight of company could have made a difference: it counts once, and may let a pronoun count.
    pub fn is_near(&self, company: f64) -> bool {
        const SLACK: f64 = 1e-6;
        self.person + company + OF_A_PRONOUN > ENOUGH - SLACK || self.town + company > ENOUGH - SLACK
    }
}

/// A stretch of a text, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
}

/// How a text is read: in a `careless` one a word of no list is more likely a slip than a name. `company` is the weight
/// of names that were found in the same text: where one person is named, others are.
#[derive(Clone, Copy)]
pub struct Reading {
    pub careless: bool,
    pub company: f64,
}

impl Lexicon {
    /// The span of a part of a run, if what stands around it convinces.
    pub fn judge<'t>(&self, text: &'t [u8], part: &Part<'t>, reading: Reading) -> Judgement {
        let (start, end) = (part.start, part.end);
        if text.get(end) == Some(&b' ')
            && is(chars::at(text, end + 1).0, chars::UPPER)
            && self.patterns.tool.is_at(text, end, text.len())
        {
            // "San Francisco Syncope Rule"
            return Judgement::NOTHING;
        }
        let one = part.words.len() == 1;
        let first = lower(part.words[0]);
        let first_flags = self.lists.of(&first);
        if one && self.is_no_name(text, start, end, first_flags) {
            return Judgement::NOTHING;
        }
        let particle = self.particle(text, start);
        let head = particle.unwrap_or(start);
        let front = self.before(text, head);
        let back = self.after(text, end);
        let mut scene = Scene { text, part, reading, start, end, head, front, back, first, first_flags, one };
        let (person, town) = self.alone(&scene);
        let mut judged = Judgement::NOTHING;
        if person != 0.0 && (person > 0.5 || !one || scene.front.flags & PLACE_PREPOSITIONS == 0) {
            let weight = self.weight(&scene, person, particle.is_some());
            judged.person = weight.person;
            judged.span = self.named(&scene, &weight);
            if judged.span.is_some() {
                return judged;
            }
            scene.start = weight.start;
        }
        if town != 0.0 {
            (judged.span, judged.town) = self.located(scene, town);
        }
        judged
    }

    /// Where the particles of a name begin that begins at a place.
    fn particle(&self, text: &[u8], start: usize) -> Option<usize> {
        if start == 0 || !matches!(text[start - 1], b' ' | b'-' | b'\'') {
            return None;
        }
        ends_with_a_particle(&text[chars::back(text, start, NEAR)..start])
            .then(|| self.particles(text, start))
            .flatten()
    }

    /// The same where a line may end in between.
    pub fn particles(&self, text: &[u8], start: usize) -> Option<usize> {
        if start == 0 || !matches!(text[start - 1], b' ' | b'-' | b'\'' | b'\n') {
            return None;
        }
        let near = &text[start.saturating_sub(NEAR)..start];
        if near.is_ascii() && text[start - 1] != b'\n' && !ends_with_a_particle(near) {
            return None;
        }
        let found = self.patterns.in_front.within(text, chars::back(text, start, LONGEST_PARTICLES), start);
        found.map(|found| found.start)
    }

    /// What the part weighs as a person and as a town before anything beside it is asked.
    fn alone(&self, scene: &Scene<'_, '_>) -> (f64, f64) {
        let (mut person, mut town) = (scene.part.person, scene.part.town);
        if scene.first_flags & LANDFORMS != 0 {
            // "Lake Victoria": no person, and no town unless somebody lives there.
            (person, town) = (0.0, town - 0.5);
        } else if town != 0.0 && scene.first_flags & MONTHS_BORNE != 0 {
            town = 0.0;
        } else if !scene.one && scene.first_flags & QUARTERS != 0 {
            let behind = self.person_behind(scene.text, scene.end, &scene.back, false);
            if self.person_in_front(&scene.front) < 2.5
                && behind < 2.0
                && !self.patterns.of_some_age.is_at(scene.text, scene.end, scene.text.len())
            {
                person = (person - OF_A_QUARTER).max(0.0);
            }
        }
        (person, town)
    }

    /// The span of a part that is somebody's name.
    fn named(&self, scene: &Scene<'_, '_>, weight: &Weight) -> Option<Span> {
        let Scene { text, end, front, .. } = scene;
        let (text, end) = (*text, *end);
        if weight.person < ENOUGH || (weight.ahead < 2.5 && self.patterns.cited.is_at(text, end, text.len())) {
            return None;
        }
        let announced = weight.ahead >= 2.5;
        let (start, mut end) = self.widened(text, weight.start, end, announced, scene.reading.careless);
        if front.flags & PLACE_PREPOSITIONS != 0
            && let Some(more) = self.patterns.town_end.at(text, end, text.len())
        {
            end = more.end;
        }
        let sure = weight.person >= CERTAIN || weight.ahead + weight.behind >= 1.5;
        Some(Span { start, end, kind: if sure { Kind::SureName } else { Kind::Name } })
    }

    /// The span of a part that is a town's name, and what it weighs as one.
    fn located(&self, scene: Scene<'_, '_>, town: f64) -> (Option<Span>, f64) {
        let Scene { text, part, reading, mut start, mut end, head, front, mut back, .. } = scene;
        let mut town = town;
        if let Some(more) = self.patterns.town_end.at(text, end, text.len()) {
            end = more.end;
            back = self.after(text, end);
            town += if part.unseen && front.flags & PLACE_PREPOSITIONS != 0 { 0.75 } else { 0.0 };
        }
        let mut place = self.place_in_front(&front);
        if place < ENOUGH && part.led && text[part.run..end].iter().filter(|&&byte| byte == b' ').count() <= 3 {
            // "in Store Quathonde": the town's name began with an ordinary word.
            let opening = self.place_in_front(&self.before(text, part.run));
            if opening >= ENOUGH {
                (place, start) = (opening, part.run);
            }
        }
        if front.gap == b", "
            && !front.word.is_empty()
            && is(chars::before(text, head - 2).0, chars::LOWER)
            && matches!(text.get(end), None | Some(b'.' | b'\n' | b',' | b';' | b')'))
        {
            // "Lakeview Clinic, Quathonde."
            place += 1.0;
        }
        if !(reading.careless && part.unseen) && self.is_behind_a_postcode(text, start) {
            place += 2.0;
        }
        if place != 0.0 && reading.company != 0.0 && !part.shouted {
            place += reading.company;
        }
        if back.gap == b" "
            && back.flags & BRANCHES != 0
            && matches!(&front.word[..], b"the" | b"our" | b"her" | b"his" | b"my" | b"your")
        {
            town += 2.0;
        }
        let region = self.is_region_behind(text, end);
        town += place + if region { 2.0 } else { 0.0 };
        if (back.gap == b" " || back.gap == b"-")
            && (self.is_eponymous(&back.word, back.flags) || self.is_epithet(&back.word))
        {
            town -= 4.0;
        }
        if (part.followed && !(place != 0.0 && region))
            || (place == 0.0 && self.patterns.edition.is_at(text, end, text.len()))
        {
            town -= 1.5;
        }
        if back.gap == b"-" && !back.word.is_empty() {
            town -= 2.0;
        }
        ((town >= ENOUGH).then_some(Span { start, end, kind: Kind::Town }), town)
    }

    fn is_behind_a_postcode(&self, text: &[u8], start: usize) -> bool {
        start > 0
            && matches!(text[start - 1], b' ' | b',' | b'.' | b'-' | b'\n')
            && self.patterns.postcode.within(text, chars::back(text, start, LONGEST_POSTCODE), start).is_some()
    }

    /// Whether a word is an order ("Pat dry"), whoever is the youngest ("Baby is"), or names a virus.
    fn is_no_name(&self, text: &[u8], start: usize, end: usize, flags: Flags) -> bool {
        if flags & NEVER_ALONE != 0 {
            return self.person_in_front(&self.before(text, start)) <= 2.0;
        }
        if flags & ORDERS != 0 && text.get(end) == Some(&b' ') && self.after(text, end).flags & ORDERED != 0 {
            return self.before(text, start).opens;
        }
        if start < 2 || !matches!(text[start - 1], b' ' | b'-' | b'/') {
            return false;
        }
        is_digit(chars::before(text, start - 1).0)
            && self.patterns.strain.within(text, chars::back(text, start, LONGEST_STRAIN), start).is_some()
    }

    /// Whether a word is a usual given name, whatever else it means.
    pub fn is_given(&self, word: &[u8]) -> bool {
        self.profile(bare(&lower(word)), true).is_some_and(|known| known.given() >= 2)
    }
}

/// Whether what stands right in front of a name may be a part of it.
fn ends_with_a_particle(near: &[u8]) -> bool {
    if let [.., last, mark] = near
        && last.is_ascii()
        && !match mark {
            b' ' => b"nrtuiasc.".contains(&last.to_ascii_lowercase()),
            b'-' => b"ldsrh".contains(&last.to_ascii_lowercase()),
            _ => b"dlo".contains(&last.to_ascii_lowercase()),
        }
    {
        return false;
    }
    let near = lower(near);
    IN_FRONT_ENDS.iter().any(|end| near.ends_with(end.as_bytes()))
}
