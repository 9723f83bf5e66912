//! The deeds of officers about a tip, and the form for the next decision.

use super::brief;
use crate::acting::Acting;
use crate::book::{
    Alike, AreaOf, Book, Decision, DraftOf, Made, NoteKind, Outcome, Pending, State, View,
};
use crate::screen::forms::DecisionForm;
use crate::screen::words::sentence;
use crate::screen::{Refusal, Screen, broken, queue, words};
use crate::session::Signed;
use crate::text::values::ValueKind;
use loke_core::tip::TipId;

/// A button that closes the tip for a reason of the list.
pub(super) struct Reason {
    pub(super) value: String,
    pub(super) label: String,
    /// The key that presses it.
    pub(super) key: usize,
}

/// Another tip that may be about the same.
pub(super) struct Proposal {
    pub(super) name: String,
    pub(super) because: String,
    pub(super) kind: Option<&'static str>,
    pub(super) normal: String,
    pub(super) day: String,
    pub(super) words: String,
    pub(super) can_hold: bool,
}

/// A note or a decision, with who and when.
pub(super) struct HistoryEntry {
    pub(super) when: String,
    pub(super) who: String,
    pub(super) heading: String,
    pub(super) text: String,
    pub(super) undone: bool,
}

/// The decision that waits for a second person.
pub(super) struct SecondLook {
    pub(super) by: String,
    pub(super) word: String,
    pub(super) day: String,
    pub(super) reasons: Vec<String>,
    pub(super) alone: Option<String>,
    pub(super) mine: bool,
    /// How many other tips with the same words wait for the same, and each as NAME.VERSION.
    pub(super) same: usize,
    pub(super) others: String,
    /// Whether this person wrote the report that left.
    pub(super) wrote: bool,
}

/// How far the translation of the tip is.
#[derive(Default)]
pub(super) struct TranslationLine {
    /// Whether a person may ask for one.
    pub(super) may_ask: bool,
    /// The time left, while one is awaited.
    pub(super) left: Option<String>,
}

impl TranslationLine {
    /// Of one text. A closed one awaits nothing.
    pub(super) async fn of(
        screen: &Screen,
        acting: &Acting,
        book: &Book,
        tip: TipId,
    ) -> Result<Self, Refusal> {
        let failed = |e: crate::database::Error| broken(&e);
        let holder = book.holder(tip).await.map_err(failed)?;
        let triage = book.triage(holder).await.map_err(failed)?.triage;
        if !triage.is_open() {
            return Ok(Self::default());
        }
        let (clock, clocks) = (screen.clock(), acting.register().clocks());
        let translation = book.translation(tip).await.map_err(failed)?;
        let due = translation.due.filter(|_| translation.is_awaited());
        Ok(Self {
            may_ask: due.is_none() && !translation.translated,
            left: due.map(|at| clocks.left(&clock.zone(), clock.now(), at)),
        })
    }
}

/// The ward of the tip.
pub(super) struct AreaLine {
    /// How it is known.
    pub(super) known: String,
    /// The wards, and which of them it is.
    pub(super) wards: Vec<(String, bool)>,
}

impl AreaLine {
    async fn of(book: &Book, tip: TipId) -> Result<Self, Refusal> {
        let area = book.area_of(tip).await.map_err(|e| broken(&e))?;
        let known = match &area {
            AreaOf::Officer(Some(ward)) => format!("{ward}, as an officer wrote down"),
            AreaOf::Officer(None) => "none, as an officer wrote down".into(),
            AreaOf::Place(ward) => format!("{ward}, which the tip names"),
            AreaOf::Poster(ward) => format!("{ward}, where the poster hangs"),
            AreaOf::Unknown => "not known".into(),
        };
        let ward = area.ward();
        let wards = book.register().wards();
        let each = wards
            .all()
            .map(|name| (name.to_owned(), ward.as_deref() == Some(name)));
        Ok(Self {
            known,
            wards: each.collect(),
        })
    }
}

/// The panel beside the texts.
pub(super) struct Panel {
    pub(super) name: String,
    pub(super) view: String,
    pub(super) place: String,
    pub(super) version: i64,
    pub(super) status: String,
    pub(super) open: bool,
    pub(super) left: Option<String>,
    pub(super) translation: TranslationLine,
    pub(super) others: Option<String>,
    pub(super) second_look: Option<SecondLook>,
    /// Whether nobody else has signed in for a working day, so that the person may close alone.
    pub(super) alone: bool,
    pub(super) could_not_act: Vec<Reason>,
    pub(super) not_ours: Vec<Reason>,
    pub(super) members: Vec<String>,
    pub(super) books: Vec<String>,
    pub(super) proposals: Vec<Proposal>,
    pub(super) history: Vec<HistoryEntry>,
    pub(super) looks: String,
    pub(super) draft: String,
    pub(super) drafts: Vec<(String, String)>,
    pub(super) tomorrow: String,
    pub(super) id: TipId,
    /// Why a second person must look, before anybody decides.
    pub(super) risks: Vec<String>,
    /// Whether the person came from the sample of closed tips.
    pub(super) reads_again: bool,
    /// The fields of a decision that was refused.
    pub(super) typed: DecisionForm,
    pub(super) area: AreaLine,
}

impl Panel {
    /// Everything that the account may know about this tip.
    pub(super) async fn of(
        screen: &Screen,
        signed: &Signed,
        (acting, book, tip): (&Acting, &Book, TipId),
        view: &str,
        typed: DecisionForm,
    ) -> Result<Self, Refusal> {
        let failed = |e: crate::database::Error| broken(&e);
        let in_view = queue::of_word(view).unwrap_or_default().view;
        let row = book.triage(tip).await.map_err(failed)?;
        let triage = &row.triage;
        let (clock, zone) = (screen.clock(), screen.clock().zone());
        let clocks = acting.register().clocks();
        let left = |at| clocks.left(&zone, clock.now(), at);
        let reasons = acting.register().reasons();
        let second_look = match triage.pending() {
            Some(pending) => Some(second_look((acting, book, tip), pending, signed).await?),
            None => None,
        };
        let somebody = acting.somebody_else(book).await.map_err(failed)?;
        let deadline = triage.deadline.filter(|_| triage.is_open());
        let drafts = book.drafts_on(DraftOf::Note, tip).await.map_err(failed)?;
        let mine = |(who, _): &&(String, String)| *who == signed.account;
        Ok(Self {
            name: words::name_of(acting, tip).await?,
            view: view.to_owned(),
            place: book
                .place_in(in_view, tip)
                .await
                .map_err(failed)?
                .to_string(),
            reads_again: in_view == View::ReadAgain,
            version: row.version,
            status: status(triage),
            open: triage.is_open(),
            left: deadline.map(left),
            translation: TranslationLine::of(screen, acting, book, tip).await?,
            risks: match triage.is_open() && triage.pending.is_none() {
                true => book.risks(tip).await.map_err(failed)?,
                false => Vec::new(),
            },
            id: tip,
            typed,
            others: screen.presence.others(tip, &signed.account, clock.now()),
            second_look,
            alone: somebody.is_none(),
            could_not_act: buttons(Outcome::CouldNotAct, &reasons.could_not_act),
            not_ours: buttons(Outcome::NotOurs, &reasons.not_ours),
            members: members(acting, book, signed).await?,
            books: acting
                .books()
                .iter()
                .map(|other| other.name().to_owned())
                .filter(|name| name != book.name())
                .collect(),
            proposals: proposals(acting, book, tip).await?,
            history: history(screen, book, tip).await?,
            looks: looks(screen, book, tip).await?,
            draft: drafts
                .iter()
                .find(mine)
                .map(|(_, text)| text.clone())
                .unwrap_or_default(),
            drafts: drafts
                .into_iter()
                .filter(|(who, _)| *who != signed.account)
                .collect(),
            tomorrow: clock.today().plus(1).to_string(),
            area: AreaLine::of(book, tip).await?,
        })
    }
}

fn status(triage: &crate::book::Triage) -> String {
    match triage.state {
        State::New => "Nobody has it".into(),
        State::Taken => words::taken_by(triage.owner.as_deref()),
        State::Waiting => words::waits(triage.waiting_for.as_deref(), triage.waiting_until),
        State::Routed => "Sent".into(),
        State::Closed => match triage.outcome {
            Some(outcome) => format!("Closed: {}", words::outcome(outcome)),
            None => "Closed".into(),
        },
    }
}

async fn second_look(
    (acting, book, tip): (&Acting, &Book, TipId),
    pending: Pending,
    signed: &Signed,
) -> Result<SecondLook, Refusal> {
    let same = book.with_equal_words(tip).await.map_err(|e| broken(&e))?;
    let ids: Vec<TipId> = same.iter().map(|seen| seen.tip).collect();
    let names = acting.register().names_of(&ids).await;
    let names = names.map_err(|e| broken(&e))?;
    let others = same.iter().filter_map(|seen| {
        let name = names.get(&seen.tip)?;
        Some(format!("{name}.{}", seen.version?))
    });
    let others: Vec<String> = others.collect();
    let wrote = pending.decision == Decision::Routed;
    let wrote = wrote && book.has_written_report(tip).await.map_err(|e| broken(&e))?;
    Ok(SecondLook {
        mine: pending.by == signed.account,
        word: in_words(&pending.decision),
        by: pending.by,
        day: words::day(&pending.on),
        reasons: pending.reasons,
        alone: pending.alone,
        same: others.len(),
        others: others.join(" "),
        wrote,
    })
}

fn buttons(outcome: Outcome, reasons: &[String]) -> Vec<Reason> {
    let buttons = reasons.iter().zip(1..).map(|(reason, key)| Reason {
        value: format!("close:{outcome}:{reason}"),
        label: reason.clone(),
        key,
    });
    buttons.collect()
}

/// The other active members of the book.
async fn members(acting: &Acting, book: &Book, signed: &Signed) -> Result<Vec<String>, Refusal> {
    let register = acting.register();
    let line = register.book(book.name()).await.map_err(|e| broken(&e))?;
    let mut members = Vec::new();
    for grant in line.members {
        let account = register.account(&grant.account).await;
        let account = account.map_err(|e| broken(&e))?;
        if account.disabled_on.is_none() && account.name != signed.account {
            members.push(account.name);
        }
    }
    Ok(members)
}

async fn proposals(acting: &Acting, book: &Book, tip: TipId) -> Result<Vec<Proposal>, Refusal> {
    let mut alike = book.alike(tip).await.map_err(|e| broken(&e))?;
    let mut namesakes = book.namesakes(tip).await.map_err(|e| broken(&e))?;
    namesakes.retain(|other| alike.iter().all(|there| there.tip != other.tip));
    alike.append(&mut namesakes);
    let ids: Vec<TipId> = alike.iter().map(|other| other.tip).collect();
    let names = acting.register().names_of(&ids).await;
    let names = names.map_err(|e| broken(&e))?;
    let mut proposals = Vec::with_capacity(alike.len());
    for Alike {
        tip,
        kind,
        shown,
        normal,
        received,
        words,
        can_hold,
    } in alike
    {
        let because = match kind {
            Some(kind) => format!("The same {}: {shown}", words::value_kind(kind)),
            None => sentence(&shown),
        };
        proposals.push(Proposal {
            name: names.get(&tip).cloned().unwrap_or_else(|| tip.to_string()),
            because,
            kind: kind.map(ValueKind::word),
            normal,
            day: words::day(&received),
            words: words::first_words(&words),
            can_hold,
        });
    }
    Ok(proposals)
}

/// Calls, notes and decisions, oldest first.
async fn history(screen: &Screen, book: &Book, tip: TipId) -> Result<Vec<HistoryEntry>, Refusal> {
    let notes = book.notes_on(tip).await.map_err(|e| broken(&e))?;
    let decisions = book.decisions_on(tip).await.map_err(|e| broken(&e))?;
    let calls = book.calls_on(tip).await.map_err(|e| broken(&e))?;
    let mut entries: Vec<(i64, HistoryEntry)> = Vec::with_capacity(notes.len() + decisions.len());
    for call in &calls {
        let (heading, text) = brief::in_words(screen, call);
        let entry = HistoryEntry {
            when: words::when(screen, call.at),
            who: call.who.clone(),
            heading,
            text,
            undone: false,
        };
        entries.push((call.at, entry));
    }
    for note in notes {
        let heading = match note.kind {
            NoteKind::Note => "Note",
            NoteKind::Translation => "Translation",
            NoteKind::Reference => "Reference",
            NoteKind::Grade => "Proposed grade, accepted",
        };
        let entry = HistoryEntry {
            when: words::when(screen, note.at),
            who: note.who,
            heading: heading.into(),
            text: note.text,
            undone: false,
        };
        entries.push((note.at, entry));
    }
    for Made {
        at,
        who,
        decision,
        undone,
    } in decisions
    {
        let entry = HistoryEntry {
            when: words::when(screen, at),
            who,
            text: why(&decision),
            heading: in_words(&decision),
            undone,
        };
        entries.push((at, entry));
    }
    entries.sort_by_key(|(at, _)| *at);
    Ok(entries.into_iter().map(|(_, entry)| entry).collect())
}

/// A decision as a phrase.
fn in_words(decision: &Decision) -> String {
    match decision {
        Decision::Take => "Took it".into(),
        Decision::HandOver { to } | Decision::HandOn { to } => format!("Handed it over to {to}"),
        Decision::Wait {
            for_whom, until, ..
        } => format!("Waits for {for_whom} until {}", words::day(until)),
        Decision::Close { outcome, .. } => format!("Closed it: {}", words::outcome(*outcome)),
        Decision::Reopen => "Opened it again".into(),
        Decision::Fold { .. } => "Folded it into another tip".into(),
        Decision::Unfold => "Unfolded it".into(),
        Decision::Order { partner, .. } => format!("Sent a report to {partner}"),
        Decision::Routed => "The report arrived".into(),
        Decision::Move { to } => format!("Moved it to the book {to}"),
        Decision::Agree => "Agreed".into(),
        Decision::Disagree { .. } => "Did not agree: it stays open".into(),
        Decision::Wake { .. } => "Woke it".into(),
    }
}

/// The reason of a decision.
fn why(decision: &Decision) -> String {
    match decision {
        Decision::Close { why, .. } | Decision::Disagree { why } | Decision::Wake { why } => {
            why.clone()
        }
        _ => String::new(),
    }
}

/// The people who looked, as one line.
async fn looks(screen: &Screen, book: &Book, tip: TipId) -> Result<String, Refusal> {
    let looks = book.looks_at(tip).await.map_err(|e| broken(&e))?;
    let each = looks
        .iter()
        .map(|(who, at)| format!("{who} ({})", words::when(screen, *at)));
    Ok(each.collect::<Vec<_>>().join(", "))
}
