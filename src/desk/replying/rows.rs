//! Makes the reply rows of the open books, and sends them to the gateways.

use std::collections::HashMap;

use super::stages::stage_on;
use crate::book::{Book, LiveBox, LiveReply, ReplyState};
use crate::database::Error;
use crate::pull::{self, Rows as RowsAt};
use crate::register::Register;
use loke_core::clock::Day;
use loke_core::pickup::Row;
use loke_core::random;
use loke_core::reply_rows::{AnswerTo, LETTERS, Letter, RowName};

/// The rows of one book for a gateway.
pub struct Outgoing {
    /// As many as the gateway wants.
    pub rows: Vec<Row>,
    /// The replies that leave for the first time, each with the number of its book.
    sent: Vec<(usize, i64)>,
    /// Receipts without a row, because there are not enough.
    pub left_out: i64,
}

/// Replaces the rows of these books at every gateway, if that is due. Returns how many replacements
/// were made.
///
/// # Errors
/// The first failure, after every book and gateway had its turn.
pub async fn replace(
    register: &Register,
    books: &[Book],
    minutes: u32,
) -> Result<usize, pull::Error> {
    let clock = register.clock();
    let (now, today) = (clock.now(), clock.today());
    let books: Vec<&Book> = books.iter().filter(|book| !book.is_practice()).collect();
    for book in &books {
        book.take_forgets().await?;
    }
    let gateways = RowsAt::all(register).await?;
    let mut due = Vec::new();
    for gateway in &gateways {
        for (at, book) in books.iter().enumerate() {
            let (id, replaced_at) = book.rows_at(gateway.address()).await?;
            if is_due(now, replaced_at, minutes) {
                due.push((gateway, at, id));
            }
        }
    }
    // The boxes of a large book are read only when their rows leave.
    if due.is_empty() {
        return Ok(0);
    }
    let boxes = live(register, &books, today).await?;
    let (mut made, mut first) = (0, None);
    for (gateway, at, id) in due {
        let boxes = boxes.get(at).map_or(&[][..], Vec::as_slice);
        match send(gateway, &books, at, id, boxes, (today, now)).await {
            Ok(()) => made += 1,
            Err(pull::Error::Database(problem)) => return Err(problem.into()),
            Err(problem) => {
                tracing::warn!(action = "replies", %problem, "reply rows were not replaced");
                first = first.or(Some(problem));
            }
        }
    }
    first.map_or(Ok(made), Err)
}

/// The live boxes of these open books, each in one book.
///
/// # Errors
/// If a database fails.
pub async fn live(
    register: &Register,
    books: &[&Book],
    today: Day,
) -> Result<Vec<Vec<Shared>>, Error> {
    let lines = register.books().await?;
    let mut boxes = Vec::new();
    for book in books {
        let line = lines.iter().find(|line| line.name == book.name());
        let lanes = line.map_or(0, |line| line.lanes.len());
        boxes.push((lanes, book.live_boxes(today).await?));
    }
    Ok(in_one_book_each(boxes))
}

/// Sends the rows of one book, and notes what left.
async fn send(
    gateway: &RowsAt,
    books: &[&Book],
    at: usize,
    id: [u8; 16],
    boxes: &[Shared],
    (today, now): (Day, i64),
) -> Result<(), pull::Error> {
    let Some(book) = books.get(at) else {
        return Ok(());
    };
    let number = gateway.number(id).await?;
    let recipient = book.recipient().map_err(|_| pull::Error::Interrupted)?;
    let cover = gateway.cover(id, today, now);
    let recipient = recipient.to_string();
    let outgoing = outgoing(boxes, &recipient, number as usize, today, &cover)?;
    gateway.replace(id, today, outgoing.rows).await?;
    let (register, address) = (book.register(), gateway.address());
    register
        .note_full_rows(book.name(), address, outgoing.left_out)
        .await?;
    for (of, book) in books.iter().enumerate() {
        let ids = outgoing.sent.iter().filter(|(from, _)| *from == of);
        let ids: Vec<i64> = ids.map(|(_, id)| *id).collect();
        if of == at {
            book.note_replaced(gateway.address(), &ids, today).await?;
        } else if !ids.is_empty() {
            book.note_sent(&ids, today).await?;
        }
    }
    Ok(())
}

/// The time of day from which replacements are counted, in seconds since midnight UTC: 11:00, when
/// somebody is usually signed in. So a copy of the gateway's database does not tell when staff began
/// work.
const FIXED: i64 = 11 * 3_600;

/// Whether a fixed time has passed since the last replacement. Replacements are made at whole
/// multiples of so many minutes before and after [`FIXED`]; 0 minutes: at once.
fn is_due(now: i64, replaced_at: Option<i64>, minutes: u32) -> bool {
    let every = i64::from(minutes) * 60;
    match replaced_at {
        None => true,
        Some(_) if every == 0 => true,
        Some(at) => (now - FIXED).div_euclid(every) > (at - FIXED).div_euclid(every),
    }
}

/// A live box, with its replies of every open book, newest first. Each has the number of its book.
pub struct Shared {
    live: LiveBox,
    replies: Vec<(usize, LiveReply)>,
}

/// Leaves each receipt to one of the open books, with all its replies: the names of its rows follow
/// from the receipt, so they must not come twice. It is the book with the fewest lanes, because an
/// answer is sealed to its key: one about a child must not open with the key of a wider book. A book
/// from which a report of the receipt was moved only lends its replies.
fn in_one_book_each(books: Vec<(usize, Vec<LiveBox>)>) -> Vec<Vec<Shared>> {
    let mut home: HashMap<[u8; 16], (usize, Day, usize)> = HashMap::new();
    for (at, (lanes, boxes)) in books.iter().enumerate() {
        for live in boxes.iter().filter(|live| !live.is_elsewhere) {
            let place = (*lanes, live.first, at);
            let best = home.entry(*live.reply_box.expose()).or_insert(place);
            *best = (*best).min(place);
        }
    }
    let mut shared: Vec<Vec<Shared>> = books.iter().map(|_| Vec::new()).collect();
    let mut elsewhere: HashMap<[u8; 16], Vec<(usize, LiveReply)>> = HashMap::new();
    for (at, (_, boxes)) in books.into_iter().enumerate() {
        for mut live in boxes {
            let name = *live.reply_box.expose();
            let replies = std::mem::take(&mut live.replies);
            let replies = replies.into_iter().map(|reply| (at, reply)).collect();
            let is_home = home.get(&name).is_some_and(|(_, _, book)| *book == at);
            match shared.get_mut(at).filter(|_| is_home) {
                Some(boxes) => boxes.push(Shared { live, replies }),
                None => elsewhere.entry(name).or_default().extend(replies),
            }
        }
    }
    for shared in shared.iter_mut().flatten() {
        if let Some(replies) = elsewhere.remove(shared.live.reply_box.expose()) {
            shared.replies.extend(replies);
            let newest = |(_, reply): &(usize, LiveReply)| std::cmp::Reverse(reply.at);
            shared.replies.sort_by_key(newest);
        }
    }
    shared
}

/// The rows of one book: the boxes with replies first, then those with the newest reports, as far as
/// there is room; random rows in the rest. Of these, the gateway overwrites the ones with a name of
/// `cover` hour by hour.
///
/// # Errors
/// If the operating system returns no random bytes.
pub fn outgoing(
    boxes: &[Shared],
    recipient: &str,
    number: usize,
    today: Day,
    cover: &[RowName],
) -> Result<Outgoing, random::NoRandomness> {
    let mut order: Vec<&Shared> = boxes.iter().collect();
    order.sort_by_key(|shared| {
        let newest = std::cmp::Reverse(shared.live.newest);
        (shared.replies.is_empty(), newest)
    });
    let mut outgoing = Outgoing {
        rows: Vec::with_capacity(number),
        sent: Vec::new(),
        left_out: 0,
    };
    for shared in order {
        let (live, all) = (&shared.live, &shared.replies);
        let replies = all.get(..usize::from(LETTERS)).unwrap_or(all);
        let letters = replies.len().max(1);
        if outgoing.rows.len() + letters > number {
            outgoing.left_out += 1;
            continue;
        }
        for (at, letter) in (0_u8..).zip(0..letters) {
            let reply = replies.get(letter).map(|(_, reply)| reply);
            let older = replies.len().saturating_sub(letter + 1);
            let letter = Letter {
                stage: stage_on(today, live.first, live.released),
                answer_to: Some(AnswerTo {
                    recipient: recipient.to_owned(),
                    lane: live.lane,
                }),
                older: u8::try_from(older).unwrap_or(u8::MAX),
                day: reply.map_or(today, |reply| reply.day(today)),
                text: reply.map(|reply| reply.text.clone()).unwrap_or_default(),
            };
            let name = live.reply_box.row(today, at);
            // The text fits: that was checked when it was written.
            if let Some(sealed) = live.key.seal_row(name, &letter)? {
                outgoing.rows.push(Row { name, sealed });
            }
        }
        let fresh = replies
            .iter()
            .filter(|(_, reply)| reply.state == ReplyState::Ready);
        outgoing
            .sent
            .extend(fresh.map(|(book, reply)| (*book, reply.id)));
    }
    let mut cover = cover.iter();
    while outgoing.rows.len() < number {
        let mut row = Row::random()?;
        row.name = cover.next().copied().unwrap_or(row.name);
        outgoing.rows.push(row);
    }
    random::shuffle(&mut outgoing.rows)?;
    Ok(outgoing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use loke_core::pickup::ROW_SEALED;
    use loke_core::receipt::Receipt;
    use loke_core::reply_rows::Stage;
    use loke_core::tip::Lane;

    const TODAY: Day = Day(20_780);

    fn receipt(n: u8) -> Receipt {
        Receipt::derive(&[1; 32], &[n])
    }

    fn live(n: u8, lane: Lane, texts: &[&str]) -> LiveBox {
        let receipt = receipt(n);
        let replies = texts.iter().zip(1..).map(|(text, at)| LiveReply {
            id: i64::from(n) * 10 + at,
            at: -at,
            reply_box: hex::encode(receipt.reply_box().expose()),
            text: (*text).to_owned(),
            state: ReplyState::Ready,
            sent_on: None,
        });
        LiveBox {
            reply_box: receipt.reply_box(),
            key: receipt.reply_key(),
            is_elsewhere: false,
            lane,
            first: TODAY.plus(-40),
            newest: TODAY.plus(-i32::from(n)),
            released: None,
            replies: replies.collect(),
        }
    }

    fn letter(rows: &[Row], n: u8, at: u8) -> Option<Letter> {
        let receipt = receipt(n);
        let name = receipt.reply_box().row(TODAY, at);
        let row = rows.iter().find(|row| row.name == name)?;
        receipt.reply_key().open_row(name, &row.sealed)
    }

    #[test]
    fn p16_every_replacement_has_the_same_number_of_equal_rows_and_each_receipt_opens_its_own() {
        let boxes = vec![
            live(1, Lane::Drugs, &["newest", "older"]),
            live(2, Lane::Drugs, &[]),
        ];
        let shared = in_one_book_each(vec![(5, boxes)]);
        let out = outgoing(&shared[0], "age1main", 16, TODAY, &[]).unwrap();
        let empty = outgoing(&[], "age1main", 16, TODAY, &[]).unwrap();
        for rows in [&out.rows, &empty.rows] {
            assert_eq!(rows.len(), 16);
            assert!(rows.iter().all(|row| row.sealed.len() == ROW_SEALED));
        }
        let newest = letter(&out.rows, 1, 0).unwrap();
        assert_eq!((newest.text.as_str(), newest.older), ("newest", 1));
        assert_eq!(newest.stage, Stage::Read);
        assert_eq!(letter(&out.rows, 1, 1).unwrap().text, "older");
        assert_eq!(letter(&out.rows, 2, 0).unwrap().text, "");
        assert!(letter(&empty.rows, 1, 0).is_none(), "control");
        assert_eq!(out.sent, [(0, 11), (0, 12)]);
        // Without room, those with replies come first.
        let out = outgoing(&shared[0], "age1main", 2, TODAY, &[]).unwrap();
        assert_eq!(out.left_out, 1);
        assert!(letter(&out.rows, 1, 0).is_some() && letter(&out.rows, 2, 0).is_none());
        let again = outgoing(&shared[0], "age1main", 16, TODAY, &[]).unwrap();
        let names = |rows: &[Row]| rows.iter().map(|row| row.name.0).collect::<Vec<_>>();
        assert_ne!(names(&again.rows), names(&out.rows), "shuffled");
    }

    #[test]
    fn p14_a_receipt_in_two_open_books_is_answered_by_the_narrower_one_alone() {
        let main = vec![live(1, Lane::Drugs, &["from main"])];
        let safe = vec![live(1, Lane::Safeguarding, &["from safeguarding"])];
        let shared = in_one_book_each(vec![(4, main), (1, safe)]);
        assert!(shared[0].is_empty());
        let out = outgoing(&shared[1], "age1safe", 8, TODAY, &[]).unwrap();
        let newest = letter(&out.rows, 1, 0).unwrap();
        let answer_to = newest.answer_to.clone().unwrap();
        assert_eq!(answer_to.recipient, "age1safe");
        assert_eq!(newest.older, 1, "the reply of the other book is there too");
        assert!(out.sent.contains(&(0, 11)) && out.sent.contains(&(1, 11)));
    }

    #[test]
    fn rows_are_replaced_at_fixed_times_and_at_once_with_0_minutes() {
        let day = 86_400;
        assert!(is_due(5 * day + 1, None, 1_440));
        // Once a day at eleven, whoever signs in before or after.
        let (eleven, nine) = (5 * day + FIXED, 5 * day + 9 * 3_600);
        assert!(!is_due(nine, Some(eleven - day), 1_440));
        assert!(is_due(eleven, Some(eleven - day + 50), 1_440));
        assert!(!is_due(eleven + day - 1, Some(eleven + 50), 1_440));
        assert!(is_due(eleven + day, Some(eleven + 50), 1_440));
        // Nobody was there at eleven: the next sign-in, and then at eleven again.
        assert!(is_due(eleven + 9_000, Some(eleven - day), 1_440));
        assert!(is_due(eleven + day, Some(eleven + 9_000), 1_440));
        assert!(is_due(nine, Some(nine - 3_600), 60), "at each full hour");
        assert!(is_due(5 * day + 1, Some(5 * day), 0));
    }
}
