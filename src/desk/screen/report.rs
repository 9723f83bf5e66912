//! `/report/{reference}`: the preview of a report, which is what will be sealed, and what became of
//! it.

use std::io::Read;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::tip::route::{report_link, why_not};
use super::{Frame, OurForm, Refusal, Screen, broken, page, refusal, words};
use crate::acting::Acting;
use crate::audit::Action;
use crate::book::{Previewed, ReportState};
use crate::register::Delivery;
use crate::route::{Marked, NotSent, Order};
use crate::session::Signed;

/// A line of the report.
struct Line {
    label: &'static str,
    value: String,
}

#[derive(Template)]
#[template(path = "desk/report.html")]
struct ReportPage {
    frame: Frame,
    name: String,
    view: String,
    partner: String,
    reference: String,
    digest: String,
    way: String,
    kind: &'static str,
    marked: Vec<Marked>,
    has_own_words: bool,
    lines: Vec<Line>,
    json: String,
    photos: Vec<usize>,
    /// Whether the file is still here.
    has_file: bool,
    is_previewed: bool,
    /// When it would leave.
    leaves: String,
    delivery: Option<Delivery>,
    state: &'static str,
    sentence: String,
    can_take_back: bool,
    on_paper: bool,
}

/// The view to go on with.
#[derive(Deserialize, Default)]
pub(super) struct From {
    #[serde(default)]
    view: String,
}

/// `GET /report/{reference}`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(reference): Path<String>,
    Query(from): Query<From>,
) -> Result<Response, Refusal> {
    let (book, found) = acting.report(&reference).await.map_err(not_shown)?;
    let holder = *found.tips.first().ok_or_else(words::no_such_tip)?;
    book.record(
        Action::View,
        &holder.to_string(),
        &format!("report {reference}"),
    )
    .await
    .map_err(|e| broken(&e))?;
    let delivery = acting.register().delivery(&reference).await;
    let delivery = delivery.map_err(|e| broken(&e))?;
    let partner = acting.partner(&found.report.to).await.map_err(not_shown)?;
    let marked = acting.marked(book, &found).await.map_err(not_shown)?;
    let desk = screen.desk().map_err(|e| broken(&e))?;
    let (zone, now) = (screen.clock().zone(), screen.clock.now());
    let urgent = acting.is_urgent(book, &found).await.map_err(not_shown)?;
    let (state, sentence) = match &delivery {
        Some(delivery) => words::delivery(delivery, &zone, now),
        None => ("waiting", "Only a preview. Nothing is sent yet.".to_owned()),
    };
    page(&ReportPage {
        frame: screen.frame(Some(&signed)),
        name: words::name_of(&acting, holder).await?,
        view: from.view,
        partner: found.report.to.clone(),
        digest: hex::encode(found.digest),
        way: words::way(&partner.way),
        kind: words::kind(found.report.kind),
        has_own_words: marked
            .iter()
            .flat_map(|part| &part.pieces)
            .any(|(_, own)| *own),
        marked,
        lines: lines(&found),
        json: serde_json::to_string_pretty(&found.report).unwrap_or_default(),
        photos: (1..=found.draft.photos.len()).collect(),
        has_file: !found.plain.is_empty(),
        is_previewed: found.state == ReportState::Previewed,
        leaves: match desk.next_batch(now) {
            _ if urgent => "It leaves at once, because it is urgent.".to_owned(),
            at if at == now => "It leaves at once.".to_owned(),
            at => format!(
                "It leaves at {}, together with others. Until then you can take it back.",
                zone.time(at)
            ),
        },
        can_take_back: delivery
            .as_ref()
            .is_some_and(|d| d.done.is_none() && d.taken_back_at.is_none()),
        on_paper: delivery
            .as_ref()
            .is_some_and(|d| d.way == "print" && d.done.is_none()),
        state,
        sentence,
        delivery,
        reference,
    })
}

/// The parts of a report that nobody wrote.
fn lines(found: &Previewed) -> Vec<Line> {
    let report = &found.report;
    let mut lines = vec![
        Line {
            label: "From",
            value: report.from.clone(),
        },
        Line {
            label: "Day",
            value: words::day(&report.day),
        },
    ];
    let more = [
        (
            "Urgency",
            report.priority.map(|p| words::urgency(p).to_owned()),
        ),
        ("Grade", report.grade.clone()),
        ("Handling code", report.handling.clone()),
        (
            "Safety",
            (!report.safety.is_empty()).then(|| report.safety.join(" ")),
        ),
        ("Answer code", report.answer_code.clone()),
    ];
    lines.extend(more.into_iter().filter_map(|(label, value)| {
        Some(Line {
            label,
            value: value?,
        })
    }));
    lines
}

/// A deed about a report.
#[derive(Deserialize)]
pub(super) struct Deed {
    deed: String,
    #[serde(default)]
    digest: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    whom: String,
    #[serde(default)]
    view: String,
}

/// `POST /report/{reference}`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(reference): Path<String>,
    OurForm(form): OurForm<Deed>,
) -> Result<Response, Refusal> {
    acting.report(&reference).await.map_err(not_shown)?;
    let back = || Redirect::to(&report_link(&reference, &form.view)).into_response();
    let said = match form.deed.as_str() {
        "send" | "send-now" => return send(&screen, &signed, &acting, &reference, &form).await,
        "take-back" => match acting.take_back(&reference).await {
            Ok(_) => Ok("Taken back. Nothing left.".to_owned()),
            Err(refused) => Err(why_not(refused)?),
        },
        "withdraw" | "correct" => {
            let text = (form.deed == "correct").then_some(form.text.as_str());
            if text.is_some_and(|text| text.trim().is_empty()) {
                Err("Write the correction first.".to_owned())
            } else {
                match acting.replace(&reference, text).await {
                    Ok(preview) => {
                        let to = report_link(&preview.report.reference, &form.view);
                        return Ok(Redirect::to(&to).into_response());
                    }
                    Err(refused) => Err(why_not(refused)?),
                }
            }
        }
        "handed-over" => match acting.hand_over_on_paper(&reference, &form.whom).await {
            Ok(()) => Ok("It is noted that the paper was handed over.".to_owned()),
            Err(NotSent::Empty) => Err("Say to whom.".to_owned()),
            Err(refused) => Err(why_not(refused)?),
        },
        "confirmed" => match acting.confirm_replacement(&reference, &form.whom).await {
            Ok(()) => Ok("It is noted that the partner confirmed.".to_owned()),
            Err(NotSent::Empty) => Err("Say who confirmed it.".to_owned()),
            Err(refused) => Err(why_not(refused)?),
        },
        _ => {
            let sentence = "The button is not one of this page. Load it again.";
            return Err(refusal(
                StatusCode::BAD_REQUEST,
                "Nothing was done",
                sentence,
            ));
        }
    };
    let trouble = said.is_err();
    let text = said.unwrap_or_else(|refused| refused);
    screen.sessions.say(&signed, text, trouble);
    Ok(back())
}

async fn send(
    screen: &Screen,
    signed: &Signed,
    acting: &Acting,
    reference: &str,
    form: &Deed,
) -> Result<Response, Refusal> {
    let mut digest = [0; 32];
    let order = match hex::decode_to_slice(&form.digest, &mut digest) {
        Ok(()) => Order {
            digest,
            why: &form.why,
            at_once: form.deed == "send-now",
        },
        Err(_) => {
            return Err(refusal(
                StatusCode::BAD_REQUEST,
                "Nothing was sent",
                "The form is not one of this page. Load it again.",
            ));
        }
    };
    let desk = screen.desk().map_err(|e| broken(&e))?;
    let (_, preview) = acting.report(reference).await.map_err(not_shown)?;
    let holder = *preview.tips.first().ok_or_else(words::no_such_tip)?;
    match acting.order(&desk, reference, order).await {
        Ok(delivery) => {
            let name = words::name_of(acting, holder).await?;
            let now = screen.clock.now();
            let when = if delivery.leaves_at <= now {
                "leaves now".to_owned()
            } else {
                format!(
                    "leaves at {}",
                    screen.clock().zone().time(delivery.leaves_at)
                )
            };
            let said = format!("The report about {name} to {} {when}.", delivery.partner);
            if delivery.is_lead {
                screen.sessions.say_done(signed, said);
            } else {
                screen.sessions.say(signed, said, false);
            }
            screen.presence.leave(holder, &signed.account);
            screen.next(acting, signed, &form.view, "").await
        }
        Err(refused) => {
            screen.sessions.say(signed, why_not(refused)?, true);
            Ok(Redirect::to(&report_link(reference, &form.view)).into_response())
        }
    }
}

/// `GET /report/{reference}/{file}`: a file of the preview, as it will be sealed.
pub(super) async fn file(
    acting: Acting,
    Path((reference, file)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (book, found) = acting.report(&reference).await.map_err(not_shown)?;
    let kind = match file.rsplit_once('.') {
        Some((_, "jpg")) => "image/jpeg",
        Some((_, "pdf")) => "application/pdf",
        Some((_, "json")) => "application/json",
        _ => return Err(words::no_such_tip()),
    };
    let bytes = unpacked(&found.plain, &file).ok_or_else(|| {
        refusal(
            StatusCode::NOT_FOUND,
            "Not here",
            "The report has left, and its file with it. Its words are on its page.",
        )
    })?;
    let holder = found.tips.first().ok_or_else(words::no_such_tip)?;
    book.record(
        Action::View,
        &holder.to_string(),
        &format!("report {reference}, {file}"),
    )
    .await
    .map_err(|e| broken(&e))?;
    // A browser that shows a PDF by itself may be stopped by the page's policy: it is saved instead.
    let named = match kind {
        "image/jpeg" => "inline".to_owned(),
        _ => format!("attachment; filename=\"{reference}-{file}\""),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, named),
    ];
    Ok((headers, bytes).into_response())
}

/// A file of a tar.
fn unpacked(plain: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut archive = tar::Archive::new(plain);
    for entry in archive.entries().ok()? {
        let mut entry = entry.ok()?;
        if entry.path_bytes().as_ref() == name.as_bytes() {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).ok()?;
            return Some(bytes);
        }
    }
    None
}

fn not_shown(refused: NotSent) -> Refusal {
    match refused {
        NotSent::Database(e) => words::not_shown(&e),
        NotSent::NoReport(_) => refusal(
            StatusCode::NOT_FOUND,
            "Not here",
            "There is no such report that you can open.",
        ),
        other => broken(&other),
    }
}
