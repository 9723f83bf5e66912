//! `GET /report/{reference}`: one report, opened in memory for this one response, with the forms for its
//! answers. A report of another partner is not there.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use zeroize::Zeroizing;

use super::accounts::Reader;
use super::opened::{Frame, NotReadable, OpenedReport};
use super::replaced::{self, Replacement};
use super::store::Said;
use super::{PartnerPage, broken, html};
use crate::answers::Choice;
use crate::answers::by_account::{PoliceGrade, WORDS};
use crate::audit::{Action, Actor};
use crate::documents;
use crate::report::{Kind, Report, Target};
use crate::viewing::day_in_words as day;
use loke_core::digest::sha256;

/// Most reports that are searched for the team's answer to a question.
const LOOKED_THROUGH: usize = 100;

/// A choice of the form.
struct Offer {
    word: &'static str,
    label: &'static str,
}

struct SaidView {
    label: &'static str,
    words: String,
    who: String,
}

/// The team's answer to a question of the partner.
struct TeamAnswer {
    reference: String,
    day: String,
    text: String,
}

#[derive(Template)]
#[template(path = "partners/report.html")]
struct ReportPage {
    frame: Frame,
    reference: String,
    title: &'static str,
    from: String,
    day: String,
    urgency: &'static str,
    text: String,
    place: Option<String>,
    grade: Option<String>,
    handling: Option<String>,
    conditions: Option<String>,
    safety: Vec<String>,
    ask: Option<String>,
    photos: Vec<usize>,
    said: Vec<SaidView>,
    team_answers: Vec<TeamAnswer>,
    /// The report that this one answers a question about.
    about: Option<String>,
    /// The report that this one withdraws or corrects.
    replaces: Option<String>,
    /// The report that withdraws or corrects this one.
    replacement: Option<Replacement>,
    /// By when the work is to be done.
    target: Option<String>,
    work: Vec<String>,
    first: Vec<Offer>,
    outcomes: Vec<Offer>,
    /// Whether the person may grade it.
    grades: bool,
    answers: bool,
    most_words: usize,
}

#[derive(Template)]
#[template(path = "partners/say.html")]
struct Say {
    frame: Frame,
    heading: &'static str,
    sentence: &'static str,
}

/// Why a report is not shown.
pub(super) enum NotShown {
    NotHere,
    NotReadable(NotReadable),
    Failed,
}

impl NotShown {
    fn page(&self, page: &PartnerPage, reader: &Reader) -> Response {
        let (status, heading, sentence) = match self {
            Self::NotHere => (
                StatusCode::NOT_FOUND,
                "Not here",
                "There is no such report for your organisation. It may have been deleted after its time.",
            ),
            Self::NotReadable(NotReadable::OtherKey) => (
                StatusCode::CONFLICT,
                "Not for your key",
                "This report was encrypted before your key was confirmed. Ask the team to send it again.",
            ),
            Self::NotReadable(NotReadable::Broken) => (
                StatusCode::CONFLICT,
                "Damaged",
                "This report is damaged. Ask the team to send it again.",
            ),
            Self::Failed => return broken("a report was not read"),
        };
        let say = Say {
            frame: Frame::of(page, reader),
            heading,
            sentence,
        };
        html(status, &say)
    }
}

/// Reads and opens a report of the person's partner, with the answers so far.
pub(super) async fn open(
    page: &Arc<PartnerPage>,
    reader: &Reader,
    reference: &str,
) -> Result<(OpenedReport, Vec<Said>), NotShown> {
    let (page, reader, reference) = (Arc::clone(page), reader.clone(), reference.to_owned());
    let opening = tokio::task::spawn_blocking(move || {
        let store = &page.accounts.as_ref().ok_or(NotShown::Failed)?.store;
        let sealed = store.report(&reader.partner, &reference);
        let sealed = sealed.map_err(|_| NotShown::Failed)?;
        let sealed = sealed.ok_or(NotShown::NotHere)?;
        let opened = OpenedReport::open(&reader.member, &sealed).map_err(NotShown::NotReadable)?;
        if opened.report.reference != reference || opened.report.to != reader.partner {
            return Err(NotShown::NotReadable(NotReadable::Broken));
        }
        let said = store.said(&reader.partner, &reference, &reader.member);
        Ok((opened, said.map_err(|_| NotShown::Failed)?))
    });
    opening.await.unwrap_or(Err(NotShown::Failed))
}

/// The team's answers to questions about a report. Each is a report of its own.
async fn team_answers(
    page: &Arc<PartnerPage>,
    reader: &Reader,
    reference: &str,
    said: &[Said],
) -> Result<Vec<TeamAnswer>, NotShown> {
    let asked = said.iter().find(|said| said.choice == Choice::Asked);
    let Some(since) = asked.map(|said| said.day.clone()) else {
        return Ok(Vec::new());
    };
    let (page, reader, reference) = (Arc::clone(page), reader.clone(), reference.to_owned());
    let looking = tokio::task::spawn_blocking(move || {
        let store = &page.accounts.as_ref().ok_or(NotShown::Failed)?.store;
        let mut found = Vec::new();
        let looked = store.reports_since(&reader.partner, &since, LOOKED_THROUGH, |sealed| {
            let Ok(opened) = OpenedReport::open(&reader.member, &sealed) else {
                return;
            };
            let report = opened.report;
            if report.answers.as_deref() == Some(&reference) && report.to == reader.partner {
                found.push(TeamAnswer {
                    reference: report.reference,
                    day: day(&report.day),
                    text: report.text,
                });
            }
        });
        looked.map_err(|_| NotShown::Failed)?;
        Ok(found)
    });
    looking.await.unwrap_or(Err(NotShown::Failed))
}

/// The report that withdraws or corrects this one.
async fn replacement(
    page: &Arc<PartnerPage>,
    reader: &Reader,
    report: &Report,
) -> Result<Option<Replacement>, NotShown> {
    let (page, reader) = (Arc::clone(page), reader.clone());
    let (reference, day) = (report.reference.clone(), report.day.clone());
    let looking = tokio::task::spawn_blocking(move || {
        let store = &page.accounts.as_ref().ok_or(NotShown::Failed)?.store;
        let found = replaced::since(store, &reader, &day);
        Ok(found.map_err(|_| NotShown::Failed)?.remove(&reference))
    });
    looking.await.unwrap_or(Err(NotShown::Failed))
}

/// `GET /report/{reference}`
pub(super) async fn get(
    State(page): State<Arc<PartnerPage>>,
    reader: Reader,
    Path(reference): Path<String>,
) -> Response {
    let (opened, said) = match open(&page, &reader, &reference).await {
        Ok(opened) => opened,
        Err(problem) => return problem.page(&page, &reader),
    };
    let team_answers = match team_answers(&page, &reader, &reference, &said).await {
        Ok(found) => found,
        Err(problem) => return problem.page(&page, &reader),
    };
    if let Err(problem) = record(&page, &reader, &reference, "the page").await {
        return problem.page(&page, &reader);
    }
    let replacement = match replacement(&page, &reader, &opened.report).await {
        Ok(found) => found,
        Err(problem) => return problem.page(&page, &reader),
    };
    let offer = |choice: &Choice| Offer {
        word: choice.word(),
        label: choice.label(),
    };
    let (first, outcomes) = Choice::offered();
    let urgency = opened.urgency();
    let is_withdrawn = replacement.as_ref().is_some_and(|later| later.withdraws);
    let answers = opened.answer_keys().is_some() && !is_withdrawn;
    let OpenedReport { report, photos, .. } = opened;
    let shown = ReportPage {
        frame: Frame::of(&page, &reader),
        title: opened_title(&report),
        team_answers,
        about: report.answers,
        day: day(&report.day),
        urgency,
        grades: report.kind == Kind::Intelligence,
        photos: (1..=photos.len()).collect(),
        said: said.into_iter().map(said_view).collect(),
        first: first.iter().map(offer).collect(),
        // Nobody does anything on the spot because of a withdrawal or a correction.
        outcomes: match report.replaces {
            Some(_) => Vec::new(),
            None => outcomes.iter().map(offer).collect(),
        },
        replaces: report.replaces,
        replacement,
        target: report
            .target
            .map(|target| target_in_words(target, report.due.as_deref())),
        work: report.work,
        answers,
        most_words: WORDS,
        reference,
        from: report.from,
        text: report.text,
        place: report.place,
        grade: report.grade,
        handling: report.handling,
        conditions: report.conditions,
        safety: report.safety,
        ask: report.ask,
    };
    html(StatusCode::OK, &shown)
}

/// The heading of a report.
pub(super) fn opened_title(report: &Report) -> &'static str {
    match report.answers {
        Some(_) => "Answer to your question",
        None => report.kind.title(),
    }
}

/// By when the work of an order is to be done.
fn target_in_words(target: Target, due: Option<&str>) -> String {
    let due = due.map(day).unwrap_or_default();
    match target {
        Target::Urgent => format!("Within 2 hours, on {due}"),
        Target::Usual => format!("By {due}"),
        Target::OnRelease => "When the police release it".to_owned(),
    }
}

fn said_view(said: Said) -> SaidView {
    let words = match (said.choice, said.words.parse::<PoliceGrade>()) {
        (Choice::ReGraded, Ok(grade)) => grade.in_words(),
        _ => said.words.to_string(),
    };
    SaidView {
        label: said.choice.label(),
        words,
        who: format!("{}, {}", said.account, day(&said.day)),
    }
}

/// `GET /report/{reference}/{file}`: the PDF, a photo, or the report as text, CSV or JSON for another
/// system. These three have no code and no key. The look is in the audit log first.
pub(super) async fn file(
    State(page): State<Arc<PartnerPage>>,
    reader: Reader,
    Path((reference, file)): Path<(String, String)>,
) -> Response {
    let opened = match open(&page, &reader, &reference).await {
        Ok((opened, _)) => opened,
        Err(problem) => return problem.page(&page, &reader),
    };
    let number = file
        .strip_prefix("photo-")
        .and_then(|n| n.strip_suffix(".jpg"));
    let number: Option<usize> = number.and_then(|n| n.parse().ok());
    let photo = number.and_then(|n| opened.photos.get(n.checked_sub(1)?));
    let found = match photo {
        Some(photo) => Some(("image/jpeg", photo.clone())),
        None => saved(&page, &opened, &file),
    };
    let Some((kind, bytes)) = found else {
        return NotShown::NotHere.page(&page, &reader);
    };
    // The photos are part of the page that shows the report.
    if photo.is_some() {
        return ([(header::CONTENT_TYPE, kind)], zeroizing(bytes)).into_response();
    }
    if let Err(problem) = record(&page, &reader, &reference, &file).await {
        return problem.page(&page, &reader);
    }
    let name = file.strip_prefix("report.").unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{reference}.{name}\""),
        ),
    ];
    (headers, zeroizing(bytes)).into_response()
}

/// A form of the report that the person saves.
fn saved(
    page: &PartnerPage,
    opened: &OpenedReport,
    file: &str,
) -> Option<(&'static str, Zeroizing<Vec<u8>>)> {
    let plain = || {
        let wordings = page.accounts.as_ref()?.store.register().documents();
        documents::render_plain(&opened.report, &wordings).ok()
    };
    let (kind, bytes) = match file {
        "report.pdf" => ("application/pdf", opened.pdf.to_vec()),
        "report.txt" => ("text/plain; charset=utf-8", plain()?.0.into_bytes()),
        "report.csv" => ("text/csv; charset=utf-8", plain()?.1.into_bytes()),
        "report.json" => {
            let json = serde_json::to_vec_pretty(&opened.report.without_keys());
            ("application/json", json.ok()?)
        }
        _ => return None,
    };
    Some((kind, Zeroizing::new(bytes)))
}

/// Writes to the page's audit log that the person sees or saves a report. The log has no reference, but
/// a part of its SHA-256: whoever has the reference finds the rows.
async fn record(
    page: &PartnerPage,
    reader: &Reader,
    reference: &str,
    detail: &str,
) -> Result<(), NotShown> {
    let store = &page.accounts.as_ref().ok_or(NotShown::Failed)?.store;
    let actor = Actor {
        name: reader.signed.account.clone(),
        organisation: reader.partner.clone(),
    };
    let digest = sha256(reference.as_bytes());
    let object = format!(
        "report {}",
        hex::encode(digest.get(..8).unwrap_or_default())
    );
    let recorded = store
        .register()
        .record(&actor, Action::View, &object, detail)
        .await;
    recorded.map_err(|_| NotShown::Failed)
}

/// The bytes of a response. They are zeroized when the last part was sent.
fn zeroizing(bytes: Zeroizing<Vec<u8>>) -> Bytes {
    Bytes::from_owner(bytes)
}
