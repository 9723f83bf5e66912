//! The demonstration's five partners, each with a key and an inbox folder. Police and licensing
//! have e-mail addresses, and the demonstration's own mail server saves their mail in their
//! inboxes. The others receive reports in a folder. A sixth one, the wardens, has an account on the
//! partner page.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret;
use anyhow::Context;
use toml::{Table, Value};

/// Name, organisation, and whether reports go by e-mail.
const PARTNERS: [(&str, &str, bool); 5] = [
    ("police", "Police intelligence unit", true),
    ("cleansing", "Estates cleansing", false),
    ("safeguarding", "Social care", false),
    ("licensing", "Licensing", true),
    ("housing", "Tenancy management", false),
];

/// The partner whose reports go to the partner page, and its organisation.
pub(crate) const WARDENS: (&str, &str) = ("wardens", "Neighbourhood wardens");
/// Its account, with the passphrase for the first sign-in.
pub(crate) const WARDEN: (&str, &str) = ("wendy", "the administrator made this one");

/// The inbox of each partner, by the first part of its e-mail address.
pub(crate) fn inboxes(dir: &Path) -> Vec<(String, PathBuf)> {
    PARTNERS
        .iter()
        .map(|(name, ..)| {
            (
                (*name).to_owned(),
                dir.join("partners").join(name).join("inbox"),
            )
        })
        .collect()
}

/// Makes the partners' keys and inboxes, and the table of `loke-desk partner import`.
pub(crate) fn write(dir: &Path, post: SocketAddr) -> anyhow::Result<PathBuf> {
    let mut table =
        "name,kind,key,way,address,lanes,fields,agreement_until,organisation\n".to_owned();
    for (name, organisation, by_mail) in PARTNERS {
        let folder = dir.join("partners").join(name);
        std::fs::create_dir_all(folder.join("inbox"))?;
        let identity = age::x25519::Identity::generate();
        std::fs::write(
            folder.join("identity"),
            format!("{}\n", identity.to_string().expose_secret()),
        )?;
        let (way, address) = if by_mail {
            ("mail", format!("{name}@demo.invalid"))
        } else {
            ("folder", folder.join("inbox").display().to_string())
        };
        let key = identity.to_public();
        table.push_str(&format!(
            "{name},{name},{key},{way},{address},,,,{organisation}\n"
        ));
    }
    let (name, organisation) = WARDENS;
    table.push_str(&format!("{name},other,,page,,,,,{organisation}\n"));
    let file = dir.join("partners/partners.csv");
    std::fs::write(&file, table)?;
    change(&dir.join("desk/desk.toml"), |desk| {
        desk.insert("demo".into(), true.into());
    })?;
    write_mail(dir, post)?;
    Ok(file)
}

/// Writes the current address of the demonstration's mail server into `desk.toml`.
pub(crate) fn write_mail(dir: &Path, post: SocketAddr) -> anyhow::Result<()> {
    change(&dir.join("desk/desk.toml"), |desk| {
        let mail = Table::from_iter([
            ("smtp".to_owned(), format!("smtp://{post}").into()),
            ("from".to_owned(), "desk@demo.invalid".into()),
        ]);
        desk.insert("mail".into(), Value::Table(mail));
    })
}

/// Makes the folder of the partner page, with the key that answers are sealed to.
pub(crate) fn write_page(dir: &Path, recipient: &str) -> anyhow::Result<()> {
    let folder = dir.join("partner-page");
    for name in ["answers", "inbox"] {
        std::fs::create_dir_all(folder.join(name))?;
    }
    let page = Table::from_iter([
        ("key".to_owned(), recipient.into()),
        ("answers".to_owned(), "answers".into()),
        ("accounts".to_owned(), Value::Table(Table::new())),
    ]);
    std::fs::write(folder.join("partners.toml"), page.to_string())?;
    let answers = folder.join("answers").display().to_string();
    let inbox = folder.join("inbox").display().to_string();
    change(&dir.join("desk/desk.toml"), |desk| {
        let answers = Table::from_iter([("folder".to_owned(), answers.into())]);
        desk.insert("answers".into(), Value::Table(answers));
        let page = Table::from_iter([("inbox".to_owned(), inbox.into())]);
        desk.insert("partner_page".into(), Value::Table(page));
    })
}

/// Writes the address of the partner page. Returns its configuration.
pub(crate) fn set_page(dir: &Path, listen: SocketAddr) -> anyhow::Result<PathBuf> {
    let file = dir.join("partner-page/partners.toml");
    change(&file, |page| {
        page.insert("listen".into(), listen.to_string().into());
    })?;
    Ok(file)
}

/// Makes tips collectable at once, and marks the pages as a demonstration.
pub(crate) fn set_gateway(file: &Path) -> anyhow::Result<()> {
    change(file, |gateway| {
        gateway.insert("demo".into(), true.into());
        if let Some(pickup) = gateway.get_mut("pickup").and_then(Value::as_table_mut) {
            pickup.insert("release_minutes".into(), 0.into());
        }
    })
}

fn change(file: &Path, edit: impl FnOnce(&mut Table)) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let mut table: Table = text.parse()?;
    edit(&mut table);
    std::fs::write(file, table.to_string())
        .with_context(|| format!("{} cannot be written", file.display()))
}
