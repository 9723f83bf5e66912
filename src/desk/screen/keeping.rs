//! The text of a form that cannot be stored any more, because the session ended or the book got new keys
//! meanwhile. It is sealed to its writer ([`crate::typed`]), and the page says so. A form of an earlier
//! session of the same person becomes a draft at once.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::guard::incomplete;
use super::{FORM, Refusal, Screen, broken, refusal};
use crate::acting::Acting;
use crate::database::Error;
use crate::register::{Account, BegunSession, SecretHash};
use crate::session::{AWAY, LONGEST, OverSession, Signed, cookies};
use crate::typed::{self, PATH, Restored, Typed};
use crate::upload;
use loke_core::digest::sha256;

/// Seconds after which nothing is left of a session that began.
const KEPT: i64 = LONGEST + AWAY;

impl Screen {
    /// Runs a request that changes something. If it is refused because its session's book was closed,
    /// or because its form is from an earlier session, the text in the form is kept.
    pub(super) async fn run_or_keep(
        &self,
        signed: Option<&Signed>,
        request: Request,
        next: Next,
    ) -> Response {
        let path = request.uri().path().to_owned();
        let acting = request.extensions().get::<Acting>().cloned();
        let (Some(signed), Some(acting), true) = (signed, acting, Typed::is_kept_of(&path)) else {
            return next.run(request).await;
        };
        let Some((parts, form)) = whole_form(request, true).await else {
            return incomplete().into_response();
        };
        let token = typed::field_of(&form, "form_token").unwrap_or_default();
        if signed.sent(&token)
            && let Err(problem) = typed::keep_beside(&acting, &path, &form).await
        {
            return broken(&problem).into_response();
        }
        let whole = Request::from_parts(parts, Body::from(form.clone()));
        let answer = next.run(whole).await;
        if answer.extensions().get::<Refusal>().is_none() {
            return answer;
        }
        match self.keep_refused(signed, &acting, &path, &form).await {
            Ok(Some(kept)) => kept.into_response(),
            Ok(None) => answer,
            Err(problem) => broken(&problem).into_response(),
        }
    }

    /// Keeps the text of a form that was refused, if its session or its book is the reason.
    async fn keep_refused(
        &self,
        signed: &Signed,
        acting: &Acting,
        path: &str,
        form: &Bytes,
    ) -> Result<Option<Refusal>, Error> {
        let token = typed::field_of(form, "form_token").unwrap_or_default();
        let texts = Typed::all_of(path, form);
        let Some(text) = texts.first() else {
            return Ok(None);
        };
        if !signed.sent(&token) {
            return self.keep_of_earlier(signed, acting, &token, &texts).await;
        }
        let register = acting.register();
        let shut = self.open.shut_of(signed.id);
        let allowed = register.books_of(&signed.account).await?;
        let mut shut = shut.iter().filter(|name| allowed.contains(name));
        let about = match text {
            Typed::AboutTip(about) => register.book_named(about.tip()).await?,
            Typed::NewReport(_) => None,
        };
        let book = match about {
            Some(book) => shut.find(|name| **name == book),
            None if matches!(text, Typed::NewReport(_)) => shut.next(),
            None => None,
        };
        let Some(book) = book else {
            return Ok(None);
        };
        for text in &texts {
            text.keep(register, acting.account(), &signed.cookie)
                .await?;
        }
        let sentence = format!(
            "The book {book} is closed, because it gets new keys. Your text is kept for you alone. Sign out and sign in again, and open {}.",
            place(text)
        );
        let heading = "Your text is kept";
        Ok(Some(refusal(StatusCode::CONFLICT, heading, sentence)))
    }

    /// Keeps the texts of a form that an earlier session made in this browser.
    async fn keep_of_earlier(
        &self,
        signed: &Signed,
        acting: &Acting,
        token: &str,
        texts: &[Typed],
    ) -> Result<Option<Refusal>, Error> {
        let Some(first) = texts.first() else {
            return Ok(None);
        };
        let Some(over) = self.sessions.over_with_form(token) else {
            return Ok(None);
        };
        let register = acting.register();
        let sentence = if over.account != signed.account {
            let Some(writer) = self.writer(&over.account, &over.key).await? else {
                return Ok(None);
            };
            for text in texts {
                text.keep(register, &writer, &over.cookie).await?;
            }
            format!(
                "This form is from a session of {0}. Its text is kept for {0} alone.",
                over.account
            )
        } else {
            for text in texts {
                match text {
                    Typed::AboutTip(about) if !about.restore(acting).await? => return Ok(None),
                    Typed::AboutTip(_) => {}
                    Typed::NewReport(report) => {
                        let slot = text.keep(register, acting.account(), &over.cookie).await?;
                        let report = report.clone().at(slot);
                        self.sessions.offer(signed, report);
                    }
                }
            }
            format!(
                "This form is from an earlier session, so nothing was done. Your text is kept as a draft. Open {}.",
                place(first)
            )
        };
        let heading = "Your text is kept";
        Ok(Some(refusal(StatusCode::CONFLICT, heading, sentence)))
    }

    /// Keeps the text of a form whose session is over, for the person who wrote it. `signed` is the
    /// session if only its account's key changed. Returns what the page says then.
    pub(super) async fn keep_of_ended(
        &self,
        signed: Option<&Signed>,
        request: Request,
    ) -> Option<Refusal> {
        let browser = cookies(request.headers()).to_owned();
        let path = request.uri().path().to_owned();
        let (_, form) = whole_form(request, false).await?;
        let token = typed::field_of(&form, "form_token")?;
        let (cookie, name, key) = match signed.filter(|signed| signed.sent(&token)) {
            Some(signed) => (signed.cookie, signed.account.clone(), signed.key.clone()),
            None => {
                let over = self.sessions.over(&browser, &token)?;
                (over.cookie, over.account, over.key)
            }
        };
        let texts = Typed::all_of(&path, &form);
        let first = texts.first()?;
        let register = self.open.register();
        let kept = async {
            let Some(writer) = self.writer(&name, &key).await? else {
                return Ok(false);
            };
            for text in &texts {
                // A person who was removed from the book keeps nothing.
                if let Typed::AboutTip(about) = text {
                    let book = register.book_named(about.tip()).await?;
                    let allowed = register.books_of(&name).await?;
                    if !book.is_some_and(|book| allowed.contains(&book)) {
                        return Ok(false);
                    }
                }
                text.keep(register, &writer, &cookie).await?;
            }
            Ok::<bool, Error>(true)
        };
        match kept.await {
            Ok(false) => return None,
            Ok(true) => {}
            Err(problem) => return Some(broken(&problem)),
        }
        let sentence = format!(
            "You are signed out. Your text is kept for you alone. Sign in again and open {}.",
            place(first)
        );
        let (status, heading) = (StatusCode::UNAUTHORIZED, "Please sign in");
        Some(refusal(status, heading, sentence))
    }

    /// Stores hashes of a session that begins, so that its forms keep their text also if the program stops.
    pub(super) async fn note_begun(&self, signed: &Signed) -> Result<(), Error> {
        let now = self.clock.now();
        let session = BegunSession {
            cookie: SecretHash(signed.cookie),
            form_token: SecretHash(sha256(signed.form_token.as_bytes())),
            account: signed.account.clone(),
            recipient: signed.key.clone(),
            began_at: now,
        };
        let register = self.open.register();
        register.note_session(&session, now - KEPT).await
    }

    /// Reads the sessions of earlier runs of the program. They are over, and their forms keep their text.
    ///
    /// # Errors
    /// If the register fails.
    pub async fn read_sessions(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let begun = self.open.register().begun_sessions(now - KEPT).await?;
        let over = begun.into_iter().map(|session| OverSession {
            cookie: session.cookie.0,
            form_token: session.form_token.0,
            account: session.account,
            key: session.recipient,
            seen: now.min(session.began_at + LONGEST),
        });
        self.sessions.know_over(over);
        Ok(())
    }

    /// The account that a text of an earlier session is sealed to; `None` if it is disabled, or if
    /// somebody else made its present key.
    async fn writer(&self, name: &str, key: &str) -> Result<Option<Account>, Error> {
        let register = self.open.register();
        let account = register.account(name).await?;
        let same = account.recipient.to_string() == key
            || register.key_before(name).await?.as_deref() == Some(key);
        Ok((same && account.disabled_on.is_none()).then_some(account))
    }

    /// Tells a person what of their text came back at the sign-in.
    pub(super) fn say_restored(&self, signed: &Signed, strange: &[String], restored: Restored) {
        let mut said = Vec::new();
        if !restored.tips.is_empty() {
            said.push(format!(
                "The text that you were typing is a draft now. See {}.",
                restored.tips.join(", ")
            ));
        }
        if !restored.reports.is_empty() {
            said.push(
                "The report that you were entering is under \"New report\". Store it there."
                    .to_owned(),
            );
        }
        for report in restored.reports {
            self.sessions.offer(signed, report);
        }
        if !strange.is_empty() {
            self.sessions.say(signed, strange.join(" "), true);
        } else if !said.is_empty() {
            self.sessions.say(signed, said.join(" "), false);
        }
    }

    /// The things that a person must look at, with the books that were closed under this session.
    pub(super) fn troubles_of(&self, signed: &Signed) -> Vec<String> {
        let mut troubles = self.notices().troubles_of(&signed.account);
        for book in self.open.shut_of(signed.id) {
            troubles.push(format!(
                "The book {book} was closed because it gets new keys. Sign out and sign in again to open it. Text that you are typing is kept for you."
            ));
        }
        troubles
    }
}

/// The form of a request. One with photos becomes one without files.
async fn whole_form(request: Request, with_photos: bool) -> Option<(Parts, Bytes)> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let has_photos = request.uri().path() == PATH
        && kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
    if !has_photos {
        let (parts, body) = request.into_parts();
        let form = to_bytes(body, FORM).await.ok()?;
        return Some((parts, form));
    }
    let mut bare = Request::builder()
        .method(request.method().clone())
        .uri(request.uri().clone());
    if let Some(extensions) = bare.extensions_mut() {
        extensions.clone_from(request.extensions());
    }
    let fields = upload::as_fields(request, with_photos).await?;
    let urlencoded = HeaderValue::from_static("application/x-www-form-urlencoded");
    let bare = bare.header(header::CONTENT_TYPE, urlencoded);
    let (parts, ()) = bare.body(()).ok()?.into_parts();
    Some((parts, Bytes::copy_from_slice(&fields)))
}

/// The place of the text after the next sign-in.
fn place(text: &Typed) -> &str {
    match text {
        Typed::AboutTip(about) => about.tip(),
        Typed::NewReport(_) => "\"New report\"",
    }
}
