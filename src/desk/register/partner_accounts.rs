//! People at partners who have an account on the partner page. The desk knows the name, the partner
//! and the public key. The passphrase, the one-time codes and the sessions are at the page.

use sqlx::FromRow;

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::seal::Recipient;

/// A person's account on the partner page.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, FromRow)]
pub struct PartnerAccount {
    /// Its name.
    pub name: String,
    /// The person's partner.
    pub partner: String,
    /// The public key, once the person chose a passphrase.
    pub key: Option<String>,
    /// Whether somebody compared the key's fingerprint with the person.
    pub confirmed: bool,
    /// The day on which it was created.
    pub created_on: Day,
    /// The day on which it was disabled.
    pub disabled_on: Option<Day>,
}

impl PartnerAccount {
    /// The fingerprint of its key.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        let key: Recipient = self.key.as_ref()?.parse().ok()?;
        Some(key.fingerprint())
    }

    /// Its state in words.
    #[must_use]
    pub fn state(&self) -> String {
        match (&self.disabled_on, &self.key, self.confirmed) {
            (Some(day), ..) => format!("disabled on {day}"),
            (None, None, _) => "has not signed in yet".to_owned(),
            (None, Some(_), false) => "key to compare".to_owned(),
            (None, Some(_), true) => "confirmed".to_owned(),
        }
    }
}

impl Register {
    /// The accounts on the partner page, by partner and name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn partner_accounts(&self) -> Result<Vec<PartnerAccount>, Error> {
        let all = sqlx::query_as("select * from partner_accounts order by partner, name");
        Ok(all.fetch_all(&self.pool).await?)
    }

    /// The account with this name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn partner_account(&self, name: &str) -> Result<Option<PartnerAccount>, Error> {
        let found = sqlx::query_as("select * from partner_accounts where name = $1");
        Ok(found.bind(name).fetch_optional(&self.pool).await?)
    }

    /// Partner and key of each account that reports are sealed to.
    pub(super) async fn partner_readers(&self) -> Result<Vec<(String, String)>, Error> {
        let readers = sqlx::query_as(
            "select partner, key from partner_accounts where confirmed = 1 and disabled_on is null order by name",
        );
        Ok(readers.fetch_all(&self.pool).await?)
    }

    /// Stores a new account, or begins one anew: without a key, so nothing is sealed to it. Returns
    /// whether it was stored: a name that another partner has is taken.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn set_partner_account(
        &self,
        actor: &Actor,
        name: &str,
        partner: &str,
        is_new: bool,
    ) -> Result<bool, Error> {
        let mut write = self.write().await?;
        let stored = match is_new {
            true => sqlx::query(
                "insert into partner_accounts (name, partner, created_on) values ($1, $2, $3) on conflict (name) do nothing",
            ),
            false => sqlx::query(
                "update partner_accounts set key = null, confirmed = 0, disabled_on = null, created_on = $3 where name = $1 and partner = $2",
            ),
        };
        let stored = stored
            .bind(name)
            .bind(partner)
            .bind(self.clock.today())
            .execute(&mut *write)
            .await?;
        if stored.rows_affected() == 0 {
            return Ok(false);
        }
        let detail = match is_new {
            true => format!("new account {name}"),
            false => format!("account {name} begins anew"),
        };
        self.append(&mut write, actor, Action::Partner, partner, &detail)
            .await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// Disables an account: nothing is sealed to it any more. Returns whether there was one.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn disable_partner_account(
        &self,
        actor: &Actor,
        name: &str,
    ) -> Result<bool, Error> {
        let mut write = self.write().await?;
        let partner: Option<String> = sqlx::query_scalar(
            "update partner_accounts set disabled_on = $2, confirmed = 0 where name = $1 and disabled_on is null returning partner",
        )
        .bind(name)
        .bind(self.clock.today())
        .fetch_optional(&mut *write)
        .await?;
        let Some(partner) = partner else {
            return Ok(false);
        };
        let detail = format!("account {name} disabled");
        self.append(&mut write, actor, Action::Partner, &partner, &detail)
            .await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// Stores the key that an account made at the partner page. Until somebody compared it, nothing
    /// is sealed to it. Returns whether it is a new one.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_partner_key(
        &self,
        name: &str,
        partner: &str,
        key: &Recipient,
    ) -> Result<bool, Error> {
        let mut write = self.write().await?;
        let stored = sqlx::query(
            "update partner_accounts set key = $3, confirmed = 0 where name = $1 and partner = $2 and disabled_on is null and key is not $3",
        )
        .bind(name)
        .bind(partner)
        .bind(key.to_string())
        .execute(&mut *write)
        .await?;
        if stored.rows_affected() == 0 {
            return Ok(false);
        }
        let detail = format!("account {name} has the key {}", key.fingerprint());
        self.append(
            &mut write,
            &Actor::desk(),
            Action::Partner,
            partner,
            &detail,
        )
        .await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// Notes that somebody compared the fingerprint of an account's key. Returns the account; `None`
    /// if no account of this partner has a key with it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn confirm_partner_account(
        &self,
        actor: &Actor,
        partner: &str,
        fingerprint: &str,
    ) -> Result<Option<String>, Error> {
        let bare =
            |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
        let accounts = self.partner_accounts().await?;
        let found = accounts.into_iter().find(|account| {
            let theirs = account.partner == partner && account.disabled_on.is_none();
            let own = account.fingerprint();
            theirs && own.is_some_and(|own| bare(&own) == bare(fingerprint))
        });
        let Some(found) = found else {
            return Ok(None);
        };
        let mut write = self.write().await?;
        sqlx::query("update partner_accounts set confirmed = 1 where name = $1 and key = $2 and disabled_on is null")
            .bind(&found.name)
            .bind(&found.key)
            .execute(&mut *write)
            .await?;
        let detail = format!(
            "key of {} confirmed, {}",
            found.name,
            found.fingerprint().unwrap_or_default()
        );
        self.append(&mut write, actor, Action::Partner, partner, &detail)
            .await?;
        self.commit(write).await?;
        Ok(Some(found.name))
    }
}
