//! Reports to partners: what a partner receives, that nobody else can open it, and that it arrives
//! exactly once even if delivery fails at first.

mod batches;
mod contents;
mod deliver;
mod exact;
mod illegal;
#[path = "../examples/demo/mailbox.rs"]
pub(crate) mod mailbox;
mod monday;
mod open_mail;
mod orders;
mod outcomes;
mod parts;
mod postfix;
mod proposals;
mod screen;
mod section_eight;
mod split;
mod stalls;
mod withdraw;

use std::io::Read;
use std::path::{Path, PathBuf};

use age::x25519;
use loke::clock::Clock;
use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::{Arrival, Book, Previewed};
use loke::desk::keys::Identity;
use loke::desk::open;
use loke::desk::outbox;
use loke::desk::partners::{Partner, PartnerKind, Way};
use loke::desk::register::{Delivery, Register};
use loke::desk::report::{Draft, PhotoOf};
use loke::desk::route::{NotSent, Order};
use loke::desk::settings::DeskSettings;
use loke::seal::{self, MacKey, Recipients};
use loke::tip::{
    Channel, HowKnown, Lane, Photo, PhotoNote, Priority, Removed, Tip, TipId, Topic, YesNo,
};

use crate::house::partners::{self, partner};
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

/// Everything of the tip must stay at the desk.
const STAYS: [&str; 13] = [
    "onion",
    "canary-language",
    "canary-campaign",
    "canary-thread",
    "6b65792d63616e617279",
    "626f782d63616e617279",
    "proven",
    "canary-what",
    "canary-where",
    "canary-when",
    "canary-impact",
    "canary-vehicle",
    "canarysign",
];
/// The officer's words.
const TEXT: &str = "report-canary: please check the entrance";

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
        follow_up: None,
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
        bench.configure("").await;
        bench.keep(&tip(bench.tip)).await;
        bench
    }

    /// Writes `desk.toml`. The partner `cleansing` gets reports in its folder.
    async fn configure(&self, desk: &str) {
        std::fs::write(self.config(), desk).unwrap();
        let inbox = Way::Folder(self.dir.join("inbox"));
        self.add(&partner(
            "cleansing",
            PartnerKind::Cleansing,
            &self.cleansing,
            inbox,
        ))
        .await;
    }

    /// Adds the partner `police` by mail through the relay at this URL.
    async fn configure_mail(&self, smtp: &str) {
        let desk = format!("[mail]\nsmtp = \"{smtp}\"\nfrom = \"desk@council.example\"\n");
        self.configure(&desk).await;
        let mail = Way::Mail("intelligence@police.example".into());
        self.add(&partner("police", PartnerKind::Police, &self.police, mail))
            .await;
    }

    async fn add(&self, partner: &Partner) {
        partners::add(&self.acting, partner).await;
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

    /// Sends the officer's words and the first photo, without waiting for a batch.
    async fn route(&self, to: &str) -> Result<Delivery, NotSent> {
        self.send(&self.draft(to)).await
    }

    /// Sends a second report, on the next day and without the photo.
    async fn route_again(&self, to: &str) -> Delivery {
        self.clock.advance(86_400);
        let draft = Draft {
            photos: Vec::new(),
            ..self.draft(to)
        };
        self.send(&draft).await.unwrap()
    }

    fn draft(&self, to: &str) -> Draft {
        Draft {
            partner: to.into(),
            text: TEXT.into(),
            photos: vec![PhotoOf {
                tip: self.tip,
                number: 1,
            }],
            is_lead: true,
            ..Draft::default()
        }
    }

    async fn send(&self, draft: &Draft) -> Result<Delivery, NotSent> {
        partners::send(&self.acting, &self.desk(), self.tip, draft).await
    }

    async fn order(
        &self,
        preview: &Previewed,
        why: &str,
        at_once: bool,
    ) -> Result<Delivery, NotSent> {
        let order = Order {
            digest: preview.digest,
            why,
            at_once,
        };
        partners::ring(self.book(), preview.tips[0]).await;
        let reference = &preview.report.reference;
        self.acting.order(&self.desk(), reference, order).await
    }

    async fn deliver(&self) -> outbox::Sent {
        partners::deliver(&self.acting, &self.desk()).await
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
/// The files of a report, opened with its partner's key.
pub(crate) fn open_as(identity: &x25519::Identity, sealed: &[u8]) -> Vec<(String, Vec<u8>)> {
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
