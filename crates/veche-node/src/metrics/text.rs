//! The numbers as text.

use super::{BOUNDS_MS, Metrics};
use crate::health::{self, disk_free};
use crate::http::{Server, lock};
use crate::intake::store::Store;
use crate::node::Node;
use crate::peer::Exchange;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use veche_ledger::UnixSeconds;

/// Text that grows family by family.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}").unwrap_or_default();
    }

    fn row(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<String> =
            labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
        let labels =
            if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        writeln!(self.0, "{name}{labels} {value}").unwrap_or_default();
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, "gauge", help);
        self.row(name, &[], value);
    }

    fn counter(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, "counter", help);
        self.row(name, &[], value);
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Writes all that is counted.
pub(super) fn render(server: &Server) -> String {
    let mut text = Text::default();
    text.family("veche_build_info", "gauge", "The program's version.");
    text.row("veche_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    let reasons = health::reasons(server);
    text.gauge("veche_ready", "1 if the node can do its work.", u8::from(reasons.is_empty()));
    let held = server.read_site(|site| {
        let node = site.only_node()?;
        records(&mut text, node);
        if let Some(exchange) = site.exchange() {
            peers(&mut text, exchange);
        }
        Some((node.store().path().to_owned(), site.now()))
    });
    if let Some((path, now)) = held.flatten() {
        disk(&mut text, &path);
        reach(&mut text, server, now);
    }
    feeds(&mut text, server);
    requests(&mut text, server.metrics());
    text.0
}

fn records(text: &mut Text, node: &Node) {
    let name = "veche_log_records";
    text.family(name, "gauge", "Records held of each log.");
    for head in node.heads() {
        text.row(name, &[("log", &head.log.to_string())], head.size);
    }
    let standings = node.council().standings();
    let name = "veche_records";
    text.family(name, "gauge", "Records in the fold, by what became of them.");
    let rows = [
        ("admitted", standings.admitted),
        ("refused", standings.refused),
        ("waiting", standings.waiting),
        ("withheld", standings.withheld),
    ];
    rows.iter().for_each(|(ruling, count)| text.row(name, &[("ruling", ruling)], count));
    text.gauge("veche_forks", "Logs that have shown two histories.", node.forks().len());
    text.gauge(
        "veche_clocks_ahead",
        "Logs whose last record came from a clock ahead of this one.",
        node.clocks_ahead().len(),
    );
    text.gauge(
        "veche_stands_by",
        "1 if another machine of this member writes, and this one reads.",
        u8::from(node.stands_by()),
    );
    let outdated = u8::from(node.council().outdated().is_some());
    text.gauge(
        "veche_charter_outdated",
        "1 if the charter in force is for a newer program.",
        outdated,
    );
    let name = "veche_party_last_heard_timestamp_seconds";
    text.family(name, "gauge", "The latest receipt of each other party's node.");
    let heard = node.council().last_heard().into_iter();
    for (party, at) in heard.filter(|(party, _)| party != node.party()) {
        text.row(name, &[("party", party.as_str())], at.0);
    }
}

fn peers(text: &mut Text, exchange: &Exchange) {
    let name = "veche_peer_up";
    text.family(name, "gauge", "1 from a peer's first answer until one fails to come.");
    for (peer, contact) in exchange.contacts() {
        text.row(name, &[("peer", peer.as_str())], u8::from(contact.is_up));
    }
    let name = "veche_peer_last_contact_timestamp_seconds";
    text.family(name, "gauge", "When each peer was last heard.");
    for (peer, contact) in exchange.contacts() {
        if let Some(at) = contact.heard_at {
            text.row(name, &[("peer", peer.as_str())], at.0);
        }
    }
}

fn disk(text: &mut Text, store: &Path) {
    let len = |end: &str| {
        let mut name = store.as_os_str().to_owned();
        name.push(end);
        std::fs::metadata(PathBuf::from(name)).map_or(0, |found| found.len())
    };
    let name = "veche_store_bytes";
    text.family(name, "gauge", "Length of the store's files.");
    text.row(name, &[("file", "store")], len(""));
    text.row(name, &[("file", "write_ahead_log")], len("-wal"));
    if let Some(free) = disk_free(store) {
        text.gauge("veche_disk_free_bytes", "Room left on the store's disk.", free);
    }
}

fn reach(text: &mut Text, server: &Server, now: UnixSeconds) {
    let Some(reach) = server.reach() else { return };
    let queue = reach.queue(now);
    let name = "veche_reach_matters";
    text.family(
        name,
        "gauge",
        "What waits and nobody has acknowledged: somebody is left to tell, or nobody.",
    );
    text.row(name, &[("state", "open")], queue.open);
    text.row(name, &[("state", "exhausted")], queue.exhausted);
    let name = "veche_reach_messages";
    text.family(
        name,
        "gauge",
        "Messages about what waits that did not go through: tried again, or given up.",
    );
    text.row(name, &[("state", "retrying")], queue.retrying);
    text.row(name, &[("state", "failed")], queue.failed);
    let (delivered, failures) = reach.counts();
    text.counter("veche_reach_delivered_total", "Messages that a channel took.", delivered);
    text.counter("veche_reach_failures_total", "Attempts that failed.", failures);
}

/// Labels are names that the operator gave.
fn feeds(text: &mut Text, server: &Server) {
    // A store that cannot be read is told in the node's log; its rows are absent here, which whoever watches sees.
    let Some(Ok(feeds)) = server.intake().map(|intake| intake.with_store(Store::feeds)) else {
        return;
    };
    let enabled = || feeds.iter().filter(|feed| feed.is_enabled);
    let name = "veche_feed_up";
    text.family(name, "gauge", "1 if a feed's last answer was one; 0 from a failure on.");
    for feed in enabled().filter(|feed| feed.health.tried_at.is_some()) {
        text.row(name, &[("feed", feed.name.as_str())], u8::from(feed.health.failures == 0));
    }
    let name = "veche_feed_last_good_timestamp_seconds";
    text.family(name, "gauge", "When a feed last answered as one.");
    for feed in enabled() {
        if let Some(at) = feed.health.good_at {
            text.row(name, &[("feed", feed.name.as_str())], at.0);
        }
    }
    let name = "veche_feed_failures";
    text.family(name, "gauge", "Failures of a feed in a row.");
    for feed in enabled() {
        text.row(name, &[("feed", feed.name.as_str())], feed.health.failures);
    }
    let name = "veche_feed_items_total";
    text.family(name, "counter", "Items and further versions of items taken from a feed.");
    for feed in &feeds {
        text.row(name, &[("feed", feed.name.as_str())], feed.health.total);
    }
}

fn requests(text: &mut Text, metrics: &Metrics) {
    let saved = metrics.snapshot_at.load(Ordering::Relaxed);
    text.gauge(
        "veche_snapshot_timestamp_seconds",
        "When a snapshot of the fold was last saved; 0: not since the start.",
        saved,
    );
    let failures = metrics.snapshot_failures.load(Ordering::Relaxed);
    text.counter("veche_snapshot_failures_total", "Snapshots that could not be saved.", failures);
    let name = "veche_http_requests_total";
    text.family(name, "counter", "Requests answered, by kind and status.");
    for ((class, status), count) in lock(&metrics.requests).iter() {
        text.row(name, &[("kind", class), ("status", &status.to_string())], count);
    }
    let name = "veche_http_request_duration_seconds";
    text.family(name, "histogram", "From a request's head to the first byte of its answer.");
    for (class, row) in lock(&metrics.durations).iter() {
        let mut up_to = 0;
        for (count, bound) in row.counts.iter().zip(&BOUNDS_MS) {
            up_to += count;
            let bound = format!("{}.{:03}", bound / 1000, bound % 1000);
            text.row(&format!("{name}_bucket"), &[("kind", class), ("le", &bound)], up_to);
        }
        let all: u64 = row.counts.iter().sum();
        text.row(&format!("{name}_bucket"), &[("kind", class), ("le", "+Inf")], all);
        text.row(&format!("{name}_sum"), &[("kind", class)], row.sum.as_secs_f64());
        text.row(&format!("{name}_count"), &[("kind", class)], all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_breaks_no_row() {
        let mut text = Text::default();
        text.row("a", &[("log", "x\"} 1\nb\\")], 2);
        assert_eq!(text.0, "a{log=\"x\\\"} 1\\nb\\\\\"} 2\n");
    }
}
