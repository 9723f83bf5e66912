//! The route panel: an officer writes a report about the tip, in their own words, and looks at its
//! preview. Nothing of the resident's words is filled in.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::acting::Acting;
use crate::book::{Book, DraftOf};
use crate::partners::Partner;
use crate::register::Delivery;
use crate::report::propose::{self, Matter};
use crate::report::rules::ReportRules;
use crate::report::{CAN_STAY, Draft};
use crate::route::NotSent;
use crate::screen::forms::ReportFields;
use crate::screen::tip::capital;
use crate::screen::{OurForm, Refusal, Screen, broken, words};
use crate::session::Signed;
use loke_core::tip::{Lane, TipId};

/// A partner of the list.
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// A box to tick.
pub(super) struct Tick {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) ticked: bool,
}

/// A report that waits, left or was taken back.
pub(super) struct Sent {
    pub(super) partner: String,
    pub(super) reference: String,
    pub(super) state: &'static str,
    pub(super) sentence: String,
}

/// The panel.
pub(super) struct RoutePanel {
    pub(super) partners: Vec<Choice>,
    pub(super) draft: Draft,
    pub(super) photos: Vec<Tick>,
    pub(super) safety: Vec<Tick>,
    pub(super) work: Vec<Tick>,
    /// The parts that can be left out.
    pub(super) stays: Vec<Tick>,
    pub(super) sent: Vec<Sent>,
    /// Reports that should be withdrawn: partner, reference, why, and whether it left.
    pub(super) wrong: Vec<(String, String, &'static str, bool)>,
    pub(super) restricted: bool,
    /// Reports that colleagues are writing: account and text.
    pub(super) drafts: Vec<(String, String)>,
    /// Why the preview could not be made.
    pub(super) refused: Option<String>,
}

/// The form of the panel.
#[derive(Deserialize)]
pub(in crate::screen) struct RouteForm {
    /// Quote what is ticked, instead of looking at the report.
    quote: Option<String>,
    /// The number of texts before those of the page. Fields beside a flattened one are read as text.
    #[serde(default)]
    from: String,
    #[serde(default)]
    view: String,
    #[serde(flatten)]
    report: ReportFields,
}

/// `POST /tip/{name}/report`: makes the preview. If that fails, the page comes back with all that
/// was typed.
pub(in crate::screen) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<RouteForm>,
) -> Result<Response, Refusal> {
    let (_, tip) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    let draft = form.report.draft();
    if form.quote.is_some() {
        let typed = super::Typed {
            draft,
            quoted: form.report.quotes().cloned().collect(),
            ..Default::default()
        };
        let from = super::From {
            from: form.from.parse().unwrap_or_default(),
            view: form.view,
            ..Default::default()
        };
        return super::render(&screen, &signed, &acting, &name, from, typed).await;
    }
    let preview = match draft.partner.trim() {
        "" => Err("Choose a partner. Nothing left.".to_owned()),
        _ => match acting.preview(tip, &draft).await {
            Ok(preview) => Ok(preview),
            Err(refused) => Err(why_not(refused)?),
        },
    };
    match preview {
        Ok(preview) => {
            let to = report_link(&preview.report.reference, &form.view);
            Ok(Redirect::to(&to).into_response())
        }
        Err(refused) => {
            let typed = super::Typed {
                draft,
                refused: Some(refused),
                ..Default::default()
            };
            let from = super::From {
                view: form.view,
                ..Default::default()
            };
            let page = super::render(&screen, &signed, &acting, &name, from, typed).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `POST /tip/{name}/report/draft`: keeps what the person is typing and ticking.
pub(in crate::screen) async fn draft(
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<ReportFields>,
) -> Result<Response, Refusal> {
    let (book, tip) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    let holder = book.holder(tip).await.map_err(|e| words::not_shown(&e))?;
    book.keep_report_draft(holder, &form.draft())
        .await
        .map_err(|e| broken(&e))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The page of a report.
pub(in crate::screen) fn report_link(reference: &str, view: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    format!(
        "/report/{reference}?{}",
        query.append_pair("view", view).finish()
    )
}

/// A refusal as a sentence; a failure of the desk as a page.
pub(in crate::screen) fn why_not(refused: NotSent) -> Result<String, Refusal> {
    use crate::database::Error::Restricted;
    match refused {
        NotSent::Database(e) if !matches!(e, Restricted(_)) => Err(words::not_shown(&e)),
        NotSent::Open(e) => Err(broken(&e)),
        NotSent::Seal(e) => Err(broken(&e)),
        other => Ok(words::sentence(&other)),
    }
}

impl RoutePanel {
    /// Whether a partner of the list is proposed, or was chosen.
    pub(super) fn is_chosen(&self) -> bool {
        self.partners.iter().any(|partner| partner.chosen)
    }

    /// The panel of a tip and of everything that is shown with it.
    pub(super) async fn of(
        acting: &Acting,
        book: &Book,
        holder: TipId,
        (lane, photos): (Lane, Vec<Tick>),
        typed: super::Typed,
        now: i64,
    ) -> Result<Self, Refusal> {
        let register = acting.register();
        let partners = register.partners().await.map_err(|e| broken(&e))?;
        let rules = register.report_rules();
        let mut sent = Vec::new();
        for delivery in register
            .deliveries_of(holder)
            .await
            .map_err(|e| broken(&e))?
        {
            sent.push(sent_line(acting, &delivery, now));
        }
        let super::Typed {
            mut draft, refused, ..
        } = typed;
        let tips = book.together(holder).await;
        let tips = tips.map_err(|e| words::not_shown(&e))?;
        if draft.partner.is_empty() {
            draft.partner = proposal(acting, book, &tips, (&rules, &partners)).await?;
        }
        let me = &acting.account().name;
        let mut drafts = book
            .drafts_on(DraftOf::Report, holder)
            .await
            .map_err(|e| broken(&e))?;
        drafts.retain(|(who, text)| who != me && !text.is_empty());
        let mut restricted = false;
        for tip in tips {
            restricted |= book.refuse_restricted(tip).await.is_err();
        }
        let wrong = book.to_withdraw(Some(holder)).await;
        let wrong = wrong.map_err(|e| broken(&e))?.into_iter();
        let wrong = wrong.map(|p| {
            (
                p.partner,
                p.reference,
                words::why_withdraw(p.why),
                p.has_left,
            )
        });
        Ok(Self {
            wrong: wrong.collect(),
            partners: partners
                .iter()
                .filter(|partner| partner.lanes.is_empty() || partner.lanes.contains(&lane))
                .map(|partner| Choice {
                    name: partner.name.clone(),
                    label: label(partner),
                    chosen: partner.name == draft.partner,
                })
                .collect(),
            photos,
            safety: ticks("safety", &rules.safety, &draft.safety),
            work: ticks("work", &rules.work, &draft.work),
            stays: CAN_STAY
                .iter()
                .map(|field| Tick {
                    name: format!("stays.{field}"),
                    label: capital(words::field(*field)),
                    ticked: draft.leave_out.contains(field),
                })
                .collect(),
            sent,
            drafts,
            restricted,
            refused,
            draft,
        })
    }
}

/// The name of the partner that the rules propose. Empty if the officer must choose.
async fn proposal(
    acting: &Acting,
    book: &Book,
    tips: &[TipId],
    (rules, partners): (&ReportRules, &[Partner]),
) -> Result<String, Refusal> {
    let opened = book.contents(tips).await.map_err(|e| broken(&e))?;
    let ward = match tips.first() {
        Some(holder) => book.area_of(*holder).await.map_err(|e| broken(&e))?.ward(),
        None => None,
    };
    let wards = acting.register().wards();
    let team = ward.as_deref().and_then(|ward| wards.team_of(ward));
    let areas = ward.as_deref().into_iter();
    let areas: Vec<&str> = areas.chain(team.map(|team| team.name.as_str())).collect();
    let matter = Matter {
        tips: &opened,
        areas: &areas,
    };
    let partner = propose::proposed(&rules.propose, matter, partners);
    Ok(partner.map_or_else(String::new, |partner| partner.name.clone()))
}

/// The sentences of a fixed list, each with a box.
fn ticks(prefix: &str, list: &BTreeMap<String, String>, chosen: &[String]) -> Vec<Tick> {
    let tick = |(word, sentence): (&String, &String)| Tick {
        name: format!("{prefix}.{word}"),
        label: sentence.clone(),
        ticked: chosen.contains(word),
    };
    list.iter().map(tick).collect()
}

fn label(partner: &Partner) -> String {
    let name = if partner.organisation.is_empty() {
        &partner.name
    } else {
        &partner.organisation
    };
    format!("{name}: {}", words::way(&partner.way))
}

/// The state of a report: it waits, arrived, or is stuck until an officer acts.
fn sent_line(acting: &Acting, delivery: &Delivery, now: i64) -> Sent {
    let clock = acting.register().clock();
    let (state, sentence) = words::delivery(delivery, &clock.zone(), now);
    Sent {
        partner: delivery.partner.clone(),
        reference: delivery.reference.clone(),
        state,
        sentence,
    }
}
