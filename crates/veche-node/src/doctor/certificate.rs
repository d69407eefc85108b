//! When the certificates in a file end.

use super::Findings;
use std::path::Path;
use veche_ledger::{Seconds, UnixSeconds};
use x509_parser::pem::Pem;

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
    let mut count = 0;
    for pem in Pem::iter_from_buffer(&bytes) {
        count += 1;
        match pem {
            Ok(pem) => one(found, path, &pem, now),
            Err(error) => found.fail(area, format!("`{shown}`: {error}"), todo),
        }
    }
    if count == 0 {
        found.fail(area, format!("`{shown}` holds none"), todo);
    }
}

fn one(found: &mut Findings, path: &Path, pem: &Pem, now: UnixSeconds) {
    let area = "certificate";
    let certificate = match pem.parse_x509() {
        Ok(certificate) => certificate,
        Err(error) => {
            let todo = "name a file with certificates alone";
            return found.fail(area, format!("`{}`: {error}", path.display()), todo);
        }
    };
    let at = |time: x509_parser::time::ASN1Time| {
        UnixSeconds(u64::try_from(time.timestamp()).unwrap_or_default())
    };
    let validity = certificate.validity();
    let (from, until) = (at(validity.not_before), at(validity.not_after));
    let renew = "get another, and start the node with it";
    let what = format!("`{}` in `{}`", certificate.subject(), path.display());
    if until <= now {
        found.fail(area, format!("{what} ended {until}"), renew);
    } else if from > now {
        let todo = "look at the clock, and at the certificate";
        found.fail(area, format!("{what} begins {from} only"), todo);
    } else if until <= now + SOON {
        found.warn(area, format!("{what} ends {until}"), renew);
    } else {
        found.ok(area, format!("{what} holds until {until}"));
    }
}
