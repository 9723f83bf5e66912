//! P13 and P14: the pages without content, for administrators, auditors and supervisors.

use loke::desk::audit::Action;
use loke::desk::people::{self, NotDone};
use loke::desk::register::AccountRole::{Administrator, Auditor, Officer, Supervisor};

use super::served::{ANN, Desk, OWN};
use super::walk::{WORDS, Walk, refused, words_in};

const PAGES: [&str; 4] = ["/audit", "/audit.csv", "/access", "/accounts"];

/// The words of the table's cells, one list a row.
fn rows(page: &str) -> Vec<Vec<String>> {
    let body = page.split("<tbody>").nth(1).unwrap_or_default();
    let body = body.split("</tbody>").next().unwrap();
    body.split("<tr>")
        .skip(1)
        .map(|row| {
            let cells = row.split("<td>").skip(1);
            cells
                .map(|cell| cell.split("</td>").next().unwrap().to_owned())
                .collect()
        })
        .collect()
}

/// The link with this text.
fn link(page: &str, text: &str) -> Option<String> {
    let before = page.split(&format!(">{text}</a>")).next()?;
    if before.len() == page.len() {
        return None;
    }
    let link = before.rsplit("href=\"").next()?.split('"').next()?;
    Some(link.replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test]
async fn p14_who_oversees_reads_who_did_what_and_no_word_of_a_tip() {
    let Walk { desk, tip, ann, .. } = Walk::new().await;
    let main = ann.book("main").await.unwrap();
    main.view(tip.id).await.unwrap();
    desk.add("carol", "audit", &[Auditor, Administrator]).await;
    let (mut carol, _) = desk.chooses("carol").await;
    // Somebody who reads no tips does not begin at an empty queue.
    assert_eq!(carol.get("/").await.location(), "/access");
    let mut said = String::new();
    for path in PAGES {
        let page = carol.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        assert_eq!(words_in(&page.text()), Vec::<&str>::new(), "{path}");
        said.push_str(&page.text());
    }
    // The control: what she came for is there.
    for word in ["ann", "bob", "main", "view", "police", "phone", "age1"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let name = desk.register.names_of(&[tip.id]).await.unwrap();
    assert!(!said.contains(&name[&tip.id]), "no tip's name");
    // The log of a book has the words of searches: it is for the book's supervisor.
    let before = refused(&desk, "carol").await;
    let log = carol.get("/audit?log=main").await;
    assert_eq!(log.status, 404);
    assert_eq!(
        log.text(),
        carol.get("/audit?log=nowhere").await.text(),
        "the same answer as for a book that does not exist"
    );
    assert_eq!(carol.get("/audit.csv?log=main").await.status, 404);
    assert_eq!(refused(&desk, "carol").await, before + 3);
}

#[tokio::test]
async fn p14_an_officer_is_refused_by_the_pages_of_other_roles_and_each_try_is_written_down() {
    let Walk {
        desk,
        mut bob,
        ann: founder,
        ..
    } = Walk::new().await;
    let before = refused(&desk, "bob").await;
    for path in PAGES {
        let page = bob.get(path).await;
        assert_eq!(page.status, 403, "{path}");
        assert!(page.text().contains("needs one of these roles"), "{path}");
    }
    let token = bob.get("/queue").await.field("form_token");
    let fields = [("form_token", token.as_str()), ("account", "ann")];
    assert_eq!(bob.post("/accounts", &fields).await.status, 403);
    assert_eq!(refused(&desk, "bob").await, before + 5);
    assert!(!bob.get("/queue").await.text().contains("href=\"/audit\""));
    let ann = desk.register.account("ann").await.unwrap();
    assert!(ann.disabled_on.is_none(), "nothing was done");
    // By the command too.
    let bob = desk.act("bob", OWN).await;
    let command = people::may_read_logs(&bob).await;
    assert!(matches!(command, Err(NotDone::Role(Auditor))));
    assert!(bob.readable_logs().is_empty());
    assert_eq!(refused(&desk, "bob").await, before + 6);
    // The control.
    people::may_read_logs(&founder).await.unwrap();
    assert_eq!(founder.readable_logs().len(), 2);
}

#[tokio::test]
async fn p13_a_supervisor_reads_the_log_of_an_open_book_and_of_no_other() {
    let Walk { desk, ann, tip, .. } = Walk::new().await;
    let main = ann.book("main").await.unwrap();
    main.note_search("a typed word", &[]).await.unwrap();
    desk.add("sue", "council", &[Supervisor]).await;
    let (mut sue, _) = desk.chooses("sue").await;
    assert_eq!(sue.get("/audit?log=main").await.status, 404);
    let own = sue.get("/audit").await.text();
    assert!(!own.contains("a typed word") && !own.contains("name=\"log\""));
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let log = browser.get("/audit?log=main").await.text();
    assert!(log.contains("a typed word") && log.contains(&tip.id.to_string()));
    assert_eq!(words_in(&log), [WORDS[3]; 0], "no log has a tip's words");
    let csv = browser.get("/audit.csv?log=main&action=search").await;
    assert!(csv.text().contains("a typed word"), "{}", csv.text());
    assert!(
        csv.head.contains("filename=\"audit-main-2026-11-"),
        "{}",
        csv.head
    );
    let register = browser.get("/audit?action=search").await.text();
    assert!(
        !register.contains("a typed word"),
        "the register has a hash"
    );
    assert_eq!(rows(&register).len(), 1);
}

#[tokio::test]
async fn p13_a_supervisor_reads_the_words_of_a_search_and_which_tips_it_showed() {
    let Walk {
        desk, own, mut bob, ..
    } = Walk::new().await;
    let name = desk.register.names_of(&[own.id]).await.unwrap()[&own.id].clone();
    let found = bob.get("/search?q=ownwhat").await.text();
    assert!(found.contains(&name), "the control: {found}");
    let mut ann = desk.browser();
    ann.first_sign_in("ann", ANN, desk.clock.now()).await;
    let said = |row: &Vec<String>| row[5].contains("ownwhat") && row[5].contains(&name);
    let log = ann.get("/audit?log=other&action=search").await.text();
    assert!(rows(&log).iter().any(said), "{log}");
    let csv = ann.get("/audit.csv?log=other&action=search").await.text();
    assert!(csv.contains("ownwhat") && csv.contains(&name), "{csv}");
    let register = ann.get("/audit?action=search").await.text();
    assert!(!register.contains("ownwhat") && !register.contains(&name));
    // A year later the words are gone, and the row is there.
    let book = desk.act("ann", ANN).await;
    let book = book.book("other").await.unwrap();
    desk.clock.advance(366 * 86_400);
    let by_hand = loke::desk::book::Asked::ByHand;
    book.purge(by_hand, |_| ()).await.unwrap();
    let wanted = loke::desk::audit::Wanted {
        action: Some("search".to_owned()),
        most: 9,
        ..Default::default()
    };
    let left = book.audit_rows(&wanted).await.unwrap();
    assert_eq!(left[0].detail, "1 tips shown");
}

#[tokio::test]
async fn p13_the_audit_page_finds_rows_by_account_action_book_and_day_whole_over_its_pages() {
    let desk = Desk::new().await;
    desk.add("carol", "audit", &[Auditor]).await;
    let (mut carol, secret) = desk.chooses("carol").await;
    let actor = desk.register.account("ann").await.unwrap().actor();
    for n in 0..250 {
        let object = format!("gateway {n}");
        desk.register
            .record(&actor, Action::Connect, &object, "")
            .await
            .unwrap();
    }
    let found = async |carol: &mut crate::house::desk_browser::DeskBrowser, query: &str| {
        rows(&carol.get(&format!("/audit?{query}")).await.text())
    };
    // Every row once, over three pages, the newest first.
    let (mut objects, mut pages) = (Vec::new(), 0);
    let mut next = Some("/audit?action=connect".to_owned());
    while let Some(path) = next {
        let page = carol.get(&path).await.text();
        objects.extend(rows(&page).into_iter().map(|row| row[4].clone()));
        next = link(&page, "Older rows");
        pages += 1;
    }
    let all: Vec<String> = (0..250).rev().map(|n| format!("gateway {n}")).collect();
    assert_eq!((pages, objects), (3, all.clone()));
    let csv = carol.get("/audit.csv?action=connect").await.text();
    let rows_of_csv = csv.lines().filter(|line| line.contains(",connect,"));
    let objects: Vec<String> = rows_of_csv
        .map(|line| line.split(',').nth(5).unwrap().to_owned())
        .collect();
    assert_eq!(objects, all, "all rows, over several chunks");
    assert!(csv.contains("row,time,account,organisation,action,object,detail"));
    for query in ["who=ann&action=connect", "action=connect&day=2026-11-21"] {
        assert_eq!(found(&mut carol, query).await.len(), 100, "{query}");
    }
    for nothing in [
        "who=nobody",
        "who=carol&action=connect",
        "action=connect&day=2026-11-22",
        "book=other",
        "action=nonsense",
    ] {
        assert!(found(&mut carol, nothing).await.is_empty(), "{nothing}");
    }
    let book = found(&mut carol, "book=main").await;
    assert!(!book.is_empty() && book.iter().all(|row| row[4] == "main"));
    let wrong = carol.get("/audit?day=yesterday").await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("expected YYYY-MM-DD"));
    // The next day has the rows of that day alone.
    desk.clock.advance(86_400);
    desk.register
        .record(&actor, Action::Connect, "tomorrow", "")
        .await
        .unwrap();
    let code = crate::house::desk_browser::code(&secret, desk.clock.now());
    carol.sign_in("carol", OWN, &code).await;
    let tomorrow = found(&mut carol, "action=connect&day=2026-11-22").await;
    assert_eq!(tomorrow.len(), 1, "{tomorrow:?}");
    assert_eq!(tomorrow[0][4], "tomorrow");
}

#[tokio::test]
async fn p13_each_look_at_the_pages_of_who_did_what_is_on_record() {
    let desk = Desk::new().await;
    desk.add("carol", "audit", &[Auditor]).await;
    let (mut carol, _) = desk.chooses("carol").await;
    for path in PAGES {
        carol.get(path).await;
    }
    let looks: Vec<_> = desk.register.trail().await.unwrap();
    let looks: Vec<_> = looks
        .iter()
        .filter(|row| row.who == "carol" && row.action == "view")
        .map(|row| (row.object.as_str(), row.detail.as_str()))
        .collect();
    assert_eq!(
        looks,
        [
            ("/audit", "register, page"),
            ("/audit", "register, CSV file"),
            ("/access", "page"),
            ("/accounts", "page"),
        ]
    );
}

#[tokio::test]
async fn p14_the_access_review_says_who_can_read_what_since_when_and_what_is_due() {
    let Walk {
        desk,
        ann,
        own,
        bob: mut bob_browser,
        ..
    } = Walk::new().await;
    desk.add("carol", "audit", &[Auditor]).await;
    let (mut carol, _) = desk.chooses("carol").await;
    let bob = desk.register.account("bob").await.unwrap();
    let page = carol.get("/access").await.text();
    assert!(page.contains(&bob.recipient.fingerprint()), "{page}");
    assert!(!page.contains("re-key due"));
    let other = page.split("<h2>other</h2>").nth(1).unwrap();
    let members = rows(other);
    assert_eq!(members.len(), 2, "{members:?}");
    let [organisation, since, by, until, seen, codes, ..] = members[1].as_slice() else {
        panic!("{members:?}");
    };
    assert_eq!(
        [organisation, since, by, until, seen, codes].map(String::as_str),
        ["police", "2026-11-21", "ann", "", "2026-11-21", "phone"]
    );
    assert!(page.contains("<p>carol</p>"), "she has no book: {page}");
    // A look by another organisation than the book's is listed as shared.
    assert!(!page.contains("Shared with another"), "{page}");
    bob_browser.get(&format!("/tip/{}", own.id)).await;
    ann.book("other").await.unwrap().view(own.id).await.unwrap();
    let page = carol.get("/access").await.text();
    let shared = "police opened or searched tips 1 times, last on 2026-11-21";
    assert_eq!(page.matches("Shared with another").count(), 1, "{page}");
    assert!(page.contains(shared), "{page}");
    let log = carol.get("/audit?book=other&organisation=police").await;
    let log = rows(&log.text());
    assert!(!log.is_empty() && log.iter().all(|row| row[2] == "police"));
    let first = loke::desk::keys::Passphrase::new(super::served::FIRST);
    people::renew_account(&ann, "bob", &first).await.unwrap();
    let page = carol.get("/access").await.text();
    assert!(page.contains("a new key, not let in again"), "{page}");
    assert!(!page.contains("re-key due"), "nobody left: {page}");
    people::disable_account(&ann, "bob").await.unwrap();
    let page = carol.get("/access").await.text();
    assert!(page.contains("disabled, re-key due"), "{page}");
}

#[tokio::test]
async fn p14_an_administrator_disables_an_account_at_the_page_and_its_session_ends() {
    let Walk { desk, mut bob, .. } = Walk::new().await;
    desk.add("carol", "audit", &[Auditor]).await;
    desk.add("dan", "council", &[Administrator, Officer]).await;
    let (mut carol, _) = desk.chooses("carol").await;
    assert_eq!(bob.get("/queue").await.status, 200, "the control");
    let page = carol.get("/accounts").await.text();
    assert!(page.contains("bob") && !page.contains("Disable bob"));
    let (mut dan, _) = desk.chooses("dan").await;
    let page = dan.get("/accounts").await;
    assert!(page.text().contains("Disable bob") && !page.text().contains("Disable dan"));
    let token = page.field("form_token");
    let fields = [("form_token", token.as_str()), ("account", "bob")];
    dan.post("/accounts", &fields).await;
    assert_eq!(bob.get("/queue").await.location(), "/sign-in");
    let page = dan.get("/accounts").await.text();
    assert!(page.contains("disabled on 2026-11-21"), "{page}");
    // The last administrator stays: nobody could manage accounts any more.
    let ann = desk.act("ann", ANN).await;
    people::disable_account(&ann, "dan").await.unwrap();
    let last = people::disable_account(&ann, "ann").await;
    assert!(matches!(last, Err(NotDone::LastAdministrator(_))));
}
