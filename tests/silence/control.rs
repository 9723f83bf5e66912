//! The controls: the same gateway without one of its protections. Each runs as its own process of
//! this test binary, so that the sweep treats it like the real one.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use loke::clock::Clock;
use loke::gateway::listener::Listener;
use loke::gateway::listener::caller::Caller;
use loke::gateway::mac_key;
use loke::gateway::serve;
use loke::gateway::settings::GatewaySettings;
use loke::gateway::state::Gateway;
use loke::gateway::web::{self, Site};
use loke::store::Store;
use loke::words;
use tokio::net::TcpListener;
use tower::ServiceExt;

/// Environment variable with the path of the configuration.
pub(super) const CONFIG: &str = "LOKE_CONTROL_CONFIG";
/// Without the zeroizing allocator: a test binary uses the system's.
pub(crate) const PLAIN: &str = "silence::control::a_gateway_with_a_plain_allocator";
/// Without the first layer, and with an access log as every web server writes.
pub(crate) const UNSTRIPPED: &str = "silence::control::a_gateway_without_its_first_layer";

fn config() -> GatewaySettings {
    GatewaySettings::read(&PathBuf::from(
        std::env::var(CONFIG).expect("only a test runs this"),
    ))
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a program that the controls run"]
async fn a_gateway_with_a_plain_allocator() {
    let _serving = serve::start(config(), Clock::System).await.unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a program that the controls run"]
async fn a_gateway_without_its_first_layer() {
    let config = config();
    let (folder, socket) = (
        config.folder.clone(),
        TcpListener::bind(config.web.as_ref().unwrap().listen)
            .await
            .unwrap(),
    );
    let (store, key) = (
        Store::open(&config.database, config.capacity)
            .await
            .unwrap(),
        mac_key::read(&folder).unwrap(),
    );
    let pages =
        web::router(Site::new(Gateway::new(config, store, key, Clock::System).unwrap()).unwrap());
    let log = Arc::new(std::fs::File::create(folder.join("access.log")).unwrap());
    loop {
        let (stream, peer) = socket.accept().await.unwrap();
        let (pages, log) = (pages.clone(), Arc::clone(&log));
        let answer = move |mut request: hyper::Request<Incoming>| {
            writeln!(&*log, "{peer} {} {:?}", request.uri(), request.headers()).unwrap();
            request.extensions_mut().insert(Caller {
                bucket: 1,
                parent: 0,
                known: true,
                language: words::CODES[0],
                listener: Listener::Web,
            });
            pages.clone().oneshot(request)
        };
        tokio::spawn(
            http1::Builder::new()
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service_fn(answer)),
        );
    }
}
