//! Checks whether the gateway can tell callers apart, behind a proxy and over Tor. If not, all
//! share one limit, and one caller can use it up for all.

use super::Findings;
use crate::settings::{ClientAddress, GatewaySettings};

const MEND: &str = "Set client_address = \"forwarded:X-Forwarded-For\" in [web], as in the proxy's sample in deploy/";

impl Findings {
    /// Checks where the callers' networks and circuits come from.
    pub(super) fn callers(&mut self, config: &GatewaySettings) {
        if let Some(web) = &config.web {
            let is_local = web.listen.ip().is_loopback();
            let is_https = web.public_url.as_deref().is_some_and(|url| {
                url.get(..8)
                    .is_some_and(|start| start.eq_ignore_ascii_case("https://"))
            });
            match &web.client_address {
                ClientAddress::Peer if is_local && is_https && web.tls_cert.is_none() => {
                    self.add("[web] is behind a proxy, but client_address is not set: all callers share one limit, that of the proxy", MEND);
                }
                ClientAddress::Forwarded(header) if !is_local => self.add(
                    format!("[web] listens on the network, but client_address reads {header}, which any caller can forge"),
                    "Listen on 127.0.0.1 behind the proxy, or remove client_address",
                ),
                ClientAddress::Peer | ClientAddress::Forwarded(_) | ClientAddress::Circuit => {}
            }
        }
        if let Some(onion) = &config.onion {
            let torrc = "HiddenServiceExportCircuitID haproxy";
            if onion.circuits {
                self.notes.push(format!("[onion] tells callers apart by their circuits: the torrc must contain {torrc}. The log reports it if tor sends no circuit"));
            } else {
                self.shoulds.push(format!("all Tor callers share one limit: put {torrc} into the torrc, and circuits = true under [onion]"));
            }
        }
    }
}
