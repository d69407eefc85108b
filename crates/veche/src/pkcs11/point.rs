//! A public key as tokens write it: makers and versions of PKCS#11 differ.

/// 1.3.101.112 (RFC 8410), with tag and length.
pub(super) const ED25519_OID: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x70];

/// `edwards25519` as a printable string: the other form of PKCS#11 3.0.
const ED25519_NAME: &[u8] = b"\x13\x0cedwards25519";

/// What a public object tells.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// `CKA_EC_PARAMS`; some tokens leave it out, or empty.
    pub(super) curve: Option<Vec<u8>>,
    /// `CKA_EC_POINT`.
    pub(super) point: Vec<u8>,
}

impl Told {
    /// Returns the 32 bytes of an Ed25519 key; `None` for another curve or form.
    pub(super) fn point(&self) -> Option<[u8; 32]> {
        let curve = self.curve.as_deref().unwrap_or_default();
        let is_ours = curve.is_empty() || curve == ED25519_OID || curve == ED25519_NAME;
        let bare = match self.point.as_slice() {
            [0x04, 0x20, point @ ..] | [0x03, 0x21, 0x00, point @ ..] if point.len() == 32 => point,
            point => point,
        };
        bare.try_into().ok().filter(|_| is_ours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(curve: Option<&[u8]>, point: &[u8], is_read: bool) {
        let told = Told { curve: curve.map(<[u8]>::to_vec), point: point.to_vec() };
        assert_eq!(told.point(), is_read.then_some([0x04; 32]), "{told:?}");
    }

    #[test]
    fn a_point_is_read_in_each_form_that_tokens_write_and_in_no_other() {
        // The worst case: a point that begins as its own wrapping does.
        let bare = [0x04; 32];
        let octets = [&[0x04, 0x20][..], &bare].concat();
        let bits = [&[0x03, 0x21, 0x00][..], &bare].concat();
        for point in [&bare[..], &octets, &bits] {
            check(None, point, true);
            check(Some(&[]), point, true);
            check(Some(&ED25519_OID), point, true);
            check(Some(ED25519_NAME), point, true);
            // Ed448, X25519, P-256.
            check(Some(&[0x06, 0x03, 0x2b, 0x65, 0x71]), point, false);
            check(Some(&[0x06, 0x03, 0x2b, 0x65, 0x6e]), point, false);
            check(
                Some(&[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
                point,
                false,
            );
        }
        for len in [0, 1, 31, 33, 57, 64, 70_000] {
            check(None, &vec![0x04; len], false);
        }
        check(None, &octets[..33], false);
        check(None, &[&octets[..], &[0x04]].concat(), false);
        check(None, &[&[0x05, 0x20][..], &bare].concat(), false);
        check(None, &[&[0x03, 0x21, 0x01][..], &bare].concat(), false);
    }
}
