//! The demonstration's five partners: a key and an inbox folder each. Police and licensing are
//! reached by e-mail, which the demonstration's own mail server puts into their inboxes; the others
//! by folder.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret;
use anyhow::Context;
use toml::{Table, Value};

/// Name, and whether it is reached by e-mail.
const PARTNERS: [(&str, bool); 5] = [
    ("police", true),
    ("cleansing", false),
    ("safeguarding", false),
    ("licensing", true),
    ("housing", false),
];

/// The inbox of each partner, by the first part of its e-mail address.
pub(crate) fn inboxes(dir: &Path) -> Vec<(String, PathBuf)> {
    PARTNERS
        .iter()
        .map(|(name, _)| {
            (
                (*name).to_owned(),
                dir.join("partners").join(name).join("inbox"),
            )
        })
        .collect()
}

/// Makes the partners' keys and inboxes, and names them in `desk.toml`.
pub(crate) fn write(dir: &Path, post: SocketAddr) -> anyhow::Result<()> {
    let mut entries = Vec::new();
    for (name, by_mail) in PARTNERS {
        let folder = dir.join("partners").join(name);
        std::fs::create_dir_all(folder.join("inbox"))?;
        let identity = age::x25519::Identity::generate();
        std::fs::write(
            folder.join("identity"),
            format!("{}\n", identity.to_string().expose_secret()),
        )?;
        let mut entry = Table::new();
        entry.insert("name".into(), name.into());
        entry.insert("key".into(), identity.to_public().to_string().into());
        if by_mail {
            entry.insert("mail".into(), format!("{name}@demo.invalid").into());
        } else {
            entry.insert(
                "folder".into(),
                folder.join("inbox").display().to_string().into(),
            );
        }
        entries.push(Value::Table(entry));
    }
    change(&dir.join("desk/desk.toml"), |desk| {
        desk.insert("partners".into(), Value::Array(entries));
        desk.insert("demo".into(), true.into());
    })?;
    write_mail(dir, post)
}

/// Tells the desk where the demonstration's mail server listens this time.
pub(crate) fn write_mail(dir: &Path, post: SocketAddr) -> anyhow::Result<()> {
    change(&dir.join("desk/desk.toml"), |desk| {
        let mail = Table::from_iter([
            ("smtp".to_owned(), format!("smtp://{post}").into()),
            ("from".to_owned(), "desk@demo.invalid".into()),
        ]);
        desk.insert("mail".into(), Value::Table(mail));
    })
}

/// Tips that can be collected at once, and pages that say what this is.
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
