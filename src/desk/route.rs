//! Sends a report about a tip to a partner: the officer's words and choices become a preview, which
//! is the exact file that will be sealed; the officer sends it; it waits in the outbox until its batch
//! leaves, and can be taken back until then (P15).

mod apart;
mod contents;

use super::acting::Acting;
use super::book::{
    self, Book, Cover, NewAnswerCode, NotOrdered, Previewed, ReportOrder, ReportState, Welfare,
};
use super::covering;
use super::database;
use super::documents;
use super::open;
use super::partners::{Field, Partner, PartnerKind, Way, Withheld};
use super::register::{ByHand, Delivery, NewDelivery};
use super::report::{Draft, PhotoOf};
use crate::answer_code::AnswerCode;
use crate::answers::by_account::AnswerKey;
use crate::settings::DeskSettings;
use crate::text::own_words::OwnWords;
use loke_core::clock::Day;
use loke_core::digest::sha256;
use loke_core::random::{self, NoRandomness};
use loke_core::seal::{self, encrypt_to};
use loke_core::tip::{Lane, Priority, Tip, TipId, YesNo};

/// Why a report was not made or not sent.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// The directory does not have the partner.
    #[error("there is no partner named \"{name}\". {}", known_partners(.known))]
    UnknownPartner {
        /// The requested name.
        name: String,
        /// The partners of the directory.
        known: Vec<String>,
    },
    /// The partner may not have it.
    #[error(transparent)]
    Withheld(#[from] Withheld),
    /// The report has no words.
    #[error("the report has no words. Write what the partner needs to know")]
    Empty,
    /// A part is too long.
    #[error("{0} is longer than {1} characters. Shorten it")]
    TooLong(&'static str, usize),
    /// The resident's words would leave without a reason.
    #[error(
        "\"{0}\" are the resident's own words. Write it in your words, or say why they must leave as they are"
    )]
    OwnWords(String),
    /// The basis of a section 8 letter has the resident's words.
    #[error(
        "the basis of a section 8 letter may not have the resident's own words: they could lead to one writer. Write it in your words"
    )]
    Traceable,
    /// A word that no sentence of the fixed list has.
    #[error("no sentence has the word \"{0}\". The words are: {1}")]
    Sentence(String, String),
    /// A correction without words.
    #[error(
        "{0} may not have the officer's words, so a correction would say nothing. Withdraw the report, and send it again"
    )]
    NoWords(String),
    /// The tip has no such photo.
    #[error("the tip has no photo {0}")]
    NoPhoto(usize),
    /// A photo of the tip is an illegal picture.
    #[error("a photo of this tip is an illegal picture, so none of its photos may leave")]
    Illegal,
    /// The preview cannot be ordered.
    #[error(transparent)]
    NotOrdered(#[from] NotOrdered),
    /// Danger or a child is involved, and nobody rang.
    #[error(
        "danger or a child is involved, so ring first. The phone brief on the tip's page says whom, and `loke-desk call` records it too"
    )]
    RingFirst,
    /// A message alone would go to safeguarding.
    #[error(
        "a report to {0} is never a message alone, so ring first. The phone brief on the tip's page says whom, and `loke-desk call` records it too"
    )]
    NeverAlone(String),
    /// The preview that the officer saw is not the stored one.
    #[error("this is not the preview that you saw, so nothing was sent. Look at it again")]
    Changed,
    /// The preview has another day than the one on which it would leave.
    #[error(
        "the report has the date {0}, and would leave on another day, so nothing was sent. Look at it again with its new date"
    )]
    OtherDay(Day),
    /// The report left, or is leaving.
    #[error(
        "this report has left, so it cannot be taken back. Withdraw it: the partner is asked to delete it"
    )]
    Left,
    /// No report has this reference.
    #[error("no report of your books has the reference {0}. See `loke-desk outbox`")]
    NoReport(String),
    /// The covers of a photo cannot be painted.
    #[error(transparent)]
    Cover(#[from] covering::NotDone),
    /// The document cannot be made.
    #[error("the document cannot be made: {0}")]
    Document(#[from] documents::Failed),
    /// The register or the book failed.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// The tip's age file did not open.
    #[error("the tip's file does not open: {0}")]
    Open(#[from] open::Error),
    /// The report could not be packed or sealed.
    #[error("the report could not be sealed: {0}")]
    Seal(#[from] seal::Error),
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

fn known_partners(known: &[String]) -> String {
    match known {
        [] => "The directory is empty: fill it with `loke-desk partner import`".to_owned(),
        names => format!("The directory has: {}", names.join(", ")),
    }
}

/// Longest text of a report, and longest other part, in characters.
pub const TEXT: usize = 4_000;
/// Longest other part of a report, in characters.
pub const PART: usize = 500;

/// A new reference: 16 random hex digits. Reports about one tip have nothing in common in it.
fn new_reference() -> Result<String, NoRandomness> {
    Ok(hex::encode(random::bytes::<8>()?))
}

/// How an officer sends a preview.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// SHA-256 of the file that the officer saw.
    pub digest: [u8; 32],
    /// Why the resident's words leave. Empty if none do.
    pub why: &'a str,
    /// Do not wait for the next batch.
    pub at_once: bool,
}

/// A part of a report, in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// The part's name.
    pub part: &'static str,
    /// Its text, in pieces: `true` if a piece has the resident's words.
    pub pieces: Vec<(String, bool)>,
}

impl Acting {
    /// The partner with this name.
    ///
    /// # Errors
    /// [`NotSent::UnknownPartner`].
    pub async fn partner(&self, name: &str) -> Result<Partner, NotSent> {
        if let Some(partner) = self.register().partner(name).await? {
            return Ok(partner);
        }
        let known = self.register().partners().await?;
        Err(NotSent::UnknownPartner {
            name: name.to_owned(),
            known: known.into_iter().map(|p| p.name).collect(),
        })
    }

    /// Makes the report about a tip, and about everything that is shown with it, as it would leave,
    /// and stores it as a preview.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn preview(&self, tip: TipId, draft: &Draft) -> Result<Previewed, NotSent> {
        // First, so that a try on a tip of another book is in the audit log whatever else is wrong.
        let book = self.book_of(tip).await?;
        let partner = self.partner(&draft.partner).await?;
        let rules = self.register().report_rules();
        let tips = book.together(tip).await?;
        // A withdrawal must also leave if the accuracy is contested (DPA 2018 section 48).
        if draft.replaces.is_none() {
            for tip in &tips {
                book.refuse_restricted(*tip).await?;
            }
        }
        let opened = open_all(book, &tips).await?;
        let lanes: Vec<Lane> = opened.iter().map(|(tip, _)| tip.lane).collect();
        let (clock, clocks) = (self.register().clock(), self.register().clocks());
        let today = clock.today();
        let is_urgent = opened.iter().any(|(tip, _)| leaves_at_once(tip));
        let other_day = self.other_day(&tips, draft).await?;
        match draft.replaces {
            None => partner.may_receive(&lanes, today)?,
            Some(_) => partner.can_receive()?,
        }
        let tips_alone: Vec<Tip> = opened.iter().map(|(tip, _)| tip.clone()).collect();
        partner.may_read_in_the_clear(&tips_alone)?;
        let mut draft = contents::complete(draft, &opened)?;
        draft.withheld = contents::withheld(&draft, &partner);
        if !partner.may_have(Field::Photos) {
            draft.photos.clear();
        }
        let page = match partner.way {
            Way::Page => {
                let to = book.recipient().map_err(|_| seal::Error::Encrypt)?;
                Some((AnswerKey::random()?, to))
            }
            _ => None,
        };
        let mut report = contents::report(&contents::Basis {
            draft: &draft,
            partner: &partner,
            rules: &rules,
            tips: &opened,
            from: &self.account().organisation,
            reference: new_reference()?,
            urgent_due: is_urgent.then(|| clocks.urgent_due(&clock.zone(), clock.now())),
            clocks: &clocks,
            answer_code: AnswerCode::random()?,
            page,
            day: other_day.filter(|_| !is_urgent).unwrap_or(today),
        })?;
        let (photos, painted) = photos(book, &draft, &opened).await?;
        let wordings = self.register().documents();
        wordings.mark(&mut report)?;
        // Setting the type takes a tenth of a second.
        let packing = move || {
            let plain = contents::pack(&report, &photos, &wordings)?;
            Ok::<_, NotSent>((report, plain))
        };
        let packed = tokio::task::spawn_blocking(packing).await;
        let (report, plain) = packed.unwrap_or(Err(NotSent::Changed))?;
        let previewed = Previewed {
            report,
            draft,
            tips,
            digest: sha256(&plain),
            plain,
            state: ReportState::Previewed,
            written_by: self.account().name.clone(),
        };
        book.store_preview(&previewed, &painted).await?;
        Ok(previewed)
    }

    /// The report with this reference, and its book.
    ///
    /// # Errors
    /// [`NotSent::NoReport`]: the answer is the same for a report of a book that is not open.
    pub async fn report(&self, reference: &str) -> Result<(&Book, Previewed), NotSent> {
        for book in self.books() {
            if let Some(found) = book.report(reference).await? {
                return Ok((book, found));
            }
        }
        self.note_refused("a report of a book that is not open for this account")
            .await?;
        Err(NotSent::NoReport(reference.to_owned()))
    }

    /// Whether a report leaves without waiting for a batch.
    ///
    /// # Errors
    /// If a tip does not open.
    pub async fn is_urgent(&self, book: &Book, report: &Previewed) -> Result<bool, NotSent> {
        let tips = book.contents(&report.tips).await?;
        Ok(tips.iter().any(leaves_at_once))
    }

    /// The report's parts with the resident's words in them, in pieces: `true` if a piece has them.
    ///
    /// # Errors
    /// If a tip does not open.
    pub async fn marked(&self, book: &Book, preview: &Previewed) -> Result<Vec<Marked>, NotSent> {
        let tips = book.contents(&preview.tips).await?;
        Ok(contents::marked(&own_words(&tips), &preview.report))
    }

    /// Seals a previewed report and puts it into the outbox. The resident's words leave only with
    /// `why`, which is in the book's audit log. An urgent report, or one that is ordered `at_once`,
    /// leaves at once, the others with the next batch.
    ///
    /// # Errors
    /// [`NotSent`]: then nothing was ordered.
    pub async fn order(
        &self,
        desk: &DeskSettings,
        reference: &str,
        Order {
            digest,
            why,
            at_once,
        }: Order<'_>,
    ) -> Result<Delivery, NotSent> {
        let (book, preview) = self.report(reference).await?;
        if preview.state != ReportState::Previewed {
            return Err(NotOrdered::NoPreview.into());
        }
        if preview.digest != digest || !preview.is_whole() {
            return Err(NotSent::Changed);
        }
        let marked = self.marked(book, &preview).await?;
        let mut pieces = marked.iter().flat_map(|part| &part.pieces);
        let own = pieces.find(|(_, own)| *own).map(|(piece, _)| piece.clone());
        if own.is_some() && preview.draft.section_eight {
            return Err(NotSent::Traceable);
        }
        let why = match own {
            Some(phrase) if why.trim().is_empty() => return Err(NotSent::OwnWords(phrase)),
            Some(_) => why.trim(),
            None => "",
        };
        // Telling a partner that a report was wrong never waits.
        let holder = *preview.tips.first().ok_or(database::Error::Row)?;
        let replaces = preview.draft.replaces.is_some();
        let (register, clock) = (self.register(), self.register().clock());
        let partner = self.partner(&preview.report.to).await?;
        match book.welfare(holder).await? {
            _ if replaces => {}
            Welfare::Due => return Err(NotSent::RingFirst),
            Welfare::NotNeeded if partner.kind == PartnerKind::Safeguarding => {
                return Err(NotSent::NeverAlone(partner.name));
            }
            _ => {}
        }
        partner.may_be_told(replaces, clock.today())?;
        let tips = book.contents(&preview.tips).await?;
        partner.may_read_in_the_clear(&tips)?;
        partner.has_forced_tls(desk.mail.as_ref().map_or(&[], |mail| &mail.tls_domains))?;
        let sealed = match (&partner.way, &partner.key) {
            // It leaves in the clear, and only while somebody has the book open.
            (Way::OpenMail(_), _) => {
                let key = book.recipient().map_err(|_| seal::Error::Encrypt)?;
                encrypt_to(&[key], &preview.plain)?
            }
            (Way::Page, _) if preview.report.answer_key.is_none() => {
                return Err(NotSent::Changed);
            }
            (Way::Page, _) => encrypt_to(&partner.readers, &preview.plain)?,
            (_, Some(key)) => encrypt_to(std::slice::from_ref(key), &preview.plain)?,
            (_, None) => Vec::new(),
        };
        let urgent = at_once || self.is_urgent(book, &preview).await?;
        let next = desk.next_batch(clock.now());
        let other_day = self.other_day(&preview.tips, &preview.draft).await?;
        let leaves_at = match other_day {
            _ if urgent => clock.now(),
            Some(day) if next > clock.now() => self.batch_on(desk, day)?,
            _ => next,
        };
        // Its day would tell that it belongs to another one, or would be in the future.
        let (day, leaves_on) = (preview.day()?, clock.zone().day(leaves_at));
        if day > leaves_on || (day < leaves_on && other_day.is_some() && !urgent) {
            return Err(NotSent::OtherDay(day));
        }
        let new = NewDelivery {
            tips: preview.tips.clone(),
            partner: partner.name.clone(),
            reference: reference.to_owned(),
            way: partner.way.word().to_owned(),
            sealed_to: partner.sealed_to(),
            leaves_at,
            photos_of: preview.draft.photos.iter().map(|photo| photo.tip).collect(),
            is_lead: preview.draft.is_lead,
            replaces: preview.draft.replaces.clone(),
            ordered_by: self.account().name.clone(),
        };
        let order = ReportOrder {
            act: book::new_act()?,
            why_own_words: why,
            code: self.answer_code(&preview, &new)?,
        };
        book.order_report(&preview, new, &sealed, order).await?;
        let ordered = register.delivery(reference).await?;
        Ok(ordered.ok_or(database::Error::Row)?)
    }

    /// The code that the report has, as its answer will be checked.
    fn answer_code(
        &self,
        preview: &Previewed,
        new: &NewDelivery,
    ) -> Result<Option<NewAnswerCode>, NotSent> {
        let Some(code) = &preview.report.answer_code else {
            return Ok(None);
        };
        let day = preview.day()?;
        let wordings = self.register().documents();
        Ok(Some(NewAnswerCode {
            code: code.parse().map_err(|_| database::Error::Row)?,
            reference: new.reference.clone(),
            tip: *preview.tips.first().ok_or(database::Error::Row)?,
            partner: new.partner.clone(),
            until: wordings.of(preview.report.kind).answer_until(day),
        }))
    }

    /// Takes a report back that has not left.
    ///
    /// # Errors
    /// [`NotSent::Left`].
    pub async fn take_back(&self, reference: &str) -> Result<Previewed, NotSent> {
        let (book, report) = self.report(reference).await?;
        let taken = self.register().take_back(&self.actor(), reference).await?;
        let before = self.register().delivery(reference).await?;
        // A second try finishes a first one that was interrupted.
        let is_taken = taken || before.is_some_and(|d| d.taken_back_at.is_some());
        if !is_taken {
            return Err(NotSent::Left);
        }
        book.note_taken_back(reference).await?;
        Ok(report)
    }

    /// Prepares the withdrawal of a report that left: the partner is asked to delete it. With `text`,
    /// the report is corrected instead.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn replace(&self, reference: &str, text: Option<&str>) -> Result<Previewed, NotSent> {
        let (_, report) = self.report(reference).await?;
        let holder = *report.tips.first().ok_or(database::Error::Row)?;
        if report.state != ReportState::Arrived {
            return Err(NotSent::NoReport(reference.to_owned()));
        }
        let draft = contents::replacement(&report, text);
        self.preview(holder, &draft).await
    }

    /// Prepares the answer to a partner's question about a report that left. It is a report of its own,
    /// with a preview, so that nothing leaves that nobody looked at.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn answer_question(&self, reference: &str, text: &str) -> Result<Previewed, NotSent> {
        let (_, report) = self.report(reference).await?;
        let holder = *report.tips.first().ok_or(database::Error::Row)?;
        if text.trim().is_empty() {
            return Err(NotSent::Empty);
        }
        if report.state != ReportState::Arrived {
            return Err(NotSent::NoReport(reference.to_owned()));
        }
        self.preview(holder, &contents::answer(&report, text)).await
    }

    /// Notes that a report on paper was handed over to somebody, who is named in the book alone.
    ///
    /// # Errors
    /// [`NotSent::NoReport`] if it does not wait on paper.
    pub async fn hand_over_on_paper(&self, reference: &str, whom: &str) -> Result<(), NotSent> {
        self.note_by_hand(reference, ByHand::HandedOver, whom).await
    }

    /// Notes that the partner confirmed a withdrawal or a correction.
    ///
    /// # Errors
    /// [`NotSent::NoReport`] if there is nothing to confirm.
    pub async fn confirm_replacement(&self, reference: &str, who: &str) -> Result<(), NotSent> {
        self.note_by_hand(reference, ByHand::Confirmed, who).await
    }

    async fn note_by_hand(&self, reference: &str, deed: ByHand, whom: &str) -> Result<(), NotSent> {
        let (book, report) = self.report(reference).await?;
        let holder = *report.tips.first().ok_or(database::Error::Row)?;
        if whom.trim().is_empty() {
            return Err(NotSent::Empty);
        }
        let actor = self.actor();
        let noted = self
            .register()
            .note_by_hand(&actor, reference, deed)
            .await?;
        if !noted {
            return Err(NotSent::NoReport(reference.to_owned()));
        }
        book.note_by_hand(holder, reference, (deed, whom.trim()))
            .await?;
        Ok(book.note_arrivals().await?)
    }
}

/// The tips with their photos, opened from their seals.
async fn open_all(book: &Book, tips: &[TipId]) -> Result<Vec<(Tip, Vec<open::Jpeg>)>, NotSent> {
    let mut opened = Vec::with_capacity(tips.len());
    for id in tips {
        let found = open::tip(book.identities(), &book.sealed(*id).await?)?;
        opened.push((found.tip, found.photos));
    }
    Ok(opened)
}

/// The resident's words: everything that was typed.
fn own_words(tips: &[Tip]) -> OwnWords {
    let typed = tips.iter().flat_map(|tip| {
        let answers = [&tip.place, &tip.when, &tip.impact, &tip.vehicle];
        let answers = answers.into_iter().flatten().map(String::as_str);
        std::iter::once(tip.what.as_str()).chain(answers)
    });
    OwnWords::of(typed)
}

/// A photo with the covers that were painted on it.
type Painted = (PhotoOf, Option<Cover>);

/// The chosen photos as they leave, and what was painted on each.
async fn photos(
    book: &Book,
    draft: &Draft,
    opened: &[(Tip, Vec<open::Jpeg>)],
) -> Result<(Vec<open::Jpeg>, Vec<Painted>), NotSent> {
    let mut photos = Vec::with_capacity(draft.photos.len());
    let mut painted = Vec::with_capacity(draft.photos.len());
    for photo in &draft.photos {
        if book.is_illegal(photo.tip).await? {
            return Err(NotSent::Illegal);
        }
        let of_tip = opened.iter().find(|(tip, _)| tip.id == photo.tip);
        let jpeg = of_tip.and_then(|(_, all)| all.get(photo.number.checked_sub(1)?));
        let jpeg = jpeg.ok_or(NotSent::NoPhoto(photo.number))?.clone();
        let cover = book.cover_of(photo.tip, photo.number).await?;
        photos.push(covering::painted(jpeg, cover.as_ref()).await?);
        painted.push((*photo, cover));
    }
    Ok((photos, painted))
}

/// Offensive graffiti has two hours, and danger does not wait for a batch.
#[must_use]
pub fn leaves_at_once(tip: &Tip) -> bool {
    tip.priority == Priority::Now || tip.danger == Some(YesNo::Yes) || tip.offensive == Some(true)
}
