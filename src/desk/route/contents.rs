//! The contents of a report: only the parts that the partner may have, in the officer's words. What
//! is not listed here stays at the desk: how the tip arrived (`channel`, `language`, `campaign`,
//! `thread`, `proven`), its reply box and key, its id, and the resident's answers.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{Marked, NotSent, PART, TEXT};
use crate::answer_code::AnswerCode;
use crate::answers::by_account::AnswerKey;
use crate::book::Previewed;
use crate::clocks::Clocks;
use crate::documents::{self, Wordings};
use crate::open::{Jpeg, photo_name};
use crate::partners::{Field, Partner, PartnerKind};
use crate::report::rules::{HOLD, ReportRules};
use crate::report::{Draft, Kind, Messages, Report, SCHEMA, Target};
use crate::text::own_words::OwnWords;
use crate::viewing;
use loke_core::clock::Day;
use loke_core::seal::{self, Recipient, pack_files};
use loke_core::tip::Tip;

/// Everything that a report is made from.
pub(super) struct Basis<'a> {
    pub(super) draft: &'a Draft,
    pub(super) partner: &'a Partner,
    pub(super) rules: &'a ReportRules,
    /// The first one shows the others.
    pub(super) tips: &'a [(Tip, Vec<Jpeg>)],
    pub(super) from: &'a str,
    pub(super) reference: String,
    pub(super) day: Day,
    /// The day by which urgent work is to be done. `None` if it is not urgent.
    pub(super) urgent_due: Option<Day>,
    pub(super) clocks: &'a Clocks,
    pub(super) answer_code: AnswerCode,
    /// The key for answers with an account, and the key that they are sealed to.
    pub(super) page: Option<(AnswerKey, Recipient)>,
}

/// The draft without white space around its parts, with the resident's words as its text if it says
/// so.
pub(super) fn complete(draft: &Draft, tips: &[(Tip, Vec<Jpeg>)]) -> Result<Draft, NotSent> {
    let mut draft = draft.clone();
    if draft.as_written {
        if draft.section_eight {
            return Err(NotSent::Traceable);
        }
        if draft.why_own_words.trim().is_empty() {
            return Err(NotSent::OwnWords("These".into()));
        }
        let texts: Vec<&str> = tips.iter().map(|(tip, _)| tip.what.as_str()).collect();
        draft.text = texts.join("\n\n");
        if draft.place.trim().is_empty() {
            draft.place = tips
                .iter()
                .find_map(|(tip, _)| tip.place.clone())
                .unwrap_or_default();
        }
    }
    for (part, name, most) in [
        (&mut draft.text, "the text", TEXT),
        (&mut draft.place, "the place", PART),
        (&mut draft.ask, "the question", PART),
        (&mut draft.conditions, "the conditions", PART),
        (&mut draft.why_own_words, "the reason", PART),
    ] {
        *part = part.trim().to_owned();
        if part.chars().count() > most && !(draft.as_written && name == "the text") {
            return Err(NotSent::TooLong(name, most));
        }
    }
    if draft.text.is_empty() {
        return Err(NotSent::Empty);
    }
    Ok(draft)
}

/// The parts of a report that somebody wrote, with the resident's words marked.
pub(super) fn marked(own: &OwnWords, report: &Report) -> Vec<Marked> {
    let parts = [
        ("Text", Some(&report.text)),
        ("Place", report.place.as_ref()),
        ("What we ask", report.ask.as_ref()),
        ("What they must not do", report.conditions.as_ref()),
    ];
    let marked = parts.into_iter().filter_map(|(part, text)| {
        let text = text.filter(|text| !text.is_empty())?;
        let pieces = own.marked(text).into_iter();
        let pieces = pieces.map(|(piece, own)| (piece.to_owned(), own)).collect();
        Some(Marked { part, pieces })
    });
    marked.collect()
}

/// The report.
pub(super) fn report(basis: &Basis<'_>) -> Result<Report, NotSent> {
    let Basis {
        draft,
        partner,
        rules,
        tips,
        from,
        reference,
        day,
        answer_code,
        page,
        ..
    } = basis;
    let kind = kind(draft, partner);
    let may = |field: Field| partner.may_have(field) && !draft.leave_out.contains(&field);
    let allowed =
        |field: Field, text: &str| (may(field) && !text.is_empty()).then(|| text.to_owned());
    // A withdrawal says nothing but that, and says it to each partner.
    let withdraws = kind == Kind::Withdrawal;
    let replaces = draft.replaces.is_some();
    if kind == Kind::Correction && !may(Field::Text) {
        return Err(NotSent::NoWords(partner.name.clone()));
    }
    let or_usual = |written: &str, usual: &str| {
        let written = if written.is_empty() { usual } else { written };
        written.to_owned()
    };
    let conditions = match withdraws {
        true => String::new(),
        false => or_usual(&draft.conditions, rules.conditions(partner.kind)),
    };
    let ask = match draft.answers {
        None => or_usual(&draft.ask, rules.ask(partner.kind)),
        // The first report has the request.
        Some(_) => String::new(),
    };
    let handling = match (withdraws, conditions.is_empty()) {
        (true, _) => "",
        (false, true) => "P",
        (false, false) => "C",
    };
    // A police hold tells nothing of the urgency.
    let tells = |target| may(Field::Priority) || target == Target::OnRelease;
    let (target, due) = match basis.target(kind).filter(|(target, _)| tells(*target)) {
        Some((target, due)) => (Some(target), due.map(|day| day.to_string())),
        None => (None, None),
    };
    let first = tips.first().map(|(tip, _)| tip);
    let is_new = draft.answers.is_none();
    let grade = draft.grade || (kind == Kind::Intelligence && is_new);
    Ok(Report {
        schema: SCHEMA,
        reference: reference.clone(),
        from: (*from).to_owned(),
        to: partner.name.clone(),
        day: day.to_string(),
        kind,
        text: match may(Field::Text) || withdraws {
            true => draft.text.clone(),
            false => String::new(),
        },
        priority: tips
            .iter()
            .map(|(tip, _)| tip.priority)
            .min()
            .filter(|_| may(Field::Priority) && !withdraws),
        target,
        due,
        place: allowed(Field::Place, &draft.place),
        grade: first
            .filter(|_| grade && may(Field::Grade))
            .map(|tip| viewing::proposed_grade(tip).join(" ")),
        handling: allowed(Field::Handling, handling),
        conditions: allowed(Field::Conditions, &conditions),
        safety: basis.safety(kind)?,
        work: basis.work(kind)?,
        ask: match replaces {
            true => Some(ask),
            false => allowed(Field::Ask, &ask),
        },
        answers: draft.answers.clone(),
        replaces: draft.replaces.clone(),
        messages: messages(tips).filter(|_| draft.section_eight),
        // The wording has them.
        marking: None,
        delete_by: None,
        // A letter's basis has no code of its own: it could lead to one writer.
        answer_code: (may(Field::AnswerCode) && !draft.section_eight)
            .then(|| answer_code.to_string()),
        answer_key: page.as_ref().map(|(key, _)| key.to_text()),
        answer_to: page.as_ref().map(|(_, to)| to.to_string()),
    })
}

fn kind(draft: &Draft, partner: &Partner) -> Kind {
    match draft {
        Draft {
            replaces: Some(_),
            withdraws: true,
            ..
        } => Kind::Withdrawal,
        Draft {
            replaces: Some(_), ..
        } => Kind::Correction,
        Draft {
            section_eight: true,
            ..
        } => Kind::SectionEight,
        _ => Kind::for_partner(partner.kind),
    }
}

impl Basis<'_> {
    /// Whether it is a new order for work, and no answer to a question about one.
    fn orders_work(&self, kind: Kind) -> bool {
        kind == Kind::WorkOrder && self.draft.answers.is_none()
    }

    /// A crew never gets a work order without a word about safety, whatever its list.
    fn safety(&self, kind: Kind) -> Result<Vec<String>, NotSent> {
        let mut safety = sentences(&self.draft.safety, &self.rules.safety)?;
        let orders = self.orders_work(kind);
        if orders && safety.is_empty() {
            safety.push(self.rules.no_safety.clone());
        }
        Ok(match orders || self.partner.may_have(Field::Safety) {
            true => safety,
            false => Vec::new(),
        })
    }

    fn work(&self, kind: Kind) -> Result<Vec<String>, NotSent> {
        let work = sentences(&self.draft.work, &self.rules.work)?;
        Ok(match self.orders_work(kind) {
            true => work,
            false => Vec::new(),
        })
    }

    /// The target of a work order, and its day. It counts from the order, and not from the tip, whose
    /// day stays at the desk.
    fn target(&self, kind: Kind) -> Option<(Target, Option<Day>)> {
        if !self.orders_work(kind) {
            return None;
        }
        Some(match self.urgent_due {
            _ if self.draft.work.iter().any(|word| word == HOLD) => (Target::OnRelease, None),
            Some(due) => (Target::Urgent, Some(due)),
            None => (Target::Usual, Some(self.clocks.graffiti_due(self.day))),
        })
    }
}

/// The sentences of a fixed list for these words.
fn sentences(words: &[String], list: &BTreeMap<String, String>) -> Result<Vec<String>, NotSent> {
    let known = || list.keys().cloned().collect::<Vec<_>>().join(", ");
    let sentence = |word: &String| {
        let sentence = list.get(word).cloned();
        sentence.ok_or_else(|| NotSent::Sentence(word.clone(), known()))
    };
    words.iter().map(sentence).collect()
}

/// How many messages there are, and their days.
fn messages(tips: &[(Tip, Vec<Jpeg>)]) -> Option<Messages> {
    let days = || tips.iter().map(|(tip, _)| &tip.received);
    Some(Messages {
        count: tips.len(),
        first_day: days().min()?.clone(),
        last_day: days().max()?.clone(),
    })
}

/// The parts that the officer gave and that the partner's list withholds.
pub(super) fn withheld(draft: &Draft, partner: &Partner) -> Vec<Field> {
    // Our own sentences, which always leave.
    if draft.replaces.is_some() {
        return Vec::new();
    }
    let given = [
        (Field::Text, !draft.text.is_empty()),
        (Field::Place, !draft.place.is_empty()),
        (Field::Grade, draft.grade),
        (Field::Conditions, !draft.conditions.is_empty()),
        (
            Field::Safety,
            !draft.safety.is_empty() && partner.kind != PartnerKind::Cleansing,
        ),
        (Field::Ask, !draft.ask.is_empty()),
        (Field::Photos, !draft.photos.is_empty()),
    ];
    let withheld = given
        .into_iter()
        .filter(|(field, given)| *given && !partner.may_have(*field));
    withheld.map(|(field, _)| field).collect()
}

/// The file before it is sealed: a tar of `report.json`, `report.pdf`, then `photo-1.jpg` …. The photos are
/// numbered anew, so that a gap tells nothing about a photo that stayed.
pub(super) fn pack(
    report: &Report,
    photos: &[Jpeg],
    wordings: &Wordings,
) -> Result<Zeroizing<Vec<u8>>, NotSent> {
    let pdf = documents::render(report, photos, wordings)?.pdf;
    let json = serde_json::to_vec(report).map(Zeroizing::new);
    let json = json.map_err(|_| seal::Error::Encrypt)?;
    let names: Vec<String> = (1..=photos.len()).map(photo_name).collect();
    let mut files = vec![
        ("report.json", json.as_slice()),
        ("report.pdf", pdf.as_slice()),
    ];
    files.extend(
        names
            .iter()
            .map(String::as_str)
            .zip(photos.iter().map(|p| p.as_slice())),
    );
    Ok(pack_files(&files)?.1)
}

/// The draft that withdraws a report, or corrects it with `text`.
pub(super) fn replacement(report: &Previewed, text: Option<&str>) -> Draft {
    let reference = &report.report.reference;
    let withdraws = text.is_none();
    let (text, ask) = match text {
        Some(text) => (
            format!("This corrects our report {reference}. {text}"),
            "Replace the earlier report with this one, and confirm that you did.".to_owned(),
        ),
        None => (
            format!("We withdraw our report {reference}. Do not use it."),
            "Delete the report and its copies, and confirm that you did.".to_owned(),
        ),
    };
    Draft {
        partner: report.report.to.clone(),
        text,
        ask,
        is_lead: false,
        replaces: Some(reference.clone()),
        withdraws,
        ..Draft::default()
    }
}

/// The draft that answers a partner's question about a report.
pub(super) fn answer(report: &Previewed, text: &str) -> Draft {
    let reference = &report.report.reference;
    Draft {
        partner: report.report.to.clone(),
        text: format!("This answers your question about our report {reference}. {text}"),
        is_lead: false,
        answers: Some(reference.clone()),
        ..Draft::default()
    }
}
