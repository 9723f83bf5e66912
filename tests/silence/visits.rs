//! Everything that residents do, with canaries in each value that they or their browsers send:
//! every channel, and every state in which a report can be left.

use std::net::{Ipv4Addr, SocketAddr};

use jpeg_encoder::{ColorType, Encoder};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

use super::canaries::{Canaries, SCRIPTS};
use crate::house::browser::{Field, Page, multipart, photo, read, send, text};

/// All channels: a [`Resident`] uses the first two, the phones of `texts` the last. A test compares
/// the list with the source.
pub(super) const CHANNELS: [&str; 3] = ["web", "onion", "sms"];

/// A resident at one of the gateway's listeners.
pub(super) struct Resident<'a> {
    pub(super) target: SocketAddr,
    pub(super) canaries: &'a mut Canaries,
    headers: Vec<(&'static str, String)>,
    source: [u8; 4],
}

impl<'a> Resident<'a> {
    /// A browser with a canary in each header, calling from an address of its own.
    pub(super) fn new(target: SocketAddr, canaries: &'a mut Canaries) -> Self {
        let headers = vec![
            ("User-Agent", canaries.word("User-Agent")),
            (
                "Accept-Language",
                format!("en-GB, x-{}", canaries.word("Accept-Language")),
            ),
            ("Cookie", format!("s={}", canaries.word("Cookie"))),
            (
                "Referer",
                format!("https://{}.example/", canaries.word("Referer")),
            ),
            ("Sec-CH-UA", canaries.word("client hint")),
            ("X-Forwarded-For", canaries.address("X-Forwarded-For")),
            (
                "Forwarded",
                format!("for=\"[{}]\"", canaries.address("Forwarded")),
            ),
            ("X-Real-IP", canaries.address("X-Real-IP")),
            ("CF-Connecting-IP", canaries.address("CF-Connecting-IP")),
            ("X-Request-ID", canaries.word("another header")),
        ];
        let source = canaries.source();
        Self {
            target,
            canaries,
            headers,
            source,
        }
    }

    pub(super) async fn connect(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket
            .bind((Ipv4Addr::from(self.source), 0).into())
            .unwrap();
        socket.connect(self.target).await.unwrap()
    }

    fn borrowed(&self) -> Vec<(&str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }

    pub(super) async fn get(&self, path: &str) -> Page {
        let mut stream = self.connect().await;
        send(&mut stream, &format!("GET {path}"), &self.borrowed(), b"")
            .await
            .unwrap();
        read(&mut stream).await.unwrap()
    }

    pub(super) async fn post(&self, path: &str, kind: &str, body: &[u8]) -> std::io::Result<Page> {
        let mut stream = self.connect().await;
        let mut headers = self.borrowed();
        headers.push(("Content-Type", kind));
        // Some responses come before the whole body is sent.
        let _early = send(&mut stream, &format!("POST {path}"), &headers, body).await;
        read(&mut stream).await
    }

    /// A fresh form's token and language.
    async fn fresh(&self) -> Vec<Field> {
        vec![
            text("token", &self.get("/").await.hidden("token").unwrap()),
            text("language", "en"),
        ]
    }

    /// Words with a canary in each field, about 2 kB.
    fn words(&mut self, case: usize) -> Vec<Field> {
        let (script, letters) = SCRIPTS[case % SCRIPTS.len()];
        let mut what = self
            .canaries
            .in_script(&format!("text in {script}"), letters);
        what.push_str(
            &" They swapped the lock.".repeat((1_800_usize.saturating_sub(what.len())) / 23),
        );
        let mut fields = vec![
            text(
                "topic",
                ["graffiti", "cuckooing", "drugs", "other"][case % 4],
            ),
            text("what", &what),
        ];
        for name in ["where", "when", "impact"] {
            fields.push(text(name, &self.canaries.word(name)));
        }
        let vehicle = self.canaries.word("vehicle");
        fields.push(text("vehicle", &vehicle[..60]));
        fields
    }

    /// Form and check page. Returns the fields that the page would send.
    pub(super) async fn check(&mut self, case: usize, photos: &[Field]) -> Vec<Field> {
        let mut fields = self.fresh().await;
        fields.extend(self.words(case));
        let (kind, body) = multipart(&[fields.clone(), photos.to_vec()].concat());
        let page = self.post("/check", &kind, &body).await.unwrap();
        assert_eq!(page.status, 200, "case {case}: {}", page.text());
        page.carries(&fields)
    }

    pub(super) async fn report(&mut self, case: usize, photos: &[Field]) {
        let fields = self.check(case, photos).await;
        let (kind, body) = multipart(&fields);
        let page = self.post("/send", &kind, &body).await.unwrap();
        let receipt = page
            .receipt()
            .unwrap_or_else(|| panic!("no receipt: {}", page.text()));
        self.canaries.learn_receipt(&receipt);
        if case < 2 {
            // Later the resident looks for an answer.
            self.messages(&format!("receipt={receipt}")).await;
        }
    }

    /// Posts the messages page.
    async fn messages(&mut self, form: &str) -> Page {
        let kind = "application/x-www-form-urlencoded";
        let page = self.post("/messages", kind, form.as_bytes()).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.text());
        if let Some(visit) = page.hidden("visit") {
            self.canaries
                .learn("hidden field of an open box", visit.as_bytes());
        }
        page
    }

    /// Reads a reply with its receipt, answers it, and wants it forgotten.
    pub(super) async fn converse(&mut self, digits: &str) {
        self.canaries.learn_receipt(digits);
        let mut page = self.messages(&format!("receipt={digits}")).await;
        assert!(page.text().contains("class=\"answer\""), "{}", page.text());
        let (answer, time) = (self.canaries.word("answer"), self.canaries.word("time"));
        for what in [
            format!("act=answer&answer={answer}"),
            format!("act=still&day=2026-11-20&time={time}"),
            "act=forget".to_owned(),
        ] {
            let visit = page.hidden("visit").unwrap();
            page = self
                .messages(&format!("visit={visit}&topic=drugs&{what}"))
                .await;
        }
    }

    /// Every kind of faulty report, once each; each gets a page as its response.
    pub(super) async fn be_refused(&mut self, small: &[u8]) {
        let what = self.canaries.word("refused text");
        let form = "application/x-www-form-urlencoded";
        let token = self.get("/").await.hidden("token").unwrap();
        let huge = Self::grown(
            small,
            &self.canaries.word("photo that is too large"),
            loke::photo::MAX_BYTES + 1,
        );
        let heic = [
            b"\0\0\0\x18ftypheic\0\0\0\0heicmif1".as_slice(),
            self.canaries.word("HEIC photo").as_bytes(),
        ]
        .concat();
        let broken = [
            &small[..small.len() / 2],
            self.canaries.word("broken photo").as_bytes(),
        ]
        .concat();
        let name = format!("{}.jpg", self.canaries.word("refused file name"));
        let wrong: Vec<(&str, String, Vec<u8>)> = vec![
            ("/check", form.into(), format!("what={what}").into_bytes()),
            ("/check", form.into(), format!("token={token}&topic=drugs&what={}", what.repeat(40)).into_bytes()),
            ("/check", form.into(), [b"topic=drugs&what=%ff%fe\xff\xc0".as_slice(), what.as_bytes()].concat()),
            ("/check", "text/plain".into(), what.clone().into_bytes()),
            ("/check", format!("multipart/form-data; boundary={}", &what[..40]), what.clone().into_bytes()),
            ("/send", form.into(), format!("token={what}&topic=drugs&what={what}").into_bytes()),
            ("/send", form.into(), format!("token={token}&topic={what}&what={what}&ticket={what}&language={what}&campaign={what}").into_bytes()),
            ("/messages", form.into(), format!("code={what}").into_bytes()),
        ];
        for (path, kind, body) in wrong {
            let page = self.post(path, &kind, &body).await.unwrap();
            assert!(page.receipt().is_none(), "{path}");
        }
        for file in [huge, heic, broken, what.clone().into_bytes()] {
            let (kind, body) = multipart(&[
                text("token", &token),
                text("topic", "graffiti"),
                text("what", &what),
                photo(&name, &file),
            ]);
            assert!(
                self.post("/check", &kind, &body)
                    .await
                    .unwrap()
                    .receipt()
                    .is_none()
            );
        }
        assert_eq!(self.get(&format!("/{what}")).await.status, 404);
        self.get(&format!("/c/{}", &what[..12])).await;
        self.get(&format!("/?{what}={what}")).await;
    }

    /// Sends this share of a report's bytes and returns the open connection.
    pub(super) async fn begin(&mut self, case: usize, photos: &[Field], share: f64) -> TcpStream {
        let mut fields = self.fresh().await;
        fields.extend(self.words(case));
        let (kind, body) = multipart(&[fields, photos.to_vec()].concat());
        let mut head = format!(
            "POST /check HTTP/1.1\r\nHost: house.invalid\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = self.connect().await;
        stream
            .write_all(format!("{head}\r\n").as_bytes())
            .await
            .unwrap();
        stream
            .write_all(&body[..(body.len() as f64 * share) as usize])
            .await
            .unwrap();
        stream
    }

    /// Begins a request's head and stops in the middle of it.
    pub(super) async fn fall_silent(&mut self) -> TcpStream {
        let mut stream = self.connect().await;
        let head = format!(
            "GET /{} HTTP/1.1\r\nUser-Agent: {}",
            self.canaries.word("idle path"),
            self.canaries.word("idle header")
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    /// A photo with canaries in a comment, in EXIF, after its end and in its file name, padded to
    /// about `size` bytes.
    pub(super) fn photo(&mut self, jpeg: &[u8], size: usize) -> Field {
        let name = format!("{}.jpg", self.canaries.word("file name"));
        let exif = segment(
            0xe1,
            &[
                b"Exif\0\0".as_slice(),
                self.canaries.word("EXIF").as_bytes(),
            ]
            .concat(),
        );
        let xmp = segment(
            0xe1,
            &[
                b"http://ns.adobe.com/xap/1.0/\0".as_slice(),
                self.canaries.word("XMP").as_bytes(),
            ]
            .concat(),
        );
        let iptc = segment(
            0xed,
            &[
                b"Photoshop 3.0\0".as_slice(),
                self.canaries.word("IPTC").as_bytes(),
            ]
            .concat(),
        );
        let grown = Self::grown(jpeg, &self.canaries.word("comment"), size);
        let trailer = self.canaries.word("behind the photo's end");
        photo(
            &name,
            &[
                &grown[..2],
                &exif,
                &xmp,
                &iptc,
                &grown[2..],
                trailer.as_bytes(),
            ]
            .concat(),
        )
    }

    /// A JPEG with a comment in many segments, until it has `size` bytes.
    fn grown(jpeg: &[u8], comment: &str, size: usize) -> Vec<u8> {
        let mut grown = jpeg[..2].to_vec();
        grown.extend(segment(0xfe, comment.as_bytes()));
        while grown.len() + jpeg.len() + 4 < size {
            let filler = (size - grown.len() - jpeg.len()).min(65_000);
            grown.extend(segment(0xfe, &vec![b'-'; filler]));
        }
        grown.extend_from_slice(&jpeg[2..]);
        grown
    }
}

fn segment(kind: u8, body: &[u8]) -> Vec<u8> {
    [
        &[0xff, kind],
        u16::try_from(body.len() + 2)
            .unwrap()
            .to_be_bytes()
            .as_slice(),
        body,
    ]
    .concat()
}

/// A JPEG of noise, which no encoder can compress well.
pub(super) fn noise(width: u16, height: u16) -> Vec<u8> {
    let mut pixels = vec![0; usize::from(width) * usize::from(height) * 3];
    loke::random::fill(&mut pixels).unwrap();
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, 90)
        .encode(&pixels, width, height, ColorType::Rgb)
        .unwrap();
    jpeg
}
