//! `/`: the form for an answer by code. A slip of the keyboard is noticed by the check letter, before
//! anything is stored. Whether the code is right, only the desk can tell: so the page says "noted".

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::bounds::WAITING;
use super::{PartnerPage, Sender, html};
use crate::answer_code::AnswerCode;
use crate::answers::{Answer, Choice, Reference};
use crate::ways::folder;
use loke_core::random;

/// The form, as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct AnswerForm {
    code: String,
    reference: String,
    choice: String,
}

struct Offer {
    word: &'static str,
    label: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "partners/answer.html")]
struct AnswerPage {
    form: AnswerForm,
    first: Vec<Offer>,
    outcomes: Vec<Offer>,
    problem: Option<&'static str>,
    /// Whether people can sign in here.
    has_accounts: bool,
}

#[derive(Template)]
#[template(path = "partners/noted.html")]
struct Noted;

/// `GET /`
pub(super) async fn get(State(page): State<Arc<PartnerPage>>) -> Response {
    show(&page, StatusCode::OK, AnswerForm::default(), None)
}

/// `POST /`
pub(super) async fn post(
    State(page): State<Arc<PartnerPage>>,
    Extension(Sender(sender)): Extension<Sender>,
    form: Result<Form<AnswerForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else {
        let problem = "The form is too long, or not one of this page. Nothing was noted.";
        return show(
            &page,
            StatusCode::BAD_REQUEST,
            AnswerForm::default(),
            Some(problem),
        );
    };
    let slip = |problem| (StatusCode::UNPROCESSABLE_ENTITY, Some(problem));
    let (status, problem) = match (
        form.reference.parse(),
        form.code.parse(),
        form.choice.parse(),
    ) {
        (Err(_), ..) => slip(
            "The reference has 16 letters and digits. Look at the sheet again. Nothing was noted.",
        ),
        (_, Err(_), _) => slip(
            "The code has a slip. It has eight letters. Look at the sheet again. Nothing was noted.",
        ),
        (.., Err(_)) => slip("Choose an answer. Nothing was noted."),
        (Ok(_), Ok(_), Ok(choice)) if !Choice::PLAIN.contains(&choice) => {
            slip("Choose an answer. Nothing was noted.")
        }
        (Ok(reference), Ok(code), Ok(choice)) => {
            match page.note(sender, reference, code, choice).await {
                Ok(()) => return html(StatusCode::OK, &Noted),
                Err(NotNoted::TooMany) => (
                    StatusCode::TOO_MANY_REQUESTS,
                    Some(
                        "There are too many answers at the moment. Nothing was noted. Try again in an hour, or telephone.",
                    ),
                ),
                Err(NotNoted::Failed) => (
                    StatusCode::SERVICE_UNAVAILABLE,
                    Some(
                        "The answer cannot be stored now. Nothing was noted. Try again later, or telephone.",
                    ),
                ),
            }
        }
    };
    show(&page, status, form, problem)
}

/// Why an answer was not stored.
pub(super) enum NotNoted {
    TooMany,
    Failed,
}

impl PartnerPage {
    /// Seals an answer and writes its file. It is on disk when this returns.
    async fn note(
        &self,
        sender: std::net::IpAddr,
        reference: Reference,
        code: AnswerCode,
        choice: Choice,
    ) -> Result<(), NotNoted> {
        if !self.bounds.admit(sender, self.clock.now()) {
            return Err(NotNoted::TooMany);
        }
        let answer = Answer {
            reference,
            code,
            choice,
        };
        let day = self.settings.zone.day(self.clock.now());
        let sealed = answer.seal(&self.settings.key, day);
        let name = random::bytes::<16>().map(hex::encode);
        let (Ok(sealed), Ok(name)) = (sealed, name) else {
            return Err(NotNoted::Failed);
        };
        self.leave(name, sealed).await
    }

    /// Leaves a sealed answer for the desk. It is on disk when this returns.
    pub(super) async fn leave(&self, name: String, sealed: Vec<u8>) -> Result<(), NotNoted> {
        let folder = self.settings.answers.clone();
        let written = tokio::task::spawn_blocking(move || {
            let waiting = folder
                .read_dir()
                .map_or(0, |files| files.take(WAITING).count());
            if waiting >= WAITING {
                return Err(NotNoted::TooMany);
            }
            folder::put(&folder, &name, &sealed).map_err(|failure| {
                tracing::error!(problem = failure.what, "an answer was not stored");
                NotNoted::Failed
            })
        });
        written.await.unwrap_or(Err(NotNoted::Failed))
    }
}

fn show(
    page: &PartnerPage,
    status: StatusCode,
    form: AnswerForm,
    problem: Option<&'static str>,
) -> Response {
    let option = |choice: &Choice| Offer {
        word: choice.word(),
        label: choice.label(),
        chosen: form.choice == choice.word(),
    };
    let (first, outcomes) = Choice::offered();
    let (first, outcomes) = (
        first.iter().map(option).collect(),
        outcomes.iter().map(option).collect(),
    );
    html(
        status,
        &AnswerPage {
            form,
            first,
            outcomes,
            problem,
            has_accounts: page.accounts.is_some(),
        },
    )
}
