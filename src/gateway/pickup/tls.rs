//! The pickup's TLS: version 1.3 alone, both ends pinned by the SHA-256 of their certificate. No
//! authority signs anything here, so none can be talked into signing for a stranger. It must never
//! let a session go on without asking for the certificate again.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring::default_provider, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible,
    ServerConfig, SignatureScheme, version::TLS13,
};
use zeroize::Zeroizing;

use super::desks::Desks;
use loke_core::digest::sha256;

/// The file of the pickup's certificate, in the gateway's folder.
pub const CERTIFICATE: &str = "pickup.crt";
/// The file of its private key.
pub const KEY: &str = "pickup.key";
/// What to do where they cannot be used.
pub const MEND: &str = "Put pickup.crt and pickup.key back from the backup of the gateway's folder; new ones would mean enrolling every desk again";

/// A self-signed certificate and its key, both PEM. It has no end date: what ends it is `revoke`,
/// or a new `init`.
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// Its private key (PKCS #8), ECDSA P-256.
    pub key: Zeroizing<String>,
    /// SHA-256 of the certificate (DER): what the other end pins.
    pub fingerprint: [u8; 32],
}

impl Pair {
    /// Makes a new pair. `name` is what a person reads in it; nothing trusts it.
    ///
    /// # Errors
    /// Where rcgen cannot make a key, as when the operating system has no random bytes.
    pub fn new(name: &str) -> Result<Self, rcgen::Error> {
        let key = rcgen::KeyPair::generate()?;
        let mut params = rcgen::CertificateParams::new([name.to_owned()])?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            certificate: certificate.pem(),
            key: Zeroizing::new(key.serialize_pem()),
            fingerprint: sha256(certificate.der()),
        })
    }
}

/// Why the pickup's certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// No such file, no permission, or no PEM in it. Names the file.
    #[error("{0} cannot be read as PEM")]
    Unreadable(std::path::PathBuf),
    /// Certificate and key do not belong together, or rustls cannot use them.
    #[error("the pickup's certificate and key do not fit each other")]
    Misfit,
}

/// Reads the certificate that desks pin, and gives its SHA-256.
///
/// # Errors
/// Where the file is missing or holds no certificate.
pub fn pin(certificate: &Path) -> Result<[u8; 32], Unusable> {
    read_certificate(certificate).map(|c| sha256(&c))
}

fn read_certificate(file: &Path) -> Result<CertificateDer<'static>, Unusable> {
    CertificateDer::from_pem_file(file).map_err(|_| Unusable::Unreadable(file.to_owned()))
}

/// The pickup's side of mutual TLS: `certificate` and `key` are PEM files, `desks` says who may
/// connect at the moment they do.
///
/// # Errors
/// Where a file cannot be read or the two do not fit.
pub fn server(certificate: &Path, key: &Path, desks: Desks) -> Result<Arc<ServerConfig>, Unusable> {
    let chain = vec![read_certificate(certificate)?];
    let key =
        PrivateKeyDer::from_pem_file(key).map_err(|_| Unusable::Unreadable(key.to_owned()))?;
    let provider = Arc::new(default_provider());
    let verifier = Arc::new(Enrolled {
        desks,
        algorithms: provider.signature_verification_algorithms,
    });
    let mut config = build(provider, verifier, chain, key).map_err(|_| Unusable::Misfit)?;
    // A resumed session would not be asked for its certificate again, and a revoked desk could go
    // on.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn build(
    provider: Arc<CryptoProvider>,
    verifier: Arc<Enrolled>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, Error> {
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
}

/// Lets in a certificate whose SHA-256 stands in `desks/` at this moment, and nothing else.
#[derive(Debug)]
struct Enrolled {
    desks: Desks,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for Enrolled {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match self.desks.find(&sha256(end_entity)) {
            Some(_) => Ok(ClientCertVerified::assertion()),
            // The other end reads `access_denied`.
            None => Err(Error::InvalidCertificate(
                CertificateError::ApplicationVerificationFailure,
            )),
        }
    }

    /// Never asked: the server speaks TLS 1.3 alone.
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::PeerIncompatible(
            PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
