//! Outgoing calls: the only part of the gateway that opens a connection of its own. It calls only
//! the configured provider, follows no redirect to other hosts, and reads no more bytes than asked
//! for.

use std::time::Duration;

use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use url::{Origin, Url};
use zeroize::Zeroizing;

/// Timeout of one request, from connecting to the last byte.
const WHOLE: Duration = Duration::from_secs(10);
/// Redirects that are followed, each to one of the provider's origins.
const REDIRECTS: usize = 3;

/// Why a call failed. It never contains a URL or a response, because both may contain a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// No connection, or it broke off.
    #[error("the provider cannot be reached")]
    Unreachable,
    /// The timeout has passed.
    #[error("the provider did not answer in time")]
    TooSlow,
    /// The response was larger than expected.
    #[error("the provider's answer was too large")]
    TooLarge,
    /// The provider returned an error status.
    #[error("the provider answered {}", .0.as_u16())]
    Status(StatusCode),
    /// The URL, or a redirect, is not the provider's.
    #[error("the address is not the provider's")]
    Elsewhere,
    /// The response has an unknown format.
    #[error("the provider's answer cannot be read")]
    Unreadable,
}

/// A provider's origins. Nothing else is called for it.
pub struct Origins {
    api: Url,
    others: Vec<Origin>,
    /// Sent to the API only.
    authorization: Option<HeaderValue>,
}

impl Origins {
    /// The API's base URL, and the hosts of its media (HTTPS only). HTTP without TLS is accepted
    /// only for this machine.
    #[must_use]
    pub fn new(api: &str, hosts: &[String], authorization: Option<&str>) -> Option<Self> {
        let api = Url::parse(api).ok().filter(|url| {
            url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(url))
        })?;
        let others = hosts
            .iter()
            .map(|host| {
                Url::parse(&format!("https://{host}/"))
                    .ok()
                    .map(|url| url.origin())
            })
            .collect::<Option<Vec<_>>>()?;
        let authorization = match authorization {
            Some(text) => Some(HeaderValue::from_str(text).ok().map(|mut value| {
                value.set_sensitive(true);
                value
            })?),
            None => None,
        };
        Some(Self {
            api,
            others,
            authorization,
        })
    }

    /// A URL of the API, from a path that begins with a slash.
    ///
    /// # Errors
    /// [`Failed::Elsewhere`] if the path leads away from the API.
    pub fn at(&self, path: &str) -> Result<Url, Failed> {
        self.api
            .join(path)
            .ok()
            .filter(|url| url.origin() == self.api.origin())
            .ok_or(Failed::Elsewhere)
    }

    fn holds(&self, url: &Url) -> bool {
        let named = url.username().is_empty() && url.password().is_none();
        named && (url.origin() == self.api.origin() || self.others.contains(&url.origin()))
    }
}

fn is_this_machine(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "[::1]"))
}

/// The content of a URL.
pub struct Fetched {
    /// The bytes, at most as many as were asked for.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The media type, in lower case. Empty if the response has none.
    pub kind: String,
    /// Whether there were more bytes.
    pub is_cut: bool,
}

/// A client for outgoing calls.
pub struct Calls(Client<HttpsConnector<HttpConnector>, Empty<Bytes>>);

impl Calls {
    /// A client without connections.
    ///
    /// # Errors
    /// If TLS cannot be set up, which cannot happen on a supported machine.
    pub fn new() -> Result<Self, rustls::Error> {
        let tls = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())?;
        let https = tls.https_or_http().enable_http1().build();
        // An idle connection would keep message content in its buffers.
        Ok(Self(
            Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(0)
                .build(https),
        ))
    }

    /// Gets at most `most` bytes from `url`. Follows redirects within `origins`.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn get(
        &self,
        origins: &Origins,
        url: Url,
        most: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Failed> {
        let fetched = in_time(self.follow(origins, url, most)).await?;
        if fetched.is_cut {
            Err(Failed::TooLarge)
        } else {
            Ok(fetched.bytes)
        }
    }

    /// Gets the content, or its first `most` bytes, from a URL that a message contains.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn fetch(
        &self,
        origins: &Origins,
        url: &str,
        most: usize,
    ) -> Result<Fetched, Failed> {
        in_time(self.follow(
            origins,
            Url::parse(url).map_err(|_| Failed::Elsewhere)?,
            most,
        ))
        .await
    }

    /// Erases the resource at `url`. Also succeeds if it does not exist.
    ///
    /// # Errors
    /// [`Failed`].
    pub async fn delete(&self, origins: &Origins, url: Url) -> Result<(), Failed> {
        match in_time(self.ask(Method::DELETE, origins, &url))
            .await?
            .status()
        {
            status if status.is_success() => Ok(()),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(()),
            status => Err(Failed::Status(status)),
        }
    }

    async fn follow(
        &self,
        origins: &Origins,
        mut url: Url,
        most: usize,
    ) -> Result<Fetched, Failed> {
        for _ in 0..=REDIRECTS {
            let answer = self.ask(Method::GET, origins, &url).await?;
            if answer.status().is_redirection() {
                let to = answer
                    .headers()
                    .get(header::LOCATION)
                    .and_then(|to| to.to_str().ok())
                    .ok_or(Failed::Unreadable)?;
                url = url.join(to).map_err(|_| Failed::Elsewhere)?;
                continue;
            }
            if answer.status() != StatusCode::OK {
                return Err(Failed::Status(answer.status()));
            }
            let kind = answer
                .headers()
                .get(header::CONTENT_TYPE)
                .and_then(|kind| kind.to_str().ok())
                .unwrap_or_default();
            let mut fetched = Fetched {
                bytes: Zeroizing::default(),
                kind: kind.to_ascii_lowercase(),
                is_cut: false,
            };
            let mut body = answer.into_body();
            while let Some(frame) = body.frame().await {
                let data = frame
                    .map_err(|_| Failed::Unreachable)?
                    .into_data()
                    .unwrap_or_default();
                let room = data.len().min(most - fetched.bytes.len());
                fetched
                    .bytes
                    .extend_from_slice(data.get(..room).unwrap_or_default());
                fetched.is_cut = room < data.len();
                if fetched.is_cut {
                    break;
                }
            }
            return Ok(fetched);
        }
        Err(Failed::Elsewhere)
    }

    /// Sends one request, and only to the provider.
    async fn ask(
        &self,
        method: Method,
        origins: &Origins,
        url: &Url,
    ) -> Result<axum::http::Response<hyper::body::Incoming>, Failed> {
        if !origins.holds(url) {
            return Err(Failed::Elsewhere);
        }
        let mut request = Request::builder().method(method).uri(url.as_str());
        if let Some(authorization) = origins
            .authorization
            .as_ref()
            .filter(|_| url.origin() == origins.api.origin())
        {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request.body(Empty::new()).map_err(|_| Failed::Elsewhere)?;
        self.0
            .request(request)
            .await
            .map_err(|_| Failed::Unreachable)
    }
}

async fn in_time<T>(call: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    tokio::time::timeout(WHOLE, call)
        .await
        .unwrap_or(Err(Failed::TooSlow))
}
