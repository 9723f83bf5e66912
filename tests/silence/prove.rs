//! `loke-gateway prove` on a running gateway: it finds nothing in the shipped program, and the
//! place in a leaking one. Its reports must never reach an officer: the desk stores only a line in
//! the audit log.

use std::process::{Command, Output};

use super::control::UNSTRIPPED;
use crate::house::programs;
use crate::house::real::RealGateway;

fn prove(gateway: &RealGateway, more: &[&str]) -> (bool, String) {
    let (config, process) = (
        gateway.config().display().to_string(),
        gateway.process().to_string(),
    );
    let log = gateway.log_file().display().to_string();
    let mut prove = Command::new(programs::gateway());
    prove
        .args([
            "prove", "--config", &config, "--pid", &process, "--log", &log,
        ])
        .args(more);
    let Output {
        status,
        stdout,
        stderr,
    } = prove.output().unwrap();
    (
        status.success(),
        String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned(),
    )
}

fn prove_stopped(gateway: &RealGateway) -> (bool, String) {
    // A stopped gateway has no process. Process 1 exists on every machine.
    let config = gateway.config().display().to_string();
    let out = Command::new(programs::gateway())
        .args(["prove", "--config", &config, "--pid", "1"])
        .output()
        .unwrap();
    (
        out.status.success(),
        String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_proved_on_a_running_gateway_and_the_desk_drops_the_marked_reports() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = RealGateway::new(
        place.path(),
        place.path().join("gateway"),
        "sqlite:queue.db",
        "32,4,2,1,1",
        |_| {},
    );
    gateway.start().await;
    let officer = gateway.officer().await;
    let (clean, said) = prove(&gateway, &[]);
    println!("{said}");
    assert!(
        clean && said.contains("none of it was found") && said.contains("1 marked report by web"),
        "{said}"
    );
    let (process, read) = (gateway.process(), |place: &str| {
        said.lines()
            .find(|line| line.contains(place))
            .map(str::to_owned)
    });
    let memory = read(&format!("memory of process {process}")).unwrap();
    let kib: u64 = memory
        .split(" KiB")
        .next()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(kib > 4_096, "{memory}");

    let tally = officer.pull().await;
    assert_eq!(
        (tally.collected, tally.left, tally.needs_a_person()),
        (0, 0, false)
    );
    assert!(officer.tips().await.is_empty());
    let noted = officer
        .acting
        .register()
        .trail()
        .await
        .unwrap()
        .iter()
        .filter(|row| row.action == "prove")
        .count();
    assert_eq!(noted, 1);
    gateway.stop().await;
    let (ok, said) = prove_stopped(&gateway);
    assert!(!ok && said.contains("did not accept a report"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn control_a_gateway_without_its_first_layer_is_found_out_with_file_and_offset() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = RealGateway::new(
        place.path(),
        place.path().join("gateway"),
        "sqlite:queue.db",
        "32,4,2,1,1",
        |_| {},
    );
    gateway.run_instead(UNSTRIPPED);
    gateway.start().await;
    let (clean, said) = prove(&gateway, &["--wait", "0"]);
    assert!(
        !clean && said.contains("This gateway keeps what it must not"),
        "{said}"
    );
    let find = said
        .lines()
        .find(|line| line.contains("User-Agent as raw at "))
        .unwrap_or_else(|| panic!("{said}"));
    assert!(find.contains("access.log"), "{find}");
}
