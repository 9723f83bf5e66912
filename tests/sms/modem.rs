//! The operator's own modem box: Kannel with `deploy/kannel.conf` and a simulated modem. Only
//! ports, the secret and waiting times are changed. It delivers texts to any listener on a port: a
//! sink, or the real gateway.

use std::net::TcpListener;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::network::{Phone, Text};
use super::sink::PATIENCE;
use crate::deploy::{deploy, run};

pub(crate) struct Modem {
    /// The box's folder: its configuration, and all files and output of its programs.
    pub(crate) folder: PathBuf,
    phone: Phone,
    smsbox: Child,
    bearerbox: Child,
    sent: u8,
}

impl Modem {
    /// A box that delivers texts to this port; if Kannel is not installed, prints a note and
    /// returns `None`.
    pub(crate) fn start(place: &Path, gateway: u16, secret: &str) -> Option<Self> {
        Self::start_by(place, gateway, secret, None, |conf| conf)
    }

    /// The same with a text that waits on the SIM card, or with other settings.
    pub(crate) fn start_by(
        place: &Path,
        gateway: u16,
        secret: &str,
        card: Option<&Text>,
        change: impl Fn(String) -> String,
    ) -> Option<Self> {
        for program in ["bearerbox", "smsbox"] {
            run(program, &["--version"])?;
        }
        let folder = place.join("box");
        std::fs::create_dir(&folder).unwrap();
        let phone = Phone::start(card.map(|text| text.pdus(0)[0].clone()));
        let (admin, between) = (free(), free());
        let modem = format!("device = rawtcp\nhost = 127.0.0.1\nport = {}", phone.port);
        let conf = change(configuration(&[
            ("device = /dev/ttyUSB0", &modem),
            ("admin-port = 13000", &format!("admin-port = {admin}")),
            ("smsbox-port = 13001", &format!("smsbox-port = {between}")),
            (
                "127.0.0.1:8082/sms/kannel/SECRET",
                &format!("127.0.0.1:{gateway}/sms/kannel/{secret}"),
            ),
            ("http-queue-delay = 10", "http-queue-delay = 1"),
            ("sendline-sleep = 100", "sendline-sleep = 1"),
            ("reconnect-delay = 5", "reconnect-delay = 1"),
        ]));
        std::fs::write(folder.join("kannel.conf"), conf).unwrap();
        let mut bearerbox = program(&folder, "bearerbox");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", between)).is_err() {
            assert!(
                bearerbox.try_wait().unwrap().is_none() && began.elapsed() < PATIENCE,
                "the box does not start: {}",
                said(&folder)
            );
            std::thread::yield_now();
        }
        let smsbox = program(&folder, "smsbox");
        Some(Self {
            folder,
            phone,
            smsbox,
            bearerbox,
            sent: 0,
        })
    }

    /// Sends these texts, one after the other, and returns when the box has taken every part of
    /// them.
    pub(crate) fn deliver(&mut self, texts: &[Text]) {
        let mut parts = 0;
        for text in texts {
            self.sent = self.sent.wrapping_add(1);
            for pdu in text.pdus(self.sent) {
                self.phone.texts.send(pdu).unwrap();
                parts += 1;
            }
        }
        self.wait_until_taken(parts);
    }

    /// Waits until the box has taken this many parts, from the network or from the SIM card.
    pub(crate) fn wait_until_taken(&self, parts: usize) {
        for _ in 0..parts {
            self.phone
                .taken
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("the box takes nothing: {}", said(&self.folder)));
        }
    }

    /// Stops the box as a service manager does, so that it prints its last messages. Returns its
    /// folder.
    pub(crate) fn stop(mut self) -> PathBuf {
        for child in [&mut self.smsbox, &mut self.bearerbox] {
            run("kill", &["-TERM", &child.id().to_string()]);
            let began = Instant::now();
            while child.try_wait().unwrap().is_none() && began.elapsed() < PATIENCE {
                std::thread::yield_now();
            }
        }
        self.folder.clone()
    }
}

impl Drop for Modem {
    fn drop(&mut self) {
        for child in [&mut self.smsbox, &mut self.bearerbox] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// `deploy/kannel.conf` with these pieces replaced; each must be there.
pub(crate) fn configuration(swaps: &[(&str, &str)]) -> String {
    let shipped = std::fs::read_to_string(deploy().join("kannel.conf")).unwrap();
    swaps.iter().fold(shipped, |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in kannel.conf");
        text.replace(from, to)
    })
}

/// Starts one of Kannel's programs as Debian's service does.
fn program(folder: &Path, name: &str) -> Child {
    let prints = || {
        Stdio::from(
            std::fs::File::options()
                .create(true)
                .append(true)
                .open(folder.join(format!("{name}.prints")))
                .unwrap(),
        )
    };
    Command::new(name)
        .args(["-v", "4", "--", "kannel.conf"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(prints())
        .stderr(prints())
        .spawn()
        .unwrap()
}

/// All output of the box's programs.
fn said(folder: &Path) -> String {
    ["bearerbox", "smsbox"]
        .map(|name| {
            std::fs::read_to_string(folder.join(format!("{name}.prints"))).unwrap_or_default()
        })
        .concat()
}

/// A free port.
pub(crate) fn free() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
