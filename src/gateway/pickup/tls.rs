//! TLS of the pickup: version 1.3 only. Both sides pin the SHA-256 of the other's certificate. No
//! authority signs certificates, so an attacker cannot obtain one from an authority. A session must
//! never continue without a new certificate check.

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

/// File of the pickup's certificate, in the gateway's folder.
pub const CERTIFICATE: &str = "pickup.crt";
/// File of its private key.
pub const KEY: &str = "pickup.key";
/// What to do if they cannot be used.
pub const MEND: &str = "If another process serves the desks, delete [pickup] from this file (`init --only` writes such files). If the two files are lost, restore pickup.crt and pickup.key from the backup of the gateway's folder; with new ones you must enrol every desk again";

/// A self-signed certificate and its key, both PEM. It has no expiry date: `revoke` or a new `init`
/// ends it.
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// Its private key (PKCS #8), ECDSA P-256.
    pub key: Zeroizing<String>,
    /// SHA-256 of the certificate (DER), which the other side pins.
    pub fingerprint: [u8; 32],
}

impl Pair {
    /// Creates a new pair. `name` is only for people; no code relies on it.
    ///
    /// # Errors
    /// If rcgen cannot create a key, for example because the operating system returns no random
    /// bytes.
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
pub enum PickupTlsError {
    /// File missing, no permission, or no PEM in it. Names the file.
    #[error("{0} cannot be read as PEM")]
    Unreadable(std::path::PathBuf),
    /// The key does not belong to the certificate, or rustls cannot use them.
    #[error("the pickup's certificate and key do not match")]
    Misfit,
}

/// Reads the certificate that desks pin, and returns its SHA-256.
///
/// # Errors
/// If the file is missing or contains no certificate.
pub fn pin(certificate: &Path) -> Result<[u8; 32], PickupTlsError> {
    read_certificate(certificate).map(|c| sha256(&c))
}

fn read_certificate(file: &Path) -> Result<CertificateDer<'static>, PickupTlsError> {
    CertificateDer::from_pem_file(file).map_err(|_| PickupTlsError::Unreadable(file.to_owned()))
}

/// Server configuration of mutual TLS. `certificate` and `key` are PEM files; `desks` is read at
/// each connection.
///
/// # Errors
/// If a file cannot be read, or if key and certificate do not match.
pub fn server(
    certificate: &Path,
    key: &Path,
    desks: Desks,
) -> Result<Arc<ServerConfig>, PickupTlsError> {
    let chain = vec![read_certificate(certificate)?];
    let key = PrivateKeyDer::from_pem_file(key)
        .map_err(|_| PickupTlsError::Unreadable(key.to_owned()))?;
    let provider = Arc::new(default_provider());
    let verifier = Arc::new(Enrolled {
        desks,
        algorithms: provider.signature_verification_algorithms,
    });
    let mut config = build(provider, verifier, chain, key).map_err(|_| PickupTlsError::Misfit)?;
    // A resumed session would skip the certificate check, and a revoked desk could continue.
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

/// Accepts a certificate whose SHA-256 is in `desks/` at this moment, and no other.
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
            // The client receives `access_denied`.
            None => Err(Error::InvalidCertificate(
                CertificateError::ApplicationVerificationFailure,
            )),
        }
    }

    /// Never called: the server accepts only TLS 1.3.
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
