//! A partner's answer with an account. It has words, a grade or a photo, and a MAC under a key that is
//! inside the sealed report alone. So a person who has the partner page's machine, and never opened the
//! report, makes no answer to it. On its way it is a clear line (reference, kind, day), then an age
//! file to the book's key: a padded tar with `answer.json` and `photo-1.jpg`.

use std::io::Read;

use ring::hmac;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Choice, ClearLine, NotAnAnswer, NotOpened, Reference};
use crate::keys::Identity;
use crate::open::{self, Jpeg};
use loke_core::clock::Day;
use loke_core::digest::sha256;
use loke_core::random::{self, NoRandomness};
use loke_core::seal::{self, Recipient, SizeClass, encrypt_to, pack_files};
use loke_core::tip::TipId;

/// The first word of the clear line, with its version.
const BEGINS: &str = "loke-answer-2";
/// The purpose of the MAC, so that no other MAC of the key fits.
const PURPOSE: &[u8] = b"loke answer of an account 1";
/// Longest words, in characters.
pub const WORDS: usize = 1_000;
/// Longest `answer.json`, in bytes.
const JSON: u64 = SizeClass::Text.plain() as u64;
/// Longest file, in bytes: one cleaned photo, and the clear line.
pub const LONGEST: u64 = SizeClass::Two.sealed() as u64 + super::LINE as u64;

/// The key inside a report, for the MAC of its answers. Zeroized on drop.
#[derive(Clone)]
pub struct AnswerKey(Zeroizing<[u8; 32]>);

impl AnswerKey {
    /// A new random key.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, NoRandomness> {
        Ok(Self(Zeroizing::new(random::bytes::<32>()?)))
    }

    /// A key from the text in `report.json`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text, key.as_mut_slice()).ok()?;
        Some(Self(key))
    }

    /// The key as it stands in `report.json`: 64 hex digits.
    #[must_use]
    pub fn to_text(&self) -> String {
        hex::encode(self.0.as_slice())
    }

    fn signed(body: &str, photo: Option<&[u8]>) -> Vec<u8> {
        let mut signed = PURPOSE.to_vec();
        signed.extend((body.len() as u64).to_be_bytes());
        signed.extend(body.as_bytes());
        signed.extend(photo.map(sha256).unwrap_or_default());
        signed
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice())
    }
}

/// A grade of the police (3x5x2). It prints as in `2 B P`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoliceGrade {
    source: char,
    information: char,
    handling: char,
}

impl PoliceGrade {
    /// The grade in words.
    #[must_use]
    pub fn in_words(self) -> String {
        let Self {
            source,
            information,
            handling,
        } = self;
        format!("source {source}, information {information}, handling {handling}")
    }
}

impl std::str::FromStr for PoliceGrade {
    type Err = NotAnAnswer;
    fn from_str(text: &str) -> Result<Self, NotAnAnswer> {
        let mut letters = text.chars().filter(|c| *c != ' ');
        let (Some(source), Some(information), Some(handling), None) = (
            letters.next(),
            letters.next(),
            letters.next(),
            letters.next(),
        ) else {
            return Err(NotAnAnswer);
        };
        let is_grade = matches!(source, '1'..='3')
            && matches!(information, 'A'..='E')
            && matches!(handling, 'P' | 'C');
        match is_grade && text.len() <= 5 {
            true => Ok(Self {
                source,
                information,
                handling,
            }),
            false => Err(NotAnAnswer),
        }
    }
}

impl std::fmt::Display for PoliceGrade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.source, self.information, self.handling)
    }
}

/// An answer with an account.
pub struct AccountAnswer {
    /// Its own name, so that a copy of its file is known.
    pub id: TipId,
    /// The report.
    pub reference: Reference,
    /// The person's account at the partner page.
    pub account: String,
    /// The person's choice.
    pub choice: Choice,
    /// The person's words, or the grade. May be empty.
    pub words: Zeroizing<String>,
    /// The day at the partner page.
    pub day: Day,
    /// The photo after the work, cleaned.
    pub photo: Option<Jpeg>,
}

/// The part that the MAC covers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    id: String,
    reference: Reference,
    account: String,
    choice: Choice,
    words: Zeroizing<String>,
    day: String,
}

/// `answer.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    /// [`Body`] as JSON: exactly these bytes are signed.
    body: Zeroizing<String>,
    mac: String,
}

/// An answer that was opened, and whose MAC nobody has checked.
pub struct Unproven {
    answer: AccountAnswer,
    signed: Signed,
}

impl AccountAnswer {
    /// The file for the desk, signed with the report's key.
    ///
    /// # Errors
    /// If age fails, or the photo is too large.
    pub fn seal(&self, key: &AnswerKey, to: &Recipient) -> Result<Vec<u8>, seal::Error> {
        let body = Body {
            id: self.id.to_string(),
            reference: self.reference.clone(),
            account: self.account.clone(),
            choice: self.choice,
            words: self.words.clone(),
            day: self.day.to_string(),
        };
        let body = serde_json::to_string(&body).map_err(|_| seal::Error::Encrypt)?;
        let photo = self.photo.as_ref().map(|photo| photo.as_slice());
        let mac = hmac::sign(&key.hmac(), &AnswerKey::signed(&body, photo));
        let signed = Signed {
            body: Zeroizing::new(body),
            mac: hex::encode(mac),
        };
        let json = serde_json::to_vec(&signed).map(Zeroizing::new);
        let json = json.map_err(|_| seal::Error::Encrypt)?;
        let mut files = vec![("answer.json", json.as_slice())];
        files.extend(photo.map(|photo| ("photo-1.jpg", photo)));
        let (_, plain) = pack_files(&files)?;
        let line = ClearLine {
            reference: self.reference.clone(),
            kind: self.choice.kind(),
            day: self.day,
        };
        Ok(line.before(BEGINS, encrypt_to(std::slice::from_ref(to), &plain)?))
    }
}

impl Unproven {
    /// Whether a file begins like an answer with an account.
    #[must_use]
    pub fn is_one(file: &[u8]) -> bool {
        file.starts_with(BEGINS.as_bytes())
    }

    /// Reads the clear line of a file.
    ///
    /// # Errors
    /// [`NotAnAnswer`].
    pub fn line(file: &[u8]) -> Result<ClearLine, NotAnAnswer> {
        Ok(ClearLine::split_after(BEGINS, file)?.0)
    }

    /// Opens the sealed part, and compares it with the clear line.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub fn open(identities: &[Identity], file: &[u8]) -> Result<Self, NotOpened> {
        let (line, sealed) = ClearLine::split_after(BEGINS, file)?;
        let plain = match open::plain(identities, sealed) {
            Ok(plain) => plain,
            Err(open::Error::OtherKey) => return Err(NotOpened::OtherKey),
            Err(_) => return Err(NotAnAnswer.into()),
        };
        let (json, photo) = unpack(&plain).ok_or(NotAnAnswer)?;
        let signed: Signed = serde_json::from_slice(&json).map_err(|_| NotAnAnswer)?;
        let body: Body = serde_json::from_str(&signed.body).map_err(|_| NotAnAnswer)?;
        let answer = AccountAnswer {
            id: body.id.parse().map_err(|_| NotAnAnswer)?,
            reference: body.reference,
            account: body.account,
            choice: body.choice,
            words: body.words,
            day: body.day.parse().map_err(|_| NotAnAnswer)?,
            photo,
        };
        let fits = answer.reference == line.reference
            && answer.choice.kind() == line.kind
            && answer.day == line.day
            && answer.words.chars().count() <= WORDS
            && answer.photo.is_some() == (answer.choice == Choice::AfterPhoto)
            && (answer.choice != Choice::Asked || !answer.words.trim().is_empty())
            && (answer.choice != Choice::ReGraded || answer.words.parse::<PoliceGrade>().is_ok());
        match fits {
            true => Ok(Self { answer, signed }),
            false => Err(NotAnAnswer.into()),
        }
    }

    /// The report that it names.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.answer.reference
    }

    /// The answer, if it was made with the report's key.
    #[must_use]
    pub fn proven(&self, key: &AnswerKey) -> Option<&AccountAnswer> {
        let photo = self.answer.photo.as_ref().map(|photo| photo.as_slice());
        let mac = hex::decode(&self.signed.mac).ok()?;
        let signed = AnswerKey::signed(&self.signed.body, photo);
        hmac::verify(&key.hmac(), &signed, &mac).ok()?;
        Some(&self.answer)
    }
}

/// `answer.json` and the photo of a tar.
fn unpack(plain: &[u8]) -> Option<(Zeroizing<Vec<u8>>, Option<Jpeg>)> {
    let (mut json, mut photo) = (None, None);
    for entry in tar::Archive::new(plain).entries().ok()?.raw(true) {
        let entry = entry.ok()?;
        if entry.header().entry_type() != tar::EntryType::Regular {
            continue;
        }
        let most = match (entry.path_bytes().as_ref(), &json, &photo) {
            (b"answer.json", None, None) => JSON,
            (b"photo-1.jpg", Some(_), None) => LONGEST,
            _ => return None,
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(
            usize::try_from(entry.size().min(most)).ok()?,
        ));
        entry.take(most).read_to_end(&mut bytes).ok()?;
        match json {
            None => json = Some(bytes),
            Some(_) => photo = Some(bytes),
        }
    }
    Some((json?, photo))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(choice: Choice, words: &str, photo: Option<&[u8]>) -> AccountAnswer {
        AccountAnswer {
            id: TipId([7; 16]),
            reference: "00112233445566ff".parse().unwrap(),
            account: "pat".into(),
            choice,
            words: Zeroizing::new(words.into()),
            day: Day(20_800),
            photo: photo.map(|bytes| Zeroizing::new(bytes.to_vec())),
        }
    }

    #[test]
    fn p15_an_answer_counts_only_with_the_key_inside_the_report() {
        let (book, key) = ([Identity::generate()], AnswerKey::random().unwrap());
        let to = book[0].recipient().unwrap();
        for (choice, words, photo) in [
            (Choice::Done, "", None),
            (Choice::Asked, "which gate?", None),
            (Choice::ReGraded, "2 B P", None),
            (Choice::AfterPhoto, "", Some(&b"jpeg"[..])),
        ] {
            let file = answer(choice, words, photo).seal(&key, &to).unwrap();
            assert!(Unproven::is_one(&file) && file.len() as u64 <= LONGEST);
            let opened = Unproven::open(&book, &file).unwrap();
            let proven = opened.proven(&key).unwrap();
            assert_eq!((proven.choice, proven.words.as_str()), (choice, words));
            assert_eq!(proven.photo.as_ref().map(|p| p.as_slice()), photo);
            let other = AnswerKey::random().unwrap();
            assert!(opened.proven(&other).is_none(), "{choice}");
            // The same MAC under other words or another photo.
            let mut changed = Unproven::open(&book, &file).unwrap();
            changed.signed.body = Zeroizing::new(changed.signed.body.replace("pat", "pam"));
            assert!(changed.proven(&key).is_none());
            let mut changed = Unproven::open(&book, &file).unwrap();
            changed.answer.photo = Some(Zeroizing::new(b"other".to_vec()));
            assert!(changed.proven(&key).is_none());
        }
    }

    #[test]
    fn what_is_no_answer_is_refused_before_any_key_is_needed() {
        let (book, key) = ([Identity::generate()], AnswerKey::random().unwrap());
        let to = book[0].recipient().unwrap();
        for odd in [
            answer(Choice::Asked, "  ", None),
            answer(Choice::ReGraded, "4 B P", None),
            answer(Choice::ReGraded, "<b>", None),
            answer(Choice::Done, "", Some(b"jpeg")),
            answer(Choice::AfterPhoto, "", None),
            answer(Choice::Done, &"x".repeat(WORDS + 1), None),
        ] {
            let file = odd.seal(&key, &to).unwrap();
            assert!(Unproven::open(&book, &file).is_err());
        }
        let file = answer(Choice::Done, "", None).seal(&key, &to).unwrap();
        let other = [Identity::generate()];
        assert_eq!(
            Unproven::open(&other, &file).err(),
            Some(NotOpened::OtherKey)
        );
        assert!(Unproven::open(&book, &file).is_ok(), "the control");
    }
}
