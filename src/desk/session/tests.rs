use super::*;

fn signed_in(clock: &Clock) -> (Sessions, String) {
    let sessions = Sessions::new(clock.clone(), false);
    let cookie = sessions
        .begin(sessions.next_id(), "ann", "a key".into(), Vec::new(), None)
        .unwrap();
    (sessions, cookie.split(';').next().unwrap().to_owned())
}

#[test]
fn a_session_ends_after_a_quarter_of_an_hour_of_rest() {
    let clock = Clock::by_hand(1_800_000_000);
    let (sessions, cookie) = signed_in(&clock);
    clock.advance(IDLE - 1);
    assert!(sessions.of(&cookie).is_some());
    assert!(sessions.take_ended().is_empty());
    clock.advance(IDLE);
    assert!(sessions.of(&cookie).is_none());
    assert_eq!(sessions.take_ended(), [(1, "ann".to_owned())]);
    assert!(sessions.all().is_empty());
}

#[test]
fn over_tls_the_cookie_belongs_to_this_host_and_no_other_cookie_counts() {
    let clock = Clock::by_hand(1_800_000_000);
    let sessions = Sessions::new(clock, true);
    let id = sessions.next_id();
    let set = sessions.begin(id, "ann", "a key".into(), Vec::new(), None);
    let set = set.unwrap();
    let (cookie, attributes) = set.split_once(';').unwrap();
    assert!(cookie.starts_with("__Host-"), "{cookie}");
    assert!(attributes.contains("Secure") && attributes.contains("Path=/"));
    assert!(!attributes.contains("Domain"));
    assert!(sessions.of(&format!("theme=dark; {cookie}")).is_some());
    let in_the_clear = cookie.trim_start_matches("__Host-");
    assert!(sessions.of(in_the_clear).is_none());
}

#[test]
fn an_open_phone_brief_holds_for_sixty_minutes_and_not_once_the_call_is_recorded() {
    let clock = Clock::by_hand(1_800_000_000);
    let (sessions, cookie) = signed_in(&clock);
    let signed = sessions.of(&cookie).unwrap();
    let held = sessions.open_brief(&signed);
    assert_eq!(held.until, clock.now() + BRIEF);
    clock.advance(BRIEF - 1);
    assert!(sessions.take_ended().is_empty());
    // Without a request the hold ends, and with one the idle timeout counts from it.
    let signed = sessions.of(&cookie).unwrap();
    assert_eq!(signed.until, clock.now() + IDLE);
    sessions.open_brief(&signed);
    sessions.close_brief(&signed);
    clock.advance(IDLE);
    assert!(sessions.of(&cookie).is_none(), "the call is recorded");
    let (sessions, cookie) = signed_in(&clock);
    let signed = sessions.of(&cookie).unwrap();
    sessions.open_brief(&signed);
    clock.advance(BRIEF);
    assert!(sessions.of(&cookie).is_none());
}

#[test]
fn a_session_ends_after_eight_hours_however_busy() {
    let clock = Clock::by_hand(1_800_000_000);
    let (sessions, cookie) = signed_in(&clock);
    for _ in 0..(LONGEST / 600 - 1) {
        clock.advance(600);
        assert!(sessions.of(&cookie).is_some());
    }
    clock.advance(600);
    assert!(sessions.of(&cookie).is_none());
}

#[test]
fn a_clock_that_was_set_back_ends_every_session() {
    let clock = Clock::by_hand(1_800_000_000);
    let (sessions, cookie) = signed_in(&clock);
    clock.advance(-365 * 86_400);
    assert!(sessions.of(&cookie).is_none());
    assert_eq!(sessions.take_ended().len(), 1);
}

#[test]
fn a_half_sign_in_is_taken_once_and_not_after_ten_minutes() {
    let clock = Clock::by_hand(1_800_000_000);
    let sessions = Sessions::new(clock.clone(), false);
    let half = || HalfSignedIn {
        account: "ann".into(),
        member: Vec::new(),
        secret: CodeSecret::random().unwrap(),
    };
    let token = sessions.wait(half()).unwrap();
    assert!(sessions.take_waiting("another").is_none());
    assert!(sessions.take_waiting(&token).is_some());
    assert!(sessions.take_waiting(&token).is_none(), "once");
    let token = sessions.wait(half()).unwrap();
    clock.advance(SET_UP);
    assert!(sessions.take_waiting(&token).is_none());
}

#[test]
fn a_session_that_ended_by_the_clock_is_known_by_its_form_for_some_days_and_one_that_was_ended_is_not()
 {
    let clock = Clock::by_hand(1_800_000_000);
    let (sessions, cookie) = signed_in(&clock);
    let token = sessions.of(&cookie).unwrap().form_token;
    assert!(sessions.over(&cookie, &token).is_none(), "it is not over");
    clock.advance(IDLE);
    sessions.take_ended();
    let over = sessions.over(&cookie, &token).unwrap();
    assert_eq!((over.account.as_str(), over.key.as_str()), ("ann", "a key"));
    assert!(sessions.over(&cookie, "another form").is_none());
    assert!(sessions.over("loke_desk=ab", &token).is_none());
    clock.advance(AWAY);
    assert!(sessions.over(&cookie, &token).is_none(), "after four days");
    let (sessions, cookie) = signed_in(&clock);
    let signed = sessions.of(&cookie).unwrap();
    sessions.end(signed.id);
    assert!(sessions.over(&cookie, &signed.form_token).is_none());
}
