//! What reads bytes that somebody else wrote, each as a function of bytes alone. Two harnesses call these: `cargo fuzz` (`fuzz/Cargo.toml`),
//! and the bounded run of the tests (`crates/veche-node/tests/fuzz/`). What is read well is written again and read once more where the format
//! has one form.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use veche_charter::Charter;
use veche_coder::lexicon::{self, Language};
use veche_coder::{
    cluster, document, event, parse, petrarch, place, russian, sentence, tag, token, train,
};
use veche_council::{Council, WitnessStatement, certificate};
use veche_exchange::{akn, html, ical, markdown, news, text as texts};
use veche_ledger::age::{self, Identity};
use veche_ledger::bundle::manifest::Manifest;
use veche_ledger::bundle::recipient::RecipientNote;
use veche_ledger::bundle::{Member, parse_cosignatures, tar};
use veche_ledger::note::NoteLimits;
use veche_ledger::sync::{Followed, Listings, Push, Resource, parse_listing, parse_openings};
use veche_ledger::tile::{TilePath, parse_bundle, parse_tile};
use veche_ledger::{
    Checkpoint, Domain, Frontier, Hash, LeafIndex, Note, Opening, Origin, PartyId, Record,
    SignedCheckpoint, SigningKey, UnixSeconds, VerifyingKey, keystore, name, parse_canonical,
    parse_human, share, witness,
};
use veche_node::delegation::draft::Content;
use veche_node::delegation::roles::Roles;
use veche_node::exercise::{Script, lines};
use veche_node::intake::read as intake;
use veche_node::peer::{Asked, Exchange, Method};
use veche_node::reach::Roster;
use veche_picture::coded;
use veche_picture::forecast::run::Run;
use veche_picture::joining::{Mention, Reliabilities};
use veche_picture::source::{self, counts::Wanted, reported::Format};
use veche_picture::table::{CodedTable, ReportedTable};
use veche_picture::tournament::{Round, read_file};
use veche_picture::vintage::Catalogue;
use veche_picture::{CountTable, EventTable, IncidentTable, ReportedEvent, Scheme};

/// Something that reads bytes.
pub struct Target {
    /// Its name: of the program of `cargo fuzz`, and of the folder of kept inputs.
    pub name: &'static str,
    /// Reads.
    pub run: fn(&[u8]),
    /// How much less often it is run than one that takes microseconds.
    pub cost: u32,
}

const fn cheap(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run, cost: 1 }
}

const fn dear(name: &'static str, cost: u32, run: fn(&[u8])) -> Target {
    Target { name, run, cost }
}

/// Runs the target of this name.
///
/// # Panics
/// If there is none; and if the target does what none should.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of this name").run)(bytes);
}

/// Passes text to what reads text.
fn text(bytes: &[u8], read: impl FnOnce(&str)) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        read(text);
    }
}

/// Splits a number off the front.
fn number(bytes: &[u8]) -> (u16, &[u8]) {
    match bytes {
        [a, b, rest @ ..] => (u16::from_be_bytes([*a, *b]), rest),
        [] | [_] => (0, &[]),
    }
}

fn origin() -> Origin {
    Origin::parse("two-banks.example/arven/1").expect("an origin")
}

fn party() -> PartyId {
    PartyId::parse("arven").expect("a party")
}

fn charter() -> &'static Arc<Charter> {
    static CHARTER: OnceLock<Arc<Charter>> = OnceLock::new();
    CHARTER.get_or_init(|| {
        let bytes = include_bytes!("../charters/two-banks/charter.toml");
        Arc::new(Charter::load(bytes, "charter.toml").expect("a shipped charter holds"))
    })
}

fn six_rivers() -> &'static Charter {
    static CHARTER: OnceLock<Charter> = OnceLock::new();
    CHARTER.get_or_init(|| {
        let bytes = include_bytes!("../charters/six-rivers/charter.toml");
        Charter::load(bytes, "charter.toml").expect("a shipped charter holds")
    })
}

fn key() -> VerifyingKey {
    let name = name::KeyName::parse("two-banks.example/arven/1").expect("a name");
    SigningKey::from_seed(name, &[7; 32]).verifying_key()
}

fn now() -> UnixSeconds {
    UnixSeconds::parse("2027-03-01T09:00:00Z").expect("a time")
}

fn wanted() -> Wanted<'static> {
    Wanted { scheme: Scheme::Views, column: None }
}

/// Runs a document of news through all stages.
fn code(document: document::Document, published: Option<veche_coder::date::Day>) {
    static STAGES: OnceLock<(
        veche_coder::matcher::Vocabulary,
        veche_coder::model::Language<'static>,
    )> = OnceLock::new();
    static MATCHER: OnceLock<veche_coder::matcher::Matcher> = OnceLock::new();
    let (vocabulary, english) = STAGES.get_or_init(|| {
        let vocabulary = veche_coder::matcher::Vocabulary::shipped().expect("the program's own");
        (vocabulary, veche_coder::model::english().expect("the program's own"))
    });
    let matcher = MATCHER.get_or_init(|| veche_coder::matcher::Matcher::new(vocabulary, &[], None));
    let coder = event::Coder::shipped(vocabulary, matcher, english).expect("the program's own");
    let coded = coder.code(document, published);
    drop(coded);
}

/// All of them.
pub static TARGETS: &[Target] = &[
    // Records and logs.
    cheap("note", |bytes| {
        let limits = NoteLimits { len_max: 64 * 1024, lines_max: 32 };
        if let Ok(note) = Note::parse(bytes, limits) {
            assert_eq!(note.to_bytes(), bytes, "a note has one form");
        }
    }),
    cheap("record", |bytes| {
        if let Ok(record) = Record::decode(&origin(), LeafIndex(1), bytes) {
            assert_eq!(
                veche_ledger::tree::leaf_hash(bytes),
                record.leaf(),
                "the bytes are hashed as they came"
            );
        }
        drop(Record::header_of(bytes));
        let mut reader = veche_ledger::LogReader::new(origin());
        drop(reader.read(bytes));
    }),
    cheap("terms", |bytes| {
        if let Ok(value) = parse_canonical(bytes) {
            assert_eq!(value.to_bytes(), bytes, "canonical JSON has one form");
        }
        text(bytes, |text| drop(parse_human(text)));
        drop(WitnessStatement::parse(bytes));
        drop(texts::read::values(bytes));
    }),
    cheap("opening", |bytes| {
        for domain in [Domain::Terms, Domain::Annex] {
            drop(Opening::from_bytes(domain, bytes));
        }
        drop(veche_council::redaction::Content::from_bytes(bytes));
    }),
    cheap("checkpoint", |bytes| {
        drop(SignedCheckpoint::verify(bytes, &key()));
        drop(SignedCheckpoint::claimed(bytes));
        text(bytes, |text| drop(Checkpoint::parse(text)));
    }),
    cheap("cosignature", |bytes| {
        drop(parse_cosignatures(bytes));
        text(bytes, |text| drop(veche_ledger::NoteSignature::parse(text)));
    }),
    cheap("witness", |bytes| drop(witness::AddCheckpoint::parse(bytes))),
    cheap("frontier", |bytes| {
        if let Ok(frontier) = Frontier::from_bytes(bytes) {
            assert_eq!(frontier.to_bytes(), bytes, "a frontier has one form");
        }
    }),
    cheap("tile", |bytes| {
        let (width, rest) = number(bytes);
        drop(parse_tile(rest, width));
        drop(parse_bundle(rest, width));
        drop(parse_openings(rest, width));
    }),
    cheap("path", |bytes| {
        text(bytes, |text| {
            if let Ok(path) = TilePath::parse(text) {
                assert_eq!(path.to_string(), text, "a path has one form");
            }
            if let Ok(resource) = Resource::parse(text) {
                assert_eq!(resource.to_string(), text, "a path has one form");
            }
            drop(Member::parse(text));
            for method in [Method::Get, Method::Post] {
                drop(Asked::parse(method, text));
            }
        });
    }),
    cheap("names", |bytes| {
        text(bytes, |text| {
            drop((
                Origin::parse(text),
                PartyId::parse(text),
                Hash::parse(text),
                VerifyingKey::parse(text),
            ));
            drop((
                veche_ledger::Kind::parse(text),
                veche_ledger::Label::parse(text),
                name::KeyName::parse(text),
            ));
            if let Ok(time) = UnixSeconds::parse(text) {
                assert_eq!(time.to_string(), text, "a time has one form");
            }
            drop(veche_charter::model::Duration::parse(text));
        });
    }),
    cheap("listing", |bytes| drop(parse_listing(bytes))),
    cheap("listing-changes", |bytes| {
        let mut followed = Followed::default();
        // Two bytes say where the listing ends and its changes begin.
        let Some((at, rest)) = bytes.split_first_chunk::<2>() else { return };
        let at = usize::from(u16::from_be_bytes(*at)).min(rest.len());
        followed.take_whole(&rest[..at]);
        let mut given = Listings::default();
        given.note(&rest[..at]);
        given.note(&rest[at..]);
        if let Ok(listing) = followed.take_changes(&rest[at..]) {
            assert_eq!(followed.hash(), Some(Hash::of(&[&listing])), "the listing that was named");
            assert!(parse_listing(&listing).is_ok(), "a listing again");
        }
    }),
    cheap("push", |bytes| drop(Push::parse(bytes))),
    cheap("epoch", |bytes| drop(veche_ledger::keyring::Epoch::verify(bytes, &key()))),
    dear("key-file", 400, |bytes| {
        text(bytes, |text| {
            drop(keystore::PrivateKey::unlock(text, b"a passphrase"));
            drop(veche_ledger::vault::StoreKey::unlock(text, b"a passphrase"));
        });
        let store = veche_ledger::vault::StoreKey::new([7; 32].into());
        drop(store.open("check", bytes));
        let _form = veche_ledger::vault::label_of(bytes);
        let label = veche_ledger::Label::parse("COMPACT").expect("a label");
        drop(store.open_label(1, &label, bytes));
    }),
    dear("share", 400, |bytes| {
        text(bytes, |text| drop(share::Share::unlock(text, b"a passphrase")));
    }),
    // What a courier carries.
    cheap("manifest", |bytes| {
        if let Ok(manifest) = Manifest::claimed(bytes) {
            let _verdict = manifest.verify(bytes, &key());
        }
    }),
    cheap("recipient", |bytes| {
        drop(RecipientNote::claimed(bytes));
        drop(RecipientNote::verify(bytes, &key()));
    }),
    cheap("tar", |bytes| {
        let mut block = [0; tar::BLOCK_LEN];
        let len = bytes.len().min(block.len());
        block[..len].copy_from_slice(&bytes[..len]);
        drop(tar::parse(&block));
    }),
    dear("age", 4, |bytes| {
        let mut prefix = [0; age::PREFIX_LEN];
        let len = bytes.len().min(prefix.len());
        prefix[..len].copy_from_slice(&bytes[..len]);
        if let Ok(contents) = age::open(&prefix, &[Identity::from_bytes(&[7; 32])]) {
            drop(contents.open(0, true, &bytes[len..]));
        }
    }),
    // Charter, state, proof.
    dear("charter", 40, |bytes| {
        drop(Charter::load(bytes, "charter.toml"));
        drop(veche_charter::diff::diff(
            bytes,
            include_bytes!("../charters/two-banks/charter.toml"),
        ));
    }),
    dear("conform", 4, |bytes| drop(veche_charter::conform::conform(charter(), bytes))),
    dear("certificate", 40, |bytes| {
        if certificate::Certificate::read(bytes).is_ok() {
            drop(certificate::verify(bytes, None));
        }
    }),
    dear("snapshot", 20, |bytes| drop(Council::resume(Arc::clone(charter()), bytes))),
    // News.
    cheap("feed", |bytes| {
        drop(news::feed::read(bytes, None));
        drop(news::feed::read(bytes, Some("windows-1251")));
        drop(intake::feed(bytes, "application/rss+xml", None, now()));
    }),
    cheap("page", |bytes| {
        drop(news::page::read(bytes, None));
        drop(news::decode::decode(bytes, None));
        drop(news::decode::decode(bytes, Some("shift_jis")));
        let _form = news::form::by_front(bytes);
    }),
    cheap("folder-file", |bytes| {
        for name in ["a.jsonl", "a.html", "a.xml", "a.txt", "a.eml"] {
            drop(intake::file(name, bytes, now()));
            drop(intake::file_of_folder(name, bytes, now()));
        }
    }),
    cheap("opml", |bytes| drop(news::opml::read(bytes))),
    cheap("robots", |bytes| drop(news::robots::Robots::read(bytes, "veche"))),
    cheap("news-time", |bytes| {
        text(bytes, |text| assert!(news::time::read(text).is_none_or(|_| !text.is_empty())));
    }),
    cheap("feed-name", |bytes| {
        text(bytes, |text| drop(veche_node::intake::feed::FeedName::parse(text)));
    }),
    // Texts and calendars.
    dear("akoma-ntoso", 4, |bytes| {
        if let Ok(imported) = akn::import(bytes) {
            drop((html::export(&imported.text, None), markdown::export(&imported.text)));
        }
    }),
    cheap("calendar", |bytes| drop(ical::read(bytes))),
    cheap("typed-text", |bytes| {
        text(bytes, |text| {
            drop(texts::typed::paragraphs(text));
            drop(texts::Language::parse(text));
        });
    }),
    cheap("text", |bytes| {
        if let Ok(value) = texts::read::values(bytes)
            && let Ok(read) = texts::read::text(&value)
        {
            drop((html::export(&read.text, None), markdown::export(&read.text)));
        }
    }),
    // The coder.
    dear("document", 4, |bytes| {
        if let Ok(mut read) = document::Document::read(bytes) {
            let tokens = token::tokens(&mut read);
            drop(sentence::sentences(read.text(), &tokens));
            let _found = (document::dateline(read.text(), &tokens), document::fingerprint(&tokens));
        }
    }),
    dear("coded", 40, |bytes| {
        if let Ok(read) = document::Document::read(&bytes[..bytes.len().min(8 * 1024)]) {
            code(read, None);
        }
    }),
    cheap("lexicon", |bytes| {
        for language in [Language::English, Language::Russian] {
            drop((lexicon::agents(bytes, language), lexicon::triggers(bytes, language)));
        }
        drop((
            lexicon::offices(bytes),
            lexicon::regions(bytes),
            lexicon::towns(bytes),
            lexicon::groups(bytes),
        ));
        drop((lexicon::nations(bytes), lexicon::organisations(bytes)));
    }),
    cheap("gazetteer", |bytes| {
        if let Ok(mut read) = place::Gazetteer::read(bytes) {
            drop(read.add(bytes));
        }
    }),
    cheap("petrarch", |bytes| {
        drop((petrarch::actors(bytes), petrarch::agents(bytes), petrarch::discards(bytes)));
        drop((petrarch::issues(bytes), petrarch::verbs(bytes), petrarch::suite::read(bytes)));
        text(bytes, |text| {
            drop((
                petrarch::Code::parse(text),
                petrarch::Phrase::parse(text),
                petrarch::Tree::parse(text),
            ));
        });
    }),
    cheap("treebank", |bytes| drop((train::treebank(bytes), train::running(bytes)))),
    cheap("labels", |bytes| {
        text(bytes, |text| {
            let texts = [("a#1".to_owned(), "Rebels hit Velin.".to_owned())];
            let elsewhere = train::labelled_elsewhere(text, &texts);
            let own = train::labelled(text);
            for mut sentences in own.into_iter().chain(elsewhere) {
                drop(train::with_contexts(&mut sentences, text));
            }
        });
    }),
    cheap("word-vectors", |bytes| drop(train::Vectors::read(bytes))),
    cheap("cluster-model", |bytes| drop(cluster::Clusters::read(bytes, bytes))),
    dear("tag-model", 4, |bytes| drop(tag::Tagger::read(bytes))),
    dear("lemma-model", 4, |bytes| drop(tag::Lemmas::read(bytes))),
    dear("parse-model", 4, |bytes| {
        let at = usize::from(number(bytes).0).min(bytes.len());
        let (arcs, relations) = bytes.split_at(at);
        drop(parse::Parser::read(arcs, relations));
        drop(parse::Parser::read(bytes, bytes));
    }),
    dear("event-model", 4, |bytes| drop(event::Models::read(bytes))),
    dear("russian-model", 4, |bytes| drop(russian::Russian::read(bytes))),
    // The picture.
    cheap("mention", |bytes| {
        drop(Mention::read(bytes).map(|mention| coded::of_mention(&mention)));
        let day = veche_picture::Date::parse("2027-02-01").expect("a day");
        let class = veche_coder::ontology::Class::parse("AID").expect("a type");
        let mut kept = ReportedEvent::new("e-1".to_owned(), "veche", class, day, day);
        kept.mentions = Some(String::from_utf8_lossy(bytes).into_owned());
        drop(coded::of_event(&kept));
    }),
    cheap("reliabilities", |bytes| drop(Reliabilities::read(bytes))),
    cheap("clusters", |bytes| {
        text(bytes, |text| {
            drop(veche_picture::joining::measure::Clusters::read(text, text, &|_| true));
        });
    }),
    cheap("counts", |bytes| {
        drop(source::counts::read(&mut Cursor::new(bytes), wanted(), &mut |_| {}, &mut |_| {}));
        drop(source::views::read(
            &mut Cursor::new(bytes),
            wanted(),
            None,
            &mut |_| {},
            &mut |_| {},
        ));
        drop(veche_picture::import_counts(
            None,
            &mut Cursor::new(bytes),
            wanted(),
            veche_picture::Vintage([7; 32]),
            &mut |_| {},
        ));
    }),
    cheap("events", |bytes| {
        drop(source::ucdp::read(&mut Cursor::new(bytes), &mut |_| {}, &mut |_| {}));
        drop(source::acled::read(&mut Cursor::new(bytes), &mut |_| {}, &mut |_| {}));
        drop(veche_picture::import_events(
            None,
            &mut Cursor::new(bytes),
            veche_picture::Vintage([7; 32]),
            &mut |_| {},
        ));
    }),
    cheap("reported", |bytes| {
        for format in
            [Format::Gdelt, Format::Icews, Format::Polecat, Format::Acled, Format::Phoenix]
        {
            drop(source::reported::read(format, &mut Cursor::new(bytes), &mut |_| {}, &mut |_| {}));
        }
    }),
    cheap("units", |bytes| {
        drop(source::units::read_weeks(&mut Cursor::new(bytes), &mut |_| {}, &mut |_| {}));
        drop(source::units::read_cells(&mut Cursor::new(bytes), &mut |_| {}, &mut |_| {}));
        drop(source::units::read_sectors(&mut Cursor::new(bytes), &mut |_| {}, &mut |_| {}));
    }),
    dear("submission", 4, |bytes| {
        drop(source::stated::read(
            &mut Cursor::new(bytes),
            Scheme::Views,
            &mut |_| {},
            &mut |_| {},
        ));
        drop(source::packed::read(bytes.to_vec(), Scheme::Views));
        let round = Round {
            name: "r-1".to_owned(),
            series: veche_picture::Series::parse("deaths").expect("a series"),
            scheme: Scheme::Views,
            origin: veche_picture::Month::parse("2027-01").expect("a month"),
            months: (
                veche_picture::Month::parse("2027-02").expect("a month"),
                veche_picture::Month::parse("2027-04").expect("a month"),
            ),
            closes: veche_picture::Date::parse("2027-02-01").expect("a day"),
            units: BTreeSet::from([veche_picture::AreaId::parse("views:1").expect("a unit")]),
        };
        drop(read_file(bytes, &round, "institute"));
    }),
    dear("table", 8, |bytes| {
        drop(CountTable::from_parquet(bytes.to_vec()));
        drop(EventTable::from_parquet(bytes.to_vec()));
        drop(IncidentTable::from_parquet(bytes.to_vec()));
        drop(ReportedTable::from_parquet(bytes.to_vec()));
        drop(CodedTable::from_parquet(bytes.to_vec()));
    }),
    cheap("catalogue", |bytes| drop(Catalogue::read(bytes))),
    cheap("observed", |bytes| {
        drop(veche_picture::forecast::observed::Observed::read(
            &mut Cursor::new(bytes),
            wanted(),
            veche_picture::Vintage([7; 32]),
            &mut |_| {},
        ));
    }),
    cheap("forecast-run", |bytes| drop(serde_json::from_slice::<Run>(bytes))),
    cheap("picture-names", |bytes| {
        text(bytes, |text| {
            use veche_picture::{AreaId, Date, Month, Series, Vintage, Week, units::UnitName};
            drop((AreaId::parse(text), Date::parse(text), Month::parse(text), Series::parse(text)));
            drop((Vintage::parse(text), Week::parse(text), UnitName::parse(text)));
            drop(veche_picture::joining::Reference::parse(text));
            drop(veche_picture::IncidentId::parse(text));
        });
    }),
    // The node.
    dear("exercise", 8, |bytes| text(bytes, |text| drop(Script::parse(text, "exercise.toml")))),
    cheap("exercise-line", |bytes| {
        drop(lines::read::<lines::Line>(&mut Cursor::new(bytes)));
        drop(lines::read::<lines::Opening>(&mut Cursor::new(bytes)));
    }),
    cheap("draft", |bytes| drop(Content::from_bytes(bytes))),
    cheap("roles", |bytes| drop(Roles::read(bytes, charter(), &party()))),
    cheap("roster", |bytes| {
        text(bytes, |text| {
            drop(Roster::read(
                text,
                Path::new("/nowhere"),
                six_rivers(),
                &PartyId::parse("orvessa").expect("a party"),
            ));
        });
    }),
    dear("peer", 20, |bytes| {
        // A line with what is asked, and what is sent with it.
        let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        let (line, body) = (&bytes[..at], bytes.get(at + 1..).unwrap_or_default());
        text(line, |line| {
            let (method, path) = match line.split_once(' ') {
                Some(("POST", path)) => (Method::Post, path),
                Some((_, path)) => (Method::Get, path),
                None => (Method::Get, line),
            };
            if let Ok(asked) = Asked::parse(method, path) {
                let (mut node, from) = (empty_node(), PartyId::parse("belm").expect("a party"));
                let mut exchange =
                    Exchange::new([from.clone()], veche_ledger::sync::Window::default());
                drop(exchange.receive(&mut node, &from, &asked, body, now()));
            }
        });
    }),
    dear("api", 20, |bytes| {
        text(bytes, |text| {
            let (path, query) = text.split_once('?').unwrap_or((text, ""));
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let query = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            drop(veche_node::api::get(node(), path, &query, now()));
        });
    }),
];

/// A node that has played an exercise, to ask.
pub fn node() -> &'static veche_node::node::Node {
    thread_local! {
        // A node has one owner: each thread that asks has its own, for good.
        static GAME: &'static veche_node::exercise::Game = Box::leak(Box::new(played()));
    }
    GAME.with(|game| game.node(&party()).expect("its node"))
}

fn played() -> veche_node::exercise::Game {
    let shipped = veche_node::shipped::Shipped::find("first-hour").expect("a shipped exercise");
    let script = shipped.script().expect("it reads");
    let files = shipped.files();
    let mut game = veche_node::exercise::Game::new(script, shipped.charter, files, None, None)
        .expect("it begins");
    while game.play_next(&mut || 0).expect("it goes on") {}
    game
}

/// A node that knows its charter and has said nothing.
fn empty_node() -> veche_node::node::Node {
    use veche_node::{keys::exercise_keys, node::Node, store::Store};
    let charter = node().charter();
    let secrets = exercise_keys("first-hour", charter, &party(), &[], 1).expect("names of keys");
    let secrets = std::collections::BTreeMap::from([(party(), secrets)]);
    let text = node().council().genesis().text.as_bytes().to_vec();
    let store = Store::in_memory().expect("a store");
    Node::open(party(), store, &text, secrets, Box::new(|| [1; 32])).expect("the node opens")
}
