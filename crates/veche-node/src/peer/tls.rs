//! Who is at the other end (`formats/sync.md`, section 6): both ends show a certificate in which the key of a party's log vouches for
//! the key of the connection.
//!
//! A certificate is made anew at each start and lives in memory; nobody issues it. It carries, as its one name, a note signed by the log
//! key that the charter lists. So the charter decides who is a peer, and a withdrawn key ends what it vouched for.
//!
//! A party that has opened a new epoch of its log is known to its peers by the old log's key until they hold the new log's first record, which
//! they can get only from it. So its certificate carries the statements of its root key as well, and they are checked as that record would be.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, PublicKeyData as _, SanType};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime,
};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error as TlsError,
    PeerIncompatible, ServerConfig, SignatureScheme, version,
};
use veche_ledger::keyring::Epoch;
use veche_ledger::note::{NoteLimits, SignatureStanding};
use veche_ledger::{
    Hash, Note, NoteSignature, Origin, PartyId, Seconds, SigningKey, UnixSeconds, VerifyingKey,
};
use webpki::EndEntityCert;

/// What stands before the note in a certificate's name.
const PREFIX: &str = "veche:note:";

/// What stands before the statement of an epoch in a certificate's further names.
const EPOCH_PREFIX: &str = "veche:epoch:";

/// Most statements of epochs that a certificate is read for: a peer that missed more new epochs of one log is told by other ways.
const EPOCHS_MAX: usize = 16;

/// Most bytes of such statements: those of pairs of keys have 6 KB each, and all of a handshake must fit into 64 KiB.
const EPOCHS_LEN_MAX: usize = 40 * 1024;

/// The first line of the note.
const FIRST_LINE: &str = "veche/tls/v1";

/// The limits of the note: four lines and a signature, which of a pair of keys is two.
const LIMITS: NoteLimits = NoteLimits { len_max: 8 * 1024, lines_max: 16 };

/// How long a log key vouches for a connection's key: longer than a node runs between two updates.
pub const VOUCHED_FOR: Seconds = Seconds::hours(90 * 24);

/// Why a node has no certificate.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The certificate cannot be made.
    #[error("the certificate for peers cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The encryption library refuses what was made.
    #[error("encryption between nodes cannot be set up: {0}")]
    Tls(#[from] TlsError),
}

/// Why a certificate is nobody's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stranger {
    /// It has not the form of a peer's certificate.
    #[error("the certificate is not that of a node")]
    Form,
    /// It vouches for another key.
    #[error("the certificate vouches for another connection's key")]
    OtherKey,
    /// The log is no open log of a party in force.
    #[error("`{0}` is no open log of a party of this organisation")]
    UnknownLog(String),
    /// The log's key did not sign it.
    #[error("the key of `{0}` did not sign the certificate")]
    NotSigned(Origin),
    /// It is over.
    #[error("the certificate of `{log}` was good until {until}")]
    Over {
        /// The log.
        log: Origin,
        /// Until when.
        until: UnixSeconds,
    },
}

/// The keys of an open log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLog {
    /// Its own.
    pub key: VerifyingKey,
    /// Its party's root key.
    pub root: VerifyingKey,
}

/// The logs that are open, with their keys: who may be a peer. Kept up to date by the node.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    known: Arc<RwLock<BTreeMap<Origin, OpenLog>>>,
    changes: Arc<AtomicU64>,
}

impl Directory {
    /// Replaces what is known.
    pub fn set(&self, keys: BTreeMap<Origin, OpenLog>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if *known != keys {
            *known = keys;
            self.changes.fetch_add(1, Ordering::Release);
        }
    }

    /// Returns how often what is known has changed: a connection that was vouched for before is looked at anew.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<Origin, OpenLog>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, log: &Origin) -> Option<VerifyingKey> {
        self.read().get(log).map(|open| open.key.clone())
    }

    /// Returns the key of a log that is not known here, but follows on one that is by statements of its party's root key.
    fn introduced(&self, log: &Origin, statements: &[Vec<u8>]) -> Option<VerifyingKey> {
        let known = self.read();
        let (first, open) = known.iter().find(|(open, _)| open.party() == log.party())?;
        let (mut at, mut key) = (first.clone(), None);
        for statement in statements {
            // Those of epochs that are known here come first, and are passed over.
            let Ok(epoch) = Epoch::verify(statement, &open.root) else { continue };
            if epoch.old == at {
                (at, key) = (epoch.new, Some(epoch.key));
            }
        }
        key.filter(|_| at == *log)
    }

    /// Finds whose certificate this is.
    ///
    /// # Errors
    /// [`Stranger`].
    pub fn party_of(
        &self,
        certificate: &CertificateDer<'_>,
        now: UnixSeconds,
    ) -> Result<PartyId, Stranger> {
        let parsed = EndEntityCert::try_from(certificate).map_err(|_| Stranger::Form)?;
        let mut names = parsed.valid_uri_names();
        let name = names.next().and_then(|name| name.strip_prefix(PREFIX)).ok_or(Stranger::Form)?;
        let note = URL_SAFE_NO_PAD.decode(name).map_err(|_| Stranger::Form)?;
        let note = Note::parse(&note, LIMITS).map_err(|_| Stranger::Form)?;
        let (log, key, until) = read_text(note.text()).ok_or(Stranger::Form)?;
        if Hash::of(&[parsed.subject_public_key_info().as_ref()]) != key {
            return Err(Stranger::OtherKey);
        }
        let log_key = self.key(&log).or_else(|| self.introduced(&log, &statements(names)));
        let log_key = log_key.ok_or_else(|| Stranger::UnknownLog(log.to_string()))?;
        if note.standing_of(&log_key) != SignatureStanding::Good {
            return Err(Stranger::NotSigned(log));
        }
        if now > until {
            return Err(Stranger::Over { log, until });
        }
        PartyId::parse(log.party()).map_err(|_| Stranger::Form)
    }
}

/// Returns the last statements, as many as a certificate holds.
fn shown(epochs: &[Vec<u8>]) -> &[Vec<u8>] {
    let mut len = 0;
    let fits = |epoch: &&Vec<u8>| {
        len += epoch.len() * 4 / 3;
        len <= EPOCHS_LEN_MAX
    };
    let count = epochs.iter().rev().take(EPOCHS_MAX).take_while(fits).count();
    epochs.get(epochs.len() - count..).unwrap_or_default()
}

/// Reads the statements of epochs in the further names of a certificate.
fn statements<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Vec<u8>> {
    let statement = |name: &str| URL_SAFE_NO_PAD.decode(name.strip_prefix(EPOCH_PREFIX)?).ok();
    names.take(EPOCHS_MAX).filter_map(statement).collect()
}

fn text(log: &Origin, key: Hash, until: UnixSeconds) -> String {
    format!("{FIRST_LINE}\n{log}\n{key}\n{}\n", until.0)
}

fn read_text(note: &str) -> Option<(Origin, Hash, UnixSeconds)> {
    let mut lines = note.lines();
    let (first, log, key, until) = (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
    let (log, key) = (Origin::parse(log).ok()?, Hash::parse(key).ok()?);
    let until = UnixSeconds(until.parse().ok()?);
    let is_just_so = first == FIRST_LINE && text(&log, key, until) == note;
    is_just_so.then_some((log, key, until))
}

/// The two ends of connections between nodes.
#[derive(Clone)]
pub struct Ends {
    /// Where others connect.
    pub server: Arc<ServerConfig>,
    /// Where this node connects to others.
    pub client: Arc<ClientConfig>,
}

impl std::fmt::Debug for Ends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ends")
    }
}

/// Makes a certificate that a log key vouches for, and the settings of both ends. `epochs`: the statements of the root key by which the log
/// follows on its party's first, in their order.
///
/// # Errors
/// [`IdentityError`].
pub fn ends(
    log: &Origin,
    log_key: &SigningKey,
    epochs: &[Vec<u8>],
    directory: &Directory,
    clock: fn() -> UnixSeconds,
) -> Result<Ends, IdentityError> {
    let pair = KeyPair::generate_for(&PKCS_ED25519)?;
    let key = Hash::of(&[&pair.subject_public_key_info()]);
    let text = text(log, key, clock() + VOUCHED_FOR);
    let line = NoteSignature::sign(&text, log_key);
    let note =
        Note::assemble(&text, &[line], LIMITS).map(|note| note.to_bytes()).unwrap_or_default();
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    let name = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(note));
    let epochs = shown(epochs).iter().map(|epoch| URL_SAFE_NO_PAD.encode(epoch));
    let names = std::iter::once(name).chain(epochs.map(|text| format!("{EPOCH_PREFIX}{text}")));
    params.subject_alt_names = names
        .map(|name| Ok(SanType::URI(name.try_into()?)))
        .collect::<Result<_, rcgen::Error>>()?;
    let certificate = params.self_signed(&pair)?.der().clone();
    let private = || PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.serialize_der()));
    let provider = Arc::new(ring::default_provider());
    let verifier =
        Arc::new(Verifier { directory: directory.clone(), provider: Arc::clone(&provider), clock });
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&version::TLS13])?
        .with_client_cert_verifier(Arc::<Verifier>::clone(&verifier))
        .with_single_cert(vec![certificate.clone()], private())?;
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_auth_cert(vec![certificate], private())?;
    Ok(Ends { server: Arc::new(server), client: Arc::new(client) })
}

/// Looks at the other end's certificate, at both ends alike. That the other end has its key is checked by the handshake's signature.
#[derive(Debug)]
struct Verifier {
    directory: Directory,
    provider: Arc<CryptoProvider>,
    clock: fn() -> UnixSeconds,
}

impl Verifier {
    fn check(&self, certificate: &CertificateDer<'_>) -> Result<(), TlsError> {
        let known = self.directory.party_of(certificate, (self.clock)());
        known.map(drop).map_err(|stranger| {
            TlsError::InvalidCertificate(match stranger {
                Stranger::Over { .. } => CertificateError::Expired,
                Stranger::Form => CertificateError::BadEncoding,
                Stranger::OtherKey | Stranger::NotSigned(_) => CertificateError::BadSignature,
                Stranger::UnknownLog(_) => CertificateError::UnknownIssuer,
            })
        })
    }

    fn check_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }
}

const OLD_TLS: TlsError = TlsError::PeerIncompatible(PeerIncompatible::Tls12NotOffered);

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        self.check(certificate).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(OLD_TLS)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.check_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

impl ClientCertVerifier for Verifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, TlsError> {
        self.check(certificate).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(OLD_TLS)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.check_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use veche_ledger::KeyName;

    pub(in crate::peer) const LOG: &str = "six-rivers.example/orvessa/1";
    pub(in crate::peer) const NOW: UnixSeconds = UnixSeconds(1_700_000_000);

    pub(in crate::peer) fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(KeyName::parse(LOG).unwrap(), &[seed; 32])
    }

    fn directory(key: &SigningKey) -> Directory {
        let directory = Directory::default();
        let open = OpenLog { key: key.verifying_key(), root: root(9).verifying_key() };
        directory.set(BTreeMap::from([(Origin::parse(LOG).unwrap(), open)]));
        directory
    }

    pub(in crate::peer) fn root(seed: u8) -> SigningKey {
        let name = KeyName::parse("six-rivers.example/orvessa/root").unwrap();
        SigningKey::from_seed(name, &[seed; 32])
    }

    fn later(epoch: u32) -> SigningKey {
        let name = KeyName::parse(&format!("six-rivers.example/orvessa/{epoch}")).unwrap();
        SigningKey::from_seed(name, &[40; 32])
    }

    /// The statement that opens an epoch.
    fn opens(epoch: u32, root: &SigningKey) -> Vec<u8> {
        let log =
            |epoch: u32| Origin::parse(&format!("six-rivers.example/orvessa/{epoch}")).unwrap();
        let (new, old, key) = (log(epoch), log(epoch - 1), later(epoch).verifying_key());
        Epoch { new, old, last_good_size: 3, root: Hash([1; 32]), key }.sign(root)
    }

    /// The certificate of a node in a later epoch, with these statements.
    fn after(epoch: u32, statements: &[Vec<u8>]) -> CertificateDer<'static> {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let key = Hash::of(&[&pair.subject_public_key_info()]);
        let log = Origin::parse(&format!("six-rivers.example/orvessa/{epoch}")).unwrap();
        let text = text(&log, key, NOW + VOUCHED_FOR);
        let note = Note::assemble(&text, &[NoteSignature::sign(&text, &later(epoch))], LIMITS);
        let name = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(note.unwrap().to_bytes()));
        let further =
            statements.iter().map(|s| format!("{EPOCH_PREFIX}{}", URL_SAFE_NO_PAD.encode(s)));
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        let uri = |name: String| SanType::URI(name.try_into().unwrap());
        params.subject_alt_names = std::iter::once(name).chain(further).map(uri).collect();
        params.self_signed(&pair).unwrap().der().clone()
    }

    #[test]
    fn a_node_in_a_new_epoch_is_known_by_its_root_key_before_its_log_is() {
        let knows_first = directory(&key(1));
        let orvessa = Ok(PartyId::parse("orvessa").unwrap());
        let both = [opens(2, &root(9)), opens(3, &root(9))];
        assert_eq!(knows_first.party_of(&after(2, &both[..1]), NOW), orvessa);
        assert_eq!(knows_first.party_of(&after(3, &both), NOW), orvessa);
        // Whoever knows the second epoch already passes over what opened it.
        let knows_second = Directory::default();
        let open = OpenLog { key: later(2).verifying_key(), root: root(9).verifying_key() };
        let second = Origin::parse("six-rivers.example/orvessa/2").unwrap();
        knows_second.set(BTreeMap::from([(second, open)]));
        assert_eq!(knows_second.party_of(&after(3, &both), NOW), orvessa);

        let unknown =
            |epoch: u32| Err(Stranger::UnknownLog(format!("six-rivers.example/orvessa/{epoch}")));
        for statements in [&[][..], &both[1..], &[opens(2, &root(8)), both[1].clone()]] {
            assert_eq!(knows_first.party_of(&after(3, statements), NOW), unknown(3));
        }
        // A certificate of the first epoch says nothing once the second is known: its key may be the stolen one.
        assert_eq!(knows_second.party_of(&certificate(&key(1)), NOW), unknown(1));
    }

    /// The certificate that a client would show.
    pub(in crate::peer) fn certificate(signer: &SigningKey) -> CertificateDer<'static> {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let log = Origin::parse(LOG).unwrap();
        let key = Hash::of(&[&pair.subject_public_key_info()]);
        named(&pair, &text(&log, key, NOW + VOUCHED_FOR), signer)
    }

    fn named(pair: &KeyPair, text: &str, signer: &SigningKey) -> CertificateDer<'static> {
        let note = Note::assemble(text, &[NoteSignature::sign(text, signer)], LIMITS).unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        let name = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(note.to_bytes()));
        params.subject_alt_names = vec![SanType::URI(name.try_into().unwrap())];
        params.self_signed(pair).unwrap().der().clone()
    }

    #[test]
    fn a_certificate_is_the_party_s_whose_log_key_vouches_for_it() {
        let good = certificate(&key(1));
        let party = directory(&key(1)).party_of(&good, NOW);
        assert_eq!(party, Ok(PartyId::parse("orvessa").unwrap()));
        let log = Origin::parse(LOG).unwrap();
        assert_eq!(directory(&key(2)).party_of(&good, NOW), Err(Stranger::NotSigned(log.clone())));
        let unknown = Directory::default().party_of(&good, NOW);
        assert_eq!(unknown, Err(Stranger::UnknownLog(LOG.to_owned())));
        let until = NOW + VOUCHED_FOR;
        let late = directory(&key(1)).party_of(&good, UnixSeconds(until.0 + 1));
        assert_eq!(late, Err(Stranger::Over { log, until }));
    }

    #[test]
    fn a_certificate_copied_to_another_key_or_of_another_form_is_nobody_s() {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let other = Hash::of(&[b"another key"]);
        let log = Origin::parse(LOG).unwrap();
        let copied = named(&pair, &text(&log, other, NOW + VOUCHED_FOR), &key(1));
        assert_eq!(directory(&key(1)).party_of(&copied, NOW), Err(Stranger::OtherKey));
        let own = Hash::of(&[&pair.subject_public_key_info()]);
        let extra = format!("{}more\n", text(&log, own, NOW));
        for wrong in [extra.as_str(), "veche/tls/v1\n", "x\n"] {
            let certificate = named(&pair, wrong, &key(1));
            assert_eq!(directory(&key(1)).party_of(&certificate, NOW), Err(Stranger::Form));
        }
        for bytes in [vec![], vec![0x30; 400], certificate(&key(1))[..100].to_vec()] {
            let party = directory(&key(1)).party_of(&CertificateDer::from(bytes), NOW);
            assert_eq!(party, Err(Stranger::Form));
        }
    }
}
