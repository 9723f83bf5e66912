//! Going round what a provider still holds for our number: a text that is not stored yet is stored,
//! and what is stored is erased there where it can be. So an outage loses nothing, a crash leaves
//! nothing behind at the provider, and no list of ids is ever kept here.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::call::Failed;
use super::provider::{Held, Holding, Opened};
use super::{By, Taken, Texts};

/// Seconds that a text which can be erased is left to its webhook, before the round stores it.
const LEFT_TO_WEBHOOK: i64 = 120;
/// Seconds after which a text that cannot be erased is let be: what was stored is remembered for
/// two days longer, so that nothing is stored twice.
const TOO_OLD: i64 = 7 * 86_400;
/// Most pages in one round.
const MOST_PAGES: usize = 1_000;

/// Goes round a provider: at once, whenever a text was stored, and by the clock, until `stop` says
/// so.
pub(super) async fn run(texts: Arc<Texts>, at: usize, mut stop: watch::Receiver<bool>) {
    let Some(opened) = texts.providers.get(at) else {
        return;
    };
    let Some(holding) = opened.provider.holding() else {
        return;
    };
    let warn = |problem: &str| {
        tracing::warn!(
            action = "round",
            listener = "sms",
            kind = opened.name,
            problem
        )
    };
    let mut whole = false;
    let mut said = Left::default();
    loop {
        match walk(&texts, opened, holding, !whole).await {
            Ok(left) => {
                whole = true;
                // Said once, and not in each round that finds it again.
                if left.empty && !said.empty {
                    warn(
                        "it holds a text without words, which is left there: an empty one, or one whose words it removed (is redaction on?)",
                    );
                }
                if left.unread && !said.unread {
                    warn(
                        "it holds a message with a part that cannot be read, which is left there and tried again: look at it, then erase it",
                    );
                }
                said = left;
            }
            Err(problem) => {
                whole = false;
                tracing::warn!(action = "round", listener = "sms", kind = opened.name, %problem);
            }
        }
        tokio::select! {
            _ = stop.changed() => return,
            () = tokio::time::sleep(Duration::from_secs(holding.every())) => {}
            // Only where something can be erased is there something to do at once.
            () = opened.stored.notified(), if holding.erases() => {}
        }
    }
}

/// One round. Where nothing can be erased, it ends at the first page of which every text was known,
/// unless `whole`: then what a broken round left behind is further on.
async fn walk(
    texts: &Texts,
    opened: &Opened,
    holding: &dyn Holding,
    whole: bool,
) -> Result<Left, Failed> {
    let mut from: Option<String> = None;
    let mut failed = None;
    let mut left = Left::default();
    for _ in 0..MOST_PAGES {
        let page = holding.page(&texts.calls, from.as_deref()).await?;
        let mut all_known = true;
        for held in page.held {
            let id = held.id.clone();
            match settle(texts, opened, holding, held).await {
                Settled::Known => {}
                Settled::Stored => all_known = false,
                Settled::Left => continue,
                Settled::Empty => {
                    left.empty |= holding.erases();
                    continue;
                }
                Settled::Unread => {
                    left.unread = true;
                    continue;
                }
                Settled::Failed(why) => {
                    failed = Some(why);
                    continue;
                }
            }
            if holding.erases()
                && let Err(why) = holding.erase(&texts.calls, &id).await
            {
                failed = Some(why);
            }
        }
        if page.is_odd {
            failed = Some(Failed::Unreadable);
        }
        match page.next {
            Some(next) if whole || holding.erases() || !all_known => from = Some(next),
            _ => break,
        }
    }
    failed.map_or(Ok(left), Err)
}

/// Texts that a round left at the provider and that could be erased, for a person to look at.
#[derive(Default)]
struct Left {
    /// A text without words.
    empty: bool,
    /// A message with a part that cannot be read.
    unread: bool,
}

/// What became of a message that the provider holds.
enum Settled {
    /// It was stored before, or went out from us.
    Known,
    /// It is stored now.
    Stored,
    /// It is too new or too old to be touched.
    Left,
    /// A part of it could not be read: what could is stored, and it is left for the next round.
    Unread,
    /// There is nothing in it to be stored. It is left: its words may have been removed there, and
    /// then a person must look.
    Empty,
    /// The queue does not take it, or what lies beside it cannot be had now.
    Failed(Failed),
}

async fn settle(texts: &Texts, opened: &Opened, holding: &dyn Holding, held: Held) -> Settled {
    let Some(mut text) = held.text else {
        return Settled::Known;
    };
    let age = texts.site.clock.now() - held.at;
    match texts.knows(opened, &text).await {
        Ok(true) => Settled::Known,
        Ok(false) if holding.erases() && age < LEFT_TO_WEBHOOK => Settled::Left,
        Ok(false) if !holding.erases() && age > TOO_OLD => Settled::Left,
        Ok(false) => {
            if held.photos {
                match holding.media_of(&texts.calls, &held.id).await {
                    Ok(media) => text.media = media,
                    Err(why) => return Settled::Failed(why),
                }
            }
            match texts.take(opened, text, By::Round).await {
                Ok(Taken::Kept(_) | Taken::Stop) => Settled::Stored,
                Ok(Taken::Unread) => Settled::Unread,
                Ok(Taken::Empty) => Settled::Empty,
                Err(_) => Settled::Failed(Failed::Unreadable),
            }
        }
        Err(_) => Settled::Failed(Failed::Unreadable),
    }
}
