//! What the page says of alerts and of new keys that are due.

use super::*;

/// Whoever is not signed in learns nothing from the page. After sign-in it says which alert was a
/// drill, and the drill ends when somebody presses the button.
#[tokio::test]
async fn p17_the_page_says_after_sign_in_which_alert_was_a_drill() {
    let desk = Desk::new().await;
    let folder = desk.register.folder().to_owned();
    std::fs::create_dir(folder.join("rules")).unwrap();
    std::fs::write(folder.join("rules/duty.toml"), DUTY).unwrap();
    let config = folder.join("desk.toml");
    let before = desk.browser().get("/sign-in").await.text();
    for _ in 0..2 {
        alert::step(&desk.register, &config, &mut |_| Ok(0)).await;
        desk.clock.advance(MARK);
    }
    desk.screen.read_notices().await.unwrap();
    assert!(desk.register.running_alert().await.unwrap().unwrap().drill);
    let during = desk.browser().get("/sign-in").await.text();
    assert_eq!(during, before);
    assert_eq!(desk.browser().get("/alerts").await.location(), "/sign-in");
    let mut ann = desk.browser();
    ann.first_sign_in("ann", ANN, desk.clock.now()).await;
    let page = ann.get("/").await;
    assert!(
        page.text()
            .contains("The alert of 12:10 on Sat 21 Nov 2026 is a drill."),
        "{}",
        page.text()
    );
    let forged = ann.post("/alerts/seen", &[("form_token", "x")]).await;
    assert_eq!(forged.status, 403);
    assert!(desk.register.running_alert().await.unwrap().is_some());
    let token = page.field("form_token");
    let seen = ann.post("/alerts/seen", &[("form_token", &token)]).await;
    assert_eq!(seen.location(), "/");
    let after = ann.get("/").await.text();
    assert!(
        after.contains("The drill is over") && !after.contains("is a drill"),
        "{after}"
    );
    assert!(desk.register.running_alert().await.unwrap().is_none());
    let all = ann.get("/alerts").await.text();
    assert!(
        all.contains("A drill") && all.contains("12:10 on Sat 21 Nov 2026"),
        "{all}"
    );
    // Something urgent is in a book: the line says no more than that.
    let tip = crate::desk::tip("canary-urgent", loke::tip::Priority::Now, "2026-11-22");
    let id = tip.id;
    crate::desk::books::store(&desk.act("ann", ANN).await, &tip).await;
    desk.screen.read_notices().await.unwrap();
    let page = ann.get("/alerts").await.text();
    assert!(
        page.contains("Something urgent waits until somebody takes it."),
        "{page}"
    );
    assert!(!page.contains("canary-urgent"));
    decide(&desk.act("ann", ANN).await, id, Decision::Take)
        .await
        .unwrap();
    desk.screen.read_notices().await.unwrap();
    assert!(
        !ann.get("/alerts")
            .await
            .text()
            .contains("Something urgent waits")
    );
}

/// A dated grant that ended, and a member who was disabled: the others see that keys are due.
#[tokio::test]
async fn a_grant_that_ended_asks_the_other_members_for_new_keys() {
    let desk = Desk::new().await;
    desk.add_bob().await;
    desk.bob_chooses().await;
    let ann = desk.act("ann", ANN).await;
    loke::desk::granting::grant(&ann, "main", "bob", "2026-11-22".parse().ok())
        .await
        .unwrap();
    let mut browser = desk.browser();
    browser.first_sign_in("ann", ANN, desk.clock.now()).await;
    let says = async |browser: &mut DeskBrowser| {
        desk.screen.read_notices().await.unwrap();
        browser
            .get("/alerts")
            .await
            .text()
            .contains("The book main needs new keys, because bob")
    };
    assert!(!says(&mut browser).await, "until its last day");
    desk.clock.advance(2 * 86_400);
    let mut again = desk.browser();
    let secret = desk
        .register
        .account("ann")
        .await
        .unwrap()
        .code_secret
        .unwrap();
    let code = code(secret.expose(), desk.clock.now());
    assert_eq!(again.sign_in("ann", ANN, &code).await.status, 303);
    assert!(says(&mut again).await);
}
