//! The directory of partners.

use sqlx::FromRow;

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;
use crate::partners::{Field, Partner, Way, table};
use loke_core::clock::Day;
use loke_core::seal::Recipient;
use loke_core::tip::Lane;

/// The effect of an import on one partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// It is new, so its key counts as confirmed.
    New,
    /// It was there, with the same key.
    Known,
    /// It was there with another key. Nothing leaves until somebody confirms the new one.
    NewKey,
}

/// A row of `partners`.
#[derive(FromRow)]
struct PartnerRow {
    name: String,
    kind: String,
    organisation: String,
    contact: String,
    key: Option<String>,
    confirmed: bool,
    way: String,
    address: String,
    lanes: String,
    fields: String,
    agreement_until: Option<Day>,
}

impl PartnerRow {
    fn into_partner(self, readers: &[(String, String)]) -> Result<Partner, Error> {
        let row = |_| Error::Row;
        let key: Option<Recipient> = match self.key {
            Some(key) => Some(key.parse().map_err(|_| Error::Row)?),
            None => None,
        };
        let theirs = readers.iter().filter(|(partner, _)| *partner == self.name);
        let readers = theirs.map(|(_, key)| key.parse().map_err(|_| Error::Row));
        Ok(Partner {
            readers: readers.collect::<Result<_, _>>()?,
            kind: self.kind.parse().map_err(|_| Error::Row)?,
            way: match self.way.as_str() {
                "folder" => Way::Folder(self.address.into()),
                "mail" => Way::Mail(self.address),
                "print" => Way::Print,
                "open-mail" => Way::OpenMail(self.address),
                "page" => Way::Page,
                _ => return Err(Error::Row),
            },
            lanes: table::words::<Lane>("lanes", &self.lanes).map_err(row)?,
            fields: table::words::<Field>("fields", &self.fields).map_err(row)?,
            agreement_until: self.agreement_until,
            name: self.name,
            organisation: self.organisation,
            contact: self.contact,
            key,
            confirmed: self.confirmed,
        })
    }
}

/// Words with `;` between them.
fn list<T: Copy + Into<&'static str>>(words: &[T]) -> String {
    let words: Vec<&'static str> = words.iter().map(|word| (*word).into()).collect();
    words.join(";")
}

impl Register {
    /// All partners, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn partners(&self) -> Result<Vec<Partner>, Error> {
        let rows: Vec<PartnerRow> = sqlx::query_as("select * from partners order by name")
            .fetch_all(&self.pool)
            .await?;
        let readers = self.partner_readers().await?;
        let each = rows.into_iter().map(|row| row.into_partner(&readers));
        each.collect()
    }

    /// The partner with this name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn partner(&self, name: &str) -> Result<Option<Partner>, Error> {
        let row: Option<PartnerRow> = sqlx::query_as("select * from partners where name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        let readers = self.partner_readers().await?;
        row.map(|row| row.into_partner(&readers)).transpose()
    }

    /// Adds partners, or changes those that are there, all or none.
    ///
    /// # Errors
    /// If nothing was imported.
    pub async fn import_partners(
        &self,
        actor: &Actor,
        partners: &[Partner],
    ) -> Result<Vec<Imported>, Error> {
        let mut write = self.write().await?;
        let mut done = Vec::with_capacity(partners.len());
        for partner in partners {
            let key = partner.key.as_ref().map(ToString::to_string);
            let before: Option<(Option<String>, bool)> =
                sqlx::query_as("select key, confirmed from partners where name = $1")
                    .bind(&partner.name)
                    .fetch_optional(&mut *write)
                    .await?;
            let (imported, confirmed) = match before {
                None => (Imported::New, partner.confirmed),
                Some((old, confirmed)) if old == key => (Imported::Known, confirmed),
                Some(_) => (Imported::NewKey, key.is_none()),
            };
            sqlx::query(
                "insert into partners (name, kind, organisation, contact, key, confirmed, way, address, lanes, fields, agreement_until)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                 on conflict (name) do update set kind = $2, organisation = $3, contact = $4, key = $5, confirmed = $6, way = $7,
                     address = $8, lanes = $9, fields = $10, agreement_until = $11",
            )
            .bind(&partner.name)
            .bind(partner.kind.word())
            .bind(&partner.organisation)
            .bind(&partner.contact)
            .bind(&key)
            .bind(confirmed)
            .bind(partner.way.word())
            .bind(partner.address())
            .bind(list(&partner.lanes))
            .bind(list(&partner.fields))
            .bind(partner.agreement_until)
            .execute(&mut *write)
            .await?;
            let fingerprint = partner.key.as_ref().map(Recipient::fingerprint);
            let detail = format!(
                "{}, by {}, key {}",
                match imported {
                    Imported::New => "new",
                    Imported::Known => "imported again",
                    Imported::NewKey => "another key",
                },
                partner.way.word(),
                fingerprint.as_deref().unwrap_or("none")
            );
            self.append(&mut write, actor, Action::Partner, &partner.name, &detail)
                .await?;
            done.push(imported);
        }
        self.commit(write).await?;
        Ok(done)
    }

    /// Notes that somebody compared the fingerprint of a partner's key. Returns whether it is that
    /// of the key: if not, nothing was changed.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn confirm_partner(
        &self,
        actor: &Actor,
        partner: &Partner,
        fingerprint: &str,
    ) -> Result<bool, Error> {
        let bare =
            |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
        let Some(key) = &partner.key else {
            return Ok(false);
        };
        if bare(&key.fingerprint()) != bare(fingerprint) {
            return Ok(false);
        }
        let mut write = self.write().await?;
        sqlx::query("update partners set confirmed = 1 where name = $1 and key = $2")
            .bind(&partner.name)
            .bind(key.to_string())
            .execute(&mut *write)
            .await?;
        let detail = format!("key confirmed, {}", key.fingerprint());
        self.append(&mut write, actor, Action::Partner, &partner.name, &detail)
            .await?;
        self.commit(write).await?;
        Ok(true)
    }
}
