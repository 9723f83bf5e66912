//! The accounts: who may sign in, with what roles, and the public key of each member's identity.

use sqlx::{FromRow, SqliteConnection};

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;
use crate::keys::{CodeHash, CodeKind, CodeSeconds, CodeSecret};
use loke_core::clock::Day;
use loke_core::seal::Recipient;

loke_core::words! {
    /// A right of an account. An account has one or more.
    AccountRole {
        /// Reads, decides and routes.
        Officer = "officer",
        /// Also looks twice at risky decisions, and decides who is in a book.
        Supervisor = "supervisor",
        /// Sees who did what, and never content.
        Auditor = "auditor",
        /// Manages accounts, partners and settings, and never sees content.
        Administrator = "administrator",
    }
}

/// An account of the desk.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name, as in `--as NAME`.
    pub name: String,
    /// The organisation of the person: council, police, ….
    pub organisation: String,
    /// Its roles.
    pub roles: Vec<AccountRole>,
    /// The public key of the member's identity.
    pub recipient: Recipient,
    /// Whether somebody else made its passphrase. Then no book opens for it.
    pub first: bool,
    /// The secret of its one-time codes. `None` until the first sign-in at the page.
    pub code_secret: Option<CodeSecret>,
    /// The day it was created.
    pub created_on: Day,
    /// The day of its last sign-in.
    pub seen_on: Option<Day>,
    /// The day it was disabled.
    pub disabled_on: Option<Day>,
}

impl Account {
    /// The person, for the audit log.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            name: self.name.clone(),
            organisation: self.organisation.clone(),
        }
    }

    /// Whether the account has this role.
    #[must_use]
    pub fn is(&self, role: AccountRole) -> bool {
        self.roles.contains(&role)
    }

    /// The roles in words, with commas between.
    #[must_use]
    pub fn roles_in_words(&self) -> String {
        words_of(&self.roles)
    }
}

/// An account that is about to be created.
#[derive(Debug)]
pub struct NewAccount<'a> {
    /// Its name.
    pub name: &'a str,
    /// The organisation of the person.
    pub organisation: &'a str,
    /// Its roles.
    pub roles: &'a [AccountRole],
    /// The public key of its identity.
    pub recipient: &'a Recipient,
    /// Whether somebody else made its passphrase.
    pub first: bool,
}

/// A row of `accounts`.
#[derive(FromRow)]
struct AccountRow {
    name: String,
    organisation: String,
    roles: String,
    recipient: String,
    first: bool,
    code_secret: Option<Vec<u8>>,
    code_hash: CodeHash,
    code_seconds: i64,
    code_token: bool,
    created_on: Day,
    seen_on: Option<Day>,
    disabled_on: Option<Day>,
}

/// The columns of an [`AccountRow`].
macro_rules! accounts {
    ($end:literal) => {
        concat!(
            "select name, organisation, roles, recipient, first, code_secret, code_hash, code_seconds, code_token, created_on, seen_on, disabled_on from accounts ",
            $end
        )
    };
}

impl Register {
    /// Creates an account.
    ///
    /// # Errors
    /// [`Error::AccountExists`].
    pub async fn add_account(&self, actor: &Actor, new: &NewAccount<'_>) -> Result<(), Error> {
        let roles = words_of(new.roles);
        let mut write = self.write().await?;
        let added = sqlx::query(
            "insert into accounts (name, organisation, roles, recipient, first, created_on) values ($1, $2, $3, $4, $5, $6)
             on conflict (name) do nothing",
        )
        .bind(new.name)
        .bind(new.organisation)
        .bind(&roles)
        .bind(new.recipient.to_string())
        .bind(new.first)
        .bind(self.clock.today().to_string())
        .execute(&mut *write)
        .await?;
        if added.rows_affected() == 0 {
            return Err(Error::AccountExists(new.name.to_owned()));
        }
        let detail = format!("new, {roles}, {}", new.organisation);
        self.append(&mut write, actor, Action::Account, new.name, &detail)
            .await?;
        self.commit(write).await
    }

    /// All accounts, the first one first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn accounts(&self) -> Result<Vec<Account>, Error> {
        let rows: Vec<AccountRow> = sqlx::query_as(accounts!("order by rowid"))
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(AccountRow::into_account).collect()
    }

    /// The account with this name.
    ///
    /// # Errors
    /// [`Error::NoAccount`].
    pub async fn account(&self, name: &str) -> Result<Account, Error> {
        let row: Option<AccountRow> = sqlx::query_as(accounts!("where name = $1"))
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        row.ok_or_else(|| Error::NoAccount(name.to_owned()))?
            .into_account()
    }

    /// Disables an account: it can no longer sign in.
    ///
    /// # Errors
    /// [`Error::NoAccount`] if there is none that is not disabled yet.
    pub async fn disable_account(&self, actor: &Actor, name: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        let changed = sqlx::query(
            "update accounts set disabled_on = $2 where name = $1 and disabled_on is null",
        )
        .bind(name)
        .bind(self.clock.today().to_string())
        .execute(&mut *write)
        .await?;
        if changed.rows_affected() == 0 {
            return Err(Error::NoAccount(name.to_owned()));
        }
        for gone in [
            "delete from typed_texts where account = $1",
            "delete from sessions where account = $1",
            "delete from known_browsers where account = $1",
        ] {
            sqlx::query(gone).bind(name).execute(&mut *write).await?;
        }
        self.append(&mut write, actor, Action::Account, name, "disabled")
            .await?;
        self.commit(write).await
    }

    /// Lets an account of the partner page sign in again.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn enable_account(&self, actor: &Actor, name: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        let changed = sqlx::query(
            "update accounts set disabled_on = null where name = $1 and disabled_on is not null",
        )
        .bind(name)
        .execute(&mut *write)
        .await?;
        if changed.rows_affected() > 0 {
            self.append(&mut write, actor, Action::Account, name, "enabled")
                .await?;
        }
        self.commit(write).await
    }

    /// Stores the public key of an account's new identity. `first` is whether somebody else made
    /// its passphrase; then its one-time codes start anew too. The key before is noted if the same
    /// person chose both passphrases.
    ///
    /// # Errors
    /// [`Error::NoAccount`].
    pub async fn set_key(
        &self,
        actor: &Actor,
        name: &str,
        recipient: &Recipient,
        first: bool,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        let changed = sqlx::query(
            "update accounts set key_before = case when $3 or first then null else recipient end, recipient = $2, first = $3, code_secret = case when $3 then null else code_secret end,
                    code_step = case when $3 then 0 else code_step end where name = $1",
        )
        .bind(name)
        .bind(recipient.to_string())
        .bind(first)
        .execute(&mut *write)
        .await?;
        if changed.rows_affected() == 0 {
            return Err(Error::NoAccount(name.to_owned()));
        }
        if first {
            for gone in [
                "delete from printed_codes where account = $1",
                "delete from known_browsers where account = $1",
                "delete from sessions where account = $1",
                "update grants set shut = 1 where account = $1",
            ] {
                sqlx::query(gone).bind(name).execute(&mut *write).await?;
            }
        }
        let detail = format!("new key {}", recipient.fingerprint());
        self.append(&mut write, actor, Action::Account, name, &detail)
            .await?;
        self.commit(write).await
    }

    /// Stores the secret of an account's one-time codes.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_code_secret(&self, actor: &Actor, secret: &CodeSecret) -> Result<(), Error> {
        let mut write = self.write().await?;
        let name = actor.name.as_str();
        set_secret(&mut write, name, secret).await?;
        self.append(
            &mut write,
            actor,
            Action::Account,
            name,
            "one-time codes set",
        )
        .await?;
        self.commit(write).await
    }

    /// Forgets the phone and the printed list of an account, and the browsers that signed in to it.
    /// `token` is the seed of a hardware token that takes their place, and the step of its code that was
    /// used.
    ///
    /// # Errors
    /// [`Error::NoAccount`].
    pub(crate) async fn forget_codes(
        &self,
        actor: &Actor,
        name: &str,
        token: Option<(&CodeSecret, i64)>,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        let changed =
            sqlx::query("update accounts set code_secret = null, code_step = 0 where name = $1")
                .bind(name)
                .execute(&mut *write)
                .await?;
        if changed.rows_affected() == 0 {
            return Err(Error::NoAccount(name.to_owned()));
        }
        for gone in [
            "delete from printed_codes where account = $1",
            "delete from known_browsers where account = $1",
        ] {
            sqlx::query(gone).bind(name).execute(&mut *write).await?;
        }
        let mut detail = "codes are set up anew";
        if let Some((token, step)) = token {
            set_secret(&mut write, name, token).await?;
            sqlx::query("update accounts set code_step = $2 where name = $1")
                .bind(name)
                .bind(step)
                .execute(&mut *write)
                .await?;
            detail = "a hardware token set";
        }
        self.append(&mut write, actor, Action::Account, name, detail)
            .await?;
        self.commit(write).await
    }

    /// Uses up a one-time code. False if this step, or a later one, was used before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn use_code(&self, name: &str, step: i64) -> Result<bool, Error> {
        let used =
            sqlx::query("update accounts set code_step = $2 where name = $1 and code_step < $2")
                .bind(name)
                .bind(step)
                .execute(&self.pool)
                .await?;
        Ok(used.rows_affected() == 1)
    }

    /// The step of the last one-time code that the account used; 0 if none.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn code_step(&self, name: &str) -> Result<i64, Error> {
        let step = sqlx::query_scalar("select code_step from accounts where name = $1");
        let step: Option<i64> = step.bind(name).fetch_optional(&self.pool).await?;
        Ok(step.unwrap_or_default())
    }

    /// Records a sign-in.
    ///
    /// # Errors
    /// If it was not recorded. Then no session may begin.
    pub async fn note_sign_in(&self, actor: &Actor, way: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query("update accounts set seen_on = $2 where name = $1")
            .bind(&actor.name)
            .bind(self.clock.today().to_string())
            .execute(&mut *write)
            .await?;
        self.append(&mut write, actor, Action::SignIn, way, "")
            .await?;
        self.commit(write).await
    }
}

async fn set_secret(
    write: &mut SqliteConnection,
    name: &str,
    secret: &CodeSecret,
) -> Result<(), Error> {
    let CodeKind { hash, seconds } = secret.kind();
    let seconds: i64 = seconds.word().parse().map_err(|_| Error::Row)?;
    sqlx::query(
        "update accounts set code_secret = $2, code_hash = $3, code_seconds = $4, code_token = $5 where name = $1",
    )
    .bind(name)
    .bind(secret.expose())
    .bind(hash)
    .bind(seconds)
    .bind(secret.is_token())
    .execute(write)
    .await?;
    Ok(())
}

impl AccountRow {
    fn into_account(self) -> Result<Account, Error> {
        let seconds: CodeSeconds = self
            .code_seconds
            .to_string()
            .parse()
            .map_err(|_| Error::Row)?;
        let kind = CodeKind {
            hash: self.code_hash,
            seconds,
        };
        let is_token = self.code_token;
        let secret = |bytes| CodeSecret::stored(bytes, kind, is_token);
        // An account of the partner page has no role.
        let roles = self.roles.split(',').filter(|word| !word.is_empty());
        let roles = roles.map(|word| word.parse());
        Ok(Account {
            name: self.name,
            organisation: self.organisation,
            roles: roles.collect::<Result<_, _>>().map_err(|_| Error::Row)?,
            recipient: self.recipient.parse().map_err(|_| Error::Row)?,
            first: self.first,
            code_secret: self.code_secret.map(secret),
            created_on: self.created_on,
            seen_on: self.seen_on,
            disabled_on: self.disabled_on,
        })
    }
}

fn words_of(roles: &[AccountRole]) -> String {
    let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
    words.join(",")
}
