//! What a polite reader does.

use super::server::{Answer, Site};
use super::{World, rss};
use std::sync::atomic::Ordering;
use veche_ledger::Seconds;
use veche_node::intake::feed::{Address, Feed};
use veche_node::intake::plan::Outcome;
use veche_node::intake::store::{Kept, Wanted};

#[test]
fn a_site_that_sent_a_seal_is_asked_with_it_and_may_say_that_nothing_changed() {
    let site = Site::new();
    let feed = Answer::feed(rss(&[("1", "They met in Minsk.")]))
        .with("etag", "\"v1\"")
        .with("last-modified", "Mon, 23 Nov 2026 08:00:00 GMT");
    site.put("/feed", Answer::If("if-none-match", "\"v1\"", 304, Box::new(feed)));
    let world = World::at(&site, "/feed");
    assert_eq!(world.look().new, 1);
    let second = world.look();
    assert!(second.is_unchanged && second.new == 0);
    let asked = site.asked();
    assert_eq!(asked.len(), 2);
    assert!(!asked[0].headers.contains_key("if-none-match"));
    assert_eq!(asked[1].headers["if-none-match"], "\"v1\"");
    assert_eq!(asked[1].headers["if-modified-since"], "Mon, 23 Nov 2026 08:00:00 GMT");
    assert!(asked[0].headers["user-agent"].starts_with("veche/"));
    assert_eq!(asked[0].headers["accept-encoding"], "gzip");
    let feed = world.feed().health;
    assert_eq!((feed.failures, feed.new, feed.total), (0, 0, 1));
}

#[test]
fn what_a_site_asks_programs_to_leave_alone_is_left_alone() {
    let site = Site::new();
    site.put("/robots.txt", Answer::feed("User-agent: veche\nDisallow: /private\n"));
    site.put("/private/feed", Answer::feed(rss(&[("1", "They met.")])));
    site.put("/feed", Answer::status(301).with("location", "/private/feed"));
    World::at(&site, "/private/feed").refused("asks programs to leave `/private/feed` alone");
    World::at(&site, "/feed").refused("asks programs to leave `/private/feed` alone");
    assert!(site.asked().iter().all(|asked| asked.path == "/feed"));
}

#[test]
fn where_robots_txt_cannot_be_told_nothing_is_read_and_it_is_asked_once_a_day() {
    let site = Site::new();
    site.put("/feed", Answer::feed(rss(&[("1", "They met.")])));
    site.put("/robots.txt", Answer::status(503).with("retry-after", "7200"));
    let world = World::at(&site, "/feed");
    world.refused("robots.txt cannot be read, and till then nothing of it is");
    let due = world.feed().health.due_at;
    assert_eq!(due.since(veche_node::intake::visit::Clock::now(&world.hands)), Seconds(7200));
    site.put("/robots.txt", Answer::status(404));
    world.hands.now.fetch_add(7200, Ordering::SeqCst);
    assert_eq!(world.look().new, 1);
    assert_eq!(world.look().known, 1);
    let robots = site.paths().iter().filter(|path| *path == "/robots.txt").count();
    assert_eq!(robots, 2);
    world.hands.now.fetch_add(86_401, Ordering::SeqCst);
    world.look();
    assert_eq!(site.paths().iter().filter(|path| *path == "/robots.txt").count(), 3);
}

#[test]
fn robots_txt_that_leads_on_is_followed_and_where_that_fails_nothing_is_read() {
    let (site, other) = (Site::new(), Site::new());
    site.put("/feed", Answer::feed(rss(&[("1", "They met.")])));
    let rules = "User-agent: *\nDisallow: /feed\n";
    site.put("/rules", Answer::feed(rules));
    other.put("/robots.txt", Answer::feed("User-agent: *\nAllow: /\n"));
    let leads = |to: String| site.put("/robots.txt", Answer::status(301).with("location", to));
    leads("/rules".to_owned());
    World::at(&site, "/feed").refused("asks programs to leave `/feed` alone");
    // Another host is asked as the public network is, which a machine of the private one is not.
    leads(other.url("/robots.txt"));
    World::at(&site, "/feed").refused("robots.txt cannot be read, and till then nothing of it is");
    World::at(&site, "/feed").refused("an address of this machine or of a private network");
    assert!(other.paths().is_empty());
    leads("/robots.txt".to_owned());
    World::at(&site, "/feed").refused("it leads on more than 5 times");
    leads("file:///etc/passwd".to_owned());
    World::at(&site, "/feed").refused("which is no address");
    assert!(site.asked().iter().all(|asked| asked.path != "/feed"));
}

#[test]
fn a_host_is_left_alone_between_two_requests_for_as_long_as_it_asks() {
    let site = Site::new();
    site.put("/robots.txt", Answer::feed("User-agent: *\nCrawl-delay: 20\n"));
    site.put("/feed", Answer::feed(rss(&[("1", "They met.")])));
    let world = World::at(&site, "/feed");
    world.add("b", &site.url("/feed"));
    let begun = world.hands.now.load(Ordering::SeqCst);
    assert_eq!(world.intake.look_at_due().unwrap().len(), 2);
    let took = world.hands.now.load(Ordering::SeqCst) - begun;
    // A second behind robots.txt, and what it asks for between the two feeds.
    assert_eq!(took, 21);
}

#[test]
fn a_program_that_ends_asks_no_site_for_anything_more() {
    let site = Site::new();
    site.put("/feed", Answer::feed(rss(&[("1", "They met.")])));
    let world = World::at(&site, "/feed");
    world.add("b", &site.url("/feed"));
    world.hands.ends.store(true, Ordering::SeqCst);
    assert!(world.intake.look_at_due().unwrap().is_empty());
    // Nor in the middle of a look: before each request it is asked whether to go on.
    let checked = world.intake.check(&world.feed());
    assert_eq!(checked.drafts.unwrap_err(), "the program ends");
    assert!(site.paths().is_empty(), "{:?}", site.paths());
}

#[test]
fn a_site_that_asks_for_another_time_is_asked_then_and_not_before() {
    let site = Site::new();
    site.put("/feed", Answer::status(429).with("retry-after", "3600"));
    let world = World::at(&site, "/feed");
    world.refused("status 429");
    world.hands.now.fetch_add(3599, Ordering::SeqCst);
    // The wait for the turn behind robots.txt has moved the clock by a second.
    assert!(world.intake.look_at_due().unwrap().is_empty());
    site.put("/feed", Answer::feed(rss(&[("1", "They met.")])));
    world.hands.now.fetch_add(2, Ordering::SeqCst);
    assert_eq!(world.intake.look_at_due().unwrap()[0].new, 1);
    assert_eq!(world.feed().health.failures, 0);
}

#[test]
fn a_server_that_is_down_is_asked_ever_more_seldom_and_found_when_it_is_up() {
    let site = Site::new();
    site.put("/robots.txt", Answer::status(404));
    site.put("/feed", Answer::status(500));
    let world = World::at(&site, "/feed");
    let mut waits = Vec::new();
    for _ in 0..4 {
        assert!(matches!(world.look().outcome, Outcome::Bad { .. }));
        let now = veche_node::intake::visit::Clock::now(&world.hands);
        waits.push(world.feed().health.due_at.since(now).0 / 60);
        world.hands.now.fetch_add(60, Ordering::SeqCst);
    }
    assert_eq!(waits, [30, 60, 120, 240]);
    site.put("/feed", Answer::feed(rss(&[("1", "They met.")])));
    assert_eq!(world.look().new, 1);
    let health = world.feed().health;
    assert_eq!((health.failures, health.error.as_str()), (0, ""));
}

#[test]
fn a_feed_that_is_gone_for_good_is_looked_at_no_more() {
    let site = Site::new();
    site.put("/feed", Answer::status(410));
    let world = World::at(&site, "/feed");
    assert!(matches!(world.look().outcome, Outcome::Gone { .. }));
    assert!(!world.feed().is_enabled);
}

#[test]
fn the_same_item_twice_is_one_and_one_that_changed_is_a_further_version() {
    let site = Site::new();
    let long = "Rebels shelled a village near Minsk on Tuesday. ".repeat(6);
    site.put("/a", Answer::feed(rss(&[("1", &long), ("2", "They met.")])));
    site.put("/b", Answer::feed(rss(&[("x", &long)])));
    let world = World::at(&site, "/a");
    world.add("b", &site.url("/b"));
    world.intake.look_at_one("a").unwrap();
    world.intake.look_at_one("b").unwrap();
    let items = world.items();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0].carriers, ["b"]);
    site.put("/a", Answer::feed(rss(&[("1", &long), ("2", "They met at noon.")])));
    let report = world.look();
    assert_eq!((report.new, report.changed, report.known), (0, 1, 1));
    let changed = world.items().pop().unwrap();
    assert_eq!((changed.version, changed.text.as_str()), (2, "They met at noon."));
    assert_eq!(changed.document(), "a 2 version 2");
}

#[test]
fn a_text_is_left_out_only_where_another_feed_still_says_it() {
    let site = Site::new();
    let long = "Rebels shelled a village near Minsk on Tuesday. ".repeat(6);
    let other = "Talks began in Brest on Wednesday and went on for hours. ".repeat(6);
    // Two items of one feed with one text are two: a report of each day.
    site.put("/a", Answer::feed(rss(&[("1", &long), ("2", &long)])));
    site.put("/b", Answer::feed(rss(&[("x", &long)])));
    let world = World::at(&site, "/a");
    assert_eq!(world.look().new, 2);
    assert_eq!(world.items().len(), 2);
    // The first feed says something else now; what the other one still says stands for itself.
    world.add("b", &site.url("/b"));
    site.put("/a", Answer::feed(rss(&[("1", &other), ("2", &other)])));
    assert_eq!(world.look().changed, 2);
    world.intake.look_at_one("b").unwrap();
    let told: Vec<_> = world.items().into_iter().map(|item| (item.feed, item.key)).collect();
    let of = |feed: &str, key: &str| (feed.to_owned(), key.to_owned());
    assert_eq!(told, [of("a", "1"), of("a", "2"), of("b", "x")]);
}

#[test]
fn what_comes_while_items_are_written_is_left_for_the_next_time() {
    let site = Site::new();
    site.put("/feed", Answer::feed(rss(&[("1", "They met."), ("2", "They parted.")])));
    let world = World::at(&site, "/feed");
    world.look();
    let told = |after: i64, up_to: Option<i64>| {
        let mut texts = Vec::new();
        let wanted = Wanted { after, up_to, ..Wanted::default() };
        let each = |item: Kept| {
            texts.push(item.text);
            true
        };
        world.intake.with_store(|store| store.items(&wanted, each)).unwrap();
        texts
    };
    assert_eq!(told(0, Some(1)), ["They met."]);
    assert_eq!(told(1, None), ["They parted."]);
}

#[test]
fn the_bytes_of_a_feed_are_kept_as_they_came() {
    let site = Site::new();
    let mut bytes =
        b"<?xml version='1.0' encoding='windows-1251'?><rss><item><guid>1</guid><title>".to_vec();
    bytes.extend_from_slice(b"\xcc\xe8\xed\xf1\xea</title></item></rss>");
    site.put("/feed", Answer::feed(bytes.clone()));
    let world = World::at(&site, "/feed");
    world.look();
    let item = world.items().remove(0);
    assert_eq!(item.text, "Минск");
    let kept = world.intake.with_store(|store| store.body(&item.body)).unwrap();
    assert_eq!(kept, Some(bytes));
}

#[test]
fn pages_of_a_host_that_asks_for_long_pauses_are_read_for_ten_minutes() {
    let site = Site::new();
    site.put("/robots.txt", Answer::feed("User-agent: *\nCrawl-delay: 100\n"));
    let item = |at: usize| {
        format!(
            "<item><title>Talks {at}</title><description>They met.</description><link>/{at}</link></item>"
        )
    };
    site.put(
        "/feed",
        Answer::feed(format!("<rss>{}</rss>", (0..20).map(item).collect::<String>())),
    );
    let page = "<p>They met in Minsk and agreed on everything.</p>";
    for at in 0..20 {
        site.put(&format!("/{at}"), Answer::Of(200, Vec::new(), page.into()));
    }
    let address = Address::find(&site.url("/feed")).unwrap();
    let world = World::of(address, |feed| Feed { may_be_private: true, has_pages: true, ..feed });
    let report = world.look();
    assert_eq!((report.new, report.pages), (20, (6, 0)));
}

#[test]
fn a_feed_of_a_private_network_leads_to_no_other_machine_of_it() {
    let (site, other) = (Site::new(), Site::new());
    let link = other.url("/admin");
    let item = format!("<rss><item><title>Talks</title><link>{link}</link></item></rss>");
    site.put("/feed", Answer::feed(item));
    let address = Address::find(&site.url("/feed")).unwrap();
    let world = World::of(address, |feed| Feed { may_be_private: true, has_pages: true, ..feed });
    let report = world.look();
    assert_eq!((report.new, report.pages), (1, (0, 1)));
    assert!(report.passed_over[0].contains("a private network"), "{report:?}");
    assert!(other.paths().is_empty());
}

#[test]
fn the_page_of_an_item_is_read_if_its_feed_has_pages() {
    let site = Site::new();
    let item = |id: &str| {
        format!(
            "<item><guid>{id}</guid><title>Talks</title><description>They met.</description><link>/{id}</link></item>"
        )
    };
    site.put(
        "/feed",
        Answer::feed(format!("<rss>{}{}{}</rss>", item("1"), item("2"), item("hidden/3"))),
    );
    let page = "<html><body><nav><p>News of the whole wide world</p></nav><p>They met in Minsk and agreed on everything.</p></body></html>";
    site.put("/1", Answer::Of(200, vec![("content-type", "text/html".to_owned())], page.into()));
    site.put("/robots.txt", Answer::feed("User-agent: *\nDisallow: /hidden\n"));
    let address = Address::find(&site.url("/feed")).unwrap();
    let world = World::of(address, |feed| Feed { may_be_private: true, has_pages: true, ..feed });
    let report = world.look();
    assert_eq!((report.new, report.pages), (3, (1, 2)), "{report:?}");
    let items = world.items();
    assert_eq!(items[0].text, "They met in Minsk and agreed on everything.");
    assert!(items[0].page.is_some() && items[1].page.is_none());
    assert_eq!(items[1].text, "They met.");
    assert!(!site.paths().contains(&"/hidden/3".to_owned()));
    // What the feed says has not changed, whatever stands on the page.
    assert_eq!(world.look().known, 3);
}

/// A feed with pages: one item, `1`, whose page is at `/1`.
fn world_of_one_page(site: &Site) -> World {
    let item = "<item><guid>1</guid><title>Talks</title><description>They met.</description><link>/1</link></item>";
    let feed = Answer::feed(format!("<rss>{item}</rss>")).with("etag", "\"v1\"");
    site.put("/feed", Answer::If("if-none-match", "\"v1\"", 304, Box::new(feed)));
    let address = Address::find(&site.url("/feed")).unwrap();
    World::of(address, |feed| Feed { may_be_private: true, has_pages: true, ..feed })
}

#[test]
fn a_page_that_fails_once_is_told_and_asked_for_again() {
    let site = Site::new();
    let world = world_of_one_page(&site);
    site.put("/1", Answer::status(503));
    let report = world.look();
    assert_eq!((report.new, report.pages), (1, (0, 1)));
    assert_eq!(world.feed().health.error, "1 passed over: page of `1`: it answers with status 503");
    assert_eq!(world.texts(), ["They met."]);
    // It fails again: nothing is new.
    let report = world.look();
    assert_eq!((report.new, report.changed, report.known, report.pages), (0, 0, 1, (0, 1)));
    let text = "They met in Minsk and agreed on everything.";
    site.put("/1", Answer::Of(200, Vec::new(), format!("<p>{text}</p>").into()));
    assert_eq!(world.look().changed, 1);
    assert_eq!(world.texts(), [text]);
    assert_eq!(world.feed().health.error, "");
    assert!(world.look().is_unchanged);
}

#[test]
fn a_page_that_is_not_there_is_told_and_asked_for_once() {
    let site = Site::new();
    let world = world_of_one_page(&site);
    site.put("/1", Answer::status(503));
    world.look();
    site.put("/1", Answer::status(404));
    let report = world.look();
    assert_eq!((report.changed, report.known, report.pages), (0, 1, (0, 1)));
    assert_eq!(world.feed().health.error, "1 passed over: page of `1`: it answers with status 404");
    // The seal stays, so that the site may say that nothing changed.
    assert!(world.look().is_unchanged);
    assert_eq!(site.asked().iter().filter(|asked| asked.path == "/1").count(), 2);
}

#[test]
fn items_whose_pages_were_read_stay_when_the_program_ends_at_the_next_one() {
    let site = Site::new();
    let item = |at: usize| {
        format!(
            "<item><title>Talks {at}</title><description>They met {at}.</description><link>/{at}</link></item>"
        )
    };
    site.put("/feed", Answer::feed(format!("<rss>{}{}</rss>", item(1), item(2))));
    site.put("/1", Answer::Of(200, Vec::new(), "<p>They met in Minsk and agreed.</p>".into()));
    let address = Address::find(&site.url("/feed")).unwrap();
    let world = World::of(address, |feed| Feed { may_be_private: true, has_pages: true, ..feed });
    // Its third wait is the one before the second page.
    world.hands.waits_left.store(3, Ordering::SeqCst);
    assert!(world.intake.look_at_one("a").unwrap().is_empty());
    assert_eq!(world.texts(), ["They met in Minsk and agreed."]);
}
