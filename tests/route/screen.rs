//! The officer's page over real HTTP: closed without sign-in, and a resident's text is always
//! escaped.

use std::net::SocketAddr;
use std::sync::Arc;

use loke::desk::audit::Action;
use loke::desk::open_books::OpenBooks;
use loke::desk::screen::{self, Screen};
use loke::tip::TipId;
use tokio::net::TcpListener;

use super::{Bench, jpeg, tip};
use crate::house::desk_browser::{Answer, exchange};
use crate::house::partners;

mod exports;
mod keeps;
mod misleads;
mod red_lines;
mod rows;

/// A report as an officer types it into the panel.
const REPORT: &str = "partner=cleansing&text=report-words";

/// The reference of the report on a page.
fn reference(page: &Answer) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("action=\"/report/").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// A bench's page, served until drop, and a browser's state.
pub(super) struct Visitor {
    address: SocketAddr,
    /// The `Set-Cookie` value of a session that has begun.
    begun: String,
    cookie: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Visitor {
    async fn new(bench: &Bench) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let open = Arc::new(OpenBooks::new(bench.register().clone()));
        let screen = Screen::new(open, bench.config(), address, false);
        screen.read_notices().await.unwrap();
        let account = bench.acting.account().clone();
        let member = std::slice::from_ref(&bench.member);
        let begun = screen.begin(&account, member, ("test", None));
        let begun = begun.await.unwrap();
        let task = tokio::spawn(async move { screen::serve(screen, listener).await });
        Self {
            address,
            begun,
            cookie: String::new(),
            task,
        }
    }

    pub(super) async fn signed_in(bench: &Bench) -> Self {
        let mut visitor = Self::new(bench).await;
        visitor.enter();
        visitor
    }

    /// Uses the session.
    fn enter(&mut self) {
        let rest = &self.begun;
        assert!(rest.contains("HttpOnly; SameSite=Strict; Path=/"), "{rest}");
        self.cookie = rest.split(';').next().unwrap().to_owned();
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &self.address.to_string(), "", "")
            .await
    }

    pub(super) async fn post(&self, path: &str, form: &str) -> Answer {
        self.post_from(path, form, &format!("http://{}", self.address))
            .await
    }

    async fn post_from(&self, path: &str, form: &str, origin: &str) -> Answer {
        let origin = if origin.is_empty() {
            String::new()
        } else {
            format!("Origin: {origin}\r\n")
        };
        self.send(
            "POST",
            path,
            &self.address.to_string(),
            &format!("{origin}Content-Type: application/x-www-form-urlencoded\r\n"),
            form,
        )
        .await
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        host: &str,
        headers: &str,
        body: &str,
    ) -> Answer {
        exchange(
            self.address,
            &self.cookie,
            method,
            path,
            host,
            headers,
            body,
        )
        .await
    }

    /// Writes a report, and returns the page of its preview.
    pub(super) async fn report(&self, tip: TipId, form: &str) -> Answer {
        let form = format!("{form}&form_token={}", self.form_token().await);
        let answer = self.post(&format!("/tip/{tip}/report"), &form).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let (_, to) = answer.head.split_once("location: ").unwrap();
        self.get(to.split("\r\n").next().unwrap()).await
    }

    /// Sends a preview.
    async fn send_preview(&self, page: &Answer, more: &str) -> Answer {
        let text = page.text();
        let (_, rest) = text.split_once("name=\"digest\" value=\"").unwrap();
        let digest = rest.split('"').next().unwrap();
        let token = self.form_token().await;
        let form = format!("deed=send&digest={digest}{more}&form_token={token}");
        self.post(&format!("/report/{}", reference(page)), &form)
            .await
    }

    /// The form token of the open page.
    pub(super) async fn form_token(&self) -> String {
        self.get("/")
            .await
            .text()
            .split_once("name=\"form_token\" value=\"")
            .unwrap()
            .1
            .split('"')
            .next()
            .unwrap()
            .to_owned()
    }
}

#[tokio::test]
async fn without_a_session_nothing_of_a_tip_is_shown() {
    let bench = Bench::new().await;
    let visitor = Visitor::new(&bench).await;
    for path in [
        "/".into(),
        format!("/tip/{}", bench.tip),
        format!("/tip/{}/photo/1", bench.tip),
    ] {
        let answer = visitor.get(&path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.head.contains("location: /sign-in\r\n"), "{path}");
        assert!(!answer.text().contains("canary"), "{path}");
    }
    let answer = visitor
        .post(
            &format!("/tip/{}/report", bench.tip),
            "partner=cleansing&text=words&form_token=",
        )
        .await;
    assert_eq!((answer.status, bench.inbox().len()), (401, 0));
    assert!(bench.trail(Action::View).await.is_empty());
}

#[tokio::test]
async fn signing_out_ends_the_session_for_whoever_has_its_cookie() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    assert!(visitor.get("/").await.text().contains("canary-what"));
    let second = Visitor {
        cookie: visitor.cookie.clone(),
        begun: String::new(),
        address: visitor.address,
        task: tokio::spawn(async {}),
    };
    assert_eq!(second.get("/").await.status, 200, "the control");
    visitor
        .post(
            "/leave",
            &format!("form_token={}", visitor.form_token().await),
        )
        .await;
    assert_eq!(visitor.get("/").await.status, 303);
    assert_eq!(second.get("/").await.status, 303);
}

#[tokio::test]
async fn a_session_lasts_a_quarter_of_an_hour_of_rest() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    bench.clock.advance(14 * 60);
    assert_eq!(visitor.get("/").await.status, 200);
    bench.clock.advance(15 * 60);
    assert_eq!(visitor.get("/").await.status, 303);
}

#[tokio::test]
async fn another_host_name_is_refused_also_with_a_session() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    for host in [
        format!("rebound.example:{}", visitor.address.port()),
        "127.0.0.1".into(),
        String::new(),
    ] {
        let answer = visitor.send("GET", "/", &host, "", "").await;
        assert!(
            answer.status == 421 && !answer.text().contains("canary"),
            "{host}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn a_form_of_another_page_or_session_does_nothing() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    let path = format!("/tip/{}/report", bench.tip);
    let form = format!("{REPORT}&form_token={}", visitor.form_token().await);
    for origin in ["http://evil.example", "null", "", "http://127.0.0.1:1"] {
        assert_eq!(
            visitor.post_from(&path, &form, origin).await.status,
            403,
            "{origin}"
        );
    }
    for token in ["", "&form_token=", "&form_token=00"] {
        let form = format!("{REPORT}{token}");
        assert_eq!(visitor.post(&path, &form).await.status, 403, "{form}");
    }
    let previewed = async || bench.trail(Action::Route).await.len();
    assert_eq!(previewed().await, 0);
    // Negative control: the page's own form does it.
    assert_eq!(visitor.post(&path, &form).await.status, 303);
    assert_eq!(previewed().await, 1);
}

#[tokio::test]
async fn what_a_resident_wrote_stays_text() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    for path in ["/".into(), format!("/tip/{}", bench.tip)] {
        let answer = visitor.get(&path).await;
        let text = answer.text();
        assert!(
            text.contains("canary-what") && text.contains("dir=\"auto\""),
            "{path}"
        );
        assert_eq!(text.matches("<script").count(), 1, "{path}");
        assert!(text.contains("<script src=\"/desk.js\" defer>"), "{path}");
        for header in [
            "content-security-policy: default-src 'none'",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
        ] {
            assert!(
                answer.head.contains(header),
                "{path} lacks {header}: {}",
                answer.head
            );
        }
    }
}

#[tokio::test]
async fn a_tip_shows_every_answer_and_looking_at_it_is_written_down() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    assert!(visitor.get("/").await.text().contains("Unread"));
    let text = visitor.get(&format!("/tip/{}", bench.tip)).await.text();
    for answer in [
        "canary-where",
        "canary-when",
        "canary-impact",
        "canary-vehicle",
        "canarysign",
        "Saw or heard it themselves",
        "Onion service",
        "Danger",
    ] {
        assert!(text.contains(answer), "the page lacks {answer}");
    }
    for secret in ["6b65792d63616e617279", "626f782d63616e617279"] {
        assert!(!text.contains(secret), "the page shows the way to reply");
    }
    assert!(!visitor.get("/").await.text().contains("Unread"));
    let views = bench
        .book()
        .trail()
        .await
        .unwrap()
        .into_iter()
        .filter(|row| row.action == Action::View.word() && row.object == bench.tip.to_string());
    assert_eq!(views.count(), 1);
    assert_eq!(
        visitor
            .get("/tip/00000000000000000000000000000000")
            .await
            .status,
        404
    );
    assert_eq!(visitor.get("/tip/canary").await.status, 404);
}

#[tokio::test]
async fn a_photo_is_served_bare_and_is_not_kept_by_the_browser() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    let answer = visitor.get(&format!("/tip/{}/photo/1", bench.tip)).await;
    assert_eq!((answer.status, &answer.body), (200, &jpeg()));
    assert!(
        answer.head.contains("content-type: image/jpeg") && answer.head.contains("no-store"),
        "{}",
        answer.head
    );
    assert_eq!(bench.trail(Action::Photo).await, ["photo-1.jpg"]);
    assert_eq!(
        visitor
            .get(&format!("/tip/{}/photo/2", bench.tip))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_report_is_written_previewed_and_sent_and_the_tip_says_so() {
    let bench = Bench::new().await;
    partners::ring(bench.book(), bench.tip).await;
    let visitor = Visitor::signed_in(&bench).await;
    let page = visitor.report(bench.tip, REPORT).await;
    let text = page.text();
    assert!(
        text.contains("report-words") && text.contains("Only a preview"),
        "{text}"
    );
    assert!(
        !text.contains("canary-what"),
        "the preview shows what leaves: {text}"
    );
    assert!(bench.inbox().is_empty());
    let file = format!("/report/{}/report.pdf", reference(&page));
    let pdf = visitor.get(&file).await;
    assert!(pdf.head.contains("application/pdf") && pdf.body.starts_with(b"%PDF-"));
    let sent = visitor.send_preview(&page, "").await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    assert_eq!(bench.deliver().await.arrived, 1);
    let page = visitor.get(&format!("/tip/{}", bench.tip)).await.text();
    assert!(page.contains("has it since"), "{page}");
    let outbox = visitor.get("/outbox").await.text();
    assert!(
        outbox.contains("cleansing") && outbox.contains("has it since"),
        "{outbox}"
    );
    assert!(outbox.contains("<b>0</b> wait, <b>1</b> arrived today."));
    // A second one on the same day is refused, with all that was typed.
    let page = visitor.report(bench.tip, REPORT).await;
    let refused = visitor.send_preview(&page, "").await;
    assert_eq!(refused.status, 303);
    let said = visitor.get(&format!("/tip/{}", bench.tip)).await.text();
    assert!(said.contains("gets a report about this tip on"), "{said}");
    assert_eq!(bench.inbox().len(), 1);
}

#[tokio::test]
async fn a_refused_report_loses_no_word() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    let form = format!(
        "partner=nobody&text=report-words&report_place=the-place&conditions=the-conditions&safety.dog=yes&form_token={}",
        visitor.form_token().await
    );
    let page = visitor
        .post(&format!("/tip/{}/report", bench.tip), &form)
        .await;
    let text = page.text();
    assert_eq!(page.status, 422, "{text}");
    for typed in [
        "report-words",
        "the-place",
        "the-conditions",
        "There is no partner named",
    ] {
        assert!(text.contains(typed), "{typed}: {text}");
    }
    assert!(
        text.contains("name=\"safety.dog\" value=\"yes\" checked"),
        "{text}"
    );
}

#[tokio::test]
async fn p15_the_residents_words_are_marked_and_need_a_reason() {
    let bench = Bench::new().await;
    let mut said = tip(TipId([6; 16]));
    (said.what, said.thread) = ("They swapped the lock on Tuesday".into(), None);
    bench.keep(&said).await;
    partners::ring(bench.book(), said.id).await;
    let visitor = Visitor::signed_in(&bench).await;
    let page = visitor
        .report(
            said.id,
            "partner=cleansing&text=They+swapped+the+lock+on+Monday",
        )
        .await;
    let text = page.text();
    assert!(
        text.contains("<mark>They swapped the lock on</mark> Monday"),
        "{text}"
    );
    visitor.send_preview(&page, "").await;
    assert_eq!(bench.deliver().await.arrived, 0);
    visitor.send_preview(&page, "&why=a+reason").await;
    assert_eq!(bench.deliver().await.arrived, 1);
}

#[tokio::test]
async fn a_report_is_taken_back_on_its_page() {
    let bench = Bench::new().await;
    partners::ring(bench.book(), bench.tip).await;
    let visitor = Visitor::signed_in(&bench).await;
    let page = visitor.report(bench.tip, REPORT).await;
    let path = visitor.send_preview(&page, "").await;
    assert_eq!(path.status, 303);
    let report = format!("/report/{}", reference(&page));
    let form = format!("deed=take-back&form_token={}", visitor.form_token().await);
    assert_eq!(visitor.post(&report, &form).await.status, 303);
    assert_eq!(bench.deliver().await.arrived, 0);
    let text = visitor.get(&report).await.text();
    assert!(text.contains("was taken back on"), "{text}");
}

#[tokio::test]
async fn a_form_with_a_number_is_read_and_one_without_it_is_refused_with_a_sentence() {
    let bench = Bench::new().await;
    let visitor = Visitor::signed_in(&bench).await;
    let token = visitor.form_token().await;
    let post = async |fields: &str| {
        let form = format!("{fields}&form_token={token}");
        visitor.post("/replies", &form).await
    };
    // There is no such reply: the page says so, and that is an answer to a form that was read.
    assert_eq!(post("n=999&step=drop&why=x").await.status, 303);
    for odd in ["step=drop", "n=x&step=drop"] {
        let answer = post(odd).await;
        assert_eq!(answer.status, 403, "{odd}");
        assert!(answer.text().contains("is missing or wrong"), "{odd}");
    }
}

#[tokio::test]
async fn p15_a_quote_asks_who_could_know_it_and_leaves_only_with_a_reason() {
    let bench = Bench::new().await;
    let mut told = tip(TipId([9; 16]));
    told.language = "en".into();
    told.what =
        "Cars stop all day. At 3:30 he said \u{201c}bring it\u{201d} in the kitchen.".into();
    told.danger = None;
    told.thread = None;
    told.child = None;
    bench.keep(&told).await;
    let visitor = Visitor::signed_in(&bench).await;
    let path = format!("/tip/{}", told.id);
    let page = visitor.get(&path).await.text();
    let (ticks, area) = (format!("quote.{}-", told.id), "data-draft=");
    assert_eq!(page.matches(&ticks).count(), 6, "sentences and answers");
    let text_of = |page: &str| {
        let (_, rest) = page.split_once("id=\"text\"").unwrap();
        let (_, rest) = rest.split_once(area).unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        rest.split("</textarea>").next().unwrap().to_owned()
    };
    assert_eq!(text_of(&page), "", "nothing is filled in");
    assert!(!page.contains("Who could know all this?"), "control");
    let token = visitor.form_token().await;
    let form = format!(
        "partner=cleansing&text=We+were+told%3A&quote=yes&from=0&view=&{ticks}2=yes&form_token={token}"
    );
    let answer = visitor.post(&format!("{path}/report"), &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let page = answer.text();
    assert!(page.contains("Who could know all this?"), "{page}");
    for (words, why) in [
        ("At 3:30", "when"),
        ("he said \u{201c}bring it\u{201d}", "somebody's words"),
        ("in the kitchen", "seen from inside"),
    ] {
        let why = why.replace('\'', "&#39;");
        let marked =
            format!("<mark>{words}</mark> <span class=\"small\" dir=\"ltr\">({why})</span>");
        assert!(page.contains(&marked), "{marked}: {page}");
    }
    let text = text_of(&page);
    assert!(text.starts_with("We were told:\n\u{201c}At 3:30"), "{text}");
    assert!(!text.contains("Cars stop"), "only what was ticked");
    // The draft is kept, and nothing has left.
    assert!(text_of(&visitor.get(&path).await.text()).contains("At 3:30"));
    assert_eq!(bench.inbox().len(), 0);
    // Its preview has the resident's words marked, and it leaves only with a reason.
    let text = form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let preview = visitor
        .report(told.id, &format!("partner=cleansing&text={text}"))
        .await;
    assert!(
        preview.text().contains("are the resident"),
        "{}",
        preview.text()
    );
    visitor.send_preview(&preview, "").await;
    assert_eq!(bench.inbox().len(), 0, "no reason, nothing leaves");
}
