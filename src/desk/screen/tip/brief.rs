//! `/tip/{name}/brief`: the phone brief. It begins with 999, then whom to ring now, what they ask,
//! and the tip's own words, which stay in the desk. The call is recorded by one form. While the page
//! is open, the session does not end.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::words::sentence;
use super::super::{Frame, OurForm, Refusal, Screen, broken, page, words};
use crate::acting::Acting;
use crate::book::{
    Book, Call, CallOutcome, CallResult, Consent, Held, HoldKind, NewCall, NotRecorded, Welfare,
};
use crate::database;
use crate::session::Signed;
use crate::welfare::{About, Asked, Duty, Number, WelfareRules, is_police, moment};
use loke_core::clock::Zone;
use loke_core::tip::{Priority, Tip, TipId, YesNo};

/// The line about the call on a tip's page: the sentence, and whether somebody must ring.
pub(super) struct WelfareLine {
    pub(super) text: String,
    pub(super) due: bool,
}

struct NumberView {
    who: String,
    number: String,
    dialled: String,
    hours: String,
    note: String,
}

struct Words {
    name: String,
    topic: &'static str,
    day: String,
    what: String,
    answers: Vec<words::Answered>,
    /// Somebody contests that it is accurate.
    restricted: bool,
}

/// The form, as it was typed.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(in crate::screen) struct CallForm {
    outcome: String,
    rung: String,
    somebody: String,
    reference: String,
    next_on: String,
    next_at: String,
    consent: String,
    why: String,
}

#[derive(Template)]
#[template(path = "desk/brief.html")]
struct Brief<'a> {
    frame: Frame,
    name: String,
    line: Option<WelfareLine>,
    /// Those who answer now, and who are for the person of this tip.
    now: Vec<NumberView>,
    others: Vec<NumberView>,
    asked: Vec<&'a Asked>,
    duties: Vec<&'a Duty>,
    texts: Vec<Words>,
    /// How many texts are on the tip's page alone.
    more: i64,
    form: CallForm,
    problem: Option<String>,
    today: String,
}

/// `GET /tip/{name}/brief`
pub(in crate::screen) async fn get(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    let not_shown = |e: database::Error| words::not_shown(&e);
    let (book, tip) = acting.find(&name).await.map_err(not_shown)?;
    show(
        &screen,
        &signed,
        &acting,
        (book, tip),
        CallForm::default(),
        None,
    )
    .await
}

/// `POST /tip/{name}/brief`: records the call.
pub(in crate::screen) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(name): Path<String>,
    OurForm(form): OurForm<CallForm>,
) -> Result<Response, Refusal> {
    let not_shown = |e: database::Error| words::not_shown(&e);
    let (book, tip) = acting.find(&name).await.map_err(not_shown)?;
    let recorded = match form.call(&screen.clock.zone()) {
        Ok(call) => book.record_call(tip, call).await,
        Err(problem) => {
            let problem = Some(problem.to_owned());
            return show(&screen, &signed, &acting, (book, tip), form, problem).await;
        }
    };
    match recorded {
        Ok(()) => {
            screen.sessions.close_brief(&signed);
            let said = "The call is recorded.".to_owned();
            screen.sessions.say(&signed, said, false);
            Ok(Redirect::to(&format!("/tip/{name}")).into_response())
        }
        Err(NotRecorded::Database(e)) => Err(words::not_shown(&e)),
        Err(refused) => {
            let problem = Some(format!("{}.", sentence(&refused)));
            show(&screen, &signed, &acting, (book, tip), form, problem).await
        }
    }
}

impl CallForm {
    /// The call that the form says, or what is missing.
    fn call(&self, zone: &Zone) -> Result<NewCall<'_>, &'static str> {
        let result = match self.outcome.as_str() {
            "made" => CallResult::Made(&self.reference),
            "tried" => CallResult::Tried(moment(zone, &self.next_on, &self.next_at).ok_or(
                "Say when the next try is: a day, and a time such as 14:30. Nothing was recorded.",
            )?),
            _ => return Err("Say whether they answered. Nothing was recorded."),
        };
        Ok(NewCall {
            rung: match self.somebody.trim() {
                "" => &self.rung,
                somebody => somebody,
            },
            result,
            consent: self
                .consent
                .parse()
                .map_err(|_| "Say whether anybody asked for consent. Nothing was recorded.")?,
            why: &self.why,
        })
    }
}

async fn show(
    screen: &Screen,
    signed: &Signed,
    acting: &Acting,
    (book, tip): (&Book, TipId),
    form: CallForm,
    problem: Option<String>,
) -> Result<Response, Refusal> {
    let not_shown = |e: database::Error| words::not_shown(&e);
    let holder = book.holder(tip).await.map_err(not_shown)?;
    let found = book.view_with_row(holder, 0).await.map_err(not_shown)?;
    let clock = &screen.clock;
    screen.presence.note(holder, &signed.account, clock.now());
    let (texts, about) = texts(acting, book, &found.held).await?;
    let rules = acting.register().welfare();
    let (now, others) = numbers(screen, &rules, &about);
    let police = is_police(&acting.account().organisation);
    let signed = screen.sessions.open_brief(signed);
    page(&Brief {
        name: words::name_of(acting, holder).await?,
        line: line(screen, book, holder).await?,
        now,
        others,
        asked: rules.asked(&about),
        duties: rules.duties(&about, police),
        more: found.all - found.held.len() as i64,
        texts,
        form,
        problem,
        today: clock.today().to_string(),
        frame: screen.frame(Some(&signed)),
    })
}

/// The words of each text, and whom they are about.
async fn texts(
    acting: &Acting,
    book: &Book,
    held: &[Held],
) -> Result<(Vec<Words>, Vec<About>), Refusal> {
    let ids: Vec<TipId> = held.iter().map(|held| held.id).collect();
    let names = acting.register().names_of(&ids).await;
    let names = names.map_err(|e| broken(&e))?;
    let (mut texts, mut about) = (Vec::with_capacity(held.len()), Vec::new());
    for held in held {
        let tip: Tip =
            serde_json::from_str(&held.json).map_err(|_| broken(&database::Error::Row))?;
        let danger = tip.danger == Some(YesNo::Yes) || tip.priority == Priority::Now;
        let child = tip.child == Some(YesNo::Yes);
        // A person in danger is an adult as far as anybody knows, unless only a child is named.
        for (is, whom) in [(child, About::Child), (danger || !child, About::Adult)] {
            if is && !about.contains(&whom) {
                about.push(whom);
            }
        }
        let holds = book.holds_of(held.id).await.map_err(|e| broken(&e))?;
        texts.push(Words {
            restricted: holds.iter().any(|hold| hold.kind == HoldKind::Restricted),
            name: names.get(&held.id).cloned().unwrap_or_default(),
            topic: words::topic(tip.topic),
            day: words::day(&tip.received),
            what: tip.what.clone(),
            answers: words::answers(&tip).answered,
        });
    }
    Ok((texts, about))
}

/// The numbers that answer now for this person, and all others.
fn numbers(
    screen: &Screen,
    rules: &WelfareRules,
    about: &[About],
) -> (Vec<NumberView>, Vec<NumberView>) {
    let (zone, at) = (screen.clock.zone(), screen.clock.now());
    let clocks = screen.open.register().clocks();
    let view = |number: &Number| NumberView {
        who: number.who.clone(),
        number: number.number.clone(),
        dialled: number.dialled(),
        hours: rules.hours(number),
        note: number.note.clone().unwrap_or_default(),
    };
    let (now, others): (Vec<&Number>, Vec<&Number>) = rules
        .numbers
        .iter()
        .partition(|number| number.is_for(about) && rules.answers(number, &clocks, &zone, at));
    (
        now.into_iter().map(view).collect(),
        others.into_iter().map(view).collect(),
    )
}

/// The line about the call; `None` if no call is needed.
pub(super) async fn line(
    screen: &Screen,
    book: &Book,
    holder: TipId,
) -> Result<Option<WelfareLine>, Refusal> {
    let welfare = book.welfare(holder).await.map_err(|e| broken(&e))?;
    let due = !welfare.lets_reports_leave();
    let text = match welfare {
        Welfare::NotNeeded => return Ok(None),
        Welfare::Due => {
            let calls = book.calls_on(holder).await.map_err(|e| broken(&e))?;
            match calls.last() {
                None => "Nobody was rung yet. Ring first.".to_owned(),
                Some(call) if call.outcome == CallOutcome::Made => {
                    "A tip came with this one after the call. Ring again.".to_owned()
                }
                Some(call) => format!(
                    "{} did not answer on {}. The next try is due. Ring now.",
                    call.rung,
                    words::when(screen, call.at)
                ),
            }
        }
        Welfare::Tried { rung, at, next } => format!(
            "Tried {rung} on {}. The next try is on {}.",
            words::when(screen, at),
            words::when(screen, next)
        ),
        Welfare::Called {
            rung,
            at,
            reference,
        } => format!(
            "Rung {rung} on {}, reference {reference}.",
            words::when(screen, at)
        ),
    };
    Ok(Some(WelfareLine { text, due }))
}

/// A call as a heading and a text of the history.
pub(super) fn in_words(screen: &Screen, call: &Call) -> (String, String) {
    let heading = match (call.outcome, &call.reference, call.next_try) {
        (CallOutcome::Made, Some(reference), _) => {
            format!("Rang {}, reference {reference}", call.rung)
        }
        (_, _, Some(next)) => format!(
            "Tried {}, next try {}",
            call.rung,
            words::when(screen, next)
        ),
        _ => format!("Rang {}", call.rung),
    };
    let consent = match call.consent {
        Consent::Asked => "Consent was asked",
        Consent::NotAsked => "Consent was not asked",
    };
    let text = match call.why.as_str() {
        "" => format!("{consent}."),
        why => format!("{consent}: {why}"),
    };
    (heading, text)
}
