//! A simulated phone network and modem on loopback: texts become PDUs according to GSM 03.40
//! (packed septets, UCS-2, parts with a header). The modem delivers them with `+CMT`, or stores one
//! on its SIM card, and waits for each acknowledgement.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// A text that a phone sends.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) from: String,
    pub(crate) words: Vec<u16>,
    /// The order in which parts of a long text arrive (the first part is 0); parts that are not
    /// named arrive later, in their own order.
    pub(crate) order: Vec<usize>,
    /// Octets instead of words, as in a picture message's notification.
    data: Option<Vec<u8>>,
}

impl Text {
    pub(crate) fn new(from: &str, words: &str) -> Self {
        Self::of_units(from, words.encode_utf16().collect())
    }

    /// UTF-16 units, which may be invalid, as from a broken phone.
    pub(crate) fn of_units(from: &str, words: Vec<u16>) -> Self {
        Self {
            from: from.to_owned(),
            words,
            order: Vec::new(),
            data: None,
        }
    }

    pub(crate) fn of_data(from: &str, data: &[u8]) -> Self {
        Self {
            data: Some(data.to_vec()),
            ..Self::of_units(from, Vec::new())
        }
    }

    pub(crate) fn parts_in_order(self, order: &[usize]) -> Self {
        Self {
            order: order.to_vec(),
            ..self
        }
    }

    /// The words that must arrive: an invalid unit becomes one replacement character.
    pub(crate) fn words(&self) -> String {
        String::from_utf16_lossy(&self.words)
    }

    /// The PDUs of this text, in their order of arrival; `reference` links the parts of a long one.
    pub(crate) fn pdus(&self, reference: u8) -> Vec<Vec<u8>> {
        if let Some(data) = &self.data {
            // To the port for picture message notifications.
            return vec![pdu(
                &self.from,
                0x04,
                Some(&[0x05, 0x04, 0x0b, 0x84, 0x23, 0xf0]),
                data.len(),
                data,
            )];
        }
        let septets = septets(&self.words);
        let (coding, size, pieces) = match &septets {
            Some(all) if all.len() <= 160 => (0, 160, pieces(all, 160, |_, _| false)),
            // An escape and the character after it stay in one part.
            Some(all) => (0, 153, pieces(all, 153, |all, at| all[at - 1] == ESCAPE)),
            None => {
                let octets: Vec<u8> = self
                    .words
                    .iter()
                    .flat_map(|unit| unit.to_be_bytes())
                    .collect();
                // A surrogate pair may be split between two parts.
                if octets.len() <= 140 {
                    (8, 140, vec![octets])
                } else {
                    (8, 134, pieces(&octets, 134, |_, _| false))
                }
            }
        };
        let total = pieces.len();
        assert!(size > 0 && total < 256);
        let whole = |(at, piece): (usize, &Vec<u8>)| {
            let header = (total > 1).then(|| [5, 0, 3, reference, total as u8, at as u8 + 1]);
            let header = header.as_ref().map(|all| &all[..]);
            if coding == 0 {
                pdu(
                    &self.from,
                    0,
                    header,
                    piece.len(),
                    &pack(piece, header.map_or(0, <[u8]>::len)),
                )
            } else {
                pdu(&self.from, 8, header, piece.len(), piece)
            }
        };
        let all: Vec<Vec<u8>> = pieces.iter().enumerate().map(whole).collect();
        let rest = (0..total).filter(|at| !self.order.contains(at));
        self.order
            .iter()
            .copied()
            .filter(|at| *at < total)
            .chain(rest)
            .map(|at| all[at].clone())
            .collect()
    }
}

const ESCAPE: u8 = 27;

/// The GSM 03.38 alphabet, by code; 27 is the escape.
pub(crate) const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension table.
pub(crate) const EXTENSION: [(char, u8); 10] = [
    ('\u{c}', 10),
    ('^', 20),
    ('{', 40),
    ('}', 41),
    ('\\', 47),
    ('[', 60),
    ('~', 61),
    (']', 62),
    ('|', 64),
    ('€', 101),
];

/// The text in septets; `None` if the alphabet lacks one of its characters.
fn septets(words: &[u16]) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    for letter in char::decode_utf16(words.iter().copied()) {
        let letter = letter.ok()?;
        if let Some((_, number)) = EXTENSION.iter().find(|(extended, _)| *extended == letter) {
            all.extend([ESCAPE, *number]);
        } else {
            let number = ALPHABET
                .chars()
                .position(|known| known == letter && known != '\u{1b}')?;
            all.push(number as u8);
        }
    }
    Some(all)
}

/// Cuts into pieces of this size, or one less if `never` forbids a cut there.
fn pieces(all: &[u8], size: usize, never: impl Fn(&[u8], usize) -> bool) -> Vec<Vec<u8>> {
    let (mut rest, mut pieces) = (all, Vec::new());
    while rest.len() > size {
        let at = if never(rest, size) { size - 1 } else { size };
        pieces.push(rest[..at].to_vec());
        rest = &rest[at..];
    }
    pieces.push(rest.to_vec());
    pieces
}

/// Packs septets into octets, aligned to a septet boundary after a header of this many octets.
fn pack(septets: &[u8], header: usize) -> Vec<u8> {
    let fill = (7 - header * 8 % 7) % 7;
    let mut bits: Vec<bool> = vec![false; fill];
    bits.extend(
        septets
            .iter()
            .flat_map(|septet| (0..7).map(move |bit| septet >> bit & 1 == 1)),
    );
    bits.chunks(8)
        .map(|octet| {
            octet
                .iter()
                .enumerate()
                .map(|(at, bit)| u8::from(*bit) << at)
                .sum()
        })
        .collect()
}

/// One SMS-DELIVER, with an empty service centre before it. `length` counts septets or octets of
/// the words, without the header.
fn pdu(from: &str, coding: u8, header: Option<&[u8]>, length: usize, octets: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = from
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|digit| digit - b'0')
        .collect();
    let mut all = vec![
        0,
        if header.is_some() { 0x44 } else { 0x04 },
        digits.len() as u8,
        0x91,
    ];
    all.extend(
        digits
            .chunks(2)
            .map(|two| two[0] | two.get(1).unwrap_or(&15) << 4),
    );
    // The network's timestamp: 22 November 2026, noon.
    all.extend([0, coding, 0x62, 0x11, 0x22, 0x21, 0x00, 0x00, 0x00]);
    let header = header.unwrap_or(&[]);
    all.push(
        (if coding == 0 {
            (header.len() * 8).div_ceil(7)
        } else {
            header.len()
        } + length) as u8,
    );
    [&all[..], header, octets].concat()
}

/// A modem on a loopback port. It delivers everything that is sent to `texts`; each acknowledgement
/// is sent to `taken`.
pub(crate) struct Phone {
    pub(crate) port: u16,
    pub(crate) texts: Sender<Vec<u8>>,
    pub(crate) taken: Receiver<()>,
}

impl Phone {
    /// `on_the_card` waits on the SIM card from the start.
    pub(crate) fn start(on_the_card: Option<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (texts, waiting) = channel();
        let (tell, taken) = channel();
        let mut modem = AtModem {
            card: on_the_card,
            ready: false,
            in_hand: None,
            waiting,
            tell,
        };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                modem.ready = false;
                if !modem.serve(stream.unwrap()) {
                    return;
                }
            }
        });
        Self { port, texts, taken }
    }
}

struct AtModem {
    card: Option<Vec<u8>>,
    /// Whether the box has asked for delivery.
    ready: bool,
    /// Delivered and not yet acknowledged.
    in_hand: Option<Vec<u8>>,
    waiting: Receiver<Vec<u8>>,
    tell: Sender<()>,
}

impl AtModem {
    /// Serves until the box hangs up; returns false once no text can come any more.
    fn serve(&mut self, mut stream: TcpStream) -> bool {
        stream.set_nodelay(true).unwrap();
        // Deliver nothing while the box may be about to send a command: Kannel misreads a modem
        // that interrupts.
        stream
            .set_read_timeout(Some(Duration::from_millis(3)))
            .unwrap();
        let (mut line, mut piece) = (Vec::new(), [0; 512]);
        let mut outstanding = false;
        loop {
            match stream.read(&mut piece) {
                Ok(0) => return true,
                Ok(read) => {
                    for octet in &piece[..read] {
                        if *octet != b'\r' {
                            line.push(*octet);
                            continue;
                        }
                        let command = String::from_utf8_lossy(&line).trim().to_owned();
                        outstanding &= command != "AT+CNMA";
                        let answer = self.answer(&command);
                        if stream.write_all(answer.as_bytes()).is_err() {
                            return true;
                        }
                        line.clear();
                    }
                }
                Err(e) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&e.kind()) => {
                    if !self.ready || outstanding || !line.is_empty() {
                        continue;
                    }
                    if self.in_hand.is_none() {
                        match self.waiting.recv_timeout(Duration::ZERO) {
                            Ok(next) => self.in_hand = Some(next),
                            Err(RecvTimeoutError::Timeout) => continue,
                            Err(RecvTimeoutError::Disconnected) => return false,
                        }
                    }
                    let pdu = self.in_hand.as_ref().unwrap();
                    let said = format!(
                        "\r\n+CMT: ,{}\r\n{}\r\n",
                        pdu.len() - 1,
                        hex::encode_upper(pdu)
                    );
                    outstanding = true;
                    if stream.write_all(said.as_bytes()).is_err() {
                        return true;
                    }
                }
                Err(_) => return true,
            }
        }
    }

    fn answer(&mut self, command: &str) -> String {
        let said = match command {
            "AT+CPIN?" => "+CPIN: READY\r\n\r\n".to_owned(),
            "AT+CSMS=?" => "+CSMS: (0,1)\r\n\r\n".to_owned(),
            "AT+CPMS?" => {
                [
                    "+CPMS: ",
                    &format!("\"SM\",{},10,", u8::from(self.card.is_some())).repeat(3),
                ]
                .concat()
                .trim_end_matches(',')
                .to_owned()
                    + "\r\n\r\n"
            }
            "AT+CMGR=1" => match &self.card {
                Some(pdu) => format!(
                    "+CMGR: 0,,{}\r\n{}\r\n\r\n",
                    pdu.len() - 1,
                    hex::encode_upper(pdu)
                ),
                None => String::new(),
            },
            "AT+CMGD=1" => {
                if self.card.take().is_some() {
                    let _ = self.tell.send(());
                }
                String::new()
            }
            "AT+CNMA" => {
                if self.in_hand.take().is_some() {
                    let _ = self.tell.send(());
                }
                String::new()
            }
            _ => {
                self.ready |= command.starts_with("AT+CNMI");
                String::new()
            }
        };
        format!("\r\n{said}OK\r\n")
    }
}
