//! A certificate of a test's own, and a TLS client that trusts it alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls;

pub(crate) struct Certificate {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) client: Arc<rustls::ClientConfig>,
}

impl Certificate {
    /// Writes `cert.pem` and `key.pem` for this name into the folder.
    pub(crate) fn of(name: &str, folder: &Path) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&cert, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let client = rustls::ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::ring::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
        Self {
            cert,
            key,
            client: Arc::new(client),
        }
    }
}
