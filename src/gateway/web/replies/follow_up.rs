//! An answer by receipt is a tip of its own, with the same box in its seal. It is sealed to the key
//! that the reply named and to nothing else, so an answer about a child never opens with another
//! book's key. In the queue it looks like any other tip.

use std::sync::Arc;

use super::look::Found;
use super::posted::Posted;
use super::visit::Visit;
use crate::intake::{self, By, taker};
use crate::listener::caller::Caller;
use crate::store::{self, Put};
use crate::web::Site;
use loke_core::answers::{self, Answers};
use loke_core::seal::Recipient;
use loke_core::tip::{Channel, FollowUp, Lane, SCHEMA, Tip, TipId, Topic, Unproven, YesNo};
use loke_core::zeroing_alloc::scrub_stack;

/// The keys that can open the answer.
pub(super) struct Address {
    lane: Lane,
    topic: Topic,
    /// The one key of it; without it, the recipients of the lane.
    alone: Option<Recipient>,
}

/// Why there is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAddress {
    /// The page asked for a topic, and none was chosen.
    Topic,
    /// The reply names a key that `[[recipients]]` does not list.
    Unlisted,
}

/// The address that the newest reply names, or the lane of the topic that the page asked for. A key
/// that is not listed is never replaced by those of the lane: more people could open the answer. A wish
/// to forget has no words, and every book learns it: it goes to the lane, so that its page says the same
/// for every box.
pub(super) fn address(
    site: &Site,
    posted: &Posted,
    found: &Found,
    what: FollowUp,
) -> Result<Address, NoAddress> {
    if let Some(to) = found.newest.as_ref().and_then(|n| n.answer_to.as_ref()) {
        let named = |key: &&Recipient| key.to_string() == to.recipient;
        let mut keys = site.config.holders.iter().map(|holder| &holder.key);
        let alone = keys.find(named).cloned();
        if alone.is_none() && what != FollowUp::Forget {
            return Err(NoAddress::Unlisted);
        }
        return Ok(Address {
            lane: to.lane,
            topic: topic_of(to.lane),
            alone,
        });
    }
    let topic = posted.topic().ok_or(NoAddress::Topic)?;
    Ok(Address {
        lane: answers::lane(&given(posted, topic, None)),
        topic,
        alone: None,
    })
}

/// Seals the answer and stores it.
pub(super) async fn keep(
    site: &Arc<Site>,
    caller: &Caller,
    language: &str,
    posted: &Posted,
    visit: &Visit,
    to: Address,
    what: FollowUp,
) -> Result<Put, store::Error> {
    let once = once(site, posted, visit, &to, what);
    scrub_stack();
    // A second tap on an answer that is stored is answered as the first.
    if site.status(Some(to.lane)).takes_nothing()
        && !matches!(site.store.knows(once).await, Ok(true))
    {
        return Err(store::Error::Closed);
    }
    let proven = site.limit.proves(caller);
    let tip = tip(site, caller, language, posted, visit, &to, what, proven)?;
    scrub_stack();
    let by = By {
        once,
        taker: taker(caller),
        proven,
    };
    intake::keep_for(&site.gateway, tip, to.alone, by).await
}

#[inline(never)]
fn once(site: &Site, posted: &Posted, visit: &Visit, to: &Address, what: FollowUp) -> [u8; 16] {
    let when = posted.when();
    let ticked = [u8::from(posted.is_danger()), u8::from(posted.is_child())];
    let today = site.clock.today().0.to_le_bytes();
    let parts = [
        what.word().as_bytes(),
        to.lane.word().as_bytes(),
        posted.answer.as_bytes(),
        when.as_bytes(),
        &ticked,
        &today,
    ];
    site.visits.once(visit, &parts)
}

#[expect(clippy::too_many_arguments, reason = "each is a part of the tip")]
fn tip(
    site: &Site,
    caller: &Caller,
    language: &str,
    posted: &Posted,
    visit: &Visit,
    to: &Address,
    what: FollowUp,
    proven: bool,
) -> Result<Tip, store::Error> {
    let still = what == FollowUp::Still;
    let ongoing = still.then_some(YesNo::Yes);
    let answers = given(posted, to.topic, ongoing);
    let forgets = what == FollowUp::Forget;
    Ok(Tip {
        schema: SCHEMA,
        id: TipId::random()?,
        channel: if caller.is_onion() {
            Channel::Onion
        } else {
            Channel::Web
        },
        language: language.to_owned(),
        received: site.clock.today().to_string(),
        topic: to.topic,
        lane: to.lane,
        priority: answers::priority(&answers),
        what: if forgets {
            String::new()
        } else {
            posted.answer.clone()
        },
        place: None,
        when: still.then(|| posted.when().to_string()),
        ongoing,
        danger: answers.danger,
        child: answers.child,
        impact: None,
        vehicle: None,
        how_known: None,
        signs: Vec::new(),
        offensive: None,
        campaign: None,
        proven,
        unproven: (!proven).then(|| vec![Unproven::Burst]),
        thread: None,
        photos: Vec::new(),
        reply_key: Some(hex::encode(visit.reply_key.expose())),
        reply_box: Some(hex::encode(visit.reply_box.expose())),
        follow_up: Some(what),
    })
}

fn given(posted: &Posted, topic: Topic, ongoing: Option<YesNo>) -> Answers {
    Answers {
        topic,
        danger: posted.is_danger().then_some(YesNo::Yes),
        child: posted.is_child().then_some(YesNo::Yes),
        ongoing,
        offensive: None,
    }
}

/// The topic that a tip of this lane can have. The desk joins it to its thread, which knows more.
fn topic_of(lane: Lane) -> Topic {
    match lane {
        Lane::Cuckooing => Topic::Cuckooing,
        Lane::Drugs => Topic::Drugs,
        Lane::Graffiti => Topic::Graffiti,
        Lane::Safeguarding | Lane::Other => Topic::Other,
    }
}
