//! `POST /partners/table`: a CSV table of partners, uploaded by an administrator. A fault names its
//! line, and then nothing of the table is stored.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::words::sentence;
use super::{Refusal, Screen, broken, refusal};
use crate::acting::Acting;
use crate::audit::Action;
use crate::partners::table;
use crate::register::{AccountRole, Imported};
use crate::session::Signed;
use crate::upload;
use loke_core::seal::Recipient;

/// Largest upload, in bytes: 1,000 partners with long names.
pub(super) const MOST: usize = 1 << 20;
/// Most partners whose fingerprints are shown in the line above the page.
const SHOWN: usize = 5;

/// `POST /partners/table`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let sent = upload::read(&headers, body, "table").await;
    let Some(sent) = sent.filter(|sent| signed.sent(&sent.form_token)) else {
        return Err(refusal(
            StatusCode::FORBIDDEN,
            "Refused",
            "This form is from another session, so nothing was done. Load the page again.",
        ));
    };
    let register = acting.register();
    let done = if acting.account().is(AccountRole::Administrator) {
        match table::read(&sent.file, register.folder()) {
            Err(bad) => Err(sentence(&bad)),
            Ok(partners) => {
                let imported = register.import_partners(&acting.actor(), &partners).await;
                let imported = imported.map_err(|e| broken(&e))?;
                Ok(in_words(&partners, &imported))
            }
        }
    } else {
        register
            .record(&acting.actor(), Action::Refused, "/partners", "")
            .await
            .map_err(|e| broken(&e))?;
        Err("An administrator changes the directory.".to_owned())
    };
    let trouble = done.is_err();
    let text = done.unwrap_or_else(|refused| refused);
    screen.sessions.say(&signed, text, trouble);
    Ok(Redirect::to("/partners").into_response())
}

fn in_words(partners: &[crate::partners::Partner], imported: &[Imported]) -> String {
    let changed = imported.iter().filter(|one| **one == Imported::NewKey);
    let mut said = format!("{} partners are in the directory.", partners.len());
    match changed.count() {
        0 => {}
        n => said.push_str(&format!(
            " {n} have another key now, so nothing leaves for them before you confirm it below."
        )),
    }
    for partner in partners.iter().take(SHOWN) {
        if let Some(key) = partner.key.as_ref().map(Recipient::fingerprint) {
            said.push_str(&format!(" {}: {key}.", partner.name));
        }
    }
    said
}
