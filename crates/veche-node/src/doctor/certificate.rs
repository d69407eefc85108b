//! When the certificates in a file end.

use super::Findings;
use std::path::Path;
use veche_ledger::{Seconds, UnixSeconds};
use x509_cert::Certificate;

/// Longest file of certificates, in bytes.
const LEN_MAX: u64 = 1024 * 1024;
/// A certificate that ends so soon is a warning: time enough to get another.
const SOON: Seconds = Seconds::hours(24 * 21);

/// Looks at each certificate of a file.
pub(super) fn examine(found: &mut Findings, path: &Path, now: UnixSeconds) {
    let area = "certificate";
    let shown = path.display();
    let todo = "name a file with certificates in PEM form";
    let bytes = match std::fs::metadata(path).and_then(|meta| {
        let is_short = meta.len() <= LEN_MAX;
        if is_short { std::fs::read(path) } else { Err(std::io::Error::other("it is too long")) }
    }) {
        Ok(bytes) => bytes,
        Err(error) => return found.fail(area, format!("`{shown}`: {error}"), todo),
    };
    let chain = match Certificate::load_pem_chain(&bytes) {
        Ok(chain) if !chain.is_empty() => chain,
        Ok(_) => return found.fail(area, format!("`{shown}` holds none"), todo),
        Err(error) => return found.fail(area, format!("`{shown}`: {error}"), todo),
    };
    for certificate in chain {
        let inner = certificate.tbs_certificate();
        let (name, validity) = (inner.subject().to_string(), inner.validity());
        let at = |time: x509_cert::time::Time| UnixSeconds(time.to_unix_duration().as_secs());
        let (from, until) = (at(validity.not_before), at(validity.not_after));
        let renew = "get another, and start the node with it";
        let what = format!("`{name}` in `{shown}`");
        if until <= now {
            found.fail(area, format!("{what} ended {until}"), renew);
        } else if from > now {
            found.fail(
                area,
                format!("{what} begins {from} only"),
                "look at the clock, and at the certificate",
            );
        } else if until <= now + SOON {
            found.warn(area, format!("{what} ends {until}"), renew);
        } else {
            found.ok(area, format!("{what} holds until {until}"));
        }
    }
}
