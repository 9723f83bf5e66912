//! Handing over everything of an account to a colleague: for somebody who leaves, or is away. Nothing
//! due stays with the absent: open tips and waits get the colleague as their owner, drafts go, and
//! the colleague is told of alerts instead.

use crate::acting::Acting;
use crate::book::{Decision, How, NotDecided, Seen};
use crate::database::Error;
use crate::duty;
use crate::register::AccountRole;
use loke_core::random;

/// Why nothing was handed over.
#[derive(Debug, thiserror::Error)]
pub enum NotHandedOver {
    /// Only supervisors hand over for somebody else.
    #[error("this needs the role supervisor: you can hand over your own work")]
    Role,
    /// The colleague cannot work.
    #[error("{0} cannot take it over: the account is disabled, or its first sign-in is to come")]
    Unable(String),
    /// The colleague cannot open a book with work in it.
    #[error(
        "{0} cannot open the book {1}, which has work of {2}. Let {0} in first, or choose somebody else"
    )]
    NotAMember(String, String, String),
    /// A tip did not change.
    #[error(transparent)]
    Decision(#[from] NotDecided),
    /// The register or a book failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// The work that was handed over.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct HandedOver {
    /// Open tips, those that wait included.
    pub tips: usize,
    /// Drafts that were dropped.
    pub drafts: u64,
    /// Tips about people whom the colleague knows: they stay.
    pub recused: usize,
    /// Whether the colleague is told of alerts instead.
    pub duty: bool,
    /// The person's books that are not open here: somebody else must hand over there.
    pub shut: Vec<String>,
}

/// Hands over everything of the account `from` in the open books to the account `to`. If `to` is
/// `from`, only the turn on duty goes back.
///
/// # Errors
/// [`NotHandedOver`]. If the colleague cannot open one of the books, nothing changed.
pub async fn hand_over(by: &Acting, from: &str, to: &str) -> Result<HandedOver, NotHandedOver> {
    let register = by.register();
    if by.account().name != from && !by.account().is(AccountRole::Supervisor) {
        return Err(NotHandedOver::Role);
    }
    register.account(from).await?;
    let colleague = register.account(to).await?;
    if colleague.disabled_on.is_some() || colleague.first {
        return Err(NotHandedOver::Unable(to.to_owned()));
    }
    let mut done = HandedOver::default();
    if from != to {
        let theirs = register.books_of(to).await?;
        let mut work = Vec::new();
        for book in by.books() {
            let (tips, recused) = book.work_of(from, to).await?;
            done.recused += recused;
            if !tips.is_empty() && !theirs.iter().any(|name| name == book.name()) {
                let name = book.name().to_owned();
                return Err(NotHandedOver::NotAMember(
                    to.to_owned(),
                    name,
                    from.to_owned(),
                ));
            }
            work.push((book, tips));
        }
        // One number, so that one undo takes everything back.
        let act = i64::from_le_bytes(random::bytes().map_err(Error::from)?) & i64::MAX;
        let how = How { act, alone: None };
        let decision = Decision::HandOn { to: to.to_owned() };
        for (book, tips) in work {
            let seen: Vec<Seen> = tips.into_iter().map(Seen::from).collect();
            done.tips += book.decide(&seen, &decision, how).await?.len();
            done.drafts += book.drop_drafts_of(from).await?;
        }
        let granted = register.all_books_of(from).await?;
        let is_shut = |name: &String| by.books().iter().all(|open| open.name() != name);
        done.shut = granted.into_iter().filter(is_shut).collect();
    }
    let (duty, _) = duty::current(register).await?;
    done.duty = from == to || duty.contact(to).is_some();
    let detail = format!("handed over to {to}: {} tips", done.tips);
    register
        .hand_on_duty(&by.actor(), (from, to), &detail, done.duty)
        .await?;
    Ok(done)
}

impl HandedOver {
    /// The outcome, one sentence each.
    #[must_use]
    pub fn sentences(&self, from: &str, to: &str) -> Vec<String> {
        let mut said = Vec::new();
        if from == to {
            said.push(format!("{to} is told of alerts again."));
            return said;
        }
        let tips = match self.tips {
            1 => "1 open tip".to_owned(),
            n => format!("{n} open tips"),
        };
        said.push(format!("{to} has {tips} of {from} now."));
        if self.drafts > 0 {
            said.push(format!("Drafts of {from} that are gone: {}.", self.drafts));
        }
        if self.recused > 0 {
            said.push(format!(
                "{} tips stay with {from}, because {to} knows the people. Hand them to somebody else.",
                self.recused
            ));
        }
        if self.duty {
            said.push(format!("{to} is told of alerts instead of {from}."));
        } else {
            said.push(format!(
                "Alerts still go to {from}: rules/duty.toml has no address for {to}."
            ));
        }
        if !self.shut.is_empty() {
            said.push(format!(
                "Not open for you: {}. A supervisor there must hand over too.",
                self.shut.join(", ")
            ));
        }
        said
    }
}
