//! What a world does to its nodes and what its liar does to what it sends.

use crate::random::Random;
use std::collections::BTreeMap;
use veche_ledger::sync::{Resource, openings_bytes, parse_openings};
use veche_node::peer::{Asked, Reply};

/// How bad a world is, in a thousand, and what it has. Each world draws its own: some are quiet but for one thing.
#[derive(Debug, Clone)]
pub(crate) struct Weather {
    pub(crate) lost: u64,
    pub(crate) repeated: u64,
    /// Longest time on the way, in milliseconds.
    pub(crate) delay: u64,
    pub(crate) crash: u64,
    /// Disks lost whose node comes back from a backup.
    pub(crate) restore: u64,
    pub(crate) cut: u64,
    pub(crate) disk_full: u64,
    pub(crate) clock_jump: u64,
    pub(crate) speech: u64,
    pub(crate) lie: Option<Lie>,
}

/// What the one member does that lies, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Changes bits of what it serves.
    Garble,
    /// Leaves contents out that others may read.
    Withhold,
    /// Serves what it served before.
    Replay,
    /// Sends rubbish that nobody asked for.
    Flood,
    /// Sends more than was asked for.
    Oversize,
    /// Shows two histories of its own log.
    Fork,
}

/// Two histories are drawn twice as often: of all lies it is the one that no single node can see.
const LIES: [Lie; 7] =
    [Lie::Garble, Lie::Withhold, Lie::Replay, Lie::Flood, Lie::Oversize, Lie::Fork, Lie::Fork];

impl Weather {
    pub(crate) fn draw(random: &mut Random, nodes: usize) -> Self {
        let mut sometimes =
            |most: u64| if random.permille(600) { random.below(most + 1) } else { 0 };
        let (lost, repeated, crash) = (sometimes(150), sometimes(100), sometimes(6));
        let (cut, disk_full, clock_jump) = (sometimes(8), sometimes(4), sometimes(4));
        let delay = *random.pick(&[20, 200, 3_000, 30_000]);
        let speech = 50 + random.below(300);
        let lie = (nodes > 3 && random.permille(600)).then(|| *random.pick(&LIES));
        // A liar that alone has what was said since a backup can hide it, and nobody else can know: that is not promised.
        let restore = if lie.is_none() && random.permille(600) { 2 + random.below(6) } else { 0 };
        Self { lost, repeated, delay, crash, restore, cut, disk_full, clock_jump, speech, lie }
    }
}

/// What a liar keeps in mind.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    served: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    /// Changes an answer as the lie says.
    pub(crate) fn spoil(
        &mut self,
        lie: Lie,
        random: &mut Random,
        asked: &Asked,
        reply: Reply,
    ) -> Reply {
        if reply.status != 200 || reply.body.is_empty() {
            return reply;
        }
        let mut body = reply.body;
        match lie {
            Lie::Garble if random.permille(300) => {
                let at = random.index(body.len());
                body[at] ^= 1 << random.below(8);
            }
            Lie::Withhold => {
                if let Asked::Get(Resource::Openings(_, path)) = asked
                    && let Ok(openings) = parse_openings(&body, path.width())
                {
                    body = openings_bytes(openings.iter().map(|_| None));
                }
            }
            Lie::Replay => {
                let key = asked.to_string();
                let first = self.served.entry(key).or_insert_with(|| body.clone());
                if random.permille(400) {
                    body.clone_from(first);
                }
            }
            Lie::Oversize if random.permille(300) => {
                body.resize(body.len() + asked.answer_len_max() + 1, 0);
            }
            Lie::Garble | Lie::Oversize | Lie::Flood | Lie::Fork => {}
        }
        Reply { status: 200, body }
    }
}

/// Returns rubbish: of any length up to a few hundred bytes, some of it nearly right.
pub(crate) fn rubbish(random: &mut Random, like: Option<&[u8]>) -> Vec<u8> {
    if let Some(like) = like.filter(|like| !like.is_empty())
        && random.permille(500)
    {
        let mut body = like.to_vec();
        body.truncate(1 + random.index(body.len()));
        let at = random.index(body.len());
        body[at] ^= 1 << random.below(8);
        return body;
    }
    (0..random.below(300)).map(|_| u8::try_from(random.below(256)).expect("a byte")).collect()
}
