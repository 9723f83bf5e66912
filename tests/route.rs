//! Routing: what a partner receives, that nobody else can open it, and that it arrives exactly once
//! even if delivery fails at first.

mod deliver;
#[path = "../examples/demo/mailbox.rs"]
pub(crate) mod mailbox;
mod screen;

use std::io::Read;
use std::path::{Path, PathBuf};

use age::x25519;
use loke::clock::Clock;
use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::{Arrival, Book, Decision, State};
use loke::desk::keys::Identity;
use loke::desk::open;
use loke::desk::register::Register;
use loke::desk::route::{self, Routed};
use loke::desk::settings::DeskSettings;
use loke::seal::{self, MacKey, Recipients};
use loke::tip::{
    Channel, HowKnown, Lane, Photo, PhotoNote, Priority, Removed, Tip, TipId, Topic, YesNo,
};

use crate::house::staff;

/// A desk in a temporary folder with one tip in its book, one partner with a folder and one
/// with an email address.
struct Bench {
    _folder: tempfile::TempDir,
    dir: PathBuf,
    clock: Clock,
    acting: Acting,
    /// The identity of the account.
    member: Identity,
    police: x25519::Identity,
    cleansing: x25519::Identity,
    tip: TipId,
}

/// Content of the tip that must stay at the desk.
const STAYS: [&str; 7] = [
    "onion",
    "canary-language",
    "canary-campaign",
    "canary-thread",
    "6b65792d63616e617279",
    "626f782d63616e617279",
    "proven",
];
/// Content of the tip that goes to a partner.
const GOES: [&str; 6] = [
    "canary-what",
    "canary-where",
    "canary-when",
    "canary-impact",
    "canary-vehicle",
    "canarysign",
];

fn tip(id: TipId) -> Tip {
    Tip {
        schema: loke::tip::SCHEMA,
        id,
        channel: Channel::Onion,
        language: "canary-language".into(),
        received: "2026-11-21".into(),
        topic: Topic::Cuckooing,
        lane: Lane::Cuckooing,
        priority: Priority::Soon,
        what: "canary-what <script>alert(1)</script> & \"quotes\"".into(),
        place: Some("canary-where".into()),
        when: Some("canary-when".into()),
        ongoing: Some(YesNo::Yes),
        danger: Some(YesNo::Yes),
        child: Some(YesNo::Unsure),
        impact: Some("canary-impact".into()),
        vehicle: Some("canary-vehicle".into()),
        how_known: Some(HowKnown::Saw),
        signs: vec!["canarysign".into()],
        offensive: None,
        campaign: Some("canary-campaign".into()),
        proven: true,
        unproven: None,
        thread: Some("canary-thread".into()),
        photos: vec![PhotoNote {
            name: "photo-1.jpg".into(),
            removed: vec![Removed::Gps],
        }],
        reply_key: Some("6b65792d63616e617279".into()),
        reply_box: Some("626f782d63616e617279".into()),
    }
}

/// A small real JPEG.
fn jpeg() -> Vec<u8> {
    let mut out = Vec::new();
    jpeg_encoder::Encoder::new(&mut out, 80)
        .encode(&[90; 32 * 24 * 3], 32, 24, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    out
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_owned();
        std::fs::create_dir(dir.join("inbox")).unwrap();
        let clock = Clock::by_hand(1_795_305_600);
        let (acting, member) = staff::desk_in(&dir, clock.clone(), Identity::generate()).await;
        let bench = Self {
            _folder: folder,
            dir,
            clock,
            acting,
            member,
            police: x25519::Identity::generate(),
            cleansing: x25519::Identity::generate(),
            tip: TipId([7; 16]),
        };
        bench.configure("");
        bench.keep(&tip(bench.tip)).await;
        bench
    }

    /// Writes `desk.toml`: the partner `cleansing` by folder, then `more`.
    fn configure(&self, more: &str) {
        let text = format!(
            "[[partners]]\nname = \"cleansing\"\nkey = \"{}\"\nfolder = \"inbox\"\n{more}",
            self.cleansing.to_public()
        );
        std::fs::write(self.config(), text).unwrap();
    }

    /// Adds the partner `police` by mail through the relay at this URL.
    fn configure_mail(&self, smtp: &str, more: &str) {
        let key = self.police.to_public();
        let police = format!(
            "[[partners]]\nname = \"police\"\nkey = \"{key}\"\nmail = \"intelligence@police.example\"\n{more}"
        );
        self.configure(&format!(
            "{police}\n[mail]\nsmtp = \"{smtp}\"\nfrom = \"desk@council.example\"\n"
        ));
    }

    fn book(&self) -> &Book {
        &self.acting.books()[0]
    }

    fn register(&self) -> &Register {
        self.acting.register()
    }

    fn config(&self) -> PathBuf {
        self.dir.join("desk.toml")
    }

    fn desk(&self) -> DeskSettings {
        DeskSettings::read(&self.config()).unwrap()
    }

    fn inbox(&self) -> Vec<PathBuf> {
        files(&self.dir.join("inbox"))
    }

    /// Seals a tip to the desk, opens it and stores it, as a pull does.
    async fn keep(&self, tip: &Tip) {
        let mut recipients = Recipients::default();
        recipients.add(tip.lane, self.book().identities()[0].recipient().unwrap());
        let photos = [Photo {
            jpeg: jpeg(),
            removed: vec![Removed::Gps],
            thumbnail: Vec::new(),
        }];
        let photos = &photos[..tip.photos.len()];
        let sealed = seal::seal(
            tip,
            photos,
            &recipients,
            &MacKey::random().unwrap(),
            self.clock.today(),
        )
        .unwrap();
        let opened = open::tip(self.book().identities(), &sealed.bytes).unwrap();
        let arrival = Arrival {
            id: tip.id,
            sealed: &sealed.bytes,
            opened: &opened,
        };
        self.book()
            .keep("test", &[arrival], Action::Pull)
            .await
            .unwrap();
    }

    async fn route(&self, to: &str) -> Result<Routed, route::Error> {
        route::route(&self.acting, &self.desk(), self.tip, to, false).await
    }

    async fn route_again(&self, to: &str) -> Routed {
        route::route(&self.acting, &self.desk(), self.tip, to, true)
            .await
            .unwrap()
    }

    /// The `detail` of the audit log's rows with this action.
    async fn trail(&self, action: Action) -> Vec<String> {
        self.acting.verify(|| {}).await.unwrap();
        let mut rows = self.register().trail().await.unwrap();
        // What a book recorded is in the register too, without its details.
        rows.retain(|row| row.object != "main");
        rows.extend(self.book().trail().await.unwrap());
        rows.into_iter()
            .filter(|row| row.action == action.word())
            .map(|row| row.detail)
            .collect()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

/// What `age -d -i IDENTITY | tar -x` gives a partner.
fn open_as(identity: &x25519::Identity, sealed: &[u8]) -> Vec<(String, Vec<u8>)> {
    let decryptor = age::Decryptor::new_buffered(sealed).unwrap();
    let mut plain = Vec::new();
    decryptor
        .decrypt([identity as &dyn age::Identity].into_iter())
        .unwrap()
        .read_to_end(&mut plain)
        .unwrap();
    let mut archive = tar::Archive::new(plain.as_slice());
    let entry = |mut e: tar::Entry<'_, &[u8]>| {
        let mut bytes = Vec::new();
        e.read_to_end(&mut bytes).unwrap();
        (e.path().unwrap().display().to_string(), bytes)
    };
    let files = archive
        .entries()
        .unwrap()
        .map(Result::unwrap)
        .filter(|e| !e.header().entry_type().is_pax_global_extensions());
    files.map(entry).collect()
}

fn the_one(found: &[PathBuf]) -> Vec<u8> {
    assert_eq!(found.len(), 1, "{found:?}");
    std::fs::read(&found[0]).unwrap()
}

#[tokio::test]
async fn a_partner_gets_the_report_and_nothing_that_speaks_of_the_writer() {
    let bench = Bench::new().await;
    let Routed::Arrived(delivery) = bench.route("cleansing").await.unwrap() else {
        panic!("it did not arrive")
    };
    let copy = open_as(&bench.cleansing, &the_one(&bench.inbox()));
    let names: Vec<_> = copy.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["tip.json", "photo-1.jpg"]);
    assert_eq!(copy[1].1, jpeg());
    let text = String::from_utf8(copy[0].1.clone()).unwrap();
    let id = bench.tip.to_string();
    for stays in STAYS.into_iter().chain([id.as_str(), "gps"]) {
        assert!(!text.contains(stays), "the partner's copy holds {stays}");
    }
    for goes in GOES {
        assert!(text.contains(goes), "the partner's copy lacks {goes}");
    }
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["reference"], delivery.reference);
    assert_eq!(
        json["photos"],
        serde_json::json!([{ "name": "photo-1.jpg" }])
    );
    // Negative control: the desk's own tip has all of it.
    let held = bench.book().view(bench.tip).await.unwrap();
    for stays in STAYS.into_iter().chain([id.as_str(), "gps"]).chain(GOES) {
        assert!(held.json.contains(stays), "the desk's tip lacks {stays}");
    }
    assert_eq!(
        held.state,
        State::New,
        "danger was ticked: a second person must agree"
    );
    let pending = bench.book().pending(bench.tip).await.unwrap().unwrap();
    assert_eq!(pending.decision, Decision::Routed);
}

#[tokio::test]
async fn only_the_partner_opens_its_copy() {
    let bench = Bench::new().await;
    bench.route("cleansing").await.unwrap();
    let sealed = the_one(&bench.inbox());
    assert_eq!(
        open::tip(bench.book().identities(), &sealed).unwrap_err(),
        open::Error::OtherKey
    );
    let other = age::Decryptor::new_buffered(sealed.as_slice())
        .unwrap()
        .decrypt([&bench.police as &dyn age::Identity].into_iter());
    assert!(matches!(
        other.err(),
        Some(age::DecryptError::NoMatchingKeys)
    ));
    // Negative control: the partner's key does.
    assert_eq!(open_as(&bench.cleansing, &sealed)[0].0, "tip.json");
}

#[tokio::test]
async fn a_partner_may_be_given_less() {
    let bench = Bench::new().await;
    bench.configure("without = [\"impact\", \"how_known\", \"photos\"]\n");
    bench.route("cleansing").await.unwrap();
    let copy = open_as(&bench.cleansing, &the_one(&bench.inbox()));
    assert_eq!(
        copy.len(),
        1,
        "a photo left although the partner may not have it"
    );
    let json: serde_json::Value = serde_json::from_slice(&copy[0].1).unwrap();
    for without in ["impact", "how_known", "photos"] {
        assert!(json.get(without).is_none(), "the copy holds {without}");
    }
    assert_eq!(json["where"], "canary-where");
    bench.configure("without = [\"canary-wrong\"]\n");
    let error = DeskSettings::read(&bench.config())
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("line 5") && error.contains("how_known") && !error.contains("canary"),
        "{error}"
    );
}

#[tokio::test]
async fn copies_of_one_tip_do_not_link() {
    let bench = Bench::new().await;
    let Routed::Arrived(first) = bench.route("cleansing").await.unwrap() else {
        panic!("it did not arrive")
    };
    let Routed::Arrived(second) = bench.route_again("cleansing").await else {
        panic!("it did not arrive")
    };
    assert_ne!(first.reference, second.reference);
    assert_eq!(bench.inbox().len(), 2);
    let copies: Vec<_> = bench
        .inbox()
        .iter()
        .map(|f| std::fs::read(f).unwrap())
        .collect();
    // Copies of one class have the same plaintext size; age's random stanza changes the file size
    // by less than 500 bytes.
    assert!(
        copies.iter().all(|c| c.len().abs_diff(1 << 20) < 2_000),
        "a copy's size tells more than its class"
    );
}

#[tokio::test]
async fn routing_twice_sends_one_copy_and_says_so() {
    let bench = Bench::new().await;
    let Routed::Arrived(first) = bench.route("cleansing").await.unwrap() else {
        panic!("it did not arrive")
    };
    assert_eq!(
        bench.route("cleansing").await.unwrap(),
        Routed::Already(first)
    );
    assert_eq!(bench.inbox().len(), 1);
    assert_eq!(bench.trail(Action::Route).await.len(), 1);
    assert_eq!(bench.trail(Action::Deliver).await.len(), 1);
}

#[tokio::test]
async fn an_unknown_partner_is_refused_and_the_others_are_named() {
    let bench = Bench::new().await;
    let error = bench.route("housing").await.unwrap_err().to_string();
    assert!(
        error.contains("housing") && error.contains("cleansing"),
        "{error}"
    );
    assert!(
        bench
            .register()
            .deliveries_of(bench.tip)
            .await
            .unwrap()
            .is_empty()
    );
    assert_ne!(
        bench.book().view(bench.tip).await.unwrap().state,
        State::Routed
    );
}
