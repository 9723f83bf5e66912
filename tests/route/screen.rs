//! The officer's page over real HTTP: shut to whoever did not sign in, and what a resident wrote stays text.

use std::net::SocketAddr;

use loke::desk::audit::Action;
use loke::desk::screen::{self, Screen};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Bench, jpeg};

/// The page of a bench, served until it is dropped, and a browser's state.
struct Visitor {
    address: SocketAddr,
    link: String,
    cookie: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Visitor {
    async fn new(bench: &Bench) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let screen = Screen::new(bench.casebook.clone(), bench.identities.clone(), bench.config(), address, false);
        let link = screen.new_link().unwrap();
        let serving = screen::serve(screen, listener);
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Self { address, link, cookie: String::new(), task }
    }

    async fn signed_in(bench: &Bench) -> Self {
        let mut visitor = Self::new(bench).await;
        visitor.enter().await;
        visitor
    }

    /// Follows the one-time link and keeps the cookie.
    async fn enter(&mut self) -> Answer {
        let path = self.link.strip_prefix(&format!("http://{}", self.address)).unwrap().to_owned();
        let answer = self.get(&path).await;
        if let Some((_, rest)) = answer.head.split_once("set-cookie: ") {
            assert!(rest.contains("HttpOnly; SameSite=Strict; Path=/"), "{rest}");
            self.cookie = rest.split(';').next().unwrap().to_owned();
        }
        answer
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &self.address.to_string(), "", "").await
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        self.post_from(path, form, &format!("http://{}", self.address)).await
    }

    async fn post_from(&self, path: &str, form: &str, origin: &str) -> Answer {
        let origin = if origin.is_empty() { String::new() } else { format!("Origin: {origin}\r\n") };
        self.send("POST", path, &self.address.to_string(), &format!("{origin}Content-Type: application/x-www-form-urlencoded\r\n"), form).await
    }

    async fn send(&self, method: &str, path: &str, host: &str, headers: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (cookie, length) = (&self.cookie, body.len());
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n");
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        let split = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8(all[..split].to_vec()).unwrap();
        Answer { status: head[9..12].parse().unwrap(), head, body: all[split..].to_vec() }
    }

    /// The form token of the page that is open.
    async fn form_token(&self) -> String {
        self.get("/").await.text().split_once("name=\"form_token\" value=\"").unwrap().1.split('"').next().unwrap().to_owned()
    }
}

#[tokio::test]
async fn without_a_session_nothing_of_a_tip_is_shown() {
    let bench = Bench::new().await;
    let visitor = Visitor::new(&bench).await;
    for path in ["/".into(), format!("/tip/{}", bench.tip), format!("/tip/{}/photo/1", bench.tip)] {
        let answer = visitor.get(&path).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(!answer.text().contains("canary") && answer.text().contains("one-time link"), "{path}");
    }
    let answer = visitor.post(&format!("/tip/{}/route", bench.tip), "partner=cleansing&form_token=").await;
    assert_eq!((answer.status, bench.inbox().len()), (403, 0));
    assert!(bench.trail(Action::View).await.is_empty());
}

#[tokio::test]
async fn a_link_works_once_and_signing_out_ends_the_session() {
    let bench = Bench::new().await;
    let mut visitor = Visitor::new(&bench).await;
    assert_eq!(visitor.enter().await.status, 303);
    assert!(visitor.get("/").await.text().contains("canary-what"));
    let mut second = Visitor { cookie: String::new(), link: visitor.link.clone(), address: visitor.address, task: tokio::spawn(async {}) };
    assert_eq!(second.enter().await.status, 403);
    assert_eq!(second.get("/").await.status, 403);
    visitor.post("/leave", &format!("form_token={}", visitor.form_token().await)).await;
    assert_eq!(visitor.get("/").await.status, 403);
}

#[tokio::test]
async fn a_session_lasts_half_an_hour_of_rest() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    bench.clock.advance(29 * 60);
    assert_eq!(visitor.get("/").await.status, 200);
    bench.clock.advance(31 * 60);
    assert_eq!(visitor.get("/").await.status, 403);
}

#[tokio::test]
async fn another_host_name_is_refused_also_with_a_session() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    for host in [format!("rebound.example:{}", visitor.address.port()), "127.0.0.1".into(), String::new()] {
        let answer = visitor.send("GET", "/", &host, "", "").await;
        assert!(answer.status == 421 && !answer.text().contains("canary"), "{host}: {}", answer.status);
    }
}

#[tokio::test]
async fn a_form_of_another_page_or_session_does_nothing() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    let path = format!("/tip/{}/route", bench.tip);
    let form = format!("partner=cleansing&form_token={}", visitor.form_token().await);
    for origin in ["http://evil.example", "null", "", "http://127.0.0.1:1"] {
        assert_eq!(visitor.post_from(&path, &form, origin).await.status, 403, "{origin}");
    }
    for form in ["partner=cleansing", "partner=cleansing&form_token=", "partner=cleansing&form_token=00"] {
        assert_eq!(visitor.post(&path, form).await.status, 403, "{form}");
    }
    assert!(bench.inbox().is_empty());
    // Negative control: the page's own form does it.
    assert_eq!(visitor.post(&path, &form).await.status, 303);
    assert_eq!(bench.inbox().len(), 1);
}

#[tokio::test]
async fn what_a_resident_wrote_stays_text() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    for path in ["/".into(), format!("/tip/{}", bench.tip)] {
        let answer = visitor.get(&path).await;
        let text = answer.text();
        assert!(text.contains("canary-what") && text.contains("dir=\"auto\""), "{path}");
        assert!(!text.contains("<script"), "{path}");
        for header in ["content-security-policy: default-src 'none'", "cache-control: no-store", "x-content-type-options: nosniff"] {
            assert!(answer.head.contains(header), "{path} lacks {header}: {}", answer.head);
        }
    }
}

#[tokio::test]
async fn a_tip_shows_every_answer_and_looking_at_it_is_written_down() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    assert!(visitor.get("/").await.text().contains("Unread"));
    let text = visitor.get(&format!("/tip/{}", bench.tip)).await.text();
    for answer in
        ["canary-where", "canary-when", "canary-impact", "canary-vehicle", "canary sign", "Saw or heard it themselves", "Onion service", "Danger"]
    {
        assert!(text.contains(answer), "the page lacks {answer}");
    }
    for secret in ["6b65792d63616e617279", "626f782d63616e617279"] {
        assert!(!text.contains(secret), "the page shows the way to reply");
    }
    assert!(!visitor.get("/").await.text().contains("Unread"));
    let views =
        bench.casebook.trail().await.unwrap().into_iter().filter(|row| row.action == Action::View.word() && row.object == bench.tip.to_string());
    assert_eq!(views.count(), 1);
    assert_eq!(visitor.get("/tip/00000000000000000000000000000000").await.status, 404);
    assert_eq!(visitor.get("/tip/canary").await.status, 404);
}

#[tokio::test]
async fn a_photo_is_served_bare_and_is_not_kept_by_the_browser() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    let answer = visitor.get(&format!("/tip/{}/photo/1", bench.tip)).await;
    assert_eq!((answer.status, &answer.body), (200, &jpeg()));
    assert!(answer.head.contains("content-type: image/jpeg") && answer.head.contains("no-store"), "{}", answer.head);
    assert_eq!(bench.trail(Action::Photo).await, ["photo-1.jpg"]);
    assert_eq!(visitor.get(&format!("/tip/{}/photo/2", bench.tip)).await.status, 404);
}

#[tokio::test]
async fn the_route_button_delivers_and_the_tip_says_so() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    let (path, form) = (format!("/tip/{}/route", bench.tip), format!("partner=cleansing&form_token={}", visitor.form_token().await));
    assert_eq!(visitor.post(&path, &form).await.status, 303);
    let page = visitor.get(&format!("/tip/{}", bench.tip)).await.text();
    assert!(page.contains("Sent to cleansing") && page.contains("has it."), "{page}");
    visitor.post(&path, &form).await;
    assert!(visitor.get(&format!("/tip/{}", bench.tip)).await.text().contains("has a copy already"));
    assert_eq!(bench.inbox().len(), 1);
    visitor.post(&path, &format!("{form}&again=yes")).await;
    assert_eq!(bench.inbox().len(), 2);
    assert_eq!(bench.trail(Action::Route).await.len(), 2);
    std::fs::remove_dir_all(bench.dir.join("inbox")).unwrap();
    visitor.post(&path, &format!("{form}&again=yes")).await;
    let page = visitor.get(&format!("/tip/{}", bench.tip)).await.text();
    assert!(page.contains("this needs you") && page.contains("tried again"), "{page}");
    assert!(visitor.get("/").await.text().contains("could not be delivered"));
}
