//! Runs: from counts to a forecast with its reasons, and what counts are refused.

use crate::real::shared;
use crate::support::{WANTED, gzip, panel_csv, silent, vintage};
use std::collections::BTreeMap;
use veche_picture::Month;
use veche_picture::forecast::ahead::Ahead;
use veche_picture::forecast::explain::Explanation;
use veche_picture::forecast::observed::{Observed, ObservedError};
use veche_picture::forecast::run::{LeftOut, Rule, Run, RunError, WhyLeftOut};
use veche_picture::forecast::sheet::{codebook, csv, json, lines, parquet};
use veche_picture::forecast::track::Record;
use veche_picture::forecast::worked::{Unfit, Worked};

fn read(bytes: &[u8]) -> Result<Observed, ObservedError> {
    Observed::read(&mut &*bytes, WANTED, vintage(7), &mut silent)
}

fn run(csv: &str, origin: Option<&str>) -> Result<Run, RunError> {
    let origin = origin.map(|text| Month::parse(text).unwrap());
    Run::new(&read(csv.as_bytes()).unwrap(), None, Rule::Recent, origin, &BTreeMap::new())
}

/// A war, a skirmish, and peace, over six years from January 2010.
fn three() -> String {
    let war = (0..72).map(|month| 400 + month * 37 % 90).collect();
    let some = (0..72).map(|month| if month % 5 == 0 { month % 9 * 6 } else { 0 }).collect();
    panel_csv(&[(1, war), (2, some), (3, vec![0; 72])])
}

fn worked(run: &Run) -> Worked {
    Worked::of(run, &mut |_| {})
}

fn explained(run: &Run) -> Vec<Explanation> {
    let worked = worked(run);
    (0..run.units().len()).map(|at| Explanation::of(run, at, &worked)).collect()
}

#[test]
fn a_run_says_how_likely_what_drives_it_and_what_would_change_it() {
    let run = run(&three(), None).unwrap();
    assert_eq!((run.origin().to_string(), run.units().len()), ("2015-12".to_owned(), 3));
    let [war, some, peace] = &explained(&run)[..] else { panic!("three units") };
    assert!(war.chances[0][0] > 0.99 && war.chances[0][2] > 0.5, "{:?}", war.chances);
    assert!((0.05..0.95).contains(&some.chances[0][0]), "{:?}", some.chances);
    assert!(peace.is_unproven && peace.chances[2][0].abs() < 1e-12);
    assert!(peace.sentence().starts_with("No skill proven"), "{}", peace.sentence());
    let said = some.sentence();
    let begin = "Chance of 25 deaths or more in January 2016 to March 2016: ";
    assert!(said.starts_with(begin), "{said}");
    assert!(
        said.contains("Drivers: ") && said.contains("100 deaths in January 2016 to "),
        "{said}"
    );
    // The month that weighs most had deaths; shares are parts of one whole.
    assert!(some.drivers[0].count > 0 && some.drivers.windows(2).all(|d| d[0].share >= d[1].share));
    assert!(some.drivers.iter().map(|driver| driver.share).sum::<f64>() <= 1.0 + 1e-9);
    assert!(some.changes[0].chance < some.changes[2].chance, "{:?}", some.changes);
}

#[test]
fn a_forecast_does_not_see_what_follows_its_origin() {
    let whole = run(&three(), Some("2014-06")).unwrap();
    let cut: String = three()
        .lines()
        .filter(|line| {
            line.split(',')
                .next()
                .is_none_or(|id| id.parse::<u32>().is_ok_and(|id| id <= 414) || id == "month_id")
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    assert_eq!(whole, run(&cut, None).unwrap());
}

#[test]
fn past_forecasts_are_those_that_a_run_of_then_would_have_made() {
    let now = run(&three(), None).unwrap();
    let record = Record::of(&now, &mut |_| {});
    let judged = &record.units[1];
    assert_eq!(judged.len(), 24);
    for one in judged {
        let then = run(&three(), Some(&one.month.plus(-3).unwrap().to_string())).unwrap();
        let said = Ahead::same(then.rule().mixture(then.units()[1].counts()).unwrap());
        assert_eq!((one.low, one.high), (said.quantile(3, 0.05), said.quantile(3, 0.95)));
        assert!((said.chances()[0][0] - one.chance).abs() < 1e-9);
    }
    let means = record.means.unwrap();
    assert_eq!(means.forecasts, 72);
    assert!(means.ours.crps > 0.0 && means.base.crps > 0.0, "{means:?}");
    let said: u64 = record.reliability.iter().map(|line| line.forecasts).sum();
    assert_eq!((said, record.onsets.months, record.onsets.any), (72, 26, 0));
}

#[test]
fn proxies_are_history_and_never_an_outcome() {
    let proxied = three().replace("415,2014,7,2,0,sb", "415,2014,7,2,0,proxy_all");
    let told = run(&proxied, None).unwrap();
    assert_eq!((told.units()[0].known(), told.units()[1].known()), (62, 17));
    let record = Record::of(&told, &mut |_| {});
    assert_eq!((record.units[0].len(), record.units[1].len()), (24, 15));
}

#[test]
fn a_run_is_written_and_read_back() {
    let run = run(&three(), None).unwrap();
    let text = serde_json::to_string(&run).unwrap();
    assert_eq!(serde_json::from_str::<Run>(&text).unwrap(), run);
    let refused = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        serde_json::from_str::<Run>(&changed).unwrap_err().to_string()
    };
    assert!(refused("forecast/1", "forecast/2").contains("its format is `veche-forecast/2`"));
    assert!(refused("recent/1", "recent/9").contains("unknown variant `recent/9`"));
    assert!(refused("views:2", "views:1").contains("views:1 is not in its place"));
    assert!(refused("\"known\":62", "\"known\":63").contains("63 of them known"));
    assert!(refused("\"counts\":[410", "\"counts\":[9000000").contains("is 9000000"));
}

#[test]
fn a_table_has_a_line_for_each_month_and_sum_and_its_codebook_names_all_columns() {
    let run = run(&three(), None).unwrap();
    let lines = lines(&run, &worked(&run), &mut |_| {});
    assert_eq!(lines.len(), 3 * (14 + 3));
    for line in &lines {
        let Some(shape) = &line.shape else { continue };
        assert!((shape.bins.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(shape.quantiles.windows(2).all(|pair| pair[0] <= pair[1]));
    }
    let text = csv(&lines);
    let mut reader = csv_reader(&text);
    let header = reader.headers().unwrap().clone();
    let book = codebook(&run);
    assert!(header.iter().all(|name| book.contains(&format!("| `{name}` |"))), "{book}");
    assert_eq!((reader.records().count(), header.len()), (51, 7 + 21 + 11 + 3 + 1));
    assert_eq!(json(&lines).as_array().unwrap().len(), 51);
    let file = parquet(&run, &lines).unwrap();
    let columns = read_parquet(file);
    assert_eq!(columns, header.iter().map(str::to_owned).collect::<Vec<_>>());
}

fn csv_reader(text: &str) -> csv::Reader<&[u8]> {
    csv::Reader::from_reader(text.as_bytes())
}

/// The columns of a Parquet file, each of whose rows can be read.
fn read_parquet(file: Vec<u8>) -> Vec<String> {
    use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
    let reader = SerializedFileReader::new(bytes::Bytes::from(file)).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    let names = |row: &::parquet::record::Row| {
        row.get_column_iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let all: Vec<_> = rows.map(|row| names(&row)).collect();
    assert_eq!(all.len(), 51);
    all[0].clone()
}

#[track_caller]
fn refused(csv: &str, wanted: &str) {
    let told = match read(csv.as_bytes()) {
        Err(error) => error.to_string(),
        Ok(observed) => {
            let refused = Run::new(&observed, None, Rule::Recent, None, &BTreeMap::new());
            refused.unwrap_err().to_string()
        }
    };
    assert!(told.contains(wanted), "{told}");
}

#[test]
fn rows_that_an_import_would_skip_or_settle_refuse_a_forecast() {
    let good = three();
    refused(&good.replace("391,2012,7,2,18,sb", "391,2012,7,2,-4,sb"), "out of range: `-4`");
    refused(&good.replacen(",400,sb", ",NaN,sb", 1), "not a number of this column's kind: `NaN`");
    refused(&good.replacen(",400,sb", ",2000000,sb", 1), "is 2000000, and at most 1000000");
    refused(&format!("{good}432,2015,12,3,5,sb\n"), "two rows are of views:3 in 2015-12: 0 and 5");
    // Month ids that are nine too late contradict the calendar beside them.
    refused(&good.replacen("361,2010,1,1", "370,2010,1,1", 1), "contradicts another value");
    refused(
        &good.replace("420,2014,12,2,0,sb\n", ""),
        "views:2 has counts before and after 2014-12",
    );
    refused("", "it is empty");
    refused("month_id,country_id,ged_sb\n", "there is no count");
    refused(&panel_csv(&[(1, vec![1; 11])]), "it has 11 months, and 12 are needed");
}

#[test]
fn a_file_that_was_cut_is_no_shorter_panel() {
    let packed = gzip(three().as_bytes());
    let told = read(&packed[..packed.len() / 2]).unwrap_err().to_string();
    assert!(told.contains("cut short"), "{told}");
}

#[test]
fn an_origin_must_lie_within_the_counts() {
    let told = run(&three(), Some("2016-01")).unwrap_err().to_string();
    assert_eq!(told, "the origin 2016-01 is after the last count, which is of 2015-12");
    let told = run(&three(), Some("2009-12")).unwrap_err().to_string();
    assert_eq!(told, "the origin 2009-12 is before the first count, which is of 2010-01");
}

#[test]
fn a_unit_that_split_is_left_out_and_its_parts_are_named() {
    let parts = panel_csv(&[(1, vec![3; 30]), (2, vec![1; 60])]);
    // Two parts begin in the month after.
    let late: String = (391..421)
        .map(|id| format!("{id},{},{},{{}},2,sb\n", 1980 + (id - 1) / 12, (id - 1) % 12 + 1))
        .collect();
    let csv = format!("{parts}{}{}", late.replace("{}", "11"), late.replace("{}", "12"));
    let told = run(&csv, None).unwrap();
    assert_eq!(told.units().len(), 3);
    let [LeftOut { why, .. }] = told.left_out() else { panic!("{:?}", told.left_out()) };
    assert!(matches!(why, WhyLeftOut::Ended { followed_by, .. } if followed_by.len() == 2));
    assert_eq!(
        why.to_string(),
        "its counts end in June 2012; views:11, views:12 begin in July 2012: after a split, each part is forecast from its own months"
    );
}

/// The panel of the benchmark: all countries are forecast, and more than half are quiet.
#[test]
fn the_real_panel_is_forecast_whole() {
    let Some(bytes) = shared("cm_panel_199001_202212.csv.gz") else { return };
    let origin = Some(Month::parse("2021-12").unwrap());
    let observed = read(&bytes).unwrap();
    let run = Run::new(&observed, None, Rule::Recent, origin, &BTreeMap::new()).unwrap();
    assert_eq!(run.units().len(), 191);
    let quiet = run.units().iter().filter(|unit| unit.is_quiet()).count();
    assert!((90..150).contains(&quiet), "{quiet}");
}

/// Four units over seven years: wars, skirmishes and peace that come and go, and deaths of other kinds beside them.
fn many() -> [String; 2] {
    let count = |unit: u32, month: u32| match (month / 17 + unit) % 4 {
        0 => 40 + (month * 13 + unit * 7) % 500,
        1 => (month * 5 + unit) % 9 * 4,
        _ => 0,
    };
    let panel = |other: u32| {
        let units = (1..5u16).map(|unit| {
            let of = |month| count(u32::from(unit), month) + other * (month % 3);
            (unit, (0..84).map(of).collect())
        });
        panel_csv(&units.collect::<Vec<_>>())
    };
    [panel(0), panel(5)]
}

fn learnt(rule: Rule, has_wider: bool) -> Run {
    let [own, wider] = many().map(|csv| read(csv.as_bytes()).unwrap());
    Run::new(&own, has_wider.then_some(&wider), rule, None, &BTreeMap::new()).unwrap()
}

#[test]
fn trees_forecast_each_month_and_say_what_drives_them() {
    for has_wider in [true, false] {
        let run = learnt(Rule::Pooled, has_wider);
        assert_eq!((run.has_wider(), run.units()[0].counts().len()), (has_wider, 84));
        let worked = worked(&run);
        let lines = lines(&run, &worked, &mut |_| {});
        assert_eq!(lines.len(), 4 * (14 + 3));
        for unit in lines.chunks(17) {
            let sum: f64 = unit[..3].iter().map(|line| line.mean).sum();
            assert!((sum - unit[14].mean).abs() < 1e-9);
            let most = unit[..3].iter().map(|line| line.chances[0]).fold(0.0, f64::max);
            assert!(unit[14].chances[0] >= most - 1e-9, "{unit:?}");
            let shapes: Vec<_> = unit[..14].iter().filter_map(|line| line.shape).collect();
            assert!(shapes.iter().all(|shape| (shape.bins.iter().sum::<f64>() - 1.0).abs() < 1e-9));
        }
        let book = codebook(&run);
        assert_eq!(book.contains("was told of no counts of a wider kind"), !has_wider, "{book}");
        for told in (0..4).map(|at| Explanation::of(&run, at, &worked)) {
            let reasons = told.reasons.as_ref().unwrap();
            let other = reasons.pushes.iter().any(|push| push.figure.contains("violence"));
            assert!(has_wider || !other, "{reasons:?}");
            let families: f64 = reasons.families().iter().map(|(_, log_odds)| log_odds).sum();
            assert!((families + reasons.before - reasons.moved()).abs() < 1e-9, "{reasons:?}");
            assert!(told.drivers.is_empty() && told.changes.len() == 3);
            let said = told.sentence();
            assert!(told.is_unproven || said.contains("What drives it: "), "{said}");
        }
        assert!(worked.record().units.iter().all(|judged| judged.len() == 24));
    }
}

/// What past forecasts learnt from ends before the first of them.
#[test]
fn a_rule_that_learns_is_judged_by_what_it_had_learnt_before() {
    let run = learnt(Rule::Pooled, false);
    let judged = worked(&run).record().units[3][0];
    let origin = judged.month.plus(-3).unwrap();
    assert_eq!(origin.to_string(), run.origin().plus(-26).unwrap().to_string());
    let [own, _] = many().map(|csv| read(csv.as_bytes()).unwrap());
    let then = Run::new(&own, None, Rule::Pooled, Some(origin), &BTreeMap::new()).unwrap();
    let said = worked(&then).ahead(&then, 3);
    assert_eq!((judged.low, judged.high), (said.quantile(3, 0.05), said.quantile(3, 0.95)));
    assert!((judged.chance - said.chance_soon(25)).abs() < 1e-12);
}

#[test]
fn constants_by_horizon_forecast_and_are_explained() {
    let run = learnt(Rule::Tuned, true);
    let worked = worked(&run);
    let told = Explanation::of(&run, 0, &worked);
    assert!(told.reasons.is_none() && told.chances[0][0] > 0.0, "{told:?}");
    assert_eq!(worked.record().means.unwrap().forecasts, 4 * 24);
}

#[test]
fn what_was_worked_out_is_kept_and_read_back_to_the_last_bit() {
    for rule in [Rule::Pooled, Rule::Tuned, Rule::Recent] {
        let run = learnt(rule, true);
        let file = serde_json::to_vec(&run).unwrap();
        assert_eq!(serde_json::from_slice::<Run>(&file).unwrap(), run);
        let worked = worked(&run);
        let text = worked.text(&file).unwrap();
        assert_eq!(Worked::read(&run, &file, &text).unwrap(), worked);
    }
}

#[test]
fn what_was_kept_of_another_run_or_changed_is_not_read() {
    let run = run(&three(), None).unwrap();
    let file = serde_json::to_vec(&run).unwrap();
    let text = worked(&run).text(&file).unwrap();
    let read = |file: &[u8], text: &str| Worked::read(&run, file, text).unwrap_err();
    assert_eq!(read(b"another", &text), Unfit::OtherRun);
    assert_eq!(read(&file, &text.replace("\"came\":", "\"came\": ")), Unfit::Changed);
    assert_eq!(read(&file, &text[..text.len() - 9]), Unfit::Changed);
    assert_eq!(read(&file, &text.replacen("worked/1", "worked/2", 1)), Unfit::Format);
    assert_eq!(read(&file, ""), Unfit::Format);
    let version = format!("\"program\":\"{}\"", env!("CARGO_PKG_VERSION"));
    let older = text.replacen(&version, "\"program\":\"0.0.0\"", 1);
    assert_eq!(read(&file, &older), Unfit::Program("0.0.0".to_owned()));
}

/// Whoever can write the file can name its hash; what it holds must still be what such a run has.
#[test]
fn what_was_kept_must_fit_the_run_even_under_its_own_hash() {
    use sha2::{Digest as _, Sha256};
    let run = learnt(Rule::Tuned, false);
    let file = serde_json::to_vec(&run).unwrap();
    let text = worked(&run).text(&file).unwrap();
    let (head, body) = text.trim_end().split_once('\n').unwrap();
    let hex = |body: &str| -> String {
        Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let with = |body: &str| {
        format!("{}\n{body}\n", head.replace(&hex(text.lines().nth(1).unwrap()), &hex(body)))
    };
    assert!(Worked::read(&run, &file, &with(body)).is_ok());
    for (from, to) in [
        ("\"numbers\":\"", "\"numbers\":\"NaN "),
        ("\"numbers\":\"", "\"numbers\":\"7 "),
        ("\"months\":36", "\"months\":0"),
        ("\"changes\":\"", "\"changes\":\"0.5 "),
        ("{\"judged\":[[", "{\"judged\":[[],["),
    ] {
        let changed = body.replacen(from, to, 1);
        assert_ne!(changed, body);
        let refused = Worked::read(&run, &file, &with(&changed)).unwrap_err();
        assert!(matches!(refused, Unfit::Body(_)), "{from} {refused:?}");
    }
}

#[test]
fn wider_counts_must_hold_the_run_s_own() {
    let text = serde_json::to_string(&learnt(Rule::Tuned, true)).unwrap();
    let refused = |text: &str| serde_json::from_str::<Run>(text).unwrap_err().to_string();
    let short = text.replacen("\"wider\":[", "\"wider\":[7,", 1);
    assert!(refused(&short).contains("the wider counts of views:1 are not as many"));
    let other = text.replacen("tuned/1", "recent/1", 1);
    assert!(refused(&other).contains("for a rule that learns"));
}
