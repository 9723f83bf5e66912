//! The scanner compared with multer on valid bodies, and alone on everything else: any bytes in any
//! frames give the same finds, take a few passes per byte, and respect the bounds.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use loke::gateway::web::form::multipart::{
    Found, MOST_BEFORE, MOST_PARTS, Parts, Scanner, Stop, boundary,
};
use proptest::prelude::*;

/// A part: its name, whether it is a file with a name, its contents.
type Part = (String, bool, Vec<u8>);

fn frames(body: &[u8], sizes: &[usize]) -> Vec<Bytes> {
    let (mut rest, mut frames) = (body, Vec::new());
    for size in sizes.iter().cycle() {
        let (frame, more) = rest.split_at((*size).clamp(1, rest.len().max(1)).min(rest.len()));
        frames.push(Bytes::copy_from_slice(frame));
        rest = more;
        if rest.is_empty() {
            break;
        }
    }
    frames
}

fn body_of(frames: Vec<Bytes>) -> Body {
    Body::from_stream(stream::iter(frames.into_iter().map(Ok::<_, Infallible>)))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// Scans the frames. Returns the finds with their pieces joined; the reason for stopping before the
/// end, if any; and the number of bytes examined.
fn scan(boundary: &str, frames: Vec<Bytes>) -> (Vec<Part>, Option<Stop>, u64) {
    let mut scanner = Scanner::new(boundary);
    let (mut parts, mut ended): (Vec<Part>, usize) = (Vec::new(), 0);
    for mut frame in frames {
        loop {
            match scanner.next(&mut frame) {
                Ok(Some(Found::Part(head))) => parts.push((head.name, head.named_file, Vec::new())),
                Ok(Some(Found::Piece(piece))) => {
                    assert!(!piece.is_empty());
                    parts.last_mut().unwrap().2.extend_from_slice(&piece);
                }
                Ok(Some(Found::PartEnd)) => ended += 1,
                Ok(Some(Found::End)) => {}
                Ok(None) => break,
                Err(stop) => return (parts, Some(stop), scanner.looked()),
            }
        }
    }
    assert!(ended == parts.len() || ended + 1 == parts.len());
    (parts, None, scanner.looked())
}

/// The parts read from a request body, as the pages read them.
async fn read(boundary: &str, frames: Vec<Bytes>) -> Result<Vec<Part>, Stop> {
    let (mut parts, mut all): (_, Vec<Part>) = (Parts::new(body_of(frames), boundary), Vec::new());
    loop {
        match parts.next().await? {
            Found::Part(head) => all.push((head.name, head.named_file, Vec::new())),
            Found::Piece(piece) => all.last_mut().unwrap().2.extend_from_slice(&piece),
            Found::PartEnd => {}
            Found::End => return Ok(all),
        }
    }
}

async fn by_multer(boundary: &str, frames: Vec<Bytes>) -> multer::Result<Vec<Part>> {
    let (mut parts, mut all) = (
        multer::Multipart::new(
            stream::iter(frames.into_iter().map(Ok::<_, Infallible>)),
            boundary,
        ),
        Vec::new(),
    );
    while let Some(field) = parts.next_field().await? {
        let named = (
            field.name().unwrap_or_default().to_owned(),
            field.file_name().is_some_and(|name| !name.is_empty()),
        );
        all.push((named.0, named.1, field.bytes().await?.to_vec()));
    }
    Ok(all)
}

/// Contents full of the bytes that delimiters consist of.
fn contents() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        prop_oneof![4 => Just(b"\r\n".to_vec()), 4 => Just(b"\r\n--".to_vec()), 2 => Just(b"\r".to_vec()), 2 => Just(b"-".to_vec()),
            2 => Just(b"ab".to_vec()), 1 => Just(b"\r\n--ab".to_vec()), 3 => prop::collection::vec(any::<u8>(), 0..20)],
        0..12,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_valid_body_has_the_parts_that_multer_finds(
        mark in "[ab-]{1,6}[ab]",
        preamble in prop_oneof![Just(""), Just("\r\n"), Just("This is a form.\r\n")],
        padding in prop_oneof![3 => Just(""), 1 => Just(" "), 1 => Just(" \t ")],
        all in prop::collection::vec(("[a-z_]{0,8}", prop::option::of("[a-z .;=]{0,8}"), contents()), 0..6),
        sizes in prop::collection::vec(1..80_usize, 1..6),
    ) {
        let delimiter = format!("\r\n--{mark}");
        let holds = |bytes: &[u8]| memchr::memmem::find(bytes, delimiter.as_bytes()).is_some();
        let mut body = format!("{preamble}--{mark}").into_bytes();
        for (name, file, contents) in &all {
            // No sender chooses a delimiter for which either is true.
            prop_assume!(!holds(&[contents.as_slice(), b"\r\n"].concat()) && !contents.ends_with(b"\r"));
            let file = file.as_ref().map_or(String::new(), |file| format!("; filename=\"{file}\"\r\nContent-Type: image/jpeg"));
            body.extend(format!("{padding}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
            body.extend_from_slice(contents);
            body.extend(delimiter.bytes());
        }
        body.extend_from_slice(b"--\r\n");
        let ours = block_on(read(&mark, frames(&body, &sizes)));
        let theirs = block_on(by_multer(&mark, frames(&body, &sizes)));
        prop_assert_eq!(ours.unwrap(), theirs.unwrap());
    }

    #[test]
    fn any_bytes_in_any_frames_give_the_same_finds_for_linear_work(
        pieces in prop::collection::vec(prop_oneof![Just(b"\r\n--ab".to_vec()), Just(b"\r\n".to_vec()), Just(b"--".to_vec()), Just(b"\r".to_vec()),
            Just(b"content-disposition: form-data; name=\"what\"\r\n\r\n".to_vec()), prop::collection::vec(any::<u8>(), 0..40)], 0..40),
        sizes in prop::collection::vec(1..20_usize, 1..6),
    ) {
        let body = [b"--ab".to_vec(), pieces.concat()].concat();
        let (parts, stop, looked) = scan("ab", frames(&body, &sizes));
        let (whole, also, _) = scan("ab", frames(&body, &[usize::MAX]));
        prop_assert_eq!((&parts, stop), (&whole, also));
        prop_assert!(looked <= 4 * body.len() as u64 + 16, "{} bytes looked at for {}", looked, body.len());
    }
}

/// The cost of one find does not grow with the length before it: multer searched a preamble and a
/// part's headers again for each frame.
#[test]
fn a_long_body_is_looked_at_as_often_a_byte_as_a_short_one() {
    let head = b"Content-Disposition: form-data; name=\"what\"\r\n\r\n".as_slice();
    for (what, unit) in [
        ("near misses", b"\r\n--a\r\n--".as_slice()),
        ("line ends", b"\r\n"),
        ("CR", b"\r"),
        ("plain", b"abcdefgh"),
    ] {
        let mut share = Vec::new();
        for length in [10_000, 1_000_000] {
            let body = [b"--ab\r\n", head, &unit.repeat(length / unit.len())].concat();
            for size in [1, 7, 8_192] {
                let (_, stop, looked) = scan("ab", frames(&body, &[size]));
                assert_eq!(stop, None, "{what}");
                share.push(looked as f64 / body.len() as f64);
            }
        }
        println!("{what}: looks a byte {share:.2?}");
        assert!(share.iter().all(|share| *share <= 4.0), "{what}: {share:?}");
        assert!((share[2] - share[5]).abs() < 0.1, "{what}: {share:?}");
    }
}

#[test]
fn what_stands_before_contents_is_bounded_and_so_are_parts_and_bytes() {
    let part = b"\r\n--ab\r\nContent-Disposition: form-data; name=\"what\"\r\n\r\nx".as_slice();
    let stopped = |body: Vec<u8>| scan("ab", frames(&body, &[1_000])).1;
    let filled =
        |before: &[u8], fill: usize, after: &[u8]| [before, &vec![b'a'; fill], after].concat();
    let start = b"--ab\r\nContent-Disposition: form-data; name=\"what\"\r\nX: ".as_slice();
    for (before, after) in [
        (b"".as_slice(), [b"\r\n".as_slice(), part].concat()),
        (start, b"\r\n\r\nx".to_vec()),
        (
            b"--ab\r\nX: y\r\n\r\n\r\n--ab  \r\nX: ",
            b"\r\n\r\nx".to_vec(),
        ),
    ] {
        let overhead = 300;
        assert_eq!(
            stopped(filled(before, MOST_BEFORE - overhead, &after)),
            None,
            "the control"
        );
        assert_eq!(
            stopped(filled(before, MOST_BEFORE, &after)),
            Some(Stop::Malformed)
        );
    }
    assert_eq!(
        stopped([b"--ab".to_vec(), b" ".repeat(MOST_BEFORE), b"\r\n".to_vec()].concat()),
        Some(Stop::Malformed),
        "padding"
    );
    assert_eq!(stopped(part.repeat(MOST_PARTS)), None, "the control");
    assert_eq!(
        stopped(part.repeat(MOST_PARTS + 1)),
        Some(Stop::TooManyParts)
    );
    // The limit on the whole body also applies inside any part.
    let mebibyte = Bytes::from(vec![b'x'; 1 << 20]);
    let endless = stream::iter(
        std::iter::once(Bytes::from_static(part))
            .chain(std::iter::repeat(mebibyte))
            .map(Ok::<_, Infallible>),
    );
    let mut parts = Parts::new(Body::from_stream(endless), "ab");
    let stop = block_on(async {
        loop {
            if let Err(stop) = parts.next().await {
                return stop;
            }
        }
    });
    assert_eq!(stop, Stop::TooLarge);
}

#[test]
fn near_misses_are_contents_and_a_missing_end_is_broken() {
    let read = |body: &str| block_on(read("ab", frames(body.as_bytes(), &[5])));
    let head = "--ab\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    let one = |contents: &str| Ok(vec![("a".to_owned(), false, contents.as_bytes().to_vec())]);
    for contents in [
        "x\r\n--abc\r\ny",
        "\r\n--ab-",
        "\r\n--ab\ty",
        "\r\n--ab\r",
        "\r\n--ab \ry",
        "--ab",
        "\n--ab\n",
        "\r\r\n--a\r\n",
    ] {
        assert_eq!(
            read(&format!(
                "{head}{contents}\r\n--ab--\r\nan epilogue\r\n--ab\r\n"
            )),
            one(contents),
            "{contents:?}"
        );
    }
    assert_eq!(
        read(&format!("{head}x\r\n--ab--")),
        one("x"),
        "no line end at the end"
    );
    assert_eq!(read(&format!("{head}x")), Err(Stop::BrokeOff));
    assert_eq!(read(&format!("{head}x\r\n--ab-")), Err(Stop::BrokeOff));
    assert_eq!(read("no form at all"), Err(Stop::BrokeOff));
    assert_eq!(read("--ab--"), Ok(Vec::new()));
}

#[test]
fn boundaries_are_read_as_browsers_write_them() {
    let seventy = "b".repeat(70);
    for (kind, is) in [
        (
            "multipart/form-data; boundary=----WebKitFormBoundaryAbC0",
            Some("----WebKitFormBoundaryAbC0"),
        ),
        (
            "multipart/form-data; boundary=---------------------------974767299852498929531610575",
            Some("---------------------------974767299852498929531610575"),
        ),
        (
            "Multipart/Form-Data;charset=UTF-8; Boundary=\"a b'()+_,-./:=?\"",
            Some("a b'()+_,-./:=?"),
        ),
        (
            "multipart/form-data; boundary=----=_Part_1_2.3",
            Some("----=_Part_1_2.3"),
        ),
        (
            &format!("multipart/form-data; boundary={seventy}"),
            Some(seventy.as_str()),
        ),
        (&format!("multipart/form-data; boundary={seventy}b"), None),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data", None),
        ("multipart/mixed; boundary=a", None),
        ("image/jpeg; boundary=x", None),
        ("", None),
    ] {
        assert_eq!(boundary(kind).as_deref(), is, "{kind}");
    }
}
