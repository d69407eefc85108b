//! Asking one address over HTTP and no other: whoever is asked may lead nowhere else, and holds nobody up.

use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Longest head of an answer, in bytes.
const HEADERS_LEN_MAX: usize = 16 * 1024;

/// Returns the certificates that the system believes.
pub(crate) fn system_roots() -> Vec<Certificate<'static>> {
    let system = rustls_native_certs::load_native_certs().certs;
    system.iter().map(|der| Certificate::from_der(der).to_owned()).collect()
}

/// Returns what asks: it follows no answer to another address, takes no proxy that the environment names, keeps no connection, and gives
/// up after `wait`. A status that is no success is an answer.
pub(crate) fn agent(roots: &[Certificate<'static>], wait: Duration) -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(wait))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent("veche")
        .max_response_header_size(HEADERS_LEN_MAX)
        .max_idle_connections(0)
        .build();
    config.new_agent()
}
