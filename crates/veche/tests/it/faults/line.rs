//! A line between two processes that fails as lines do: slow, cut, silent, reset in the middle, a byte at a time, doubled.

use super::Random;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{sleep, spawn};
use std::time::Duration;

/// What a line does to what passes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    /// It carries everything, late: delay and jitter in milliseconds, bytes a second.
    Slow { delay: u64, jitter: u64, rate: u64 },
    /// Who connects is cut off at once; what was open is closed.
    Cut,
    /// Who connects is heard and hears nothing; what was open carries nothing any more.
    Silent,
    /// It carries so many bytes of each connection, by chance up to this, and resets it.
    Reset(u64),
    /// It carries a byte at a time.
    Dribble,
    /// Each connection arrives twice; the second copy begins alike and breaks off.
    Doubled,
}

/// Good weather.
pub(super) const FAIR: Weather = Weather::Slow { delay: 0, jitter: 0, rate: u64::MAX };

/// One way from somebody to somebody: whoever connects to its port is carried to the other's.
pub(super) struct Line {
    pub(super) port: u16,
    weather: Arc<Mutex<Weather>>,
    open: Arc<Mutex<Vec<Arc<TcpStream>>>>,
    /// How many times a bad weather did something to what passed.
    met: Arc<AtomicU64>,
}

/// Most bytes that are carried at once.
const CHUNK: usize = 4096;

impl Line {
    /// Opens a line to a port of this machine; it stays until the test's process ends.
    pub(super) fn to(port: u16, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let line = Self {
            port: listener.local_addr().unwrap().port(),
            weather: Arc::new(Mutex::new(FAIR)),
            open: Arc::default(),
            met: Arc::default(),
        };
        let (weather, open) = (Arc::clone(&line.weather), Arc::clone(&line.open));
        let met = Arc::clone(&line.met);
        spawn(move || {
            let mut random = Random(seed);
            for near in listener.incoming().flatten() {
                let weather = Arc::clone(&weather);
                let seed = random.below(u64::MAX);
                // Closed by its being dropped.
                if *weather.lock().unwrap() == Weather::Cut {
                    met.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                let (near, far) = (Arc::new(near), Arc::new(far));
                for end in [&near, &far] {
                    end.set_nodelay(true).unwrap();
                }
                open.lock().unwrap().extend([Arc::clone(&near), Arc::clone(&far)]);
                let copy = (*weather.lock().unwrap() == Weather::Doubled)
                    .then(|| TcpStream::connect(("127.0.0.1", port)).ok())
                    .flatten();
                for (from, to, copy) in
                    [(Arc::clone(&near), Arc::clone(&far), copy), (far, near, None)]
                {
                    let (weather, met) = (Arc::clone(&weather), Arc::clone(&met));
                    spawn(move || carry(&from, &to, copy, &weather, &met, &mut Random(seed)));
                }
            }
        });
        line
    }

    /// How many times bad weather met something that passed, since this was asked last.
    pub(super) fn met(&self) -> u64 {
        self.met.swap(0, Ordering::Relaxed)
    }

    /// Changes what the line does. What a cut or silent line had open ends with it.
    pub(super) fn set(&self, weather: Weather) {
        let before = std::mem::replace(&mut *self.weather.lock().unwrap(), weather);
        let open = std::mem::take(&mut *self.open.lock().unwrap());
        if weather == Weather::Cut || before == Weather::Silent {
            open.iter().for_each(|end| end_of(end));
        } else {
            self.open.lock().unwrap().extend(open);
        }
    }
}

fn end_of(stream: &TcpStream) {
    // One that has ended already has nothing to shut.
    let _ended = stream.shutdown(Shutdown::Both);
}

/// Carries what comes one way until it ends, or the weather ends it.
fn carry(
    mut from: &TcpStream,
    mut to: &TcpStream,
    mut copy: Option<TcpStream>,
    weather: &Mutex<Weather>,
    met: &AtomicU64,
    random: &mut Random,
) {
    let mut carried = 0;
    let mut chunk = [0; CHUNK];
    while let Ok(len @ 1..) = from.read(&mut chunk) {
        let mut bytes = &chunk[..len];
        let now = *weather.lock().unwrap();
        let mut pause = 0;
        met.fetch_add(u64::from(now != FAIR), Ordering::Relaxed);
        match now {
            Weather::Slow { delay, jitter, rate } => {
                pause = (delay + random.below(jitter + 1)) * 1000 + len as u64 * 1_000_000 / rate;
            }
            Weather::Reset(most) if carried + len as u64 > random.below(most) => {
                // What is not read when a connection closes is answered with a reset.
                bytes = &bytes[..len / 2];
                let _half = to.write_all(bytes);
                break;
            }
            Weather::Silent => {
                while *weather.lock().unwrap() == Weather::Silent {
                    sleep(Duration::from_millis(20));
                }
                break;
            }
            Weather::Dribble => {
                for byte in bytes {
                    sleep(Duration::from_micros(50));
                    if to.write_all(&[*byte]).is_err() {
                        break;
                    }
                }
                carried += len as u64;
                continue;
            }
            Weather::Cut => break,
            Weather::Doubled | Weather::Reset(_) => {}
        }
        if let Some(mut copy) = copy.take() {
            let _doubled = copy.write_all(&bytes[..len / 2]);
        }
        if pause > 0 {
            sleep(Duration::from_micros(pause));
        }
        if to.write_all(bytes).is_err() {
            break;
        }
        carried += len as u64;
    }
    end_of(from);
    end_of(to);
}
