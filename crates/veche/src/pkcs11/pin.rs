//! The PIN of a token: from a file or from the terminal, never from arguments or environment, where other programs see it.

use crate::failure::Failure;
use crate::file;
use crate::node::node_fault;
use console::Term;
use cryptoki::types::AuthPin;
use std::path::Path;

/// Longest file with a PIN, in bytes: tokens take at most 255.
const PIN_LEN_MAX: u64 = 257;

/// Reads a PIN; a line end at its end is no part of it.
///
/// # Errors
/// Those of files; one that is empty, has two lines, or is no text.
pub(super) fn read(path: &Path) -> Result<AuthPin, Failure> {
    let bytes = file::read(path, PIN_LEN_MAX)?;
    let fault = |what: &str| node_fault(format!("the PIN file `{}` {what}", path.display()));
    line(&bytes).map(AuthPin::from).map_err(fault)
}

/// Returns the one line of a file, or what is wrong with it.
fn line(bytes: &[u8]) -> Result<&str, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is no text")?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    match line {
        "" => Err("is empty"),
        _ if line.contains(['\n', '\0']) => Err("has more than one line"),
        _ => Ok(line),
    }
}

/// Asks for a PIN at the terminal, which does not show it; `None` where there is no terminal, or nothing is typed.
pub(super) fn ask(token: &str) -> Option<AuthPin> {
    let terminal = Term::stderr();
    if !terminal.is_term() {
        return None;
    }
    terminal.write_str(&format!("PIN of token `{token}`: ")).ok()?;
    let typed = terminal.read_secure_line().ok()?;
    (!typed.is_empty()).then(|| AuthPin::from(typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_one_line_of_text() {
        assert_eq!(line(b"1234"), Ok("1234"));
        assert_eq!(line(b"1234\n"), Ok("1234"));
        assert_eq!(line(b"1234\r\n"), Ok("1234"));
        assert_eq!(line(b" 12 34 "), Ok(" 12 34 "), "blanks may be part of it");
        assert_eq!(line(b""), Err("is empty"));
        assert_eq!(line(b"\n"), Err("is empty"));
        assert_eq!(line(b"1234\n5678\n"), Err("has more than one line"));
        assert_eq!(line(b"12\x0034"), Err("has more than one line"));
        assert_eq!(line(b"\xff\xfe1"), Err("is no text"));
    }

    #[test]
    fn a_pin_file_of_any_size_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pin.txt");
        std::fs::write(&path, [b'1'; 300]).unwrap();
        assert!(read(&path).unwrap_err().to_text().contains("more than 257 bytes"));
    }
}
