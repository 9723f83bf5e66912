//! Bodies that are not forms, that break off or that never end: the page reports what happened, and
//! no word is lost.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::house::House;
use crate::house::browser::{Field, jpeg, multipart, photo, request, text};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_form_gets_a_page_that_says_so() {
    let house = House::open().await;
    let word = house.canary("body");
    for kind in [
        "text/plain",
        "application/json",
        "multipart/form-data",
        "",
        "image/jpeg; boundary=x",
    ] {
        let page = request(
            house.web,
            "POST /check",
            &[("Content-Type", kind)],
            word.as_bytes(),
        )
        .await
        .unwrap();
        assert_eq!(page.status, 415, "{kind}");
        assert!(page.text().contains("could not be read") && !page.text().contains(&word));
    }
    let page = request(
        house.web,
        "POST /check",
        &[("Content-Type", "application/x-www-form-urlencoded")],
        b"topic=drugs&what=%ff%fe+bad+bytes",
    )
    .await
    .unwrap();
    assert!(
        page.status == 200 && page.area("what").ends_with("bad bytes"),
        "invalid UTF-8 is shown as such: {}",
        page.area("what")
    );
    assert_eq!(house.get(&format!("/{word}")).await.status, 404);
    assert_eq!(
        request(house.web, "DELETE /send", &[], b"")
            .await
            .unwrap()
            .status,
        405
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_multipart_body_costs_no_words() {
    let house = House::open().await;
    let what = house.canary("what");
    let (kind, body) = multipart(&[
        text("topic", "graffiti"),
        text("what", &what),
        photo("p.jpg", &jpeg()),
    ]);
    let cut = &body[..body.len() - 200];
    let page = request(house.web, "POST /check", &[("Content-Type", &kind)], cut)
        .await
        .unwrap();
    assert_eq!((page.status, page.area("what")), (200, what));
    assert!(page.text().contains("broke off"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_breaks_off_stores_nothing() {
    let house = House::open().await;
    let (_, all) = house
        .check(&[text("topic", "drugs"), text("what", &house.canary("what"))])
        .await;
    let (kind, body) = multipart(&all);
    for share in [1, 2, 3] {
        let mut stream = TcpStream::connect(house.web).await.unwrap();
        let head = format!(
            "POST /send HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
            .write_all(&body[..body.len() * share / 4])
            .await
            .unwrap();
        drop(stream);
    }
    assert_eq!(house.used().await, 0);
    // The control: the complete body is stored.
    assert!(house.post("/send", &all).await.receipt().is_some());
    house.leaves(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_far_over_the_limit_gets_its_page_and_not_a_reset() {
    let house = House::open().await;
    let files: Vec<Field> = (0..6)
        .map(|_| photo("big.jpg", &vec![0xd8; loke::photo::MAX_BYTES + 1]))
        .collect();
    let what = house.canary("what");
    let (page, _) = house
        .check(
            &[
                &[text("topic", "graffiti"), text("what", &what)],
                files.as_slice(),
            ]
            .concat(),
        )
        .await;
    assert_eq!((page.status, page.area("what")), (200, what));
    assert!(page.text().contains("too large"));
}
