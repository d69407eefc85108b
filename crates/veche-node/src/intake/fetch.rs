//! One request: within limits of time and length, unpacked, and not to private addresses.

use super::feed::Seal;
use crate::causes::chain;
use flate2::read::MultiGzDecoder;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};
use url::Url;
use veche_exchange::news::time;
use veche_ledger::{Seconds, UnixSeconds};

/// By what name sites know this program, and what their `robots.txt` calls it.
pub const AGENT: &str = "veche";

/// Most of an answer's headers that is read, in bytes.
const HEADERS_LEN_MAX: usize = 32 * 1024;

/// What an answer may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long from the first byte asked to the last one read: whoever sends a byte a second is not waited for.
    pub timeout: Duration,
    /// Longest body, in bytes, packed or not.
    pub body_len_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), body_len_max: 32 * 1024 * 1024 }
    }
}

/// What a site answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Got {
    /// The status.
    pub status: u16,
    /// The body, unpacked; of a status of 200 alone.
    pub body: Vec<u8>,
    /// `Content-Type`.
    pub content_type: String,
    /// By which the site knows what it sent.
    pub seal: Seal,
    /// `Location`.
    pub location: Option<String>,
    /// `Retry-After`, from now on.
    pub retry_after: Option<Seconds>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchFault {
    /// An address of this machine, or of a private network.
    #[error(
        "`{0}` is at {1}, an address of this machine or of a private network: a feed that is meant to be there is added with `--private-network`"
    )]
    Private(String, IpAddr),
    /// Too long.
    #[error("it has more than {0} bytes")]
    TooLong(u64),
    /// Packed in a way that is not read.
    #[error("it is packed as `{0}`, which is not read")]
    Packed(String),
    /// What is packed is broken.
    #[error("it cannot be unpacked: {0}")]
    Unpacked(std::io::Error),
    /// The network, or the site.
    #[error("{0}")]
    Network(String),
}

/// Asks for addresses.
#[derive(Debug)]
pub struct Fetcher {
    public: Agent,
    private: Agent,
    limits: Limits,
}

/// A refusal of an address, as the resolver can tell it.
#[derive(Debug, thiserror::Error)]
#[error("{0} is private")]
struct IsPrivate(IpAddr);

/// Finds addresses of names, and refuses those that are not of the public network: what is asked afterwards is what was looked at here.
#[derive(Debug, Default)]
struct PublicOnly(DefaultResolver);

impl Resolver for PublicOnly {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.0.resolve(uri, config, timeout)?;
        match found.iter().find(|address| !is_public(address.ip())) {
            Some(private) => Err(Error::Io(std::io::Error::other(IsPrivate(private.ip())))),
            None => Ok(found),
        }
    }
}

impl Fetcher {
    /// Makes one that believes the certificates that this system believes.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let system = rustls_native_certs::load_native_certs().certs;
        let roots: Vec<_> =
            system.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&roots))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = || {
            Agent::config_builder()
                .tls_config(tls.clone())
                .timeout_global(Some(limits.timeout))
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                // Only the addresses that the operator named are asked: no proxy that the environment names.
                .proxy(None)
                .user_agent(format!(
                    "{AGENT}/{} (+{})",
                    env!("CARGO_PKG_VERSION"),
                    env!("CARGO_PKG_REPOSITORY")
                ))
                .max_response_header_size(HEADERS_LEN_MAX)
                .max_idle_connections(0)
                .build()
        };
        let connector = DefaultConnector::default;
        let public = Agent::with_parts(config(), connector(), PublicOnly::default());
        let private = Agent::with_parts(config(), connector(), DefaultResolver::default());
        Self { public, private, limits }
    }

    /// Asks for an address, once. `seal`: of what was fetched before. `len_max`: longest body, packed or not, where that is below the limit of all.
    ///
    /// # Errors
    /// [`FetchFault`].
    pub fn get(
        &self,
        url: &Url,
        seal: &Seal,
        may_be_private: bool,
        len_max: u64,
        now: UnixSeconds,
    ) -> Result<Got, FetchFault> {
        let len_max = len_max.min(self.limits.body_len_max);
        let agent = if may_be_private { &self.private } else { &self.public };
        let mut request = agent.get(url.as_str()).header("accept-encoding", "gzip");
        for (name, value) in [("if-none-match", &seal.tag), ("if-modified-since", &seal.modified)] {
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        let answer = request.call().map_err(|error| network(url, &error))?;
        let header = |name: &str| {
            let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().trim().to_owned()
        };
        let mut got = Got {
            status: answer.status().as_u16(),
            body: Vec::new(),
            content_type: header("content-type"),
            seal: Seal { tag: header("etag"), modified: header("last-modified") },
            location: Some(header("location")).filter(|location| !location.is_empty()),
            retry_after: retry_after(&header("retry-after"), now),
        };
        let packed = header("content-encoding").to_ascii_lowercase();
        if got.status == 200 {
            let mut body = Vec::new();
            let reader = answer.into_body().into_reader();
            let read = reader.take(len_max + 1).read_to_end(&mut body);
            read.map_err(|error| FetchFault::Network(chain(&error)))?;
            got.body = unpacked(within(body, len_max)?, &packed, len_max)?;
        }
        Ok(got)
    }
}

fn within(body: Vec<u8>, len_max: u64) -> Result<Vec<u8>, FetchFault> {
    if body.len() as u64 > len_max { Err(FetchFault::TooLong(len_max)) } else { Ok(body) }
}

fn unpacked(body: Vec<u8>, packed: &str, len_max: u64) -> Result<Vec<u8>, FetchFault> {
    match packed {
        "" | "identity" => Ok(body),
        "gzip" | "x-gzip" => {
            let mut out = Vec::new();
            let reader = MultiGzDecoder::new(body.as_slice());
            let read = reader.take(len_max + 1).read_to_end(&mut out);
            read.map_err(FetchFault::Unpacked)?;
            within(out, len_max)
        }
        other => Err(FetchFault::Packed(other.chars().take(40).collect())),
    }
}

fn network(url: &Url, error: &Error) -> FetchFault {
    if let Error::Io(error) = error
        && let Some(IsPrivate(address)) =
            error.get_ref().and_then(|cause| cause.downcast_ref::<IsPrivate>())
    {
        return FetchFault::Private(url.host_str().unwrap_or_default().to_owned(), *address);
    }
    FetchFault::Network(chain(error))
}

/// Reads `Retry-After`: seconds, or a time (RFC 9110, 10.2.3).
fn retry_after(text: &str, now: UnixSeconds) -> Option<Seconds> {
    let seconds = text.parse::<u64>().ok();
    let until = || Some(time::read(text)?.at.since(now));
    seconds.map(Seconds).or_else(until)
}

/// Returns whether an address is one of the public network: RFC 6890 and the registries of special addresses list the others.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let last = |at: usize| {
        let [high, low] = [parts[at], parts[at + 1]].map(u16::to_be_bytes);
        Ipv4Addr::new(high[0], high[1], low[0], low[1])
    };
    match parts {
        // An address of version 4 in another dress: mapped, compatible, translated (RFC 6052), 6to4.
        [0, 0, 0, 0, 0, 0 | 0xFFFF, ..] => parts[5] == 0xFFFF && is_public_v4(last(6)),
        [0x64, 0xFF9B, 0, 0, 0, 0, ..] => is_public_v4(last(6)),
        [0x2002, ..] => is_public_v4(last(1)),
        // Teredo, benchmarks, documentation; what is not global unicast at all.
        [0x2001, 0 | 2 | 0xDB8, ..] | [0x3FFF, ..] => false,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine_and_of_private_networks_are_told_apart() {
        let private = [
            "127.0.0.1",
            "127.255.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "64:ff9b:1::1",
        ];
        for address in private {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "8.8.8.8",
            "172.32.0.1",
            "192.169.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_site_asks_to_be_left_alone_in_seconds_or_until_a_time() {
        let now = UnixSeconds::parse("2026-11-23T08:00:00Z").unwrap();
        assert_eq!(retry_after("120", now), Some(Seconds(120)));
        assert_eq!(retry_after("Mon, 23 Nov 2026 09:00:00 GMT", now), Some(Seconds(3600)));
        assert_eq!(retry_after("Mon, 23 Nov 2020 09:00:00 GMT", now), Some(Seconds(0)));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("", now), None);
    }
}
