//! A page can detect that its client closed, plain and over TLS, although every request that was
//! sent gets a response.

use axum::Router;
use axum::extract::Extension;
use axum::routing::post;
use loke::gateway::listener::Gone;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::*;

#[tokio::test]
async fn p2_a_page_that_waits_sees_the_client_close() {
    for secret in Secret::both() {
        let (seen, mut saw) = mpsc::unbounded_channel();
        let wait = move |Extension(gone): Extension<Gone>, _: axum::body::Bytes| async move {
            gone.gone().await;
            let _ = seen.send(());
            "an honest page"
        };
        let place = Place::open(Router::new().route("/wait", post(wait)), NEVER, secret).await;
        let request = b"POST /wait HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody";
        let mut half = place.connect().await;
        half.write_all(request).await.unwrap();
        half.flush().await.unwrap();
        // The control: while the connection is open, the wait does not end.
        assert!(
            timeout(Duration::from_millis(300), saw.recv())
                .await
                .is_err()
        );
        half.shutdown().await.unwrap();
        assert!(rest_of(&mut half).await.ends_with("an honest page"));
        saw.recv().await.unwrap();
        let mut gone = place.connect().await;
        gone.write_all(request).await.unwrap();
        gone.flush().await.unwrap();
        drop(gone);
        saw.recv().await.unwrap();
    }
}
