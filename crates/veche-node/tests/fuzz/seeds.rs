//! What inputs are made from: files of the repository, what a played node says, and short samples of each format.

use super::targets::node;
use std::path::{Path, PathBuf};
use veche_ledger::sync::Resource;
use veche_ledger::tile::TilePath;
use veche_ledger::{Hash, Origin, PartyId, UnixSeconds};

/// Longest seed, in bytes: of longer files a front is taken.
const SEED_LEN_MAX: usize = 256 * 1024;

/// Returns the root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the seeds of a target, never none.
pub(crate) fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> =
        samples(target).iter().map(|text| text.as_bytes().to_vec()).collect();
    seeds.extend(files(target).iter().flat_map(|path| read(&root().join(path))));
    seeds.extend(said(target));
    assert!(!seeds.is_empty(), "target `{target}` has no seed");
    seeds
}

/// Reads a file, or all files of a folder; of a JSON file of vectors each text in it.
fn read(path: &Path) -> Vec<Vec<u8>> {
    if path.is_dir() {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
            .expect("a folder")
            .flatten()
            .map(|entry| entry.path())
            .collect();
        entries.sort();
        return entries.iter().filter(|path| path.is_file()).flat_map(|path| read(path)).collect();
    }
    let mut bytes =
        std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if path.parent().is_some_and(|folder| folder.ends_with("formats/vectors")) {
        let mut texts = Vec::new();
        texts_of(&serde_json::from_slice(&bytes).expect("vectors"), &mut texts);
        return texts;
    }
    bytes.truncate(SEED_LEN_MAX);
    vec![bytes]
}

fn texts_of(value: &serde_json::Value, into: &mut Vec<Vec<u8>>) {
    match value {
        serde_json::Value::String(text) => {
            into.push(text.as_bytes().to_vec());
            if let Some(bytes) = unhex(text) {
                into.push(bytes);
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|one| texts_of(one, into)),
        serde_json::Value::Object(map) => map.values().for_each(|one| texts_of(one, into)),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if text.is_empty() || text.len() % 2 == 1 { None } else { pairs.map(byte).collect() }
}

/// Files and folders that a target's seeds are, by their paths in the repository.
fn files(target: &str) -> &'static [&'static str] {
    match target {
        "note" | "checkpoint" => &["formats/vectors/note.json", "formats/vectors/checkpoint.json"],
        "record" => &["formats/vectors/record.json"],
        "terms" => &["formats/vectors/json.json"],
        "tile" | "path" => &["formats/vectors/tile.json"],
        "charter" => &[
            "charters/two-banks/charter.toml",
            "charters/csto/charter.toml",
            "charters/six-rivers/charter.toml",
        ],
        "conform" => &["charters/conform/vectors.json"],
        "exercise" => &["exercises/first-hour/exercise.toml"],
        "feed" | "folder-file" | "mention" | "document" | "coded" => &["exercises/lantern"],
        "lexicon" => &["lexicon"],
        "gazetteer" => &["exercises/lantern/places.tsv"],
        "clusters" => &["crates/veche-coder/tests/data/clusters"],
        "text" => &["crates/veche-exchange/tests/it/golden/flood.toml"],
        "tag-model" => &["crates/veche-coder/models/english-tags.bin"],
        "lemma-model" => &["crates/veche-coder/models/english-lemmas.bin"],
        "parse-model" => &["crates/veche-coder/models/english-relations.bin"],
        "cluster-model" => &["crates/veche-coder/models/english-clusters.bin"],
        "event-model" => &["crates/veche-coder/models/english-events.bin"],
        "russian-model" => &["crates/veche-coder/models/russian-trees-events.bin"],
        _ => &[],
    }
}

/// What a node that played an exercise says, for the formats that nodes write.
fn said(target: &str) -> Vec<Vec<u8>> {
    match target {
        "tar" => {
            return vec![
                veche_ledger::bundle::tar::header("manifest", 77).expect("a header").to_vec(),
            ];
        }
        "table" | "submission" => return vec![table()],
        _ => {}
    }
    let needs = [
        "note",
        "record",
        "terms",
        "opening",
        "checkpoint",
        "listing",
        "listing-changes",
        "frontier",
        "tile",
        "push",
        "snapshot",
        "certificate",
        "epoch",
        "cosignature",
    ];
    if !needs.contains(&target) {
        return Vec::new();
    }
    let node = node();
    let now = UnixSeconds::parse("2027-03-01T12:00:00Z").expect("a time");
    let log = Origin::parse("two-banks.example/arven/1").expect("an origin");
    let stored = node.store().entries(&log, 0, 100).expect("a store in memory reads");
    let readers: std::collections::BTreeSet<PartyId> =
        node.charter().parties.keys().cloned().collect();
    let serve = |what: Resource| node.serve(&readers, &what, now).ok().flatten();
    let size = stored.len();
    let path = |text: String| TilePath::parse(&text).ok();
    let wide = |bytes: Vec<u8>| {
        [&u16::try_from(size).unwrap_or(0).to_be_bytes(), bytes.as_slice()].concat()
    };
    match target {
        "note" | "record" => stored.iter().map(|stored| stored.leaf.clone()).collect(),
        "terms" | "opening" | "epoch" => {
            stored.iter().filter_map(|stored| stored.opening.clone()).collect()
        }
        "checkpoint" => serve(Resource::Checkpoint(log)).into_iter().collect(),
        "listing" => serve(Resource::Heads).into_iter().collect(),
        "listing-changes" => {
            let listing = serve(Resource::Heads).unwrap_or_default();
            let len = u16::try_from(listing.len()).unwrap_or(0).to_be_bytes();
            let named = format!("{}\n", Hash::of(&[&listing]));
            vec![[len.as_slice(), &listing, named.as_bytes()].concat()]
        }
        "frontier" => {
            let mut frontier = veche_ledger::Frontier::EMPTY;
            stored
                .iter()
                .for_each(|stored| frontier.append(veche_ledger::tree::leaf_hash(&stored.leaf)));
            vec![frontier.to_bytes()]
        }
        "tile" => {
            let hashes = path(format!("tile/0/000.p/{size}"))
                .and_then(|path| serve(Resource::Tile(log.clone(), path)));
            let entries = path(format!("tile/entries/000.p/{size}"));
            let bundle = entries.and_then(|path| serve(Resource::Tile(log.clone(), path)));
            let openings = entries.and_then(|path| serve(Resource::Openings(log.clone(), path)));
            [hashes, bundle, openings].into_iter().flatten().map(wide).collect()
        }
        "snapshot" => vec![node.council().snapshot()],
        "certificate" => {
            let id = node.council().by_number_for(node.party(), "P-1", now).expect("P-1");
            vec![node.certificate(&id).expect("it was decided").to_bytes()]
        }
        _ => Vec::new(),
    }
}

/// Short inputs of each format, in words.
fn samples(target: &str) -> Vec<String> {
    let of = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let hash = Hash::of(&[b"a"]).to_string();
    match target {
        "cosignature" => of(&[
            "— two-banks.example/belm/1 56S+RkdYuYLTpH4WEv1hmObH7I1HcB3mDmLb1\n",
            "1\n— a b\n",
        ]),
        "witness" => of(&[
            "old 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\ntwo-banks.example/arven/1\n2\nPMp8np2RwmpwyffO/9/DK3WkGTmmwT1f4+H45W5nyiA=\n\n— two-banks.example/arven/1 56S+Rg==\n",
        ]),
        "path" => of(&[
            "two-banks.example/arven/1/tile/0/000",
            "two-banks.example/arven/1/checkpoint",
            "/veche/v1/heads",
            "tile/entries/x001/002.p/9",
        ]),
        "names" => of(&[
            "two-banks.example/arven/1",
            "arven",
            &hash,
            "2027-03-01T09:00:00Z",
            "P3DT4H",
            "12h",
            "two-banks.example/arven/1+e7a4be46+AQ==",
            "position",
            "GREEN/a",
        ]),
        "peer" => of(&[
            "GET heads",
            "GET two-banks.example/arven/1/checkpoint",
            "GET two-banks.example/arven/1/tile/0/000.p/1",
            "GET two-banks.example/arven/1/openings/000.p/1",
            "POST two-banks.example/belm/1/push\n0\n\u{0}\u{1}a",
            "POST heads/cosign\ntwo-banks.example/belm/1 1 PMp8np2RwmpwyffO/9/DK3WkGTmmwT1f4+H45W5nyiA=\n",
            "POST two-banks.example/arven/1/cosignature\n— two-banks.example/belm/1 56S+Rg==\n",
            "POST two-banks.example/arven/1/add-checkpoint\nold 0\n\ntwo-banks.example/belm/1\n1\nPMp8np2RwmpwyffO/9/DK3WkGTmmwT1f4+H45W5nyiA=\n\n— two-banks.example/belm/1 56S+Rg==\n",
        ]),
        "push" => of(&["two-banks.example/arven/1\n", "\u{0}\u{0}\u{0}\u{0}"]),
        "key-file" => of(&[
            "veche key\nargon2id m=65536 t=3 p=1\nAAAAAAAAAAAAAAAAAAAAAA==\nAAAA\n",
            "{\"veche_key\":1}",
        ]),
        "share" => of(&["veche share\n2 of 3, number 1\nAAAA\n", "{\"veche_share\":1}"]),
        "manifest" => of(&[
            "veche bundle 1\nfrom arven\nto belm\nat 2027-03-01T09:00:00Z\n\n— two-banks.example/arven/1 56S+Rg==\n",
        ]),
        "recipient" => of(&[
            "veche recipient 1\ntwo-banks.example/arven/1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— two-banks.example/arven/1 56S+Rg==\n",
        ]),
        "age" => of(&[
            "age-encryption.org/v1\n-> X25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n0123456789abcdef",
        ]),
        "feed" | "page" | "folder-file" => of(&[
            RSS,
            ATOM,
            JSON_FEED,
            PAGE,
            "From: a@b\r\nSubject: c\r\nDate: Mon, 1 Mar 2027 09:00:00 +0000\r\n\r\nA text.\r\n",
        ]),
        "opml" => of(&[
            "<opml version=\"2.0\"><body><outline text=\"a\"><outline type=\"rss\" text=\"b\" xmlUrl=\"https://a.example/feed\"/></outline></body></opml>",
        ]),
        "robots" => of(&[
            "User-agent: *\nDisallow: /a*b$\nAllow: /\nCrawl-delay: 10\n\nUser-agent: veche\nDisallow:\n",
        ]),
        "news-time" => of(&[
            "Mon, 1 Mar 2027 09:00:00 +0000",
            "2027-03-01T09:00:00.123+05:30",
            "20270301090000",
            "1 марта 2027",
        ]),
        "feed-name" => of(&["river-news"]),
        "akoma-ntoso" => of(&[AKN]),
        "calendar" => of(&[
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:a\r\nBEGIN:VEVENT\r\nUID:1@a\r\nDTSTAMP:20270301T090000Z\r\nDTSTART;TZID=Europe/Minsk:20270301T100000\r\nDURATION:PT1H\r\nSUMMARY:A\\, b\r\n  folded\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        ]),
        "typed-text" => of(&[
            "1. First paragraph.\n\n# Heading\n\n2. Second [brackets] and [^1].\n\n[^1]: A note.\n",
            "en-GB",
        ]),
        "text" => of(&[
            r#"{"ref":"P-1","title":"Flood","paragraphs":[{"n":1,"text":"a[^1] [b]","heading":"c","notes":{"1":"d"},"language":"en","versions":{"fr":{"text":"a[^1]","notes":{"1":"d"}}}}]}"#,
        ]),
        "document" | "coded" => of(&[
            "MINSK, March 1 (Reuters) - The army of Norland shelled Portown on Monday, killing at least 12 people, \"we will answer\", the minister said.",
            "<html><body><p>Министр обороны заявил, что войска вошли в город.</p></body></html>",
            "\u{feff}1,000 and 2.5 million; No. 3 — U.S. v. U.K.",
        ]),
        "petrarch" => of(&[
            ACTORS,
            AGENTS,
            VERBS,
            "+REGATTA\nCHESS CLUB\n",
            "<ISSUE category=\"A\">\nFOO\n</ISSUE>\n",
            "(ROOT (S (NP (NNP NORLAND)) (VP (VBD SENT) (NP (NN SALT)))))",
            "- * &GOODS [071]",
        ]),
        "treebank" => of(&[
            "# text = A dog ran.\n1\tA\ta\tDET\tDT\t_\t2\tdet\t_\t_\n2\tdog\tdog\tNOUN\tNN\t_\t3\tnsubj\t_\t_\n3\tran\trun\tVERB\tVBD\t_\t0\troot\t_\t_\n4\t.\t.\tPUNCT\t.\t_\t3\tpunct\t_\t_\n\n",
        ]),
        "labels" => of(&[
            r#"{"id":"a#1","text":"Rebels hit Velin.","events":[{"type":"ASSAULT","mode":"","aux":["negation"],"trigger":"hit","actor":"Rebels","recipient":"Velin","place":"","when":"","attribution":""}]}"#,
            r#"{"id":"a#1","events":[{"type":"ASSAULT","mode":"aerial","aux":[],"trigger":[7,10],"actor":[0,6]}]}"#,
            "a#1\tmilitary human_security\n",
        ]),
        "word-vectors" => of(&["veche vectors 1\n\u{2}\0\0\0\u{1}\0\0\0a\nb\n\0\u{10}\0\u{10}"]),
        "mention" => of(&[
            r#"{"id":"e1","type":"ASSAULT","mode":"bombing","actor":"NOR","recipient":"SOU","date":"2027-03-01","document":"d","sentence":0,"text":"a","fingerprint":"00"}"#,
            // A line that is read, and what is kept of one.
            r#"{"document":"d","language":"en","type":"ASSAULT","mode":"explosives","aux":["negation"],"contexts":["military"],"probability_millionths":900000,"sentence":{"text":"Rebels hit Velin.","start":4,"end":21},"trigger":{"text":"hit","start":11,"end":14},"actor":{"code":"XREB","sectors":["REB"],"text":"Rebels","start":4,"end":10,"probability_millionths":800000},"place":{"text":"Velin","code":null,"resolution":"town","latitude":40000000,"longitude":44000000,"margin":7},"date":{"first":"2027-03-01","last":"2027-03-02","precision":"week"},"dead":{"low":2,"high":null,"words":{"start":4,"end":10}},"coder":"00","label":"PUBLIC"}"#,
            r#"[{"mention":"d#11:ASSAULT","document":"d","type":"ASSAULT","mode":"explosives","aux":[],"contexts":["military"],"probability_millionths":900000,"stance":"tells","sentence":[4,21],"trigger":[11,14],"words":{"actor":[4,10]},"text":"Rebels hit Velin.","actor":{"code":"XREB","sectors":["REB"],"text":"Rebels","probability_millionths":800000},"place":{"text":"Velin","town":true,"latitude":40000000,"longitude":44000000},"date":{"first":"2027-03-01","last":"2027-03-02","precision":"week"},"dead":{"low":2,"high":null},"label":"PUBLIC"}]"#,
        ]),
        "reliabilities" => of(&["# source\tletter\na.example\tB\nb.example\tF\n"]),
        "counts" | "observed" => of(&[
            "country_id,month_id,ged_sb\n1,530,12\n2,531,0\n",
            "month,area,count\n2027-01,views:1,3\n",
        ]),
        "events" => of(&[
            "id,relid,year,active_year,type_of_violence,conflict_new_id,dyad_new_id,side_a,side_b,where_prec,latitude,longitude,priogrid_gid,country,country_id,date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,low\n1,a,2024,1,1,2,3,A,B,1,10.5,-20.25,100,Norland,901,1,2024-03-01,2024-03-02,1,2,3,4,10,12,9\n",
            "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp\nNOR1,2024-03-02,2024,1,Political violence,Battles,Armed clash,Reds,,Rebel group,Norland Army,,State forces,State forces-Rebel group,,901,Far North,Norland,East,Upper,,Portown,10.5,-20.25,2,Daily,National,\"Seen, at dawn\",3,,1710000000\n",
            r#"{"next_page":"","page_cur":1,"page_count":1,"start_date":"1990-01-01","row_count":1,"data":[{"event_id_cnty":"NOR1"}]}"#,
        ]),
        "reported" => {
            let mut row = vec![""; 61];
            for (at, cell) in [
                (0, "1001"),
                (1, "20261123"),
                (6, "ARMY"),
                (7, "ARM"),
                (17, "BLR"),
                (26, "190"),
                (30, "-10.0"),
                (52, "Minsk"),
                (56, "53.9"),
                (57, "27.5"),
            ] {
                row[at] = cell;
            }
            vec![
                row.join("\t") + "\n",
                "Event ID\tEvent Date\tSource Name\tSource Sectors\tSource Country\tEvent Text\tCAMEO Code\tIntensity\tTarget Name\tTarget Sectors\tTarget Country\tStory ID\tSentence Number\tPublisher\tCity\tDistrict\tProvince\tCountry\tLatitude\tLongitude\n1\t2020-01-01\tA\tGovernment\tNorland\tMake statement\t010\t0.0\tB\tArmy\tSouland\t5\t1\tP\tC\tD\tE\tNorland\t1.5\t2.5\n".to_owned(),
                "20150101\t2015\t01\t01\tUSA\tIRQ\t190\t4\ta\tb\n".to_owned(),
            ]
        }
        "units" => of(&[
            "unit,week,count\nA and B,2027-W01,3\n",
            "side_a,side_b,week,count\nA,B,2027-W01,3\n",
            "priogrid_gid,month_id,count\n100,530,2\n",
            "sector,priogrid_gid\nNorth,100\n",
        ]),
        "submission" => of(&[
            "unit,month,outcome,draw\n1,2027-02,3,0\n",
            "country_id,month_id,draw,outcome\n1,566,0,3\n1,567,0,4\n",
        ]),
        "catalogue" => of(&["{\"vintages\":[]}", "sha256\tday\n"]),
        "forecast-run" => of(&["{\"format\":\"veche-forecast-run/1\",\"units\":[]}"]),
        "picture-names" => {
            of(&["views:1", "2027-02-28", "2027-02", "deaths", "2027-W53", "A-b", &hash])
        }
        "exercise-line" => of(&[
            "{\"now\":\"2027-03-01T09:00:00Z\",\"do\":\"clock\"}\n",
            "{\"now\":\"2027-03-01T09:00:00Z\",\"do\":{\"ask\":{\"get\":{\"path\":\"/status\"}}}}\n",
        ]),
        "draft" => of(&[
            r#"{"about":[],"drill":false,"kind":"comment","label":"GREEN","terms":{"text":"a"}}"#,
        ]),
        "roles" => of(&[
            "draft = [\"duty\"]\napprove = [\"delegate\"]\nsign = [\"delegate\"]\ninstruct = [\"duty\"]\n",
        ]),
        "roster" => of(&[ROSTER]),
        "api" => {
            let document = veche_node::api::document();
            let paths = document["paths"].as_object().expect("paths");
            let address = |(path, item): (&String, &serde_json::Value)| {
                let mut address = path.clone();
                let mut query = Vec::new();
                for parameter in item["get"]["parameters"].as_array().expect("parameters") {
                    let name = parameter["name"].as_str().expect("a name");
                    let example = parameter["example"]
                        .as_str()
                        .map_or_else(|| parameter["example"].to_string(), str::to_owned);
                    address = address.replace(&format!("{{{name}}}"), &example);
                    if parameter["in"] == "query" {
                        query.push(format!("{name}={example}"));
                    }
                }
                format!("{address}?{}", query.join("&"))
            };
            paths.iter().map(address).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns a small table of counts, as Parquet.
fn table() -> Vec<u8> {
    let csv = "country_id,month_id,ged_sb\n1,530,12\n2,531,0\n";
    let wanted = veche_picture::source::counts::Wanted {
        scheme: veche_picture::Scheme::Views,
        column: None,
    };
    let taken = veche_picture::import_counts(
        None,
        &mut csv.as_bytes(),
        wanted,
        veche_picture::Vintage([7; 32]),
        &mut |_| {},
    );
    taken.expect("it reads").1.table.to_parquet(&mut |_| {}).expect("it writes")
}

const RSS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>A</title><item><title>River &amp; flood</title><link>https://a.example/1</link><guid>1</guid><pubDate>Mon, 1 Mar 2027 09:00:00 +0000</pubDate><description><![CDATA[<p>Text</p>]]></description></item></channel></rss>";
const ATOM: &str = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>A</title><entry><id>urn:1</id><title type=\"html\">b</title><link href=\"/1\"/><updated>2027-03-01T09:00:00Z</updated><content type=\"xhtml\"><div>c</div></content></entry></feed>";
const JSON_FEED: &str = r#"{"version":"https://jsonfeed.org/version/1.1","title":"A","items":[{"id":"1","url":"https://a.example/1","title":"b","content_html":"<p>c</p>","date_published":"2027-03-01T09:00:00Z"}]}"#;
const PAGE: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"windows-1251\"><title>A</title><meta property=\"article:published_time\" content=\"2027-03-01\"><script>x<y</script></head><body><nav>a</nav><article><h1>B</h1><p>The river &#1088; rose&nbsp;by 3&lt;4 m.</p></article></body></html>";
const AKN: &str = "<?xml version=\"1.0\"?><akomaNtoso xmlns=\"http://docs.oasis-open.org/legaldocml/ns/akn/3.0\"><statement name=\"s\"><meta><identification source=\"#a\"><FRBRWork><FRBRthis value=\"/a\"/><FRBRuri value=\"/a\"/><FRBRdate date=\"2027-03-01\" name=\"d\"/><FRBRauthor href=\"#a\"/><FRBRcountry value=\"xx\"/></FRBRWork><FRBRExpression><FRBRthis value=\"/a\"/><FRBRuri value=\"/a\"/><FRBRdate date=\"2027-03-01\" name=\"d\"/><FRBRauthor href=\"#a\"/><FRBRlanguage language=\"eng\"/></FRBRExpression><FRBRManifestation><FRBRthis value=\"/a\"/><FRBRuri value=\"/a\"/><FRBRdate date=\"2027-03-01\" name=\"d\"/><FRBRauthor href=\"#a\"/></FRBRManifestation></identification></meta><mainBody><paragraph eId=\"p1\"><num>1.</num><heading>H</heading><content><p>Text <authorialNote marker=\"1\"><p>n</p></authorialNote></p></content></paragraph></mainBody></statement></akomaNtoso>";
const ACTORS: &str = "<!-- Two lines\nof comment -->\nTARVO_ [TRV] # a state\n+TARVAN\nKOLD_OF TARVO\n\t[TRVELI <20100301]\n\t[TRVGOV 20100301-20150331]\n";
const AGENTS: &str = "!MAN! = MAN, WOMAN\nFERRY!MAN! [~LAB]\nRELIEF_BODY {RELIEF_BODIES} [NGO~]\n";
const VERBS: &str = "&GOODS\n+SALT\n+SMOKED FISH\n\n--- SEND [070] ---\nSEND {SENT SENDS SENDING}\n- * &GOODS [071]\n- * BACK_+ FROM $ [074:075]\n--- JOIN [030] ---\nJOIN\n- % * {THE GAS} (IN $) [163]\n";
const ROSTER: &str = "desk = \"https://desk.orvessa.example/\"\n[channel.mail]\nkind = \"email\"\nlabel = \"COMPACT\"\nserver = \"mail.orvessa.example:587\"\nfrom = \"veche@orvessa.example\"\n[person.first]\nofficer = \"duty\"\nby = [{ channel = \"mail\", to = \"first@orvessa.example\" }]\nquiet = \"22:00-06:00\"\n[[roster]]\npeople = [\"first\"]\n";
