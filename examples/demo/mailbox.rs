//! A mail relay that stores nothing: it listens on loopback, implements as much SMTP (RFC 5321) as
//! a sender needs, and passes each mail to a callback. For the demo, as the partners' mail server,
//! and for tests. It must never listen beyond loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Longest line that is read (RFC 5321 §4.5.3.1.6 requires 1,000).
const LINE: u64 = 4_096;
/// Largest mail that is accepted: a tip of the largest class in base64, with some room.
const MAIL: usize = 24 << 20;

/// One received mail.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    /// The first `RCPT TO`.
    pub(crate) recipient: String,
    /// Headers and body, with dot-stuffing removed.
    pub(crate) raw: Vec<u8>,
}

impl Mail {
    /// The attachment of a mail from the desk: its file name and its bytes.
    pub(crate) fn attachment(&self) -> Option<(String, Vec<u8>)> {
        let text = std::str::from_utf8(&self.raw).ok()?;
        let (_, part) = text.split_once("Content-Disposition: attachment;")?;
        let (headers, body) = part.split_once("\r\n\r\n")?;
        let name = headers.split_once("filename=\"")?.1.split_once('"')?.0;
        let base64: String = body
            .split("\r\n--")
            .next()?
            .split_ascii_whitespace()
            .collect();
        Some((name.to_owned(), STANDARD.decode(base64).ok()?))
    }
}

/// Starts the relay on a free loopback port. It saves a mail's attachment in the inbox with the
/// name of the first part of its address (`police@…` in the inbox of `police`), as a partner's own
/// mail program would.
///
/// # Errors
/// If no port is free.
pub(crate) async fn start(inboxes: Vec<(String, PathBuf)>) -> std::io::Result<SocketAddr> {
    let keep = move |mail: Mail| {
        let name = mail.recipient.split('@').next().unwrap_or_default();
        let inbox = inboxes
            .iter()
            .find(|(partner, _)| partner == name)
            .map(|(_, inbox)| inbox);
        save(
            &mail,
            inbox.ok_or_else(|| std::io::Error::other("nobody here goes by that address"))?,
        )
    };
    Ok(listen((Ipv4Addr::LOCALHOST, 0).into(), keep).await?.0)
}

/// Saves a mail's attachment under its own name. The name must be one that the desk gives.
fn save(mail: &Mail, inbox: &Path) -> std::io::Result<()> {
    let (name, bytes) = mail
        .attachment()
        .ok_or_else(|| std::io::Error::other("the mail has no attachment"))?;
    let plain = name
        .strip_suffix(".age")
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_hexdigit()));
    if !plain {
        return Err(std::io::Error::other(
            "the attachment's name is not one that the desk gives",
        ));
    }
    let part = inbox.join(format!(".{name}.part"));
    std::fs::write(&part, bytes)?;
    std::fs::rename(part, inbox.join(name))
}

/// Accepts mail on a loopback address until the returned task is stopped. If `keep` returns an
/// error, the sender gets 451 and must retry later.
///
/// # Errors
/// If the address is not loopback or is in use.
pub(crate) async fn listen<F>(
    address: SocketAddr,
    keep: F,
) -> std::io::Result<(SocketAddr, tokio::task::JoinHandle<()>)>
where
    F: Fn(Mail) -> std::io::Result<()> + Clone + Send + Sync + 'static,
{
    if !address.ip().is_loopback() {
        return Err(std::io::Error::other(
            "the mail relay of the demo listens on loopback only",
        ));
    }
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(async move {
        let mut talks = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            talks.spawn(talk(stream, keep.clone()));
            while talks.try_join_next().is_some() {}
        }
    });
    Ok((address, task))
}

/// One SMTP session, from greeting to QUIT or disconnect.
async fn talk<F: Fn(Mail) -> std::io::Result<()>>(
    mut stream: TcpStream,
    keep: F,
) -> std::io::Result<()> {
    let (reading, mut writing) = stream.split();
    let mut reading = BufReader::new(reading);
    let (mut sender, mut recipient) = (false, None::<String>);
    writing.write_all(b"220 loopback ready\r\n").await?;
    while let Some(line) = read_line(&mut reading).await? {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let answer = match verb.to_ascii_uppercase().as_str() {
            "EHLO" => "250-loopback\r\n250 8BITMIME".to_owned(),
            "HELO" | "NOOP" => "250 ok".to_owned(),
            "RSET" => {
                (sender, recipient) = (false, None);
                "250 ok".to_owned()
            }
            "MAIL" => {
                sender = true;
                "250 ok".to_owned()
            }
            "RCPT" if sender => {
                let address = rest
                    .split_once('<')
                    .and_then(|(_, r)| r.split_once('>'))
                    .map(|(a, _)| a.to_owned());
                recipient = recipient.or(address);
                "250 ok".to_owned()
            }
            "DATA" if recipient.is_some() => {
                writing.write_all(b"354 go on, end with a dot\r\n").await?;
                let mail = read_data(&mut reading)
                    .await?
                    .zip(recipient.take())
                    .map(|(raw, recipient)| Mail { recipient, raw });
                sender = false;
                match mail.map(&keep) {
                    Some(Ok(())) => "250 taken".to_owned(),
                    Some(Err(_)) => "451 not taken, try again".to_owned(),
                    None => "552 too large".to_owned(),
                }
            }
            "RCPT" | "DATA" => "503 wrong order".to_owned(),
            "QUIT" => {
                writing.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "502 not known here".to_owned(),
        };
        writing.write_all(answer.as_bytes()).await?;
        writing.write_all(b"\r\n").await?;
    }
    Ok(())
}

/// One line with its end; `None` if the sender disconnected. A line without an end is an error.
async fn read_line(reading: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    reading.take(LINE).read_until(b'\n', &mut line).await?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) => Err(std::io::Error::other("no end of line")),
    }
}

/// The mail up to the lone dot (RFC 5321 §4.5.2); `None` if it is too large. Both are read to the
/// end.
async fn read_data(reading: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let (mut raw, mut large) = (Vec::new(), false);
    loop {
        let Some(line) = read_line(reading).await? else {
            return Err(std::io::Error::other("hung up in mid-mail"));
        };
        if line == b".\r\n" {
            return Ok((!large).then_some(raw));
        }
        large |= raw.len() + line.len() > MAIL;
        if !large {
            raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}
