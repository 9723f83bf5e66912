//! Socket activation: the real gateway takes the sockets that it inherits, and rejects those that
//! its configuration does not name. An inherited socket serves residents even if the process itself
//! has no network.

use std::net::SocketAddr;

use loke::random;

use super::run;
use crate::house::browser::text;
use crate::house::real::RealGateway;
use crate::house::skip::skipped;

/// Opens a socket at each address as systemd does, and executes the program that follows
/// (sd_listen_fds(3)).
const HAND_OVER: &str = "
import os, socket, sys
count = int(sys.argv[1]); addresses = sys.argv[2:2 + count]; program = sys.argv[2 + count:]
for place, address in enumerate(addresses):
    host, port = address.rsplit(':', 1)
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((host, int(port)))
    if os.environ.get('HAND_OVER') != 'deaf': opened.listen(64)
    if opened.fileno() != 3 + place: os.dup2(opened.fileno(), 3 + place)
    os.set_inheritable(3 + place, True); opened.detach()
os.environ.update(LISTEN_FDS=str(count), LISTEN_PID=str(os.getpid()))
os.execvp(program[0], program)
";
/// Moves to a namespace whose only network is a loopback that is down, without a new process.
const NO_NETWORK: [&str; 4] = ["unshare", "--user", "--net", "--"];

fn gateway(place: &tempfile::TempDir) -> RealGateway {
    RealGateway::new(
        place.path(),
        place.path().join("gateway"),
        "sqlite:queue.db",
        "32,1,1,1,1",
        |_| {},
    )
}

/// The command line that opens these addresses for the next program.
fn handing<'a>(count: &'a str, addresses: &'a [String]) -> Vec<&'a str> {
    let words = ["python3", "-c", HAND_OVER, count].into_iter();
    words.chain(addresses.iter().map(String::as_str)).collect()
}

/// A resident reports, and a desk collects the tip.
async fn one_report(gateway: &RealGateway) {
    let word = format!("word-{}", hex::encode(random::bytes::<8>().unwrap()));
    gateway
        .browser
        .report(&[text("topic", "graffiti"), text("what", &word)])
        .await;
    assert_eq!(gateway.officer().await.the_tip().await.what, word);
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_that_are_handed_over_serve_a_gateway_that_has_no_network() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(&place);
    let Some((true, _)) = run(NO_NETWORK[0], &[&NO_NETWORK[1..], &["true"]].concat()) else {
        skipped!("this machine lets nobody leave the network");
        return;
    };
    let addresses = [gateway.pickup, gateway.browser.0].map(|address| address.to_string());
    gateway.launch_by(&[&handing("2", &addresses), &NO_NETWORK[..]].concat());
    gateway.answers().await;
    one_report(&gateway).await;
    gateway.stop().await;

    // The control: a gateway that binds its own socket there is out of reach.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut alone = self::gateway(&elsewhere);
    alone.launch_by(&NO_NETWORK);
    alone.says("listener=\"pickup\"").await;
    assert!(
        alone.browser.get("/").await.is_err(),
        "the control: it is reached from here"
    );
    alone.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_without_a_socket_of_its_own_binds_itself() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(&place);
    let addresses = [gateway.browser.0.to_string()];
    gateway.launch_by(&handing("1", &addresses));
    gateway.answers().await;
    one_report(&gateway).await;
    let log = String::from_utf8(gateway.log()).unwrap();
    assert_eq!(log.matches("use the passed socket").count(), 1, "{log}");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_no_listener_asked_for_is_refused_with_its_address_and_the_mend() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(&place);
    let stray: SocketAddr = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let addresses = [gateway.browser.0.to_string(), stray.to_string()];
    gateway.launch_by(&handing("2", &addresses));
    let said = gateway.gives_up().await;
    assert!(
        said.contains(&format!("a socket for {stray}")) && said.contains("ListenStream="),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_listening_socket_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(&place);
    let addresses = [gateway.browser.0.to_string()];
    gateway.launch_by(&[&["env", "HAND_OVER=deaf"], &handing("1", &addresses)[..]].concat());
    assert!(
        gateway
            .gives_up()
            .await
            .contains("number 0 (from 0), which is not a listening TCP socket")
    );
}

/// The same with systemd's own program, which opens the socket, waits for the first caller and then
/// executes the gateway.
#[tokio::test(flavor = "multi_thread")]
async fn systemd_hands_over_what_the_first_caller_came_in_by() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(&place);
    let Some((true, _)) = run("systemd-socket-activate", &["--version"]) else {
        return;
    };
    let (web, pickup) = (gateway.browser.0.to_string(), gateway.pickup.to_string());
    gateway.launch_by(&["systemd-socket-activate", "-l", &web, "-l", &pickup]);
    gateway.answers().await;
    one_report(&gateway).await;
    gateway.stop().await;
}
