//! British number plates: AB12 CDE (since 2001), A123 BCD (since 1983) and ABC 123D (since 1963), in
//! Great Britain. The letter I and the digit 1, the letter O and the digit 0 are read by their
//! position. Older plates and those of Northern Ireland look like too many other things.

use std::ops::Range;

use super::{Gap, Word};

/// Three letters that are a word. After "NR12" or "the A47" they are no plate.
const WORDS: &str = " ADD ALL AND ANY APT ARE ASK BAD BAG BED BIG BIN BLK BOX BOY BUS BUT BUY BYE CAB CAN CAR CUT DAD DAY DEL DER DID DOG DOR \
    DUE END EST EYE FAR FEW FLT FOR FOX GAS GET GOT GUN GUY HAD HAS HAT HER HEY HIM HIS HOT HOW ITS JCT JET JOB JUN KEY KID LAD LAW \
    LET LOT MAN MAP MAY MEN MET MUM NAN NET NEW NON NOR NOT NOW OLD OLE ONE OFF OUR OUT OWN PAY PER PET PUB PUT RAN RED RUN SAD SAT \
    SAW SAY SEE SET SHE SON SUN TEN THE TOO TOP TOY TWO USE VAN VIA WAR WAS WAY WEB WET WHO WHY WON YES YET YOU ";

/// Two letters that are a word. In "AB 12 CDE" they are no plate.
const SHORT: &str = " AM AN AS AT BE BY DE DO ET GO HE HI IF IN IS IT LA LE ME MR MS MY NO NR OF OH OK ON OR PM SO ST TO UP US WE ";

/// Passes each plate and its place to `each`.
pub(super) fn find(words: &[Word], mut each: impl FnMut(String, Range<usize>)) {
    let mut at = 0;
    while at < words.len() {
        // Three parts first: "AB 12 CDE".
        let found = [3, 2, 1].into_iter().find_map(|count| {
            let parts = words.get(at..at + count)?;
            Some((plate(parts)?, parts))
        });
        let Some((plate, parts)) = found else {
            at += 1;
            continue;
        };
        if let (Some(first), Some(last)) = (parts.first(), parts.last()) {
            each(plate, first.place.start..last.place.end);
        }
        at += parts.len();
    }
}

/// The plate that these words make up.
fn plate(parts: &[Word]) -> Option<String> {
    let (first, rest) = parts.split_first()?;
    let is_one_line = |word: &Word| matches!(word.gap, Gap::Space | Gap::Dash);
    let length: usize = parts.iter().map(|word| word.text.len()).sum();
    if !(5..=7).contains(&length) || !rest.iter().all(is_one_line) || first.gap == Gap::Figure {
        return None;
    }
    let text: String = parts.iter().map(|word| word.text.as_str()).collect();
    let text = text.to_ascii_uppercase();
    if !text.is_ascii() {
        return None;
    }
    let is_upper = parts.iter().all(|word| word.is_upper);
    let ends: Vec<usize> = parts
        .iter()
        .scan(0, |end, word| {
            *end += word.text.len();
            Some(*end)
        })
        .collect();
    let breaks = ends.split_last()?.1;
    [
        "LLDDLLL", "LDDDLLL", "LDDLLL", "LDLLL", "LLLDDDL", "LLLDDL", "LLLDL",
    ]
    .into_iter()
    .filter(|shape| shape.len() == length)
    .find_map(|shape| read(&text, shape, breaks, is_upper))
}

/// Reads a plate of this shape (letters and digits), written with these breaks.
fn read(text: &str, shape: &str, breaks: &[usize], is_upper: bool) -> Option<String> {
    // A break is only between letters and digits.
    let kind = |at: usize| shape.as_bytes().get(at);
    if breaks
        .iter()
        .any(|at| kind(*at) == kind(at.wrapping_sub(1)))
        || is_postcode(text)
    {
        return None;
    }
    let mut plate = String::with_capacity(text.len());
    for (c, kind) in text.chars().zip(shape.chars()) {
        plate.push(match (c, kind) {
            ('O', 'D') => '0',
            ('I', 'D') => '1',
            ('0', 'L') => 'O',
            // No plate of these shapes has an I or a Q.
            ('I' | 'Q', 'L') => return None,
            ('A'..='Z', 'L') | ('0'..='9', 'D') => c,
            _ => return None,
        });
    }
    let is_modern = shape == "LLDDLLL";
    let three = |at: usize| plate.get(at..at + 3).unwrap_or_default().to_owned();
    let letters = match shape.strip_prefix("LLLD") {
        Some(_) => three(0),
        None => three(shape.len() - 3),
    };
    let is_word = WORDS.contains(&format!(" {letters} "));
    let is_split = breaks == [2, 4] && SHORT.contains(&format!(" {} ", plate.get(..2)?));
    let digits = plate.chars().filter(char::is_ascii_digit).count();
    let number = plate.trim_matches(|c: char| !c.is_ascii_digit());
    let fits = match (is_modern, breaks.is_empty()) {
        (true, true) => true,
        (true, false) => !is_word && !is_split,
        // Old and rare shapes, which look like roads and house numbers.
        (false, _) => !is_word && (is_upper || digits == 3) && !number.starts_with('0'),
    };
    // "FLOODED" has neither digit.
    let is_mixed = text.contains(|c: char| c.is_ascii_digit())
        && text.contains(|c: char| c.is_ascii_alphabetic());
    (fits && is_mixed).then_some(plate)
}

/// Whether the text is a whole postcode, such as NR12 0AB.
fn is_postcode(text: &str) -> bool {
    let Some((outward, inward)) = text
        .len()
        .checked_sub(3)
        .and_then(|at| text.split_at_checked(at))
    else {
        return false;
    };
    let letters = outward
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .count();
    let is_inward = inward.starts_with(|c: char| c.is_ascii_digit())
        && inward.chars().skip(1).all(|c| c.is_ascii_alphabetic());
    let district = outward.get(letters..).unwrap_or_default();
    is_inward
        && (1..=2).contains(&letters)
        && (1..=2).contains(&district.len())
        && district.starts_with(|c: char| c.is_ascii_digit())
}
