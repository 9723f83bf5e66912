//! The pages of replies, by a browser without script: each step from the first word to the last button.

use std::net::SocketAddr;
use std::sync::Arc;

use loke::desk::acting::Acting;
use loke::desk::book::{Reply, ReplyState};
use loke::desk::open_books::OpenBooks;
use loke::desk::screen::{self, Screen};
use loke::reply_rows::Stage;
use loke::tip::{FollowUp, TipId};

use super::forgetting::{kept_receipt, receipt};
use super::{Team, with};
use crate::house::desk_browser::{Answer, DeskBrowser};

const CLEAN: &str = "Thank you. Was it in the morning or in the evening?";
const TASKS: &str = "Could you follow him and take a photo?";

/// The desk of a team, served on loopback until it drops.
pub(super) struct Served {
    pub(super) address: SocketAddr,
    screen: Arc<Screen>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Served {
    pub(super) async fn of(team: &Team) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let register = team.ann.register().clone();
        let config = register.folder().join("desk.toml");
        std::fs::write(&config, "").unwrap();
        let open = Arc::new(OpenBooks::new(register));
        let screen = Screen::new(open, config, address, false);
        let page = Arc::clone(&screen);
        let task = tokio::spawn(async move { screen::serve(page, listener).await });
        Self {
            address,
            screen,
            task,
        }
    }

    pub(super) async fn end_sessions(&self) {
        self.screen.end_sessions().await.unwrap();
    }

    /// A browser in which this officer is signed in.
    pub(super) async fn browser(&self, team: &Team, acting: &Acting) -> DeskBrowser {
        let account = acting.account().clone();
        let member = team.member_of(&account.name);
        let way = ("test", None);
        let cookie = self.screen.begin(&account, &[member], way).await.unwrap();
        DeskBrowser::in_session(self.address, &cookie)
    }
}

/// Sends the form of a page with these fields, and returns the page that it leads to.
async fn send(browser: &mut DeskBrowser, page: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
    let token = browser.get(page).await.field("form_token");
    let fields = [fields, &[("form_token", token.as_str())]].concat();
    let answer = browser.post(to, &fields).await;
    match answer.status {
        303 => {
            let target = answer.location().split('#').next().unwrap().to_owned();
            browser.get(&target).await
        }
        _ => answer,
    }
}

async fn write(browser: &mut DeskBrowser, tip: TipId, fields: &[(&str, &str)]) -> String {
    let page = format!("/tip/{tip}");
    let to = format!("{page}/reply");
    send(browser, &page, &to, fields).await.text()
}

async fn last(team: &Team, tip: TipId) -> Reply {
    let thread = team.ben.thread_of(tip).await.unwrap().thread;
    thread.replies.last().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn p16_each_step_of_a_reply_works_at_its_page() {
    let team = Team::new().await;
    let served = Served::of(&team).await;
    let mut ann = served.browser(&team, &team.ann).await;
    let mut ben = served.browser(&team, &team.ben).await;
    let mut cai = served.browser(&team, &team.cai).await;
    let polish = with(kept_receipt(1, "Sprzedają na klatce"), |tip| {
        tip.language = "pl".into();
    });
    let tip = team.keep(&polish).await;

    // The draft is shown as the resident sees it, and the resident's language is the first choice.
    let page = ben.get(&format!("/tip/{tip}")).await.text();
    assert!(page.contains("<option value=\"pl\" selected>"));
    assert!(
        page.contains("<span dir=\"auto\" lang=\"pl\">"),
        "the library"
    );
    let draft = [("step", "draft"), ("reply", CLEAN), ("language", "en")];
    let page = write(&mut ben, tip, &draft).await;
    let shown = format!("<p class=\"what\" dir=\"auto\" lang=\"en\">{CLEAN}</p>");
    assert!(page.contains(&shown), "{page}");

    // Own words: one agrees, a supervisor releases, somebody drops.
    for (words, step, state) in [
        (CLEAN, "agree", ReplyState::Ready),
        (TASKS, "release", ReplyState::Ready),
        (CLEAN, "drop", ReplyState::Dropped),
    ] {
        let tip = match step {
            "agree" => tip,
            _ => team.keep(&kept_receipt(2, "a report")).await,
        };
        let own = [("step", "own"), ("reply", words), ("language", "en")];
        let page = write(&mut ben, tip, &own).await;
        let says = match step {
            "release" => "The reply is held.",
            _ => "The reply waits for a second person.",
        };
        assert!(page.contains(says), "{page}");
        let second = match step {
            "release" => &mut ann,
            _ => &mut cai,
        };
        let waits = second.get("/replies").await;
        if step == "agree" {
            assert!(waits.text().contains("The resident's page was in: pl."));
            assert!(
                waits
                    .text()
                    .contains("another language than the resident's")
            );
        }
        let n = waits.field("n");
        let fields = [("n", n.as_str()), ("step", step), ("why", "it is fine")];
        let page = send(second, "/replies", "/replies", &fields).await.text();
        let says = match step {
            "drop" => "The reply never leaves.",
            _ => "The reply leaves with the next daily replacement.",
        };
        assert!(page.contains(says), "{page}");
        assert_eq!(last(&team, tip).await.state, state);
    }

    // Overdue: NOON is on a Saturday, so eight working hours end on Monday evening.
    let other = team.keep(&kept_receipt(3, "a report")).await;
    let own = [("step", "own"), ("reply", CLEAN), ("language", "en")];
    write(&mut ben, other, &own).await;
    assert!(
        !cai.get("/replies")
            .await
            .text()
            .contains("danger\">Overdue")
    );
    team.clock.advance(3 * 86_400);
    let mut cai = served.browser(&team, &team.cai).await;
    assert!(
        cai.get("/replies")
            .await
            .text()
            .contains("danger\">Overdue")
    );

    // A text of the library, the stage, the decision, "under 18".
    let mut ann = served.browser(&team, &team.ann).await;
    let tip = team.keep(&kept_receipt(4, "a report")).await;
    for (fields, says) in [
        (
            &[("library", "stay-safe")][..],
            "leaves with the next daily",
        ),
        (
            &[("step", "stage"), ("stage", "finished")],
            "The stage is shown from",
        ),
        (&[("step", "young")], "the writer is under 18"),
        (
            &[
                ("step", "authorise"),
                ("authorised", "stop"),
                ("why_authorised", "Hale"),
            ],
            "decision is recorded",
        ),
    ] {
        let page = write(&mut ann, tip, fields).await;
        assert!(page.contains(says), "{says}: {page}");
    }
    let view = team.ben.thread_of(tip).await.unwrap();
    assert!(view.stopped && view.is_young);
    assert_eq!(view.thread.released.unwrap().0, Stage::Finished);
    // The words of a report that its writer wants forgotten stay.
    let wish = with(kept_receipt(4, ""), |tip| {
        tip.follow_up = Some(FollowUp::Forget);
    });
    team.keep(&wish).await;
    let page = write(&mut ann, tip, &[("step", "keep")]).await;
    assert!(page.contains("The words stay."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_of_a_receipt_lists_incidents_alone_in_plain_words() {
    let team = Team::new().await;
    let served = Served::of(&team).await;
    let mut ben = served.browser(&team, &team.ben).await;
    let follow_up = |kind, when: Option<&str>| {
        with(kept_receipt(1, "words"), |tip| {
            tip.follow_up = Some(kind);
            tip.when = when.map(str::to_owned);
        })
    };
    team.keep(&kept_receipt(1, "a report")).await;
    team.keep(&follow_up(FollowUp::Answer, None)).await;
    let still = follow_up(FollowUp::Still, Some("2026-11-19 21:30"));
    team.keep(&still).await;
    let digits = receipt(1).groups().concat();
    let mut ask = async |digits: &str| {
        let fields = [("digits", digits)];
        send(&mut ben, "/receipt", "/receipt", &fields).await.text()
    };
    let page = ask(&digits).await;
    assert_eq!(page.matches("<tr><td>").count(), 2, "{page}");
    for says in ["Drug activity", "It was still happening", "21:30"] {
        assert!(page.contains(says), "{says}: {page}");
    }
    assert!(page.contains("1 more message,") && page.contains("Fewer than three"));
    assert!(
        !page.contains(&digits) && !page.contains("2026-11-19"),
        "{page}"
    );
    team.keep(&follow_up(FollowUp::Still, None)).await;
    assert!(
        ask(&digits)
            .await
            .contains("Three or more incidents count.")
    );
    let other = receipt(2).groups().concat();
    assert!(
        ask(&other)
            .await
            .contains("No report in your books has this receipt.")
    );
    assert!(ask("1234").await.contains("These are not the digits"));
}
