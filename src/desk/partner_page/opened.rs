//! A report that is open in memory for one request.

use std::io::Read;

use zeroize::Zeroizing;

use super::PartnerPage;
use super::accounts::Reader;
use crate::answers::by_account::AnswerKey;
use crate::keys::Identity;
use crate::open::{self, Jpeg};
use crate::report::Report;
use loke_core::seal::{Recipient, SizeClass};
use loke_core::tip::Priority;

/// Largest part of a report, in bytes.
const LARGEST: u64 = SizeClass::Eight.plain() as u64;

/// The frame of each page of a person who is signed in.
pub(super) struct Frame {
    pub(super) account: String,
    pub(super) partner: String,
    pub(super) until: String,
    pub(super) form_token: String,
    /// The result of the last form.
    pub(super) notice: Option<(String, bool)>,
}

impl Frame {
    pub(super) fn of(page: &PartnerPage, reader: &Reader) -> Self {
        let said = page
            .accounts
            .as_ref()
            .and_then(|accounts| accounts.sessions.said(&reader.signed));
        Self {
            account: reader.signed.account.clone(),
            partner: reader.partner.clone(),
            until: page.settings.zone.time(reader.signed.until),
            form_token: reader.signed.form_token.clone(),
            notice: said.map(|said| (said.text, said.trouble)),
        }
    }
}

/// Why a report did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotReadable {
    /// It was sealed before this key was confirmed.
    OtherKey,
    /// It is damaged.
    Broken,
}

/// A report, with its files.
pub(super) struct OpenedReport {
    pub(super) report: Report,
    pub(super) pdf: Zeroizing<Vec<u8>>,
    pub(super) photos: Vec<Jpeg>,
}

impl OpenedReport {
    /// Opens a sealed report.
    pub(super) fn open(member: &[Identity], sealed: &[u8]) -> Result<Self, NotReadable> {
        let plain = open::plain(member, sealed).map_err(|problem| match problem {
            open::Error::OtherKey => NotReadable::OtherKey,
            _ => NotReadable::Broken,
        })?;
        unpack(&plain).ok_or(NotReadable::Broken)
    }

    /// How urgent it is, in words. Empty if it says nothing of it.
    pub(super) fn urgency(&self) -> &'static str {
        match self.report.priority {
            Some(Priority::Now) => "Now",
            Some(Priority::Soon) => "Soon",
            Some(Priority::Routine) => "Routine",
            None => "",
        }
    }

    /// The keys for answers: for the MAC, and the desk's.
    pub(super) fn answer_keys(&self) -> Option<(AnswerKey, Recipient)> {
        let key = AnswerKey::parse(self.report.answer_key.as_deref()?)?;
        let to = self.report.answer_to.as_deref()?.parse().ok()?;
        Some((key, to))
    }
}

fn unpack(plain: &[u8]) -> Option<OpenedReport> {
    let (mut report, mut pdf, mut photos) = (None, None, Vec::new());
    for entry in tar::Archive::new(plain).entries().ok()?.raw(true) {
        let entry = entry.ok()?;
        if entry.header().entry_type() != tar::EntryType::Regular {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let size = usize::try_from(entry.size().min(LARGEST)).ok()?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(size));
        entry.take(LARGEST).read_to_end(&mut bytes).ok()?;
        match name.as_str() {
            "report.json" => report = serde_json::from_slice(&bytes).ok(),
            "report.pdf" => pdf = Some(bytes),
            _ => photos.push(bytes),
        }
    }
    Some(OpenedReport {
        report: report?,
        pdf: pdf?,
        photos,
    })
}
