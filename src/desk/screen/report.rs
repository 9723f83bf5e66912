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
use super::words::sentence;
use super::{Frame, OurForm, Refusal, Screen, broken, page, refusal, words};
use crate::acting::Acting;
use crate::audit::Action;
use crate::book::{Decision, IncidentWords, NotOpened, Previewed, ReportState};
use crate::documents;
use crate::incidents::NotDone;
use crate::open::photo_name;
use crate::register::Delivery;
use crate::report::Draft;
use crate::route::{Marked, NotSent, Order};
use crate::session::Signed;
use crate::welfare::moment;

/// In place of the answer code.
const ON_THE_SHEET: &str = "only in what the partner gets";

/// A line of the report.
struct FieldLine {
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
    /// The person or office to ask there. May be empty.
    contact: String,
    reference: String,
    digest: String,
    way: String,
    kind: &'static str,
    marked: Vec<Marked>,
    has_own_words: bool,
    lines: Vec<FieldLine>,
    /// The fields that stay here although the officer gave them.
    left_out: Option<String>,
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
    /// Why the desk proposes to withdraw it.
    proposal: Option<&'static str>,
    /// The event, if it reached the wrong partner.
    incident: Option<IncidentWords>,
    today: String,
    time: String,
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
    let other_day = acting.other_day(&found.tips, &found.draft).await;
    let other_day = other_day.map_err(not_shown)?;
    let may_show = book.may_show(&found.draft.photos).await;
    let may_show = may_show.map_err(|e| broken(&e))?;
    let proposals = book.to_withdraw(None).await.map_err(|e| broken(&e))?;
    let (state, sentence) = match &delivery {
        Some(delivery) => words::delivery(delivery, &zone, now),
        None => ("waiting", "Only a preview. Nothing is sent yet.".to_owned()),
    };
    page(&ReportPage {
        frame: screen.frame(Some(&signed)),
        name: words::name_of(&acting, holder).await?,
        view: from.view,
        partner: found.report.to.clone(),
        contact: partner.contact.clone(),
        digest: hex::encode(found.digest),
        way: words::way(&partner.way),
        kind: found.report.kind.title(),
        has_own_words: marked
            .iter()
            .flat_map(|part| &part.pieces)
            .any(|(_, own)| *own),
        marked,
        left_out: left_out(&found),
        lines: lines(&found),
        json: serde_json::to_string_pretty(&found.report.without_keys()).unwrap_or_default(),
        photos: match may_show {
            true => (1..=found.draft.photos.len()).collect(),
            false => Vec::new(),
        },
        has_file: may_show && !found.plain.is_empty(),
        is_previewed: found.state == ReportState::Previewed,
        leaves: match (desk.next_batch(now), other_day) {
            (_, Some(_)) if urgent => "It leaves at once, because it is urgent. Its time can show that it belongs to the other report of today.".to_owned(),
            _ if urgent => "It leaves at once, because it is urgent.".to_owned(),
            (at, Some(day)) if at > now => format!(
                "Another report about this leaves before it. So this one leaves on {}, and its time does not join the two. At once, it can. Until then you can take it back.",
                words::day(&day)
            ),
            (at, _) if at == now => "It leaves at once.".to_owned(),
            (at, _) => format!(
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
        proposal: proposals
            .iter()
            .find(|p| p.reference == reference)
            .map(|p| words::why_withdraw(p.why)),
        incident: book.incident(&reference).await.map_err(|e| broken(&e))?,
        today: zone.day(now).to_string(),
        time: zone.time(now),
        state,
        sentence,
        delivery,
        reference,
    })
}

/// The sentence about what the partner's list withholds.
fn left_out(found: &Previewed) -> Option<String> {
    let fields = found.draft.withheld.iter();
    let fields: Vec<&str> = fields.map(|field| words::field(*field)).collect();
    (!fields.is_empty()).then(|| {
        format!(
            "Left out, because {} may not have it: {}.",
            found.report.to,
            fields.join(", ")
        )
    })
}

/// The parts of a report that nobody wrote.
fn lines(found: &Previewed) -> Vec<FieldLine> {
    let report = &found.report;
    let mut lines = vec![
        FieldLine {
            label: "From",
            value: report.from.clone(),
        },
        FieldLine {
            label: "Day",
            value: words::day(&report.day),
        },
    ];
    let more = [
        (
            "Urgency",
            report.priority.map(|p| words::urgency(p).to_owned()),
        ),
        (
            "To be done",
            report
                .target
                .map(|target| words::target(target, report.due.as_deref())),
        ),
        ("Grade", report.grade.clone()),
        ("Handling code", report.handling.clone()),
        (
            "Safety",
            (!report.safety.is_empty()).then(|| report.safety.join(" ")),
        ),
        (
            "Work",
            (!report.work.is_empty()).then(|| report.work.join(" ")),
        ),
        (
            "Messages",
            report.messages.as_ref().map(|all| {
                let days = [&all.first_day, &all.last_day].map(words::day);
                format!("{}, from {} to {}", all.count, days[0], days[1])
            }),
        ),
        // A person who reads it here could answer as the partner.
        (
            "Answer code",
            report.answer_code.as_ref().map(|_| ON_THE_SHEET.to_owned()),
        ),
    ];
    lines.extend(more.into_iter().filter_map(|(label, value)| {
        Some(FieldLine {
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
    day: String,
    #[serde(default)]
    time: String,
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
        "withdraw" | "correct" | "answer" => {
            let text = (form.deed != "withdraw").then_some(form.text.as_str());
            let made = match (form.deed.as_str(), text) {
                (_, Some(text)) if text.trim().is_empty() => Err(NotSent::Empty),
                ("answer", Some(text)) => acting.answer_question(&reference, text).await,
                _ => acting.replace(&reference, text).await,
            };
            match made {
                Ok(preview) => {
                    let to = report_link(&preview.report.reference, &form.view);
                    return Ok(Redirect::to(&to).into_response());
                }
                Err(NotSent::Empty) => Err("Write it first, above the button.".to_owned()),
                Err(refused) => Err(why_not(refused)?),
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
        "wrong-partner" => match wrong_partner(&screen, &acting, &reference, &form).await? {
            Ok(withdrawal) => {
                let said = "The incident is open. Now send the withdrawal below.";
                screen.sessions.say(&signed, said.to_owned(), false);
                let to = report_link(&withdrawal, &form.view);
                return Ok(Redirect::to(&to).into_response());
            }
            Err(refused) => Err(refused),
        },
        "stays" => {
            let (book, _) = acting.report(&reference).await.map_err(not_shown)?;
            match book.keep_report(&reference, &form.why).await {
                Ok(true) => Ok("It is noted why the report stays.".to_owned()),
                Ok(false) => Err("Nobody proposes to withdraw this report.".to_owned()),
                Err(NotOpened::Database(e)) => return Err(broken(&e)),
                Err(refused) => Err(sentence(&refused)),
            }
        }
        _ => {
            return Err(refusal(
                StatusCode::BAD_REQUEST,
                "Nothing was done",
                "The button is not one of this page. Load it again.",
            ));
        }
    };
    let trouble = said.is_err();
    let text = said.unwrap_or_else(|refused| refused);
    screen.sessions.say(&signed, text, trouble);
    Ok(back())
}

/// Opens an incident. Returns the reference of the withdrawal.
async fn wrong_partner(
    screen: &Screen,
    acting: &Acting,
    reference: &str,
    form: &Deed,
) -> Result<Result<String, String>, Refusal> {
    let zone = screen.clock().zone();
    let Some(found_at) = moment(&zone, &form.day, &form.time) else {
        return Ok(Err(
            "Give the day and the time at which somebody found it.".to_owned()
        ));
    };
    match acting.wrong_partner(reference, found_at, &form.why).await {
        Ok(withdrawal) => Ok(Ok(withdrawal.report.reference)),
        Err(NotDone::Incident(NotOpened::Database(e))) => Err(broken(&e)),
        Err(NotDone::Incident(refused)) => Ok(Err(sentence(&refused))),
        Err(NotDone::Report(refused)) => Ok(Err(why_not(refused)?)),
    }
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
            let (zone, at) = (screen.clock().zone(), delivery.leaves_at);
            let when = match at <= now {
                true => "leaves now".to_owned(),
                false => format!("leaves {}", words::later(&zone, at, now)),
            };
            let said = format!("The report about {name} to {} {when}.", delivery.partner);
            let last = acting.last_act().await.map_err(|e| broken(&e))?;
            let act = last.filter(|(_, decision)| {
                matches!(decision, Decision::Order { reference: of, .. } if of == reference)
            });
            let act = act.map(|(act, _)| act);
            screen.sessions.say_done(signed, said, act);
            screen.presence.leave(holder, &signed.account);
            screen.next(acting, signed, &form.view, "").await
        }
        Err(refused) => {
            let mut link = report_link(reference, &form.view);
            if matches!(refused, NotSent::OtherDay(_)) {
                // The same report, with the day on which it leaves now.
                let draft = Draft {
                    at_once: order.at_once || desk.leaves_at_once(),
                    ..preview.draft
                };
                let made = acting.preview(holder, &draft).await.map_err(not_shown)?;
                link = report_link(&made.report.reference, &form.view);
            }
            screen.sessions.say(signed, why_not(refused)?, true);
            Ok(Redirect::to(&link).into_response())
        }
    }
}

/// `GET /report/{reference}/{file}`: a photo as it will be sealed, or a copy of the report for the desk. No
/// copy has the code or the keys, so nobody here answers as the partner.
pub(super) async fn file(
    acting: Acting,
    Path((reference, file)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (book, found) = acting.report(&reference).await.map_err(not_shown)?;
    let kind = match file.rsplit_once('.') {
        Some((_, "jpg")) => "image/jpeg",
        Some((_, "pdf")) => "application/pdf",
        Some((_, "json")) => "application/json",
        Some((_, "txt")) => "text/plain; charset=utf-8",
        Some((_, "csv")) => "text/csv; charset=utf-8",
        _ => return Err(words::no_such_tip()),
    };
    let has_photos = matches!(kind, "image/jpeg" | "application/pdf");
    let may_show = book.may_show(&found.draft.photos).await;
    if has_photos && !may_show.map_err(|e| broken(&e))? {
        return Err(refusal(
            StatusCode::NOT_FOUND,
            "Not here",
            "A photo of this report was marked as an illegal picture, or its tip is in another book. Nobody opens the report's photos here.",
        ));
    }
    let bytes = match file.as_str() {
        "report.txt" | "report.csv" => copied(&acting, &found, &file).await?,
        "report.json" | "report.pdf" if found.plain.is_empty() => None,
        "report.json" => serde_json::to_vec(&found.report.without_keys()).ok(),
        // Of an ordered report only paper is still here, and the paper is what the partner gets.
        "report.pdf" if found.state != ReportState::Ordered => {
            copied(&acting, &found, &file).await?
        }
        _ => unpacked(&found.plain, &file),
    };
    let bytes = bytes.ok_or_else(|| {
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

/// The desk's copy of a report: a PDF, text to copy into another system, or CSV. Text and CSV stay when the
/// file has left.
async fn copied(
    acting: &Acting,
    found: &Previewed,
    file: &str,
) -> Result<Option<Vec<u8>>, Refusal> {
    let photos: Vec<Vec<u8>> = match file {
        "report.pdf" => (1..=found.draft.photos.len())
            .map_while(|n| unpacked(&found.plain, &photo_name(n)))
            .collect(),
        _ => Vec::new(),
    };
    let (report, wordings) = (found.report.clone(), acting.register().documents());
    // Setting the type takes a tenth of a second.
    let made =
        tokio::task::spawn_blocking(move || documents::render_copy(&report, &photos, &wordings));
    let made = made.await.map_err(|e| broken(&e))?;
    let made = made.map_err(|e| broken(&e))?;
    Ok(Some(match file {
        "report.pdf" => made.pdf,
        "report.csv" => made.csv.into_bytes(),
        _ => made.text.into_bytes(),
    }))
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
