//! Readers of news take whatever comes: bytes of chance, samples that break off, samples with bytes changed.

use proptest::prelude::*;
use veche_exchange::news::robots::Robots;
use veche_exchange::news::{decode, feed, form, opml, page, time};

const SAMPLES: [&str; 6] = [
    "<?xml version=\"1.0\" encoding=\"koi8-r\"?><rss xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>Wire &amp; Co</title>\
     <item><guid>a</guid><link>/a</link><pubDate>Mon, 23 Nov 2026 08:00:00 +0300</pubDate><dc:date>2026-11-23</dc:date>\
     <description><![CDATA[<p>Rebels <b>shelled</b> a village &#8212; near Minsk.</p>]]></description></item></channel></rss>",
    "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Волна</title><entry><id>a</id><updated>2026-11-23T08:00:00Z</updated>\
     <link rel=\"alternate\" href=\"https://example.org/a?b=1&amp;c=2\"/><content type=\"xhtml\"><div>Обстрел деревни под Минском.</div></content></entry></feed>",
    "{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"Wire\", \"items\": [{\"id\": 7, \"content_html\": \"<p>Two dead.\", \"date_published\": \"2026-11-23T08:00:00+03:00\"}]}",
    "<html><meta charset=\"windows-1251\"><title>t</title><body><form><header><nav>x</nav></header><article><header><p>Обстрел деревни под Минском ночью.</p></header>\
     <time datetime=\"2026-11-23\">x</time></article></form></body></html>",
    "<opml version=\"2.0\"><head><title>t</title></head><body><outline text=\"Волна\" xmlUrl=\"https://example.org/a\"/></body></opml>",
    "User-agent: *\r\nDisallow: /a*b$\nAllow: /%d0%b0\nCrawl-delay: 2.5\n",
];

/// Reads bytes as everything that they might be, and checks what must hold whatever they are.
fn read_all(bytes: &[u8]) {
    let feed = feed::read(bytes, None);
    for item in feed.items.iter().flatten() {
        assert!(!item.text.trim().is_empty());
        assert!(item.id.len() <= feed::FIELD_LEN_MAX && item.link.len() <= feed::FIELD_LEN_MAX);
    }
    assert!(feed.items.len() <= feed::ITEMS_MAX);
    if let Ok(text) = decode::decode(bytes, None) {
        assert!(page::of(&text).text.len() <= text.len() * 4 + 16);
        if let Some(told) = time::read(&text) {
            assert_eq!(time::read(&told.to_string()), Some(told));
        }
    }
    if let Ok(listed) = opml::read(bytes) {
        assert_eq!(opml::read(opml::write("t", &listed).as_bytes()), Ok(listed));
    }
    let robots = Robots::read(bytes, "veche");
    assert!(robots.allows("/robots.txt"));
    assert!(form::by_front(bytes) != form::Form::Warc || feed.items.is_empty());
}

#[test]
fn samples_that_break_off_anywhere_are_read_or_refused() {
    for sample in SAMPLES {
        for len in 0..=sample.len() {
            read_all(&sample.as_bytes()[..len]);
        }
    }
}

#[test]
fn a_namespace_without_end_is_not_copied_for_each_element() {
    // Copied whole, these would be 400 GB.
    let (name, elements) = ("A".repeat(4 << 20), "<a/>".repeat(100_000));
    let feed = format!("<rss xmlns=\"{name}\"><channel>{elements}</channel></rss>");
    assert!(feed::read(feed.as_bytes(), None).items.is_empty());
}

proptest! {
    #[test]
    fn bytes_of_chance_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_all(&bytes);
    }

    #[test]
    fn samples_with_changed_bytes_are_read_or_refused(
        sample in 0..SAMPLES.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = SAMPLES[sample].as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_all(&bytes);
    }

    #[test]
    fn a_time_that_is_written_is_read_as_it_was(second in 0..253_402_300_800_u64) {
        let text = veche_ledger::UnixSeconds(second).to_string();
        let told = time::read(&text).unwrap();
        prop_assert_eq!((told.at.0, told.is_exact), (second, true));
    }
}
