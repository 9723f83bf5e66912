//! A minimal pickup client for a desk: one request per connection, mutual TLS, the server's
//! certificate pinned.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use loke::digest::sha256;
use loke::pickup::{Claim, Claimed, Enrolment, LeaseToken, Problem};
use loke::random;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::crypto::verify_tls13_signature;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Clone)]
pub(crate) struct Client {
    address: SocketAddr,
    config: Arc<ClientConfig>,
    name: String,
}

/// The error response to a rejected request.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) problem: String,
}

impl Client {
    pub(crate) fn new(enrolment: &Enrolment, address: SocketAddr) -> Self {
        Self::with(
            Some((&enrolment.certificate, &enrolment.key)),
            &enrolment.pin,
            address,
        )
    }

    /// A client with another certificate, or none.
    pub(crate) fn with(pair: Option<(&str, &str)>, pin: &str, address: SocketAddr) -> Self {
        let provider = Arc::new(default_provider());
        let verifier = Arc::new(Pinned(hex::decode(pin).unwrap()));
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = builder
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let config = match pair {
            Some((certificate, key)) => {
                let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
                let key =
                    any_supported_type(&PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap())
                        .unwrap();
                // Not `with_client_auth_cert`: it would reject a key that does not match the
                // certificate, which a thief would present.
                builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(
                    CertifiedKey::new(chain, key),
                )))
            }
            None => builder.with_no_client_auth(),
        };
        Self {
            address,
            config: Arc::new(config),
            name: "pickup.invalid".to_owned(),
        }
    }

    /// The same client with another server name.
    pub(crate) fn calling(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Posts `body` and returns status and response body. In TLS 1.3 a client learns of a rejected
    /// certificate only at its first read.
    pub(crate) async fn post(&self, path: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let stream = TcpStream::connect(self.address).await?;
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(&self.config));
        let mut tls = connector
            .connect(ServerName::try_from(self.name.clone()).unwrap(), stream)
            .await?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: pickup\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        tls.write_all(head.as_bytes()).await?;
        tls.write_all(body).await?;
        // TLS keeps what the socket did not take.
        tls.flush().await?;
        let mut answer = Vec::new();
        if let Err(e) = tls.read_to_end(&mut answer).await
            && answer.is_empty()
        {
            return Err(e);
        }
        let end = answer
            .windows(4)
            .position(|w| w == b"\r\n\r\n")
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        let status = std::str::from_utf8(&answer[9..12])
            .unwrap()
            .parse()
            .unwrap();
        Ok((status, answer.split_off(end + 4)))
    }

    /// Posts a message and parses the response as one; a status of 400 or more must carry a
    /// `Problem`.
    pub(crate) async fn ask<A: DeserializeOwned>(
        &self,
        path: &str,
        message: &impl Serialize,
    ) -> Result<A, Refused> {
        let (status, answer) = self
            .post(path, &serde_json::to_vec(message).unwrap())
            .await
            .unwrap();
        if status >= 400 {
            return Err(Refused {
                status,
                problem: serde_json::from_slice::<Problem>(&answer).unwrap().problem,
            });
        }
        Ok(serde_json::from_slice(if answer.is_empty() { b"null" } else { &answer }).unwrap())
    }

    pub(crate) async fn claim(&self, token: LeaseToken, most: u16) -> Claimed {
        self.ask(
            "/claim",
            &Claim {
                token,
                most,
                lanes: None,
            },
        )
        .await
        .unwrap()
    }
}

pub(crate) fn token() -> LeaseToken {
    LeaseToken(random::bytes().unwrap())
}

/// Accepts only the certificate with the known SHA-256.
#[derive(Debug)]
struct Pinned(Vec<u8>);

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if sha256(end_entity).as_slice() == self.0 {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::General("another pickup".into()))
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("the pickup spoke TLS 1.2".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &default_provider().signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
