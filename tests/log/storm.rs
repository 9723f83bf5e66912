//! Every kind of bad input that can be sent to a gateway, on every route of both listeners, each
//! with its own planted word.

use std::io::Write as _;
use std::net::SocketAddr;

use loke::pickup::Enrolment;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::browser::{Browser, jpeg, photo, text};
use crate::pickup::client::Client;

/// The routes of the resident's pages and of the pickup, as the sources write them. A test compares
/// this list with the sources.
pub(super) const PAGES: [&str; 17] = [
    "/messages",
    "/about",
    "/device",
    "/privacy",
    "/accessibility",
    "/.well-known/security.txt",
    "/s/{number}",
    "/",
    "/check",
    "/send",
    "/leave",
    "/leave/away",
    "/c/{campaign}",
    "/c",
    "/{language}",
    "/you-said",
    "/you-said/{language}/{page}",
];
pub(super) const PICKUP: [&str; 6] = ["/claim", "/count", "/ack", "/renew", "/rows", "/replies"];

/// The words that were sent, and the responses.
#[derive(Default)]
pub(super) struct Storm {
    /// The planted words, each with a name for how it was sent.
    pub(super) words: Vec<(String, Vec<u8>)>,
    /// Responses that must not repeat a word, each with a name for its request.
    pub(super) answers: Vec<(String, Vec<u8>)>,
}

impl Storm {
    /// A new word of lower-case letters and digits: some inputs would change other characters.
    fn word(&mut self, sent_as: &str) -> String {
        let word = hex::encode(loke::random::bytes::<16>().unwrap());
        self.words
            .push((sent_as.to_owned(), word.clone().into_bytes()));
        word
    }

    /// Sends raw bytes to the pages and records the response.
    async fn raw(&mut self, to: SocketAddr, sent_as: &str, bytes: &[u8]) {
        let mut stream = TcpStream::connect(to).await.unwrap();
        // The gateway may answer and close before it has read everything.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        self.answers.push((sent_as.to_owned(), answer));
    }

    /// Each of the resident's routes with every kind of bad request.
    pub(super) async fn pages(&mut self, web: SocketAddr) {
        for route in PAGES {
            let word = self.word(&format!("{route} path"));
            let inside = route
                .split_once('{')
                .map_or_else(|| route.to_owned(), |(before, _)| format!("{before}{word}"));
            self.raw(
                web,
                &format!("{route} path"),
                format!("GET {inside}/{word} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes(),
            )
            .await;
            self.raw(
                web,
                &format!("{route} in its path"),
                format!("GET {inside} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes(),
            )
            .await;
            let path = route.split_once('{').map_or(route, |(before, _)| before);
            for (what, head, body) in heads(path, &mut |what| self.word(&format!("{route} {what}")))
            {
                self.raw(web, &format!("{route} {what}"), &[head, body].concat())
                    .await;
            }
            for (what, kind, body) in bodies(&mut |what| self.word(&format!("{route} {what}"))) {
                let mut request = format!(
                    "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\nContent-Type: ",
                    body.len()
                )
                .into_bytes();
                request
                    .extend_from_slice(&[kind.as_slice(), b"\r\n\r\n", body.as_slice()].concat());
                let answer = format!("{route} {what}");
                self.raw(web, &answer, &request).await;
                if matches!(path, "/check" | "/send") {
                    // A page shows the writer their own words, so that they are not lost.
                    self.answers.retain(|(name, _)| *name != answer);
                }
            }
        }
    }

    /// What a resident does, in order and out of order. The receipt's words are planted words too.
    pub(super) async fn resident(&mut self, web: SocketAddr) {
        let browser = Browser(web);
        let (what, place, name) = (
            self.word("the words"),
            self.word("the place"),
            self.word("a file's name"),
        );
        let noted = [jpeg(), self.word("behind a photo").into_bytes()].concat();
        let fields = [
            text("topic", "drugs"),
            text("what", &what),
            text("where", &place),
            photo(&format!("{name}.jpg"), &noted),
        ];
        let (_, all) = browser.check(&fields).await.unwrap();
        let sent = browser.post("/send", &all).await.unwrap();
        assert!(sent.receipt().is_some(), "{}", sent.text());
        let again = browser.post("/send", &all).await.unwrap();
        assert_eq!(again.receipt(), sent.receipt());
        self.words.push((
            "the receipt".to_owned(),
            sent.receipt().unwrap().into_bytes(),
        ));
        let receipt = sent.receipt().unwrap();
        let grouped = receipt
            .as_bytes()
            .chunks(4)
            .map(String::from_utf8_lossy)
            .collect::<Vec<_>>()
            .join(" ");
        self.words.push((
            "the receipt in groups".to_owned(),
            grouped.clone().into_bytes(),
        ));
        for code in [
            grouped.as_str(),
            &receipt[1..],
            what.as_str(),
            &format!("{receipt}{receipt}"),
        ] {
            let answer = browser
                .post_urlencoded("/messages", &[("code", code), ("language", &place)])
                .await
                .unwrap();
            self.answers.push(("a receipt".to_owned(), answer.body));
        }
        let answer = browser
            .post("/messages", &[text("code", &receipt)])
            .await
            .unwrap();
        self.answers
            .push(("a receipt in another kind of form".to_owned(), answer.body));
    }

    /// The pickup, from outside and with an enrolled desk's certificate.
    pub(super) async fn pickup(&mut self, pickup: SocketAddr, desk: &Enrolment) {
        let enrolled = Client::new(desk, pickup);
        for route in PICKUP {
            for (what, _, body) in bodies(&mut |what| self.word(&format!("{route} {what}"))) {
                self.ask(&enrolled, route, &what, &body).await;
            }
            for (what, json) in [
                ("a key that is none", r#"{"WORD":1}"#),
                (
                    "a token that is none",
                    r#"{"token":"WORD","most":1,"ids":["WORD"]}"#,
                ),
                (
                    "a wrong type",
                    r#"{"token":["WORD"],"most":"WORD","ids":"WORD","book":"WORD","rows":[{"name":"WORD","sealed":{"WORD":0}}],"day":"WORD"}"#,
                ),
                ("a number", r#"{"most":1e999,"token":"WORD"}"#),
                ("no end", r#"{"token":"WORD"#),
                ("a lone surrogate", r#"{"token":"\ud800WORD"}"#),
            ] {
                let word = self.word(&format!("{route} {what}"));
                self.ask(
                    &enrolled,
                    route,
                    what,
                    json.replace("WORD", &word).as_bytes(),
                )
                .await;
            }
            let word = self.word(&format!("{route} CBOR"));
            self.ask(
                &enrolled,
                route,
                "CBOR",
                &[b"\xa1\x65token\x78\x20", word.as_bytes()].concat(),
            )
            .await;
            let word = self.word(&format!("{route} a query"));
            self.ask(&enrolled, &format!("{route}?{word}"), "a query", b"{}")
                .await;
            let word = self.word(&format!("{route} a header"));
            self.ask(
                &enrolled,
                &format!("{route} HTTP/1.1\r\nUser-Agent: {word}\r\nX: "),
                "a header",
                b"{}",
            )
            .await;
        }
        let word = self.word("a path of the pickup");
        self.ask(&enrolled, &format!("/{word}/%ff%00"), "a path", b"{}")
            .await;
        self.tls(pickup, desk).await;
    }

    async fn ask(&mut self, desk: &Client, path: &str, what: &str, body: &[u8]) {
        if let Ok((status, answer)) = desk.post(path, body).await {
            let name = path.split(['?', ' ']).next().unwrap_or_default();
            self.answers
                .push((format!("{name} {what}: {status}"), answer));
        }
    }

    /// Failed handshakes, and one with a planted server name.
    async fn tls(&mut self, pickup: SocketAddr, desk: &Enrolment) {
        let word = self.word("garbage for TLS");
        self.raw(pickup, "garbage for TLS", word.repeat(40).as_bytes())
            .await;
        let word = self.word("HTTP for TLS");
        self.raw(
            pickup,
            "HTTP for TLS",
            format!("POST /{word} HTTP/1.1\r\nHost: {word}\r\n\r\n").as_bytes(),
        )
        .await;
        let word = self.word("a broken hello");
        self.raw(
            pickup,
            "a broken hello",
            &[
                b"\x16\x03\x01\x00\x40\x01\x00\x00\x3c\x03\x03",
                word.as_bytes(),
                word.as_bytes(),
            ]
            .concat(),
        )
        .await;
        let word = self.word("a stranger's certificate");
        let stranger = loke::gateway::pickup::tls::Pair::new(&word).unwrap();
        let stranger = Client::with(
            Some((&stranger.certificate, &stranger.key)),
            &desk.pin,
            pickup,
        );
        assert!(stranger.post("/claim", b"{}").await.is_err());
        let name = self.word(SERVER_NAME);
        let named = Client::new(desk, pickup).calling(&format!("{name}.invalid"));
        self.ask(&named, "/claim", "another name", b"{}").await;
    }
}

/// Name of the word sent as the TLS server name: the only word that rustls is known to log.
pub(super) const SERVER_NAME: &str = "the server's name";

/// Heads with a word where none belongs: name, head, and the bytes after it.
fn heads(path: &str, word: &mut dyn FnMut(&str) -> String) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let long = |word: String| word.repeat(40 << 5);
    let mut heads: Vec<(&str, Vec<u8>)> = Vec::new();
    let mut add = |what, line: &str, change: &dyn Fn(String) -> String| {
        let word = change(word(what));
        heads.push((
            what,
            line.replace("PATH", path)
                .replace("WORD", &word)
                .into_bytes(),
        ));
    };
    let same = |word| word;
    add("query", "GET PATH?WORD=WORD HTTP/1.1\r\nHost: a", &same);
    add("long query", "GET PATH?WORD HTTP/1.1\r\nHost: a", &long);
    add("method", "WORD PATH HTTP/1.1\r\nHost: a", &same);
    add("other method", "PATCH PATH?WORD HTTP/1.1\r\nHost: a", &same);
    add("version", "GET PATH HTTP/WORD\r\nHost: a", &same);
    add("old version", "GET PATH?WORD HTTP/1.0", &same);
    add("host", "GET PATH HTTP/1.1\r\nHost: WORD", &same);
    add(
        "whole address",
        "GET http://WORD/PATH HTTP/1.1\r\nHost: a",
        &same,
    );
    add(
        "header",
        "GET PATH HTTP/1.1\r\nHost: a\r\nX-Loke: WORD\r\nUser-Agent: WORD\r\nReferer: WORD\r\nCookie: a=WORD",
        &same,
    );
    add(
        "address headers",
        "GET PATH HTTP/1.1\r\nHost: a\r\nForwarded: for=WORD\r\nX-Forwarded-For: WORD\r\nX-Real-IP: WORD",
        &same,
    );
    add(
        "language header",
        "GET PATH HTTP/1.1\r\nHost: a\r\nAccept-Language: WORD;q=WORD",
        &same,
    );
    add(
        "long header",
        "GET PATH HTTP/1.1\r\nHost: a\r\nCookie: WORD",
        &long,
    );
    add(
        "header name",
        "GET PATH HTTP/1.1\r\nHost: a\r\nWORD: WORD",
        &same,
    );
    add(
        "broken header",
        "GET PATH HTTP/1.1\r\nHost: a\r\nWORD \x01: \0WORD",
        &same,
    );
    add(
        "folded header",
        "GET PATH HTTP/1.1\r\nHost: a\r\nX: a\r\n WORD",
        &same,
    );
    add(
        "length",
        "POST PATH HTTP/1.1\r\nHost: a\r\nContent-Length: WORD",
        &same,
    );
    add(
        "two lengths",
        "POST PATH HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\nX: WORD",
        &same,
    );
    add(
        "coding",
        "POST PATH HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: WORD",
        &same,
    );
    add(
        "expectation",
        "POST PATH HTTP/1.1\r\nHost: a\r\nExpect: WORD\r\nContent-Length: 0",
        &same,
    );
    add(
        "upgrade",
        "GET PATH HTTP/1.1\r\nHost: a\r\nConnection: upgrade, WORD\r\nUpgrade: WORD",
        &same,
    );
    add(
        "percent",
        "GET PATH%ff%00%zz%WORD HTTP/1.1\r\nHost: a",
        &same,
    );
    let ended = |head: Vec<u8>| [head, b"\r\n\r\n".to_vec()].concat();
    let mut heads: Vec<_> = heads
        .into_iter()
        .map(|(what, head)| (what.to_owned(), ended(head), Vec::new()))
        .collect();
    let raw = word("raw bytes");
    heads.push((
        "raw bytes".into(),
        [
            b"GET ",
            path.as_bytes(),
            b"\xff\xfe\x80",
            raw.as_bytes(),
            b" HTTP/1.1\r\nX: \xc3\x28\r\n\r\n",
        ]
        .concat(),
        vec![],
    ));
    let chunk = word("chunks");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: {chunk}\r\n\r\n"
    );
    heads.push((
        "chunks".into(),
        head.clone().into_bytes(),
        format!("3;{chunk}={chunk}\r\nabc\r\n0\r\n{chunk}: {chunk}\r\n\r\n").into_bytes(),
    ));
    heads.push((
        "broken chunks".into(),
        head.into_bytes(),
        format!("{chunk}\r\n{chunk}\r\n").into_bytes(),
    ));
    heads
}

/// Bodies with words in wrong types, lengths and encodings: name, content type, body.
fn bodies(word: &mut dyn FnMut(&str) -> String) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let mut bodies: Vec<(String, Vec<u8>, Vec<u8>)> = Vec::new();
    let mut add = |what: &str, kind: &str, body: &dyn Fn(&str) -> Vec<u8>| {
        let word = word(what);
        bodies.push((
            what.to_owned(),
            kind.replace("WORD", &word).into_bytes(),
            body(&word),
        ));
    };
    let form = "application/x-www-form-urlencoded";
    let parts = "multipart/form-data; boundary=x";
    add("a kind that is none", "WORD/WORD; WORD", &|w| {
        w.as_bytes().to_vec()
    });
    add("a boundary", "multipart/form-data; boundary=WORD", &|w| {
        w.as_bytes().to_vec()
    });
    add("no boundary", "multipart/form-data; WORD", &|w| {
        w.as_bytes().to_vec()
    });
    add("JSON", "application/json", &|w| {
        format!("{{\"what\":\"{w}\"}}").into_bytes()
    });
    add("raw bytes in a form", form, &|w| {
        [b"what=\xff\xfe\0", w.as_bytes(), b"&\xff=", w.as_bytes()].concat()
    });
    add("escaped bytes", form, &|w| {
        format!("what=%ff%fe%00%zz%{w}&where=%c3%28{w}%").into_bytes()
    });
    add("every field", form, &|w| {
        let names = [
            "topic",
            "what",
            "token",
            "ticket",
            "language",
            "campaign",
            "signs",
            "drop",
            "website",
            "danger",
            "how_known",
            "code",
            w,
        ];
        names
            .map(|name| format!("{name}={w}"))
            .join("&")
            .into_bytes()
    });
    add("a field too long", form, &|w| {
        format!("what={}&code={w}", w.repeat(10_000)).into_bytes()
    });
    add("a name too long", form, &|w| {
        format!("{}=1", w.repeat(2_000)).into_bytes()
    });
    add("broken parts", parts, &|w| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{w}\r\n{w}\r\n--y{w}").into_bytes()
    });
    add("raw bytes in parts", parts, &|w| {
        let mut body = Vec::new();
        for name in ["what\"; filename=\"", "token", "photos\"; filename=\""] {
            write!(body, "--x\r\nContent-Disposition: form-data; name=\"{name}{w}\"\r\nContent-Type: {w}\r\n\r\n").unwrap();
            body.extend_from_slice(&[b"\xff\xd8\xff\0", w.as_bytes(), b"\r\n"].concat());
        }
        [body, b"--x--\r\n".to_vec()].concat()
    });
    add("a part that breaks off", parts, &|w| {
        format!("--x\r\nContent-Disposition: form-data; name=\"what\"\r\n\r\n{w}").into_bytes()
    });
    add("nothing but zeros", parts, &|w| {
        [vec![0; 4_096], w.as_bytes().to_vec()].concat()
    });
    bodies
}
