//! What hostile and broken sites come to.

use super::server::{Answer, Site};
use super::{World, rss};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use std::time::{Duration, Instant};
use veche_node::intake::feed::{Address, Feed};
use veche_node::intake::fetch::Limits;

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn an_address_of_this_machine_is_asked_only_if_the_feed_was_added_so() {
    let site = Site::new();
    site.put("/feed", Answer::feed(rss(&[("1", "They met.")])));
    let port = site.url("").rsplit_once(':').unwrap().1.to_owned();
    for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        let address = Address::find(&format!("http://{host}:{port}/feed")).unwrap();
        let world = World::of(address, |feed| feed);
        world.refused("an address of this machine or of a private network");
    }
    assert!(site.paths().is_empty(), "{:?}", site.paths());
}

#[test]
fn another_host_is_not_followed_and_said_and_a_circle_ends() {
    let (site, other) = (Site::new(), Site::new());
    other.put("/feed", Answer::feed(rss(&[("1", "They met.")])));
    site.put("/away", Answer::status(302).with("location", other.url("/feed")));
    World::at(&site, "/away").refused("it leads to another host");
    assert!(other.paths().is_empty());
    site.put("/round", Answer::status(302).with("location", "/round"));
    World::at(&site, "/round").refused("it leads on more than 5 times");
    assert_eq!(site.asked().iter().filter(|asked| asked.path == "/round").count(), 6);
    site.put("/odd", Answer::status(302).with("location", "file:///etc/passwd"));
    World::at(&site, "/odd").refused("which is no address");
    site.put("/moved", Answer::status(301).with("location", "/here"));
    site.put("/here", Answer::feed(rss(&[("1", "They met.")])));
    assert_eq!(World::at(&site, "/moved").look().new, 1);
}

#[test]
fn whoever_sends_a_byte_at_a_time_is_not_waited_for() {
    let site = Site::new();
    site.put("/feed", Answer::Slow);
    let begun = Instant::now();
    World::at(&site, "/feed").refused("timeout");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_body_that_is_too_long_packed_or_not_is_left() {
    let site = Site::new();
    site.put("/long", Answer::feed(vec![b' '; 300 * 1024]));
    World::at(&site, "/long").refused("it has more than 262144 bytes");
    let bomb = packed(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 256 * 1024);
    site.put("/bomb", Answer::feed(bomb).with("content-encoding", "gzip"));
    World::at(&site, "/bomb").refused("it has more than 262144 bytes");
    let good = packed(rss(&[("1", "They met.")]).as_bytes());
    site.put("/packed", Answer::feed(good.clone()).with("content-encoding", "gzip"));
    assert_eq!(World::at(&site, "/packed").look().new, 1);
    site.put(
        "/broken",
        Answer::feed(good[..good.len() - 9].to_vec()).with("content-encoding", "gzip"),
    );
    World::at(&site, "/broken").refused("it cannot be unpacked");
    site.put("/other", Answer::feed("x").with("content-encoding", "br"));
    World::at(&site, "/other").refused("it is packed as `br`");
}

#[test]
fn a_body_that_breaks_off_gives_nothing_and_a_feed_that_does_gives_what_is_whole() {
    let site = Site::new();
    let feed = rss(&[("1", "They met."), ("2", "They parted.")]);
    site.put("/cut", Answer::Cut(feed.clone().into_bytes()));
    World::at(&site, "/cut").refused("");
    let at = feed.find("They parted").unwrap();
    site.put("/half", Answer::feed(&feed.as_bytes()[..at + 6]).with("etag", "\"half\""));
    let world = World::at(&site, "/half");
    let report = world.look();
    assert_eq!((report.new, report.error()), (1, Some("it ends within an element")));
    assert_eq!(world.texts(), ["They met."]);
    // What was not read whole is asked for anew, without a seal.
    assert_eq!(world.feed().health.seal.tag, "");
}

#[test]
fn hostile_xml_and_what_is_no_feed_give_nothing() {
    let site = Site::new();
    let cases = [
        (
            "/bomb",
            "<!DOCTYPE x [<!ENTITY a \"aa\">]><rss><item><title>&a;</title></item></rss>",
            "references of its own",
        ),
        ("/page", "<html><body>Not found</body></html>", "it is no feed: RSS or Atom"),
        ("/empty", "", "it is no feed: RSS or Atom"),
        ("/json", "{\"error\": 1}", "it has no list `items`"),
    ];
    for (path, body, why) in cases {
        site.put(path, Answer::feed(body));
        World::at(&site, path).refused(why);
    }
    site.put("/missing", Answer::status(404));
    World::at(&site, "/missing").refused("status 404");
    site.put(
        "/latin",
        Answer::feed(b"<rss><item><title>\xcc\xe8\xed\xf1\xea</title></item></rss>".to_vec()),
    );
    World::at(&site, "/latin").refused("it is not UTF-8 and names no other encoding");
}

#[test]
fn ids_that_stand_twice_and_wrong_dates_are_told_and_the_rest_is_taken() {
    let site = Site::new();
    let feed = "<rss><item><guid>1</guid><title>a</title><pubDate>Mon, 23 Nov 2026 08:00:00 GMT</pubDate></item>\
         <item><guid>1</guid><title>b</title></item><item><guid>2</guid><title>c</title><pubDate>Sun, 23 Nov 2036 08:00:00 GMT</pubDate></item>\
         <item><guid>3</guid></item><item><title>no name</title></item><item><title>no name</title></item></rss>";
    site.put("/feed", Answer::feed(feed));
    let world = World::at(&site, "/feed");
    let report = world.look();
    assert_eq!((report.new, report.known, report.flagged), (3, 1, 2));
    assert_eq!(
        report.passed_over,
        ["item 2: an item before it has its id `1`", "item 4: it has no text"]
    );
    let dates: Vec<_> = world.items().iter().map(|item| item.published.to_string()).collect();
    assert_eq!(dates, ["2026-11-23T08:00:00Z", "2026-11-23", "2026-11-23"]);
}

#[test]
fn what_a_site_says_moves_no_terminal() {
    let site = Site::new();
    site.put("/feed", Answer::status(302).with("location", "http://other.example/\u{1b}[2J"));
    let world = World::at(&site, "/feed");
    world.look();
    assert!(!world.feed().health.error.contains('\u{1b}'));
}

#[test]
fn a_slow_site_keeps_no_other_from_being_read() {
    let (slow, good) = (Site::new(), Site::new());
    slow.put("/feed", Answer::Slow);
    good.put("/feed", Answer::feed(rss(&[("1", "They met.")])));
    let world = World::at(&slow, "/feed");
    world.add("b", &good.url("/feed"));
    let reports = world.intake.look_at_due().unwrap();
    let told: Vec<_> =
        reports.iter().map(|report| (report.new, report.error().is_none())).collect();
    assert_eq!(told, [(0, false), (1, true)]);
}

#[test]
fn a_page_that_is_too_long_leaves_the_item_as_its_feed_gives_it() {
    let site = Site::new();
    let item = |at: usize| {
        format!(
            "<item><title>Talks {at}</title><description>They met {at}.</description><link>/{at}</link></item>"
        )
    };
    site.put("/feed", Answer::feed(format!("<rss>{}{}</rss>", item(1), item(2))));
    let text = "They met in Minsk and agreed on everything. ";
    let page = |len: usize| format!("<p>{}</p>", text.repeat(len / text.len() + 1));
    site.put("/1", Answer::Of(200, Vec::new(), page(2 * 1024 * 1024).into()));
    site.put("/2", Answer::Of(200, Vec::new(), page(1024 * 1024).into()));
    let address = Address::find(&site.url("/feed")).unwrap();
    let limits = Limits { timeout: Duration::from_secs(20), ..Limits::default() };
    let world = World::within(limits, address, |feed| Feed {
        may_be_private: true,
        has_pages: true,
        ..feed
    });
    let report = world.look();
    assert_eq!((report.new, report.pages), (2, (0, 2)));
    assert!(report.passed_over[0].ends_with("it has more than 2097152 bytes"), "{report:?}");
    assert!(report.passed_over[1].ends_with("its text has more than 1048576 bytes"), "{report:?}");
    assert_eq!(world.texts(), ["They met 1.", "They met 2."]);
    assert_eq!(world.look().known, 2);
}
