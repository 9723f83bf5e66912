//! The commands for books: who can open which.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Access;
use super::signed_in::SignedIn;
use crate::acting::Acting;
use crate::book::Progress;
use crate::granting::{self, Granted, WaitsFor};
use crate::people::{self, NotDone};
use crate::register::AccountRole;
use loke_core::clock::Day;
use loke_core::seal::Recipient;
use loke_core::terminal::{say, say_json};
use loke_core::tip::Lane;

#[derive(Subcommand)]
pub(super) enum BookCommand {
    /// Create a book. The last line printed is its public key for the gateway
    Add {
        /// The book's name, in lower-case letters, digits, dots and hyphens
        name: String,
        /// The lanes whose new tips it collects. They leave the other books. Without it the book is for
        /// tips that are moved there
        #[arg(long, value_name = "LANES", value_delimiter = ',')]
        lanes: Vec<Lane>,
        /// Fill it with made-up tips, for learning the desk. Nothing of it leaves the desk
        #[arg(long, conflicts_with = "lanes")]
        practice: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Let an account into a book that you can open. A second member of the book must agree
    Grant {
        /// The book's name
        book: String,
        /// The account's name
        name: String,
        /// The last day, YYYY-MM-DD
        #[arg(long, value_name = "DAY")]
        until: Option<Day>,
        /// A second member who agrees now, at this keyboard
        #[arg(long, value_name = "NAME")]
        agree_as: Option<String>,
        /// Read the second member's passphrase from this file instead of asking for it
        #[arg(long, value_name = "FILE", requires = "agree_as")]
        agree_passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        access: Access,
    },
    /// Agree to let an account in, after another member gave the grant
    Agree {
        /// The book's name
        book: String,
        /// The account's name
        name: String,
        #[command(flatten)]
        access: Access,
    },
    /// Do not agree to let an account in, or take your own grant back before it takes effect
    Disagree {
        /// The book's name
        book: String,
        /// The account's name
        name: String,
        #[command(flatten)]
        access: Access,
    },
    /// Make this the book for tips about staff. Its members should not be on the queue
    AboutStaff {
        /// The book's name
        book: String,
        #[command(flatten)]
        access: Access,
    },
    /// Give a book new keys. The last line printed is its new public key for the gateway
    NewKeys {
        /// The book's name
        book: String,
        #[command(flatten)]
        access: Access,
    },
    /// Remove an account from a book, and give the book new keys. The last line printed is its new
    /// public key for the gateway
    Revoke {
        /// The book's name
        book: String,
        /// The account's name
        name: String,
        #[command(flatten)]
        access: Access,
    },
    /// List the books, with their lanes, public keys and members
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
}

pub(super) async fn book(command: BookCommand) -> anyhow::Result<ExitCode> {
    match command {
        BookCommand::Add {
            name,
            lanes,
            practice,
            access,
        } => {
            SignedIn::during(&access, async |desk| {
                if practice {
                    people::add_practice_book(&desk.acting, &name).await?;
                    say(&format!(
                        "The book {name} is there with made-up tips. Let learners in with `loke-desk book grant {name} NAME`."
                    ))?;
                    return Ok(ExitCode::SUCCESS);
                }
                let recipient = people::add_book(&desk.acting, &name, &lanes).await?;
                let words: Vec<String> = lanes.iter().map(|lane| format!("\"{}\"", lane.word())).collect();
                say(&format!("The book {name} is there, and you can open it. Let a second person in with `loke-desk book grant {name} NAME`."))?;
                say(&match lanes.is_empty() {
                    false => format!(
                        "Add this to every gateway.toml, and take these lanes off the other [[recipients]]:\n\n\
                         [[recipients]]\nname = \"{name}\"\nkey = \"{recipient}\"\nlanes = [{}]\n",
                        words.join(", ")
                    ),
                    // The public page shows the name, and a case's name may tell too much.
                    true => format!(
                        "Add this to every gateway.toml. Without it residents cannot answer this book. The public page shows the name, so \
                         choose one that tells nothing:\n\n[[recipients]]\nname = \"restricted\"\nkey = \"{recipient}\"\nlanes = []\n"
                    ),
                })?;
                say(&format!(
                    "The gateway's page shows this key as: {}\nIts public key:\n{recipient}",
                    recipient.fingerprint()
                ))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        BookCommand::Grant {
            book,
            name,
            until,
            agree_as,
            agree_passphrase_file,
            access,
        } => {
            SignedIn::during(&access, async |desk| {
                let granted = granting::grant(&desk.acting, &book, &name, until).await?;
                say_granted(&book, &granted, agree_as.is_some())?;
                let Some(second) = agree_as else {
                    return Ok(ExitCode::SUCCESS);
                };
                desk.second(&second, agree_passphrase_file.as_deref(), async |acting| {
                    agree(acting, &book, &name).await
                })
                .await
            })
            .await
        }
        BookCommand::Agree { book, name, access } => {
            SignedIn::during(&access, async |desk| {
                agree(&desk.acting, &book, &name).await
            })
            .await
        }
        BookCommand::Disagree { book, name, access } => {
            SignedIn::during(&access, async |desk| {
                granting::disagree(&desk.acting, &book, &name).await?;
                say(&format!("{name} is not let into the book {book}."))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        BookCommand::Revoke { book, name, access } => revoke(&access, &book, &name).await,
        BookCommand::AboutStaff { book, access } => about_staff(&access, &book).await,
        BookCommand::NewKeys { book, access } => {
            SignedIn::during(&access, async |desk| {
                let bar = waiting(&book);
                let recipient =
                    people::change_keys(&desk.acting, &book, |progress| show(&bar, progress))
                        .await?;
                bar.finish_and_clear();
                say_new_key(&book, &recipient)
            })
            .await
        }
        BookCommand::List { json, access } => list_books(&access, json).await,
    }
}

async fn revoke(access: &Access, book: &str, name: &str) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let bar = waiting(book);
        let each = |progress| show(&bar, progress);
        let revoked = people::revoke(&desk.acting, book, name, each).await;
        bar.finish_and_clear();
        let is_known = desk.acting.register().account(name).await.is_ok();
        let recipient = match revoked {
            // Repeated: the sign-in may have finished a removal that was cut off.
            Err(NotDone::NotAMember(_)) if is_known => {
                say(&format!("{name} cannot open the book {book}."))?;
                return Ok(ExitCode::SUCCESS);
            }
            revoked => revoked?,
        };
        say(&format!(
            "{name} cannot open the book {book} any more.\n{}",
            granting::can_keep(name)
        ))?;
        say_new_key(book, &recipient)
    })
    .await
}

pub(super) fn say_granted(book: &str, granted: &Granted, agrees_now: bool) -> anyhow::Result<()> {
    let name = &granted.name;
    let key = granted.recipient.fingerprint();
    let compare = format!("Compare the key with {name}: {key}");
    let effect = match granted.waits_for {
        WaitsFor::Nothing => format!("{name} can open the book {book} now. {compare}"),
        WaitsFor::SecondMember if agrees_now => compare,
        WaitsFor::SecondMember => format!(
            "{name} cannot open the book {book} yet. {compare}\nA second member must agree: `loke-desk book agree {book} {name}`, or the page Books."
        ),
        WaitsFor::DailyMail => format!(
            "{name} cannot open the book {book} yet. {compare}\nNobody else is a member. The grant takes effect at your first sign-in after the next daily mail, which names it."
        ),
    };
    Ok(say(&effect)?)
}

pub(super) async fn agree(acting: &Acting, book: &str, name: &str) -> anyhow::Result<ExitCode> {
    let key = granting::agree(acting, book, name).await?;
    say(&format!(
        "{name} can open the book {book} now. The key: {}",
        key.fingerprint()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// A bar that moves while others still have the book open, and then with each table.
pub(super) fn waiting(book: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_message(format!("The book {book} closes for everyone"));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    bar
}

pub(super) fn show(bar: &ProgressBar, progress: Progress) {
    let Progress::Copied(done, of) = progress else {
        return bar.tick();
    };
    if bar.length() != Some(of as u64) {
        bar.set_length(of as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} tables copied") {
            bar.set_style(style);
        }
    }
    bar.set_position(done as u64);
}

pub(super) fn say_new_key(book: &str, recipient: &Recipient) -> anyhow::Result<ExitCode> {
    say(&format!(
        "The book {book} has new keys. Everyone signs in again.\nReplace its key under [[recipients]] in every gateway.toml, and restart \
         the gateway. Until then new tips are still sealed to the old key, which the book keeps.\nThe gateway's page shows the new key as: {}\n\
         Its public key:\n{recipient}",
        recipient.fingerprint()
    ))?;
    Ok(ExitCode::SUCCESS)
}

async fn list_books(access: &Access, json: bool) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let books = desk.acting.register().books().await?;
        if json {
            say_json(&serde_json::to_string(&books)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let waiting = desk.acting.register().waiting_grants().await?;
        for book in books {
            let lanes: Vec<&str> = book.lanes.iter().map(|lane| lane.word()).collect();
            let members: Vec<String> = book
                .members
                .iter()
                .map(|grant| match &grant.until_on {
                    Some(day) => format!("{} (until {day})", grant.account),
                    None => grant.account.clone(),
                })
                .collect();
            let mut text = format!(
                "{}\n  lanes:   {}\n  members: {}\n  key:     {}",
                book.name,
                lanes.join(", "),
                members.join(", "),
                book.recipient
            );
            for grant in waiting.iter().filter(|grant| grant.book == book.name) {
                text.push_str(&format!(
                    "\n  waits:   {}, given by {} on {}",
                    grant.account, grant.given_by, grant.given_on
                ));
            }
            say(&text)?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn about_staff(access: &Access, book: &str) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        people::needs(&desk.acting, AccountRole::Supervisor)?;
        let name = desk.acting.book(book).await?.name().to_owned();
        let register = desk.acting.register();
        register.set_about_staff(&desk.acting.actor(), &name).await?;
        say(&format!(
            "Tips about staff go to the book {name} now. Let in people who are not on the queue, then leave it yourself: `loke-desk check` names who is in both"
        ))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}
