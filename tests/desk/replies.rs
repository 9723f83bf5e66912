//! `loke-desk reply`, `replies` and `receipt` with a book that is open.

use std::io::Write;
use std::process::{Command, Stdio};

use loke::desk::acting::Acting;
use loke::desk::audit::Action;
use loke::desk::book::{Arrival, ReplyState};
use loke::desk::open;
use loke::desk::register::AccountRole;
use loke::desk::replying::Words;
use loke::receipt::Receipt;
use loke::reply_rows::Stage;
use loke::seal::{MacKey, Recipients, seal};
use loke::tip::{Lane, Priority, TipId, Topic};

use super::served::{ANN, Desk};
use super::text;
use crate::house::{programs, staff};

/// A tip with a receipt in the book `main`, in English.
async fn kept(acting: &Acting, of: &Receipt) -> TipId {
    let mut tip = super::tip("They sell here", Priority::Routine, "2026-11-20");
    (tip.lane, tip.topic, tip.language) = (Lane::Drugs, Topic::Drugs, "en".into());
    tip.reply_box = Some(hex::encode(of.reply_box().expose()));
    tip.reply_key = Some(hex::encode(of.reply_key().expose()));
    let book = acting.book("main").await.unwrap();
    let mut recipients = Recipients::default();
    recipients.add(tip.lane, book.recipient().unwrap());
    let (mac_key, day) = (MacKey::random().unwrap(), loke::clock::Day(20_800));
    let sealed = seal(&tip, &[], &recipients, &mac_key, day).unwrap();
    let opened = open::tip(book.identities(), &sealed.bytes).unwrap();
    let arrival = Arrival {
        id: tip.id,
        sealed: &sealed.bytes,
        opened: &opened,
    };
    book.keep("test", &[arrival], Action::Pull).await.unwrap();
    tip.id
}

#[tokio::test(flavor = "multi_thread")]
async fn p16_each_command_of_replies_works_with_an_open_book() {
    let desk = Desk::new().await;
    let ann = desk.act("ann", ANN).await;
    let place = tempfile::tempdir().unwrap();
    let passphrase = place.path().join("passphrase");
    std::fs::write(&passphrase, ANN).unwrap();
    let words = place.path().join("words");
    std::fs::write(
        &words,
        "Thank you. Was it in the morning or in the evening?",
    )
    .unwrap();
    let config = desk.register.folder().join("desk.toml");
    let run = |args: &[&str], typed: &str| {
        let mut command = Command::new(programs::desk());
        command.args(args).arg("--config").arg(&config);
        command.arg("--passphrase-file").arg(&passphrase);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(typed.as_bytes()).unwrap();
        drop(input);
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "{args:?}: {}", super::said(&out));
        String::from_utf8(out.stdout).unwrap()
    };
    let receipt = Receipt::derive(&[5; 32], b"a");
    let tip = kept(&ann, &receipt).await;
    let id = tip.to_string();
    assert!(run(&["reply", &id, "--library", "stay-safe"], "").contains("leaves with the next"));
    assert!(run(&["reply", &id, "--text", text(&words)], "").contains("waits"));
    let digits = receipt.groups().concat();
    assert!(run(&["receipt"], &format!("{digits}\n")).contains("drugs"));
    run(&["replies", "stage", &id, "finished"], "");

    // A colleague's replies: one to agree to, one to release.
    let (bob, _) = staff::account(&desk.register, "bob", &[AccountRole::Officer]).await;
    let book = ann.books()[0].acting_as(bob.actor());
    let bob = Acting::new(bob, vec![book], desk.register.clone());
    let other = kept(&ann, &Receipt::derive(&[5; 32], b"b")).await;
    let mut numbers = Vec::new();
    for text in ["Thank you. Was it loud?", "Could you follow him?"] {
        let own = Words::Own {
            text,
            language: "en",
            meaning: "",
        };
        let wrote = bob.reply(other, own, None).await.unwrap();
        numbers.push((wrote.replies[0].to_string(), wrote.state));
    }
    assert_eq!(numbers[0].1, ReplyState::Waiting);
    assert_eq!(numbers[1].1, ReplyState::Held);
    let list = run(&["replies", "--json"], "");
    assert!(list.contains(&numbers[0].0) && list.contains("\"resident\":\"en\""));
    run(&["replies", "agree", &numbers[0].0], "");
    run(
        &[
            "replies",
            "release",
            &numbers[1].0,
            "--reason",
            "it is fine",
        ],
        "",
    );
    run(
        &["replies", "authorise", &id, "stop", "--reason", "Hale"],
        "",
    );
    let view = ann.thread_of(other).await.unwrap();
    let ready = |reply: &loke::desk::book::Reply| reply.state == ReplyState::Ready;
    assert!(view.thread.replies.iter().all(ready));
    let view = ann.thread_of(tip).await.unwrap();
    assert!(view.stopped && view.thread.released.unwrap().0 == Stage::Finished);
    let dropped = |reply: &loke::desk::book::Reply| reply.state == ReplyState::Dropped;
    assert!(view.thread.replies.iter().all(dropped), "what had not left");
}
