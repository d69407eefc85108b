//! Servers of these tests: they take mail and posts on this machine, in good moods and bad ones.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// How a server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It takes what it is given.
    Good,
    /// It is busy so many times, and takes what comes then.
    Busy(u32),
    /// It refuses every receiver for good.
    NoSuchUser,
    /// It takes the connection and says nothing.
    Silent,
    /// It hangs up at once.
    HangsUp,
    /// It says something that is no answer.
    Garbage,
    /// It talks without end.
    Babbles,
}

/// A mail as a server got it.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) text: String,
}

impl Mail {
    /// Returns a header's value.
    pub(crate) fn header(&self, name: &str) -> &str {
        let head = format!("{name}: ");
        let lines = self.text.lines().take_while(|line| !line.is_empty());
        lines.filter_map(|line| line.strip_prefix(&head)).next().unwrap_or_default()
    }
}

/// A mail server.
pub(crate) struct MailServer {
    pub(crate) at: SocketAddr,
    pub(crate) mails: Receiver<Mail>,
    pub(crate) connections: Arc<AtomicU32>,
}

impl MailServer {
    pub(crate) fn start(mood: Mood) -> Self {
        Self::start_with(mood, None)
    }

    /// `tls`: speaks TLS from the first byte.
    pub(crate) fn start_with(mood: Mood, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("an address");
        let (taken, mails) = channel();
        let connections = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&connections);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (taken, tls) = (taken.clone(), tls.clone());
                let nth = count.fetch_add(1, Ordering::SeqCst);
                // A client that hangs up in the middle is a client's right.
                std::thread::spawn(move || {
                    speak(stream, mood, nth, tls, &taken).unwrap_or_default();
                });
            }
        });
        Self { at, mails, connections }
    }
}

fn speak(
    stream: TcpStream,
    mood: Mood,
    nth: u32,
    tls: Option<Arc<rustls::ServerConfig>>,
    taken: &Sender<Mail>,
) -> std::io::Result<()> {
    match tls {
        None => converse(&mut BufReader::new(stream), mood, nth, taken),
        Some(config) => {
            let connection =
                rustls::ServerConnection::new(config).map_err(std::io::Error::other)?;
            converse(
                &mut BufReader::new(rustls::StreamOwned::new(connection, stream)),
                mood,
                nth,
                taken,
            )
        }
    }
}

fn converse<S: Read + Write>(
    stream: &mut BufReader<S>,
    mood: Mood,
    nth: u32,
    taken: &Sender<Mail>,
) -> std::io::Result<()> {
    let say = |stream: &mut BufReader<S>, line: &str| {
        stream.get_mut().write_all(format!("{line}\r\n").as_bytes())?;
        stream.get_mut().flush()
    };
    match mood {
        Mood::HangsUp => return Ok(()),
        Mood::Silent => return stream.read_to_end(&mut Vec::new()).map(drop),
        Mood::Garbage => return say(stream, "\x1b[2J\u{0}hello, I am no mail server"),
        Mood::Babbles => loop {
            say(stream, "220-and another thing")?;
        },
        Mood::Busy(times) if nth < times => return say(stream, "421 busy, come back"),
        Mood::Good | Mood::Busy(_) | Mood::NoSuchUser => say(stream, "220 mail.test")?,
    }
    let mut to = String::new();
    let mut line = String::new();
    while stream.read_line(&mut line)? > 0 {
        let word = line.split([' ', '\r']).next().unwrap_or_default().to_uppercase();
        match word.as_str() {
            "RCPT" if mood == Mood::NoSuchUser => say(stream, "550 no such user here")?,
            "RCPT" => {
                to = line.trim().trim_start_matches("RCPT TO:").trim_matches(['<', '>']).to_owned();
                say(stream, "250 ok")?;
            }
            "DATA" => {
                say(stream, "354 go on")?;
                let text = data(stream)?;
                taken.send(Mail { to: to.clone(), text }).unwrap_or_default();
                say(stream, "250 taken")?;
            }
            "QUIT" => return say(stream, "221 bye"),
            _ => say(stream, "250 ok")?,
        }
        line.clear();
    }
    Ok(())
}

fn data<S: Read>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let (mut text, mut line) = (String::new(), String::new());
    while stream.read_line(&mut line)? > 0 && line != ".\r\n" {
        text.push_str(line.trim_end_matches("\r\n"));
        text.push('\n');
        line.clear();
    }
    Ok(text)
}

/// A request as a server got it: its head and its body.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// A server that answers every request with the same bytes. `None`: with nothing, ever.
pub(crate) struct WebServer {
    pub(crate) at: SocketAddr,
    pub(crate) posts: Arc<Mutex<Vec<Post>>>,
}

impl WebServer {
    pub(crate) fn start(answer: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("an address");
        let posts = Arc::new(Mutex::new(Vec::new()));
        let (taken, answer) = (Arc::clone(&posts), answer.map(str::to_owned));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (taken, answer) = (Arc::clone(&taken), answer.clone());
                std::thread::spawn(move || {
                    serve(stream, answer.as_deref(), &taken).unwrap_or_default();
                });
            }
        });
        Self { at, posts }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/page", self.at)
    }
}

fn serve(stream: TcpStream, answer: Option<&str>, taken: &Mutex<Vec<Post>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut head, mut len) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            len = value.trim().parse().unwrap_or(0);
        }
        head.push_str(&line);
    }
    let mut body = vec![0; len];
    stream.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    taken.lock().expect("no test fails while it holds this").push(Post { head, body });
    match answer {
        Some(answer) => stream.get_mut().write_all(answer.as_bytes()),
        None => stream.read_to_end(&mut Vec::new()).map(drop),
    }
}

/// A certificate for `localhost` with its key, and what to trust it by.
pub(crate) fn certificate() -> (Arc<rustls::ServerConfig>, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der())
        .expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a server");
    (Arc::new(config), made.cert.pem())
}
