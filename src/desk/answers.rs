//! A partner's answer by code, on its way from the partner page to the desk: a clear line (reference,
//! kind, day), then an age file to the book's key with code, choice and reference. It has choices
//! and no words. What is sealed has one length, so the size of a file tells nothing (age adds a
//! random part to its header).

use serde::{Deserialize, Serialize};

pub mod by_account;

use crate::answer_code::AnswerCode;
use crate::keys::Identity;
use crate::open;
use loke_core::clock::Day;
use loke_core::seal::{self, Recipient, encrypt_to};

/// The first word of the clear line, with its version.
const BEGINS: &str = "loke-answer-1";
/// Size of the sealed text in bytes, padded with spaces.
const PADDED: usize = 256;
/// Longest file of an answer, in bytes.
pub const LONGEST: u64 = 4_096;
/// Longest clear line, in bytes.
const LINE: usize = 128;

loke_core::words! {
    /// The choice of a partner. No other words can be sent by code.
    Choice {
        /// The partner has the report.
        Acknowledged = "acknowledged",
        /// The partner will not act, so the report comes back.
        Refused = "refused",
        /// The work is done.
        Done = "done",
        /// The partner deleted a report that was withdrawn, or the earlier one that was corrected.
        Deleted = "deleted",
        /// A warrant.
        Warrant = "warrant",
        /// An arrest.
        Arrest = "arrest",
        /// A letter under section 8 of the Misuse of Drugs Act.
        SectionEight = "section-8-letter",
        /// A closure of the premises.
        Closure = "closure",
        /// Possession of the tenancy.
        Possession = "possession",
        /// The property was secured.
        Secured = "property-secured",
        /// Somebody moved.
        Moved = "moved",
        /// The place was cleaned.
        Cleaned = "cleaned",
        /// Support was given.
        Support = "support-given",
        /// No action.
        NoAction = "no-action",
        /// A question, in words. With an account alone.
        Asked = "asked",
        /// Another grade, by the police. With an account alone.
        ReGraded = "re-graded",
        /// A photo after the work. With an account alone.
        AfterPhoto = "after-photo",
    }
}

loke_core::words! {
    /// The kind of a choice, as the clear line has it.
    AnswerKind {
        /// The partner has it.
        Acknowledge = "acknowledge",
        /// It comes back.
        Refuse = "refuse",
        /// Work that is done.
        Done = "done",
        /// The outcome, as the partner reports it.
        Outcome = "outcome",
        /// A question.
        Ask = "ask",
        /// Another grade.
        ReGrade = "re-grade",
        /// A photo after the work.
        AfterPhoto = "after-photo",
    }
}

impl Choice {
    /// The choices that need no account and no words, in the order of the forms.
    pub const PLAIN: &'static [Self] = &[
        Self::Acknowledged,
        Self::Refused,
        Self::Done,
        Self::Deleted,
        Self::Warrant,
        Self::Arrest,
        Self::SectionEight,
        Self::Closure,
        Self::Possession,
        Self::Secured,
        Self::Moved,
        Self::Cleaned,
        Self::Support,
        Self::NoAction,
    ];

    /// [`Self::PLAIN`]: the first ones, then the outcomes.
    #[must_use]
    pub fn offered() -> (&'static [Self], &'static [Self]) {
        Self::PLAIN.split_at_checked(4).unwrap_or_default()
    }

    /// Whether it confirms a withdrawal or a correction, as an answer to that report.
    #[must_use]
    pub fn confirms(self) -> bool {
        self.kind() == AnswerKind::Acknowledge
    }

    /// The kind for the clear line.
    #[must_use]
    pub fn kind(self) -> AnswerKind {
        match self {
            Self::Acknowledged | Self::Deleted => AnswerKind::Acknowledge,
            Self::Refused => AnswerKind::Refuse,
            Self::Done => AnswerKind::Done,
            Self::Asked => AnswerKind::Ask,
            Self::ReGraded => AnswerKind::ReGrade,
            Self::AfterPhoto => AnswerKind::AfterPhoto,
            _ => AnswerKind::Outcome,
        }
    }

    /// Whether it tells what became of the matter.
    #[must_use]
    pub fn is_disposition(self) -> bool {
        matches!(self.kind(), AnswerKind::Done | AnswerKind::Outcome)
    }

    /// The choice as a phrase: "Cleansing says: …".
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Acknowledged => "they have it",
            Self::Refused => "they will not act on it",
            Self::Done => "the work is done",
            Self::Deleted => "they deleted it",
            Self::Warrant => "a warrant",
            Self::Arrest => "an arrest",
            Self::SectionEight => "a section 8 letter",
            Self::Closure => "the premises were closed",
            Self::Possession => "possession of the tenancy",
            Self::Secured => "the property was secured",
            Self::Moved => "somebody was moved",
            Self::Cleaned => "the place was cleaned",
            Self::Support => "support was given",
            Self::NoAction => "no action was taken",
            Self::Asked => "they ask",
            Self::ReGraded => "they grade it anew",
            Self::AfterPhoto => "a photo after the work",
        }
    }

    /// The choice as a partner reads it on a form.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Acknowledged => "We have the report",
            Self::Refused => "We will not act: take it back",
            Self::Done => "The work is done",
            Self::Deleted => "We deleted it, as you asked",
            Self::Warrant => "A warrant",
            Self::Arrest => "An arrest",
            Self::SectionEight => "A section 8 letter",
            Self::Closure => "Premises closed",
            Self::Possession => "Possession of the tenancy",
            Self::Secured => "Property secured",
            Self::Moved => "Somebody moved",
            Self::Cleaned => "Cleaned",
            Self::Support => "Support given",
            Self::NoAction => "No action",
            Self::Asked => "A question",
            Self::ReGraded => "Another grade",
            Self::AfterPhoto => "A photo after the work",
        }
    }
}

/// A report's reference: 16 hex digits in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);

/// The text is not an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an answer of a partner")]
pub struct NotAnAnswer;

impl std::str::FromStr for Reference {
    type Err = NotAnAnswer;
    /// Parses a reference as it is printed, in either case, with or without spaces.
    fn from_str(typed: &str) -> Result<Self, NotAnAnswer> {
        let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let is = digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        match is && typed.len() <= 64 {
            true => Ok(Self(digits.to_ascii_lowercase())),
            false => Err(NotAnAnswer),
        }
    }
}

impl TryFrom<String> for Reference {
    type Error = NotAnAnswer;
    fn try_from(text: String) -> Result<Self, NotAnAnswer> {
        text.parse()
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.0
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An answer by code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The report.
    pub reference: Reference,
    /// The code on its sheet.
    pub code: AnswerCode,
    /// The partner's choice.
    pub choice: Choice,
}

/// The contents of the seal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    reference: Reference,
    code: String,
    choice: Choice,
}

/// The clear line of an answer. Nothing proves it before the sealed part is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearLine {
    /// The report.
    pub reference: Reference,
    /// The report that it answers.
    pub kind: AnswerKind,
    /// The day on which it was given.
    pub day: Day,
}

impl Answer {
    /// The file for the desk.
    ///
    /// # Errors
    /// If age fails.
    pub fn seal(&self, key: &Recipient, day: Day) -> Result<Vec<u8>, seal::Error> {
        let sealed = Sealed {
            reference: self.reference.clone(),
            code: self.code.as_str().to_owned(),
            choice: self.choice,
        };
        let mut plain = serde_json::to_vec(&sealed).unwrap_or_default();
        plain.resize(PADDED, b' ');
        let line = ClearLine {
            reference: self.reference.clone(),
            kind: self.choice.kind(),
            day,
        };
        Ok(line.before(BEGINS, encrypt_to(std::slice::from_ref(key), &plain)?))
    }

    /// Opens the sealed part, and compares it with the clear line.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub fn open(identities: &[Identity], file: &[u8]) -> Result<Self, NotOpened> {
        let (line, sealed) = ClearLine::split(file)?;
        let plain = match open::plain(identities, sealed) {
            Ok(plain) => plain,
            Err(open::Error::OtherKey) => return Err(NotOpened::OtherKey),
            Err(_) => return Err(NotAnAnswer.into()),
        };
        if plain.len() != PADDED {
            return Err(NotAnAnswer.into());
        }
        let sealed: Sealed = serde_json::from_slice(&plain).map_err(|_| NotAnAnswer)?;
        let answer = Self {
            code: sealed.code.parse().map_err(|_| NotAnAnswer)?,
            reference: sealed.reference,
            choice: sealed.choice,
        };
        let is_whole = answer.reference == line.reference
            && answer.choice.kind() == line.kind
            && Choice::PLAIN.contains(&answer.choice);
        match is_whole {
            true => Ok(answer),
            false => Err(NotAnAnswer.into()),
        }
    }
}

/// Why an answer was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// It is for another book.
    #[error("the answer is for a book that is not open")]
    OtherKey,
    /// It is none.
    #[error(transparent)]
    NotAnAnswer(#[from] NotAnAnswer),
}

impl ClearLine {
    /// The bytes of a file: this line, then `sealed`.
    fn before(&self, begins: &str, sealed: Vec<u8>) -> Vec<u8> {
        let Self {
            reference,
            kind,
            day,
        } = self;
        let mut file = format!("{begins} {reference} {kind} {day}\n").into_bytes();
        file.extend(sealed);
        file
    }

    /// Reads the clear line of a file. Returns the sealed rest too.
    ///
    /// # Errors
    /// [`NotAnAnswer`].
    pub fn split(file: &[u8]) -> Result<(Self, &[u8]), NotAnAnswer> {
        Self::split_after(BEGINS, file)
    }

    fn split_after<'a>(first: &str, file: &'a [u8]) -> Result<(Self, &'a [u8]), NotAnAnswer> {
        let end = file.iter().take(LINE).position(|byte| *byte == b'\n');
        let (line, rest) = end
            .and_then(|end| file.split_at_checked(end))
            .ok_or(NotAnAnswer)?;
        let line = std::str::from_utf8(line).map_err(|_| NotAnAnswer)?;
        let parts: Vec<&str> = line.split(' ').collect();
        let [begins, reference, kind, day] = parts.as_slice() else {
            return Err(NotAnAnswer);
        };
        if *begins != first {
            return Err(NotAnAnswer);
        }
        let line = Self {
            reference: reference.parse()?,
            kind: kind.parse().map_err(|_| NotAnAnswer)?,
            day: day.parse().map_err(|_| NotAnAnswer)?,
        };
        Ok((line, rest.get(1..).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(choice: Choice) -> Answer {
        Answer {
            reference: "00112233445566FF".parse().unwrap(),
            code: AnswerCode::random().unwrap(),
            choice,
        }
    }

    #[test]
    fn an_answer_opens_with_the_books_key_alone_and_all_are_padded_alike() {
        let (book, other) = (Identity::generate(), Identity::generate());
        let key = book.recipient().unwrap();
        let mut sizes = std::collections::BTreeSet::new();
        for choice in Choice::PLAIN {
            let answer = answer(*choice);
            let file = answer.seal(&key, Day(20_800)).unwrap();
            assert!(file.len() as u64 <= LONGEST);
            let (line, sealed) = ClearLine::split(&file).unwrap();
            let plain = open::plain(std::slice::from_ref(&book), sealed).unwrap();
            sizes.insert(plain.len());
            assert_eq!((line.kind, line.day), (choice.kind(), Day(20_800)));
            let opened = Answer::open(std::slice::from_ref(&book), &file);
            assert_eq!(opened, Ok(answer.clone()));
            let shut = Answer::open(std::slice::from_ref(&other), &file);
            assert_eq!(shut, Err(NotOpened::OtherKey));
            let code = answer.code.as_str().as_bytes();
            assert!(
                !file.windows(8).any(|part| part == code),
                "the code is clear"
            );
        }
        assert_eq!(sizes.len(), 1, "{sizes:?}");
    }

    #[test]
    fn a_clear_line_that_says_another_thing_than_the_seal_is_refused() {
        let book = [Identity::generate()];
        let key = book[0].recipient().unwrap();
        let file = answer(Choice::Refused).seal(&key, Day(20_800)).unwrap();
        for (from, to) in [(" refuse ", " done "), ("00112233", "99112233")] {
            let (line, _) = file.split_at(file.iter().position(|b| *b == b'\n').unwrap());
            let mut forged = String::from_utf8(line.to_vec())
                .unwrap()
                .replace(from, to)
                .into_bytes();
            forged.extend(&file[line.len()..]);
            assert_ne!(forged, file);
            let opened = Answer::open(&book, &forged);
            assert_eq!(opened, Err(NotOpened::NotAnAnswer(NotAnAnswer)));
        }
        assert!(Answer::open(&book, &file).is_ok(), "the control");
        for odd in [&b""[..], b"loke-answer-1", b"x y z w\nage", &[0xff; 300]] {
            assert!(matches!(
                Answer::open(&book, odd),
                Err(NotOpened::NotAnAnswer(_))
            ));
        }
    }
}
