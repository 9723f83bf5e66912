//! From a text to its tips: check for a repeat, find its thread, fetch its photos and further
//! words, sort, cut to size, seal, store.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::known::{Known, Piece};
use super::media::{self, Gathered};
use super::parts::{numbered, split, with_note};
use super::sort::Sorted;
use super::untaken::{Thing, Untaken};
use super::{By, PATIENCE_OF_ROUND, Taken, TextMessages};
use crate::intake::{self, keep, taker};
use crate::listener::Listener;
use crate::listener::caller::Caller;
use crate::providers::provider::{Opened, Received};
use crate::providers::settings::Answers;
use crate::store;
use loke_core::answers;
use loke_core::characters::visible;
use loke_core::receipt::Receipt;
use loke_core::tip::{Channel, Photo, PhotoNote, SCHEMA, Tip, TipId, Unproven};
use loke_core::zeroing_alloc::scrub_stack;

/// How much of a text is in the queue.
struct Found {
    /// The key to store it under: the key of the stored parts, or today's.
    known: Arc<Known>,
    /// All of it is stored.
    is_stored: bool,
    /// Its readable parts are stored.
    is_stored_unread: bool,
}

/// The values that all tips of one text share.
struct OfText<'a> {
    sorted: &'a Sorted,
    thread: Option<String>,
    proven: bool,
    taker: store::Taker,
    receipt: Option<&'a Receipt>,
}

impl TextMessages {
    /// Whether the whole text is stored.
    pub(super) async fn knows(
        &self,
        opened: &Opened,
        text: &Received,
    ) -> Result<bool, store::Error> {
        let turn = self
            .keys
            .turn(opened.name, text, self.gateway.clock.today())?;
        Ok(self.find(opened, text, &turn.live).await?.is_stored)
    }

    /// Looks a text up under each valid key.
    async fn find(
        &self,
        opened: &Opened,
        text: &Received,
        live: &[Arc<Known>],
    ) -> Result<Found, store::Error> {
        let sought = [
            Piece::LAST,
            Piece::FIRST,
            Piece::LAST.unread(),
            Piece::FIRST.unread(),
        ];
        let values: Vec<_> = live
            .iter()
            .flat_map(|known| sought.map(|piece| known.once(opened.name, text, piece)))
            .collect();
        let stored = self.gateway.store.which_are_known(&values).await?;
        let under = live.iter().zip(stored.chunks(sought.len()));
        let first = under
            .clone()
            .find(|(_, stored)| stored.contains(&true))
            .or_else(|| under.clone().next());
        let (known, stored) = first.ok_or(loke_core::random::NoRandomness)?;
        let is = |at: usize| stored.get(at).copied().unwrap_or_default();
        Ok(Found {
            known: Arc::clone(known),
            is_stored: is(0),
            is_stored_unread: is(2),
        })
    }

    /// Fetches the parts of a text, sorts, seals and stores it. Everything except the words
    /// (number, id, URL of a photo) is dropped here.
    pub(super) async fn take(
        &self,
        opened: &Opened,
        text: Received,
        by: By,
    ) -> Result<Taken, store::Error> {
        let body = Zeroizing::new(visible(&text.words));
        let sorted = self.sorted(&body);
        if let Some(nothing) = nothing(&body, &sorted).filter(|_| text.media.is_empty()) {
            return Ok(nothing);
        }
        let turn = self
            .keys
            .turn(opened.name, &text, self.gateway.clock.today())?;
        let found = self.find(opened, &text, &turn.live).await?;
        if found.is_stored {
            let receipt = self.receipt_of(opened, &text, &found.known, by);
            return Ok(Taken::Kept(self.words_for(&sorted, receipt.as_ref())));
        }
        if self
            .gateway
            .status(Some(answers::lane(&sorted.answers)))
            .takes_nothing()
        {
            return Ok(Taken::Refused(self.words_of_refusal(opened, &sorted, by)));
        }
        let placed = self.threads.place(
            text.sender.as_deref().map(String::as_str),
            self.gateway.clock.now(),
        )?;
        let caller = Caller {
            bucket: placed.bucket,
            parent: 0,
            known: text.sender.is_some(),
            language: sorted.language,
            listener: Listener::Sms,
        };
        let patience = if by == By::Webhook {
            opened.provider.patience()
        } else {
            PATIENCE_OF_ROUND
        };
        let gathered = media::gather(
            &self.gateway,
            &self.calls,
            &*opened.provider,
            &text.media,
            &caller,
            patience,
        )
        .await;
        let words = all_words(&body, &gathered.words);
        let sorted = self.sorted(&words);
        if let Some(nothing) = nothing(&words, &sorted)
            .filter(|_| gathered.photos.is_empty() && gathered.untaken.is_empty())
        {
            return Ok(nothing);
        }
        let is_whole = gathered.untaken.unread == 0;
        if !is_whole && found.is_stored_unread {
            return Ok(Taken::Unread);
        }
        // An incomplete text comes again, and its phone gets the answer then.
        let receipt = self
            .receipt_of(opened, &text, &found.known, by)
            .filter(|_| is_whole);
        let proven = self.gateway.limit.proves(&caller);
        // The stored parts of a message and the whole message need one thread, with or without a
        // number.
        let is_in_two = !is_whole || found.is_stored_unread;
        let thread = placed
            .thread
            .or_else(|| is_in_two.then(|| found.known.thread(opened.name, &text)));
        let own = OfText {
            sorted: &sorted,
            thread,
            proven,
            taker: taker(&caller),
            receipt: receipt.as_ref(),
        };
        self.store_all(opened, &text, &found.known, own, &words, gathered)
            .await?;
        Ok(if is_whole {
            Taken::Kept(self.words_for(&sorted, receipt.as_ref()))
        } else {
            Taken::Unread
        })
    }

    fn sorted(&self, words: &str) -> Sorted {
        let sorted = self.lists.sort(words, self.settings.keyword.as_deref());
        scrub_stack();
        sorted
    }

    /// Stores the pieces of a text in order: the last marks the text as stored.
    async fn store_all(
        &self,
        opened: &Opened,
        text: &Received,
        known: &Known,
        mut own: OfText<'_>,
        words: &str,
        gathered: Gathered,
    ) -> Result<(), store::Error> {
        let Gathered {
            mut photos,
            untaken,
            ..
        } = gathered;
        let pieces = split(words, !text.media.is_empty());
        // The pieces of one text need one thread too, whichever attempt stores them.
        own.thread = own
            .thread
            .or_else(|| (pieces.len() > 1).then(|| known.thread(opened.name, text)));
        let of = pieces.len();
        for (number, part) in pieces.into_iter().enumerate() {
            // Keyword, code and photos belong to the first piece.
            let (part, left_out) = if number == 0 {
                (
                    part.get(own.sorted.prefix..).unwrap_or_default(),
                    untaken.clone(),
                )
            } else {
                (part, Untaken::default())
            };
            let piece = Piece {
                number,
                is_last: number + 1 == of,
                is_whole: untaken.unread == 0,
            };
            let once = known.once(opened.name, text, piece);
            self.keep_one(
                &own,
                &numbered(part, number + 1, of),
                std::mem::take(&mut photos),
                left_out,
                once,
            )
            .await?;
        }
        Ok(())
    }

    /// Stores a tip. If the queue has no room for its photos, stores it without them.
    async fn keep_one(
        &self,
        own: &OfText<'_>,
        words: &str,
        photos: Vec<Photo>,
        mut left_out: Untaken,
        once: [u8; 16],
    ) -> Result<(), store::Error> {
        let count = photos.len();
        let tip = self.make_tip(own, with_note(words, &left_out), &photos)?;
        // The phone cannot be asked to send again, so `proven` does not change its
        // place in the queue.
        let by = intake::By {
            once,
            taker: own.taker,
            proven: own.proven,
        };
        match keep(&self.gateway, tip, photos, by).await {
            Err(why) if why.is_for_room() && count > 0 => {
                left_out.add_all(Thing::NoRoom, count);
                let bare = self.make_tip(own, with_note(words, &left_out), &[])?;
                keep(&self.gateway, bare, Vec::new(), by).await.map(drop)
            }
            other => other.map(drop),
        }
    }

    fn make_tip(
        &self,
        own: &OfText<'_>,
        what: String,
        photos: &[Photo],
    ) -> Result<Tip, store::Error> {
        let OfText {
            sorted, receipt, ..
        } = own;
        Ok(Tip {
            schema: SCHEMA,
            id: TipId::random()?,
            channel: Channel::Sms,
            language: sorted.language.to_owned(),
            received: self.gateway.clock.today().to_string(),
            topic: sorted.answers.topic,
            lane: answers::lane(&sorted.answers),
            priority: answers::priority(&sorted.answers),
            what,
            place: None,
            when: None,
            ongoing: sorted.answers.ongoing,
            danger: sorted.answers.danger,
            child: sorted.answers.child,
            impact: None,
            vehicle: None,
            how_known: None,
            signs: Vec::new(),
            offensive: sorted.answers.offensive,
            campaign: sorted.campaign.clone(),
            proven: own.proven,
            unproven: (!own.proven).then(|| vec![Unproven::Burst]),
            thread: own.thread.clone(),
            photos: photos
                .iter()
                .zip(1..)
                .map(|(p, n)| PhotoNote {
                    name: format!("photo-{n}.jpg"),
                    removed: p.removed.clone(),
                })
                .collect(),
            reply_key: receipt.map(|receipt| hex::encode(receipt.reply_key().expose())),
            reply_box: receipt.map(|receipt| hex::encode(receipt.reply_box().expose())),
            follow_up: None,
        })
    }

    /// The receipt of a text, if its phone gets one. Staff must not send a reply that nobody can
    /// open.
    fn receipt_of(
        &self,
        opened: &Opened,
        text: &Received,
        known: &Known,
        by: By,
    ) -> Option<Receipt> {
        let is_told = by == By::Webhook && opened.provider.can_say();
        (is_told && self.settings.answers == Answers::Receipt)
            .then(|| known.receipt(opened.name, text))
    }

    /// The answer to a phone whose text was not taken: empty if the operator wants no answers, or if
    /// none can be sent. It has no word for a crime, since others may see the screen.
    fn words_of_refusal(&self, opened: &Opened, sorted: &Sorted, by: By) -> Zeroizing<String> {
        let is_told =
            self.settings.answers != Answers::Off && by == By::Webhook && opened.provider.can_say();
        let words = self.gateway.languages.pick(sorted.language);
        Zeroizing::new(if is_told {
            words.say("sms-shut").to_owned()
        } else {
            String::new()
        })
    }

    /// The answer to the phone: empty unless the operator enables answers.
    fn words_for(&self, sorted: &Sorted, receipt: Option<&Receipt>) -> Zeroizing<String> {
        let words = self.gateway.languages.pick(sorted.language);
        let (thanks, before_code) = (words.say("sms-answer"), words.say("sms-code"));
        Zeroizing::new(match (self.settings.answers, receipt) {
            (Answers::Off, _) => String::new(),
            (_, Some(receipt)) => format!("{thanks} {before_code} {}", receipt.groups().join(" ")),
            (_, None) => thanks.to_owned(),
        })
    }
}

/// The outcome of a text that is empty or only STOP.
fn nothing(words: &str, sorted: &Sorted) -> Option<Taken> {
    match (words.is_empty(), sorted.is_stop) {
        (true, _) => Some(Taken::Empty),
        (false, true) => Some(Taken::Stop),
        _ => None,
    }
}

/// The words of a text and of its parts, in order. Some providers repeat the text in a part.
fn all_words(body: &str, parts: &[Zeroizing<String>]) -> Zeroizing<String> {
    let of_parts = parts
        .iter()
        .map(|part| part.as_str())
        .filter(|part| !part.is_empty());
    let twice = of_parts.clone().position(|part| part == body);
    let others = of_parts
        .enumerate()
        .filter(|(at, _)| Some(*at) != twice)
        .map(|(_, part)| part);
    let all: Vec<&str> = std::iter::once(body)
        .filter(|body| !body.is_empty())
        .chain(others)
        .collect();
    Zeroizing::new(all.join("\n"))
}
