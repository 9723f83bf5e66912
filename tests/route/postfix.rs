//! A document in the clear through a real Postfix, in a folder and on a port of its own: the hop from the
//! desk to its relay is TLS with the right certificate, or nothing is said of the report. As in
//! `open_mail.rs`, the relay is on another address than this machine's first one, so the desk takes it
//! for another machine.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use loke::desk::outbox::{Sent, send_open};
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::report::Draft;
use loke::tip::{Priority, TipId};

use super::mailbox::Mail;
use super::{Bench, files, tip};
use crate::house::partners::partner;
use crate::house::real::free_address;
use crate::house::skip::skipped;

const MASTER: &str = "/usr/lib/postfix/sbin/master";
pub(super) const HOST: &str = "127.0.0.2";
/// The owner of the mails.
const NOBODY: u32 = 65_534;
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: usize = 500;

/// One Postfix in a folder. It is stopped by its id on drop.
pub(super) struct Postfix {
    _place: tempfile::TempDir,
    dir: PathBuf,
    pub(super) port: u16,
    master: Option<Child>,
}

impl Drop for Postfix {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Postfix {
    /// `None` if it is not installed, or cannot run.
    pub(super) fn new() -> Option<Self> {
        if !PathBuf::from(MASTER).exists() {
            skipped!("there is no postfix on this machine");
            return None;
        }
        if !rustix::process::geteuid().is_root() {
            skipped!("only root runs a Postfix");
            return None;
        }
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().to_owned();
        let open = |mode| fs::Permissions::from_mode(mode);
        fs::set_permissions(&dir, open(0o755)).unwrap();
        for name in ["etc", "spool", "data", "mail"] {
            fs::create_dir(dir.join(name)).unwrap();
            fs::set_permissions(dir.join(name), open(0o755)).unwrap();
        }
        chown(dir.join("data"), Some(postfix_user()), None).unwrap();
        fs::set_permissions(dir.join("data"), open(0o700)).unwrap();
        chown(dir.join("mail"), Some(NOBODY), None).unwrap();
        let postfix = Self {
            _place: place,
            dir,
            port: free_address().port(),
            master: None,
        };
        postfix.configure("none");
        let config = postfix.dir.join("etc");
        let made = Command::new("postfix")
            .arg("-c")
            .arg(&config)
            .arg("check")
            .status();
        assert!(made.unwrap().success(), "postfix check");
        Some(postfix)
    }

    /// Writes its settings: `none`, or `encrypt` for forced TLS with the certificate in its folder.
    fn configure(&self, tls: &str) {
        let dir = self.dir.display();
        let mut main = format!(
            "compatibility_level = 3.6\nqueue_directory = {dir}/spool\ndata_directory = {dir}/data\n\
             daemon_directory = /usr/lib/postfix/sbin\ncommand_directory = /usr/sbin\n\
             mail_owner = postfix\nsetgid_group = postdrop\nmaillog_file = {dir}/log\n\
             maillog_file_prefixes = {dir}\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             myhostname = relay.example\nmydestination =\nalias_maps =\nmynetworks = 127.0.0.0/8\n\
             default_transport = error:no\nrelay_transport = error:no\n\
             virtual_mailbox_domains = gov.example\nvirtual_mailbox_base = {dir}/mail\n\
             virtual_mailbox_maps = static:all/\nvirtual_uid_maps = static:{NOBODY}\n\
             virtual_gid_maps = static:{NOBODY}\nsmtpd_peername_lookup = no\n\
             smtpd_tls_security_level = {tls}\n"
        );
        if tls != "none" {
            let _ = writeln!(main, "smtpd_tls_cert_file = {dir}/etc/cert.pem");
            let _ = writeln!(main, "smtpd_tls_key_file = {dir}/etc/key.pem");
        }
        let services = [
            format!("{HOST}:{} inet n - n - - smtpd", self.port),
            "cleanup unix n - n - 0 cleanup".into(),
            "qmgr unix n - n 300 1 qmgr".into(),
            "tlsmgr unix - - n 1000? 1 tlsmgr".into(),
            "rewrite unix - - n - - trivial-rewrite".into(),
            "bounce unix - - n - 0 bounce".into(),
            "defer unix - - n - 0 bounce".into(),
            "trace unix - - n - 0 bounce".into(),
            "proxymap unix - - n - - proxymap".into(),
            "error unix - - n - - error".into(),
            "retry unix - - n - - error".into(),
            "virtual unix - n n - - virtual".into(),
            "anvil unix - - n - 1 anvil".into(),
            "postlog unix-dgram n - n - 1 postlogd\n".into(),
        ];
        fs::write(self.dir.join("etc/main.cf"), main).unwrap();
        fs::write(self.dir.join("etc/master.cf"), services.join("\n")).unwrap();
    }

    /// A new certificate for this name. The desk in this folder trusts the one of the last call.
    pub(super) fn certify(&self, name: &str, desk: Option<&Path>) {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        fs::write(self.dir.join("etc/cert.pem"), made.cert.pem()).unwrap();
        let key = self.dir.join("etc/key.pem");
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        if let Some(desk) = desk {
            fs::write(desk.join("relay.pem"), made.cert.pem()).unwrap();
        }
    }

    pub(super) async fn start(&mut self, tls: &str) {
        self.stop();
        self.configure(tls);
        let master = Command::new(MASTER)
            .arg("-c")
            .arg(self.dir.join("etc"))
            .arg("-d")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.master = Some(master.unwrap());
        let mut look = tokio::time::interval(LOOK);
        for _ in 0..LOOKS {
            look.tick().await;
            let answered = tokio::net::TcpStream::connect((HOST, self.port)).await;
            if answered.is_ok() {
                return;
            }
        }
        panic!("Postfix does not start: {}", self.log());
    }

    /// By the id of its master, which ends its children. Until they are gone, one of them can still
    /// answer at the port, with the settings of before.
    pub(super) fn stop(&mut self) {
        let Some(mut master) = self.master.take() else {
            return;
        };
        let id = master.id().to_string();
        let children = Command::new("pgrep").args(["-P", &id]).output();
        let _ = Command::new("kill").arg(&id).status();
        let _ = master.wait();
        for child in children
            .iter()
            .flat_map(|said| said.stdout.split(|b| *b == b'\n'))
        {
            if let Ok(child) = std::str::from_utf8(child)
                && !child.is_empty()
            {
                let _ = Command::new("tail")
                    .args(["-s", "0.01", "-f", "/dev/null", "--pid", child])
                    .status();
            }
        }
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    pub(super) fn mails(&self) -> Vec<PathBuf> {
        let new = self.dir.join("mail/all/new");
        if new.is_dir() {
            files(&new)
        } else {
            Vec::new()
        }
    }

    /// The mails that it took, as a mailbox program reads them.
    pub(super) fn taken(&self) -> Vec<Mail> {
        let mail = |file: &PathBuf| {
            let raw = fs::read_to_string(file).unwrap();
            let to = raw
                .lines()
                .find_map(|line| line.strip_prefix("Delivered-To: "));
            Mail {
                recipient: to.unwrap().to_owned(),
                raw: raw.replace('\n', "\r\n").into_bytes(),
            }
        };
        self.mails().iter().map(mail).collect()
    }

    /// Waits until the log has this word so many times.
    pub(super) async fn logs(&self, word: &str, times: usize) {
        let mut look = tokio::time::interval(LOOK);
        for _ in 0..LOOKS {
            look.tick().await;
            if self.log().matches(word).count() == times {
                return;
            }
        }
        panic!("\"{word}\" is not there {times} times: {}", self.log());
    }
}

fn postfix_user() -> u32 {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postfix:"));
    line.unwrap().split(':').nth(2).unwrap().parse().unwrap()
}

#[tokio::test]
async fn p15_a_real_postfix_gets_a_document_over_tls_with_its_own_certificate_or_not_at_all() {
    let Some(mut postfix) = Postfix::new() else {
        return;
    };
    let bench = Bench::new().await;
    let mut routine = tip(TipId([1; 16]));
    routine.priority = Priority::Routine;
    (routine.danger, routine.child, routine.thread) = (None, None, None);
    bench.keep(&routine).await;
    let desk = format!(
        "[mail]\nsmtp = \"smtp://{HOST}:{}\"\nfrom = \"desk@council.example\"\ntls_domains = [\"gov.example\"]\nca = \"relay.pem\"\n",
        postfix.port
    );
    bench.configure(&desk).await;
    let way = Way::OpenMail("clerk@gov.example".into());
    let mut clerk = partner("clerk", PartnerKind::Licensing, &bench.police, way);
    clerk.key = None;
    clerk.agreement_until = Some(bench.clock.today().plus(90));
    bench.add(&clerk).await;
    let draft = Draft {
        photos: Vec::new(),
        ..bench.draft("clerk")
    };
    postfix.certify(HOST, Some(&bench.dir));
    let preview = bench.acting.preview(routine.id, &draft).await.unwrap();
    let ordered = bench.order(&preview, "", true).await.unwrap();
    let waits = Sent {
        waiting: 1,
        ..Sent::default()
    };
    let send = async || {
        bench.clock.advance(4_000);
        let sent = send_open(bench.book(), &bench.desk(), bench.clock.now()).await;
        sent.unwrap()
    };
    // It offers no TLS.
    postfix.start("none").await;
    assert_eq!(send().await, waits);
    // Its certificate is another one than the desk trusts, then one of another name.
    postfix.certify(HOST, None);
    // Postfix counts the commands of each connection.
    let counted = "ehlo=1 starttls=";
    postfix.start("encrypt").await;
    assert_eq!(send().await, waits);
    postfix.logs(counted, 1).await;
    postfix.certify("other.example", Some(&bench.dir));
    postfix.start("encrypt").await;
    assert_eq!(send().await, waits);
    postfix.logs(counted, 2).await;
    postfix.stop();
    let log = postfix.log();
    for said in ["mail=", "rcpt=", "clerk", &ordered.reference] {
        assert!(!log.contains(said), "{said}: {log}");
    }
    assert!(postfix.mails().is_empty());

    postfix.certify(HOST, Some(&bench.dir));
    postfix.start("encrypt").await;
    assert_eq!(send().await.arrived, 1);
    postfix.logs("status=sent", 1).await;
    postfix.logs("starttls=1 mail=1 rcpt=1", 1).await;
    let mails = postfix.taken();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    let raw = String::from_utf8_lossy(&mail.raw);
    assert!(raw.contains("TLSv1.3") || raw.contains("ESMTPS"), "{raw}");
    let (name, pdf) = mail.attachment().unwrap();
    assert_eq!(name, format!("{}.pdf", ordered.reference));
    let previewed = memchr::memmem::find(&preview.plain, &pdf);
    assert!(pdf.starts_with(b"%PDF") && previewed.is_some());
}
