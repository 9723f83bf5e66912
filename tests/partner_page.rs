//! The partner page. Without an account: an answer by code is noted, sealed and collected, and only
//! the desk can tell whether it is one. With an account: reports are read and answered.

pub(crate) mod accounts;
mod answers;
pub(crate) mod attacks;
mod desk;
mod files;
mod memory;
mod page;
mod passphrase;
mod program;
mod replaced;
mod sessions;
mod sign_in;
mod withdrawn;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use loke::desk::answer_code::AnswerCode;
use loke::desk::answers::{Answer, Choice};
use loke::desk::book::NewAnswerCode;
use loke::desk::jobs::answers::{Collected, collect};
use loke::desk::partner_page::{self, PartnerPage, PartnerPageSettings};
use loke::tip::TipId;

use crate::house::desk_browser::{self, exchange};
use crate::triage::Team;

const DAY: i64 = 86_400;
/// The reference of the report.
const REFERENCE: &str = "0123456789abcdef";

/// A team, a partner page that seals to its book, and the folder between them.
pub(crate) struct Bench {
    pub(crate) team: Team,
    pub(crate) place: tempfile::TempDir,
    pub(crate) address: SocketAddr,
    page: Arc<PartnerPage>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Bench {
    async fn new() -> Self {
        Self::with("").await
    }

    /// A page with these lines at the end of its settings.
    pub(crate) async fn with(more: &str) -> Self {
        let team = Team::new().await;
        let place = tempfile::tempdir().unwrap();
        for folder in ["answers", "inbox"] {
            std::fs::create_dir(place.path().join(folder)).unwrap();
        }
        let text = format!(
            "key = \"{}\"\nanswers = \"answers\"\nclient_address = \"x-real-ip\"\n{more}",
            team.book().recipient().unwrap()
        );
        let file = place.path().join("partners.toml");
        std::fs::write(&file, text).unwrap();
        let settings = PartnerPageSettings::read(&file).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let page = PartnerPage::open(settings, team.clock.clone())
            .await
            .unwrap();
        let served = Arc::clone(&page);
        let task = tokio::spawn(async move { partner_page::serve(served, listener).await });
        Self {
            team,
            place,
            address,
            page,
            task,
        }
    }

    fn folder(&self) -> PathBuf {
        self.place.path().join("answers")
    }

    fn files(&self) -> Vec<PathBuf> {
        let files = self.folder().read_dir().unwrap();
        files.map(|file| file.unwrap().path()).collect()
    }

    /// A report about a tip was sealed, and its sheet has this code for three weeks.
    async fn sheet(&self, tip: TipId, reference: &str) -> AnswerCode {
        let code = AnswerCode::random().unwrap();
        let new = NewAnswerCode {
            code,
            reference: reference.into(),
            tip,
            partner: "cleansing".into(),
            until: self.team.clock.today().plus(21),
        };
        self.team.book().store_answer_code(&new).await.unwrap();
        code
    }

    async fn get(&self, path: &str) -> desk_browser::Answer {
        let host = self.address.to_string();
        exchange(self.address, "", "GET", path, &host, "", "").await
    }

    async fn post_from(&self, sender: &str, fields: &[(&str, &str)]) -> desk_browser::Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let headers =
            format!("X-Real-IP: {sender}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
        let host = self.address.to_string();
        exchange(self.address, "", "POST", "/", &host, &headers, &body).await
    }

    /// A partner types an answer.
    async fn answer(&self, reference: &str, code: &str, choice: Choice) -> desk_browser::Answer {
        let fields = [
            ("reference", reference),
            ("code", code),
            ("choice", choice.word()),
        ];
        self.post_from("192.0.2.7", &fields).await
    }

    /// Puts an answer into the folder, as somebody who has the partner page's machine.
    fn forge(&self, name: &str, reference: &str, code: AnswerCode, choice: Choice) {
        let answer = Answer {
            reference: reference.parse().unwrap(),
            code,
            choice,
        };
        let key = self.team.book().recipient().unwrap();
        let sealed = answer.seal(&key, self.team.clock.today()).unwrap();
        std::fs::write(self.folder().join(format!("{name}.age")), sealed).unwrap();
    }

    pub(crate) async fn collect(&self) -> Collected {
        let books = [self.team.book().acting_as(loke::desk::audit::Actor::desk())];
        collect(&self.folder(), &books, true).await.unwrap()
    }
}

fn recorded(recorded: usize) -> Collected {
    Collected {
        recorded,
        ..Collected::default()
    }
}

fn dropped(dropped: usize) -> Collected {
    Collected {
        dropped,
        ..Collected::default()
    }
}

/// A name of an answer's file.
fn name(n: u32) -> String {
    format!("{n:032x}")
}
