//! What remains of a caller behind the first layer: 12 bits, a language, a listener.

use std::collections::HashSet;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use http_body_util::BodyExt;
use loke::gateway::listener::caller::Caller;

use super::*;

const HOUR: i64 = 3_600;

/// Shows everything that a page could see of a request.
async fn show(request: Request) -> String {
    let (parts, mut body) = request.into_parts();
    let caller = parts.extensions.get::<Caller>().copied();
    let mut seen = format!(
        "{} {} {:?}\n{:?}\n",
        parts.method, parts.uri, parts.version, parts.headers
    );
    if let Some(caller) = caller {
        seen += &format!("{caller:?} language {}\n", caller.language);
    }
    while let Some(Ok(frame)) = body.frame().await {
        seen += &format!("{frame:?}\n");
    }
    seen
}

fn app() -> Router {
    Router::new().fallback(show)
}

/// A request that identifies its sender in every way that browsers, proxies and providers use.
const TELLING: &str = "POST http://host-canary/path?query=kept HTTP/1.1\r\n\
    Host: host-canary\r\n\
    User-Agent: agent-canary\r\n\
    Accept: accept-canary/*\r\n\
    Accept-Language: pl-PL, language-canary;q=0.3\r\n\
    Accept-Encoding: encoding-canary\r\n\
    Referer: http://referer-canary/\r\n\
    Origin: http://origin-canary\r\n\
    Cookie: cookie-canary=1\r\n\
    Authorization: Bearer authorization-canary\r\n\
    X-Forwarded-For: 203.0.113.77, forwarded-canary\r\n\
    Forwarded: for=203.0.113.78;by=forwarded-by-canary\r\n\
    X-Real-Ip: 203.0.113.79\r\n\
    Via: via-canary\r\n\
    CF-Connecting-IP: 203.0.113.80\r\n\
    If-None-Match: \"etag-canary\"\r\n\
    Range: bytes=0-1\r\n\
    Sec-CH-UA: hint-canary\r\n\
    DNT: 1\r\n\
    X-Own: own-canary\r\n\
    Trailer: x-last\r\n\
    Content-Type: text/plain; kept=type\r\n\
    Transfer-Encoding: chunked\r\n\
    Connection: upgrade, x-own\r\n\
    Upgrade: upgrade-canary\r\n\
    \r\n4\r\nkept\r\n0\r\nx-last: trailer-canary\r\n\r\n";

#[tokio::test]
async fn p1_nothing_that_identifies_gets_past_the_first_layer() {
    for secret in Secret::both() {
        let place = Place::open(app(), FAST, secret).await;
        let seen = place.ask(TELLING).await;
        for gone in [
            "canary",
            "203.0.113",
            "127.0.0.1",
            "upgrade",
            "bytes=0",
            "dnt",
            "transfer-encoding",
        ] {
            assert!(!seen.contains(gone), "{gone} got past:\n{seen}");
        }
        for kept in [
            "POST /path?query=kept HTTP/1.1\n",
            "text/plain; kept=type",
            "kept",
            "Caller(Web) language pl",
        ] {
            assert!(seen.contains(kept), "{kept} is missing:\n{seen}");
        }
    }
}

#[tokio::test]
async fn control_without_the_first_layer_a_page_sees_it_all() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let bare = tokio::spawn(async move { axum::serve(socket, app()).await });
    let mut wire: Wire = Box::new(TcpStream::connect(address).await.unwrap());
    wire.write_all(TELLING.as_bytes()).await.unwrap();
    wire.shutdown().await.unwrap();
    let seen = rest_of(&mut wire).await;
    bare.abort();
    for word in TELLING
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|w| w.ends_with("-canary"))
    {
        assert!(
            seen.contains(word),
            "{word} is not seen even without it:\n{seen}"
        );
    }
}

/// A strip with a hand-set clock, and the caller that it makes of an address and headers.
struct Layer(Strip, Clock);

impl Layer {
    fn new(client_address: ClientAddress) -> Self {
        let clock = Clock::by_hand(1_000_000);
        Self(
            Strip::new(clock.clone(), client_address, LANGUAGES).unwrap(),
            clock,
        )
    }

    fn caller(&self, listener: Listener, from: &str, headers: &[(&str, &str)]) -> Caller {
        let request = headers
            .iter()
            .fold(Request::builder(), |request, (name, value)| {
                request.header(*name, *value)
            });
        let mut request = request.extension("canary").body(Body::empty()).unwrap();
        let caller = self.0.apply(
            listener,
            self.0.of_peer(listener, from.parse().unwrap()),
            &mut request,
        );
        assert_eq!(request.extensions().get(), Some(&caller));
        assert_eq!(request.extensions().len(), 1, "an extension got past");
        caller
    }

    fn bucket(&self, from: &str) -> u16 {
        self.caller(Listener::Web, from, &[]).bucket
    }

    /// Buckets of 64 networks: two such lists are equal by chance once in 2^768.
    fn buckets(&self) -> Vec<u16> {
        (0..64)
            .map(|i| self.bucket(&format!("10.0.{i}.1:1")))
            .collect()
    }
}

#[test]
fn p8_a_bucket_is_12_bits_of_the_network_alone() {
    let layer = Layer::new(ClientAddress::Peer);
    let all: HashSet<u16> = (0..20_000)
        .map(|i| layer.bucket(&format!("10.{}.{}.1:5", i / 256, i % 256)))
        .collect();
    assert!(
        all.iter().all(|bucket| *bucket < 4_096),
        "more than 12 bits"
    );
    assert!(
        all.len() > 3_900,
        "only {} of 4,096 buckets are used",
        all.len()
    );

    assert_eq!(
        layer.bucket("198.51.100.1:1"),
        layer.bucket("198.51.100.254:65535"),
        "one IPv4 /24"
    );
    assert_eq!(
        layer.bucket("[::ffff:198.51.100.9]:1"),
        layer.bucket("198.51.100.1:1"),
        "IPv4 written as IPv6"
    );
    assert_eq!(
        layer.bucket("[2001:db8:7:1::1]:1"),
        layer.bucket("[2001:db8:7:ffff::2]:2"),
        "one IPv6 /48"
    );
    let networks: HashSet<u16> = (0..64)
        .map(|i| layer.bucket(&format!("[2001:db8:{i}::1]:1")))
        .collect();
    assert!(networks.len() > 32, "IPv6 networks share a bucket");
}

#[test]
fn p8_a_bucket_key_lives_6_to_24_hours_and_is_random() {
    let (mut shortest, mut longest) = (24, 0);
    for _ in 0..200 {
        let layer = Layer::new(ClientAddress::Peer);
        let before = layer.buckets();
        let mut hours = 0;
        while layer.buckets() == before {
            layer.1.advance(HOUR);
            hours += 1;
        }
        (shortest, longest) = (shortest.min(hours), longest.max(hours));
        let after = layer.buckets();
        layer.1.advance(5 * HOUR);
        assert_eq!(layer.buckets(), after, "the new key did not live 6 hours");
        layer.1.advance(-24 * HOUR);
        assert_ne!(
            layer.buckets(),
            after,
            "a clock set back keeps the key alive"
        );
    }
    assert!(
        shortest > 6 && longest <= 24,
        "a key lived {shortest} to {longest} hours"
    );
    assert!(
        longest - shortest > 6,
        "the moments are not random: {shortest} to {longest} hours"
    );
    assert_ne!(
        Layer::new(ClientAddress::Peer).buckets(),
        Layer::new(ClientAddress::Peer).buckets(),
        "two keys are alike"
    );
}

#[test]
fn behind_a_proxy_the_last_forwarded_address_counts_and_no_other() {
    let layer = Layer::new(ClientAddress::Forwarded("x-forwarded-for".into()));
    let peer = "10.0.0.1:1";
    let of = |headers: &[(&str, &str)]| layer.caller(Listener::Web, peer, headers).bucket;
    for i in 0..32 {
        let address = format!("198.51.{i}.7");
        let plain = Layer(
            Strip::new(layer.1.clone(), ClientAddress::Peer, LANGUAGES).unwrap(),
            layer.1.clone(),
        );
        assert_eq!(
            plain.bucket(&format!("{address}:1")),
            plain.bucket(&format!("{address}:2"))
        );
        let expected = of(&[("x-forwarded-for", &address)]);
        assert_eq!(
            of(&[("x-forwarded-for", &format!("1.2.{i}.4, {address}"))]),
            expected,
            "what the caller wrote before it counts"
        );
        assert_eq!(
            of(&[
                ("x-forwarded-for", &format!("1.2.{i}.4")),
                ("x-forwarded-for", &address)
            ]),
            expected,
            "an earlier header counts"
        );
        assert_eq!(
            of(&[
                ("x-forwarded-for", &address),
                ("x-real-ip", &format!("1.2.{i}.4"))
            ]),
            expected,
            "another header counts"
        );
    }
    let unreadable: HashSet<u16> = ["unknown", "", "1.2.3.4, x", "1.2.3.4,"]
        .iter()
        .map(|v| of(&[("x-forwarded-for", v)]))
        .chain([of(&[])])
        .collect();
    assert_eq!(
        unreadable.len(),
        1,
        "what cannot be read has more than one bucket"
    );
}

/// What this call logs.
fn logged(call: impl FnOnce()) -> String {
    #[derive(Clone, Default)]
    struct Into(Arc<std::sync::Mutex<Vec<u8>>>);
    impl std::io::Write for Into {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let log = Into::default();
    let writer = log.clone();
    tracing::subscriber::with_default(loke::log::to("info", move || writer.clone(), false), call);
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn a_forwarding_header_that_is_missing_is_logged_once_a_day_and_no_line_is_of_one_request() {
    let layer = Layer::new(ClientAddress::Forwarded("x-forwarded-for".into()));
    let asks = |times: usize, headers: &[(&str, &str)]| {
        logged(|| {
            (0..times).for_each(|_| {
                assert_eq!(
                    layer.caller(Listener::Web, "10.9.8.7:1", headers).known,
                    !headers.is_empty()
                )
            })
        })
    };
    assert_eq!(
        asks(1_000, &[("x-forwarded-for", "198.51.100.7")]),
        "",
        "the control: it is there"
    );
    assert!(!layer.caller(Listener::Web, "10.9.8.7:1", &[]).known);
    assert_eq!(
        asks(14, &[]),
        "",
        "a line for few requests would tell when they came"
    );
    let said = asks(1, &[]);
    assert!(
        said.contains("client_address") && said.lines().count() == 1 && !said.contains("10.9"),
        "{said}"
    );
    assert_eq!(asks(5_000, &[]), "");
    layer.1.advance(24 * HOUR);
    assert_eq!(asks(5_000, &[]).lines().count(), 1, "the next day");
}

#[test]
fn a_circuit_that_tor_does_not_name_is_logged_once_a_day() {
    let strip = Strip::new(Clock::by_hand(0), ClientAddress::Circuit, LANGUAGES).unwrap();
    let said = logged(|| (0..5_000).for_each(|_| assert!(strip.of_circuit(None).is_none())));
    assert!(
        said.contains("HiddenServiceExportCircuitID") && said.lines().count() == 1,
        "{said}"
    );
    assert_eq!(
        logged(|| (0..5_000).for_each(|at| assert!(strip.of_circuit(Some(at)).is_some()))),
        ""
    );
}

#[test]
fn the_onion_is_one_bucket_and_marked() {
    for client_address in [
        ClientAddress::Peer,
        ClientAddress::Forwarded("x-forwarded-for".into()),
    ] {
        let layer = Layer::new(client_address);
        let seen: Vec<Caller> = (0..16)
            .map(|i| {
                layer.caller(
                    Listener::Onion,
                    &format!("127.0.{i}.1:1"),
                    &[("x-forwarded-for", &format!("198.51.{i}.7"))],
                )
            })
            .collect();
        assert!(seen.iter().all(|caller| caller.listener == Listener::Onion
            && !caller.known
            && caller.bucket == seen[0].bucket));
    }
}
