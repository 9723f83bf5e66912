//! Text that a person was typing when the session ended. It is sealed to the person's own key, so that
//! nothing at the desk opens it before they sign in again. Then it is their draft of that tip.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::acting::Acting;
use crate::book::{Book, DraftOf};
use crate::database::Error;
use crate::keys::Identity;
use crate::open;
use crate::register::{Account, Register};
use loke_core::digest::sha256;
use loke_core::seal::encrypt_to;
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

/// A text of one form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Typed {
    /// The tip, as its page's address names it.
    tip: String,
    form: Form,
    text: Zeroizing<String>,
}

impl Typed {
    /// The text in a form that was posted to this path; `None` if it has none that a draft could keep.
    pub(crate) fn of(path: &str, form: &[u8]) -> Option<Self> {
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

    /// Seals the text to the account and stores it. `browser` tells two browsers apart.
    ///
    /// # Errors
    /// If nothing was stored.
    pub(crate) async fn keep(
        &self,
        register: &Register,
        account: &Account,
        browser: &[u8; 32],
    ) -> Result<(), Error> {
        let plain = Zeroizing::new(serde_json::to_vec(self).map_err(|_| Error::Row)?);
        let key = std::slice::from_ref(&account.recipient);
        let sealed = encrypt_to(key, &plain).map_err(|_| Error::Row)?;
        let form = format!("{} {}", self.tip, self.form.word());
        let slot = sha256(&[browser.as_slice(), form.as_bytes()].concat());
        register.keep_typed(&account.name, &slot, &sealed).await
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

/// Makes drafts of what the account was typing, and drops the sealed texts. Returns the tips. A text
/// about a tip that the account cannot open any more goes.
///
/// # Errors
/// If a database fails. The sealed texts stay.
pub(crate) async fn restore(acting: &Acting, member: &[Identity]) -> Result<Vec<String>, Error> {
    let register = acting.register();
    let account = &acting.account().name;
    let sealed = register.typed_of(account).await?;
    let mut tips = Vec::new();
    for sealed in &sealed {
        // Sealed to an earlier key of the account: nobody opens it any more.
        let Ok(plain) = open::plain(member, sealed) else {
            continue;
        };
        let Ok(typed) = serde_json::from_slice::<Typed>(&plain) else {
            continue;
        };
        let (book, tip) = match acting.find(&typed.tip).await {
            Ok(found) => found,
            Err(Error::NoTip(_) | Error::Ambiguous(_)) => continue,
            Err(other) => return Err(other),
        };
        typed.becomes_draft(book, tip, account).await?;
        if !tips.contains(&typed.tip) {
            tips.push(typed.tip);
        }
    }
    if !sealed.is_empty() {
        register.drop_typed(account).await?;
    }
    Ok(tips)
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
            let typed = Typed::of(path, form.as_bytes()).unwrap();
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
