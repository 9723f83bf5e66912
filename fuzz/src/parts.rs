//! Compares our scanner with multer on valid multipart bodies.

use std::convert::Infallible;

use futures_util::stream;
use loke_gateway::web::form::multipart::{Found, Scanner};

use crate::pages::pieces;

const BOUNDARY: &str = "b-b";
const DELIMITER: &[u8] = b"\r\n--b-b";

/// A part: its name, its contents.
type Part = (String, Vec<u8>);

/// Makes a body of names and contents, separated by NUL, and parses it in pieces with both parsers.
pub fn compare(data: &[u8], size: usize) {
    let words: Vec<&[u8]> = data.split(|byte| *byte == 0).take(60).collect();
    let mut body = DELIMITER[2..].to_vec();
    let mut wanted = Vec::new();
    for pair in words.chunks_exact(2) {
        let name: String = pair[0]
            .iter()
            .take(40)
            .filter(|byte| byte.is_ascii_lowercase())
            .map(|byte| char::from(*byte))
            .collect();
        // No sender chooses a boundary that is in its contents.
        if memchr::memmem::find(&[pair[1], b"\r\n"].concat(), DELIMITER).is_some()
            || pair[1].ends_with(b"\r")
        {
            return;
        }
        body.extend(format!("\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").bytes());
        body.extend_from_slice(pair[1]);
        body.extend_from_slice(DELIMITER);
        wanted.push((name, pair[1].to_vec()));
    }
    body.extend_from_slice(b"--\r\n");
    assert_eq!(ours(&body, size), wanted);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    assert_eq!(
        runtime.block_on(theirs(&body, size)).expect("a valid body"),
        wanted
    );
}

fn ours(body: &[u8], size: usize) -> Vec<Part> {
    let (mut scanner, mut parts): (_, Vec<Part>) = (Scanner::new(BOUNDARY), Vec::new());
    for mut piece in pieces(body, size) {
        while let Some(found) = scanner.next(&mut piece).expect("a valid body") {
            match found {
                Found::Part(head) => parts.push((head.name, Vec::new())),
                Found::Piece(bytes) => parts
                    .last_mut()
                    .expect("a part")
                    .1
                    .extend_from_slice(&bytes),
                Found::PartEnd | Found::End => {}
            }
        }
    }
    assert!(scanner.looked() <= 4 * body.len() as u64 + 16);
    parts
}

async fn theirs(body: &[u8], size: usize) -> multer::Result<Vec<Part>> {
    let mut parts = multer::Multipart::new(
        stream::iter(pieces(body, size).into_iter().map(Ok::<_, Infallible>)),
        BOUNDARY,
    );
    let mut all = Vec::new();
    while let Some(field) = parts.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        all.push((name, field.bytes().await?.to_vec()));
    }
    Ok(all)
}
