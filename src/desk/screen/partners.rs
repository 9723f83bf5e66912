//! `/partners`: the directory: who gets reports, what each may have, when its sharing agreement ends,
//! and whether somebody compared its key. Administrators change it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::words::sentence;
use super::{Frame, OurForm, Refusal, Screen, broken, page, words};
use crate::acting::Acting;
use crate::audit::Action;
use crate::partners::{Field, Partner, PartnerKind, Way, table};
use crate::register::{AccountRole, Imported};
use crate::session::Signed;
use loke_core::seal::Recipient;
use loke_core::tip::Lane;

/// Columns of the form and of the table, in their order.
const CELLS: usize = table::COLUMNS.len();

struct Row {
    name: String,
    label: String,
    /// The person or office to ask. May be empty.
    contact: String,
    kind: &'static str,
    way: String,
    lanes: String,
    fields: String,
    agreement: String,
    /// Whether the agreement ends soon or has ended.
    warned: bool,
    fingerprint: Option<String>,
    confirmed: bool,
    /// Whether its reports go to accounts on the partner page.
    is_page: bool,
    /// The people with such an account.
    accounts: Vec<AccountRow>,
}

struct AccountRow {
    name: String,
    state: String,
    fingerprint: Option<String>,
    /// Whether its key waits for somebody to compare it.
    is_waiting: bool,
}

/// The form for one partner, filled in.
struct Form {
    cells: [String; CELLS],
    is_known: bool,
}

impl Form {
    fn cell(&self, name: &str) -> &str {
        let at = table::COLUMNS.iter().position(|column| *column == name);
        at.and_then(|at| self.cells.get(at))
            .map_or("", String::as_str)
    }
}

#[derive(Template)]
#[template(path = "desk/partners.html")]
struct Partners {
    frame: Frame,
    rows: Vec<Row>,
    may_change: bool,
    form: Form,
    kinds: Vec<&'static str>,
    lanes: String,
    fields: String,
    columns: String,
    /// The usual partners that are not in the directory: name and organisation.
    usual: Vec<(String, String)>,
}

/// The partner to change, or the usual one to begin with.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    name: String,
}

/// `GET /partners`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let known = acting.register().partners().await.map_err(|e| broken(&e))?;
    let accounts = acting.register().partner_accounts().await;
    let accounts = accounts.map_err(|e| broken(&e))?;
    let today = screen.clock().today();
    let usual = table::read(table::USUAL.as_bytes(), acting.register().folder());
    let usual: Vec<Partner> = usual.map_err(|e| broken(&e))?;
    let is_asked = |partner: &&Partner| partner.name == asked.name;
    let chosen = known.iter().chain(&usual).find(is_asked);
    let form = Form {
        cells: chosen.map(table::cells).unwrap_or_default(),
        is_known: known.iter().any(|partner| partner.name == asked.name),
    };
    let is_new = |partner: &&Partner| !known.iter().any(|other| other.name == partner.name);
    page(&Partners {
        frame: screen.frame(Some(&signed)),
        may_change: acting.account().is(AccountRole::Administrator),
        form,
        kinds: PartnerKind::ALL.iter().map(|kind| kind.word()).collect(),
        lanes: list(Lane::ALL.iter().map(|lane| lane.word())),
        fields: list(Field::ALL.iter().map(|field| field.word())),
        columns: table::COLUMNS.join(","),
        usual: usual
            .iter()
            .filter(is_new)
            .map(|partner| (partner.name.clone(), partner.organisation.clone()))
            .collect(),
        rows: known
            .iter()
            .map(|partner| Row {
                label: match partner.organisation.as_str() {
                    "" => partner.name.clone(),
                    organisation => organisation.to_owned(),
                },
                contact: partner.contact.clone(),
                kind: partner.kind.word(),
                way: words::way(&partner.way),
                lanes: match partner.lanes.is_empty() {
                    true => "All subjects".to_owned(),
                    false => list(partner.lanes.iter().map(|lane| lane.word())),
                },
                fields: list(partner.fields.iter().map(|field| field.word())),
                agreement: match partner.agreement_until {
                    Some(day) => words::day(&day),
                    None => "no end".to_owned(),
                },
                warned: partner.agreement_warning(today).is_some(),
                fingerprint: partner.key.as_ref().map(Recipient::fingerprint),
                confirmed: partner.confirmed,
                is_page: partner.way == Way::Page,
                accounts: accounts
                    .iter()
                    .filter(|account| account.partner == partner.name)
                    .map(|account| AccountRow {
                        name: account.name.clone(),
                        state: account.state(),
                        fingerprint: account
                            .fingerprint()
                            .filter(|_| account.disabled_on.is_none()),
                        is_waiting: !account.confirmed
                            && account.disabled_on.is_none()
                            && account.key.is_some(),
                    })
                    .collect(),
                name: partner.name.clone(),
            })
            .collect(),
    })
}

fn list(words: impl Iterator<Item = &'static str>) -> String {
    words.collect::<Vec<_>>().join("; ")
}

/// Both forms: one partner, or the fingerprint of a new key.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Change {
    deed: String,
    name: String,
    kind: String,
    key: String,
    way: String,
    address: String,
    lanes: String,
    fields: String,
    agreement_until: String,
    organisation: String,
    contact: String,
    fingerprint: String,
}

/// `POST /partners`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<Change>,
) -> Result<Response, Refusal> {
    let done = match acting.account().is(AccountRole::Administrator) {
        false => {
            let register = acting.register();
            register
                .record(&acting.actor(), Action::Refused, "/partners", "")
                .await
                .map_err(|e| broken(&e))?;
            Err("An administrator changes the directory.".to_owned())
        }
        true => match form.deed.as_str() {
            "confirm" => confirm(&acting, &form).await?,
            _ => store(&acting, &form).await?,
        },
    };
    let trouble = done.is_err();
    let text = done.unwrap_or_else(|refused| refused);
    screen.sessions.say(&signed, text, trouble);
    Ok(Redirect::to("/partners").into_response())
}

/// Adds a partner, or changes one: by the same rules as a table.
async fn store(acting: &Acting, form: &Change) -> Result<Result<String, String>, Refusal> {
    let row = [
        &form.name,
        &form.kind,
        &form.key,
        &form.way,
        &form.address,
        &form.lanes,
        &form.fields,
        &form.agreement_until,
        &form.organisation,
        &form.contact,
    ];
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer.write_record(table::COLUMNS);
    written.map_err(|e| broken(&e))?;
    writer.write_record(row).map_err(|e| broken(&e))?;
    let bytes = writer.into_inner().map_err(|e| broken(&e))?;
    let register = acting.register();
    let partners = match table::read(&bytes, register.folder()) {
        Ok(partners) => partners,
        Err(table::BadTable::Line { why, .. }) => return Ok(Err(sentence(&why))),
        Err(other) => return Ok(Err(sentence(&other))),
    };
    let imported = register.import_partners(&acting.actor(), &partners).await;
    let imported = imported.map_err(|e| broken(&e))?;
    let fingerprint = partners
        .first()
        .and_then(|partner| partner.key.as_ref())
        .map(Recipient::fingerprint);
    Ok(match (imported.first(), fingerprint) {
        (Some(Imported::NewKey), Some(key)) => Err(format!(
            "{} has another key now, so nothing leaves for it. Compare the fingerprint {key} by telephone, and confirm it below.",
            form.name
        )),
        (Some(Imported::New), Some(key)) => Ok(format!(
            "{} is in the directory. Compare the fingerprint {key} by telephone.",
            form.name
        )),
        _ => Ok(format!("{} is stored.", form.name)),
    })
}

/// Confirms a new key, if this is its fingerprint.
async fn confirm(acting: &Acting, form: &Change) -> Result<Result<String, String>, Refusal> {
    let register = acting.register();
    let partner = register.partner(&form.name).await.map_err(|e| broken(&e))?;
    let Some(partner) = partner else {
        return Ok(Err("There is no such partner.".to_owned()));
    };
    if partner.way == Way::Page {
        let confirmed = register
            .confirm_partner_account(&acting.actor(), &form.name, &form.fingerprint)
            .await
            .map_err(|e| broken(&e))?;
        return Ok(match confirmed {
            Some(account) => Ok(format!("The key of {account} is confirmed.")),
            None => Err(format!(
                "No account at {} has a key with this fingerprint, so nothing was confirmed. The key may be somebody else's: ask the person by telephone.",
                form.name
            )),
        });
    }
    let confirmed = register
        .confirm_partner(&acting.actor(), &partner, &form.fingerprint)
        .await
        .map_err(|e| broken(&e))?;
    Ok(match confirmed {
        true => Ok(format!("The key of {} is confirmed.", form.name)),
        false => Err(format!(
            "This is not the fingerprint of {}'s key, so nothing was confirmed. The key may be somebody else's: ask the partner by telephone.",
            form.name
        )),
    })
}
