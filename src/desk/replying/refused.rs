//! Why a reply was not written, agreed to or released, in words for officers.

use crate::book::NotStored;
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::random::NoRandomness;
use loke_core::reply_rows::Stage;

/// Longest reason, in characters.
pub(super) const REASON: usize = 500;

/// Why a reply was not written, agreed to or released.
#[derive(Debug, thiserror::Error)]
pub enum NotReplied {
    /// The tip has no receipt.
    #[error("nobody can read a reply to this tip: it has no receipt. Nothing was written")]
    NoBox,
    /// Its writer asked to forget it.
    #[error("the writer asked to forget this report, so nothing reaches them. Nothing was written")]
    Forgotten,
    /// The text is empty.
    #[error("write the reply first. Nothing was written")]
    Empty,
    /// The text is too long.
    #[error("the reply has more than 1,500 bytes. Shorten it. Nothing was written")]
    TooLong,
    /// No text of the library has this name.
    #[error("the library has no text named \"{0}\". See `loke-desk replies library`")]
    NoText(String),
    /// The text does not fit the stage.
    #[error("the text \"{0}\" does not fit the stage that the resident sees: {1}. Choose another")]
    Stage(String, Stage),
    /// The language has no rules.
    #[error("replies are written in one of: {0}. Nothing was written")]
    Language(String),
    /// The English meaning is missing.
    #[error(
        "write what the reply means in English too, for the second person. Nothing was written"
    )]
    NoMeaning,
    /// The authorising officer decides first.
    #[error(
        "{0}. Only texts of the library leave until the authorising officer's decision is recorded. Nothing was written"
    )]
    OnlyLibrary(&'static str),
    /// The authorising officer stopped it.
    #[error("the authorising officer decided that nothing more leaves to this receipt")]
    Stopped,
    /// The writer is under 18.
    #[error(
        "the writer says that they are under 18. Only the safeguarding book answers, with a text of the library for young people. Nothing was written"
    )]
    Young,
    /// Several receipts are shown as one.
    #[error(
        "tips of several receipts are shown as one here, and for this subject nobody writes to all of them. Unfold the tip that you want to answer. Nothing was written"
    )]
    Group,
    /// The same for another receipt that is shown as one with the tip.
    #[error("{0} is shown as one with this tip: {1}")]
    InGroup(String, Box<Self>),
    /// Another book answers this receipt.
    #[error(
        "a report of this receipt was moved to another book, and only that book answers it. Write there. Nothing was written"
    )]
    Elsewhere,
    /// Another officer was faster.
    #[error(transparent)]
    NotStored(#[from] NotStored),
    /// No such reply waits.
    #[error("no reply {0} waits. See `loke-desk replies`")]
    NoReply(i64),
    /// The writer cannot agree to their own reply.
    #[error("you wrote this reply yourself. Another person must agree")]
    Own,
    /// Only a supervisor may do this.
    #[error("only a supervisor may do this. Ask one of them")]
    Role,
    /// The reason is missing or too long.
    #[error("write the reason in 1 to {REASON} characters")]
    Reason,
    /// The interpreter is missing.
    #[error(
        "the reply is in another language than English. Write who confirmed it: the interpreter's name or agency"
    )]
    Interpreter,
    /// Somebody else was faster.
    #[error("somebody else has just decided about reply {0}. Look at it again")]
    Decided(i64),
    /// Only two stages are released by hand.
    #[error("a supervisor releases \"passed on\" or \"finished\". The others come by themselves")]
    NotReleased,
    /// Nobody asked to forget the tip.
    #[error("nobody asked to forget this report, or it was decided")]
    NotAsked,
    /// It is too early.
    #[error("the words stay until {0}: somebody may have forced the writer to ask")]
    TooSoon(Day),
    /// The report is on hold.
    #[error("the report is on hold, or a report about it waits to leave. Nothing was deleted")]
    OnHold,
    /// The register or a book failed.
    #[error(transparent)]
    Database(#[from] Error),
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}
