//! A page that plays a phone: it passes a text to one of the demonstration's providers and shows
//! the webhook and the gateway's response. Loopback only, no script. It sends only to the
//! demonstration's own gateway.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::providers::{self, NAMES, Providers, Text};

/// Limit of the form: a photo of the largest accepted size, with some room.
const FORM: usize = 24 << 20;
/// Timeout of the gateway's response. The gateway fetches and cleans a photo meanwhile.
const PATIENCE: Duration = Duration::from_secs(30);
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const STYLE: &str = concat!(
    include_str!("../../templates/desk/desk.css"),
    include_str!("../../templates/demo/phone.css")
);

/// The phone, and what it has sent so far.
struct Phone {
    providers: Arc<Providers>,
    gateway: SocketAddr,
    sent: Mutex<Vec<Sent>>,
}

/// A sent text, with the provider's webhook.
#[derive(Clone)]
struct Sent {
    provider: (&'static str, &'static str),
    webhook: String,
    /// The gateway's response to each delivery.
    answers: Vec<String>,
}

#[derive(Template)]
#[template(path = "demo/phone.html")]
struct Page {
    problem: &'static str,
    /// Its number, and the text.
    sent: Option<(usize, Sent)>,
    /// How many of the delivered texts the provider still stores.
    holds: usize,
}

/// Serves the page and the providers' REST side while it is polled.
pub(crate) async fn serve(
    page: TcpListener,
    rest: TcpListener,
    providers: Arc<Providers>,
    gateway: SocketAddr,
) -> std::io::Result<()> {
    let phone = Arc::new(Phone {
        providers: Arc::clone(&providers),
        gateway,
        sent: Mutex::default(),
    });
    let routes = axum::Router::new()
        .route(
            "/",
            get(|| async {
                show(Page {
                    problem: "",
                    sent: None,
                    holds: 0,
                })
            }),
        )
        .route("/send", post(send))
        .route("/sent/{number}", get(look))
        .route("/sent/{number}/again", post(again))
        .route(
            "/style.css",
            get(|| async { ([(header::CONTENT_TYPE, "text/css")], STYLE) }),
        )
        .with_state(phone);
    tokio::try_join!(
        axum::serve(page, routes).into_future(),
        axum::serve(rest, providers::rest(providers)).into_future()
    )
    .map(drop)
}

/// `POST /send`: the provider receives the text and delivers it to the gateway.
async fn send(State(phone): State<Arc<Phone>>, request: Request) -> Response {
    let problem = match read(request).await {
        Ok(text) => {
            let provider = NAMES
                .iter()
                .find(|(name, ..)| *name == text.provider)
                .map_or(("", ""), |(name, title, _)| (*name, *title));
            match phone.providers.receive(text) {
                Ok(webhook) => {
                    let answers = vec![phone.bring(&webhook).await];
                    let mut all = phone.all();
                    all.push(Sent {
                        provider,
                        webhook,
                        answers,
                    });
                    return Redirect::to(&format!("/sent/{}", all.len())).into_response();
                }
                Err(_) => "The provider could not take this text.",
            }
        }
        Err(problem) => problem,
    };
    show(Page {
        problem,
        sent: None,
        holds: 0,
    })
}

/// `GET /sent/{number}`
async fn look(State(phone): State<Arc<Phone>>, Path(number): Path<usize>) -> Response {
    let Some(sent) = phone.sent(number) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let holds = phone.providers.holds(sent.provider.0);
    show(Page {
        problem: "",
        sent: Some((number, sent)),
        holds,
    })
}

/// `POST /sent/{number}/again`: the same request, byte for byte, like a provider that missed the
/// response.
async fn again(State(phone): State<Arc<Phone>>, Path(number): Path<usize>) -> Response {
    let Some(sent) = phone.sent(number) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let answer = phone.bring(&sent.webhook).await;
    if let Some(sent) = phone.all().get_mut(number.wrapping_sub(1)) {
        sent.answers.push(answer);
    }
    Redirect::to(&format!("/sent/{number}")).into_response()
}

impl Phone {
    fn all(&self) -> MutexGuard<'_, Vec<Sent>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sent(&self, number: usize) -> Option<Sent> {
        self.all().get(number.checked_sub(1)?).cloned()
    }

    /// Delivers a webhook to the gateway. Returns the response unchanged.
    async fn bring(&self, webhook: &str) -> String {
        let exchange = async {
            let mut stream = TcpStream::connect(self.gateway).await?;
            stream.write_all(webhook.as_bytes()).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(Ok(answer)) if !answer.is_empty() => answer.trim_end().to_owned(),
            _ => "No answer: the provider would try again.".to_owned(),
        }
    }
}

async fn read(request: Request) -> Result<Text, &'static str> {
    let broken = |_| "The form did not come through. Try again.";
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let boundary = multer::parse_boundary(kind).map_err(broken)?;
    let limit = multer::SizeLimit::new().whole_stream(FORM as u64);
    let body = request.into_body().into_data_stream();
    let mut form = multer::Multipart::with_constraints(
        body,
        boundary,
        multer::Constraints::new().size_limit(limit),
    );
    let mut text = Text {
        provider: "",
        number: String::new(),
        words: String::new(),
        photo: None,
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let kind = field
            .content_type()
            .map_or_else(String::new, ToString::to_string);
        match field.name().unwrap_or_default().to_owned().as_str() {
            "provider" => {
                let name = field.text().await.map_err(broken)?;
                text.provider = NAMES
                    .iter()
                    .find(|(known, ..)| *known == name)
                    .map_or("", |(known, ..)| known);
            }
            "number" => text.number = in_full(&field.text().await.map_err(broken)?),
            "text" => text.words = field.text().await.map_err(broken)?.replace("\r\n", "\n"),
            _ => {
                let bytes = field
                    .bytes()
                    .await
                    .map_err(|_| "The photo is too large: 24 MB at the most.")?;
                text.photo = (!bytes.is_empty()).then(|| (kind, bytes.to_vec()));
            }
        }
    }
    let carries_photos = NAMES
        .iter()
        .any(|(name, _, photos)| *name == text.provider && *photos);
    match &text {
        Text { provider: "", .. } => Err("Choose a provider."),
        Text { number, .. } if number.len() < 8 => Err("Type a telephone number."),
        Text { photo: Some(_), .. } if !carries_photos => {
            Err("This provider carries no photos: choose Twilio or Telnyx.")
        }
        _ => Ok(text),
    }
}

/// A British number as providers write it: `07700 900123` becomes `+447700900123`.
fn in_full(number: &str) -> String {
    let digits: String = number
        .chars()
        .filter(char::is_ascii_digit)
        .take(15)
        .collect();
    digits
        .strip_prefix('0')
        .map_or_else(|| format!("+{digits}"), |rest| format!("+44{rest}"))
}

fn show(page: Page) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    page.render()
        .map_or(StatusCode::INTERNAL_SERVER_ERROR.into_response(), |html| {
            (headers, Html(html)).into_response()
        })
}
