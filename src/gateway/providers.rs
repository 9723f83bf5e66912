//! The SMS providers: the format, the proofs and the calls of each. It must never store or log what
//! a provider sends.
//!
//! | file | content |
//! |---|---|
//! | `provider` | the provider trait: authentication, parsing, and listing stored texts |
//! | `notify`, `twilio`, `telnyx`, `kannel`, `gammu` | one provider each |
//! | `settings`, `secret` | `[sms]`, and the secrets that it names |
//! | `json` | lenient parsing of a provider's JSON |
//! | `call` | outgoing calls |
//!
//! To add a provider, write its file and add it to each list here and in `settings`.

pub(crate) mod call;
pub mod gammu;
mod json;
pub mod kannel;
pub mod notify;
pub mod provider;
pub mod secret;
pub mod settings;
pub mod telnyx;
pub mod twilio;

/// The headers that authenticate a provider. `Strip` keeps them on the SMS listener only.
pub const PROOFS: &[&str] = &[
    "authorization",
    "x-twilio-signature",
    "telnyx-signature-ed25519",
    "telnyx-timestamp",
];
