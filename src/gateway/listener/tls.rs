//! TLS of our own on the public side. It must never let two visits be linked: no tickets, no
//! session cache.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::NoServerSessionStorage;

/// Why the public side cannot speak TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsTrouble {
    /// The certificate file is of no use.
    #[error(
        "{0}: no certificate can be read from this file. Point tls_cert at a PEM file that holds the certificate chain"
    )]
    Certificate(PathBuf),
    /// The key file is of no use.
    #[error(
        "{0}: no private key can be read from this file. Point tls_key at a PEM file that holds the key, and let the gateway's user read it"
    )]
    Key(PathBuf),
    /// Both can be read, but TLS refuses them.
    #[error(
        "{file}: TLS refuses this certificate with its key ({reason}). Check that the two belong together"
    )]
    Pair {
        /// The certificate file.
        file: PathBuf,
        /// The reason in rustls' words.
        reason: rustls::Error,
    },
}

pub(super) fn public(cert: &Path, key: &Path) -> Result<Arc<rustls::ServerConfig>, TlsTrouble> {
    let unreadable = || TlsTrouble::Certificate(cert.to_owned());
    let chain: Vec<_> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|_| unreadable())?;
    if chain.is_empty() {
        return Err(unreadable());
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|_| TlsTrouble::Key(key.to_owned()))?;
    let refused = |reason| TlsTrouble::Pair {
        file: cert.to_owned(),
        reason,
    };
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .map_err(refused)?
    .with_no_client_auth()
    .with_single_cert(chain, private)
    .map_err(refused)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}
