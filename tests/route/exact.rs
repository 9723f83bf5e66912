//! Whatever a report is made of, the file that the officer saw is the file that is sealed.

use std::collections::BTreeSet;

use loke::desk::book::{CallResult, Consent, NewCall};
use loke::desk::jobs::answers::{collect_keys, key_line};
use loke::desk::keys::{Identity, Passphrase};
use loke::desk::partners::{Field, Partner, PartnerKind, Way};
use loke::desk::register::Outcome;
use loke::desk::report::{Draft, PhotoOf};
use loke::desk::{covering, open, partner_accounts};
use loke::digest::sha256;
use loke::photo::cover::Square;
use loke::tip::{Priority, TipId, YesNo};

use super::{Bench, tip};
use crate::house::chance::{Chance, seed};
use crate::house::partners::partner;

/// The keys that open the sealed files.
struct Keys {
    /// Of a partner with a folder or a mail address.
    partner: Identity,
    /// Of a person at a partner with the partner page.
    reader: Identity,
}

impl Chance {
    fn is(&mut self) -> bool {
        self.below(2) == 0
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// Some of these, by chance.
    fn some<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        of.iter().filter(|_| self.is()).cloned().collect()
    }

    fn words(&mut self, most: u64) -> String {
        let words = [
            "bag",
            "lane",
            "Łódź",
            "شارع",
            "shop <b>",
            "=1+1",
            "\"stair\"\n",
        ];
        let count = self.below(most);
        (0..count)
            .map(|_| format!("{} ", self.one(&words)))
            .collect()
    }
}

impl Bench {
    /// A desk with every way, and a person with an account at the partner `page`.
    async fn with_every_way() -> (Self, Keys) {
        let bench = Self::new().await;
        let dir = bench.dir.display();
        std::fs::create_dir(bench.dir.join("answers")).unwrap();
        let desk = format!(
            "[mail]\nsmtp = \"smtp://127.0.0.1:9\"\nfrom = \"desk@council.example\"\ntls_domains = [\"gov.example\"]\n\
             [answers]\nfolder = \"{dir}/answers\"\n[partner_page]\ninbox = \"{dir}/inbox\"\n"
        );
        bench.configure(&desk).await;
        let keys = Keys {
            partner: Identity::generate(),
            reader: Identity::generate(),
        };
        let mut page = partner("page", PartnerKind::Other, &bench.police, Way::Page);
        page.key = None;
        bench.add(&page).await;
        let (acting, first) = (&bench.acting, Passphrase::new("ribbon wagon lantern"));
        partner_accounts::add(acting, &bench.desk(), "page", "pat", &first)
            .await
            .unwrap();
        let key = keys.reader.recipient().unwrap();
        let line = key_line("pat", "page", &key);
        let answers = bench.dir.join("answers");
        std::fs::write(answers.join(format!("{:032x}.key", 1)), line).unwrap();
        assert_eq!(collect_keys(&answers, bench.register()).await, Ok(1));
        let (actor, fingerprint) = (acting.actor(), key.fingerprint());
        let register = bench.register();
        let confirmed = register.confirm_partner_account(&actor, "page", &fingerprint);
        confirmed.await.unwrap().unwrap();
        (bench, keys)
    }

    /// A partner of any kind, with any way and any fields.
    async fn any_partner(&self, chance: &mut Chance, keys: &Keys) -> Partner {
        let ways = [
            Way::Folder(self.dir.join("inbox")),
            Way::Mail("intelligence@police.example".into()),
            Way::OpenMail("clerk@gov.example".into()),
            Way::Print,
            Way::Page,
        ];
        let way = chance.one(&ways).clone();
        let kind = *chance.one(PartnerKind::ALL);
        let mut any = partner(way.word(), kind, &self.police, way.clone());
        any.key = match way {
            Way::Folder(_) | Way::Mail(_) => Some(keys.partner.recipient().unwrap()),
            _ => None,
        };
        any.agreement_until = Some(self.clock.today().plus(90));
        any.fields = chance.some(Field::ALL);
        any.fields.push(Field::Text);
        any.fields.sort_unstable_by_key(|field| field.word());
        any.fields.dedup();
        self.add(&any).await;
        any
    }

    /// A tip with any answers, a photo or none, and any covers on it.
    async fn any_tip(&self, chance: &mut Chance, is_grave: bool) -> TipId {
        let mut any = tip(TipId::random().unwrap());
        any.thread = None;
        (any.place, any.vehicle) = (None, None);
        any.priority = match is_grave {
            true => *chance.one(&[Priority::Now, Priority::Soon]),
            false => Priority::Routine,
        };
        any.danger = is_grave.then_some(YesNo::Yes);
        any.child = None;
        any.language = "en".into();
        if chance.is() {
            any.photos.clear();
        }
        self.keep(&any).await;
        if !any.photos.is_empty() && chance.is() {
            let grid = covering::grid(self.book(), any.id, 1).await.unwrap();
            let rows = 1..=grid.rows();
            let all =
                rows.flat_map(|row| (1..=grid.columns()).map(move |column| Square { row, column }));
            let squares: BTreeSet<Square> =
                chance.some(&all.collect::<Vec<_>>()).into_iter().collect();
            covering::store(self.book(), any.id, 1, squares)
                .await
                .unwrap();
        }
        any.id
    }

    fn any_draft(&self, chance: &mut Chance, partner: &Partner, photos: Vec<PhotoOf>) -> Draft {
        let rules = self.register().report_rules();
        let safety: Vec<String> = rules.safety.keys().cloned().collect();
        let (as_written, section_eight) =
            *chance.one(&[(false, false), (true, false), (false, true)]);
        Draft {
            partner: partner.name.clone(),
            text: format!("Report: {}", chance.words(90)),
            place: chance.words(5),
            ask: chance.words(9),
            conditions: chance.words(9),
            safety: chance.some(&safety),
            photos,
            grade: chance.is(),
            is_lead: chance.is(),
            as_written,
            why_own_words: "the wording matters".into(),
            section_eight,
            ..Draft::default()
        }
    }

    /// The file that is sealed for the partner, opened with the key of whoever gets it. The report has
    /// arrived then.
    async fn sealed(&self, reference: &str, way: &Way, keys: &Keys) -> Vec<u8> {
        let (register, now) = (self.register(), self.clock.now());
        let (due, key) = match way {
            // The paper is made from the file in the book.
            Way::Print => {
                let report = self.book().report(reference).await.unwrap().unwrap();
                self.acting
                    .hand_over_on_paper(reference, "Sam")
                    .await
                    .unwrap();
                return report.plain.to_vec();
            }
            Way::OpenMail(_) => {
                let due = register.due_open_mails("main", now).await.unwrap();
                (due, self.book().identities().to_vec())
            }
            Way::Page => (
                register.due_deliveries(now).await.unwrap(),
                vec![keys.reader.clone()],
            ),
            _ => (
                register.due_deliveries(now).await.unwrap(),
                vec![keys.partner.clone()],
            ),
        };
        let [due] = due.as_slice() else {
            panic!("{} reports are due", due.len())
        };
        assert_eq!(due.delivery.reference, reference);
        let plain = open::plain(&key, &due.sealed).unwrap().to_vec();
        let noted = register.note_attempt(&due.delivery, &Outcome::Done).await;
        noted.unwrap();
        self.book().note_arrivals().await.unwrap();
        plain
    }
}

/// `LOKE_REPORTS` sets another number of reports, and `LOKE_SEED` repeats a run.
#[tokio::test]
async fn p15_the_preview_is_the_exact_file_that_is_sealed() {
    let reports = std::env::var("LOKE_REPORTS").map_or(20, |n| n.parse::<usize>().unwrap());
    let mut chance = Chance(seed("the exact file"));
    let (bench, keys) = Bench::with_every_way().await;
    for n in 0..reports {
        bench.clock.advance(86_400);
        let partner = bench.any_partner(&mut chance, &keys).await;
        let in_the_clear = matches!(partner.way, Way::OpenMail(_));
        let is_grave = !in_the_clear && chance.is();
        let id = bench.any_tip(&mut chance, is_grave).await;
        let has_photo = !open::tip(
            bench.book().identities(),
            &bench.book().sealed(id).await.unwrap(),
        )
        .unwrap()
        .photos
        .is_empty();
        if partner.kind == PartnerKind::Safeguarding {
            let call = NewCall {
                rung: "CADS",
                result: CallResult::Made("C-1"),
                consent: Consent::NotAsked,
                why: "nobody knows who wrote",
            };
            bench.book().record_call(id, call).await.unwrap();
        }
        let photo = PhotoOf { tip: id, number: 1 };
        let all: Vec<PhotoOf> = has_photo.then_some(photo).into_iter().collect();
        let photos = chance.some(&all);
        let draft = bench.any_draft(&mut chance, &partner, photos);
        let preview = bench.acting.preview(id, &draft).await.unwrap();
        let mut previews = vec![preview];
        // A report that left can be corrected or withdrawn: the same holds for that one.
        let change = match chance.below(3) {
            0 => Some(None),
            1 => Some(Some(format!("Not there. {}", chance.words(20)))),
            _ => None,
        };
        while let Some(preview) = previews.pop() {
            let reference = preview.report.reference.clone();
            bench
                .order(&preview, "the wording matters", true)
                .await
                .unwrap();
            let mut plain = bench.sealed(&reference, &partner.way, &keys).await;
            let what = format!("report {n} by {}: {:?}", partner.way.word(), preview.draft);
            assert_eq!(sha256(&plain), preview.digest, "{what}");
            // Control: another byte is another digest.
            plain[0] ^= 1;
            assert_ne!(sha256(&plain), preview.digest, "{what}");
            if preview.draft.replaces.is_none()
                && let Some(text) = &change
            {
                let next = bench.acting.replace(&reference, text.as_deref()).await;
                previews.push(next.unwrap());
            }
        }
    }
}
