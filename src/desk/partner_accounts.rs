//! Accounts of people at partners. The desk makes the account with a first passphrase and puts it
//! into the inbox of the partner page. There its owner chooses another passphrase and gets another
//! key. That key comes back with the answers. A report must never be sealed to it before an
//! administrator has compared its fingerprint by telephone.

use crate::acting::Acting;
use crate::audit::Action;
use crate::database::Error;
use crate::keys::{self, Identity, Passphrase, PrintedCode};
use crate::partners::Way;
use crate::people::{self, CodeList, NotDone};
use crate::register::{AccountRole, Failure};
use crate::settings::DeskSettings;
use crate::ways::page::{PagePost, inbox};

/// Why an account of a partner was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// The directory has no such partner.
    #[error("there is no partner named \"{0}\". See `loke-desk partner list`")]
    NoPartner(String),
    /// The partner gets its reports another way.
    #[error(
        "the reports of {0} do not go to the partner page. Give it the way `page` first, with `loke-desk partner import`"
    )]
    OtherWay(String),
    /// The name is taken.
    #[error("there is an account \"{0}\" at a partner already. Choose another name")]
    Taken(String),
    /// No such account.
    #[error("no partner has an account \"{0}\". See `loke-desk partner account list`")]
    NoAccount(String),
    /// The role or the name is wrong.
    #[error(transparent)]
    NotDone(#[from] NotDone),
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The inbox of the page failed.
    #[error(transparent)]
    Inbox(#[from] Failure),
    /// The register failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Creates an account for a person at a partner.
///
/// # Errors
/// [`NotMade`].
pub async fn add(
    by: &Acting,
    desk: &DeskSettings,
    partner: &str,
    name: &str,
    first: &Passphrase,
) -> Result<(), NotMade> {
    people::needs(by, AccountRole::Administrator)?;
    people::check_name(name)?;
    let register = by.register();
    let found = register.partner(partner).await?;
    let found = found.ok_or_else(|| NotMade::NoPartner(partner.to_owned()))?;
    if found.way != Way::Page {
        return Err(NotMade::OtherWay(partner.to_owned()));
    }
    inbox(desk)?;
    if !register
        .set_partner_account(&by.actor(), name, partner, true)
        .await?
    {
        return Err(NotMade::Taken(name.to_owned()));
    }
    post(by, desk, partner, name, first)
}

/// Gives an account a new first passphrase, for somebody who forgot it or comes back. The desk
/// deletes the account's old key, and reports that are sealed to it can no longer be opened.
///
/// # Errors
/// [`NotMade`].
pub async fn renew(
    by: &Acting,
    desk: &DeskSettings,
    name: &str,
    first: &Passphrase,
) -> Result<(), NotMade> {
    people::needs(by, AccountRole::Administrator)?;
    let register = by.register();
    let account = register.partner_account(name).await?;
    let account = account.ok_or_else(|| NotMade::NoAccount(name.to_owned()))?;
    inbox(desk)?;
    register
        .set_partner_account(&by.actor(), name, &account.partner, false)
        .await?;
    post(by, desk, &account.partner, name, first)
}

/// Makes a list of one-time codes for somebody without a phone. An earlier list stops working when
/// the page has read this one. Only the returned value contains the codes.
///
/// # Errors
/// [`NotMade`].
pub async fn print_codes(
    by: &Acting,
    desk: &DeskSettings,
    name: &str,
) -> Result<Vec<PrintedCode>, NotMade> {
    people::needs(by, AccountRole::Administrator)?;
    let register = by.register();
    let account = register.partner_account(name).await?;
    let account = account.filter(|account| account.disabled_on.is_none());
    let account = account.ok_or_else(|| NotMade::NoAccount(name.to_owned()))?;
    let CodeList {
        codes,
        salt,
        digests,
    } = CodeList::random()?;
    let detail = format!("{} one-time codes printed for {name}", digests.len());
    register
        .record(&by.actor(), Action::Partner, &account.partner, &detail)
        .await?;
    let post = PagePost::Codes {
        name: name.to_owned(),
        salt,
        digests,
    };
    post.put(inbox(desk)?)?;
    Ok(codes)
}

/// Disables an account: at the desk at once, at the page when it next reads the inbox.
///
/// # Errors
/// [`NotMade`].
pub async fn disable(by: &Acting, desk: &DeskSettings, name: &str) -> Result<(), NotMade> {
    people::needs(by, AccountRole::Administrator)?;
    let register = by.register();
    if register.partner_account(name).await?.is_none() {
        return Err(NotMade::NoAccount(name.to_owned()));
    }
    // A second call succeeds too, so that it can repeat a post that failed.
    register.disable_partner_account(&by.actor(), name).await?;
    let post = PagePost::Disable {
        name: name.to_owned(),
    };
    Ok(post.put(inbox(desk)?)?)
}

fn post(
    by: &Acting,
    desk: &DeskSettings,
    partner: &str,
    name: &str,
    first: &Passphrase,
) -> Result<(), NotMade> {
    let identity = Identity::generate();
    let post = PagePost::Account {
        name: name.to_owned(),
        partner: partner.to_owned(),
        key: identity.recipient()?,
        identity: identity.sealed_with(first, by.register().clock().today())?,
    };
    Ok(post.put(inbox(desk)?)?)
}
