//! The gateway's own TLS: the desk's certificate reaches the pickup, visits cannot be linked, and
//! an error names the faulty file.

use axum::{Extension, Router, routing::get};
use loke::gateway::listener::caller::Peer;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{HandshakeKind, pki_types::PrivateKeyDer};

use super::*;

#[tokio::test]
async fn the_desks_certificate_reaches_the_pickup_as_its_sha_256() {
    let [_, Some(mut secret)] = Secret::both() else {
        panic!("no secret")
    };
    let desk = rcgen::generate_simple_self_signed(["desk".to_owned()]).unwrap();
    let mut trusted = rustls::RootCertStore::empty();
    trusted.add(desk.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(trusted.clone()), provider.clone())
            .allow_unauthenticated()
            .build()
            .unwrap();
    let pickup = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = |signing: &rcgen::KeyPair| PrivateKeyDer::try_from(signing.serialize_der()).unwrap();
    let server = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let server = server
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![pickup.cert.der().clone()], key(&pickup.signing_key))
        .unwrap();
    secret.server = Arc::new(server);
    let mut roots = rustls::RootCertStore::empty();
    roots.add(pickup.cert.der().clone()).unwrap();
    let client = || {
        rustls::ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots.clone())
    };

    let page = async |peer: Option<Extension<Peer>>| {
        peer.map_or("none".into(), |Extension(Peer(hash))| hex::encode(hash))
    };
    let strip = Strip::new(Clock::System, ClientAddress::Peer, LANGUAGES).unwrap();
    let mut place = Place::open_with(
        Listener::Pickup,
        strip,
        Router::new().route("/", get(page)),
        FAST,
        Some(secret),
    )
    .await;
    let mut asked_with = async |config| {
        place.secret.as_mut().unwrap().client = Arc::new(config);
        place.ask("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await
    };
    let expected = hex::encode(ring::digest::digest(&ring::digest::SHA256, desk.cert.der()));
    let shown = client()
        .with_client_auth_cert(vec![desk.cert.der().clone()], key(&desk.signing_key))
        .unwrap();
    assert!(asked_with(shown).await.ends_with(&expected));
    assert!(
        asked_with(client().with_no_client_auth())
            .await
            .ends_with("\r\n\r\nnone")
    );
}

#[tokio::test]
async fn no_ticket_links_two_visits() {
    let [_, Some(secret)] = Secret::both() else {
        panic!("no secret")
    };
    let client = secret.client.clone();
    let place = Place::open(
        Router::new().route("/", get(async || "page")),
        FAST,
        Some(secret),
    )
    .await;
    for _ in 0..3 {
        let stream = TcpStream::connect(place.address).await.unwrap();
        let mut wire = TlsConnector::from(client.clone())
            .connect("localhost".try_into().unwrap(), stream)
            .await
            .unwrap();
        wire.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let mut page = String::new();
        // TLS signals the end (close_notify), so that nobody can truncate a page unnoticed.
        wire.read_to_string(&mut page)
            .await
            .expect("no close_notify");
        assert!(page.ends_with("page"));
        assert_eq!(
            wire.get_ref().1.handshake_kind(),
            Some(HandshakeKind::Full),
            "the visit was recognised"
        );
    }
}

#[test]
fn a_wrong_file_is_named_with_its_mend_and_none_of_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    Secret::new(folder.path());
    std::fs::write(at("canary"), "canary").unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(at("other.pem"), other.signing_key.serialize_pem()).unwrap();
    for (cert, key, named) in [
        ("missing", "key.pem", "missing"),
        ("canary", "key.pem", "canary"),
        ("cert.pem", "missing", "missing"),
        ("cert.pem", "canary", "canary"),
        ("cert.pem", "other.pem", "cert.pem"),
    ] {
        let said = loke::tls::server(&at(cert), &at(key))
            .expect_err("it was taken")
            .to_string();
        assert!(said.contains(&*at(named).to_string_lossy()), "{said}");
        assert!(said.matches("canary").count() <= 1, "{said}");
    }
    loke::tls::server(&at("cert.pem"), &at("key.pem")).unwrap();
}
