//! `veche feed`: feeds, files and folders from which a node takes news.

use crate::running::{BOTH, Running, with_node};
use crate::support::{Place, Screen};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

const SAYS: &str = "Rebels shelled a village near Minsk, killing at least 12 people.";

fn rss() -> String {
    format!(
        "<rss><channel><title>Wire</title><item><guid>r-1</guid><title>Shells</title>\
         <pubDate>Mon, 23 Nov 2026 08:00:00 +0300</pubDate><description>{SAYS}</description></item>\
         <item><guid>r-2</guid><title>Carpets</title></item></channel></rss>"
    )
}

/// A site of this machine with a feed at `/feed`, and rules that keep programs from `/hidden`. Returns its address.
fn site() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().unwrap().unwrap();
            lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
            let (status, body) = match first.split(' ').nth(1).unwrap() {
                "/feed" => (200, rss()),
                "/robots.txt" => (200, "User-agent: *\nDisallow: /hidden\n".to_owned()),
                _ => (404, String::new()),
            };
            let head = format!(
                "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap_or_default();
        }
    });
    format!("http://{address}")
}

/// Replaces what differs between two runs.
fn steady(screen: &Screen, site: &str) -> String {
    screen.to_string().replace(site, "http://site.example")
}

#[test]
fn a_feed_is_added_checked_read_and_coded() {
    let (place, site) = (Place::new(), site());
    place
        .veche(&format!(
            "feed add {site}/feed --name wire --publisher Wire --label GREEN --private-network"
        ))
        .good();
    let checked = place.veche("feed check wire");
    let lines: Vec<&str> = checked.good().lines().collect();
    assert_eq!(
        lines[..3],
        [
            "robots.txt: lets programs read it",
            "2 items of \"Wire\"",
            "  2026-11-23T05:00:00Z  Shells"
        ]
    );
    // Of an item without a date the day of fetching counts.
    assert!(lines[3].ends_with(" (no date)  Carpets"), "{checked}");
    assert_eq!(place.veche("feed items").out, "no items\n");
    let ran = place.veche("feed run");
    assert_eq!(ran.out, "wire: 2 new, 0 changed, 0 known; 1 without a good date\n", "{ran}");
    assert_eq!(place.veche("feed run").good(), "no feed is due\n");
    let again = place.veche("feed run wire --json").json();
    assert_eq!(again["looked_at"][0]["known"], 2, "{again}");
    place.put("lines.jsonl", place.veche("feed items --code").good());
    let coded = place.veche("code lines.jsonl");
    let event: serde_json::Value = serde_json::from_str(coded.out.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&event["document"], &event["published"], &event["publisher"]),
        (&"wire r-1".into(), &"2026-11-23T05:00:00Z".into(), &"Wire".into())
    );
    let listed = place.veche("feed list --json").json();
    let row = &listed["feeds"][0];
    assert_eq!((&row["state"], &row["items"]), (&"good".into(), &2.into()), "{listed}");
}

#[test]
fn what_is_wrong_with_a_feed_stands_below_it() {
    let (place, site) = (Place::new(), site());
    place.veche(&format!("feed add {site}/hidden --name hidden --private-network")).good();
    place.veche(&format!("feed add {site}/feed --name inside")).good();
    let ran = place.veche("feed run");
    assert_eq!(ran.code, Some(7), "{ran}");
    let listed = steady(&place.veche("feed list"), &site);
    for says in [
        "  1 failure in a row; its site's robots.txt asks programs to leave `/hidden` alone",
        "an address of this machine or of a private network: a feed that is meant to be there is added with",
    ] {
        assert!(listed.contains(says), "{listed}");
    }
    place.veche("feed disable hidden").good();
    let off = place.veche("feed list");
    assert!(off.out.lines().any(|line| line.starts_with("hidden  off")), "{off}");
    place.veche("feed remove inside").good();
    assert_eq!(place.veche("feed enable inside").code, Some(3));
    let checked = place.veche("feed check hidden");
    assert_eq!(checked.code, Some(7));
    assert!(checked.out.contains("robots.txt: asks programs to leave it alone"), "{checked}");
}

#[test]
fn a_list_of_feeds_is_imported_once_and_exported() {
    let place = Place::new();
    place.put(
        "list.opml",
        "<opml><body><outline text='Волна' xmlUrl='https://example.org/a'/><outline text='Wire' xmlUrl='https://example.org/b' language='ru'/>\
         <outline text='Odd' xmlUrl='file:///etc/passwd'/></body></opml>",
    );
    let screen = place.veche("feed import list.opml --every 1h --label GREEN");
    assert_eq!(screen.code, Some(5), "{screen}");
    assert_eq!(
        screen.out,
        "2 feeds added, 0 known\npassed over: `file:///etc/passwd` is no address of the web\n"
    );
    assert!(place.veche("feed import list.opml").out.starts_with("0 feeds added, 2 known"));
    let exported = place.veche("feed export");
    place.put("out.opml", exported.good());
    let other = place.veche("feed import out.opml --feeds other");
    assert_eq!(other.good(), "2 feeds added, 0 known\n");
    place.put("page.html", "<html></html>");
    let screen = place.veche("feed import page.html");
    assert_eq!(screen.code, Some(5));
    assert!(screen.err.contains("it is no OPML"), "{screen}");
}

#[test]
fn a_label_is_one_of_the_charters_if_one_is_given() {
    let place = Place::new();
    place.put("charter.toml", crate::running::TWO_BANKS);
    place.put("a.txt", SAYS);
    let screen = place.veche("feed add a.txt --label NOBODY --charter charter.toml");
    assert_eq!(screen.code, Some(2), "{screen}");
    assert!(screen.err.contains("has no label `NOBODY`"), "{screen}");
    assert!(screen.err.contains("hint:  its labels are"), "{screen}");
    for bad in ["a.txt --every 5s", "a.txt --name A", "nowhere", "https://me:word@example.org/"] {
        assert_eq!(place.veche(&format!("feed add {bad}")).code, Some(2), "{bad}");
    }
    assert_eq!(place.veche("feed list").code, Some(3));
}

#[cfg(unix)]
#[test]
fn a_watch_goes_on_until_it_is_told_to_end() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("inbox")).unwrap();
    place.put("inbox/a.txt", SAYS);
    place.veche("feed add inbox").good();
    let watching = Running::of(&place, place.command("feed run --watch"));
    assert_eq!(watching.line, "inbox: 1 new, 0 changed, 0 known; 1 without a good date");
    let ended = watching.end("TERM");
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert!(place.veche("feed items").good().contains("inbox"));
}

#[test]
fn a_watch_ends_when_nobody_reads_what_it_writes() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("inbox")).unwrap();
    place.put("inbox/a.txt", SAYS);
    place.veche("feed add inbox").good();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let begun = Instant::now();
    let mut watching = place.command("feed run --watch --code").stdout(writer).spawn().unwrap();
    let ended = loop {
        if let Some(status) = watching.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > Duration::from_secs(60) {
            watching.kill().unwrap();
            panic!("it goes on");
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(ended.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_node_looks_at_its_feeds_tells_their_health_and_logs_nothing_of_them() {
    let place = with_node();
    std::fs::create_dir(place.path().join("inbox")).unwrap();
    place.put("inbox/a.txt", SAYS);
    place.veche("feed add inbox").good();
    let running =
        Running::start(&place, &format!("{BOTH} --feeds feeds --metrics 127.0.0.1:0 --log json"));
    let begun = Instant::now();
    let records = |metrics: &str| {
        let rows = metrics.lines().filter(|line| line.starts_with("veche_records{"));
        rows.map(str::to_owned).collect::<Vec<_>>()
    };
    let first = records(&asked(&running.errors()));
    assert!(!first.is_empty(), "{}", running.errors());
    let mut metrics = String::new();
    while !metrics.contains("veche_feed_items_total{feed=\"inbox\"} 1") {
        assert!(begun.elapsed() < Duration::from_secs(60), "{metrics}\n{}", running.errors());
        std::thread::sleep(Duration::from_millis(200));
        metrics = asked(&running.errors());
    }
    assert!(metrics.contains("veche_feed_up{feed=\"inbox\"} 1"), "{metrics}");
    assert!(metrics.contains("veche_feed_failures{feed=\"inbox\"} 0"), "{metrics}");
    assert_eq!(records(&metrics), first);
    // The command line reads what the node takes while it runs.
    assert!(place.veche("feed items").good().contains("inbox"), "no items");
    assert!(!running.errors().contains("Minsk"));
    let ended = running.end("TERM");
    assert_eq!(ended.code, Some(0), "{ended}");
}

/// What a node tells whoever watches it, at the address that it said.
fn asked(errors: &str) -> String {
    let Some((_, rest)) = errors.split_once("watches: http://") else { return String::new() };
    let address = rest.split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut out = String::new();
    stream.read_to_string(&mut out).unwrap();
    out
}
