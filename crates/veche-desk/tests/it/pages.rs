//! What holds for every page, whatever it shows.

use crate::sample;
use std::collections::BTreeSet;
use veche_desk::*;
use veche_ledger::UnixSeconds;

/// Largest page, in bytes before compression: what a slow link carries in a few seconds.
const PAGE_LEN_MAX: usize = 60_000;

/// Returns the tags of a page as written, without their angle brackets: `form id="a" method="post"`.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).filter_map(|rest| rest.split('>').next()).collect()
}

/// Returns the value of an attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

fn is(tag: &str, name: &str) -> bool {
    tag.split(|c: char| c.is_whitespace()).next() == Some(name)
}

fn each_page(check: impl Fn(&str, &str)) {
    for theme in [Theme::System, Theme::Dark] {
        for (name, html) in sample::pages(theme) {
            check(name, &html);
        }
    }
}

#[test]
fn no_page_needs_more_than_the_policy_lets_it() {
    each_page(|name, html| {
        for tag in tags(html) {
            assert!(!is(tag, "style") && !is(tag, "iframe"), "{name}: {tag}");
            assert!(!tag.contains(" style=") && !tag.contains(" hx-on"), "{name}: {tag}");
            let handler = tag.split_whitespace().any(|word| {
                word.strip_prefix("on").is_some_and(|rest| {
                    rest.split('=').next().is_some_and(|event| {
                        !event.is_empty() && event.chars().all(|c| c.is_ascii_lowercase())
                    }) && rest.contains('=')
                })
            });
            assert!(!handler, "{name}: {tag}");
            if is(tag, "script") || is(tag, "link") {
                let source = attribute(tag, "src").or_else(|| attribute(tag, "href")).unwrap();
                assert!(asset_at(source).is_some(), "{name}: {source} is no asset");
            }
        }
    });
}

#[test]
fn every_id_is_unique_and_every_reference_meets_one() {
    each_page(|name, html| {
        let mut ids = BTreeSet::new();
        for tag in tags(html) {
            if let Some(id) = attribute(tag, "id") {
                assert!(ids.insert(id), "{name}: {id} twice");
            }
        }
        for tag in tags(html) {
            let names = ["for", "aria-labelledby", "aria-describedby"];
            for id in names.iter().filter_map(|n| attribute(tag, n)) {
                assert!(ids.contains(id), "{name}: nothing is called {id}");
            }
        }
    });
}

#[test]
fn every_form_says_how_and_where_it_is_sent_and_where_it_leads_back_to() {
    each_page(|name, html| {
        for form in html.split("<form").skip(1) {
            let (tag, rest) = form.split_once('>').unwrap();
            let (method, action) = (attribute(tag, "method"), attribute(tag, "action"));
            assert!(matches!(method, Some("get" | "post")), "{name}: {tag}");
            assert!(action.is_some_and(|a| a.starts_with('/')), "{name}: {tag}");
            let body = rest.split("</form>").next().unwrap();
            if method == Some("post") {
                assert!(body.contains("name=\"back\""), "{name}: {tag}");
                assert!(body.contains("<button"), "{name}: {tag} has no button");
            }
        }
    });
}

#[test]
fn every_page_is_complete_and_small() {
    each_page(|name, html| {
        assert!(html.len() <= PAGE_LEN_MAX, "{name}: {} bytes", html.len());
        assert_eq!(html.matches("<h1").count(), 1, "{name}: one first heading");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        assert!(html.trim_end().ends_with("</html>"), "{name}");
        for left in ["{{", "{%", "Some(", "UnixSeconds", "None,"] {
            assert!(!html.contains(left), "{name}: {left} was left in the page");
        }
        for element in [
            "div", "section", "ul", "li", "table", "tr", "td", "form", "details", "dl", "span",
            "p", "svg", "a",
        ] {
            let opened = tags(html).iter().filter(|tag| is(tag, element)).count();
            let closed = html.matches(&format!("</{element}>")).count();
            assert_eq!(opened, closed, "{name}: {element}");
        }
    });
}

#[test]
fn who_must_act_is_told_in_a_sentence_with_who_has_it_not_yet() {
    let now = UnixSeconds::parse("2027-03-01T09:20:00Z").unwrap();
    let due =
        |at: &str| OwedBy::At(Due { at: UnixSeconds::parse(at).unwrap(), state: DueState::Open });
    let check = |who: &[&str], lacks: bool, by: OwedBy, expected: &str| {
        let who = who.iter().map(|name| (*name).to_owned()).collect();
        let owed =
            Owed { on: Link::default(), what: "answer the warning".to_owned(), who, lacks, by };
        assert_eq!(owed.words(now), expected);
    };
    check(
        &["Belm"],
        true,
        due("2027-03-01T10:05:00Z"),
        "Belm must answer the warning by 10:05 UTC, and does not hold it yet.",
    );
    check(
        &["Belm", "Corin"],
        true,
        due("2027-03-02T10:05:00Z"),
        "Belm and Corin must answer the warning by 2 Mar 10:05 UTC, and do not hold it yet.",
    );
    check(
        &["Belm"],
        false,
        OwedBy::Within { within: Some("1 hour".to_owned()), quorum: 2 },
        "Belm must answer the warning within 1 hour from when 2 other nodes hold it.",
    );
    check(
        &["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"],
        false,
        due("2027-03-01T10:05:00Z"),
        "A, B, C, D, E, F, G, H and 2 others must answer the warning by 10:05 UTC.",
    );
    check(
        &["Belm"],
        true,
        OwedBy::Within { within: None, quorum: 1 },
        "Belm must answer the warning once 1 other node holds it, and does not hold it yet.",
    );
}

#[test]
fn names_in_the_programs_sentences_are_set_apart_and_peoples_words_left_alone() {
    let s = |text: &str| text.to_owned();
    let sentence = "start it again with `--officers duty`";
    let flash = Flash::NotDelivered { text: s(sentence) };
    let shell = Shell {
        read_only: Some(s(sentence)),
        notes: vec![s(sentence)],
        flash: Some(flash),
        ..Shell::default()
    };
    let messages = [
        MessagePage::NotFound { asked: s(sentence), near: Vec::new() },
        MessagePage::NotAllowed { asked: s(sentence), who_may: Vec::new() },
        MessagePage::BadRequest { what: s(sentence) },
        MessagePage::Loading { what: s(sentence), done: 0, of: 0 },
        MessagePage::Failed {
            what: s(sentence),
            not_lost: Some(s(sentence)),
            request_id: s("r-1"),
        },
    ];
    for message in &messages {
        let html = render_message(&shell, message);
        assert!(!html.contains('`'), "{html}");
        // Read-only, note, flash, and the message itself.
        assert!(html.matches("<code>--officers duty</code>").count() >= 4, "{html}");
    }
    let annotation = Annotation { text: s("we meant `quay`, not `key`"), ..Annotation::default() };
    let page = CasePage { annotations: vec![annotation], ..CasePage::default() };
    assert!(render_case(&Shell::default(), &page).contains("we meant `quay`, not `key`"));
}

#[test]
fn every_heading_of_a_table_has_its_scope() {
    each_page(|name, html| {
        for tag in tags(html).iter().filter(|tag| is(tag, "th")) {
            assert!(attribute(tag, "scope").is_some(), "{name}: {tag}");
        }
    });
}

#[test]
fn a_drill_is_said_on_every_page_of_it_and_on_no_other() {
    for (name, html) in sample::pages(Theme::System) {
        let is_bare = ["sign-in", "first-run", "reached"].iter().any(|bare| name.starts_with(bare));
        let is_drill = !is_bare;
        assert_eq!(html.contains("<b>EXERCISE</b>"), is_drill, "{name}");
        assert_eq!(html.contains("<body class=\"drill\""), is_drill, "{name}");
    }
}

#[test]
fn the_theme_that_was_asked_for_stays_in_every_link_of_this_node() {
    for (name, html) in sample::pages(Theme::Dark) {
        assert!(html.contains("data-theme=\"dark\""), "{name}");
        for tag in tags(&html).iter().filter(|tag| is(tag, "a")) {
            let href = attribute(tag, "href").unwrap();
            let is_choice = attribute(tag, "id").is_some_and(|id| id.starts_with("theme-"));
            if href.starts_with('/') && !is_choice {
                assert!(href.contains("theme=dark"), "{name}: {href}");
            }
        }
    }
}

#[test]
fn hostile_text_stays_text() {
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let mut shell = sample::shell("/");
    shell.organisation = hostile.to_owned();
    shell.query = format!("q={hostile}");
    shell.live.out_of_reach = vec![hostile.to_owned()];
    let mut watch = sample::watch();
    for item in &mut watch.due {
        item.link = Link::new("javascript:alert(1)", hostile);
        item.answer = Some(hostile.to_owned());
    }
    watch.changes[0].by = hostile.to_owned();
    watch.timeline.lanes[0].title = hostile.to_owned();
    watch.timeline.lanes[0].marks[0].link.text = hostile.to_owned();
    if let Some(highest) = &mut watch.highest {
        highest.series.name = hostile.to_owned();
    }
    let mut case = sample::case();
    case.title = hostile.to_owned();
    case.proposals[0].paragraphs[2].text = hostile.to_owned();
    case.proposals[0].matrix.rows[0].cells[0].reason = Some(hostile.to_owned());
    case.records[0].record.hash = hostile.repeat(2);
    case.label.name = hostile.to_owned();
    let search = SearchPage { q: hostile.to_owned(), ..SearchPage::default() };
    let pages =
        [render_watch(&shell, &watch), render_case(&shell, &case), render_search(&shell, &search)];
    for html in pages {
        assert!(!html.contains("<script>"), "a script came through");
        assert!(!html.contains("<img"), "an element came through");
        assert!(!html.contains("javascript:"), "an address came through");
        assert!(html.contains("&lt;script&gt;") || html.contains("&#60;script&#62;"));
    }
}

#[test]
fn a_forecast_says_what_came_what_was_missed_and_for_whom_nothing_is_proven() {
    let page = sample::forecast();
    let html = render_forecast(&sample::shell("/forecast/gw:9002"), &page);
    // Months ahead have bars and no line; of the past, months over 160 deaths are crossed.
    assert_eq!(html.matches("class=\"wide\"").count(), 14 + 24);
    assert_eq!(html.matches("class=\"miss\"").count(), 6);
    assert!(html.contains("Would change if") && html.contains("100 deaths in 2027-03"));
    assert!(!html.contains("no skill proven"), "it is not quiet");
    let quiet = ForecastPage { is_unproven: true, ..page };
    let html = render_forecast(&sample::shell("/forecast/gw:9002"), &quiet);
    assert!(html.contains("</span>no skill proven</p>"));
    let html = render_forecasts(&sample::shell("/forecast"), &sample::forecasts());
    assert!(
        html.contains("href=\"/forecast/gw:9002\"") && html.contains("made up for the exercise")
    );
    let none = render_forecasts(&sample::shell("/forecast"), &ForecastsPage::default());
    assert!(none.contains("veche node run --forecast DIR"));
}

#[test]
fn what_is_overdue_is_said_by_word_glyph_and_colour() {
    let html = render_watch(&sample::shell("/"), &sample::watch());
    assert!(html.contains("<li data-row class=\"overdue\">"));
    assert!(html.contains("<span class=\"state bad\"><span class=\"glyph\" aria-hidden=\"true\">▲</span>Overdue</span>"));
    assert!(html.contains(">20 min late</time>"), "by how much");
}

#[test]
fn what_is_due_comes_before_everything_else() {
    let html = render_watch(&sample::shell("/"), &sample::watch());
    let place = |what: &str| html.find(what).unwrap();
    assert!(place("Due from Halcis") < place("Who has not answered"));
    assert!(place("Who has not answered") < place("Warnings (10 weeks)"));
}

#[test]
fn a_visitor_without_a_seat_is_offered_to_sign_in() {
    let shell = Shell { seat: None, ..sample::shell("/") };
    let html = render_watch(&shell, &WatchPage::default());
    assert!(html.contains("href=\"/sign-in\"") && !html.contains("action=\"/seat\""));
}

#[test]
fn an_amended_paragraph_shows_the_struck_and_the_added_word() {
    let html = render_case(&sample::shell("/cases/C-1"), &sample::case());
    assert!(html.contains("the <del>attack</del><ins>incident</ins> at border post 4"));
}

#[test]
fn a_refusal_names_the_article_who_could_and_what_would_be_valid() {
    let html = render_refused(&sample::shell("/act"), &sample::refused());
    for words in [
        "article 4.2",
        "An observer may attend and comment; it neither objects nor votes.",
        "Orvessa, Tamrin, Lurien, Halcis, Mirez and Quorrin",
        "a comment of Pell Union",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn a_withheld_payload_is_said_and_not_left_out() {
    let page = RecordPage { content: vec![], ..sample::record_page() };
    let html = render_record(&sample::shell("/log/a"), &page);
    assert!(html.contains("Its content is not shown here."));
    let html = render_watch(&sample::shell("/"), &sample::watch());
    assert!(html.contains("2 records without their content"));
}

#[test]
fn a_wall_has_no_navigation_and_no_search() {
    let shell = Shell { wall: true, ..sample::shell("/") };
    let html = render_watch(&shell, &sample::watch());
    assert!(
        html.contains("class=\"wall\"")
            && !html.contains("<nav")
            && !html.contains("role=\"search\"")
    );
}

#[test]
fn an_unknown_parameter_is_answered_with_the_known_ones_and_the_near_one() {
    let html = render_message(&sample::shell("/picture"), &sample::unknown_parameter());
    assert!(html.contains("<code>aera</code>") && html.contains("Did you mean <code>area</code>?"));
    assert!(html.contains("the date shown"));
}

#[test]
fn exercise_control_marks_the_step_just_played() {
    let html = render_exercise(&sample::shell("/exercise"), &sample::exercise());
    assert_eq!(html.matches("aria-current=\"step\"").count(), 1);
    assert!(html.contains("id=\"inject-22\" class=\"current\""));
    for act in ["play", "step", "reset", "speed", "jump"] {
        assert!(html.contains(&format!("value=\"{act}\"")), "{act}");
    }
}
