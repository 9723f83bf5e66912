//! P13 and P14: the daily mail names who was let into a book.

use loke::desk::audit::Action;
use loke::desk::granting::{self, WaitsFor};
use loke::desk::register::AccountRole;

use super::{Watch, late, plain, subject};
use crate::house::staff;

/// In a book of one member nobody can agree: the next daily mail names the account first.
#[tokio::test(flavor = "multi_thread")]
async fn p14_in_a_book_of_one_a_grant_waits_for_the_daily_mail_that_names_it() {
    let watch = Watch::new().await;
    watch.step(&mut late).await;
    let empty = watch.taken_mails();
    let (acting, register) = (&watch.officer.acting, watch.register());
    staff::account(register, "zoe", &[AccountRole::Officer]).await;
    let book = acting.books()[0].name().to_owned();
    let given = granting::grant(acting, &book, "zoe", None).await.unwrap();
    assert_eq!(given.waits_for, WaitsFor::DailyMail);
    let members = async || register.book(&book).await.unwrap().members.len();
    watch.clock().advance(6 * 3_600);
    granting::after_daily_mail(&acting.books()[0])
        .await
        .unwrap();
    assert_eq!(members().await, 1, "no mail has named it yet");
    watch.clock().advance(14 * 3_600);
    watch.step(&mut late).await;
    let mails = watch.taken_mails();
    let daily = mails.iter().find(|mail| subject(mail).contains("Daily"));
    let daily = daily.unwrap();
    let raw = String::from_utf8(daily.raw.clone()).unwrap();
    assert!(raw.contains("zoe waits to be let in by"), "{raw}");
    assert_eq!(
        raw.len(),
        empty[0].raw.len() + daily.recipient.len() - empty[0].recipient.len()
    );
    granting::after_daily_mail(&acting.books()[0])
        .await
        .unwrap();
    assert_eq!(members().await, 2);
    assert!(register.waiting_grants().await.unwrap().is_empty());
}

/// Many grants never hide one: the mail says how many it does not show, and stays as long.
#[tokio::test(flavor = "multi_thread")]
async fn p13_a_daily_mail_names_who_was_let_in_and_says_how_many_more() {
    let watch = Watch::new().await;
    watch.step(&mut late).await;
    let few = watch.taken_mails();
    let (acting, register) = (&watch.officer.acting, watch.register());
    for n in 0..20 {
        register
            .record(
                &acting.actor(),
                Action::Grant,
                "main",
                &format!("n{n} may open it"),
            )
            .await
            .unwrap();
    }
    watch.clock().advance(20 * 3_600);
    watch.step(&mut late).await;
    let mails = watch.taken_mails();
    let many = mails.iter().find(|mail| mail.recipient == few[0].recipient);
    let raw = String::from_utf8(many.unwrap().raw.clone()).unwrap();
    assert!(
        raw.contains("n19 may open it") && raw.contains("more: see the audit log"),
        "{raw}"
    );
    assert!(!raw.contains("main"), "no book's name");
    assert_eq!(plain(many.unwrap()), plain(&few[0]));
}
