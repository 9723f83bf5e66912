//! Staff decide about a writer's wish to forget: whether the words go. Somebody may have forced
//! the writer to ask, so two people decide, and not at once.

use super::NotReplied;
use crate::acting::Acting;
use crate::audit::Action;
use crate::book::{ForgetRequest, ForgottenTip};
use crate::database::Error;
use loke_core::tip::TipId;

/// The result of a decision about a wish to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// The words stay.
    Kept,
    /// A second person must agree.
    Proposed,
    /// The report is deleted.
    Deleted,
}

/// A report whose writer asked to forget it, and nobody has decided yet.
#[derive(Debug, Clone)]
pub struct WaitingForget {
    /// Its name at the desk.
    pub name: String,
    /// Its book.
    pub book: String,
    /// The report and the wish.
    pub tip: ForgottenTip,
    /// Whether the words may be deleted today.
    pub may_delete: bool,
}

impl Acting {
    /// The reports of the open books whose writers asked to forget them, those first that may be
    /// deleted first. The view of the list is in the audit logs.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn waiting_forgets(&self) -> Result<Vec<WaitingForget>, Error> {
        let today = self.register().clock().today();
        let mut waiting = Vec::new();
        for book in self.books() {
            book.record(Action::View, "list", "forget").await?;
            for tip in book.forgets_undecided().await? {
                waiting.push(WaitingForget {
                    name: String::new(),
                    book: book.name().to_owned(),
                    may_delete: tip.not_before <= today,
                    tip,
                });
            }
        }
        waiting.sort_by_key(|wish| (wish.tip.not_before, wish.tip.id));
        let ids: Vec<TipId> = waiting.iter().map(|waiting| waiting.tip.id).collect();
        let names = self.register().names_of(&ids).await?;
        for waiting in &mut waiting {
            waiting.name = match names.get(&waiting.tip.id) {
                Some(name) => name.clone(),
                None => waiting.tip.id.to_string(),
            };
        }
        Ok(waiting)
    }

    /// How many replies and wishes to forget wait for this person today.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn letters_waiting(&self) -> Result<i64, Error> {
        let today = self.register().clock().today();
        let mut waiting = 0;
        for book in self.books() {
            waiting += book.letters_waiting(today).await?;
        }
        Ok(waiting)
    }

    /// Decides about a wish to forget: the words stay, or two people delete the report, not before
    /// the day of the request.
    ///
    /// # Errors
    /// [`NotReplied`].
    pub async fn decide_to_forget(&self, tip: TipId, keep: bool) -> Result<Forgotten, NotReplied> {
        let book = self.book_of(tip).await?;
        let thread = book.thread(tip).await?;
        let open = |forget: &ForgetRequest| forget.decision.is_none();
        let forget = thread.forget.filter(open).ok_or(NotReplied::NotAsked)?;
        if keep {
            book.keep_words(tip).await?;
            return Ok(Forgotten::Kept);
        }
        if forget.not_before > self.register().clock().today() {
            return Err(NotReplied::TooSoon(forget.not_before));
        }
        match forget.proposed_by {
            None => {
                book.propose_to_forget(tip).await?;
                Ok(Forgotten::Proposed)
            }
            Some(who) if who == self.account().name => Err(NotReplied::Own),
            Some(_) => match book.delete_words(tip).await? {
                true => Ok(Forgotten::Deleted),
                false => Err(NotReplied::OnHold),
            },
        }
    }
}
