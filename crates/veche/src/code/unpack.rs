//! Packed input, unpacked within limits: a file that was made to burst stops where it does.

use flate2::read::MultiGzDecoder;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// Most bytes that each packed byte may become: pages of the web come to about ten.
const RATIO_MAX: u64 = 150;

/// Bytes that are unpacked before the ratio counts.
const SLACK: u64 = 4 * 1024 * 1024;

/// Gzip, unpacked.
pub(super) struct Unpacked {
    gz: MultiGzDecoder<Counted>,
    packed: Rc<Cell<u64>>,
    out: u64,
}

struct Counted {
    from: Box<dyn Read>,
    count: Rc<Cell<u64>>,
}

impl Unpacked {
    /// Unpacks what is read from here.
    pub(super) fn new(from: Box<dyn Read>) -> Self {
        let packed = Rc::new(Cell::new(0));
        let gz = MultiGzDecoder::new(Counted { from, count: Rc::clone(&packed) });
        Self { gz, packed, out: 0 }
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.from.read(buffer)?;
        self.count.set(self.count.get() + len as u64);
        Ok(len)
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.gz.read(buffer)?;
        self.out += len as u64;
        if self.out > SLACK + RATIO_MAX * self.packed.get() {
            let fault = format!("it unpacks to more than {RATIO_MAX} times its length");
            return Err(io::Error::new(io::ErrorKind::InvalidData, fault));
        }
        Ok(len)
    }
}
