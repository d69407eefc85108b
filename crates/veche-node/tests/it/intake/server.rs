//! A site on this machine that answers each path as a test says, and remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An answer.
#[derive(Clone)]
pub(super) enum Answer {
    /// Status, headers, body.
    Of(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// This status where the request has the header with the value, or else what follows.
    If(&'static str, &'static str, u16, Box<Self>),
    /// A head that promises more than comes.
    Cut(Vec<u8>),
    /// A byte every 200 milliseconds, for longer than anybody waits.
    Slow,
}

/// A request: its path, and its headers in small letters.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
}

pub(super) struct Site {
    address: SocketAddr,
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Answer {
    pub(super) fn feed(body: impl Into<Vec<u8>>) -> Self {
        Self::Of(200, vec![("content-type", "application/rss+xml".to_owned())], body.into())
    }

    pub(super) fn status(status: u16) -> Self {
        Self::Of(status, Vec::new(), Vec::new())
    }

    pub(super) fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Of(status, mut headers, body) => {
                headers.push((name, value.into()));
                Self::Of(status, headers, body)
            }
            other @ (Self::If(..) | Self::Cut(_) | Self::Slow) => other,
        }
    }
}

impl Site {
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (answers, asked) = (Arc::default(), Arc::default());
        let site = Self { address, answers: Arc::clone(&answers), asked: Arc::clone(&asked) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answers, asked) = (Arc::clone(&answers), Arc::clone(&asked));
                std::thread::spawn(move || serve(stream.unwrap(), &answers, &asked));
            }
        });
        site
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn put(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// What was asked, without `robots.txt`.
    pub(super) fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| asked.path != "/robots.txt").cloned().collect()
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|asked| asked.path.clone()).collect()
    }
}

fn serve(
    mut stream: TcpStream,
    answers: &Mutex<BTreeMap<String, Answer>>,
    asked: &Mutex<Vec<Asked>>,
) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect();
    let request = Asked { path: path.clone(), headers };
    asked.lock().unwrap().push(request.clone());
    let answer = answers.lock().unwrap().get(&path).cloned();
    // Whoever asked may have gone away.
    send(&mut stream, answer.unwrap_or(Answer::status(404)), &request).unwrap_or_default();
}

fn send(stream: &mut TcpStream, answer: Answer, asked: &Asked) -> std::io::Result<()> {
    match answer {
        Answer::Of(status, headers, body) => {
            let mut head = format!(
                "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n",
                body.len()
            );
            for (name, value) in headers {
                head = format!("{head}{name}: {value}\r\n");
            }
            stream.write_all(format!("{head}\r\n").as_bytes())?;
            stream.write_all(&body)
        }
        Answer::If(name, value, status, other) => {
            let is_so = asked.headers.get(name).is_some_and(|own| own == value);
            send(stream, if is_so { Answer::status(status) } else { *other }, asked)
        }
        Answer::Cut(body) => {
            let head = format!("HTTP/1.1 200 x\r\ncontent-length: {}\r\n\r\n", body.len() + 1000);
            stream.write_all(head.as_bytes())?;
            stream.write_all(&body)
        }
        Answer::Slow => {
            stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 100000\r\n\r\n")?;
            for _ in 0..100 {
                stream.write_all(b"<")?;
                stream.flush()?;
                std::thread::sleep(Duration::from_millis(200));
            }
            Ok(())
        }
    }
}
