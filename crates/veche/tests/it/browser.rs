//! A browser without scripts: forms, redirections that are shown and not followed, one cookie. Over plain sockets.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// Who asks a server.
#[derive(Clone)]
pub(crate) struct Browser {
    /// `127.0.0.1:8080`
    host: String,
    cookie: Option<String>,
}

/// What the server answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Browser {
    /// Begins at an address as the program prints it; returns its path as well.
    pub(crate) fn at(url: &str) -> (Self, String) {
        let rest = url.strip_prefix("http://").unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        (Self { host: host.to_owned(), cookie: None }, format!("/{path}"))
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.try_get(path).unwrap()
    }

    /// Asks a server that may end before it has answered: then there is no answer.
    pub(crate) fn try_get(&mut self, path: &str) -> Option<Answer> {
        self.ask("GET", path, "")
    }

    /// Signs in by a link at a server that may end meanwhile.
    pub(crate) fn try_sign_in(url: &str) -> Option<Self> {
        let (mut browser, path) = Self::at(url);
        let (_, token) = path.split_once("token=")?;
        browser.try_get(&path)?;
        let entered = browser.try_post("/sign-in", &[("token", token), ("back", "/")])?;
        (entered.status == 303).then_some(browser)
    }

    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_post(path, fields).unwrap()
    }

    /// Sends a form to a server that may end before it has answered: then there is no answer.
    pub(crate) fn try_post(&mut self, path: &str, fields: &[(&str, &str)]) -> Option<Answer> {
        self.ask("POST", path, &form(fields))
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Option<Answer> {
        let stream = self.send(method, path, body)?;
        let answer = read(stream)?;
        if let Some(cookie) = answer.header("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        Some(answer)
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Option<TcpStream> {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.host);
        if let Some(cookie) = &self.cookie {
            write!(request, "Cookie: {cookie}\r\n").unwrap();
        }
        if method == "POST" {
            let kind = "application/x-www-form-urlencoded";
            write!(request, "Origin: http://{}\r\nContent-Type: {kind}\r\n", self.host).unwrap();
            write!(request, "Content-Length: {}\r\n", body.len()).unwrap();
        }
        let mut stream = TcpStream::connect(&self.host).ok()?;
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).ok()?;
        Some(stream)
    }
}

/// Reads an answer to its end; none if the server ended before.
fn read(mut stream: TcpStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    // A server that is killed leaves a reset behind, perhaps after all of its answer.
    let _reset = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let answer = Answer { status, head: head.to_owned(), body: body.to_owned() };
    let len = answer.header("content-length").and_then(|len| len.parse().ok());
    len.is_none_or(|len: usize| len == answer.body.len()).then_some(answer)
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// Where it leads, if it leads on.
    pub(crate) fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    /// The record that an act made.
    pub(crate) fn leaf(&self) -> Option<String> {
        let (_, leaf) = self.location().split_once("done=")?;
        (self.status == 303 && leaf.len() == 64).then(|| leaf.to_owned())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Writes fields as a browser does.
fn form(fields: &[(&str, &str)]) -> String {
    let encoded =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}
