//! The client of one gateway's pickup: JSON over HTTP/1.1 over TLS 1.3, with both certificates
//! pinned by the enrolment. It must never talk to a server with another certificate.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, ring::default_provider, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use serde::{Serialize, de::DeserializeOwned};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Error;
use loke_core::digest::sha256;
use loke_core::pickup::{
    Ack, Acked, AskRows, Claim, Claimed, Count, Counted, Enrolment, LeaseToken, MOST, MOST_BYTES,
    Problem, Renew, Renewed, Replace, Rows,
};
use loke_core::seal::{MacKey, SizeClass};
use loke_core::terminal::one_line;
use loke_core::tip::Lane;

/// Timeout for establishing a connection.
const CONNECT: Duration = Duration::from_secs(20);
/// Timeout for a whole request: a full batch over a slow connection.
const WHOLE: Duration = Duration::from_secs(300);
/// Largest response, in bytes: a full batch in base64, and 1 MiB for everything around it.
const ANSWER: usize = (MOST_BYTES + SizeClass::Eight.sealed()) / 3 * 4 + (1 << 20);

/// A gateway of this desk.
pub(super) struct Gateway {
    /// The pickup's `host:port`.
    pub(super) address: String,
    /// The MAC key of its queue rows.
    pub(super) mac_key: MacKey,
    tls: TlsConnector,
}

impl Gateway {
    /// Parses the enrolment.
    pub(super) fn new(enrolment: &Enrolment) -> Result<Self, Error> {
        let damaged = || Error::Enrolment(enrolment.pickup.clone());
        let (mut pin, mut mac_key) = ([0; 32], [0; 32]);
        hex::decode_to_slice(&enrolment.pin, &mut pin).map_err(|_| damaged())?;
        hex::decode_to_slice(enrolment.mac_key.as_bytes(), &mut mac_key).map_err(|_| damaged())?;
        let certificate = CertificateDer::from_pem_slice(enrolment.certificate.as_bytes())
            .map_err(|_| damaged())?;
        let key = PrivateKeyDer::from_pem_slice(enrolment.key.as_bytes()).map_err(|_| damaged())?;
        let provider = Arc::new(default_provider());
        let mut tls = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|_| damaged())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned { pin, provider }))
            .with_client_auth_cert(vec![certificate], key)
            .map_err(|_| damaged())?;
        // Every connection authenticates both ends again, and its ClientHello contains no host
        // name.
        tls.resumption = Resumption::disabled();
        tls.enable_sni = false;
        Ok(Self {
            address: enrolment.pickup.clone(),
            mac_key: MacKey::new(mac_key),
            tls: TlsConnector::from(Arc::new(tls)),
        })
    }

    /// Leases tips under `token`, or returns the tips of that lease again.
    /// `lanes` are those that the desk can open now; `None` if they are all of its lanes.
    pub(super) async fn claim(
        &self,
        token: LeaseToken,
        lanes: Option<&[Lane]>,
    ) -> Result<Claimed, Error> {
        let claim = Claim {
            token,
            most: MOST,
            lanes: lanes.map(<[Lane]>::to_vec),
        };
        self.ask("/claim", &claim).await
    }

    /// Deletes tips from the queue.
    pub(super) async fn ack(&self, ack: &Ack) -> Result<Acked, Error> {
        self.ask("/ack", ack).await
    }

    /// Restarts the time of the lease.
    pub(super) async fn renew(&self, token: LeaseToken) -> Result<Renewed, Error> {
        self.ask("/renew", &Renew { token }).await
    }

    /// Counts the tips that wait. It needs no key.
    pub(super) async fn count(&self) -> Result<Counted, Error> {
        self.ask("/count", &Count {}).await
    }

    /// How many reply rows a book has.
    pub(super) async fn ask_rows(&self, ask: &AskRows) -> Result<Rows, Error> {
        self.ask("/rows", ask).await
    }

    /// Replaces all reply rows of a book. The response is empty.
    pub(super) async fn replace_rows(&self, replace: &Replace) -> Result<(), Error> {
        self.send("/replies", replace).await.map(drop)
    }

    /// Connects, and asks nothing.
    pub(super) async fn reach(&self) -> Result<(), Error> {
        self.connect().await.map(drop)
    }

    async fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        path: &'static str,
        question: &Q,
    ) -> Result<A, Error> {
        let answer = self.send(path, question).await?;
        serde_json::from_slice(&answer).map_err(|_| self.odd())
    }

    /// Sends one request on a new connection. Returns the body of its response.
    async fn send<Q: Serialize>(&self, path: &'static str, question: &Q) -> Result<Bytes, Error> {
        let body = serde_json::to_vec(question).map_err(|_| self.odd())?;
        let request = Request::post(path)
            .header(HOST, &self.address)
            .header(CONTENT_TYPE, "application/json");
        let request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| self.odd())?;
        let stream = self.connect().await?;
        let (ok, answer) = tokio::time::timeout(WHOLE, exchange(stream, request))
            .await
            .map_err(|_| self.silent())?
            .map_err(|_| self.silent())?;
        if ok {
            return Ok(answer);
        }
        let problem: Problem = serde_json::from_slice(&answer).map_err(|_| self.odd())?;
        let said = one_line(&problem.problem).chars().take(300).collect();
        Err(Error::Refused(self.address.clone(), said))
    }

    async fn connect(&self) -> Result<TlsStream<TcpStream>, Error> {
        let unreachable = |e: io::Error| Error::Unreachable(self.address.clone(), e.kind());
        let name = ServerName::try_from("pickup").map_err(|_| self.odd())?;
        let connecting = async {
            let tcp = TcpStream::connect(&self.address)
                .await
                .map_err(unreachable)?;
            tcp.set_nodelay(true).map_err(unreachable)?;
            self.tls.connect(name, tcp).await.map_err(|e| {
                match e.get_ref().and_then(|inner| inner.downcast_ref()) {
                    Some(rustls::Error::InvalidCertificate(_)) => {
                        Error::Stranger(self.address.clone())
                    }
                    _ => unreachable(e),
                }
            })
        };
        tokio::time::timeout(CONNECT, connecting)
            .await
            .map_err(|_| unreachable(io::ErrorKind::TimedOut.into()))?
    }

    fn odd(&self) -> Error {
        Error::Odd(self.address.clone())
    }

    fn silent(&self) -> Error {
        Error::Silent(self.address.clone())
    }
}

/// Sends a request and reads the whole response: whether it succeeded, and its body.
async fn exchange(
    stream: TlsStream<TcpStream>,
    request: Request<Full<Bytes>>,
) -> Result<(bool, Bytes), Box<dyn std::error::Error + Send + Sync>> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let asking = async {
        let answer = sender.send_request(request).await?;
        let ok = answer.status().is_success();
        let body = Limited::new(answer.into_body(), ANSWER)
            .collect()
            .await?
            .to_bytes();
        Ok((ok, body))
    };
    // The connection future moves the bytes. It must run as long as the request, and no longer.
    tokio::pin!(connection, asking);
    tokio::select! {
        biased;
        done = &mut asking => done,
        ended = &mut connection => { ended?; asking.await }
    }
}

/// Accepts exactly one certificate, whatever its name and dates: the one whose SHA-256 is in the
/// enrolment. The handshake signature still proves that the server has its key.
#[derive(Debug)]
struct Pinned {
    pin: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if sha256(end_entity) == self.pin {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
