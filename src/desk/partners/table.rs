//! The CSV table of `loke-desk partner import`.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{Field, Partner, PartnerKind, Way};
use lettre::Address;
use loke_core::clock::Day;
use loke_core::seal::Recipient;

/// The columns. `organisation` and `contact` may be absent.
pub const COLUMNS: [&str; 10] = [
    "name",
    "kind",
    "key",
    "way",
    "address",
    "lanes",
    "fields",
    "agreement_until",
    "organisation",
    "contact",
];
/// How many of them must be there.
const NEEDED: usize = 8;
/// Most partners of one table.
const ROWS: usize = 1_000;
/// Longest name.
const NAME: usize = 40;

/// The usual partners, without addresses, keys and agreements. An administrator fills them in.
pub const USUAL: &str = include_str!("../../../rules/partners.csv");

/// Why a table was not read. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum BadTable {
    /// It is not CSV.
    #[error("the file is not a CSV table with one row of headings. Save it as CSV in UTF-8")]
    NotCsv,
    /// A column is missing.
    #[error("the table has no column \"{0}\". Its columns must be: {list}", list = COLUMNS.get(..NEEDED).unwrap_or_default().join(","))]
    NoColumn(&'static str),
    /// A column has an unknown name.
    #[error("\"{0}\" is not a column of this table. The columns are: {list}", list = COLUMNS.join(","))]
    UnknownColumn(String),
    /// A line is invalid.
    #[error("line {line}: {why}. Nothing was imported")]
    Line {
        /// Its number in the file, from 1.
        line: u64,
        /// Why.
        why: String,
    },
}

/// Reads a table. A folder is relative to `desk`, the desk's folder. Every key counts as confirmed.
///
/// # Errors
/// [`BadTable`].
pub fn read(csv: &[u8], desk: &Path) -> Result<Vec<Partner>, BadTable> {
    let mut table = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(csv);
    let headings = table.headers().map_err(|_| BadTable::NotCsv)?.clone();
    if let Some(unknown) = headings.iter().find(|name| !COLUMNS.contains(name)) {
        return Err(BadTable::UnknownColumn(unknown.to_owned()));
    }
    let missing = COLUMNS.iter().take(NEEDED);
    if let Some(missing) = missing
        .clone()
        .find(|name| !headings.iter().any(|h| h == **name))
    {
        return Err(BadTable::NoColumn(missing));
    }
    let mut partners: Vec<Partner> = Vec::new();
    for record in table.records() {
        let record = record.map_err(|e| BadTable::Line {
            line: e.position().map_or(0, csv::Position::line),
            why: "it has another number of columns, or it is not UTF-8".into(),
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let bad = |why: String| BadTable::Line { line, why };
        let cell = |name: &str| {
            let at = headings.iter().position(|heading| heading == name);
            at.and_then(|at| record.get(at)).unwrap_or_default()
        };
        let partner = partner(cell, desk).map_err(bad)?;
        if partners.iter().any(|other| other.name == partner.name) {
            return Err(bad(format!("\"{}\" is in the table twice", partner.name)));
        }
        if partners.len() == ROWS {
            return Err(bad(format!("a table has at most {ROWS} partners")));
        }
        partners.push(partner);
    }
    Ok(partners)
}

/// Partners as a table that [`read`] reads.
///
/// # Errors
/// [`BadTable::NotCsv`].
pub fn write(partners: &[Partner]) -> Result<String, BadTable> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(COLUMNS).map_err(|_| BadTable::NotCsv)?;
    for partner in partners {
        table
            .write_record(cells(partner))
            .map_err(|_| BadTable::NotCsv)?;
    }
    let bytes = table.into_inner().map_err(|_| BadTable::NotCsv)?;
    String::from_utf8(bytes).map_err(|_| BadTable::NotCsv)
}

/// The cells of a partner, in the order of [`COLUMNS`].
#[must_use]
pub fn cells(partner: &Partner) -> [String; 10] {
    let lanes: Vec<&str> = partner.lanes.iter().map(|lane| lane.word()).collect();
    let fields: Vec<&str> = partner.fields.iter().map(|field| field.word()).collect();
    let key = partner.key.as_ref().map(ToString::to_string);
    let until = partner.agreement_until.map(|day| day.to_string());
    [
        partner.name.clone(),
        partner.kind.word().to_owned(),
        key.unwrap_or_default(),
        partner.way.word().to_owned(),
        partner.address(),
        lanes.join(";"),
        fields.join(";"),
        until.unwrap_or_default(),
        partner.organisation.clone(),
        partner.contact.clone(),
    ]
}

/// One row.
fn partner<'a>(cell: impl Fn(&str) -> &'a str, desk: &Path) -> Result<Partner, String> {
    let name = cell("name");
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > NAME || !name.chars().all(is_name) {
        return Err(format!(
            "\"{name}\" is not a name. Use at most {NAME} lower-case letters, digits and hyphens"
        ));
    }
    let kind = word::<PartnerKind>("kind", cell("kind"))?;
    let way = way(cell("way"), cell("address"), desk)?;
    let key: Option<Recipient> = match cell("key") {
        "" if matches!(way, Way::Print | Way::OpenMail(_) | Way::Page) => None,
        "" => {
            return Err(
                "the key is missing. Only the ways print, open-mail and page need none".into(),
            );
        }
        _ if way == Way::Page => {
            return Err("the way page has no key in the table: each account makes its own".into());
        }
        key => Some(
            key.parse()
                .map_err(|e| format!("the key is not valid: {e}"))?,
        ),
    };
    let fields: Vec<Field> = words("fields", cell("fields"))?;
    let until = match cell("agreement_until") {
        "" => None,
        day => Some(day.parse::<Day>().map_err(|_| {
            format!("agreement_until is \"{day}\". Write the day as YYYY-MM-DD, or leave it empty")
        })?),
    };
    if until.is_none() && matches!(way, Way::OpenMail(_)) {
        return Err(
            "agreement_until is missing. Mail in the clear leaves only under a sharing agreement"
                .into(),
        );
    }
    Ok(Partner {
        name: name.to_owned(),
        kind,
        organisation: cell("organisation").to_owned(),
        contact: cell("contact").to_owned(),
        key,
        readers: Vec::new(),
        confirmed: true,
        way,
        lanes: words("lanes", cell("lanes"))?,
        fields: if fields.is_empty() {
            Field::ALL.to_vec()
        } else {
            fields
        },
        agreement_until: until,
    })
}

fn way(way: &str, address: &str, desk: &Path) -> Result<Way, String> {
    match (way, address) {
        ("folder", "") => Err("the address is missing: the folder".into()),
        ("folder", folder) => Ok(Way::Folder(desk.join(PathBuf::from(folder)))),
        ("mail" | "open-mail", address) => match address.parse::<Address>() {
            Ok(_) if way == "mail" => Ok(Way::Mail(address.to_owned())),
            Ok(_) => Ok(Way::OpenMail(address.to_owned())),
            Err(_) => Err(format!("\"{address}\" is not an e-mail address")),
        },
        ("print", _) => Ok(Way::Print),
        ("page", _) => Ok(Way::Page),
        (other, _) => Err(format!(
            "way is \"{other}\". The ways are: folder, mail, print, open-mail, page"
        )),
    }
}

fn word<T: FromStr>(column: &str, text: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|e| format!("{column} has \"{text}\": {e}"))
}

/// A list with `;` between its words.
pub(crate) fn words<T: FromStr>(column: &str, text: &str) -> Result<Vec<T>, String>
where
    T::Err: std::fmt::Display,
{
    let each = text
        .split(';')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    each.map(|one| word(column, one)).collect()
}

#[cfg(test)]
mod tests;
