//! Reply rows over the pickup: exactly as many as the gateway asks for, of one size, of this day, and
//! at a fixed time.

use loke::desk::replying::rows;
use loke::pickup::{AskRows, Replace, Row, Rows};

use super::gate::{Gate, databases};
use crate::house::House;

const BOOK: [u8; 16] = [3; 16];

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_replaces_the_rows_of_a_book_and_other_rows_are_refused_in_words() {
    for database in databases().await {
        let gate = Gate::open(&database, 0).await;
        let desk = gate.desk("one", "");
        let ask = async || {
            let asked = AskRows { book: BOOK };
            desk.ask::<Rows>("/rows", &asked).await.unwrap()
        };
        let Rows {
            number,
            replaced_on,
        } = ask().await;
        assert_eq!((number, replaced_on), (1_024, None));
        let today = gate.clock.today();
        let of = |day, count: u32| Replace {
            book: BOOK,
            day,
            rows: (0..count).map(|_| Row::random().unwrap()).collect(),
        };
        let whole = of(today, number);
        for _ in 0..2 {
            desk.ask::<()>("/replies", &whole).await.unwrap();
        }
        assert_eq!(ask().await.replaced_on, Some(today));
        let names: Vec<_> = whole.rows.iter().map(|row| row.name).collect();
        let held = gate.store.reply_rows(&names).await.unwrap();
        assert!(
            whole
                .rows
                .iter()
                .all(|row| held.get(&row.name) == Some(&row.sealed))
        );
        let mut long = of(today, number);
        long.rows[9].sealed.push(0);
        for (wrong, word) in [
            (of(today, number - 1), "1024 reply rows"),
            (of(today, number + 1), "1024 reply rows"),
            (long, "2048 bytes"),
            (of(today.plus(1), number), "clocks"),
            (of(today.plus(-2), number), "clocks"),
            (of(today.plus(-1), number), "older than those here"),
        ] {
            let refused = desk.ask::<()>("/replies", &wrong).await.unwrap_err();
            assert_eq!(
                (refused.status, refused.problem.contains(word)),
                (422, true),
                "{}",
                refused.problem
            );
        }
        assert_eq!(
            gate.store.reply_rows(&names).await.unwrap().len(),
            names.len(),
            "a refused request changes nothing"
        );
        gate.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p16_rows_are_replaced_at_eleven_whenever_staff_sign_in() {
    let house = House::open().await;
    let officer = house.officer("desk", "").await;
    let acting = &officer.acting;
    let replaced = async |hours: i64| {
        house.clock.advance(hours * 3_600);
        let made = rows::replace(acting.register(), acting.books(), 1_440).await;
        made.unwrap()
    };
    assert_eq!(replaced(0).await, 1, "a new book gets rows at once");
    // The clock is at noon. The book is open over midnight, and somebody signs in at 8 and at 10.
    assert_eq!([replaced(12).await, replaced(8).await], [0, 0]);
    assert_eq!([replaced(2).await, replaced(1).await], [0, 1]);
    // On the next day nobody is there before 15:00, and on the day after somebody is.
    assert_eq!([replaced(28).await, replaced(19).await], [1, 0]);
    assert_eq!(replaced(1).await, 1);
}
