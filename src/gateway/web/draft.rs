//! One submission on its way through the form and the check page: what the resident posted, who
//! sent it, and the photos that wait for it.

use std::sync::Arc;

use axum::extract::Request;

use crate::listener::caller::{Caller, FromElsewhere};
use crate::memory::pending_photos::{NoRoom, PhotoShown, Ticket};
use crate::reading_days::Status;
use crate::store;
use crate::web::Site;
use crate::web::form::{self, Posted, Typed, Unreadable, answer};
use crate::web::patience::Patience;
use crate::web::token::{Carried, Report, Token};
use loke_core::answers;
use loke_core::receipt::Receipt;
use loke_core::signs;
use loke_core::tip::{Channel, Photo, PhotoNote, SCHEMA, Tip, TipId, Unproven, limits};

/// Id of the message that the form's pending photos are gone.
const PHOTOS_GONE: &str = "problem-photos-gone";
/// Id of the message that there is no room for photos.
pub(super) const NO_ROOM: &str = "problem-photos-room";

/// A submission.
pub struct Draft {
    /// The gateway's state.
    pub(super) site: Arc<Site>,
    /// The sender.
    pub(super) caller: Caller,
    /// The posted form.
    pub(super) posted: Posted,
}

/// The pending photos that the next page shows.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) ticket: Option<Ticket>,
    /// The view of each photo on the page.
    pub(super) shown: Vec<PhotoShown>,
}

impl Draft {
    /// Reads the posted form. If a page of another site sent it, only the texts are kept: the author
    /// of that page may know the other values.
    ///
    /// # Errors
    /// If the content type is not a form's, or the body is over the limit.
    pub async fn read(
        site: &Arc<Site>,
        caller: Caller,
        request: Request,
    ) -> Result<Self, Unreadable> {
        let from_elsewhere = request.extensions().get::<FromElsewhere>().is_some();
        let kind = request
            .headers()
            .get("content-type")
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let patience = Patience::of(&request);
        let mut posted = form::read(site, &caller, patience, &kind, request.into_body()).await?;
        if from_elsewhere {
            let typed = &mut posted.typed;
            for planted in [
                &mut typed.token,
                &mut typed.ticket,
                &mut typed.campaign,
                &mut typed.language,
            ] {
                planted.clear();
            }
            typed.language.push_str(caller.language);
        }
        Ok(Self {
            site: Arc::clone(site),
            caller,
            posted,
        })
    }

    pub(super) fn typed(&self) -> &Typed {
        &self.posted.typed
    }

    pub(super) fn ticket(&self) -> Option<Ticket> {
        Ticket::parse(&self.typed().ticket)
    }

    /// Number of photos that would be sent. `None` if those under the ticket are gone.
    pub(super) fn count_photos(&self) -> Option<usize> {
        let pending = match self.ticket() {
            Some(ticket) => self
                .site
                .pending_photos
                .notes(&ticket, self.site.clock.now())?
                .len(),
            None => 0,
        };
        let sent = (1..=pending).filter(|number| !self.typed().drops(*number));
        Some(sent.count())
    }

    /// Whether the resident must see or correct something before this can be sent.
    pub(super) fn needs_a_look(&self, has_photos: bool) -> bool {
        let posted = &self.posted;
        posted.broken
            || posted.cut
            || posted.odd
            || posted.too_many
            || !posted.refused.is_empty()
            || !posted.typed.mistakes(has_photos).is_empty()
    }

    /// The photos to send. `None` if no photos are pending under the ticket any more.
    pub(super) async fn photos(&self) -> Option<Vec<Photo>> {
        let Some(ticket) = self.ticket() else {
            return Some(Vec::new());
        };
        let site = Arc::clone(&self.site);
        // Opening takes milliseconds.
        let look = move || site.pending_photos.look(&ticket, site.clock.now());
        let photos = tokio::task::spawn_blocking(look).await.ok().flatten()?;
        Some(
            photos
                .into_iter()
                .zip(1..)
                .filter(|(_, number)| !self.typed().drops(*number))
                .map(|(photo, _)| photo)
                .collect(),
        )
    }

    /// Deletes the pending photos.
    pub(super) fn forget_photos(&self) {
        if let Some(ticket) = self.ticket() {
            self.site.pending_photos.forget(&ticket);
        }
    }

    /// Whether messages of this report's lane are read.
    pub(super) fn status(&self) -> Status {
        self.site.status(Some(answers::lane(&self.answers())))
    }

    /// What the posted page's token carries on to the next page.
    pub(super) fn carried(&self) -> Carried {
        let now = self.site.clock.now();
        self.site
            .keys
            .read(&self.typed().token, now)
            .map_or(Carried::opened(now), |token| token.carried())
    }

    fn answers(&self) -> answers::Answers {
        let typed = self.typed();
        answers::Answers {
            topic: typed.topic(),
            danger: answer(&typed.danger),
            child: answer(&typed.child),
            ongoing: answer(&typed.ongoing),
            offensive: (!typed.offensive.is_empty()).then_some(true),
        }
    }

    /// Updates the pending photos under the form's ticket: removes those ticked to be left out, and
    /// adds those of this request. If nothing changes, they stay sealed under the same ticket.
    pub(super) async fn update_photos(&mut self, notices: &mut Vec<&'static str>) -> Waiting {
        let site = Arc::clone(&self.site);
        let (bucket, posted) = (self.caller.bucket, &mut self.posted);
        let now = site.clock.now();
        let mut added = std::mem::take(&mut posted.photos);
        let old = Ticket::parse(&posted.typed.ticket).and_then(|ticket| {
            site.pending_photos
                .notes(&ticket, now)
                .map(|shown| (ticket, shown))
        });
        if old.is_none() && !posted.typed.ticket.is_empty() {
            notices.push(PHOTOS_GONE);
        }
        let waiting = old.as_ref().map_or(0, |(_, shown)| shown.len());
        let kept: Vec<usize> = (1..=waiting)
            .filter(|number| !posted.typed.drops(*number))
            .collect();
        if kept.len() + added.len() > limits::PHOTOS || posted.too_many {
            added.truncate(limits::PHOTOS.saturating_sub(kept.len()));
            notices.push("problem-photos-many");
        }
        match old {
            Some((ticket, shown)) if added.is_empty() && kept.len() == shown.len() => {
                site.pending_photos.prolong(&ticket, now);
                Waiting {
                    ticket: Some(ticket),
                    shown,
                }
            }
            Some((ticket, _)) if added.is_empty() && kept.is_empty() => {
                site.pending_photos.forget(&ticket);
                Waiting::default()
            }
            None if added.is_empty() => Waiting::default(),
            old => {
                let change =
                    move || change(&site, bucket, old.map(|(ticket, _)| ticket), &kept, &added);
                // Sealing takes milliseconds.
                let (waiting, room) = tokio::task::spawn_blocking(change)
                    .await
                    .unwrap_or((Waiting::default(), Err(NoRoom)));
                notices.extend(room.is_err().then_some(NO_ROOM));
                waiting
            }
        }
    }

    /// The values that identify the report: derived from this page's token and from every value of
    /// the form except its own hidden ones. It is a separate function so that the caller can scrub
    /// the stack where hashing leaves parts of the texts.
    #[inline(never)]
    pub(super) fn identify(&self, page: &Token) -> Report {
        // Lists every field by name, so that a new field forces the decision whether it makes another
        // report.
        let Typed {
            topic,
            what,
            place,
            when,
            ongoing,
            danger,
            child,
            impact,
            vehicle,
            how_known,
            signs,
            offensive,
            campaign,
            language,
            token: _,
            ticket,
            honeypot: _,
            drop: _,
        } = self.typed();
        let keys = &self.site.keys;
        let mut content = keys.content(keys.photos(ticket));
        for value in [
            topic, what, place, when, ongoing, danger, child, impact, vehicle, how_known,
            offensive, campaign, language,
        ] {
            content.add(value.as_bytes());
        }
        content.add_list(signs);
        // Numbers of the photos that are left out, each once and in order.
        let left_out: Vec<u8> = (1..=u8::MAX)
            .take(limits::PHOTOS)
            .filter(|number| self.typed().drops(usize::from(*number)))
            .collect();
        content.add(&left_out);
        keys.report(page, content)
    }

    /// The doubts that a person sent this: a caller over the rate limit, a form that returns faster
    /// than anyone types, a hidden field with a value. A doubt never rejects a report by itself: a
    /// frightened person may cause any of them.
    pub(super) fn doubts(&self, page: &Token) -> Vec<Unproven> {
        let (site, caller, posted) = (&self.site, &self.caller, &self.posted);
        let dwell = site
            .config
            .web
            .as_ref()
            .map_or(0, |w| i64::from(w.min_dwell_seconds));
        let found = [
            (Unproven::Burst, !site.limit.proves(caller)),
            (
                Unproven::Speed,
                page.carried().open_for(site.clock.now()) < dwell,
            ),
            (Unproven::Trap, !posted.typed.honeypot.is_empty()),
        ];
        found
            .into_iter()
            .filter(|(_, is_so)| *is_so)
            .map(|(why, _)| why)
            .collect()
    }

    /// Makes the tip: lane and priority from the answers, the day without a time, and the reply key.
    pub(super) fn tip(
        &self,
        photos: &[Photo],
        receipt: &Receipt,
        unproven: &[Unproven],
    ) -> Result<Tip, store::Error> {
        let (site, caller, typed) = (&self.site, &self.caller, self.typed());
        let answers = self.answers();
        let text = |text: &String| (!text.is_empty()).then(|| text.clone());
        Ok(Tip {
            schema: SCHEMA,
            id: TipId::random()?,
            channel: if caller.is_onion() {
                Channel::Onion
            } else {
                Channel::Web
            },
            language: site.frame(&typed.language).t.code.to_owned(),
            received: site.clock.today().to_string(),
            topic: answers.topic,
            lane: answers::lane(&answers),
            priority: answers::priority(&answers),
            what: typed.what.clone(),
            place: text(&typed.place),
            when: text(&typed.when),
            ongoing: answers.ongoing,
            danger: answers.danger,
            child: answers.child,
            impact: text(&typed.impact),
            vehicle: text(&typed.vehicle),
            how_known: typed.how_known(),
            signs: typed
                .signs
                .iter()
                .filter_map(|s| signs::find(s))
                .map(str::to_owned)
                .collect(),
            offensive: answers.offensive,
            campaign: typed.campaign().map(|code| code.to_string()),
            proven: unproven.is_empty(),
            unproven: (!unproven.is_empty()).then(|| unproven.to_vec()),
            thread: None,
            photos: photos
                .iter()
                .zip(1..)
                .map(|(p, n)| PhotoNote {
                    name: format!("photo-{n}.jpg"),
                    removed: p.removed.clone(),
                })
                .collect(),
            reply_key: Some(hex::encode(receipt.reply_key().expose())),
            reply_box: Some(hex::encode(receipt.reply_box().expose())),
            follow_up: None,
        })
    }
}

/// Stores the kept and the added photos under a new ticket. If there is no room for the added
/// photos, stores only the kept ones.
fn change(
    site: &Site,
    bucket: u16,
    old: Option<Ticket>,
    kept: &[usize],
    added: &[Photo],
) -> (Waiting, Result<(), NoRoom>) {
    let now = site.clock.now();
    let put = |added: &[Photo]| match &old {
        Some(old) => site
            .pending_photos
            .change(old, |number| kept.contains(&number), added, bucket, now)
            .unwrap_or(Err(NoRoom)),
        None => site.pending_photos.leave(bucket, added, now),
    };
    let (ticket, room) = match put(added) {
        Ok(ticket) => (Some(ticket), Ok(())),
        Err(NoRoom) if kept.is_empty() => (None, Err(NoRoom)),
        Err(NoRoom) => (put(&[]).ok(), Err(NoRoom)),
    };
    let shown = ticket
        .as_ref()
        .and_then(|ticket| site.pending_photos.notes(ticket, now))
        .unwrap_or_default();
    (Waiting { ticket, shown }, room)
}
