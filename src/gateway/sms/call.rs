//! Calling out: the one room of the gateway that opens a connection of its own. It calls the
//! provider that the configuration names and nobody else, follows no redirect that leads elsewhere,
//! and reads no more than it was asked to.

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

/// Longest that one request may take, from its connection to the last byte.
const WHOLE: Duration = Duration::from_secs(10);
/// Redirects that are followed, each to an origin of the provider's.
const REDIRECTS: usize = 3;

/// Why a call brought nothing. It never repeats an address or an answer: both may hold a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// No connection, or it broke off.
    #[error("the provider cannot be reached")]
    Unreachable,
    /// It took too long.
    #[error("the provider did not answer in time")]
    TooSlow,
    /// The answer was larger than what was asked for can be.
    #[error("the provider's answer was too large")]
    TooLarge,
    /// It answered with an error.
    #[error("the provider answered {}", .0.as_u16())]
    Status(StatusCode),
    /// The address, or one that it was sent on to, is not the provider's.
    #[error("the address is not the provider's")]
    Elsewhere,
    /// The answer has not the shape that we know.
    #[error("the provider's answer cannot be read")]
    Unreadable,
}

/// Where a provider lives: nothing else is ever called for it.
pub struct Origins {
    api: Url,
    others: Vec<Origin>,
    /// What is shown to the API and to nobody else.
    authorization: Option<HeaderValue>,
}

impl Origins {
    /// The API's base, and further hosts (reached by HTTPS) that its media lie on. HTTP without TLS
    /// is taken for this machine alone.
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

    /// An address of the API, from a path that begins with a slash.
    ///
    /// # Errors
    /// [`Failed::Elsewhere`], where the path leads away from the API.
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

/// The content of an address.
pub struct Fetched {
    /// The bytes, at most as many as were asked for.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The media type that it came under, in lower case; empty if none was named.
    pub kind: String,
    /// Whether there was more.
    pub is_cut: bool,
}

/// Calls out.
pub struct Calls(Client<HttpsConnector<HttpConnector>, Empty<Bytes>>);

impl Calls {
    /// Nothing is called yet.
    ///
    /// # Errors
    /// Where TLS cannot be set up, which no machine that runs this does.
    pub fn new() -> Result<Self, rustls::Error> {
        let tls = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())?;
        let https = tls.https_or_http().enable_http1().build();
        // A connection that is kept open keeps what came over it.
        Ok(Self(
            Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(0)
                .build(https),
        ))
    }

    /// What lies at `url`, at most `most` bytes of it; redirects are followed within `origins`.
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

    /// The content of an address that someone else named, or its first `most` bytes.
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

    /// Has what lies at `url` erased. Success where nothing lies there.
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

    /// One request, to the provider or not at all.
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
