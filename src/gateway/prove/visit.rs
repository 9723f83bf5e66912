//! A simulated resident: form, check, send, from outside and through the proxy if there is one.
//! Every value that a browser or a person would send contains a planted word.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::marks::Marks;
use super::{Error, Plan};

/// The boundary between the form's fields.
const BOUNDARY: &str = "prove-7d2f1c";

/// A connection with or without TLS.
trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

/// A channel to visit.
pub(super) struct Visitor {
    pub(super) channel: &'static str,
    url: String,
    /// `HOST` or `HOST:PORT`, as in the URL.
    authority: String,
    tls: Option<TlsConnector>,
}

impl Visitor {
    /// One visitor for each configured channel that takes reports.
    pub(super) fn of(plan: &Plan) -> Result<Vec<Self>, Error> {
        let mut visitors = Vec::new();
        if let Some(web) = &plan.config.web {
            let own = format!(
                "{}://{}",
                if web.tls_cert.is_some() {
                    "https"
                } else {
                    "http"
                },
                web.listen
            );
            let url = plan
                .url
                .clone()
                .or_else(|| web.public_url.clone())
                .unwrap_or(own);
            visitors.push(Self::new("web", url, plan)?);
        }
        if let Some(onion) = &plan.config.onion {
            visitors.push(Self::new(
                "onion",
                format!("http://{}", onion.listen),
                plan,
            )?);
        }
        if visitors.is_empty() {
            Err(Error::NoChannel)
        } else {
            Ok(visitors)
        }
    }

    fn new(channel: &'static str, url: String, plan: &Plan) -> Result<Self, Error> {
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| Error::Address(url.clone()))?;
        let authority = rest.split('/').next().unwrap_or_default().to_owned();
        let tls = match scheme {
            "http" => None,
            "https" => Some(connector(plan)?),
            _ => return Err(Error::Address(url)),
        };
        Ok(Self {
            channel,
            authority,
            tls,
            url,
        })
    }

    /// Sends a complete report, and adds its receipt to the words.
    pub(super) async fn report(&self, marks: &mut Marks) -> Result<(), Error> {
        if self.is_loopback() {
            marks.learn("source address", &Ipv4Addr::from(marks.source).to_string());
        }
        let mut fields = self.first_fields(marks).await?;
        let page = self.post(marks, "/check", &fields, true).await?;
        // The check page has its own token, and only that token can send.
        fields.retain(|(name, _)| *name != "token");
        fields.extend(hidden(&page, "token").map(|token| ("token", token)));
        fields.extend(hidden(&page, "ticket").map(|ticket| ("ticket", ticket)));
        let page = self.post(marks, "/send", &fields, false).await?;
        let receipt = page
            .split_once("id=\"receipt\"")
            .and_then(|(_, rest)| rest.split_once('>'))
            .map(|(_, rest)| rest);
        let digits: String = receipt
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_digit)
            .take(28)
            .collect();
        if digits.len() < 28 {
            return Err(self.refused("no receipt was shown"));
        }
        let groups: Vec<&str> = (0..7)
            .filter_map(|at| digits.get(at * 4..at * 4 + 4))
            .collect();
        marks.learn("receipt", &digits);
        marks.learn("receipt in groups", &groups.join(" "));
        Ok(())
    }

    /// Checks a report and does not send it.
    pub(super) async fn look_and_leave(&self, marks: &Marks) -> Result<(), Error> {
        let fields = self.first_fields(marks).await?;
        self.post(marks, "/check", &fields, true).await.map(drop)
    }

    /// Sends the first half of a report and keeps the connection open.
    pub(super) async fn half_send(&self, marks: &Marks) -> Result<impl Sized, Error> {
        let mut line = self.connect(marks).await?;
        let half = part("what", None, marks.flight().as_bytes());
        let head = format!(
            "POST /check HTTP/1.1\r\nHost: {}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\n\r\n",
            self.authority,
            half.len() + 4_096
        );
        let sent = async {
            line.write_all(head.as_bytes()).await?;
            line.write_all(&half).await?;
            line.flush().await
        };
        sent.await.map_err(|e| self.refused(e.kind()))?;
        Ok(line)
    }

    async fn first_fields(&self, marks: &Marks) -> Result<Vec<(&'static str, String)>, Error> {
        let form = self.exchange(marks, "GET", "/", Vec::new()).await?;
        let token = hidden(&form, "token").ok_or_else(|| self.refused("its page has no form"))?;
        Ok([("token", token), ("language", "en".to_owned())]
            .into_iter()
            .chain(marks.fields.iter().cloned())
            .collect())
    }

    async fn post(
        &self,
        marks: &Marks,
        path: &str,
        fields: &[(&str, String)],
        with_photo: bool,
    ) -> Result<String, Error> {
        let mut body: Vec<u8> = fields
            .iter()
            .flat_map(|(name, value)| part(name, None, value.as_bytes()))
            .collect();
        if with_photo {
            body.extend(part("photos", Some(&marks.photo_name), &marks.photo));
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.exchange(marks, "POST", path, body).await
    }

    /// Sends one request with every planted header, and returns the response's text.
    async fn exchange(
        &self,
        marks: &Marks,
        method: &str,
        path: &str,
        body: Vec<u8>,
    ) -> Result<String, Error> {
        let line = self.connect(marks).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(line))
            .await
            .map_err(|_| self.refused("it does not speak HTTP"))?;
        let connection = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.authority);
        for (name, value) in &marks.headers {
            request = request.header(*name, value);
        }
        if method == "POST" {
            request = request.header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            );
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| Error::Address(self.url.clone()))?;
        let answer = sender
            .send_request(request)
            .await
            .map_err(|_| self.refused("it closed the connection without a response"))?;
        let status = answer.status();
        let text = answer
            .into_body()
            .collect()
            .await
            .map_err(|_| self.refused("its response broke off"))?
            .to_bytes();
        connection.abort();
        if !status.is_success() {
            return Err(self.refused(format!("{method} {path} returned {}", status.as_u16())));
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    async fn connect(&self, marks: &Marks) -> Result<Box<dyn Line>, Error> {
        let with_port = if self
            .authority
            .rsplit(':')
            .next()
            .is_some_and(|port| port.parse::<u16>().is_ok())
        {
            self.authority.clone()
        } else {
            format!(
                "{}:{}",
                self.authority,
                if self.tls.is_some() { 443 } else { 80 }
            )
        };
        let found = lookup_host(&with_port)
            .await
            .map_err(|e| self.refused(e.kind()))?
            .next();
        let address = found.ok_or_else(|| self.refused("its name does not resolve"))?;
        let stream = open(address, marks.source)
            .await
            .map_err(|e| self.refused(e.kind()))?;
        let Some(tls) = &self.tls else {
            return Ok(Box::new(stream));
        };
        let host = with_port
            .rsplit_once(':')
            .map_or("", |(host, _)| host)
            .trim_matches(['[', ']'])
            .to_owned();
        let name = ServerName::try_from(host).map_err(|_| Error::Address(self.url.clone()))?;
        let stream = tls
            .connect(name, stream)
            .await
            .map_err(|_| self.refused("its certificate is not trusted here (see --authority)"))?;
        Ok(Box::new(stream))
    }

    fn is_loopback(&self) -> bool {
        self.authority.starts_with("127.") || self.authority.starts_with("localhost")
    }

    fn refused(&self, why: impl std::fmt::Display) -> Error {
        Error::Refused(self.url.clone(), why.to_string())
    }
}

/// Connects. Over loopback the connection has a planted source address.
async fn open(to: SocketAddr, source: [u8; 4]) -> std::io::Result<TcpStream> {
    match to {
        SocketAddr::V4(v4) if v4.ip().is_loopback() => {
            let socket = TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::from(source), 0).into())?;
            socket.connect(to).await
        }
        _ => TcpStream::connect(to).await,
    }
}

/// TLS that trusts the public authorities and the plan's certificates.
fn connector(plan: &Plan) -> Result<TlsConnector, Error> {
    let mut roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(file) = &plan.authority {
        let unread = |kind| Error::File(file.clone(), kind);
        let pem = std::fs::read(file).map_err(|e| unread(e.kind()))?;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let added = certificate
                .ok()
                .and_then(|certificate| roots.add(certificate).ok());
            added.ok_or_else(|| unread(std::io::ErrorKind::InvalidData))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config
        .map_err(|_| Error::Address("https".to_owned()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn part(name: &str, file: Option<&str>, value: &[u8]) -> Vec<u8> {
    let file = file
        .map(|file| format!("; filename=\"{file}\"\r\nContent-Type: image/jpeg"))
        .unwrap_or_default();
    [
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
            .as_bytes(),
        value,
        b"\r\n",
    ]
    .concat()
}

/// The value of a hidden field in a page.
fn hidden(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}
