//! `/new`: an officer enters a report by telephone, by letter or in person, with the questions of the
//! resident's form. There is no field for who reported. Photos are cleaned like a resident's. The page offers what the officer was entering when a session ended.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, broken, page, refusal, words};
use crate::acting::Acting;
use crate::entering::{self, Door, EntryHint, NotEntered, Report};
use crate::register::Slot;
use crate::screen::words::sentence;
use crate::session::Signed;
use crate::upload;
use loke_core::signs;
use loke_core::terminal::one_line;
use loke_core::tip::{Photo, Removed, Topic, limits};

/// The form, as it was typed.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct NewForm {
    topic: String,
    what: String,
    #[serde(rename = "where")]
    place: String,
    when: String,
    ongoing: String,
    danger: String,
    child: String,
    impact: String,
    vehicle: String,
    how_known: String,
    offensive: Option<String>,
    day: String,
    language: String,
    /// The words that the page marked before, one a line.
    hinted: String,
    /// The place of the text that the page offered.
    kept: String,
    /// The button that throws it away.
    discard: Option<String>,
    /// How the report came.
    door: String,
    /// A ticked sign is `sign.CODE`, a photo `photo.N` in base64, and what was taken off it `removed.N`.
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

/// Largest form: its photos in base64, and its texts.
pub(super) const MOST: usize = upload::PHOTOS / 3 * 4 + super::FORM;

impl NewForm {
    fn signs(&self) -> Vec<String> {
        let names = self.rest.keys();
        let codes = names.filter_map(|name| name.strip_prefix("sign."));
        codes.filter_map(signs::find).map(str::to_owned).collect()
    }
}

/// A sign to tick.
struct Sign {
    code: &'static str,
    sentence: String,
    ticked: bool,
}

/// The signs of one subject.
struct SignsOf {
    subject: &'static str,
    signs: Vec<Sign>,
}

impl SignsOf {
    fn has_ticked(&self) -> bool {
        self.signs.iter().any(|sign| sign.ticked)
    }
}

/// A cleaned photo, which the page carries until the report is stored.
struct PhotoField {
    jpeg: String,
    removed: String,
    taken_off: String,
}

#[derive(Template)]
#[template(path = "desk/new.html")]
struct NewTip {
    frame: Frame,
    form: NewForm,
    problem: Option<String>,
    /// Words that may say who reported.
    hints: Vec<EntryHint>,
    today: String,
    longest: usize,
    doors: Vec<(&'static str, &'static str)>,
    signs: Vec<SignsOf>,
    photos: Vec<PhotoField>,
    most_photos: usize,
}

/// `GET /new`
pub(super) async fn get(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    while let Some(half) = screen.sessions.offered(&signed) {
        let Some(slot) = half.slot else { break };
        let account = &acting.account().name;
        let there = acting.register().has_typed(account, slot).await;
        if there.map_err(|e| broken(&e))?
            && let Some(form) = half.form::<NewForm>()
        {
            let kept = slot.word();
            let form = NewForm { kept, ..form };
            return show(&screen, &signed, form, &[], Err(Vec::new()));
        }
        screen.sessions.drop_offered(&signed, slot);
    }
    show(&screen, &signed, NewForm::default(), &[], Err(Vec::new()))
}

/// Drops the text that the page offered: it was used, or thrown away.
async fn drop_kept(
    screen: &Screen,
    signed: &Signed,
    acting: &Acting,
    form: &NewForm,
) -> Result<(), Refusal> {
    if let Some(slot) = Slot::read(&form.kept) {
        let account = &acting.account().name;
        let dropped = acting.register().drop_typed(account, slot).await;
        dropped.map_err(|e| broken(&e))?;
        screen.sessions.drop_offered(signed, slot);
    }
    Ok(())
}

/// `POST /new`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<NewForm>,
) -> Result<Response, Refusal> {
    if form.discard.is_some() {
        drop_kept(&screen, &signed, &acting, &form).await?;
        return Ok(Redirect::to("/new").into_response());
    }
    let today = screen.clock().today();
    let photos = match cleaned(&form).await {
        Ok(photos) => photos,
        Err(problem) => return show(&screen, &signed, form, &[], Ok(problem)),
    };
    let trouble = |form, problem: &str| {
        let problem = Ok(format!("{problem} Nothing was stored."));
        show(&screen, &signed, form, &photos, problem)
    };
    let Ok(topic) = form.topic.parse() else {
        return trouble(form, "Choose what it is about.");
    };
    let Ok(received) = (match form.day.as_str() {
        "" => Ok(today),
        day => day.parse(),
    }) else {
        return trouble(form, "The day is not a date.");
    };
    let report = Report {
        received,
        language: match form.language.trim() {
            "" => "en".to_owned(),
            language => language.chars().take(10).collect(),
        },
        place: form.place.clone(),
        when: form.when.clone(),
        ongoing: form.ongoing.parse().ok(),
        danger: form.danger.parse().ok(),
        child: form.child.parse().ok(),
        impact: form.impact.clone(),
        vehicle: form.vehicle.clone(),
        how_known: form.how_known.parse().ok(),
        signs: form.signs(),
        offensive: form.offensive.is_some().then_some(true),
        photos: photos.clone(),
        door: form.door.parse().ok(),
        ..Report::about(topic, &form.what, received)
    };
    let folder = acting.register().folder().to_owned();
    let looked = report.clone();
    let looking = tokio::task::spawn_blocking(move || entering::hints(&folder, &looked));
    // A broken file of patterns must not keep a report out.
    let hints = match looking.await {
        Ok(Ok(hints)) => hints,
        Ok(Err(problem)) => {
            tracing::error!(%problem, "no PII hints for the form of officers");
            Vec::new()
        }
        Err(_) => Vec::new(),
    };
    let is_new = |hint: &EntryHint| {
        !form
            .hinted
            .lines()
            .any(|seen| seen == one_line(&hint.words))
    };
    if hints.iter().any(is_new) {
        return show(&screen, &signed, form, &photos, Err(hints));
    }
    match entering::enter(&acting, vec![report]).await {
        Ok(ids) => {
            drop_kept(&screen, &signed, &acting, &form).await?;
            let mut name = String::new();
            for id in ids {
                name = words::name_of(&acting, id).await?;
            }
            let said = format!("Stored as {name}.");
            screen.sessions.say(&signed, said, false);
            Ok(Redirect::to(&format!("/tip/{name}")).into_response())
        }
        Err(NotEntered::Database(e)) => Err(broken(&e)),
        // The guard keeps the text then.
        Err(refused @ NotEntered::NoBook(_)) if !screen.open.shut_of(signed.id).is_empty() => {
            Err(refusal(
                StatusCode::CONFLICT,
                "Nothing was stored",
                sentence(&refused),
            ))
        }
        Err(refused) => show(&screen, &signed, form, &photos, Ok(sentence(&refused))),
    }
}

/// The photos of the form, cleaned: those that were chosen now, and those that the page carried. A
/// sentence if one cannot be.
async fn cleaned(form: &NewForm) -> Result<Vec<Photo>, String> {
    let sent = form
        .rest
        .iter()
        .filter(|(name, _)| name.starts_with("photo."));
    let mut photos = Vec::new();
    for (name, value) in sent {
        let number = photos.len() + 1;
        let bytes = upload::photo(value).ok_or("A photo did not arrive. Nothing was stored.")?;
        // Nothing that a browser sent is stored before this desk made it anew.
        let cleaned = tokio::task::spawn_blocking(move || loke_photo::clean_now(bytes)).await;
        let mut photo = match cleaned {
            Ok(Ok(photo)) => photo,
            Ok(Err(refused)) => {
                return Err(format!("Photo {number}: {refused}. Nothing was stored."));
            }
            Err(_) => return Err("A photo could not be cleaned. Nothing was stored.".to_owned()),
        };
        let before = name
            .strip_prefix("photo.")
            .and_then(|n| form.rest.get(&format!("removed.{n}")));
        let before = before.map_or("", String::as_str).split_whitespace();
        photo
            .removed
            .extend(before.filter_map(|word| word.parse::<Removed>().ok()));
        photo.removed.sort_unstable();
        photo.removed.dedup();
        photos.push(photo);
    }
    Ok(photos)
}

/// The form, with a problem or with words that may say who reported.
fn show(
    screen: &Screen,
    signed: &Signed,
    mut form: NewForm,
    photos: &[Photo],
    problem: Result<String, Vec<EntryHint>>,
) -> Result<Response, Refusal> {
    let (problem, hints) = match problem {
        Ok(problem) => (Some(problem), Vec::new()),
        Err(hints) => (None, hints),
    };
    let words: Vec<String> = hints.iter().map(|hint| one_line(&hint.words)).collect();
    form.hinted = words.join("\n");
    let ticked = form.signs();
    let of = |topic: &Topic| SignsOf {
        subject: words::topic(*topic),
        signs: signs::of(*topic)
            .iter()
            .zip(signs::in_english(&owned(signs::of(*topic))))
            .map(|(code, sentence)| Sign {
                code,
                sentence,
                ticked: ticked.iter().any(|sign| sign == code),
            })
            .collect(),
    };
    let photo = |photo: &Photo| PhotoField {
        jpeg: BASE64.encode(&photo.jpeg),
        removed: photo
            .removed
            .iter()
            .map(|removed| removed.word())
            .collect::<Vec<_>>()
            .join(" "),
        taken_off: words::taken_off(&photo.removed),
    };
    page(&NewTip {
        hints,
        frame: screen.frame(Some(signed)),
        problem,
        today: screen.clock().today().to_string(),
        longest: limits::WHAT,
        doors: Door::ALL
            .iter()
            .map(|door| (door.word(), words::door(*door)))
            .collect(),
        signs: Topic::ALL
            .iter()
            .filter(|topic| !signs::of(**topic).is_empty())
            .map(of)
            .collect(),
        photos: photos.iter().map(photo).collect(),
        most_photos: limits::PHOTOS,
        form,
    })
}

fn owned(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}
