//! Whether the gateway can tell callers apart: behind a proxy, and by Tor. Where it cannot, all
//! share one limit, and one of them can take the room of all.

use super::Findings;
use crate::settings::{ClientAddress, Gateway};

const MEND: &str = "Set client_address = \"forwarded:X-Forwarded-For\" in [web], as in the proxy's sample in deploy/";

impl Findings {
    /// The source of the callers' networks and circuits.
    pub(super) fn callers(&mut self, config: &Gateway) {
        if let Some(web) = &config.web {
            let is_local = web.listen.ip().is_loopback();
            let is_https = web.public_url.as_deref().is_some_and(|url| {
                url.get(..8)
                    .is_some_and(|start| start.eq_ignore_ascii_case("https://"))
            });
            match &web.client_address {
                ClientAddress::Peer if is_local && is_https && web.tls_cert.is_none() => {
                    self.add("[web] stands behind a proxy, and client_address does not say so: all callers share one limit, that of the proxy", MEND);
                }
                ClientAddress::Forwarded(header) if !is_local => self.add(
                    format!("[web] is open to the network, and client_address reads {header}, which a caller can write themselves"),
                    "Listen on 127.0.0.1 behind the proxy, or leave client_address out",
                ),
                ClientAddress::Peer | ClientAddress::Forwarded(_) | ClientAddress::Circuit => {}
            }
        }
        if let Some(onion) = &config.onion {
            let torrc = "HiddenServiceExportCircuitID haproxy";
            self.notes.push(if onion.circuits {
                format!("[onion] tells callers apart by their circuits: the torrc must hold {torrc}. The log says it where tor names none")
            } else {
                format!("all who come by Tor share one limit: put {torrc} into the torrc, and circuits = true under [onion]")
            });
        }
    }
}
