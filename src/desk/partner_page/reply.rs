//! `POST /report/{reference}`: an answer to a report, in words or with a photo. It is signed with the key
//! inside the report and sealed to the desk before anything is written.

use std::sync::Arc;

use axum::extract::rejection::{BytesRejection, FormRejection};
use axum::extract::{Form, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::PartnerPage;
use super::accounts::{Accounts, Reader};
use super::form::NotNoted;
use super::report::open;
use super::store::Said;
use crate::answers::Choice;
use crate::answers::by_account::{AccountAnswer, PoliceGrade, WORDS};
use crate::open::Jpeg;
use crate::report::Kind;
use crate::upload;
use loke_core::tip::TipId;

/// The forms of a report, but for the photo.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ReplyForm {
    form_token: String,
    choice: String,
    words: Zeroizing<String>,
    source: String,
    information: String,
    handling: String,
}

/// `POST /report/{reference}`: an answer without a photo.
pub(super) async fn post(
    State(page): State<Arc<PartnerPage>>,
    reader: Reader,
    Path(reference): Path<String>,
    form: Result<Form<ReplyForm>, FormRejection>,
) -> Response {
    let done = match form {
        Err(_) => Err("The form is too long. Nothing was sent.".to_owned()),
        Ok(Form(form)) if !reader.signed.sent(&form.form_token) => {
            Err("This form is from another session. Nothing was sent.".to_owned())
        }
        Ok(Form(form)) => match read(form) {
            Ok((choice, words)) => answer(&page, &reader, &reference, (choice, words, None)).await,
            Err(problem) => Err(problem.to_owned()),
        },
    };
    told(&page, &reader, &reference, done)
}

/// `POST /report/{reference}/photo`: a photo after the work.
pub(super) async fn photo(
    State(page): State<Arc<PartnerPage>>,
    reader: Reader,
    Path(reference): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let done = match body {
        Err(_) => Err(
            "This photo is larger than 12 MB. Choose a smaller one. Nothing was sent.".to_owned(),
        ),
        Ok(body) => match upload::read(&headers, body, "photo").await {
            Some(sent) if reader.signed.sent(&sent.form_token) => {
                match clean(&page, sent.file).await {
                    Ok(jpeg) => {
                        let words = Zeroizing::new(String::new());
                        let said = (Choice::AfterPhoto, words, Some(jpeg));
                        answer(&page, &reader, &reference, said).await
                    }
                    Err(problem) => Err(problem),
                }
            }
            _ => Err("This form is from another session. Nothing was sent.".to_owned()),
        },
    };
    told(&page, &reader, &reference, done)
}

/// Makes a photo anew from its pixels, or says why not.
async fn clean(page: &PartnerPage, bytes: Zeroizing<Vec<u8>>) -> Result<Jpeg, String> {
    let accounts = page.accounts.as_ref().ok_or_else(String::new)?;
    let cleaned = accounts.cleaner.clean(bytes).await;
    let mut photo = cleaned.map_err(|refused| {
        let refused = refused.to_string();
        let mut letters = refused.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        format!(
            "{}{}. Nothing was sent.",
            first.unwrap_or_default(),
            letters.as_str()
        )
    })?;
    Ok(Zeroizing::new(std::mem::take(&mut photo.jpeg)))
}

/// The choice and the words of a form.
fn read(form: ReplyForm) -> Result<(Choice, Zeroizing<String>), &'static str> {
    let Ok(choice) = form.choice.parse::<Choice>() else {
        return Err("Choose an answer. Nothing was sent.");
    };
    let words = Zeroizing::new(form.words.trim().to_owned());
    if words.chars().count() > WORDS {
        return Err("The words are too long. Nothing was sent.");
    }
    match choice {
        Choice::AfterPhoto => Err("Choose a photo. Nothing was sent."),
        Choice::Asked if words.is_empty() => Err("Write the question. Nothing was sent."),
        Choice::Refused | Choice::NoAction if words.is_empty() => {
            Err("Write why nobody acts, in a few words. Nothing was sent.")
        }
        Choice::ReGraded => {
            let grade = format!("{}{}{}", form.source, form.information, form.handling);
            let grade: Result<PoliceGrade, _> = grade.parse();
            let grade =
                grade.map_err(|_| "Choose source, information and handling. Nothing was sent.")?;
            Ok((choice, Zeroizing::new(grade.to_string())))
        }
        _ => Ok((choice, words)),
    }
}

/// Signs and seals an answer, and leaves it for the desk.
async fn answer(
    page: &Arc<PartnerPage>,
    reader: &Reader,
    reference: &str,
    (choice, words, photo): (Choice, Zeroizing<String>, Option<Jpeg>),
) -> Result<String, String> {
    let failed = |_| {
        "The answer cannot be stored now. Nothing was sent. Try again later, or telephone."
            .to_owned()
    };
    let shown = open(page, reader, reference).await;
    let (opened, said) =
        shown.map_err(|_| "This report is not here. Nothing was sent.".to_owned())?;
    let Some((key, to)) = opened.answer_keys() else {
        return Err("This report takes no answers here. Telephone the team.".to_owned());
    };
    if choice == Choice::ReGraded && opened.report.kind != Kind::Intelligence {
        return Err("Only the police grade a report. Nothing was sent.".to_owned());
    }
    let once = Choice::PLAIN.contains(&choice);
    if once && said.iter().any(|said| said.choice == choice) {
        return Err("Somebody of your organisation sent this answer already.".to_owned());
    }
    let day = page.settings.zone.day(page.clock.now());
    let answer = AccountAnswer {
        id: TipId::random().map_err(|e| failed(e.to_string()))?,
        reference: opened
            .report
            .reference
            .parse()
            .map_err(|_| failed(String::new()))?,
        account: reader.signed.account.clone(),
        choice,
        words: words.clone(),
        day,
        photo,
    };
    let sealed = answer.seal(&key, &to).map_err(|e| failed(e.to_string()))?;
    match page.leave(answer.id.to_string(), sealed).await {
        Ok(()) => {}
        Err(NotNoted::TooMany) => {
            return Err("There are too many answers at the moment. Nothing was sent. Try again in an hour, or telephone.".to_owned());
        }
        Err(NotNoted::Failed) => return Err(failed(String::new())),
    }
    let copy = Said {
        day: day.to_string(),
        at: page.clock.now(),
        account: answer.account.clone(),
        choice,
        words,
    };
    if let Some(Accounts { store, .. }) = &page.accounts
        && let Err(problem) = store
            .keep_said(&reader.partner, &answer.reference, &copy)
            .await
    {
        tracing::error!(%problem, "a copy of an answer was not stored");
    }
    Ok("Sent. The team gets it the next time that somebody there is signed in.".to_owned())
}

/// Back to the report, with a sentence.
fn told(
    page: &PartnerPage,
    reader: &Reader,
    reference: &str,
    done: Result<String, String>,
) -> Response {
    let trouble = done.is_err();
    let text = done.unwrap_or_else(|problem| problem);
    if let Some(accounts) = &page.accounts {
        accounts.sessions.say(&reader.signed, text, trouble);
    }
    let is_reference = reference.bytes().all(|b| b.is_ascii_hexdigit());
    match is_reference {
        true => Redirect::to(&format!("/report/{reference}")).into_response(),
        false => Redirect::to("/reports").into_response(),
    }
}
