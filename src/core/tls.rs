//! TLS of a program's own pages. It must never link two visits: no tickets, no session cache.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::NoServerSessionStorage;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsTrouble {
    /// The certificate file is unusable.
    #[error(
        "{0}: cannot read a certificate from this file. Point tls_cert at a PEM file with the certificate chain"
    )]
    Certificate(PathBuf),
    /// The key file is unusable.
    #[error(
        "{0}: cannot read a private key from this file. Point tls_key at a PEM file with the key, and let the program's user read it"
    )]
    Key(PathBuf),
    /// Both are readable, but rustls rejects them.
    #[error(
        "{file}: rustls rejects this certificate with its key ({reason}). Check that they belong together"
    )]
    Pair {
        /// The certificate file.
        file: PathBuf,
        /// The error from rustls.
        reason: rustls::Error,
    },
}

/// TLS configuration of a listener, from PEM files: a certificate chain and its private key.
///
/// TLS 1.2 and 1.3, HTTP/1.1 only, no resumption: a session ticket would reveal that two visits
/// come from one phone.
///
/// # Errors
/// [`TlsTrouble`] if a file cannot be read or contains no certificate or key, or if the key does
/// not belong to the certificate.
pub fn server(cert: &Path, key: &Path) -> Result<Arc<rustls::ServerConfig>, TlsTrouble> {
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
