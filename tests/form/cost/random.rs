//! The same bounds for random bodies: arbitrary bytes of several alphabets, and valid forms that
//! are cut, doubled and overwritten. `LOKE_SEED` repeats a run; `LOKE_DEEP=1` runs many more
//! bodies, and judges the CPU.
//!
//! No body contains a whole photo: the cost of decoding one is bounded by its pixels, and the
//! number of concurrent decodes is limited.

use super::*;
use crate::house::browser::{jpeg, multipart, no_photo, photo};
use crate::house::chance::{Chance, seed};

/// A content type and a body of at most [`SMALL`] bytes.
#[derive(Clone)]
struct Body {
    content_type: String,
    bytes: Vec<u8>,
}

/// Pieces with a meaning in one of the two form encodings.
const PIECES: [&[u8]; 14] = [
    b"\r\n--b",
    b"--b\r\nContent-Disposition: form-data; name=\"what\"\r\n\r\n",
    b"--b--\r\n",
    b"\r\n\r\n",
    b"\r",
    b"-",
    b"\"",
    b";",
    b"&",
    b"=",
    b"%",
    b"%00",
    b"&what=",
    b"my name is 07700 900123, jo@example.org ",
];

/// Characters that cost more than one byte each, that case folding changes, or that join the
/// previous one.
const CHARACTERS: [&str; 10] = [
    "<",
    "&",
    "\u{0}",
    "é",
    "\u{301}",
    "ﷺ",
    "灰",
    "👩\u{200d}👧",
    "\u{202e}",
    "٠٧",
];

fn some<'a, T: ?Sized>(chance: &mut Chance, of: &[&'a T]) -> &'a T {
    of[chance.below(of.len() as u64) as usize]
}

/// A length with a random magnitude, so that short ones occur too.
fn length(chance: &mut Chance, most: usize) -> usize {
    let magnitude = 1_u64 << chance.below(u64::from(most.ilog2()) + 2);
    (chance.below(magnitude) as usize).min(most)
}

/// Bytes of one alphabet: any, pieces of forms, or characters.
fn arbitrary(chance: &mut Chance, most: usize) -> Vec<u8> {
    let (wanted, alphabet) = (length(chance, most), chance.below(4));
    let mut bytes = Vec::with_capacity(wanted + 64);
    while bytes.len() < wanted {
        match alphabet {
            0 => bytes.push(chance.below(256) as u8),
            1 => bytes.push(b' ' + chance.below(95) as u8),
            2 => bytes.extend_from_slice(some(chance, &PIECES)),
            _ => bytes.extend_from_slice(some(chance, &CHARACTERS).as_bytes()),
        }
    }
    bytes.truncate(most);
    bytes
}

/// The fields of a form, some with arbitrary values.
fn fields(chance: &mut Chance) -> Vec<Field> {
    let names = [
        "topic", "what", "where", "when", "impact", "vehicle", "signs", "danger", "token",
        "ticket", "campaign", "odd",
    ];
    let count = chance.below(24);
    let mut fields: Vec<Field> = (0..count)
        .map(|_| {
            let value = arbitrary(chance, SMALL / 8);
            text(some(chance, &names), &String::from_utf8_lossy(&value))
        })
        .collect();
    fields.push(match chance.below(3) {
        0 => no_photo(),
        1 => photo("a.jpg", &arbitrary(chance, SMALL / 4)),
        _ => photo("a.jpg", &mutated(chance, jpeg())),
    });
    fields
}

fn urlencoded(fields: &[Field]) -> Vec<u8> {
    let mut body = form_urlencoded::Serializer::new(String::new());
    for field in fields {
        if let Field::Text(name, value) = field {
            body.append_pair(name, value);
        }
    }
    body.finish().into_bytes()
}

/// Cuts, doubles and overwrites some places.
fn mutated(chance: &mut Chance, mut bytes: Vec<u8>) -> Vec<u8> {
    for _ in 0..chance.below(16) {
        if bytes.is_empty() {
            break;
        }
        let from = chance.below(bytes.len() as u64) as usize;
        let to = (from + length(chance, 4_096)).min(bytes.len());
        match chance.below(4) {
            0 => drop(bytes.drain(from..to)),
            1 => bytes.extend_from_within(from..to),
            2 => bytes[from] = chance.below(256) as u8,
            _ => drop(bytes.splice(from..to, some(chance, &PIECES).iter().copied())),
        }
    }
    bytes
}

fn draw(chance: &mut Chance) -> Body {
    let (content_type, mut bytes) = match chance.below(4) {
        0 => (
            some(chance, &[MULTIPART, URLENCODED]).to_owned(),
            arbitrary(chance, SMALL),
        ),
        1 => (URLENCODED.to_owned(), urlencoded(&fields(chance))),
        _ => multipart(&fields(chance)),
    };
    if chance.below(8) > 0 {
        bytes = mutated(chance, bytes);
    }
    bytes.truncate(SMALL);
    Body {
        content_type,
        bytes,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_any_body_up_to_256_kib_takes_bounded_cpu_and_memory() {
    let deep = std::env::var_os("LOKE_DEEP").is_some();
    let mut chance = Chance(seed("any body"));
    let bodies: Vec<Body> = (0..if deep { 3_000 } else { 100 })
        .map(|_| draw(&mut chance))
        .collect();
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(place.path()).await;
    let (address, process, before) = (gateway.browser.0, gateway.process(), gateway.most_memory());
    let cost = async |body: &Body| {
        let before = cpu(process);
        post(address, &body.content_type, &body.bytes).await;
        cpu(process) - before
    };
    let mut costs = Vec::new();
    for (at, body) in bodies.iter().enumerate() {
        let mut least = cost(body).await;
        for _ in 0..3 {
            // Housekeeping may have run during the measurement.
            if least > CPU {
                least = least.min(cost(body).await);
            }
        }
        costs.push((least, at));
    }
    costs.sort();
    let [median, most] = [costs[costs.len() / 2], costs[costs.len() - 1]];
    println!(
        "{} bodies: {:.1?} CPU at the median, {:.1?} at most (the {}th, {} bytes)",
        bodies.len(),
        median.0,
        most.0,
        most.1,
        bodies[most.1].bytes.len()
    );
    assert!(
        !deep || most.0 <= CPU,
        "the {}th body takes {:?}: {}",
        most.1,
        most.0,
        String::from_utf8_lossy(&bodies[most.1].bytes[..bodies[most.1].bytes.len().min(400)])
    );
    for lines in bodies.chunks(LINES) {
        let mut posts = JoinSet::new();
        for body in lines {
            let Body {
                content_type,
                bytes,
            } = body.clone();
            posts.spawn(async move { post(address, &content_type, &bytes).await });
        }
        posts.join_all().await;
    }
    let (more, bound) = (
        gateway.most_memory() - before,
        ROOM as u64 + (LINES as u64) * (1 << 20),
    );
    println!(
        "{} KiB above rest at most, with {LINES} at once",
        more >> 10
    );
    assert!(more <= bound, "{more} bytes above rest, bound {bound}");
    gateway.stop().await;
}
