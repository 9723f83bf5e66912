//! Text that a person was typing when the session ended, or while the book got new keys. It is sealed to
//! the person's own key, so that nothing at the desk opens it before they sign in again. Then a text about
//! a tip is their draft of it, and a report that they were entering waits on its page.

mod new_report;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub(crate) use self::new_report::{HalfReport, PATH};
use crate::acting::Acting;
use crate::book::{Book, DraftOf};
use crate::database::Error;
use crate::keys::Identity;
use crate::open;
use crate::register::{Account, NewText, Register, Slot};
use loke_core::digest::sha256;
use loke_core::seal::{Recipient, encrypt_to};
use loke_core::tip::TipId;

/// The form that a text was typed into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Form {
    Note,
    Report,
    /// A reply to the resident, with its language and its meaning in English.
    Reply {
        language: String,
        meaning: Zeroizing<String>,
    },
}

impl Form {
    const fn word(&self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Report => "report",
            Self::Reply { .. } => "reply",
        }
    }
}

/// A text about a tip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AboutTip {
    /// The tip, as its page's address names it.
    tip: String,
    form: Form,
    text: Zeroizing<String>,
}

/// A text of one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Typed {
    AboutTip(AboutTip),
    NewReport(HalfReport),
}

/// What is restored at a sign-in.
#[derive(Default)]
pub(crate) struct Restored {
    /// The tips whose drafts have a text now.
    pub(crate) tips: Vec<String>,
    /// The reports that were being entered, oldest first.
    pub(crate) reports: Vec<HalfReport>,
}

impl Typed {
    /// Whether forms for this path may have a text that can be kept.
    pub(crate) fn is_kept_of(path: &str) -> bool {
        path == PATH || path.starts_with("/tip/")
    }

    /// The text in a form that was posted to this path; `None` if it has none that can be kept.
    pub(crate) fn of(path: &str, form: &[u8]) -> Option<Self> {
        if path == PATH {
            return HalfReport::of(form).map(Self::NewReport);
        }
        AboutTip::of(path, form).map(Self::AboutTip)
    }

    /// Seals the text to the account and stores it. `browser` tells two browsers apart. Returns the
    /// place of the sealed text.
    ///
    /// # Errors
    /// If nothing was stored.
    pub(crate) async fn keep(
        &self,
        register: &Register,
        account: &Account,
        browser: &[u8; 32],
    ) -> Result<Slot, Error> {
        let (plain, book, form) = match self {
            Self::AboutTip(text) => {
                let form = format!("{} {}", text.tip, text.form.word());
                let book = register.book_named(&text.tip).await?;
                (serde_json::to_vec(text), book, form)
            }
            Self::NewReport(report) => (report.to_json(), None, PATH.to_owned()),
        };
        let plain = Zeroizing::new(plain.map_err(|_| Error::Row)?);
        let slot = Slot(sha256(&[browser.as_slice(), form.as_bytes()].concat()));
        let mut text = NewText {
            account: &account.name,
            slot,
            sealed: &seal_to(&account.recipient, &plain)?,
            book: book.as_deref(),
            waits: matches!(self, Self::NewReport(_)),
        };
        // A report that was offered once and left again is one report.
        if let Self::NewReport(HalfReport {
            slot: Some(slot), ..
        }) = self
            && register.has_typed(&account.name, *slot).await?
        {
            text.slot = *slot;
        }
        register.keep_typed(&text).await?;
        Ok(text.slot)
    }
}

impl AboutTip {
    fn of(path: &str, form: &[u8]) -> Option<Self> {
        let mut parts = path.strip_prefix("/tip/")?.split('/');
        let tip = parts.next()?.to_owned();
        let (field, of) = match (parts.next(), parts.next()) {
            (None | Some("draft"), None) => ("note", Form::Note),
            (Some("report"), None) => ("text", Form::Report),
            (Some("report"), Some("draft")) => ("note", Form::Report),
            (Some("reply"), None | Some("draft")) => {
                let language = field_of(form, "language").unwrap_or_default().to_string();
                let meaning = field_of(form, "meaning").unwrap_or_default();
                ("reply", Form::Reply { language, meaning })
            }
            _ => return None,
        };
        let text = field_of(form, field)?;
        (!text.trim().is_empty()).then_some(Self {
            tip,
            form: of,
            text,
        })
    }

    /// The name of the tip.
    pub(crate) fn tip(&self) -> &str {
        &self.tip
    }

    /// Makes the text a draft of the account. False if the account cannot open the tip.
    ///
    /// # Errors
    /// If a database fails.
    pub(crate) async fn restore(&self, acting: &Acting) -> Result<bool, Error> {
        match acting.find(&self.tip).await {
            Ok((book, tip)) => {
                let account = &acting.account().name;
                self.becomes_draft(book, tip, account).await?;
                Ok(true)
            }
            Err(Error::NoTip(_) | Error::Ambiguous(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }

    fn read(plain: &[u8]) -> Option<Self> {
        serde_json::from_slice(plain).ok()
    }

    /// Stores the text as a draft of its writer.
    async fn becomes_draft(&self, book: &Book, tip: TipId, account: &str) -> Result<(), Error> {
        let (of, tip) = match &self.form {
            Form::Note => (DraftOf::Note, tip),
            Form::Report => (DraftOf::Report, book.holder(tip).await?),
            Form::Reply { language, meaning } => {
                let drafts = book.reply_drafts_on(tip).await?;
                let mine = drafts.iter().find(|draft| draft.who == account);
                let text = both(mine.map_or("", |draft| &draft.text), &self.text);
                let parts = [text.as_str(), language.as_str(), meaning.as_str()];
                return book.keep_reply_draft(tip, parts).await;
            }
        };
        let drafts = book.drafts_on(of, tip).await?;
        let mine = drafts.iter().find(|(who, _)| who == account);
        let text = both(mine.map_or("", |(_, text)| text), &self.text);
        book.keep_draft(of, tip, &text).await
    }
}

/// The value of a field of a form.
pub(crate) fn field_of(form: &[u8], name: &str) -> Option<Zeroizing<String>> {
    let mut fields = form_urlencoded::parse(form);
    let value = fields.find(|(field, _)| field == name)?.1;
    Some(Zeroizing::new(value.into_owned()))
}

/// Makes drafts of what the account was typing about tips, and drops those sealed texts. A text about a
/// tip that the account cannot open any more goes. A report that was being entered stays sealed too
/// until its form is used.
///
/// # Errors
/// If a database fails. The sealed texts stay.
pub(crate) async fn restore(acting: &Acting, member: &[Identity]) -> Result<Restored, Error> {
    let register = acting.register();
    let account = &acting.account().name;
    let mut restored = Restored::default();
    for text in register.typed_of(account).await? {
        // A text that is sealed to an earlier key of the account opens for nobody.
        let plain = open::plain(member, &text.sealed).ok();
        if text.waits {
            if let Some(report) = plain.and_then(|plain| HalfReport::read(&plain, text.slot)) {
                restored.reports.push(report);
                continue;
            }
        } else if let Some(about) = plain.and_then(|plain| AboutTip::read(&plain))
            && about.restore(acting).await?
            && !restored.tips.contains(&about.tip)
        {
            restored.tips.push(about.tip);
        }
        register.drop_typed(account, text.slot).await?;
    }
    Ok(restored)
}

/// Seals the texts of an account to its new key. `member` has the old one.
///
/// # Errors
/// If the register fails.
pub(crate) async fn reseal(
    register: &Register,
    account: &str,
    member: &[Identity],
    fresh: &Recipient,
) -> Result<(), Error> {
    for text in register.typed_of(account).await? {
        if let Ok(plain) = open::plain(member, &text.sealed) {
            let sealed = seal_to(fresh, &plain)?;
            register.reseal_typed(account, text.slot, &sealed).await?;
        }
    }
    Ok(())
}

fn seal_to(key: &Recipient, plain: &[u8]) -> Result<Vec<u8>, Error> {
    encrypt_to(std::slice::from_ref(key), plain).map_err(|_| Error::Row)
}

/// A draft with a text that was typed: the longer one if it contains the other, otherwise both.
fn both(draft: &str, typed: &str) -> Zeroizing<String> {
    let (draft, typed) = (draft.trim(), typed.trim());
    Zeroizing::new(match () {
        () if typed.contains(draft) => typed.to_owned(),
        () if draft.contains(typed) => draft.to_owned(),
        () => format!("{draft}\n\n{typed}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_each_form_about_a_tip_is_found_and_no_other() {
        for (path, form, text, word) in [
            (
                "/tip/amber-otter",
                "decision=note&note=they+rang",
                "they rang",
                "note",
            ),
            ("/tip/amber-otter/draft", "note=they", "they", "note"),
            (
                "/tip/amber-otter/report",
                "note=x&text=a+report",
                "a report",
                "report",
            ),
            (
                "/tip/amber-otter/report/draft",
                "note=a+rep",
                "a rep",
                "report",
            ),
            (
                "/tip/amber-otter/reply",
                "reply=Thank+you&language=pl",
                "Thank you",
                "reply",
            ),
        ] {
            let typed = AboutTip::of(path, form.as_bytes()).unwrap();
            assert_eq!(
                (typed.tip.as_str(), typed.text.as_str()),
                ("amber-otter", text)
            );
            assert_eq!(typed.form.word(), word, "{path}");
        }
        for (path, form) in [
            ("/tip/amber-otter", "decision=take"),
            ("/tip/amber-otter", "note=+"),
            ("/tip/amber-otter/hold", "note=x"),
            ("/tip/amber-otter/a/b/c", "note=x"),
            ("/bulk", "note=x"),
        ] {
            assert_eq!(Typed::of(path, form.as_bytes()), None, "{path} {form}");
        }
    }

    #[test]
    fn two_texts_are_both_kept_unless_one_goes_on_from_the_other() {
        for (draft, typed, all) in [
            ("", "they rang", "they rang"),
            ("they", "they rang", "they rang"),
            ("they rang", "they", "they rang"),
            ("rang twice", "they came", "rang twice\n\nthey came"),
        ] {
            assert_eq!(both(draft, typed).as_str(), all);
        }
    }
}
