//! Delivers by e-mail: partners' copies, and short mails to staff (RFC 5321, 5322). The relays and mailboxes learn that an encrypted file was
//! sent, and nothing of the tip: subject, text and headers are the same in every mail. The tip is
//! in the attachment, sealed to the partner's key.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use axum::http::Uri;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::transport::smtp;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::register::Failure;
use crate::settings::Mail;
use loke_core::terminal::one_line;

/// The code of a failure of a relay that did not answer in time.
pub const TIMEOUT: &str = "timeout";

/// Longest part of a relay's reply that is stored, in characters.
const SAID: usize = 300;

/// The same in every mail.
const SUBJECT: &str = "Encrypted file";

/// The same in every mail, except for the attachment's random name. It names the address that people
/// read. Two commands without a pipe:
/// PowerShell's pipe changes the bytes, and tar on Windows reads a tape unless a file is named. No
/// line is longer than 76 characters, so none is encoded.
fn text(mail: &Mail, reference: &str) -> String {
    let question = match &mail.reply_to {
        Some(address) => format!("If you have a question, write to\r\n{address}\r\nand"),
        None => "If you have a question,".to_owned(),
    };
    format!(
        "The attached file is encrypted to your organisation's key. Save it, then\r\n\
         open it with age (age-encryption.org):\r\n\r\n    \
         age -d -i YOUR-KEY-FILE -o {reference}.tar {reference}.age\r\n    \
         tar -xf {reference}.tar\r\n\r\n\
         This works on Windows, macOS and Linux. Delete {reference}.tar\r\n\
         afterwards. {question} quote the file's name.\r\n\
         Please do not describe the contents by e-mail.\r\n"
    )
}

/// Sends `sealed` to `address` as the attachment `REFERENCE.age`. `now` is for the Date header, in
/// seconds since 1970-01-01 UTC. The Message-ID contains the reference, so a mail that is sent
/// again after a broken connection can be recognized.
///
/// # Errors
/// [`Failure`] with the SMTP reply code, if there is one. A 5xx reply needs an officer.
pub async fn send(
    mail: &Mail,
    address: &str,
    reference: &str,
    sealed: &[u8],
    now: i64,
) -> Result<(), Failure> {
    let binary = ContentType::parse("application/octet-stream")
        .map_err(|_| unusable("the mail could not be made"))?;
    let parts = MultiPart::mixed()
        .singlepart(SinglePart::plain(text(mail, reference)))
        .singlepart(Attachment::new(format!("{reference}.age")).body(sealed.to_vec(), binary));
    let message = head(mail, address, reference, now)?
        .subject(SUBJECT)
        .multipart(parts);
    hand_over(mail, message).await
}

/// The subject and the text of a mail with a document in the clear: the same in every one.
const OPEN_SUBJECT: &str = "Document";
const OPEN_TEXT: &str = "The attached document is for your organisation alone, under our sharing\r\n\
     agreement. Do not forward it. Its last line of each page says when you\r\n\
     delete it. If you have a question, reply, and quote the file's name. Please\r\n\
     do not describe the contents by e-mail.\r\n";

/// Sends a document in the clear to `address` as the attachment `REFERENCE.pdf`. The relay's operator
/// declared that it forces TLS for the address's domain: the caller checked that.
///
/// # Errors
/// As [`send`].
pub async fn send_open(
    mail: &Mail,
    address: &str,
    reference: &str,
    pdf: Vec<u8>,
    now: i64,
) -> Result<(), Failure> {
    let kind = ContentType::parse("application/pdf")
        .map_err(|_| unusable("the mail could not be made"))?;
    let parts = MultiPart::mixed()
        .singlepart(SinglePart::plain(OPEN_TEXT.to_owned()))
        .singlepart(Attachment::new(format!("{reference}.pdf")).body(pdf, kind));
    let message = head(mail, address, reference, now)?
        .subject(OPEN_SUBJECT)
        .multipart(parts);
    hand_over(mail, message).await
}

/// Speaks to the relay without sending a mail: it answers, and over TLS if it is on another machine.
///
/// # Errors
/// As [`send`].
pub async fn try_relay(mail: &Mail) -> Result<(), Failure> {
    let relay = connect(mail)?;
    let answered = in_time(mail, relay.test_connection()).await?;
    match answered.map_err(|e| explain(&e))? {
        true => Ok(()),
        false => Err(unusable("the mail relay closed the connection")),
    }
}

/// Sends a mail without an attachment to a member of staff. Its parts and its text come from the
/// caller, who keeps them the same in every mail of one kind.
///
/// # Errors
/// As [`send`].
pub async fn tell(
    mail: &Mail,
    address: &str,
    reference: &str,
    (subject, text): (&str, String),
    now: i64,
) -> Result<(), Failure> {
    let message = head(mail, address, reference, now)?
        .subject(subject)
        .singlepart(SinglePart::plain(text));
    hand_over(mail, message).await
}

async fn hand_over(
    mail: &Mail,
    message: Result<Message, lettre::error::Error>,
) -> Result<(), Failure> {
    let message = message.map_err(|_| unusable("the mail could not be made"))?;
    let relay = connect(mail)?;
    let sent = in_time(mail, relay.send(message)).await?;
    sent.map(|_| ()).map_err(|e| explain(&e))
}

/// The result of an attempt that ends in time. The library's own limit ends with the connecting, and a relay
/// can stall at any line.
async fn in_time<T>(mail: &Mail, attempt: impl Future<Output = T>) -> Result<T, Failure> {
    let ended = tokio::time::timeout(patience(mail), attempt).await;
    ended.map_err(|_| Failure {
        code: TIMEOUT.into(),
        what: format!(
            "the mail relay did not answer in {} seconds",
            mail.patience_seconds
        ),
        needs_officer: false,
    })
}

fn patience(mail: &Mail) -> Duration {
    Duration::from_secs(mail.patience_seconds.get().into())
}

/// A relay on another machine is used only over TLS: `smtps://`, or mandatory STARTTLS.
fn connect(mail: &Mail) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failure> {
    let url: Uri = mail
        .smtp
        .parse()
        .map_err(|_| unusable("[mail] smtp is not a URL"))?;
    let local = matches!(
        url.host(),
        Some("127.0.0.1" | "localhost" | "[::1]" | "::1")
    );
    let query = url.query().unwrap_or_default();
    let smtp = match (url.scheme_str(), query) {
        (Some("smtps"), _) | (Some("smtp"), "tls=required") => mail.smtp.clone(),
        (Some("smtp"), "") if local => mail.smtp.clone(),
        (Some("smtp"), "") => format!("{}?tls=required", mail.smtp),
        _ => {
            return Err(unusable(
                "[mail] smtp must be smtps://HOST, or smtp://HOST for STARTTLS",
            ));
        }
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&smtp)
        .map_err(|_| unusable("[mail] smtp is not a URL for sending mail"))?;
    if let (Some(ca), Some(host)) = (&mail.ca, url.host()) {
        let trusted = trust(ca, host)?;
        builder = builder.tls(match url.scheme_str() {
            Some("smtps") => Tls::Wrapper(trusted),
            _ => Tls::Required(trusted),
        });
    }
    Ok(builder.timeout(Some(patience(mail))).build())
}

/// Trusts the authority of a file too.
fn trust(ca: &Path, host: &str) -> Result<TlsParameters, Failure> {
    let pem = std::fs::read(ca).map_err(|_| unusable("[mail] ca cannot be read"))?;
    let certificate = Certificate::from_pem(&pem)
        .map_err(|_| unusable("[mail] ca is not a certificate in PEM"))?;
    TlsParameters::builder(host.trim_matches(['[', ']']).to_owned())
        .add_root_certificate(certificate)
        .build_rustls()
        .map_err(|_| unusable("[mail] ca is not a certificate that can be used"))
}

/// The headers but the subject. `now` is for the Date header.
fn head(mail: &Mail, address: &str, reference: &str, now: i64) -> Result<MessageBuilder, Failure> {
    let from: Mailbox = mail
        .from
        .parse()
        .map_err(|_| unusable("[mail] from is not an e-mail address"))?;
    let to: Mailbox = address
        .parse()
        .map_err(|_| unusable("the address is not an e-mail address"))?;
    let date = UNIX_EPOCH + Duration::from_secs(u64::try_from(now).unwrap_or_default());
    let id = format!("<{reference}@{}>", from.email.domain());
    let mut message = Message::builder().from(from).to(to);
    if let Some(reply_to) = &mail.reply_to {
        let reply_to: Mailbox = reply_to
            .parse()
            .map_err(|_| unusable("[mail] reply_to is not an e-mail address"))?;
        message = message.reply_to(reply_to);
    }
    Ok(message.date(date).message_id(Some(id)))
}

/// An error in `desk.toml` that must be corrected before any mail can be sent.
fn unusable(what: &str) -> Failure {
    Failure {
        code: "config".into(),
        what: format!("{what}: correct it in desk.toml"),
        needs_officer: true,
    }
}

/// The relay's reply, for the officer. It may repeat the partner's address but contains nothing of
/// the tip. It is untrusted text.
fn explain(error: &smtp::Error) -> Failure {
    let said: String = one_line(&error.to_string()).chars().take(SAID).collect();
    let code = error.status().map_or_else(
        || {
            if error.is_timeout() {
                TIMEOUT
            } else {
                "connection"
            }
            .to_owned()
        },
        |c| c.to_string(),
    );
    if error.is_permanent() {
        let what = format!(
            "the mail relay rejected it permanently ({said}): check the address, its size limit, and [mail] in desk.toml"
        );
        return Failure {
            code,
            what,
            needs_officer: true,
        };
    }
    Failure {
        code,
        what: format!("the mail relay did not accept it ({said})"),
        needs_officer: false,
    }
}
