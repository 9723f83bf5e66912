//! Places: a house number or flat, with its street, building or postcode. Streets are English;
//! words for a flat are those of the form's languages. A street alone is no place.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::{Gap, Word};

type Words = HashSet<&'static str>;

/// The words of lists with spaces between.
fn set(lists: &[&'static str]) -> Words {
    lists
        .iter()
        .flat_map(|list| list.split(' '))
        .filter(|word| !word.is_empty())
        .collect()
}

/// Words of a street's name.
const NAME: usize = 5;

/// The last words of streets, with their short forms.
const STREETS: [(&str, &[&str]); 16] = [
    ("road", &["rd"]),
    ("street", &["st", "str"]),
    ("avenue", &["ave", "av", "aven"]),
    ("lane", &["ln", "la"]),
    ("close", &["cl", "clo"]),
    ("drive", &["dr", "drv"]),
    ("way", &["wy"]),
    ("gardens", &["gdns", "gdn", "gds"]),
    ("terrace", &["ter", "terr", "tce"]),
    ("crescent", &["cres", "cresc", "crs"]),
    ("grove", &["gr", "grv", "gro"]),
    ("place", &["pl"]),
    ("square", &["sq"]),
    ("boulevard", &["blvd"]),
    ("opening", &[]),
    ("loke", &[]),
];

/// Words that end a name, or stand before one of [`STREETS`]: "Mill Hill", "Mill Hill Road".
const ENDS: [(&str, &[&str]); 26] = [
    ("hill", &[]),
    ("park", &["pk"]),
    ("green", &["grn"]),
    ("gate", &[]),
    ("row", &[]),
    ("rise", &[]),
    ("plain", &[]),
    ("walk", &["wk"]),
    ("yard", &["yd"]),
    ("mews", &["mws"]),
    ("alley", &[]),
    ("quay", &[]),
    ("wharf", &[]),
    ("parade", &["pde"]),
    ("drove", &[]),
    ("croft", &[]),
    ("vale", &[]),
    ("view", &["vw"]),
    ("court", &["ct", "crt"]),
    ("cottages", &[]),
    ("meadow", &[]),
    ("meadows", &[]),
    ("estate", &["est"]),
    ("house", &["hse"]),
    ("tower", &[]),
    ("heights", &["hts"]),
];

/// Words that are in no street's name. After a number they begin something else: "3 men in Mill
/// Road", "5 minutes from Park Lane".
static BARRED: LazyLock<Words> = LazyLock::new(|| {
    set(&[
        " a about above after again all am an and are around as at bags because bed bedroom bedrooms before behind below between bike bikes \
    blocks boy boys but by car cars child children days day doors down drug every five flat flats foot for four from front gang girl girls grams guys had \
    has have he her here his hour hour hours house houses i if in inside into is it kid kids lad lads later left like local lots man many men metres meters mile miles min mins minute minutes month months more \
    my near need no not number of off officers old on one onto opposite or our out outside over past people police pounds quid \
    she storey ten that their them then there these they third this those three through till time times to two under until up us van vans \
    was we week weeks were when where which who with woman women yards year years you your ",
    ])
});

/// Words that make "house", "court" or "green" no name: "2 bed house".
static PLAIN: LazyLock<Words> = LazyLock::new(|| {
    set(&[
        " big council empty family green large new next other same semi small terraced town tower white whole ",
    ])
});

/// Words for a flat, in the languages of the form.
const FLAT_WORDS: &str = " flat flt apartment apartments apt unit room maisonette mieszkanie lokal butas ap apartament apartamentul apartamento apto piso lakas شقه الشقه ";

/// Words for a flat that are so short that they count only after a street: "Mill Road 12 m. 3".
const SHORT_FLATS: &str = " m lok bt f fl r ";

static FLATS: LazyLock<Words> = LazyLock::new(|| set(&[FLAT_WORDS]));
static ALL_FLATS: LazyLock<Words> = LazyLock::new(|| set(&[FLAT_WORDS, SHORT_FLATS]));

/// Words for "number".
static NUMBERS: LazyLock<Words> =
    LazyLock::new(|| set(&[" no nr num number numer numar numero szam رقم n "]));

/// Passes each place and its bytes to `each`.
pub(super) fn find(words: &[Word], mut each: impl FnMut(String, Range<usize>)) {
    let text = Text(words);
    let mut at = 0;
    while at < words.len() {
        let found = text.forward(at).or_else(|| text.backward(at));
        let Some(found) = found else {
            at += 1;
            continue;
        };
        let (from, to) = (found.from, found.to);
        if let (Some(first), Some(last)) = (words.get(from), words.get(to.saturating_sub(1))) {
            each(found.normal(), first.place.start..last.place.end);
        }
        at = to.max(at + 1);
    }
}

/// A place: the words from `from` up to `to`.
struct Found {
    from: usize,
    to: usize,
    /// House, flat and their letters.
    numbers: Vec<String>,
    name: String,
}

impl Found {
    /// "3/12 mill road": the numbers in order, since people write house and flat in either order.
    fn normal(mut self) -> String {
        self.numbers
            .sort_by_key(|part| (part.parse().unwrap_or(u32::MAX), part.clone()));
        self.numbers.dedup();
        format!("{} {}", self.numbers.join("/"), self.name)
    }
}

/// The words of a text.
struct Text<'a>(&'a [Word]);

impl Text<'_> {
    fn word(&self, at: usize) -> &str {
        self.0.get(at).map_or("", |word| word.text.as_str())
    }

    fn gap(&self, at: usize) -> Gap {
        self.0.get(at).map_or(Gap::Other, |word| word.gap)
    }

    fn is_one_of(&self, at: usize, list: &Words) -> bool {
        let word = self.word(at);
        !word.is_empty() && list.contains(word)
    }

    /// A number and the letter on it, at most four digits: "12", "12b". And the word after it.
    fn number(&self, at: usize) -> Option<(Vec<String>, usize)> {
        let word = self.word(at);
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (number, letter) = word.split_at_checked(digits)?;
        let fits = (1..=4).contains(&digits)
            && !number.starts_with('0')
            && !is_year(number)
            && letter.len() <= 1
            && letter.bytes().all(|b| b.is_ascii_lowercase())
            && self.gap(at) != Gap::Figure;
        if !fits {
            return None;
        }
        let mut parts = vec![number.to_owned()];
        parts.extend((!letter.is_empty()).then(|| letter.to_owned()));
        // "12号", and "12 b" at the end of a line or before a comma is rare: leave it.
        let is_marked = matches!(self.word(at + 1), "号" | "號") && self.gap(at + 1) == Gap::Joined;
        Some((parts, at + 1 + usize::from(is_marked)))
    }

    /// A number after "no", if that is there.
    fn marked_number(&self, at: usize) -> Option<(Vec<String>, usize)> {
        self.number(at + usize::from(self.is_one_of(at, &NUMBERS)))
    }

    /// "flat 3", "flat B", "3室".
    fn flat(&self, at: usize, words: &Words) -> Option<(Vec<String>, usize)> {
        if self.is_one_of(at, words) {
            let letter = self.word(at + 1);
            return self.marked_number(at + 1).or_else(|| {
                let is_letter = letter.len() == 1 && letter.bytes().all(|b| b.is_ascii_lowercase());
                let is_article = letter == "a" && self.gap(at + 2) == Gap::Space;
                (is_letter && !is_article && letter != "i")
                    .then(|| (vec![letter.to_owned()], at + 2))
            });
        }
        let (parts, next) = self.number(at)?;
        let is_room =
            matches!(self.word(next), "室" | "号室" | "號室") && self.gap(next) == Gap::Joined;
        is_room.then(|| (parts, next + 1))
    }

    /// "Flat 3, 12 Mill Road", "3/12 Mill Road", "12 Mill Road, flat 3", "flat 3 Kestrel House",
    /// "12 NR3 1AB".
    fn forward(&self, at: usize) -> Option<Found> {
        let (mut numbers, mut next, is_flat) = match self.flat(at, &FLATS) {
            Some((numbers, next)) => (numbers, next, true),
            None => {
                let (numbers, next) = self.marked_number(at)?;
                (numbers, next, false)
            }
        };
        if is_flat {
            let is_joint = matches!(self.word(next), "at" | "of" | "in");
            let after = next + usize::from(is_joint);
            if let Some((house, end)) = self.marked_number(after)
                && let Some((name, to)) = self.name_after(end, true)
            {
                numbers.extend(house);
                return Some(self.with_flat(at, to, numbers, name));
            }
            next = after;
        } else if matches!(self.gap(next), Gap::Slash | Gap::Dash)
            && let Some((second, end)) = self.number(next)
        {
            if self.gap(next) == Gap::Dash {
                // A house with two numbers.
                numbers = vec![format!("{}-{}", numbers.concat(), second.concat())];
            } else {
                numbers.extend(second);
            }
            next = end;
        }
        let (name, to) = self.name_after(next, is_flat)?;
        Some(self.with_flat(at, to, numbers, name))
    }

    /// A street, building or postcode that follows a number.
    fn name_after(&self, at: usize, is_flat: bool) -> Option<(String, usize)> {
        let follows = matches!(
            self.gap(at),
            Gap::Space | Gap::Comma | Gap::Dot | Gap::Joined
        ) || is_flat && self.gap(at) == Gap::Line;
        if !follows {
            return None;
        }
        self.street(at, is_flat).or_else(|| self.postcode(at))
    }

    /// The place, with the flat that may follow the street.
    fn with_flat(&self, from: usize, to: usize, mut numbers: Vec<String>, name: String) -> Found {
        let is_near = matches!(
            self.gap(to),
            Gap::Space | Gap::Comma | Gap::Dot | Gap::Slash | Gap::Joined
        );
        let flat = is_near.then(|| self.flat(to, &ALL_FLATS)).flatten();
        let to = flat.as_ref().map_or(to, |(_, to)| *to);
        numbers.extend(flat.into_iter().flat_map(|(flat, _)| flat));
        Found {
            from,
            to,
            numbers,
            name,
        }
    }

    /// "Mill Road", "St Benedict's St.", "The Close", "Bishopgate".
    fn street(&self, from: usize, is_flat: bool) -> Option<(String, usize)> {
        let mut name: Vec<&str> = Vec::new();
        for at in from..from + NAME {
            let word = self.word(at);
            let is_one_line =
                at == from || matches!(self.gap(at), Gap::Space | Gap::Dot | Gap::Dash);
            if word.is_empty() || !is_one_line || !word.chars().all(char::is_alphabetic) {
                return None;
            }
            let may_end = !name.is_empty();
            let end = end_of(word).filter(|_| may_end);
            if let Some((end, is_street)) = end {
                if !self.goes_on(at, is_street) {
                    let adjective = name.last().is_some_and(|last| PLAIN.contains(last));
                    let is_the = name == ["the"]
                        && matches!(end, "road" | "way" | "house" | "park" | "estate" | "court");
                    let is_name = !is_the && (is_street || is_flat || !adjective);
                    name.push(end);
                    return is_name.then(|| (name.join(" "), at + 1));
                }
            } else if name.is_empty() && word.len() >= 7 && word.ends_with("gate") {
                return Some((word.to_owned(), at + 1));
            }
            let is_barred = BARRED.contains(word);
            let is_inner = matches!(word, "of" | "and") && may_end;
            if is_barred && !is_inner && !(word == "old" && end_of(self.word(at + 1)).is_none()) {
                return None;
            }
            name.push(match word {
                "st" | "saint" => "saint",
                word => end.map_or(word, |(end, _)| end),
            });
        }
        None
    }

    /// Whether a name goes on after a word that could end it: "Mill Hill Road", "Upper St Giles
    /// Street".
    fn goes_on(&self, at: usize, is_street: bool) -> bool {
        let next = end_of(self.word(at + 1));
        let gap = self.gap(at + 1);
        let is_saint = self.word(at) == "st"
            && matches!(gap, Gap::Space | Gap::Dot)
            && next.is_none()
            && self.gap(at + 2) == Gap::Space
            && end_of(self.word(at + 2)).is_some_and(|(_, is_street)| is_street)
            && !BARRED.contains(self.word(at + 1));
        is_saint || gap == Gap::Space && !is_street && next.is_some_and(|(_, is_street)| is_street)
    }

    /// "Mill Road 12", as people write who learnt it elsewhere.
    fn backward(&self, at: usize) -> Option<Found> {
        let (end, is_street) = end_of(self.word(at))?;
        let mut from = at;
        while from > 0
            && at - from < NAME - 1
            && matches!(self.gap(from), Gap::Space | Gap::Dot | Gap::Dash)
        {
            let word = self.word(from - 1);
            let is_inner = word == "of" && from > 1;
            let is_barred = BARRED.contains(word) || word == "the";
            if is_barred && !is_inner || !word.chars().all(char::is_alphabetic) {
                break;
            }
            from -= 1;
        }
        if from == at || self.word(from) == "of" {
            return None;
        }
        let follows = matches!(
            self.gap(at + 1),
            Gap::Space | Gap::Comma | Gap::Dot | Gap::Joined
        );
        let (numbers, to) = self.number_after(at + 1, is_street).filter(|_| follows)?;
        let words = (from..at).map(|at| match self.word(at) {
            "st" => "saint",
            word => end_of(word).map_or(word, |(end, _)| end),
        });
        let name: Vec<&str> = words.chain([end]).collect();
        Some(self.with_flat(from, to, numbers, name.join(" ")))
    }

    /// The number that follows a street ("12", "no 12/3", "flat 3") or a building ("flat 3").
    fn number_after(&self, at: usize, is_street: bool) -> Option<(Vec<String>, usize)> {
        if let Some(flat) = self.flat(at, &FLATS) {
            return Some(flat);
        }
        let (mut numbers, mut to) = self.marked_number(at).filter(|_| is_street)?;
        if self.gap(to) == Gap::Slash
            && let Some((second, end)) = self.number(to)
        {
            numbers.extend(second);
            to = end;
        }
        // "in Mill Road 12 people": the number belongs to the next word.
        let ends = to >= self.0.len()
            || matches!(
                self.gap(to),
                Gap::Comma | Gap::Dot | Gap::Line | Gap::Other | Gap::Joined
            )
            || self.flat(to, &ALL_FLATS).is_some();
        ends.then_some((numbers, to))
    }

    /// A whole postcode, without its space.
    fn postcode(&self, at: usize) -> Option<(String, usize)> {
        let joined = format!("{}{}", self.word(at), self.word(at + 1));
        if self.gap(at + 1) == Gap::Space && is_postcode(&joined) && self.word(at + 1).len() == 3 {
            return Some((joined, at + 2));
        }
        is_postcode(self.word(at)).then(|| (self.word(at).to_owned(), at + 1))
    }
}

fn is_year(number: &str) -> bool {
    number.len() == 4 && (number.starts_with("19") || number.starts_with("20"))
}

/// The long form of a word that ends a name, and whether it is one of [`STREETS`].
fn end_of(word: &str) -> Option<(&'static str, bool)> {
    let find = |list: &[(&'static str, &[&str])], is_street| {
        let mut list = list.iter();
        let found = list.find(|(long, short)| *long == word || short.contains(&word));
        found.map(|(long, _)| (*long, is_street))
    };
    find(&STREETS, true).or_else(|| find(&ENDS, false))
}

/// Whether this is a whole British postcode in lower case.
pub(super) fn is_postcode(text: &str) -> bool {
    let split = text
        .len()
        .checked_sub(3)
        .and_then(|at| text.split_at_checked(at));
    let Some((outward, inward)) = split else {
        return false;
    };
    let letters = outward.bytes().take_while(u8::is_ascii_lowercase).count();
    let district = outward.as_bytes().get(letters..).unwrap_or_default();
    let inward = inward.as_bytes();
    (1..=2).contains(&letters)
        && (1..=2).contains(&district.len())
        && district.first().is_some_and(u8::is_ascii_digit)
        && district.iter().all(u8::is_ascii_alphanumeric)
        && inward.first().is_some_and(u8::is_ascii_digit)
        && inward.iter().skip(1).all(u8::is_ascii_lowercase)
}
