//! Words in clusters of like use, so that a word that no labelled sentence has is weighed as its neighbours are.
//!
//! Words whose vectors lie near each other share a cluster; the clusters lie in coarser ones. What is learnt of a cluster holds of all its words (Miller,
//! Guinness and Zamanian 2004, "Name Tagging with Word Clusters and Discriminative Training"; Koo, Carreras and Collins 2008, "Simple Semi-supervised
//! Dependency Parsing"). `models/README.md` tells from which vectors they were made.

use crate::lexicon::Language;
use crate::model::hash;
use crate::model::table::Table;
use crate::model::{Kind, ModelError, Parts};

/// The clusters of both languages.
#[derive(Clone, Copy, Debug)]
pub struct Clusters<'m> {
    english: Words<'m>,
    russian: Words<'m>,
}

/// The clusters of one language's words.
#[derive(Clone, Copy, Debug)]
struct Words<'m> {
    /// From a word to its cluster.
    clusters: Table<'m>,
    /// The coarse cluster of each, two bytes.
    coarse: &'m [[u8; 2]],
}

/// The cluster of a word, and the coarse one in which it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cluster {
    pub(crate) fine: u16,
    pub(crate) coarse: u16,
}

static ENGLISH: &[u8] = include_bytes!("../models/english-clusters.bin");
static RUSSIAN: &[u8] = include_bytes!("../models/russian-clusters.bin");

impl Clusters<'static> {
    /// Returns the clusters that the program carries.
    ///
    /// # Errors
    /// If the program's own bytes are damaged.
    pub fn shipped() -> Result<Self, ModelError> {
        Self::read(ENGLISH, RUSSIAN)
    }
}

impl<'m> Clusters<'m> {
    /// Reads the model file of each language.
    ///
    /// # Errors
    /// If the bytes are no such model of this version, or not as they were written.
    pub fn read(english: &'m [u8], russian: &'m [u8]) -> Result<Self, ModelError> {
        Ok(Self { english: Words::read(english)?, russian: Words::read(russian)? })
    }

    /// Returns the cluster of a word as it stands, folded.
    #[inline]
    pub(crate) fn of(&self, language: Language, folded: &str) -> Option<Cluster> {
        match language {
            Language::English => self.english.of(folded),
            Language::Russian => self.russian.of(folded),
        }
    }
}

impl<'m> Words<'m> {
    fn read(bytes: &'m [u8]) -> Result<Self, ModelError> {
        let kind = Kind::Clusters;
        let Parts { parts: [table, coarse], .. } = Parts::<2>::read(kind, bytes)?;
        let (coarse, rest) = coarse.as_chunks();
        let clusters = Table::read(table)
            .filter(|table| table.all(|cluster| usize::from(cluster) < coarse.len()))
            .ok_or(kind.malformed("table of words"))?;
        let fits = rest.is_empty() && !coarse.is_empty();
        fits.then_some(Self { clusters, coarse }).ok_or(kind.malformed("coarse clusters"))
    }

    fn of(&self, folded: &str) -> Option<Cluster> {
        let fine = self.clusters.find(hash::text(folded))?;
        let coarse = self.coarse.get(usize::from(fine))?;
        Some(Cluster { fine, coarse: u16::from_le_bytes(*coarse) })
    }
}
