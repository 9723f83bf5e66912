//! Storms of photos and of endless forms, each from one address, while a hundred residents report:
//! words never wait for photos, and memory stays bounded (promises P2, P8).

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use loke::gateway::listener::room::ROOM;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

use super::residents::{connect_from, hundred_residents, nothing_lingers, storm_gateway};
use super::{setting, take_descriptors};
use crate::house::browser::{multipart, no_photo, photo, read, text};
use crate::silence::canaries::Canaries;
use crate::silence::visits::noise;

/// The storm's address.
const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 7, 7, 7);
/// Memory for two decodes of the residents' photos.
const DECODES: u64 = 64 << 20;
/// The attacker's multipart body: its boundary, and the beginnings of its parts.
const KIND: &str = "multipart/form-data; boundary=b";
const WORDS: &str = "--b\r\nContent-Disposition: form-data; name=\"topic\"\r\n\r\ndrugs\r\n--b\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.jpg\"\r\n\r\n\u{0}";
const PART: &str =
    "\r\n--b\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"\"\r\n\r\n";

/// One connection of a storm: its beginning, the data that it repeats, and the bytes of that per
/// second (0: as fast as possible).
#[derive(Clone)]
struct Line {
    start: Vec<u8>,
    more: Vec<u8>,
    pace: usize,
}

impl Line {
    /// A photo at this pace.
    fn photo(pace: usize) -> Self {
        let start = [
            WORDS.trim_end_matches('\u{0}').as_bytes(),
            b"\xff\xd8\xff\xe0",
        ]
        .concat();
        Self {
            start,
            more: vec![b'a'; 64 << 10],
            pace,
        }
    }

    /// Sends an endless body until the gateway closes the connection.
    async fn send(&self, target: SocketAddr) -> io::Result<()> {
        let line = connect_from(target, ATTACKER).await?;
        let (mut input, mut output) = line.into_split();
        let head = format!(
            "POST /check HTTP/1.1\r\nHost: h\r\nContent-Type: {KIND}\r\nContent-Length: 200000000\r\n\r\n"
        );
        let pushing = async {
            output.write_all(head.as_bytes()).await?;
            output.write_all(&self.start).await?;
            let mut tenth = interval(Duration::from_millis(100));
            loop {
                if self.pace > 0 {
                    tenth.tick().await;
                }
                let piece = if self.pace > 0 {
                    &self.more[..self.pace / 10]
                } else {
                    &self.more
                };
                output.write_all(piece).await?;
            }
        };
        let mut answer = vec![0; 4_096];
        let closed = async {
            while input.read(&mut answer).await? > 0 {}
            Ok(())
        };
        tokio::select! {
            broke = pushing => broke,
            closed = closed => closed,
        }
    }

    async fn for_ever(self, target: SocketAddr) {
        loop {
            if self.send(target).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// A resident on a slow connection, with a photo. Returns whether it was accepted.
async fn slow_phone(target: SocketAddr, network: u8, bytes: usize, photo_of: Vec<u8>) -> bool {
    let mut picture = photo_of;
    // As large as a phone's, with filler after the picture's end.
    picture.resize(bytes.max(picture.len()), b'-');
    let (kind, body) = multipart(&[
        text("topic", "graffiti"),
        text("what", "A tag on the lift."),
        photo("IMG_1.jpg", &picture),
    ]);
    let sent = async {
        let mut line = connect_from(target, Ipv4Addr::new(127, 60, network, 1)).await?;
        let head = format!(
            "POST /check HTTP/1.1\r\nHost: h\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        line.write_all(head.as_bytes()).await?;
        let mut tenth = interval(Duration::from_millis(100));
        for piece in body.chunks(5_000) {
            tenth.tick().await;
            line.write_all(piece).await?;
        }
        read(&mut line).await
    };
    sent.await.is_ok_and(|page| page.hidden("ticket").is_some())
}

/// Sends words and photos and disconnects without reading a response: at the end, or in the middle.
async fn leave(target: SocketAddr, canaries: &mut Canaries) {
    let picture = noise(200, 150);
    for share in [1.0, 0.7] {
        let what = canaries.word("words of a resident who left");
        let photos = if share < 1.0 {
            no_photo()
        } else {
            photo("IMG_1.jpg", &picture)
        };
        let (kind, body) = multipart(&[
            text("topic", "drugs"),
            text("what", &what),
            photos,
            photo("IMG_2.jpg", &picture),
        ]);
        let mut line = connect_from(target, Ipv4Addr::new(127, 61, 1, 1))
            .await
            .unwrap();
        let head = format!(
            "POST /check HTTP/1.1\r\nHost: h\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        line.write_all(head.as_bytes()).await.unwrap();
        line.write_all(&body[..(body.len() as f64 * share) as usize])
            .await
            .unwrap();
    }
}

/// A storm of these connections, to the web or the onion listener, with honest slow phones beside
/// them.
async fn storm(name: &str, lines: Vec<Line>, onion: bool, phones: usize) {
    take_descriptors();
    let place = tempfile::tempdir().unwrap();
    let (mut gateway, hidden) = storm_gateway(place.path(), "512,64,8,4,4", |_| {});
    gateway.start().await;
    let target = gateway.browser.0;
    let mut canaries = Canaries::default();
    // Warms up, so that later figures do not include first-time memory.
    drop(hundred_residents(target, ATTACKER, &mut Canaries::default()).await);
    let before = gateway.most_memory();

    let mut attack = JoinSet::new();
    let count = lines.len();
    for line in lines {
        attack.spawn(line.for_ever(if onion { hidden } else { target }));
    }
    let (bytes, picture) = (setting("LOKE_PHONE_BYTES", 400_000), noise(400, 300));
    let mut slow = JoinSet::new();
    for network in 0..phones {
        slow.spawn(slow_phone(target, network as u8, bytes, picture.clone()));
    }
    sleep(Duration::from_secs(2)).await;
    leave(target, &mut canaries).await;
    hundred_residents(target, ATTACKER, &mut canaries)
        .await
        .judge(name, true);
    nothing_lingers(name, &gateway, &canaries).await;
    let through = slow
        .join_all()
        .await
        .into_iter()
        .filter(|taken| *taken)
        .count();
    let more = gateway.most_memory() - before;
    println!(
        "{name}: {through} of {phones} slow phones' photos taken; {} MiB above what calm takes",
        more >> 20
    );
    assert_eq!(through, phones, "{name}: slow phones' photos");
    let bound = ROOM as u64 + DECODES + ((count + phones) as u64 + 100) * (1 << 20);
    assert!(more <= bound, "{name}: {more} bytes more, bound {bound}");
    attack.shutdown().await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_lines_that_drip_a_photo_keep_no_words_out() {
    storm(
        "8 lines drip a photo at 1.2 kB/s",
        vec![Line::photo(1_200); 8],
        false,
        0,
    )
    .await;
    storm(
        "80 lines drip a photo at 1.2 kB/s, by the onion",
        vec![Line::photo(1_200); 80],
        true,
        0,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_photos_of_one_address_keep_slow_phones_photos_not_out() {
    let lines = [vec![Line::photo(4_000); 40], vec![Line::photo(200_000); 40]].concat();
    storm(
        "80 lines of photos, half of them fast, and 8 slow phones",
        lines,
        false,
        8,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_forms_without_bounds_keep_no_words_out() {
    let junk = vec![b'a'; 64 << 10];
    let header = [
        WORDS.trim_end_matches('\u{0}').as_bytes(),
        b"\r\n--b\r\nContent-Disposition: form-data; name=\"",
    ]
    .concat();
    let floods = [
        Line {
            start: Vec::new(),
            more: junk.clone(),
            pace: 0,
        },
        Line {
            start: header,
            more: junk,
            pace: 0,
        },
        Line {
            start: Vec::new(),
            more: PART.repeat(500).into_bytes(),
            pace: 0,
        },
    ];
    let lines: Vec<Line> = floods.iter().cycle().take(12).cloned().collect();
    storm(
        "12 lines of preamble, headers and empty parts",
        lines,
        false,
        0,
    )
    .await;
}
