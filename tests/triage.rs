//! Triage: the queue, decisions, a second look, undo, folds. Three officers act on one book.

mod about_staff;
mod entering;
mod folds;
pub(crate) mod forgetting;
mod fortnight;
mod leaving;
mod letters;
mod linked;
mod marks;
mod model;
mod one_form;
mod over_books;
mod proposals;
mod replies;
mod reply_drafts;
mod search;
mod second_look;
mod translation;
mod undo;
mod views;
mod welfare;

use loke::clock::{Clock, Day};
use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::{self, Arrival, Book, Decision, Filter, How, Outcome, State, View};
use loke::desk::keys::Identity;
use loke::desk::open;
use loke::desk::register::{AccountRole, NewGrant};
use loke::desk::triage::{Act, NotActed};
use loke::seal::{self, MacKey, Recipients};
use loke::tip::{Channel, HowKnown, Lane, Photo, Priority, SCHEMA, Tip, TipId, Topic, YesNo};

use crate::house::{NOON, staff};

/// Three officers of one book.
pub(crate) struct Team {
    _folder: tempfile::TempDir,
    pub(crate) clock: Clock,
    pub(crate) ann: Acting,
    pub(crate) ben: Acting,
    pub(crate) cai: Acting,
    mac_key: MacKey,
    recipients: Recipients,
    members: Vec<(String, Identity)>,
}

impl Team {
    pub(crate) async fn new() -> Self {
        // In memory if the machine has such a folder: thousands of commits need no disk here.
        let memory = std::path::Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        };
        let folder = folder.unwrap();
        let clock = Clock::by_hand(NOON);
        let identity = Identity::generate();
        let mut recipients = Recipients::default();
        for lane in Lane::ALL {
            recipients.add(*lane, identity.recipient().unwrap());
        }
        let (ann, member) = staff::desk_in(folder.path(), clock.clone(), identity).await;
        let mut members = vec![("ann".to_owned(), member)];
        let mut others = Vec::new();
        for name in ["ben", "cai"] {
            let (account, member) =
                staff::account(ann.register(), name, &[AccountRole::Officer]).await;
            let grant = NewGrant {
                book: "main",
                account: name,
                given_by: "ann",
                until_on: None,
                agreed_by: None,
            };
            ann.register().grant(&grant).await.unwrap();
            // The key file, so that the officer can also sign in at the page.
            let key = std::slice::from_ref(&account.recipient);
            let opener = std::slice::from_ref(&members[0].1);
            let secrets = book::read_secrets(folder.path(), "main", "ann", opener).unwrap();
            book::write_key_file(folder.path(), "main", name, &secrets, key, clock.today())
                .unwrap();
            ann.books()[0]
                .pin_member(name, &account.recipient)
                .await
                .unwrap();
            members.push((name.to_owned(), member));
            let book = ann.books()[0].acting_as(account.actor());
            others.push(Acting::new(account, vec![book], ann.register().clone()));
        }
        let (Some(cai), Some(ben)) = (others.pop(), others.pop()) else {
            panic!("two officers")
        };
        Self {
            _folder: folder,
            clock,
            ann,
            ben,
            cai,
            mac_key: MacKey::random().unwrap(),
            recipients,
            members,
        }
    }

    /// The identity of an officer.
    pub(crate) fn member_of(&self, name: &str) -> Identity {
        let member = self.members.iter().find(|(of, _)| of == name);
        member.unwrap().1.clone()
    }

    pub(crate) fn book(&self) -> &Book {
        &self.ann.books()[0]
    }

    /// Seals a tip, opens it and stores it, as a pull does.
    pub(crate) async fn keep(&self, tip: &Tip) -> TipId {
        self.keep_with(tip, &[]).await
    }

    /// The same with photos.
    pub(crate) async fn keep_with(&self, tip: &Tip, photos: &[Photo]) -> TipId {
        let sealed = seal::seal(
            tip,
            photos,
            &self.recipients,
            &self.mac_key,
            self.clock.today(),
        );
        let sealed = sealed.unwrap();
        let opened = open::tip(self.book().identities(), &sealed.bytes).unwrap();
        let arrival = Arrival {
            id: tip.id,
            sealed: &sealed.bytes,
            opened: &opened,
        };
        let kept = self.book().keep("test", &[arrival], Action::Pull).await;
        kept.unwrap();
        tip.id
    }

    /// The tips of a view, as this officer sees it.
    pub(crate) async fn view(&self, who: &Acting, view: View) -> Vec<TipId> {
        let filter = Filter {
            view,
            ..Filter::default()
        };
        let rows = who.queue(&filter).await.unwrap();
        rows.into_iter().map(|row| row.id).collect()
    }

    pub(crate) async fn is_open(&self, tip: TipId) -> bool {
        self.book().triage(tip).await.unwrap().triage.is_open()
    }

    pub(crate) async fn state(&self, tip: TipId) -> State {
        self.book().triage(tip).await.unwrap().triage.state
    }
}

/// Decides about one tip.
pub(crate) async fn decide(who: &Acting, tip: TipId, decision: Decision) -> Result<Act, NotActed> {
    who.decide(&[tip.into()], &decision, How::default()).await
}

pub(crate) fn close(outcome: Outcome) -> Decision {
    Decision::Close {
        outcome,
        why: "a reason".into(),
    }
}

pub(crate) fn wait(days: i32, today: Day) -> Decision {
    Decision::Wait {
        for_whom: "the landlord".into(),
        outside: true,
        until: today.plus(days),
    }
}

/// A routine report about a tag, in English, with these words.
pub(crate) fn routine(words: &str) -> Tip {
    Tip {
        schema: SCHEMA,
        id: TipId::random().unwrap(),
        channel: Channel::Web,
        language: "en".into(),
        received: "2026-11-20".into(),
        topic: Topic::Drugs,
        lane: Lane::Drugs,
        priority: Priority::Routine,
        what: words.into(),
        place: None,
        when: None,
        ongoing: None,
        danger: None,
        child: None,
        impact: None,
        vehicle: None,
        how_known: Some(HowKnown::Saw),
        signs: Vec::new(),
        offensive: None,
        campaign: None,
        proven: true,
        unproven: None,
        thread: None,
        photos: Vec::new(),
        reply_key: None,
        reply_box: None,
        follow_up: None,
    }
}

/// A tip with some fields changed.
pub(crate) fn with(mut tip: Tip, change: impl FnOnce(&mut Tip)) -> Tip {
    change(&mut tip);
    tip
}

/// The same with danger ticked.
pub(crate) fn danger(words: &str) -> Tip {
    with(routine(words), |tip| tip.danger = Some(YesNo::Yes))
}
