//! One Monday from outside (P15). An officer writes reports about several tips on the desk's page, to a
//! partner of each way. Everything that was delivered is then opened with what the partner has: Debian's
//! `age` and `tar`, a mailbox behind a real Postfix, the partner page, paper. A secret is planted in each
//! part of each tip and of each report, and a search in all pieces finds those of the partner's list and
//! no others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use age::x25519;
use loke::desk::covering;
use loke::desk::outbox::{Sent, send_open};
use loke::desk::partners::{Field, PartnerKind, Way};
use loke::desk::settings::DeskSettings;
use loke::digest::sha256;
use loke::photo::clean_now;
use loke::photo::cover::Square;
use loke::tip::{Photo, PhotoNote, Tip, TipId};
use serde_json::Value;
use zeroize::Zeroizing;

use super::postfix::{HOST, Postfix};
use crate::house::desk_browser::DeskBrowser;
use crate::house::partners;
use crate::house::pdf::{self, Piece};
use crate::house::sweep::Sweep;
use crate::partner_page::Bench;
use crate::partner_page::accounts::{ACCOUNTS, tip_page};
use crate::photo::{cover, is_bare, make};
use crate::triage::{routine, with};

/// A partner and its field list.
struct Listed {
    name: &'static str,
    kind: PartnerKind,
    fields: &'static [Field],
}

/// Each field is on one list and missing on another.
const PARTNERS: [Listed; 5] = [
    Listed {
        name: "estates",
        kind: PartnerKind::Cleansing,
        fields: &[Field::Text, Field::Place, Field::Safety, Field::Photos],
    },
    Listed {
        name: "intelligence",
        kind: PartnerKind::Police,
        fields: Field::ALL,
    },
    Listed {
        name: "clerk",
        kind: PartnerKind::Licensing,
        fields: &[Field::Text, Field::Ask, Field::Priority, Field::Photos],
    },
    Listed {
        name: "wardens",
        kind: PartnerKind::Other,
        fields: &[Field::Text, Field::Place, Field::Grade, Field::Photos],
    },
    Listed {
        name: "legal",
        kind: PartnerKind::Legal,
        fields: &[Field::Handling, Field::Conditions, Field::AnswerCode],
    },
];

/// The photo of a report as it must arrive.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Picture {
    None,
    /// With the stripes of the square.
    Striped,
    /// With one flat colour on the square.
    Covered,
    /// From a camera.
    Camera,
}

/// A report that was sent.
struct Report {
    reference: String,
    to: &'static Listed,
    digest: [u8; 32],
    picture: Picture,
    /// The names of the secrets that must arrive, and no others.
    expects: BTreeSet<String>,
    /// Whether every field was filled in.
    is_full: bool,
}

struct Monday {
    bench: Bench,
    config: PathBuf,
    officer: DeskBrowser,
    /// Somebody of the partner that reads on the page.
    reader: DeskBrowser,
    key: x25519::Identity,
    secrets: Vec<(String, Vec<u8>)>,
    reports: Vec<Report>,
    /// The pieces of each report, by its reference.
    pieces: BTreeMap<String, Vec<Piece>>,
}

/// A file that a resident takes: the stripes on a square, and a secret in all its metadata.
fn taken() -> Photo {
    let file = make::dirtied(&cover::taken(true));
    clean_now(Zeroizing::new(file)).unwrap()
}

impl Monday {
    async fn new(relay: u16) -> Self {
        let bench = Bench::with(ACCOUNTS).await;
        let ann = &bench.team.ann;
        let key = x25519::Identity::generate();
        let place = bench.place.path().to_owned();
        std::fs::create_dir(place.join("estates")).unwrap();
        for listed in &PARTNERS {
            let way = match listed.name {
                "estates" => Way::Folder(place.join("estates")),
                "intelligence" => Way::Mail("intelligence@gov.example".into()),
                "clerk" => Way::OpenMail("clerk@gov.example".into()),
                "wardens" => Way::Page,
                _ => Way::Print,
            };
            let is_sealed = matches!(way, Way::Folder(_) | Way::Mail(_));
            let mut partner = partners::partner(listed.name, listed.kind, &key, way);
            partner.key = partner.key.filter(|_| is_sealed);
            partner.fields = listed.fields.to_vec();
            partner.agreement_until = Some(bench.team.clock.today().plus(90));
            partners::add(ann, &partner).await;
        }
        let config = place.join("monday.toml");
        let text = format!(
            "[batches]\nreports_minutes = 0\n[answers]\nfolder = \"{0}/answers\"\n[partner_page]\ninbox = \"{0}/inbox\"\n\
             [mail]\nsmtp = \"smtp://{HOST}:{relay}\"\nfrom = \"desk@council.example\"\ntls_domains = [\"gov.example\"]\nca = \"relay.pem\"\n",
            place.display()
        );
        std::fs::write(&config, text).unwrap();
        // A sentence of the fixed list has a secret too.
        let safety = format!("safety{}", hex::encode(loke::random::bytes::<6>().unwrap()));
        let rules = include_str!("../../rules/reports.toml")
            .replace("There may be needles.", &format!("There may be {safety}."));
        let folder = ann.register().folder().join("rules");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("reports.toml"), rules).unwrap();
        ann.register().reload_rules().unwrap();
        let (reader, _) = bench.person("wardens", "cleo").await;
        let first = bench.team.keep(&routine("a first one")).await;
        let (officer, _) = tip_page(&bench.team, config.clone(), first).await;
        let metadata = ("metadata".to_owned(), make::CANARY.to_vec());
        Self {
            bench,
            config,
            officer,
            reader,
            key,
            secrets: vec![("safety".to_owned(), safety.into_bytes()), metadata],
            reports: Vec::new(),
            pieces: BTreeMap::new(),
        }
    }

    fn desk(&self) -> DeskSettings {
        DeskSettings::read(&self.config).unwrap()
    }

    /// A new secret with a name.
    fn plant(&mut self, name: String, part: &str) -> String {
        let word = format!("{part}{}", hex::encode(loke::random::bytes::<6>().unwrap()));
        self.secrets.push((name, word.clone().into_bytes()));
        word
    }

    /// A tip with a secret in each of the resident's parts.
    async fn tip(&mut self, name: &str, photo: Option<Photo>) -> TipId {
        let mut said = |part: &str| self.plant(format!("{name}: resident's {part}"), part);
        let mut tip: Tip = with(routine(&said("what")), |tip| {
            tip.place = Some(said("where"));
            tip.when = Some(said("when"));
            tip.impact = Some(said("impact"));
            tip.vehicle = Some(said("vehicle"));
            tip.campaign = Some(said("campaign"));
            tip.thread = Some(said("thread"));
            tip.language = said("language");
            tip.signs = vec![said("sign")];
            tip.reply_key = Some(said("replykey"));
            tip.reply_box = Some(said("replybox"));
        });
        tip.photos = Vec::from_iter(photo.as_ref().map(|photo| PhotoNote {
            name: "photo-1.jpg".into(),
            removed: photo.removed.clone(),
        }));
        let id = (format!("{name}: id"), tip.id.to_string().into_bytes());
        self.secrets.push(id);
        let photos = Vec::from_iter(photo);
        self.bench.team.keep_with(&tip, &photos).await
    }

    /// Fills in the panel of a tip, looks at the preview, and sends it.
    async fn send(
        &mut self,
        (to, tip, picture): (&'static Listed, TipId, Picture),
        fields: &[(&str, &str)],
        (mut expects, is_full): (BTreeSet<String>, bool),
    ) {
        let form_token = self.officer.get("/").await.field("form_token");
        let photo = format!("photo.{tip}-1");
        let mut form = vec![("form_token", form_token.as_str()), ("partner", to.name)];
        form.extend(fields);
        if picture != Picture::None || is_full {
            form.push((&photo, "yes"));
        }
        let made = self
            .officer
            .post(&format!("/tip/{tip}/report"), &form)
            .await;
        assert_eq!(made.status, 303, "{}: {}", to.name, made.text());
        let page = self.officer.get(made.location()).await;
        let (reference, digest) = (reference_of(made.location()), page.field("digest"));
        let report = self
            .bench
            .team
            .ann
            .report(&reference)
            .await
            .unwrap()
            .1
            .report;
        if let Some(code) = report.answer_code {
            let name = format!("{}: answer_code", to.name);
            // A reader may close the gap.
            for word in [code.clone(), code.replace(' ', "")] {
                self.secrets.push((name.clone(), word.into_bytes()));
            }
            expects.insert(name);
        }
        let send = [
            ("form_token", form_token.as_str()),
            ("deed", "send-now"),
            ("digest", &digest),
            ("why", "they asked for a statement"),
        ];
        let path = format!("/report/{reference}");
        let sent = self.officer.post(&path, &send).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let ordered = self.bench.team.ann.register().delivery(&reference).await;
        assert!(ordered.unwrap().is_some(), "{}: it was not sent", to.name);
        let mut bytes = [0; 32];
        hex::decode_to_slice(&digest, &mut bytes).unwrap();
        self.reports.push(Report {
            reference,
            to,
            digest: bytes,
            picture,
            expects,
            is_full,
        });
    }

    /// A report with a secret in each part, about a tip with a secret in each part.
    async fn full(&mut self, to: &'static Listed) {
        let tip = self.tip(to.name, Some(taken())).await;
        let may = |field| to.fields.contains(&field);
        let picture = match to.name {
            _ if !may(Field::Photos) => Picture::None,
            "intelligence" => Picture::Striped,
            _ => Picture::Covered,
        };
        if picture == Picture::Covered {
            let squares = BTreeSet::from([Square { row: 3, column: 4 }]);
            let book = self.bench.team.book();
            covering::store(book, tip, 1, squares).await.unwrap();
        }
        let mut expects = BTreeSet::new();
        let mut fields = Vec::new();
        for field in [Field::Text, Field::Place, Field::Ask, Field::Conditions] {
            let name = format!("{}: {field}", to.name);
            let word = self.plant(name.clone(), field.word());
            let box_of = match field {
                Field::Place => "report_place",
                other => other.word(),
            };
            fields.push((box_of, format!("Please see {word} today")));
            if may(field) {
                expects.insert(name);
            }
        }
        if may(Field::Safety) {
            expects.insert("safety".to_owned());
        }
        let mut fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        fields.extend([("safety.needles", "yes"), ("grade", "yes")]);
        self.send((to, tip, picture), &fields, (expects, true))
            .await;
    }

    /// The named exception: the resident's own words and place.
    async fn as_written(&mut self, to: &'static Listed) {
        let tip = self.tip("quoted", None).await;
        let fields = [
            ("text", ""),
            ("as_written", "yes"),
            ("why_own", "a statement"),
        ];
        let expects = ["what", "where"].map(|part| format!("quoted: resident's {part}"));
        let expects = (BTreeSet::from(expects), false);
        self.send((to, tip, Picture::None), &fields, expects).await;
    }

    /// Photos of a camera, if there are some.
    async fn camera(&mut self, to: &'static Listed) {
        let Some(root) = std::env::var_os("LOKE_CORPUS") else {
            return;
        };
        let folder = Path::new(&root).join("camera/jpg");
        let mut files: Vec<PathBuf> = super::files(&folder);
        files.sort();
        let photos = files.iter().filter_map(|file| {
            let bytes = std::fs::read(file).unwrap();
            assert!(is_bare(&bytes).is_err(), "the control: {}", file.display());
            clean_now(Zeroizing::new(bytes)).ok()
        });
        for (n, photo) in photos.take(2).enumerate() {
            let tip = self.tip(&format!("camera {n}"), Some(photo)).await;
            let fields = [("text", "a photo of the wall")];
            let expects = (BTreeSet::new(), false);
            self.send((to, tip, Picture::Camera), &fields, expects)
                .await;
        }
    }

    /// One run of the outbox, and of the open mails while the book is open.
    async fn deliver(&self) -> [Sent; 2] {
        let (ann, desk) = (&self.bench.team.ann, self.desk());
        let sent = partners::deliver(ann, &desk).await;
        let open = send_open(&ann.books()[0], &desk, self.bench.team.clock.now()).await;
        [sent, open.unwrap()]
    }

    fn keep(&mut self, reference: &str, pieces: Vec<Piece>) {
        let all = self.pieces.entry(reference.to_owned()).or_default();
        all.extend(pieces);
    }

    /// What Debian's programs make of a sealed report. It is the file that was previewed.
    fn open_sealed(&mut self, reference: &str, sealed: &[u8]) -> Option<()> {
        let folder = tempfile::tempdir().unwrap();
        let secret = age::secrecy::ExposeSecret::expose_secret(&self.key.to_string()).to_owned();
        std::fs::write(folder.path().join("key"), secret).unwrap();
        std::fs::write(folder.path().join("r.age"), sealed).unwrap();
        let run = "age -d -i key -o r.tar r.age && mkdir out && tar -x -C out -f r.tar";
        let mut shell = Command::new("sh");
        let out = shell.args(["-c", run]).current_dir(folder.path()).output();
        let out = out.unwrap();
        assert!(out.status.success(), "{out:?}");
        let plain = std::fs::read(folder.path().join("r.tar")).unwrap();
        let sent = self.reports.iter().find(|sent| sent.reference == reference);
        assert_eq!(
            sha256(&plain),
            sent.unwrap().digest,
            "not what was previewed"
        );
        for file in super::files(&folder.path().join("out")) {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let bytes = std::fs::read(&file).unwrap();
            if name.ends_with(".pdf") {
                self.keep(reference, pdf::pieces(&bytes)?);
            }
            self.keep(reference, vec![(name, bytes)]);
        }
        self.keep(reference, vec![("tar".into(), plain)]);
        Some(())
    }

    fn sent_to(&self, name: &str) -> Vec<String> {
        let to = self.reports.iter().filter(|sent| sent.to.name == name);
        to.map(|sent| sent.reference.clone()).collect()
    }

    /// The reports in the folder, on the page and on paper.
    async fn open_at_once(&mut self) -> Option<()> {
        for reference in self.sent_to("estates") {
            let file = self
                .bench
                .place
                .path()
                .join(format!("estates/{reference}.age"));
            let sealed = std::fs::read(file).unwrap();
            self.open_sealed(&reference, &sealed)?;
        }
        self.bench.look().await;
        for reference in self.sent_to("wardens") {
            let path = format!("/report/{reference}");
            for page in ["/reports", path.as_str()] {
                let shown = self.reader.get(page).await;
                assert!(shown.text().contains(&reference), "{page}");
                self.keep(&reference, vec![(page.to_owned(), shown.body)]);
            }
            let photo = self.reader.get(&format!("{path}/photo-1.jpg")).await;
            let document = self.reader.get(&format!("{path}/report.pdf")).await;
            self.keep(&reference, vec![("page, photo-1.jpg".into(), photo.body)]);
            self.keep(&reference, pdf::pieces(&document.body)?);
        }
        for reference in self.sent_to("legal") {
            let path = format!("/report/{reference}");
            let paper = self.officer.get(&format!("{path}/report.pdf")).await;
            self.keep(&reference, pdf::pieces(&paper.body)?);
            let form_token = self.officer.get(&path).await.field("form_token");
            let handed = [
                ("form_token", form_token.as_str()),
                ("deed", "handed-over"),
                ("whom", "Sam of the legal team"),
            ];
            self.officer.post(&path, &handed).await;
            let gone = self.officer.get(&format!("{path}/report.pdf")).await;
            assert_eq!(gone.status, 404, "the paper is handed over");
        }
        Some(())
    }

    /// The mails in the partners' mailboxes.
    fn open_mails(&mut self, postfix: &Postfix, sweep: &Sweep) -> Option<()> {
        for mail in postfix.taken() {
            let (name, bytes) = mail.attachment().unwrap();
            let (reference, end) = name.split_once('.').unwrap();
            let to = mail.recipient.split('@').next().unwrap();
            assert!(self.sent_to(to).contains(&reference.to_owned()), "{name}");
            match end {
                "age" => {
                    let finds = sweep.finds(&mail.raw);
                    assert!(finds.is_empty(), "a sealed mail: {finds:?}");
                    self.open_sealed(reference, &bytes)?;
                }
                _ => {
                    self.keep(reference, vec![("mail".into(), mail.raw.clone())]);
                    self.keep(reference, pdf::pieces(&bytes)?);
                }
            }
        }
        Some(())
    }
}

fn reference_of(location: &str) -> String {
    let (_, rest) = location.split_once("/report/").unwrap();
    rest.split('?').next().unwrap().to_owned()
}

/// The parts that nobody can plant a secret in are there if the list has them, and only then.
fn has_its_parts(report: &Report, pieces: &[Piece]) {
    let may = |field| report.to.fields.contains(&field);
    let grade = match report.to.name {
        "estates" => "Grade",
        _ => "Proposedgrade",
    };
    let (_, text) = pieces
        .iter()
        .find(|(name, _)| name == "pdf, squeezed")
        .unwrap();
    let text = String::from_utf8_lossy(text);
    for (label, field) in [
        ("Urgency", Field::Priority),
        ("Handlingcode", Field::Handling),
        (grade, Field::Grade),
    ] {
        assert_eq!(
            text.contains(label),
            may(field),
            "{}: {label}: {text}",
            report.to.name
        );
    }
    let Some((_, json)) = pieces.iter().find(|(name, _)| name == "report.json") else {
        return;
    };
    let json: Value = serde_json::from_slice(json).unwrap();
    let found: BTreeSet<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let fields = report
        .to
        .fields
        .iter()
        .filter(|field| **field != Field::Photos);
    let mut expected: BTreeSet<&str> = fields.map(|field| field.word()).collect();
    let always = ["schema", "reference", "from", "to", "day", "kind", "text"];
    expected.extend(always.into_iter().chain(["marking", "delete_by"]));
    assert_eq!(found, expected, "{}", report.to.name);
}

fn has_its_picture(report: &Report, pieces: &[Piece]) {
    let pictures = pieces.iter().filter(|(name, _)| name.ends_with(".jpg"));
    let mut count = 0;
    for (name, picture) in pictures {
        count += 1;
        assert_eq!(is_bare(picture), Ok(()), "{}: {name}", report.to.name);
        match report.picture {
            Picture::None => panic!("{}: a photo that was withheld", report.to.name),
            Picture::Camera => {}
            Picture::Striped => assert!(cover::stripes_in(picture) > 1_000, "the control: {name}"),
            Picture::Covered => {
                assert!(cover::is_flat(picture), "{}: {name}", report.to.name);
                assert_eq!(cover::stripes_in(picture), 0, "{}: {name}", report.to.name);
            }
        }
    }
    assert_eq!(
        count > 0,
        report.picture != Picture::None,
        "{}",
        report.to.name
    );
}

#[tokio::test]
async fn p15_on_a_monday_every_partner_gets_its_fields_by_its_way_and_no_planted_secret_beyond() {
    let Some(mut postfix) = Postfix::new() else {
        return;
    };
    let mut monday = Monday::new(postfix.port).await;
    let intelligence = &PARTNERS[1];
    for to in &PARTNERS {
        monday.full(to).await;
    }
    monday.as_written(intelligence).await;
    monday.camera(intelligence).await;
    let mails = monday.sent_to("intelligence").len() + 1;

    // Without TLS the hop to the relay says nothing, and everything else arrives.
    postfix.certify(HOST, Some(monday.bench.place.path()));
    postfix.start("none").await;
    let [sent, open] = monday.deliver().await;
    assert_eq!((sent.arrived, sent.waiting, sent.stuck), (2, mails - 1, 0));
    assert_eq!((open.arrived, open.waiting, open.stuck), (0, 1, 0));
    postfix.stop();
    let log = postfix.log();
    assert!(log.contains("connect from"), "the control: {log}");
    for said in ["mail=", "rcpt=", "gov.example>"] {
        assert!(!log.contains(said), "{said}: {log}");
    }
    assert!(postfix.mails().is_empty());
    if monday.open_at_once().await.is_none() {
        return;
    }
    postfix.start("encrypt").await;
    monday.bench.team.clock.advance(61);
    let [sent, open] = monday.deliver().await;
    assert_eq!((sent.arrived, open.arrived), (mails - 1, 1));
    postfix.logs("status=sent", mails).await;
    let sweep = Sweep::new(monday.secrets.clone()).unwrap();
    monday.open_mails(&postfix, &sweep);

    let (mut searched, mut bytes) = (0, 0);
    for report in &monday.reports {
        let pieces = &monday.pieces[&report.reference];
        let finds = pieces.iter().flat_map(|(_, piece)| sweep.finds(piece));
        let found: BTreeSet<String> = finds.map(|find| find.name).collect();
        assert_eq!(found, report.expects, "{}", report.to.name);
        has_its_picture(report, pieces);
        if report.is_full {
            has_its_parts(report, pieces);
        }
        searched += pieces.len();
        bytes += pieces.iter().map(|(_, piece)| piece.len()).sum::<usize>();
    }
    println!(
        "{} reports by 5 ways, {} secrets, {searched} pieces, {bytes} bytes",
        monday.reports.len(),
        monday.secrets.len()
    );
}
