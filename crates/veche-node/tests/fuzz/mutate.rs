//! How good bytes are spoilt. Every choice is a function of target, seed and round: the same three give the same input.

use veche_ledger::Hash;

/// Numbers and words at which readers go wrong.
const EDGES: [&[u8]; 22] = [
    b"0",
    b"-1",
    b"00",
    b"1e999",
    b"9007199254740992",
    b"18446744073709551615",
    b"18446744073709551616",
    b"-9223372036854775808",
    b"4294967295",
    b"NaN",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00\x00\x00\x00\x00",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x8f\xbf\xbf",
    b"\xe2\x80\xae",
    b"\r\n",
    b"\"",
    b"\x00",
    b"9999-12-31T23:59:60Z",
];

/// Numbers one after the other, from a counter under a hash.
pub(crate) struct Source {
    name: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Source {
    /// Returns the source of one round.
    pub(crate) fn new(target: &str, seed: u64, round: u64) -> Self {
        let name = Hash::of(&[target.as_bytes(), &seed.to_be_bytes(), &round.to_be_bytes()]).0;
        Self { name, counter: 0, block: [0; 32], used: 32 }
    }

    fn number(&mut self) -> usize {
        if self.used >= 32 {
            self.block = Hash::of(&[&self.name, &self.counter.to_be_bytes()]).0;
            (self.counter, self.used) = (self.counter + 1, 0);
        }
        let part: [u8; 4] = self.block[self.used..self.used + 4].try_into().expect("four bytes");
        self.used += 4;
        usize::try_from(u32::from_be_bytes(part)).unwrap_or(0)
    }

    /// Returns a number below `end`; 0 if that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.number() % end.max(1)
    }
}

/// Returns an input: a seed, spoilt once or a few times.
pub(crate) fn input(source: &mut Source, seeds: &[Vec<u8>], len_max: usize) -> Vec<u8> {
    let mut bytes = seeds[source.below(seeds.len())].clone();
    for _ in 0..=source.below(4) {
        spoil(source, &mut bytes, seeds);
        bytes.truncate(len_max);
    }
    bytes
}

fn spoil(source: &mut Source, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let (from, to) = range(source, bytes.len());
    match source.below(10) {
        0 => bytes.truncate(from),
        1 => {
            if let Some(byte) = bytes.get_mut(from) {
                *byte ^= 1 << source.below(8);
            }
        }
        2 => {
            if let Some(byte) = bytes.get_mut(from) {
                *byte = u8::try_from(source.below(256)).unwrap_or(0);
            }
        }
        3 => drop(bytes.drain(from..to)),
        4 => {
            let part = bytes[from..to].to_vec();
            let times = 1 + source.below(if part.len() < 64 { 200 } else { 3 });
            bytes.splice(to..to, part.repeat(times));
        }
        5 => {
            let other = &seeds[source.below(seeds.len())];
            let (first, last) = range(source, other.len());
            bytes.splice(from..to, other[first..last].iter().copied());
        }
        6 => {
            let edge = EDGES[source.below(EDGES.len())];
            bytes.splice(from..from, edge.iter().copied());
        }
        7 => {
            // A number in digits becomes another.
            let digits = |byte: &u8| byte.is_ascii_digit();
            if let Some(at) = bytes[from..].iter().position(digits).map(|at| at + from) {
                let end = bytes[at..]
                    .iter()
                    .position(|byte| !digits(byte))
                    .map_or(bytes.len(), |len| at + len);
                let edge = EDGES[source.below(10)];
                bytes.splice(at..end, edge.iter().copied());
            }
        }
        8 => {
            let part = bytes[from..to].to_vec();
            let at = source.below(bytes.len() + 1);
            bytes.splice(at..at, part);
        }
        _ => {
            // Depth, which recursion pays for.
            let sign =
                [b"[".as_slice(), b"(", b"{\"a\":", b"<a>", b"<div>", b"[["][source.below(6)];
            bytes.splice(from..from, sign.repeat(1 + source.below(3000)));
        }
    }
}

/// Returns a part of so many bytes, mostly a short one.
fn range(source: &mut Source, len: usize) -> (usize, usize) {
    let from = source.below(len + 1);
    let most = [4, 32, 256, len][source.below(4)];
    (from, (from + source.below(most + 1)).min(len))
}

/// Returns a shorter input that fails as well, after a bounded number of trials.
pub(crate) fn shortened(input: &[u8], fails: &dyn Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut least = input.to_vec();
    let mut step = least.len() / 2;
    let mut trials = 0;
    while step > 0 && trials < 2000 {
        let mut at = 0;
        while at < least.len() && trials < 2000 {
            let mut shorter = least.clone();
            shorter.drain(at..(at + step).min(least.len()));
            trials += 1;
            if fails(&shorter) {
                least = shorter;
            } else {
                at += step;
            }
        }
        step /= 2;
    }
    least
}

/// The harness itself: inputs come out the same again, differ from round to round, and a failing one is made short.
pub(crate) fn holds() {
    let seeds = vec![b"a good input with 12 numbers in 345 places".to_vec(), b"another".to_vec()];
    let made = |round| input(&mut Source::new("a", 1, round), &seeds, 1000);
    let all: std::collections::BTreeSet<Vec<u8>> = (0..500).map(made).collect();
    assert!(all.len() > 300, "inputs repeat: {} of 500 differ", all.len());
    assert!((0..500).all(|round| made(round) == made(round) && made(round).len() <= 1000));
    let fails = |input: &[u8]| input.windows(2).any(|pair| pair == b"12");
    assert_eq!(shortened(&seeds[0], &fails), b"12");
}
