//! What twin worlds may differ in: hashes and signatures, which follow from salted contents. Each is replaced by the name of what it is a
//! hash or signature of, so that a hash of something else, or somewhere else, is still a difference.

use std::collections::{BTreeMap, BTreeSet};
use veche_council::entry::SYSTEM_KINDS;
use veche_ledger::{Hash, LeafIndex, Origin, Record};
use veche_node::node::Node;

/// How a record is named.
#[derive(Debug)]
pub(crate) enum Naming {
    /// By its place: the twin worlds have as many records.
    ByPlace,
    /// By how many its party had said before, without these and without what a log says of itself: one world has more of both.
    BySaid(BTreeSet<Hash>),
}

/// Names by what they stand for.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By 64 hexadecimal digits.
    hashes: BTreeMap<String, String>,
    /// By base64.
    signatures: BTreeMap<String, String>,
}

/// Digits of a hash.
const HASH_LEN: usize = 64;

/// Length of the shortest that is signed or a root, in base64: 32 bytes.
const SIGNED_LEN_MIN: usize = 44;

/// Length of a cosignature in base64: 4 bytes of key, 8 of time, 64 of signature.
const COSIGNATURE_LEN: usize = 104;

impl Naming {
    fn of_head(&self, log: &Origin, size: u64) -> String {
        match self {
            Self::ByPlace => format!("{log} at {size}"),
            Self::BySaid(_) => log.to_string(),
        }
    }

    /// Names a record; `said`: how many that count its log had before it.
    fn of_record(&self, record: &Record, said: &mut usize) -> String {
        let log = record.log();
        match self {
            Self::ByPlace => format!("{log} {}", record.index().0),
            Self::BySaid(hidden) if hidden.contains(&record.leaf()) => format!("{log}, hidden"),
            Self::BySaid(_) if SYSTEM_KINDS.contains(&record.header().kind.as_str()) => {
                format!("{log}, its {}", record.header().kind)
            }
            Self::BySaid(_) => {
                *said += 1;
                format!("{log}, said {said}")
            }
        }
    }
}

impl Names {
    /// Names all that a node holds.
    pub(crate) fn of(node: &Node, naming: &Naming) -> Self {
        let mut names = Self::default();
        for head in node.heads() {
            let log = &head.log;
            let entries = node.store().entries(log, 0, head.size).expect("the entries");
            let mut said = 0;
            for (index, entry) in (0..).zip(entries) {
                let record = Record::decode(log, LeafIndex(index), &entry.leaf).expect("a record");
                let place = naming.of_record(&record, &mut said);
                names.record(&record, &place);
                names.said_digest(&place, entry.opening.as_deref());
            }
            // The root of one record is its leaf, which has its name by now.
            for size in 0..=head.size {
                let place = naming.of_head(log, size);
                if let Some(root) = node.root_at(log, size) {
                    names.hash(&root, format!("<root of {place}>"));
                    names.signatures.insert(base64(&root.0), format!("<root of {place}>"));
                }
                // The log's key signs a root.
                let line = node.store().checkpoint_line(log, size).expect("the lines");
                let signature = line.as_deref().and_then(|line| line.trim_end().rsplit(' ').next());
                let signature =
                    signature.map(|text| (text.to_owned(), format!("<head of {place}>")));
                names.signatures.extend(signature);
            }
        }
        names.derived(node);
        names
    }

    fn hash(&mut self, hash: &Hash, name: String) {
        self.hashes.entry(hash.to_string()).or_insert(name);
    }

    fn record(&mut self, record: &Record, place: &str) {
        self.hash(&record.leaf(), format!("<record of {place}>"));
        let header = record.header();
        self.hash(&header.terms.commit, format!("<commitment of {place}>"));
        if let Some(audience) = &header.audience {
            self.hash(audience, format!("<audience of {place}>"));
        }
        for (nth, line) in record.note().signatures().iter().enumerate() {
            let line = line.to_string();
            let signature = line.trim_end().rsplit(' ').next().unwrap_or_default().to_owned();
            self.signatures.insert(signature, format!("<signature {nth} of {place}>"));
        }
    }

    /// Names the digest that a record of the ledger's own states: it is over the hashes of what all may read, and of no other content.
    fn said_digest(&mut self, place: &str, opening: Option<&[u8]>) {
        let terms = opening.and_then(|bytes| bytes.get(32..));
        let terms = terms.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(bytes).ok());
        let digest = terms.as_ref().and_then(|terms| terms.get("digest")?.as_str());
        if let Some(digest) = digest.and_then(|text| Hash::parse(text).ok()) {
            self.hash(&digest, format!("<digest in {place}>"));
        }
    }

    /// Names what is made from hashes: what decisions open, certificates, the digest of the state.
    fn derived(&mut self, node: &Node) {
        let council = node.council();
        self.hash(&council.digest(), "<digest>".to_owned());
        let mut opened: BTreeMap<String, usize> = BTreeMap::new();
        for listed in council.listed() {
            let opener = council.opener_of(&listed.id).expect("what opened it");
            let opener = self.hashes.get(&opener.to_string()).cloned().unwrap_or_default();
            let nth = opened.entry(opener.clone()).or_default();
            *nth += 1;
            self.hash(&listed.id, format!("<{} in {opener}, {nth}>", listed.kind));
            if let Ok(certificate) = node.certificate(&listed.id) {
                let hash = Hash::of(&[&certificate.to_bytes()]);
                self.hash(&hash, format!("<certificate of {opener}>"));
            }
        }
    }

    /// Returns a text with hashes and signatures by their names.
    pub(crate) fn told(&self, text: &str) -> String {
        let signed = words(text, is_base64, |word, _| {
            if word.len() < SIGNED_LEN_MIN {
                return None;
            }
            let known = self.signatures.get(word).cloned();
            // A witness signs a head, which is a hash; by whom and of what stands beside it.
            let cosigned = || (word.len() == COSIGNATURE_LEN).then(|| "<cosignature>".to_owned());
            known.or_else(cosigned).map(|name| (name, 0))
        });
        words(
            &signed,
            |c| c.is_ascii_alphanumeric(),
            |word, after| {
                if word.len() != HASH_LEN {
                    return self.short(word, after);
                }
                self.hashes.get(word).map(|name| (name.clone(), 0))
            },
        )
    }

    /// Reads a hash in its short form, `9c1fab…77aa`: its name and how much of what follows the first digits belongs to it.
    fn short(&self, head: &str, after: &str) -> Option<(String, usize)> {
        let tail = after.strip_prefix('…').filter(|_| head.len() >= 6)?;
        let end = tail.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(tail.len());
        let mut alike = self.hashes.range(head.to_owned()..);
        let (_, name) = alike
            .by_ref()
            .take_while(|(hash, _)| hash.starts_with(head))
            .find(|(hash, _)| hash.ends_with(&tail[..end]))?;
        Some((format!("{name}, short"), '…'.len_utf8() + end))
    }

    /// Returns a row of hashes of 32 bytes by their names: inner nodes of a tree are named as such.
    pub(crate) fn tile(&self, bytes: &[u8]) -> Vec<String> {
        let name = |hash: &[u8]| {
            let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            self.hashes.get(&hex).cloned().unwrap_or_else(|| "<inner node>".to_owned())
        };
        bytes.chunks(32).map(name).collect()
    }
}

/// Replaces the words of a text for which there is something else, and with them so much of what follows.
fn words(
    text: &str,
    is_in: impl Fn(char) -> bool,
    other: impl Fn(&str, &str) -> Option<(String, usize)>,
) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(&is_in) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (word, after) = rest.split_at(rest.find(|c| !is_in(c)).unwrap_or(rest.len()));
        let (name, len) = other(word, after).unwrap_or_else(|| (word.to_owned(), 0));
        out.push_str(&name);
        rest = &after[len..];
    }
    out + rest
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/=".contains(c)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let whole = chunk.iter().fold(0u32, |all, byte| all << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let at = usize::try_from(whole >> (18 - 6 * digit) & 63).unwrap_or_default();
            out.push(if digit <= chunk.len() { char::from(DIGITS[at]) } else { '=' });
        }
    }
    out
}
