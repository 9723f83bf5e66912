//! The desk's page over TLS of its own, in an office's network.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use loke::clock::Clock;
use loke::desk::keys::Identity;
use loke::desk::open_books::OpenBooks;
use loke::desk::screen::{self, PageAddress, Screen};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::house::certificate::Certificate;
use crate::house::{NOON, staff};

const NAME: &str = "desk.example.org";
/// Far above anything that answers.
const LONG: Duration = Duration::from_secs(60);

struct Office {
    _folder: tempfile::TempDir,
    certificate: Certificate,
    address: SocketAddr,
    /// The `Set-Cookie` value of a session.
    begun: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Office {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Office {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::by_hand(NOON);
        let (acting, member) =
            staff::desk_in(folder.path(), clock.clone(), Identity::generate()).await;
        let certificate = Certificate::of(NAME, folder.path());
        let tls = loke::tls::server(&certificate.cert, &certificate.key).unwrap();
        let open = Arc::new(OpenBooks::new(acting.register().clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let page = PageAddress::OverTls(NAME.to_owned(), tls);
        let screen = Screen::new(open, folder.path().join("desk.toml"), page, false);
        let account = acting.account().clone();
        let member = [member];
        let begun = screen.begin(&account, &member, ("test", None));
        let begun = begun.await.unwrap();
        let task = tokio::spawn(async move { screen::serve(screen, listener).await });
        Self {
            _folder: folder,
            certificate,
            address,
            begun,
            task,
        }
    }

    /// Sends one request over this connection and returns the answer.
    async fn ask_over(&self, stream: TcpStream, request: &str) -> String {
        let name = ServerName::try_from(NAME).unwrap();
        let tls = TlsConnector::from(Arc::clone(&self.certificate.client));
        let mut wire = tls.connect(name, stream).await.unwrap();
        let request = format!("{request}Connection: close\r\n\r\n");
        wire.write_all(request.as_bytes()).await.unwrap();
        wire.flush().await.unwrap();
        let mut answer = Vec::new();
        let _ = timeout(LONG, wire.read_to_end(&mut answer)).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn ask(&self, request: &str) -> String {
        let stream = TcpStream::connect(self.address).await.unwrap();
        self.ask_over(stream, request).await
    }
}

#[tokio::test]
async fn p14_over_tls_the_page_answers_to_its_own_name_and_its_cookie_stays_on_it() {
    let office = Office::open().await;
    let page = office
        .ask(&format!("GET /sign-in HTTP/1.1\r\nHost: {NAME}\r\n"))
        .await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(
        page.contains("strict-transport-security: max-age=31536000"),
        "{page}"
    );
    let host = office.address;
    let other = office
        .ask(&format!("GET /sign-in HTTP/1.1\r\nHost: {host}\r\n"))
        .await;
    assert!(other.starts_with("HTTP/1.1 421"), "{other}");
    // A form of the same name in the clear is another page.
    let forged = office
        .ask(&format!(
            "POST /sign-in HTTP/1.1\r\nHost: {NAME}\r\nOrigin: http://{NAME}\r\nContent-Length: 0\r\n"
        ))
        .await;
    assert!(forged.starts_with("HTTP/1.1 403"), "{forged}");
    let begun = office.begun.as_str();
    assert!(
        begun.starts_with("__Host-") && begun.ends_with("; Secure"),
        "{begun}"
    );
    let cookie = begun.split(';').next().unwrap();
    let sessions = format!("GET /sessions HTTP/1.1\r\nHost: {NAME}\r\n");
    let inside = office.ask(&format!("{sessions}Cookie: {cookie}\r\n")).await;
    assert!(inside.starts_with("HTTP/1.1 200"), "{inside}");
    let outside = office.ask(&sessions).await;
    assert!(outside.starts_with("HTTP/1.1 303"), "{outside}");
}

#[tokio::test]
async fn p14_the_same_port_answers_nothing_in_the_clear() {
    let office = Office::open().await;
    let mut wire = TcpStream::connect(office.address).await.unwrap();
    let request = format!("GET /sign-in HTTP/1.1\r\nHost: {NAME}\r\n\r\n");
    wire.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = timeout(LONG, wire.read_to_end(&mut answer)).await.unwrap();
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test]
async fn one_machine_that_takes_every_place_it_can_leaves_room_for_an_officer() {
    let office = Office::open().await;
    let mut held = Vec::new();
    for _ in 0..300 {
        held.push(TcpStream::connect(office.address).await.unwrap());
    }
    // The control: this machine has no place left, so its connection is closed unanswered.
    let mut one_more = TcpStream::connect(office.address).await.unwrap();
    let read = timeout(LONG, one_more.read(&mut [0; 1])).await.unwrap();
    assert!(!matches!(read, Ok(1..)), "{read:?}");
    let officer = TcpSocket::new_v4().unwrap();
    officer.bind(([127, 0, 0, 2], 0).into()).unwrap();
    let stream = officer.connect(office.address).await.unwrap();
    let page = office
        .ask_over(
            stream,
            &format!("GET /sign-in HTTP/1.1\r\nHost: {NAME}\r\n"),
        )
        .await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    drop(held);
}
