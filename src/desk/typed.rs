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
use crate::report::Draft;
use loke_core::digest::sha256;
use loke_core::seal::{Recipient, encrypt_to};
use loke_core::tip::TipId;

/// Buttons of the frame, which send the texts of a tip's page along: its tip is in the field `id`.
const OF_A_TIP: [&str; 4] = ["/undo", "/leave", "/keys", "/alerts/seen"];

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
    /// A reply, with the fields beside it.
    fn reply(form: &[u8]) -> Self {
        Self::Reply {
            language: field_of(form, "language").unwrap_or_default().to_string(),
            meaning: field_of(form, "meaning").unwrap_or_default(),
        }
    }

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
    /// The ticks and choices beside the text of a report.
    #[serde(default)]
    choices: Option<Box<Draft>>,
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
        path == PATH || path.starts_with("/tip/") || OF_A_TIP.contains(&path)
    }

    /// The texts in a form that was posted to this path.
    pub(crate) fn all_of(path: &str, form: &[u8]) -> Vec<Self> {
        if path == PATH {
            let report = HalfReport::of(form).map(Self::NewReport);
            return report.into_iter().collect();
        }
        let texts = AboutTip::all_of(path, form).into_iter();
        texts.map(Self::AboutTip).collect()
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
    /// The texts of a form of a tip's page: it sends its note, its report and its reply with every
    /// button, and each alone while a person types.
    fn all_of(path: &str, form: &[u8]) -> Vec<Self> {
        let (tip, button) = match path.strip_prefix("/tip/") {
            Some(rest) => match rest.split_once('/') {
                Some((tip, button)) => (tip.to_owned(), button),
                None => (rest.to_owned(), ""),
            },
            None if OF_A_TIP.contains(&path) => {
                let tip = field_of(form, "id").unwrap_or_default();
                (tip.to_string(), "")
            }
            None => return Vec::new(),
        };
        let wanted = match button {
            "draft" => vec![("note", Form::Note)],
            "report/draft" => vec![("text", Form::Report)],
            "reply/draft" => vec![("reply", Form::reply(form))],
            button if button.contains('/') => return Vec::new(),
            _ => vec![
                ("note", Form::Note),
                ("text", Form::Report),
                ("reply", Form::reply(form)),
            ],
        };
        let text = |(field, of)| {
            let text = field_of(form, field).unwrap_or_default();
            let choices = (of == Form::Report).then(|| Box::new(choices_of(form)));
            let has_choices = choices.as_ref().is_some_and(|choices| choices.has_more());
            (!text.trim().is_empty() || has_choices).then(|| Self {
                tip: tip.clone(),
                form: of,
                text,
                choices,
            })
        };
        let texts = wanted.into_iter().filter_map(text);
        texts.filter(|text| !text.tip.is_empty()).collect()
    }

    /// Makes the text the draft of the account, in place of its earlier one.
    async fn replaces_draft(&self, book: &Book, tip: TipId) -> Result<(), Error> {
        match &self.form {
            Form::Note => {
                let holder = book.holder(tip).await?;
                book.keep_note_draft(holder, &self.text).await
            }
            Form::Report => {
                let holder = book.holder(tip).await?;
                book.keep_report_draft(holder, &self.report()).await
            }
            Form::Reply { language, meaning } => {
                let parts = [self.text.as_str(), language.as_str(), meaning.as_str()];
                book.keep_reply_draft(tip, parts).await
            }
        }
    }

    /// The report, with its text.
    fn report(&self) -> Draft {
        Draft {
            text: self.text.to_string(),
            ..self
                .choices
                .as_deref()
                .cloned()
                .unwrap_or_else(Draft::blank)
        }
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
        match &self.form {
            Form::Note => {
                let drafts = book.drafts_on(DraftOf::Note, tip).await?;
                let mine = drafts.iter().find(|(who, _)| who == account);
                let text = both(mine.map_or("", |(_, text)| text), &self.text);
                book.keep_note_draft(tip, &text).await
            }
            Form::Report => {
                let holder = book.holder(tip).await?;
                let mine = book.report_draft(holder).await?;
                let mine = mine.unwrap_or_else(Draft::blank);
                let mut report = self.report();
                if !report.has_more() && mine.is_begun() {
                    report = mine.clone();
                }
                report.text = both(&mine.text, &self.text).to_string();
                book.keep_report_draft(holder, &report).await
            }
            Form::Reply { language, meaning } => {
                let drafts = book.reply_drafts_on(tip).await?;
                let mine = drafts.iter().find(|draft| draft.who == account);
                let text = both(mine.map_or("", |draft| &draft.text), &self.text);
                let parts = [text.as_str(), language.as_str(), meaning.as_str()];
                book.keep_reply_draft(tip, parts).await
            }
        }
    }
}

/// Keeps the texts of a tip's page that the pressed button is not about: its handler keeps that one.
/// Nothing is kept of a tip that the account cannot open. The handler writes down that somebody tried.
///
/// # Errors
/// If a database fails.
pub(crate) async fn keep_beside(acting: &Acting, path: &str, form: &[u8]) -> Result<(), Error> {
    let button = path.strip_prefix("/tip/").map(|rest| rest.split_once('/'));
    let own = match button {
        Some(Some((_, draft))) if draft.ends_with("draft") => return Ok(()),
        Some(Some((_, "reply"))) => Some("reply"),
        Some(None) => Some("note"),
        _ => None,
    };
    let mut texts = AboutTip::all_of(path, form);
    texts.retain(|text| own != Some(text.form.word()));
    // All are about the tip of the page.
    let Some(first) = texts.first() else {
        return Ok(());
    };
    let holds_it = acting.register().book_named(&first.tip).await?;
    if !holds_it.is_some_and(|holds| acting.books().iter().any(|book| book.name() == holds)) {
        return Ok(());
    }
    let (book, tip) = match acting.find(&first.tip).await {
        Err(Error::NoTip(_) | Error::Ambiguous(_)) => return Ok(()),
        found => found?,
    };
    for text in &texts {
        text.replaces_draft(book, tip).await?;
    }
    Ok(())
}

/// The ticks and choices of a form, beside the text of a report.
fn choices_of(form: &[u8]) -> Draft {
    let fields = form_urlencoded::parse(form).into_owned().collect();
    Draft {
        text: String::new(),
        ..Draft::of_fields(&fields)
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
    fn the_texts_of_each_form_about_a_tip_are_found_and_no_other() {
        let words = |path: &str, form: &str| -> Vec<(String, String, &str)> {
            let typed = AboutTip::all_of(path, form.as_bytes()).into_iter();
            let words =
                |typed: AboutTip| (typed.tip.clone(), typed.text.to_string(), typed.form.word());
            typed.map(words).collect()
        };
        let one = "/tip/amber-otter";
        let whole =
            "decision=take&note=they+rang&text=a+report&reply=Thank+you&language=pl&id=5eed";
        let all = [
            ("they rang", "note"),
            ("a report", "report"),
            ("Thank you", "reply"),
        ];
        for path in ["", "/report", "/reply", "/hold", "/said"] {
            let of = |(text, word): (&str, _)| ("amber-otter".to_owned(), text.to_owned(), word);
            assert_eq!(words(&format!("{one}{path}"), whole), all.map(of), "{path}");
        }
        for path in OF_A_TIP {
            let of = |(text, word): (&str, _)| ("5eed".to_owned(), text.to_owned(), word);
            assert_eq!(words(path, whole), all.map(of), "{path}");
        }
        for (path, form, text, word) in [
            ("/draft", "note=they", "they", "note"),
            ("/report/draft", "text=a+rep", "a rep", "report"),
            ("/report/draft", "text=&grade=yes", "", "report"),
            ("/reply/draft", "reply=Thank+you", "Thank you", "reply"),
        ] {
            let found = words(&format!("{one}{path}"), form);
            assert_eq!(found, [("amber-otter".into(), text.into(), word)]);
        }
        for (path, form) in [
            (one, "decision=take"),
            (one, "note=+"),
            ("/tip/amber-otter/a/b/c", "note=x"),
            ("/bulk", "note=x&id=5eed"),
            ("/undo", "note=x"),
        ] {
            assert_eq!(Typed::all_of(path, form.as_bytes()), [], "{path} {form}");
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
