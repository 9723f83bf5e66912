//! Copies of the gateway's database, and what they tell about receipts (P16). The real queue and the real desk
//! run through simulated days, hour by hour. After each hour a program takes a full copy, as somebody
//! with the disk would, and tries to join rows to rows, tips to rows, and messages to "forget".
//! `LOKE_MONTH=1` runs the whole month: 500 tips, 200 replies.

mod attacker;
mod month;
mod worlds;

use attacker::Figure;
use month::{Broken, Month, Scale};

/// Prints the figures. Returns those that are better than chance.
fn better(of: &str, figures: &[Figure]) -> Vec<&'static str> {
    for figure in figures {
        println!("linkage, {of}: {figure}");
    }
    let better = figures.iter().filter(|figure| figure.is_better());
    better.map(|figure| figure.what).collect()
}

#[tokio::test]
async fn p16_copies_of_every_hour_join_no_tip_row_or_message_better_than_chance() {
    let is_whole = std::env::var_os("LOKE_MONTH").is_some();
    let scale = if is_whole { Scale::WHOLE } else { Scale::SHORT };
    let month = Month::run(scale, Broken::Nothing).await;
    let found = better("as built", &attacker::attack(&month));
    assert_eq!(found, [""; 0]);
}

#[tokio::test]
async fn control_fixed_names_and_a_forget_alone_are_joined() {
    let fixed = Month::run(Scale::CONTROL, Broken::FixedNames).await;
    let found = better("fixed names", &attacker::attack(&fixed));
    for what in [attacker::ROWS_BY_NAME, attacker::TIPS_TO_ROWS] {
        assert!(found.contains(&what), "{what}: {found:?}");
    }
    let alone = Month::run(Scale::CONTROL, Broken::ForgetAlone).await;
    let found = better("forget alone", &attacker::attack(&alone));
    for what in [attacker::FORGET_HAPPENED, attacker::FORGOTTEN_ROW] {
        assert!(found.contains(&what), "{what}: {found:?}");
    }
}
