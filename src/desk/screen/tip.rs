//! The page of one tip: every answer, its photos, what officers did about it, and the form for the
//! next decision. A page shows a tip with everything that is folded into it, and the texts of one
//! thread together.

pub(super) mod answers;
pub(super) mod brief;
pub(super) mod cover;
mod holds;
mod letter;
mod panel;
mod quote;
pub(super) mod route;

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use self::answers::{ClaimView, TellForm, ToldView};
use self::brief::WelfareLine;
use self::holds::HoldView;
use self::letter::LetterPanel;
use self::panel::{Panel, TranslationLine};
use self::route::{RoutePanel, Tick};
use super::forms::DecisionForm;
use super::{Frame, Refusal, Screen, broken, page, refusal, words};
use crate::acting::Acting;
use crate::book::{self, Book, Held, Note, NoteKind, State as TipState};
use crate::database;
use crate::report::{Draft, PhotoOf};
use crate::session::Signed;
use crate::viewing;
use loke_core::tip::{Priority, Tip, TipId, YesNo};

pub(super) use holds::hold;
pub(super) use letter::{capital, draft as draft_letter, post as write_letter};

struct PhotoView {
    number: usize,
    removed: String,
}

/// One tip on the page.
struct Text {
    id: TipId,
    name: String,
    /// Its number on the page, from 1.
    number: i64,
    topic: &'static str,
    lane: &'static str,
    priority: Priority,
    urgency: &'static str,
    day: String,
    status: &'static str,
    danger: bool,
    child: bool,
    /// Why it is not proven; `None` if it is.
    unproven: Option<String>,
    /// Whether it is folded into another one on the page.
    folded: bool,
    what: String,
    /// The interpreters' wordings: who, when and the text.
    translations: Vec<(String, String, String)>,
    answers: Vec<words::Answered>,
    grade: Vec<String>,
    unsure: Vec<&'static str>,
    unanswered: Vec<&'static str>,
    photos: Vec<PhotoView>,
    holds: Vec<HoldView>,
    /// The language of the words, as a tag.
    language: String,
    /// The account that accepted the proposed grade, and when.
    graded: Option<(String, String)>,
    translation: TranslationLine,
}

#[derive(Template)]
#[template(path = "desk/tip.html")]
struct TipPage {
    frame: Frame,
    texts: Vec<Text>,
    /// Number of texts together, shown or not.
    all: i64,
    /// Whether they are the texts of one thread.
    in_a_row: bool,
    /// The offsets of the previous and the next page.
    earlier: Option<i64>,
    later: Option<i64>,
    panel: Panel,
    welfare: Option<WelfareLine>,
    route: RoutePanel,
    quotes: quote::QuotePanel,
    letter: LetterPanel,
    claims: Vec<ClaimView>,
    told: Vec<ToldView>,
    tell: TellForm,
    /// Partner and reference of reports whose codes somebody tried to guess.
    guessed: Vec<(String, String)>,
    /// Partners in whose name somebody made a false answer, and the reports.
    forged: Vec<(String, String)>,
    /// Whether a photo is an illegal picture.
    illegal: bool,
}

/// A report that the officer was writing, and why its preview could not be made.
#[derive(Default)]
struct Typed {
    draft: Draft,
    refused: Option<String>,
    /// The passages to quote: the names of their boxes.
    quoted: Vec<String>,
    /// A decision that was refused.
    decision: DecisionForm,
}

/// The view that the officer came from, and the number of texts to skip.
#[derive(Deserialize, Default)]
pub(super) struct From {
    #[serde(default)]
    from: u32,
    #[serde(default)]
    view: String,
    /// The reference of a preview whose words the officer goes on with.
    #[serde(default)]
    draft: String,
}

/// `GET /tip/{name}`: marks the tip as looked at, and writes the view to the audit log. A folded
/// tip is shown with its holder.
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path(name): Path<String>,
    from: Result<Query<From>, QueryRejection>,
) -> Result<Response, Refusal> {
    let from = from.map(|Query(from)| from).unwrap_or_default();
    let draft = match from.draft.as_str() {
        "" => Draft::blank(),
        reference => match acting.report(reference).await {
            Ok((_, report)) => report.draft,
            Err(_) => Draft::blank(),
        },
    };
    let typed = Typed {
        draft,
        ..Typed::default()
    };
    render(&screen, &signed, &acting, &name, from, typed).await
}

/// The page of a tip, with a report that the officer is writing.
async fn render(
    screen: &Screen,
    signed: &Signed,
    acting: &Acting,
    name: &str,
    From { from, view, .. }: From,
    typed: Typed,
) -> Result<Response, Refusal> {
    let not_shown = |e: database::Error| words::not_shown(&e);
    let (book, id) = acting.find(name).await.map_err(not_shown)?;
    let holder = book.holder(id).await.map_err(not_shown)?;
    let found = book.view_with_row(holder, from).await.map_err(not_shown)?;
    let now = screen.clock.now();
    screen.presence.note(holder, &signed.account, now);
    let ids: Vec<TipId> = found.held.iter().map(|held| held.id).collect();
    let register = acting.register();
    let names = register.names_of(&ids).await.map_err(|e| broken(&e))?;
    let mut texts = Vec::with_capacity(found.held.len());
    let mut illegal = false;
    for (held, number) in found.held.iter().zip(found.before + 1..) {
        let triage = book.triage(held.id).await.map_err(|e| broken(&e))?.triage;
        let bad = book.is_illegal(held.id).await.map_err(|e| broken(&e))?;
        illegal |= bad;
        let holds = holds::of(acting, book, held.id).await?;
        let text = text(held, number, holds)?;
        let notes = book.notes_on(held.id).await.map_err(|e| broken(&e))?;
        let of_kind = |kind| notes.iter().filter(move |note| note.kind == kind);
        let when = |note: &Note| (note.who.clone(), words::when(screen, note.at));
        let translations = of_kind(NoteKind::Translation).map(|note| {
            let (who, at) = when(note);
            (who, at, note.text.clone())
        });
        texts.push(Text {
            photos: if bad { Vec::new() } else { text.photos },
            name: names.get(&held.id).cloned().unwrap_or_default(),
            folded: triage.folded_into.is_some(),
            translations: translations.collect(),
            graded: of_kind(NoteKind::Grade).next_back().map(when),
            translation: TranslationLine::of(screen, acting, book, held.id).await?,
            ..text
        });
    }
    let mut threads = found.held.iter().map(Held::thread);
    let first = threads.next().flatten();
    let in_a_row = first.is_some() && threads.all(|thread| thread == first);
    let shown = found.before + texts.len() as i64;
    let all = found.all;
    let earlier = (found.before > 0).then(|| (found.before - book::TOGETHER).max(0));
    let lane = book.glance(holder).await.map_err(not_shown)?.lane;
    let mut typed = typed;
    if !typed.draft.is_begun()
        && let Some(kept) = book.report_draft(holder).await.map_err(|e| broken(&e))?
    {
        typed.draft = kept;
    }
    let photos = photos(&texts, &typed.draft);
    let decision = std::mem::take(&mut typed.decision);
    let words: Vec<quote::Words> = found
        .held
        .iter()
        .map(quote::words)
        .collect::<Result<_, _>>()?;
    let quotes = quote::QuotePanel::of(acting, &words, &mut typed, found.before)?;
    if quotes.has_quoted() {
        book.keep_report_draft(holder, &typed.draft)
            .await
            .map_err(|e| broken(&e))?;
    }
    page(&TipPage {
        claims: answers::of(book, holder).await?,
        told: answers::told(book, holder).await?,
        tell: TellForm::of(acting, holder).await?,
        guessed: book.guessed_codes(holder).await.map_err(not_shown)?,
        forged: book.forged_answers(holder).await.map_err(not_shown)?,
        welfare: brief::line(screen, book, holder).await?,
        quotes,
        letter: LetterPanel::of(screen, acting, book, holder).await?,
        panel: Panel::of(screen, signed, (acting, book, holder), &view, decision).await?,
        route: RoutePanel::of(acting, book, holder, (lane, photos), typed, now).await?,
        frame: Frame {
            has_texts: true,
            ..screen.frame(Some(signed))
        },
        texts,
        all,
        in_a_row,
        illegal,
        earlier,
        later: (shown < all).then_some(shown),
    })
}

/// The page again after a decision that was refused: nothing that was typed is lost.
pub(super) async fn show_again(
    screen: &Screen,
    signed: &Signed,
    (acting, book, holder): (&Acting, &Book, TipId),
    name: &str,
    form: DecisionForm,
) -> Result<Response, Refusal> {
    super::forms::keep_note(book, holder, &form.note).await?;
    let page = show_typed(screen, signed, acting, name, form).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The page with every field as it was typed.
pub(super) async fn show_typed(
    screen: &Screen,
    signed: &Signed,
    acting: &Acting,
    name: &str,
    form: DecisionForm,
) -> Result<Response, Refusal> {
    let from = From {
        view: form.view.clone(),
        ..From::default()
    };
    let typed = Typed {
        draft: form.report.draft(),
        decision: form,
        ..Typed::default()
    };
    render(screen, signed, acting, name, from, typed).await
}

/// The photos of the page, each with a box to tick.
fn photos(texts: &[Text], draft: &Draft) -> Vec<Tick> {
    let several = texts.iter().filter(|text| !text.photos.is_empty()).count() > 1;
    let each = texts
        .iter()
        .flat_map(|text| text.photos.iter().map(move |photo| (text, photo.number)));
    let ticks = each.map(|(text, number)| Tick {
        name: format!("photo.{}-{number}", text.id),
        label: if several {
            format!("Photo {number} of {}", text.name)
        } else {
            format!("Photo {number}")
        },
        ticked: draft.photos.contains(&PhotoOf {
            tip: text.id,
            number,
        }),
    });
    ticks.collect()
}

fn text(held: &Held, number: i64, holds: Vec<HoldView>) -> Result<Text, Refusal> {
    let tip: Tip = serde_json::from_str(&held.json).map_err(|_| broken(&database::Error::Row))?;
    let words::Answers {
        answered,
        unsure,
        open,
    } = words::answers(&tip);
    let photos = tip.photos.iter().enumerate().map(|(i, note)| PhotoView {
        number: i + 1,
        removed: words::taken_off(&note.removed),
    });
    Ok(Text {
        id: held.id,
        name: String::new(),
        number,
        topic: words::topic(tip.topic),
        lane: words::lane(tip.lane),
        priority: tip.priority,
        urgency: words::urgency(tip.priority),
        day: words::day(&tip.received),
        status: status(held.state),
        danger: tip.danger == Some(YesNo::Yes),
        child: tip.child == Some(YesNo::Yes),
        unproven: viewing::why_unproven(&tip),
        folded: false,
        what: tip.what.clone(),
        translations: Vec::new(),
        answers: answered,
        grade: viewing::proposed_grade(&tip),
        unsure,
        unanswered: open,
        photos: photos.collect(),
        holds,
        language: tip.language.clone(),
        graded: None,
        translation: TranslationLine::default(),
    })
}

/// The word for a state.
fn status(state: TipState) -> &'static str {
    match state {
        TipState::New => "New",
        TipState::Taken => "Somebody has it",
        TipState::Waiting => "Waiting",
        TipState::Routed => "Sent",
        TipState::Closed => "Closed",
    }
}

/// `GET /tip/{name}/photo/{number}`: opens the photo from the sealed tip for this one response.
pub(super) async fn photo(
    acting: Acting,
    Path((name, number)): Path<(String, usize)>,
) -> Result<Response, Refusal> {
    let (book, id) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    match viewing::photo(book, id, number).await {
        Ok(jpeg) => Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg.to_vec()).into_response()),
        Err(viewing::Error::Database(e)) => Err(words::not_shown(&e)),
        Err(e @ (viewing::Error::NoPhoto(_) | viewing::Error::Illegal)) => {
            Err(refusal(StatusCode::NOT_FOUND, "Not here", e.to_string()))
        }
        Err(e) => Err(broken(&e)),
    }
}
