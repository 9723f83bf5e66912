//! The contents of a report: only the parts that the partner may have, in the officer's words. What
//! is not listed here stays at the desk: how the tip arrived (`channel`, `language`, `campaign`,
//! `thread`, `proven`), its reply box and key, its id, and the resident's answers.

use zeroize::Zeroizing;

use super::{Marked, NotSent, PART, TEXT};
use crate::answer_code::AnswerCode;
use crate::answers::by_account::AnswerKey;
use crate::book::Previewed;
use crate::documents::{self, Wordings};
use crate::open::{Jpeg, photo_name};
use crate::partners::{Field, Partner};
use crate::report::rules::ReportRules;
use crate::report::{Draft, Kind, PhotoOf, Report, SCHEMA};
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
    } = basis;
    let may = |field: Field| partner.may_have(field);
    let allowed =
        |field: Field, text: &str| (may(field) && !text.is_empty()).then(|| text.to_owned());
    let mut safety = Vec::with_capacity(draft.safety.len());
    for word in &draft.safety {
        let known = || rules.safety.keys().cloned().collect::<Vec<_>>().join(", ");
        let sentence = rules.safety.get(word);
        safety.push(
            sentence
                .cloned()
                .ok_or_else(|| NotSent::Safety(word.clone(), known()))?,
        );
    }
    let first = tips.first().map(|(tip, _)| tip);
    let or_usual = |written: &str, usual: &str| {
        let written = if written.is_empty() { usual } else { written };
        written.to_owned()
    };
    let kind = match draft.section_eight {
        true => Kind::SectionEight,
        false => Kind::for_partner(partner.kind),
    };
    // A crew never gets a work order without a word about safety.
    let is_new = draft.replaces.is_none() && draft.answers.is_none();
    if kind == Kind::WorkOrder && safety.is_empty() && is_new {
        safety.push(rules.no_safety.clone());
    }
    let conditions = or_usual(&draft.conditions, rules.conditions(partner.kind));
    let ask = match draft.answers {
        None => or_usual(&draft.ask, rules.ask(partner.kind)),
        // The first report has the request.
        Some(_) => String::new(),
    };
    let handling = if conditions.is_empty() { "P" } else { "C" };
    Ok(Report {
        schema: SCHEMA,
        reference: reference.clone(),
        from: (*from).to_owned(),
        to: partner.name.clone(),
        day: day.to_string(),
        kind,
        text: if may(Field::Text) {
            draft.text.clone()
        } else {
            String::new()
        },
        priority: tips
            .iter()
            .map(|(tip, _)| tip.priority)
            .min()
            .filter(|_| may(Field::Priority)),
        place: allowed(Field::Place, &draft.place),
        grade: first
            .filter(|_| draft.grade && may(Field::Grade))
            .map(|tip| viewing::proposed_grade(tip).join(" ")),
        handling: allowed(Field::Handling, handling),
        conditions: allowed(Field::Conditions, &conditions),
        safety: if may(Field::Safety) {
            safety
        } else {
            Vec::new()
        },
        ask: allowed(Field::Ask, &ask),
        answers: draft.answers.clone(),
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

/// A photo by its place on the page: `TIP-NUMBER`.
#[must_use]
pub fn photo_of(text: &str) -> Option<PhotoOf> {
    let (tip, number) = text.split_once('-')?;
    Some(PhotoOf {
        tip: tip.parse().ok()?,
        number: number.parse().ok()?,
    })
}
