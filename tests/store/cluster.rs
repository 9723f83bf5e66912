//! A PostgreSQL server for one test, with the settings of `deploy/postgresql.conf`, so that the
//! test can read all its files. It stops with the test.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sqlx::Connection;

use crate::house::skip::skipped;

/// A running server and its folder.
pub(crate) struct Cluster {
    pub(crate) folder: tempfile::TempDir,
    bin: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes and starts a server, with further settings (or none); if PostgreSQL is not installed,
    /// prints a note and returns `None`.
    pub(crate) fn start(further: &str) -> Option<Self> {
        let Some(bin) = newest_bin() else {
            skipped!("initdb and pg_ctl are not installed (see tests/postgres)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let cluster = Self { folder, bin, port };
        if is_root() {
            assert!(
                Command::new("chown")
                    .arg("postgres")
                    .arg(cluster.folder.path())
                    .status()
                    .unwrap()
                    .success()
            );
        }
        cluster.run(
            "initdb",
            &[
                "-D",
                &cluster.data(),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
            ],
        );
        let asked = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/deploy/postgresql.conf"
        ))
        .unwrap();
        let place = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{}'\n",
            cluster.folder.path().display()
        );
        let file = cluster.folder.path().join("data/postgresql.conf");
        let made = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, [made.as_str(), &asked, &place, further].join("\n")).unwrap();
        let log = cluster.folder.path().join("log").display().to_string();
        cluster.run(
            "pg_ctl",
            &["-D", &cluster.data(), "-l", &log, "-w", "-t", "60", "start"],
        );
        for line in [
            "create role loke login in role pg_checkpoint",
            "create database loke owner loke",
        ] {
            cluster.run(
                "psql",
                &[
                    "-q",
                    "-h",
                    "127.0.0.1",
                    "-p",
                    &port.to_string(),
                    "-U",
                    "postgres",
                    "-c",
                    line,
                    "postgres",
                ],
            );
        }
        Some(cluster)
    }

    /// The URL of the queue's database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://loke@127.0.0.1:{}/loke", self.port)
    }

    /// Runs a statement as the queue's user.
    pub(crate) async fn say(&self, statement: &'static str) {
        let mut connection = sqlx::PgConnection::connect(&self.url()).await.unwrap();
        sqlx::raw_sql(statement)
            .execute(&mut connection)
            .await
            .unwrap();
    }

    /// Every file of the server, by name, with its bytes. Some appear and disappear during the
    /// read.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        read_all(self.folder.path(), &mut files);
        files
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let done = self.call(program, arguments);
        assert!(
            done.status.success(),
            "{program}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    /// PostgreSQL refuses to run as root: as root, run everything as the user `postgres`.
    fn call(&self, program: &str, arguments: &[&str]) -> Output {
        let program = self.bin.join(program);
        let mut call = if is_root() {
            Command::new("runuser")
        } else {
            Command::new(&program)
        };
        if is_root() {
            call.args(["-u", "postgres", "--"]).arg(&program);
        }
        // The server inherits pg_ctl's open files: with a pipe of ours, we would wait for the
        // server to end.
        call.current_dir("/")
            .args(arguments)
            .stdin(std::process::Stdio::null());
        if arguments.contains(&"start") {
            let status = call
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .status()
                .unwrap();
            return Output {
                status,
                stdout: Vec::new(),
                stderr: Vec::new(),
            };
        }
        call.output().unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.call(
            "pg_ctl",
            &["-D", &self.data(), "-w", "-m", "immediate", "stop"],
        );
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

fn newest_bin() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let number = |bin: &PathBuf| {
        bin.parent()
            .and_then(Path::file_name)
            .and_then(|name| name.to_str()?.parse::<u32>().ok())
    };
    versions
        .filter(|bin| bin.join("initdb").exists() && bin.join("pg_ctl").exists())
        .max_by_key(number)
}

fn read_all(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for path in std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
    {
        if path.is_dir() {
            read_all(&path, files);
        } else if let Ok(bytes) = std::fs::read(&path) {
            files.push((path, bytes));
        }
    }
}
