//! A document in the clear by e-mail: only where the sharing agreement and the relay's operator allow
//! it, never about danger, a child or safeguarding, only while somebody has the book open, and never
//! over a connection without TLS. The relay here speaks SMTP on another address than this machine's
//! first one, so the desk takes it for another machine.

use std::path::Path;
use std::sync::{Arc, Mutex};

use loke::desk::book::State;
use loke::desk::check;
use loke::desk::open;
use loke::desk::outbox::{Sent, send_due, send_open};
use loke::desk::partners::{PartnerKind, Way, Withheld};
use loke::desk::report::Draft;
use loke::desk::route::NotSent;
use loke::tip::{Priority, TipId};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::mailbox::Mail;
use super::{Bench, tip};
use crate::house::partners::partner;

/// What a relay saw: all lines in the clear, and the mails that it took.
#[derive(Default)]
struct Seen {
    clear: Vec<u8>,
    mails: Vec<Mail>,
}

/// A relay that offers STARTTLS if it has a certificate.
async fn relay(tls: Option<Arc<ServerConfig>>) -> (String, Arc<Mutex<Seen>>) {
    let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Seen::default()));
    let kept = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (tls, kept) = (tls.clone(), kept.clone());
            tokio::spawn(async move {
                let _ = stream.write_all(b"220 ready\r\n").await;
                let upgrade = talk(&mut stream, tls.is_some(), false, &kept).await;
                if let (true, Some(tls)) = (upgrade, tls)
                    && let Ok(mut stream) = TlsAcceptor::from(tls).accept(stream).await
                {
                    talk(&mut stream, false, true, &kept).await;
                }
            });
        }
    });
    (url, seen)
}

/// One conversation. True if the client asked for TLS.
async fn talk(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    offers: bool,
    is_sealed: bool,
    seen: &Mutex<Seen>,
) -> bool {
    let mut stream = BufReader::new(stream);
    let (mut recipient, mut in_mail, mut raw) = (String::new(), false, Vec::new());
    loop {
        let mut line = Vec::new();
        match stream.read_until(b'\n', &mut line).await {
            Ok(1..) => {}
            _ => return false,
        }
        if !is_sealed {
            seen.lock().unwrap().clear.extend(&line);
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        let answer = match text.split(' ').next().unwrap_or_default() {
            "." if in_mail => {
                in_mail = false;
                let mail = Mail {
                    recipient: recipient.clone(),
                    raw: std::mem::take(&mut raw),
                };
                seen.lock().unwrap().mails.push(mail);
                "250 taken\r\n"
            }
            _ if in_mail => {
                raw.extend(&line);
                continue;
            }
            "EHLO" if offers => "250-relay\r\n250 STARTTLS\r\n",
            "EHLO" => "250 relay\r\n",
            "STARTTLS" => {
                let _ = stream.get_mut().write_all(b"220 go on\r\n").await;
                return true;
            }
            "RCPT" => {
                recipient = text;
                "250 ok\r\n"
            }
            "DATA" => {
                in_mail = true;
                "354 go on\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        let wire = stream.get_mut();
        if wire.write_all(answer.as_bytes()).await.is_err() || wire.flush().await.is_err() {
            return false;
        }
    }
}

/// A certificate for the relay's address: the server's settings, and the file of its authority.
fn certificate(folder: &Path) -> Arc<ServerConfig> {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.2".to_owned()]).unwrap();
    std::fs::write(folder.join("relay.pem"), made.cert.pem()).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into());
    Arc::new(config.unwrap())
}

/// The partner `clerk`, and a desk with this relay.
async fn configure(bench: &Bench, smtp: &str, more: &str) {
    let desk = format!(
        "[mail]\nsmtp = \"{smtp}\"\nfrom = \"desk@council.example\"\nreply_to = \"abate@council.example\"\n{more}"
    );
    bench.configure(&desk).await;
    let way = Way::OpenMail("clerk@gov.example".into());
    let mut clerk = partner("clerk", PartnerKind::Licensing, &bench.police, way);
    clerk.key = None;
    clerk.agreement_until = Some(bench.clock.today().plus(90));
    bench.add(&clerk).await;
}

const DOMAIN: &str = "tls_domains = [\"gov.example\"]\n";

#[tokio::test]
async fn p15_a_document_leaves_in_the_clear_only_over_tls_and_while_the_book_is_open() {
    let bench = Bench::new().await;
    let tls = certificate(&bench.dir);
    let (plain_url, plain) = relay(None).await;
    let (tls_url, sealed) = relay(Some(tls)).await;
    let with_ca = format!("{DOMAIN}ca = \"relay.pem\"\n");
    let mut routine = tip(TipId([1; 16]));
    routine.priority = Priority::Routine;
    (routine.danger, routine.child, routine.thread) = (None, None, None);
    (routine.place, routine.vehicle) = (None, None);
    routine.language = "en".into();
    bench.keep(&routine).await;
    let draft = Draft {
        photos: Vec::new(),
        ..bench.draft("clerk")
    };

    configure(&bench, &plain_url, "").await;
    // Danger never.
    let grave = bench.acting.preview(bench.tip, &draft).await;
    let is_grave = matches!(grave, Err(NotSent::Withheld(Withheld::InTheClear(_))));
    assert!(is_grave, "{grave:?}");
    // Not before the relay's operator declared the domain.
    let preview = bench.acting.preview(routine.id, &draft).await.unwrap();
    let refused = bench.order(&preview, "", true).await;
    let is_refused = matches!(refused, Err(NotSent::Withheld(Withheld::NoForcedTls(_))));
    assert!(is_refused, "{refused:?}");
    let relay_of = async || check::relay(bench.register(), bench.desk().mail.as_ref()).await;
    let said = relay_of().await.unwrap().join(" ");
    assert!(said.contains("tls_domains"), "{said}");

    configure(&bench, &plain_url, DOMAIN).await;
    let ordered = bench.order(&preview, "", true).await.unwrap();
    let now = bench.clock.now();
    let unattended = send_due(bench.register(), &bench.desk(), now).await;
    assert_eq!(
        unattended.unwrap(),
        Sent::default(),
        "nobody has the book open"
    );
    // Until it leaves it is sealed to the book.
    let due = bench.register().due_open_mails("main", now).await.unwrap();
    assert_eq!(due.len(), 1);
    assert!(memchr::memmem::find(&due[0].sealed, b"report").is_none());
    let opened = open::plain(bench.book().identities(), &due[0].sealed).unwrap();
    assert_eq!(*opened, *preview.plain);
    bench.clock.advance(301);

    // The hop never falls back: not if the relay offers no TLS, and not if nobody vouches for it.
    let waits = Sent {
        waiting: 1,
        ..Sent::default()
    };
    let send = async || {
        bench.clock.advance(4_000);
        let sent = send_open(bench.book(), &bench.desk(), bench.clock.now()).await;
        sent.unwrap()
    };
    assert_eq!(send().await, waits);
    let relay_said = relay_of().await.unwrap().join(" ");
    assert!(relay_said.contains("cannot be used"), "{relay_said}");
    configure(&bench, &tls_url, DOMAIN).await;
    assert_eq!(send().await, waits);
    for seen in [&plain, &sealed] {
        let seen = seen.lock().unwrap();
        let clear = String::from_utf8_lossy(&seen.clear);
        assert!(clear.contains("EHLO"), "the control: {clear}");
        for word in ["MAIL", "clerk", &ordered.reference] {
            assert!(!clear.contains(word), "{word}: {clear}");
        }
        assert!(seen.mails.is_empty());
    }

    configure(&bench, &tls_url, &with_ca).await;
    assert_eq!(relay_of().await.unwrap(), Vec::<String>::new());
    assert_eq!(send().await.arrived, 1);
    let mail = sealed.lock().unwrap().mails.pop().unwrap();
    assert!(mail.recipient.contains("clerk@gov.example"));
    let (name, pdf) = mail.attachment().unwrap();
    assert_eq!(name, format!("{}.pdf", ordered.reference));
    assert!(pdf.starts_with(b"%PDF"));
    let previewed = memchr::memmem::find(&preview.plain, &pdf);
    assert!(previewed.is_some(), "the document is the previewed one");
    let head = String::from_utf8_lossy(&mail.raw).into_owned();
    for line in [
        format!("Message-ID: <{}@council.example>", ordered.reference),
        "Reply-To: abate@council.example".to_owned(),
        "Subject: Document\r\n".to_owned(),
    ] {
        assert!(head.contains(&line), "{line}");
    }
    let clear = sealed.lock().unwrap().clear.clone();
    assert!(memchr::memmem::find(&clear, b"clerk").is_none());
    bench.book().note_arrivals().await.unwrap();
    let state = bench.book().triage(routine.id).await.unwrap().triage.state;
    assert_eq!(state, State::Routed);
}
