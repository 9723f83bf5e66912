//! Polls the texts that a provider still stores for our number: stores each one that the queue does
//! not have, and erases stored texts at the provider if it can. So an outage loses nothing, a crash
//! leaves nothing at the provider, and no list of ids is stored here.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{By, Taken, TextMessages};
use crate::providers::call::Failed;
use crate::providers::provider::{Held, Holding, Opened};

/// Seconds that a text which can be erased is left to its webhook before polling stores it.
const LEFT_TO_WEBHOOK: i64 = 120;
/// Seconds after which a text that cannot be erased is ignored. A stored text is recognised for two
/// days longer, so that none is stored twice.
const TOO_OLD: i64 = 7 * 86_400;
/// Maximum number of pages in one round.
const MOST_PAGES: usize = 1_000;

/// Polls a provider: at the start, after each stored text, and at intervals, until `stop` changes.
pub(super) async fn run(texts: Arc<TextMessages>, at: usize, mut stop: watch::Receiver<bool>) {
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
                // Warns once, not in each round that finds it again.
                if left.empty && !said.empty {
                    warn(
                        "it keeps a text without words, which is left there: an empty text, or one whose words it removed (is redaction on?)",
                    );
                }
                if left.unread && !said.unread {
                    warn(
                        "it keeps a message with a part that cannot be read, which is left there and retried: look at it, then erase it",
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
            // Only erasing has work to do at once.
            () = opened.stored.notified(), if holding.erases() => {}
        }
    }
}

/// One round. If texts cannot be erased, it ends at the first page without a new text, unless
/// `whole` is set: a failed round may have left texts on later pages.
async fn walk(
    texts: &TextMessages,
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

/// Whether a round left texts at the provider that could be erased, so that a person must look.
#[derive(Default)]
struct Left {
    /// A text without words.
    empty: bool,
    /// A message with a part that cannot be read.
    unread: bool,
}

/// The outcome for a message that the provider stores.
enum Settled {
    /// It was stored before, or we sent it.
    Known,
    /// It was stored now.
    Stored,
    /// It is too new or too old, and was not touched.
    Left,
    /// A part could not be read. The readable parts are stored, and the next round retries.
    Unread,
    /// It has no content to store. It is left there: the provider may have removed its words, and
    /// then a person must look.
    Empty,
    /// The queue rejected it, or its media cannot be fetched now.
    Failed(Failed),
}

async fn settle(
    texts: &TextMessages,
    opened: &Opened,
    holding: &dyn Holding,
    held: Held,
) -> Settled {
    let Some(mut text) = held.text else {
        return Settled::Known;
    };
    let age = texts.gateway.clock.now() - held.at;
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
                Ok(Taken::Refused(_)) => Settled::Left,
                Ok(Taken::Unread) => Settled::Unread,
                Ok(Taken::Empty) => Settled::Empty,
                Err(_) => Settled::Failed(Failed::Unreadable),
            }
        }
        Err(_) => Settled::Failed(Failed::Unreadable),
    }
}
