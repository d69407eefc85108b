//! Which addresses of a site a program may ask for: the file `robots.txt`.
//!
//! Source: RFC 9309. Groups are joined by name; the longest matching rule decides, and `allow` where two are as long; `*` and `$` in rules;
//! 500 KiB are read. `Crawl-delay` is no part of it and widely used: it is kept.

/// Most bytes that are read: RFC 9309, 2.5, asks for at least 500 KiB.
pub const LEN_MAX: usize = 500 * 1024;

/// Longest delay between two requests that a site may ask for, in seconds: what asks for more is asked so often.
pub const DELAY_SECONDS_MAX: u64 = 120;

/// What a site asks of one program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Robots {
    rules: Vec<Rule>,
    /// How many seconds are to lie between two requests.
    pub delay_seconds: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    allows: bool,
    path: String,
}

impl Robots {
    /// Reads the file for a program of this name, in small letters. What is no rule is passed over: RFC 9309, 2.2.4.
    #[must_use]
    pub fn read(bytes: &[u8], agent: &str) -> Self {
        let bytes = bytes.get(..bytes.len().min(LEN_MAX)).unwrap_or_default();
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}');
        let (mut own, mut others) = (Self::default(), Self::default());
        let (mut is_own, mut is_others, mut in_rules) = (false, false, false);
        let mut has_own = false;
        for line in text.split(['\r', '\n']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((name, value)) = line.split_once(':') else { continue };
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
            if name == "user-agent" {
                if in_rules {
                    (is_own, is_others, in_rules) = (false, false, false);
                }
                is_own |= names(value, agent);
                is_others |= value == "*";
                has_own |= is_own;
                continue;
            }
            // Lines of other names stand between groups without parting them.
            if !matches!(name.as_str(), "allow" | "disallow" | "crawl-delay") {
                continue;
            }
            in_rules = true;
            if is_own {
                own.take(&name, value);
            }
            if is_others {
                others.take(&name, value);
            }
        }
        if has_own { own } else { others }
    }

    /// Returns what a site says that cannot be asked: that nothing may be fetched (RFC 9309, 2.3.1.4).
    #[must_use]
    pub fn none_allowed() -> Self {
        let all = Rule { allows: false, path: "/".to_owned() };
        Self { rules: vec![all], delay_seconds: None }
    }

    fn take(&mut self, name: &str, value: &str) {
        if name == "crawl-delay" {
            let seconds = value.split('.').next().and_then(|whole| whole.parse::<u64>().ok());
            let more = u64::from(value.split_once('.').is_some_and(|(_, part)| {
                part.bytes().any(|digit| digit.is_ascii_digit() && digit != b'0')
            }));
            let seconds = seconds.map(|seconds| (seconds + more).min(DELAY_SECONDS_MAX));
            self.delay_seconds = seconds.or(self.delay_seconds);
        } else if !value.is_empty() {
            self.rules.push(Rule { allows: name == "allow", path: unified(value) });
        }
    }

    /// Returns whether a path may be asked for, with its query: `/news?page=2`.
    #[must_use]
    pub fn allows(&self, path: &str) -> bool {
        let path = unified(path);
        let matching = self.rules.iter().filter(|rule| matches(&rule.path, &path));
        let decides = matching.max_by_key(|rule| (rule.path.len(), rule.allows));
        decides.is_none_or(|rule| rule.allows) || path == "/robots.txt"
    }
}

/// Returns whether a line speaks of this program: its name up to the first sign that names do not have.
fn names(value: &str, agent: &str) -> bool {
    let end = value.find(|c: char| !c.is_ascii_alphabetic() && c != '-' && c != '_');
    let name = value.get(..end.unwrap_or(value.len())).unwrap_or_default();
    name.eq_ignore_ascii_case(agent)
}

/// Returns a path with each byte that is no plain sign written as `%..`, and each such triple in capital letters.
fn unified(path: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let triple = bytes.get(at..at + 3).filter(|_| *byte == b'%');
        if let Some([_, high, low]) = triple {
            out.push('%');
            out.push(char::from(high.to_ascii_uppercase()));
            out.push(char::from(low.to_ascii_uppercase()));
            at += 3;
            continue;
        }
        if byte.is_ascii_graphic() {
            out.push(char::from(*byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        at += 1;
    }
    out
}

/// Returns whether a rule matches the beginning of a path. Linear in both for each `*`: the earliest match of each part is enough.
fn matches(rule: &str, path: &str) -> bool {
    let (rule, is_whole) = match rule.strip_suffix('$') {
        Some(rule) => (rule, true),
        None => (rule, false),
    };
    let mut parts = rule.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    let Some(_) = parts.peek() else { return !is_whole || rest.is_empty() };
    while let Some(part) = parts.next() {
        if is_whole && parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, cases: &[(&str, bool)]) {
        let robots = Robots::read(file.as_bytes(), "veche");
        for (path, allowed) in cases {
            assert_eq!(robots.allows(path), *allowed, "{path} by {file}");
        }
    }

    #[test]
    fn the_longest_rule_decides_and_allow_where_two_are_as_long() {
        check(
            "User-agent: *\nDisallow: /\nAllow: /news\nDisallow: /news/old\nAllow: /news/old",
            &[("/", false), ("/news/1", true), ("/news/old/1", true), ("/robots.txt", true)],
        );
        // The examples of RFC 9309, 2.2.3 and 5.2.
        check(
            "user-agent: *\nallow: /example/page/\ndisallow: /example/page/disallowed.gif",
            &[("/example/page/x", true), ("/example/page/disallowed.gif", false), ("/else", true)],
        );
        check(
            "user-agent: *\ndisallow: *.gif$\ndisallow: /a*b",
            &[("/x.gif", false), ("/x.gif?1", true), ("/a1b2", false), ("/x/a1b", true)],
        );
    }

    #[test]
    fn a_group_for_this_program_stands_in_place_of_that_for_all() {
        let file = "User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-Agent: Veche/1.0\nDisallow: /x\nCrawl-delay: 2.5\n\
                    Sitemap: https://example.org/s\nUser-agent: veche\nDisallow: /y\n";
        check(file, &[("/", true), ("/x", false), ("/y", false)]);
        assert_eq!(Robots::read(file.as_bytes(), "veche").delay_seconds, Some(3));
        check("User-agent: vechebot\nDisallow: /", &[("/", true)]);
    }

    #[test]
    fn letters_and_their_codes_are_one() {
        check(
            "User-agent: *\nDisallow: /новости",
            &[("/%d0%bd%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8", false)],
        );
    }

    #[test]
    fn what_is_no_file_of_rules_allows_all() {
        check("<html>not found</html>", &[("/", true)]);
        check("User-agent: *\nDisallow:", &[("/", true)]);
        assert!(!Robots::none_allowed().allows("/feed"));
    }

    #[test]
    fn a_rule_made_to_hurt_costs_what_its_length_costs() {
        let rule = format!("User-agent: *\nDisallow: /{}$", "*a".repeat(100_000));
        check(&rule, &[(&format!("/{}b", "a".repeat(100_000)), true)]);
    }
}
