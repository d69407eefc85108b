//! Sample pages: the exercise LANTERN of the fictional Six Rivers Compact at T+6 h 20 min, seen from Halcis.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a sample that is wrong fails its test")]

use veche_desk::*;
use veche_ledger::{Hash, Seconds, UnixSeconds};

/// 2027-03-01T00:00:00Z, when the exercise begins.
const T0: UnixSeconds = UnixSeconds(1_803_859_200);

/// Minutes after the beginning, as the script counts them.
pub(crate) fn t(minutes: u64) -> UnixSeconds {
    T0 + Seconds::minutes(minutes)
}

fn s(text: &str) -> String {
    text.to_owned()
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| s(name)).collect()
}

fn hash(of: &str) -> String {
    Hash::of(&[of.as_bytes()]).to_string()
}

fn compact() -> Label {
    Label { name: s("COMPACT"), tlp: Some(Tlp::Green) }
}

fn cyber() -> Label {
    Label { name: s("GROUP(cyber)"), tlp: Some(Tlp::Amber) }
}

fn public() -> Label {
    Label { name: s("PUBLIC"), tlp: Some(Tlp::Clear) }
}

fn seat(id: &str, party: &str, office: &str) -> Seat {
    Seat {
        id: format!("{id}.{}", office.split(' ').next().unwrap()),
        party: Party { id: s(id), name: s(party) },
        office: s(office),
    }
}

fn article(number: &str) -> Article {
    let text = match number {
        "4.2" => "An observer may attend and comment; it neither objects nor votes.",
        "5.1" => {
            "A matter of substance is decided at a meeting with all members present and none against."
        }
        "5.2" => "A member may stand aside; it does not block and is not bound.",
        "6.2" => {
            "The Secretary General may send up to twelve people for up to ten days to establish facts, if the host consents."
        }
        "7.1" => {
            "The Secretariat or a member may table a text under silence: six hours if urgent, twenty-four hours otherwise, for each paragraph."
        }
        "7.2" => {
            "A member that objects in writing before the deadline breaks silence on the paragraph it names, and says why."
        }
        "7.3" => {
            "An amendment breaks silence on its paragraph only; the paragraph as amended is before the members with a period of its own. Other paragraphs keep their period and positions."
        }
        "7.4" => {
            "A member that the text reached late has two hours from receipt; the period is extended for it by six hours at most."
        }
        "13.1" => {
            "A warning names level, horizon and confidence, and every member answers it within a day: it takes note, assesses, or acts."
        }
        other => panic!("article {other} is not in the sample"),
    };
    Article { number: s(number), text: s(text), href: Some(format!("/charter#a{number}")) }
}

fn record(title: &str, at: UnixSeconds) -> RecordRef {
    let hash = hash(title);
    RecordRef { title: s(title), href: format!("/log/{hash}"), hash, at }
}

fn row(kind: &str, by: &str, title: &str, at: UnixSeconds, label: Label) -> RecordRow {
    RecordRow {
        record: record(title, at),
        place: format!("{} {}", by.to_lowercase(), at.0 % 97),
        kind: s(kind),
        by: s(by),
        label,
        ruling: State::new("admitted", Tone::Plain),
        is_new: false,
    }
}

/// The shell of a page at `path`.
pub(crate) fn shell(path: &str) -> Shell {
    Shell {
        organisation: s("Six Rivers Compact"),
        seat: Some(seat("halcis", "Halcis", "duty officer")),
        seats: [
            ("orvessa", "Orvessa"),
            ("tamrin", "Tamrin"),
            ("lurien", "Lurien"),
            ("halcis", "Halcis"),
            ("mirez", "Mirez"),
            ("quorrin", "Quorrin"),
            ("pell-union", "Pell Union"),
        ]
        .map(|(id, name)| seat(id, name, "duty officer"))
        .to_vec(),
        clock: Clock {
            now: t(380),
            zone: Some(Zone { name: s("Halcis"), offset_minutes: 180 }),
            rate_thousandths: 1000,
        },
        drill: Some(Drill { name: s("LANTERN"), words: names(&["EXERCISE"]) }),
        label: Some(compact()),
        path: s(path),
        live: Live {
            records: 1204,
            lag: Seconds(0),
            stream: None,
            out_of_reach: names(&["no contact with Mirez for 3 h"]),
        },
        build: s("0.1.0"),
        node_key: hash("key of halcis"),
        boundary_note: s("Places are fictional; no view of a boundary implies recognition."),
        sources_note: Some(s("Exercise data of 1 March 2027")),
        ..Shell::default()
    }
}

fn button(id: &str, title: &str, submit: &str, weight: Weight) -> Form {
    Form {
        id: s(id),
        title: s(title),
        hidden: vec![(s("kind"), s("position")), (s("about"), hash(title))],
        submit: s(submit),
        weight,
        ..Form::default()
    }
}

fn paragraphs() -> FormField {
    FormField {
        name: s("paragraphs"),
        label: s("Paragraphs"),
        control: Control::Several(vec![
            Choice::new("1", "paragraph 1: monitoring"),
            Choice::new("2", "paragraph 2: generators"),
        ]),
        required: true,
        value: s("1,2"),
        ..FormField::default()
    }
}

fn objection(id: &str) -> Form {
    Form {
        fields: vec![
            paragraphs(),
            FormField {
                name: s("reason"),
                label: s("Reason"),
                control: Control::Text,
                required: true,
                help: Some(s("Article 7.2 asks for one; all members read it.")),
                ..FormField::default()
            },
            FormField {
                name: s("would_lift"),
                label: s("What would lift it"),
                ..FormField::default()
            },
        ],
        note: Some(s(
            "Breaks silence on the paragraphs you name. Signed for Halcis, label COMPACT.",
        )),
        ..button(id, "Object to paragraphs of P-1", "Object", Weight::Grave)
    }
}

fn due() -> Vec<DueItem> {
    vec![
        DueItem {
            link: Link::new(
                "/registers/infrastructure#I-1",
                "I-1 Northfall Grid: operator view lost",
            ),
            owed: s("name a contact for the affected members"),
            by: t(360),
            overdue: true,
            answer: None,
            article: s("10.1"),
            label: cyber(),
            acts: vec![button("due-1-name", "Name a contact", "Name a contact", Weight::Plain)],
        },
        DueItem {
            link: Link::new("/cases/C-1#p-1", "P-1 Monitoring, generators, joint statement"),
            owed: s("silence ends: object, or paragraphs 1 and 2 are adopted"),
            by: t(660),
            overdue: false,
            answer: Some(s("none")),
            article: s("7.1"),
            label: compact(),
            acts: vec![
                button(
                    "due-2-yes",
                    "Assent to paragraphs 1 and 2 of P-1",
                    "Assent",
                    Weight::Primary,
                ),
                objection("due-2-no"),
            ],
        },
        DueItem {
            link: Link::new("/cases/C-1#p-2", "P-1 paragraph 3, version 2 of Quorrin"),
            owed: s("silence ends: object, or the paragraph is adopted for five"),
            by: t(690),
            overdue: false,
            answer: Some(s("assent")),
            article: s("7.3"),
            label: compact(),
            acts: vec![],
        },
        DueItem {
            link: Link::new("/registers/warnings#W-1", "W-1 Vael Pass: shots and closed market"),
            owed: s("answer the warning"),
            by: t(1430),
            overdue: false,
            answer: None,
            article: s("13.1"),
            label: compact(),
            acts: vec![button("due-4-note", "Take note of W-1", "Take note", Weight::Plain)],
        },
    ]
}

fn timeline() -> Timeline {
    let mark = |at, shape, text: &str, href: &str| Mark {
        at: t(at),
        until: None,
        shape,
        link: Link::new(href, text),
    };
    let case = "/cases/C-1";
    let mut partition = mark(200, Shape::Step, "Mirez out of contact", "/log/mirez");
    partition.until = Some(t(380));
    let mut silence = mark(300, Shape::Step, "P-1 tabled under silence", case);
    silence.until = Some(t(660));
    Timeline {
        from: t(0),
        to: t(720),
        lanes: vec![
            Lane {
                title: s("Events"),
                marks: vec![
                    mark(5, Shape::Event(EventClass::Border), "Border post 4 fired at", "/picture"),
                    mark(
                        90,
                        Shape::Event(EventClass::Infrastructure),
                        "Northfall Grid dark",
                        "/picture",
                    ),
                    mark(92, Shape::Event(EventClass::Cyber), "Operator view lost", "/picture"),
                    mark(
                        140,
                        Shape::Event(EventClass::Humanitarian),
                        "Pumps on battery",
                        "/picture",
                    ),
                    mark(255, Shape::Event(EventClass::Political), "Drenn denies", "/picture"),
                ],
            },
            Lane {
                title: s("Warnings"),
                marks: vec![mark(15, Shape::Warning, "W-1 Vael Pass", "/registers/warnings")],
            },
            Lane {
                title: s("Case steps"),
                marks: vec![
                    mark(60, Shape::Step, "Orvessa asks for consultations", case),
                    mark(180, Shape::Step, "Standing Council convened", case),
                    partition,
                    silence,
                    mark(330, Shape::Step, "Quorrin amends paragraph 3", case),
                    mark(370, Shape::Step, "Tamrin stands aside", case),
                ],
            },
            Lane {
                title: s("Deadlines"),
                marks: vec![
                    mark(360, Shape::Missed, "Contact for I-1", "/registers/infrastructure"),
                    mark(660, Shape::Deadline, "Silence on P-1 paragraphs 1, 2", case),
                    mark(690, Shape::Deadline, "Silence on P-1 paragraph 3 v2", case),
                    mark(680, Shape::Deadline, "Lurien: battery ends", "/registers/services"),
                ],
            },
        ],
    }
}

fn series(name: &str, values: [u8; 12]) -> Series {
    let months = ["04", "05", "06", "07", "08", "09", "10", "11", "12", "01", "02", "03"];
    let points = months.into_iter().zip(values).enumerate().map(|(at, (month, value))| {
        let year = if at < 9 { 2026 } else { 2027 };
        SeriesPoint { label: format!("{year}-{month}"), value: (value < 200).then_some(value) }
    });
    Series { name: s(name), points: points.collect(), top: None }
}

/// Marks a month without data in [`series`].
const GAP: u8 = 255;

fn vael() -> Series {
    series("Vael Pass", [8, 11, 9, 14, 12, 18, 22, 19, 31, 28, 44, 63])
}

fn case_rows() -> Vec<CaseRow> {
    vec![
        CaseRow {
            number: s("C-1"),
            link: Link::new("/cases/C-1", "Border post 4 fired at"),
            owner: s("Orvessa"),
            state: State::new("proposal", Tone::Plain),
            opened_at: t(0),
            next: Some(s("silence on P-1")),
            due: Some(Due { at: t(660), state: DueState::Open }),
            label: compact(),
        },
        CaseRow {
            number: s("C-2"),
            link: Link::new(
                "/cases/C-2",
                "Northfall Grid: operator view lost, 210,000 customers dark",
            ),
            owner: s("Halcis"),
            state: State::new("measures", Tone::Plain),
            opened_at: t(90),
            next: Some(s("contact for affected members")),
            due: Some(Due { at: t(360), state: DueState::Overdue }),
            label: cyber(),
        },
        CaseRow {
            number: s("C-3"),
            link: Link::new("/cases/C-3", "Lurien: pumps on battery, 9 h left"),
            owner: s("Lurien"),
            state: State::new("report", Tone::Care),
            opened_at: t(140),
            next: None,
            due: None,
            label: compact(),
        },
    ]
}

/// The watch page.
pub(crate) fn watch() -> WatchPage {
    let mut changes = vec![
        row("Position", "Tamrin", "Tamrin stands aside on P-1 paragraph 3", t(370), compact()),
        row("Amendment", "Quorrin", "Quorrin amends P-1 paragraph 3", t(330), compact()),
        row(
            "Proposal",
            "Secretariat",
            "P-1 Monitoring, generators, joint statement",
            t(300),
            compact(),
        ),
        row("Consent", "Orvessa", "Orvessa consents to mission M-1", t(285), compact()),
    ];
    changes[0].is_new = true;
    changes[1].is_new = true;
    WatchPage {
        due: due(),
        unanswered: vec![
            Unanswered {
                link: Link::new("/cases/C-1#p-1", "P-1 paragraphs 1 and 2"),
                silent: names(&["Orvessa", "Lurien", "Halcis"]),
                not_reached: names(&["Mirez"]),
                by: t(660),
                overdue: false,
            },
            Unanswered {
                link: Link::new("/cases/C-1", "C-1 take note of the notification"),
                silent: vec![],
                not_reached: names(&["Mirez"]),
                by: t(350),
                overdue: true,
            },
        ],
        changes_since: t(280),
        changes,
        suspended: Vec::new(),
        withheld: 2,
        warnings: vec![
            WarningCard {
                link: Link::new("/registers/warnings#W-1", "Shots and closed market at Vael Pass"),
                class: Some(EventClass::Border),
                level: Level::Acute,
                area: s("Vael Pass"),
                at: t(15),
                sources: Some(40),
                answered: 4,
                owed: 5,
                state: None,
            },
            WarningCard {
                link: Link::new(
                    "/registers/warnings#W-0",
                    "Further outages in Northfall's substations",
                ),
                class: Some(EventClass::Infrastructure),
                level: Level::Tense,
                area: s("Halcis"),
                at: t(110),
                sources: Some(3),
                answered: 5,
                owed: 5,
                state: Some(State::new("answered by all", Tone::Good)),
            },
        ],
        cases: case_rows(),
        peers: vec![
            Peer {
                name: s("Orvessa"),
                state: PeerState::Forked,
                last_seen: Some(t(379)),
                behind_by: 0,
            },
            Peer {
                name: s("Tamrin"),
                state: PeerState::Current,
                last_seen: Some(t(380)),
                behind_by: 0,
            },
            Peer {
                name: s("Lurien"),
                state: PeerState::Behind,
                last_seen: Some(t(378)),
                behind_by: 14,
            },
            Peer {
                name: s("Mirez"),
                state: PeerState::Silent,
                last_seen: Some(t(200)),
                behind_by: 61,
            },
            Peer {
                name: s("Quorrin"),
                state: PeerState::Current,
                last_seen: Some(t(380)),
                behind_by: 0,
            },
        ],
        highest: Some(HighestTension {
            link: Link::new("/picture#area-vael-pass", "Vael Pass"),
            level: Level::Acute,
            index: 63,
            change: 19,
            series: vael(),
            as_of: t(360),
        }),
        timeline: timeline(),
    }
}

/// The picture before any event is coded: reports are counted.
fn picture_of_reports() -> PicturePage {
    let counts = Series { top: Some(20), ..vael() };
    let link = Link::new("/cases/C-1", "Vael Pass");
    let row = ReportRow { link, total: 41, last_at: t(300), series: counts };
    PicturePage { on: t(360), period: s("24 h"), reports: vec![row], ..PicturePage::default() }
}

/// The list of cases.
pub(crate) fn cases() -> CasesPage {
    CasesPage {
        rows: case_rows(),
        selections: vec![
            Link::new("", "open"),
            Link::new("/cases?state=closed", "closed"),
            Link::new("/cases?state=all", "all"),
        ],
        open_forms: vec![Form {
            id: s("notify"),
            title: s("Notification"),
            fields: vec![
                FormField {
                    name: s("title"),
                    label: s("Title"),
                    required: true,
                    ..FormField::default()
                },
                FormField {
                    name: s("text"),
                    label: s("What happened"),
                    control: Control::Text,
                    required: true,
                    ..FormField::default()
                },
                FormField {
                    name: s("occurred_at"),
                    label: s("When (UTC)"),
                    control: Control::Time,
                    value: s("yesterday"),
                    error: Some(s("a time is written 2027-03-01T11:00Z")),
                    ..FormField::default()
                },
                FormField {
                    name: s("wounded"),
                    label: s("Wounded"),
                    control: Control::Number { min: Some(0), max: None },
                    ..FormField::default()
                },
            ],
            submit: s("Notify"),
            ..Form::default()
        }],
    }
}

fn cell(stance: Stance, at: Option<u64>) -> StanceCell {
    let at = at.map(t);
    StanceCell {
        stance,
        at,
        evidence: at.map(|at| format!("/log/{}", hash(&at.to_string()))),
        ..StanceCell::default()
    }
}

fn matrix() -> StanceMatrix {
    let silent = || cell(Stance::Silent, None);
    let mut amended = cell(Stance::Amend, Some(330));
    amended.reason = Some(s("No finding of an attack has been made."));
    amended.would_lift = Some(s("“incident” in place of “attack”"));
    let mut aside = cell(Stance::Aside, Some(370));
    aside.reason = Some(s("Tamrin speaks for itself on Drenn."));
    let member = |name: &str, receipt, cells: [StanceCell; 3]| MatrixRow {
        member: s(name),
        is_own: name == "Halcis",
        receipt,
        cells: cells.to_vec(),
    };
    let unheard = || cell(Stance::NotReached, None);
    StanceMatrix {
        columns: names(&["paragraph 1", "paragraph 2", "paragraph 3 (v2)"]),
        rows: vec![
            member(
                "Orvessa",
                Receipt::At(t(301)),
                [silent(), silent(), cell(Stance::Assent, Some(341))],
            ),
            member(
                "Tamrin",
                Receipt::At(t(301)),
                [cell(Stance::Assent, Some(322)), cell(Stance::Assent, Some(322)), aside],
            ),
            member(
                "Lurien",
                Receipt::At(t(302)),
                [silent(), cell(Stance::Assent, Some(310)), silent()],
            ),
            member(
                "Halcis",
                Receipt::At(t(301)),
                [silent(), silent(), cell(Stance::Assent, Some(345))],
            ),
            member("Mirez", Receipt::None, [unheard(), unheard(), unheard()]),
            member(
                "Quorrin",
                Receipt::At(t(301)),
                [cell(Stance::Abstain, Some(330)), silent(), amended],
            ),
        ],
    }
}

fn silence(start: u64, end: u64, by: &str) -> ClockView {
    ClockView {
        title: s("Silence, urgent: 6 h"),
        started_at: t(start),
        started_by: s(by),
        deadline: t(end),
        running: true,
        rule: article("7.1"),
        stops: names(&[
            "an objection in writing before the deadline (7.2)",
            "an amendment of this paragraph (7.3)",
        ]),
        extension: Some(Extension {
            until: t(end + 360),
            unreached: names(&["Mirez"]),
            article: article("7.4"),
        }),
        could_stop_by_absence: names(&["Mirez"]),
        contested: None,
    }
}

fn proposal() -> ProposalView {
    let five = names(&["Orvessa", "Lurien", "Halcis", "Mirez", "Quorrin"]);
    let mut all = five.clone();
    all.insert(1, s("Tamrin"));
    let paragraph = |name: &str, text: &str, binds: Vec<String>, clock| ParagraphView {
        name: s(name),
        text: s(text),
        earlier: None,
        state: State::new("silence", Tone::Plain),
        binds,
        outstanding: None,
        clock: Some(clock),
    };
    let mut third = paragraph(
        "Paragraph 3 (v2)",
        "The members state jointly that the incident at border post 4 on 1 March endangers the market of Vael Pass, and call on Drenn to clarify the movements on its side.",
        five,
        silence(330, 690, "amended by Quorrin"),
    );
    third.earlier = Some(EarlierText {
        name: s("version 1 of the Secretariat"),
        href: format!("/log/{}", hash("v1")),
        text: s(
            "The members state jointly that the attack at border post 4 on 1 March endangers the market of Vael Pass, and call on Drenn to explain the movements on its side.",
        ),
    });
    let tabled = "tabled by the Secretariat";
    ProposalView {
        number: s("P-1"),
        title: s("Monitoring, generators, joint statement"),
        by: s("the Secretariat"),
        at: t(300),
        state: State::new("silence", Tone::Plain),
        href: format!("/log/{}", hash("P-1")),
        paragraphs: vec![
            paragraph(
                "Paragraph 1",
                "Mission M-1 is reinforced by four monitors at Vael Pass until 15 March.",
                all.clone(),
                silence(300, 660, tabled),
            ),
            paragraph(
                "Paragraph 2",
                "Halcis and Tamrin send one generator each to Lurien, at the pumping station by 18:00 today.",
                all,
                silence(300, 660, tabled),
            ),
            third,
        ],
        matrix: matrix(),
        lineage: vec![Link::new("/log/consultation", "from consultation K-1")],
        tally: Some(TextTally { agreed: 2, open: 1, brackets: 1, opposed: 1 }),
        documents: vec![Link::new("/cases/P-1/text.html", "print")],
    }
}

fn refusal() -> Refusal {
    Refusal {
        tried: s("Pell Union objects to paragraph 1 of P-4."),
        article: article("4.2"),
        because: Some(s("Pell Union is an observer.")),
        who_could: names(&["Orvessa", "Tamrin", "Lurien", "Halcis", "Mirez", "Quorrin"]),
        would_be_valid: names(&[
            "a comment of Pell Union",
            "an objection by a member before 18:30 UTC",
        ]),
        record: Some(record("Position of Pell Union, kept as a comment", t(370))),
    }
}

fn next_acts() -> Vec<NextAct> {
    let allowed =
        |title: &str, form| NextAct { title: s(title), outcome: NextOutcome::Allowed(form) };
    let refused = |title: &str, tried: &str, number: &str, who: &[&str], valid: &[&str]| NextAct {
        title: s(title),
        outcome: NextOutcome::Refused(Refusal {
            tried: s(tried),
            article: article(number),
            because: None,
            who_could: names(who),
            would_be_valid: names(valid),
            record: None,
        }),
    };
    vec![
        allowed(
            "Assent to paragraphs 1 and 2",
            button("next-yes", "Assent", "Assent", Weight::Primary),
        ),
        allowed("Object", objection("next-no")),
        allowed(
            "Amend a paragraph",
            Form {
                id: s("next-amend"),
                title: s("Amendment"),
                fields: vec![
                    FormField {
                        name: s("paragraph"),
                        label: s("Paragraph"),
                        control: Control::One(vec![
                            Choice::new("1", "1"),
                            Choice::new("2", "2"),
                            Choice::new("3", "3 (v2)"),
                        ]),
                        required: true,
                        ..FormField::default()
                    },
                    FormField {
                        name: s("text"),
                        label: s("The paragraph as amended"),
                        control: Control::Text,
                        required: true,
                        ..FormField::default()
                    },
                    FormField {
                        name: s("urgent"),
                        label: s("urgent: six hours"),
                        control: Control::Flag,
                        value: s("true"),
                        ..FormField::default()
                    },
                ],
                submit: s("Amend"),
                ..Form::default()
            },
        ),
        refused(
            "Close the consultation as decided",
            "Halcis closes the meeting as decided.",
            "5.1",
            &[],
            &["a meeting at which Mirez is present too"],
        ),
        refused(
            "Prolong mission M-1",
            "Halcis prolongs mission M-1.",
            "6.2",
            &["the Secretariat"],
            &["a proposal to prolong it, adopted by silence"],
        ),
    ]
}

/// One case.
pub(crate) fn case() -> CasePage {
    let step = |name: &str, progress, at: Option<u64>, note: Option<&str>| Step {
        name: s(name),
        progress,
        at: at.map(t),
        note: note.map(s),
    };
    CasePage {
        calendar: "/cases/C-1/calendar.ics".to_owned(),
        instructions: Vec::new(),
        instruct: None,
        number: s("C-1"),
        title: s("Border post 4 fired at"),
        label: compact(),
        owner: s("Orvessa"),
        opened_at: t(0),
        state: State::new("proposal", Tone::Plain),
        summary: s(
            "Border post 4 at Vael Pass was fired at from the far bank; 3 wounded (corrected from 2).",
        ),
        steps: vec![
            step("report", Progress::Done, Some(0), Some("corrected once")),
            step("consultation", Progress::Done, Some(180), Some("5 of 6, no quorum")),
            step("proposal", Progress::Current, Some(300), Some("3 paragraphs open")),
            step("decision", Progress::Ahead, None, None),
            step("mandate", Progress::Current, Some(285), Some("M-1 until 8 Mar")),
            step("measures", Progress::Ahead, None, None),
            step("review", Progress::Ahead, None, None),
        ],
        proposals: vec![proposal()],
        next: next_acts(),
        why: vec![
            Why {
                question: s("Why would paragraph 3 bind five?"),
                sentence: s(
                    "Tamrin stood aside on paragraph 3 at 06:10; a member that stands aside neither blocks nor is bound.",
                ),
                articles: vec![article("5.2"), article("7.3")],
                records: vec![
                    record("Position of Tamrin on P-1", t(370)),
                    record("Amendment of Quorrin", t(330)),
                ],
                would_change: names(&[
                    "Tamrin states assent before 11:30",
                    "a member objects before 11:30",
                ]),
            },
            Why {
                question: s("Why can the meeting of 04:00 not decide?"),
                sentence: s("Five of six members were present; Mirez was out of contact."),
                articles: vec![article("5.1")],
                records: vec![record("Session of the Standing Council", t(240))],
                would_change: names(&["a meeting with all six present"]),
            },
        ],
        warnings: vec![CaseWarning {
            link: Link::new("/cases/W-1", "W-1 More shots at Vael Pass"),
            level: Level::Acute,
            at: t(5),
            horizons: vec![
                Horizon { name: s("horizon"), span: Some(s("12 hours")), until: Some(t(725)) },
                Horizon { name: s("until"), span: None, until: Some(t(3000)) },
            ],
            state: State::new("issued", Tone::Plain),
        }],
        owed: vec![
            Owed {
                on: Link::new("/cases/W-1", "W-1 More shots at Vael Pass"),
                what: s("answer the warning"),
                who: names(&["Mirez", "Tamrin"]),
                lacks: true,
                by: OwedBy::At(Due { at: t(370), state: DueState::Overdue }),
            },
            Owed {
                on: Link::new("/cases/W-2", "W-2 A third shot"),
                what: s("answer the warning"),
                who: names(&["Halcis"]),
                lacks: true,
                by: OwedBy::Within { within: Some(s("1 hour")), quorum: 4 },
            },
        ],
        annotations: vec![Annotation {
            kind: s("interpretative statement"),
            by: s("Quorrin"),
            at: t(335),
            about: s("P-1 paragraph 1"),
            text: s("Quorrin understands “monitors” to be unarmed."),
            why: Some(s("Quorrin: statement, too late: `silence` is over")),
            href: format!("/log/{}", hash("statement")),
        }],
        certificates: vec![certificate("M-1 host consent of Orvessa")],
        commitments: vec![Commitment {
            link: Link::new("/registers/commitments#K-1", "K-1 hotline number to Drenn"),
            owner: s("Secretariat"),
            due: Some(Due { at: t(370), state: DueState::Overdue }),
            state: State::new("open", Tone::Plain),
        }],
        records: watch().changes,
        withheld: 1,
    }
}

fn certificate(title: &str) -> Certificate {
    Certificate {
        title: s(title),
        href: s("/decisions/P-1.1.cert"),
        hash: hash(title),
        verify_command: format!(
            "veche certificate verify P-1.1.cert --genesis {}",
            hash("charter")
        ),
    }
}

/// The list of decisions.
pub(crate) fn decisions() -> DecisionsPage {
    DecisionsPage {
        genesis_hash: hash("charter"),
        rows: vec![
            DecisionRow {
                id: s("P-1-1"),
                by: s("Secretariat (its log is kept by the node of Orvessa)"),
                link: Link::new("/cases/C-1", "P-1 paragraph 1: monitoring"),
                text: s("Mission M-1 is reinforced by four monitors at Vael Pass until 15 March."),
                state: State::new("adopted by silence", Tone::Good),
                at: t(660),
                binds: names(&["Orvessa", "Tamrin", "Lurien", "Halcis", "Mirez", "Quorrin"]),
                attached: vec![Link::new("/log/statement", "interpretative statement of Quorrin")],
                certificate: Some(certificate("P-1 paragraph 1")),
                label: compact(),
                ..DecisionRow::default()
            },
            DecisionRow {
                id: s("P-1-2"),
                by: s("Secretariat (its log is kept by the node of Orvessa)"),
                link: Link::new("/cases/C-1", "P-1 paragraph 2: generators"),
                text: s("Halcis and Tamrin send one generator each to Lurien."),
                state: State::new("not adopted", Tone::Bad),
                because: s("Mirez: position; `silence` becomes `broken`"),
                at: t(656),
                label: compact(),
                ..DecisionRow::default()
            },
            DecisionRow {
                id: s("P-1-3"),
                by: s("Secretariat (its log is kept by the node of Orvessa)"),
                link: Link::new("/cases/C-1", "P-1 paragraph 3 (v2): joint statement"),
                text: proposal().paragraphs[2].text.clone(),
                state: State::new("adopted by silence", Tone::Good),
                at: t(690),
                binds: names(&["Orvessa", "Lurien", "Halcis", "Mirez", "Quorrin"]),
                not_bound: names(&["Tamrin (stood aside)"]),
                certificate: Some(certificate("P-1 paragraph 3 (v2)")),
                label: public(),
                ..DecisionRow::default()
            },
        ],
    }
}

/// The index of registers.
pub(crate) fn registers() -> RegistersPage {
    let card = |name: &str, about: &str, entries, open, overdue| RegisterCard {
        link: Link::new(&format!("/registers/{}", name.to_lowercase()), name),
        about: s(about),
        entries,
        open,
        overdue,
    };
    RegistersPage {
        cards: vec![
            card("Warnings", "warnings and their answers", 2, 2, 0),
            card("Pledges", "forces and means at the Compact's disposal", 9, 8, 1),
            card("Commitments", "what was promised, by whom, by when", 4, 3, 1),
            card("Mandates", "what decisions authorise", 1, 1, 0),
            card("Transits", "clearances on pre-cleared corridors", 0, 0, 0),
            card("Infrastructure", "critical services and their incidents", 3, 2, 1),
        ],
    }
}

/// One register.
pub(crate) fn register() -> RegisterPage {
    let entry = |number: &str, what: &str, owner: &str, state, due, notice: &str| RegisterRow {
        number: s(number),
        link: Link::new(&format!("/log/{}", hash(what)), what),
        owner: s(owner),
        state,
        since: t(20),
        due: Some(due),
        values: names(&[notice]),
        links: vec![],
        label: compact(),
        acts: vec![],
    };
    let open = |at| Due { at: t(at), state: DueState::Open };
    let mut own = entry(
        "R-3",
        "Engineer company, 120; 2 water units",
        "Halcis",
        State::new("declared", Tone::Plain),
        open(258_000),
        "24 h",
    );
    own.acts = vec![
        Form {
            hidden: vec![(s("kind"), s("renewal"))],
            ..button("renew-3", "Renew R-3", "Renew", Weight::Plain)
        },
        Form {
            hidden: vec![(s("kind"), s("readiness"))],
            ..button("ready-3", "Report R-3 ready", "Report ready", Weight::Plain)
        },
    ];
    RegisterPage {
        title: s("Pledges"),
        about: s(
            "A pledge is valid for six months and is renewed by its owner or lapses (article 8.1).",
        ),
        columns: names(&["Notice"]),
        rows: vec![
            own,
            entry(
                "R-4",
                "Generator platoon",
                "Halcis",
                State::new("degraded", Tone::Care),
                open(500),
                "48 h",
            ),
            entry(
                "R-5",
                "Generator set",
                "Tamrin",
                State::new("ready", Tone::Good),
                Due { at: t(300), state: DueState::Met },
                "12 h",
            ),
            entry(
                "R-1",
                "Field hospital",
                "Mirez",
                State::new("lapsed", Tone::Bad),
                Due { at: t(0), state: DueState::Overdue },
                "72 h",
            ),
        ],
        selections: vec![Link::new("", "all"), Link::new("/registers/pledges?state=open", "open")],
        add_forms: vec![],
    }
}

fn log_row(
    id: &str,
    party: &str,
    size: u64,
    cosigned: impl Into<Option<u64>>,
    state: State,
) -> LogRow {
    LogRow {
        link: Link::new(&format!("/log/{id}"), party),
        origin: format!("six-rivers.example/{id}"),
        size,
        root: hash(id),
        at: t(379),
        cosigned: cosigned.into(),
        quorum: 4,
        state,
    }
}

/// The list of logs.
pub(crate) fn logs() -> LogsPage {
    LogsPage {
        rows: vec![
            log_row("orvessa", "Orvessa", 212, 4, State::new("forked", Tone::Bad)),
            log_row("tamrin", "Tamrin", 187, 5, State::new("in step", Tone::Good)),
            log_row("lurien", "Lurien", 164, 5, State::new("in step", Tone::Good)),
            log_row("halcis", "Halcis", 203, 5, State::new("in step", Tone::Good)),
            log_row("mirez", "Mirez", 141, 3, State::new("no contact", Tone::Care)),
            log_row("quorrin", "Quorrin", 155, 5, State::new("in step", Tone::Good)),
            log_row("secretariat", "Secretariat", 142, 5, State::new("in step", Tone::Good)),
        ],
        state_digest: hash("state"),
        agreement: Some(State::new("the same on 5 of 5 nodes in contact", Tone::Good)),
    }
}

/// One log, forked.
pub(crate) fn log() -> LogPage {
    let side = |root: &str, from: &str, at| CheckpointView {
        key_name: s("six-rivers.example/orvessa+b1c2d3e4+node"),
        at: Some(t(at)),
        size: 3,
        root: hash(root),
        seen_from: s(from),
    };
    let mut records = watch().changes;
    records.push(RecordRow {
        ruling: State::new("refused by 12.1", Tone::Bad),
        ..row("Notification", "Orvessa", "Border post 4 fired at", t(12), compact())
    });
    LogPage {
        log: log_row("orvessa", "Orvessa", 212, 4, State::new("forked", Tone::Bad)),
        party: s("Orvessa"),
        witnesses: names(&["Tamrin", "Lurien", "Halcis", "Quorrin"]),
        fork: Some(ForkView {
            left: side("left", "Tamrin", 6),
            right: side("right", "Orvessa's restored node", 12),
            consequence: s(
                "Two checkpoints of size 3 have different roots. The first is cosigned by four and stands; the records of the second are not admitted.",
            ),
            proof: Some(Link::new("/log/proof", "Fork proof")),
        }),
        records,
        withheld: 3,
        pager: Pager {
            shown: s("records 208 to 212 of 212"),
            newer: None,
            older: Some(s("/log/orvessa?before=208")),
        },
    }
}

/// One record.
pub(crate) fn record_page() -> RecordPage {
    let pair = |name: &str, value: &str| (s(name), s(value));
    let leaf = hash("record");
    RecordPage {
        title: s("Position of Tamrin on P-1"),
        hash: leaf.clone(),
        label: compact(),
        ruling: Ruling::Admitted(article("5.2")),
        case: Some(Link::new("/cases/C-1", "C-1 Border post 4 fired at")),
        content: vec![
            pair("position", "aside"),
            pair("paragraphs", "3 (v2)"),
            pair("reason", "Tamrin speaks for itself on Drenn."),
        ],
        missing: None,
        readers: Some(vec![
            ReaderRow { who: s("Tamrin"), why: s("said it"), at: None, held_at: Some(t(371)) },
            ReaderRow {
                who: s("Secretariat"),
                why: s("label COMPACT"),
                at: Some(s("Orvessa")),
                held_at: None,
            },
        ]),
        header: vec![
            pair("kind", "position"),
            pair("log", "six-rivers.example/tamrin"),
            pair("at", "2027-03-01T06:10:00Z"),
            pair("charter", &hash("charter")),
            pair("about", &hash("P-1")),
            pair("drill", "true"),
        ],
        time_bounds: Some(s("after 05:30 (cites head 155 of quorrin), before 06:11 (4 receipts)")),
        note: format!(
            "{{\"about\":\"{}\",\"at\":\"2027-03-01T06:10:00Z\",\"charter\":\"{}\",\"drill\":true,\"kind\":\"position\",\"label\":\"COMPACT\",\"log\":\"six-rivers.example/tamrin\"}}\n\n— six-rivers.example/tamrin+0a1b2c3d+node AbCdEf0123456789AbCdEf0123456789AbCdEf0123456789AbCdEf0123456789AbCdEf0123456789==\n",
            hash("P-1"),
            hash("charter")
        ),
        signatures: vec![
            SignatureRow {
                key_name: s("six-rivers.example/tamrin+0a1b2c3d+node"),
                algorithm: s("Ed25519"),
                check: SignatureCheck::Valid,
            },
            SignatureRow {
                key_name: s("six-rivers.example/tamrin+99aa88bb+duty"),
                algorithm: s("ML-DSA-44"),
                check: SignatureCheck::NotChecked,
            },
        ],
        receipts: ["Orvessa", "Lurien", "Halcis", "Quorrin"]
            .map(|who| ReceiptRow { who: s(who), at: t(371), href: Some(format!("/log/{leaf}")) })
            .to_vec(),
        no_receipt_from: names(&["Mirez"]),
        place: TreePlace {
            log: Link::new("/log/tamrin", "Tamrin"),
            index: 186,
            size: 187,
            root: hash("tamrin"),
            included: SignatureCheck::Valid,
        },
        commitments: vec![
            CommitmentRow { name: s("payload"), hash: hash("payload"), held: Held::Matches },
            CommitmentRow { name: s("annex"), hash: hash("annex"), held: Held::Withheld },
        ],
        related: vec![
            Link::new("/log/P-1", "P-1 of the Secretariat"),
            Link::new("/log/A", "Amendment of Quorrin"),
        ],
        download: Some(format!("/log/{leaf}.note")),
    }
}

/// Exercise control.
pub(crate) fn exercise() -> ExercisePage {
    let inject =
        |number, at, route: &str, what: &str, expected: &str, observed: Option<&str>, verdict| {
            InjectRow {
                number,
                at: t(at),
                route: s(route),
                link: Link::new("/cases/C-1", what),
                expected: s(expected),
                observed: observed.map(s),
                verdict,
            }
        };
    ExercisePage {
        name: s("LANTERN"),
        about: s(
            "A fictional compact of six rivers: shots at a pass, a dark grid, a partition, and texts under silence. You may act at any time; what you change is marked.",
        ),
        started: true,
        playing: false,
        speeds: vec![
            (1_000, s("real time")),
            (60_000, s("a minute a second")),
            (3_600_000, s("an hour a second")),
        ],
        speed: 60_000,
        elapsed: s("T+6 h 20 min"),
        current: Some(22),
        sentence: Some(s(
            "Tamrin stands aside on paragraph 3: it does not block, and the list of whom it binds is shown without Tamrin.",
        )),
        look_at: vec![Link::new("/cases/C-1", "See the case")],
        injects: vec![
            inject(
                5,
                0,
                "Orvessa → COMPACT",
                "border post 4 fired at, 2 wounded",
                "case C-1; six duty officers paged within 10 s; receipts on screen",
                Some("C-1 opened; 5 receipts in 4 s, Control in 6 s"),
                Verdict::Pass,
            ),
            inject(
                6,
                12,
                "Orvessa (restored backup) → COMPACT",
                "same sequence number, other content",
                "rejected, fork proof shown, node asked to correct",
                Some("refused; fork proof logged"),
                Verdict::Pass,
            ),
            inject(
                16,
                200,
                "Control → Mirez node",
                "link cut for 5 h",
                "“last seen 03:20”; nobody counts Mirez as agreeing",
                Some("last seen 03:20; Mirez not reached on P-1"),
                Verdict::Pass,
            ),
            inject(
                17,
                240,
                "Standing Council → COMPACT",
                "session, 5 of 6 present",
                "substantive: no quorum, explained; consultations recorded",
                Some("no quorum; minutes late by 3 min"),
                Verdict::Partly,
            ),
            inject(
                20,
                300,
                "Secretariat → COMPACT",
                "proposal P-1 under urgent silence to 11:00",
                "five receipts; Mirez unreached, extension rule displayed",
                Some("you tabled it first"),
                Verdict::Changed,
            ),
            inject(
                22,
                370,
                "Tamrin → COMPACT",
                "position aside, paragraph 3",
                "binding list without Tamrin",
                Some("binds five"),
                Verdict::Pass,
            ),
            inject(
                23,
                500,
                "Mirez node → COMPACT",
                "link back",
                "catches up within 60 s; receipt stops the extension at 10:20",
                None,
                Verdict::Ahead,
            ),
        ],
        score: Score { pass: 19, partly: 1, fail: 0, changed: 1, ahead: 34 },
        sheet: vec![
            ScoreRow {
                measure: s("duties met in time"),
                result: s("14 of 16"),
                target: s("all"),
                state: State::new("below", Tone::Care),
            },
            ScoreRow {
                measure: s("case to six duty officers"),
                result: s("6 s"),
                target: s("10 s"),
                state: State::new("reached", Tone::Good),
            },
            ScoreRow {
                measure: s("state digest equal"),
                result: s("5 of 5 nodes"),
                target: s("all in contact"),
                state: State::new("reached", Tone::Good),
            },
        ],
    }
}

fn forecast_basis() -> ForecastBasis {
    ForecastBasis {
        series: s("deaths"),
        origin: s("2027-02"),
        rule: s("recent/1"),
        said: s("Each of the last 36 months comes again."),
        inputs: vec![hash("counts")],
        note: Some(s("These counts are made up for the exercise.")),
    }
}

fn skill() -> Vec<SkillRow> {
    vec![SkillRow {
        score: s("ignorance"),
        difference: s("-12.0 %"),
        interval: s("-16.0 % to -7.0 %"),
        verdict: s("better"),
    }]
}

fn forecast_record() -> ForecastRecord {
    let point = |said, happened, forecasts| ReliabilityPoint { said, happened, forecasts };
    let points = vec![point(10, 0, 80), point(300, 350, 20), point(900, 950, 44)];
    ForecastRecord { forecasts: 144, skill: skill(), reliability: ReliabilityChart { points } }
}

fn fan(months: usize, is_past: bool) -> Fan {
    let band = FanBand { low: 0, inner: Some((4, 30)), middle: 12, high: 160 };
    let month = |at: usize| FanMonth {
        label: format!("20{}-{:02}", 25 + at / 12, at % 12 + 1),
        came: (is_past || at < 24).then_some(at as u64 * 9),
        band: (is_past || at >= 24).then_some(band),
    };
    Fan { name: s("Sudra, deaths by month"), months: (0..months).map(month).collect() }
}

/// The list of forecasts.
pub(crate) fn forecasts() -> ForecastsPage {
    let unit = ForecastUnit {
        link: Link::new("/forecast/gw:9002", "Sudra"),
        chances: ["31 %", "44 %", "60 %"].map(s),
        series: Series { name: s("Sudra"), points: Vec::new(), top: Some(40) },
        drivers: names(&["2027-01 (40 deaths, 31 %)"]),
    };
    ForecastsPage {
        basis: Some(forecast_basis()),
        units: vec![unit],
        more: 3,
        quiet: vec![Link::new("/forecast/gw:9003", "Westmark")],
        quiet_more: 0,
        onsets: s("Of 90 months after three quiet years, none had a death."),
        left_out: vec![(s("Eastmark"), s("its counts end in 2026-01"))],
        record: forecast_record(),
    }
}

/// A unit's forecast.
pub(crate) fn forecast() -> ForecastPage {
    let weight = |what, count, share| WeightRow { what: s(what), count: s(count), share: s(share) };
    ForecastPage {
        name: s("Sudra"),
        number: s("gw:9002"),
        basis: forecast_basis(),
        sentence: s("Chance of 25 deaths or more in 2027-03 to 2027-05: 31 % (about 1 in 3)."),
        is_unproven: false,
        chances: vec![ChanceRow {
            months: s("2027-03 to 2027-05"),
            chances: ["31 %", "4 %", "0 %"].map(s),
        }],
        fan: fan(38, false),
        past: fan(24, true),
        drivers: vec![weight("2027-01", "40", "31 %")],
        changes: vec![weight("100 deaths in 2027-03", "", "52 %")],
        own: skill(),
        record: forecast_record(),
    }
}

/// The picture.
pub(crate) fn picture() -> PicturePage {
    let area = |id: &str, name: &str, level, index, change, sources, series| AreaRow {
        id: s(id),
        link: Link::new(&format!("/picture?area={id}"), name),
        level,
        index,
        change,
        sources,
        series,
        reasons: vec![],
    };
    let mut vael =
        area("vael-pass", "Vael Pass", Some(Level::Acute), Some(63), Some(19), 40, vael());
    let reason = |text: &str, class, at, weight, sources, unconfirmed| Reason {
        link: Link::new("/picture?event=1", text),
        class,
        at: t(at),
        weight,
        sources,
        unconfirmed,
    };
    vael.reasons = vec![
        reason("Shots at the customs post", EventClass::Border, 2, 11, 17, false),
        reason("Market closed by order", EventClass::Political, 3, 5, 14, false),
        reason("Convoy turned back", EventClass::Movement, 4, 3, 8, false),
        reason("“Post overrun, 40 dead”", EventClass::ArmedClash, 40, 0, 1, true),
    ];
    PicturePage {
        events: Some(Link::new("/events", "Events that reports tell of")),
        on: t(360),
        reports: vec![],
        period: s("week"),
        earlier: Some(s("/picture?on=2027-02-22")),
        later: None,
        areas: vec![
            vael,
            area(
                "orvessa-drenn",
                "Orvessa–Drenn",
                Some(Level::Tense),
                Some(47),
                Some(12),
                22,
                series("Orvessa–Drenn", [20, 22, 19, 24, 30, 28, 26, 31, 33, 35, 35, 47]),
            ),
            area(
                "northfall",
                "Northfall",
                Some(Level::Watch),
                Some(24),
                Some(9),
                3,
                series("Northfall", [10, 9, 9, 11, 12, GAP, GAP, 13, 12, 14, 15, 24]),
            ),
            area(
                "lurien-delta",
                "Lurien Delta",
                Some(Level::Calm),
                Some(9),
                Some(-2),
                6,
                series("Lurien Delta", [12, 12, 11, 11, 10, 9, 9, 10, 12, 11, 11, 9]),
            ),
            area(
                "upper-mirez",
                "Upper Mirez",
                None,
                None,
                None,
                0,
                series("Upper Mirez", [12, 9, 8, 8, 7, GAP, GAP, GAP, GAP, GAP, GAP, GAP]),
            ),
        ],
        formula: s(
            "Sum of coded conflict events of the period, weighted by type and by number of independent sources, on a scale of 0 to 100.",
        ),
        formula_link: Some(Link::new("/picture/formula", "The formula")),
        timeline: Timeline { lanes: timeline().lanes[..2].to_vec(), ..timeline() },
        forecasts: vec![
            ForecastRow {
                institute: s("Lurien institute"),
                link: Link::new("/log/f1", "violence in 30 days, Orvessa–Drenn"),
                probability: s("0.05"),
                interval: s("80 %: 0.02 to 0.11"),
                at: t(60),
                track_record: s("Brier 0.11 over 42; baseline 0.14"),
            },
            ForecastRow {
                institute: s("Quorrin centre"),
                link: Link::new("/log/f2", "violence in 30 days, Orvessa–Drenn"),
                probability: s("0.31"),
                interval: s("80 %: 0.17 to 0.46"),
                at: t(90),
                track_record: s("Brier 0.16 over 12; baseline 0.14"),
            },
        ],
        items: vec![
            FeedItem {
                link: Link::new("https://feeds.example/1", "Shots heard near Vael customs post"),
                source: s("River Courier"),
                at: t(3),
                lang: s("en"),
                state: State::new("event E-1", Tone::Plain),
            },
            FeedItem {
                link: Link::new("https://feeds.example/2", "Рынок на перевале закрыт"),
                source: s("Vael Radio"),
                at: t(4),
                lang: s("ru"),
                state: State::new("event E-2", Tone::Plain),
            },
            FeedItem {
                link: Link::new("https://feeds.example/3", "Post overrun, 40 dead"),
                source: s("a channel"),
                at: t(40),
                lang: s("en"),
                state: State::new("unconfirmed", Tone::Care),
            },
        ],
        draft: Some(draft()),
    }
}

fn draft() -> Form {
    let line = |name: &str, label: &str, value: &str| FormField {
        name: s(name),
        label: s(label),
        required: true,
        value: s(value),
        ..FormField::default()
    };
    Form {
        id: s("draft"),
        title: s("Warning from Halcis"),
        hidden: vec![(s("kind"), s("warning"))],
        fields: vec![
            line("title", "Title", "Further shots at Vael Pass"),
            line("area", "Area", "Vael Pass"),
            FormField {
                control: Control::One(
                    Level::ALL
                        .map(|l| Choice::new(l.word(), &format!("{} {}", l.digit(), l.word())))
                        .to_vec(),
                ),
                ..line("level", "Level", "acute")
            },
            FormField { control: Control::Duration, ..line("horizon", "Horizon", "10d") },
            line("confidence", "Confidence", "likely, 40 sources"),
            FormField {
                control: Control::Text,
                help: Some(s(
                    "Article 13.1: level, horizon and confidence; every member answers within a day.",
                )),
                ..line("statement", "Statement", "")
            },
        ],
        submit: s("Sign and send"),
        weight: Weight::Primary,
        ..Form::default()
    }
}

/// The sign-in page, with a link opened.
pub(crate) fn sign_in() -> SignInPage {
    SignInPage {
        offer: Some(SignInOffer {
            token: s("k3v9-tq2m"),
            seat: seat("halcis", "Halcis", "duty officer"),
        }),
        command: s("veche sign-in halcis.duty"),
        problem: None,
        open_pages: vec![Link::new("/log", "the log")],
    }
}

/// The first page of a new node.
pub(crate) fn first_run() -> FirstRunPage {
    let card = |id: &str, title: &str, text: &str, command: &str, submit: &str| FirstRunCard {
        title: s(title),
        text: s(text),
        command: s(command),
        form: Some(Form {
            id: s(id),
            action: s("/first-run"),
            hidden: vec![(s("do"), s(id))],
            title: s(title),
            submit: s(submit),
            weight: Weight::Primary,
            ..Form::default()
        }),
    };
    FirstRunPage {
        cards: vec![
            card(
                "demo",
                "Load the demonstration",
                "Six fictional members, 56 scripted steps, nothing real. It can be removed at any time.",
                "veche demo",
                "Load it",
            ),
            card(
                "import",
                "Import a charter",
                "An organisation as one file: members, organs, rules, deadlines, labels. It is checked before it is used.",
                "veche init --charter charter.toml",
                "Choose a file",
            ),
            card(
                "join",
                "Join a node",
                "Mirror the logs of an organisation that runs already, from a peer or from a courier's bundle.",
                "veche join https://node.example/",
                "Join",
            ),
        ],
    }
}

/// The page of a refused act.
pub(crate) fn refused() -> RefusedPage {
    RefusedPage {
        refusal: refusal(),
        back: Link::new("/cases/C-1", "C-1 Border post 4 fired at"),
        instead: vec![button(
            "comment",
            "Keep it as a comment",
            "Keep it as a comment",
            Weight::Primary,
        )],
    }
}

/// An unknown parameter.
pub(crate) fn unknown_parameter() -> MessagePage {
    MessagePage::UnknownParameter {
        name: s("aera"),
        known: vec![(s("on"), s("the date shown")), (s("area"), s("an area of the charter"))],
        near: Some(s("area")),
    }
}

/// What a search found.
pub(crate) fn search() -> SearchPage {
    SearchPage {
        q: s("vael"),
        hits: vec![
            SearchHit {
                link: Link::new("/cases/C-1", "C-1 Border post 4 fired at"),
                kind: s("case"),
                by: s("Orvessa"),
                excerpt: s("Border post 4 at \u{2}Vael\u{3} Pass was fired at from the far bank"),
                at: Some(t(0)),
                label: compact(),
            },
            SearchHit {
                link: Link::new("https://feeds.example/1", "Shots heard near Vael customs post"),
                kind: s("feed item"),
                by: String::new(),
                excerpt: s("…near \u{2}Vael\u{3} customs post shortly before midnight…"),
                at: Some(t(3)),
                label: public(),
            },
        ],
        total: 2,
        older: Some(s("/search?q=vael&after=x")),
    }
}

/// Every sample page: the file name in the gallery, and its HTML in the given theme.
fn events() -> EventsPage {
    let row = EventRow {
        link: Link::new("/events/e-1", "attack"),
        class: EventClass::ArmedClash,
        day: s("2027-03-01"),
        who: s("gunmen (XTAREB)"),
        whom: s("border post (XHAMIL)"),
        place: s("Ostrel"),
        sources: s("2 / 3"),
        confidence: s("91 %"),
        state: State::new("denied", Tone::Care),
        review: Some(State::new("confirmed", Tone::Good)),
    };
    EventsPage {
        note: None,
        is_given: true,
        filter: EventFilter {
            kinds: vec![Choice::new("ASSAULT", "attack")],
            states: vec![Choice::new("denied", "denied by somebody")],
            state: s("denied"),
            ..EventFilter::default()
        },
        rows: vec![row],
        pager: Pager { shown: s("1 to 1 of 1"), ..Pager::default() },
        left_out: vec![(s("merged by A. Reader"), s("no report that it names is here"))],
    }
}

fn event() -> EventPage {
    let text = "Gunmen from Tamrin shelled a border post near Ostrel on Monday, killing 12.";
    let words = [
        (WordPart::Actor, 0, 18),
        (WordPart::Place, 12, 18),
        (WordPart::Trigger, 19, 26),
        (WordPart::Recipient, 29, 52),
        (WordPart::Place, 46, 52),
    ];
    let form = Form {
        id: s("confirmed-e-1"),
        title: s("Confirm: attack"),
        hidden: vec![(s("kind"), s("event_correction"))],
        submit: s("Confirm"),
        fields: vec![FormField {
            name: s("t.analyst"),
            label: s("Analyst"),
            ..FormField::default()
        }],
        ..Form::default()
    };
    EventPage {
        card: EventCard {
            id: s("e-1"),
            title: s("Attack: gunmen → border post"),
            class: EventClass::ArmedClash,
            states: vec![State::new("told", Tone::Plain)],
        },
        is_another: true,
        facts: vec![(s("Day"), s("2027-03-01"))],
        spot: Some(Spot { name: s("Ostrel"), latitude: 43_210_000, longitude: 61_480_000 }),
        mentions: vec![EventMention {
            document: s("a-1"),
            from: s("Northern Wire, 2027-03-01"),
            read_as: s("read as ASSAULT, 94 %"),
            stance: Some(State::new("denied", Tone::Care)),
            sentence: Some(Marked::new("en", text, &words)),
            why: vec![(s("lemma shell"), s("+3.20"))],
        }],
        more: 2,
        sources: vec![EventSource {
            publisher: s("Northern Wire"),
            published: s("2027-03-01"),
            document: Link::new("https://wire.example/1", "https://wire.example/1"),
            likely: s("94 %"),
        }],
        tolls: vec![EventToll {
            what: s("Dead"),
            range: s("12 to 15"),
            said: vec![(s("Northern Wire"), s("9"), Some(s("Lakes Press")))],
        }],
        said: vec![EventWord {
            found: s("Corrected"),
            by: s("A. Reader, Halcis"),
            reason: s("Read again."),
            fields: vec![(s("Type"), s("COERCE"))],
            stands: false,
            record: Some(Link::new("/records/9f2c", "Its record")),
        }],
        acts: vec![form],
        ..EventPage::default()
    }
}

pub(crate) fn pages(theme: Theme) -> Vec<(&'static str, String)> {
    let at = |path: &str| Shell { theme, ..shell(path) };
    let done = Flash::Done {
        text: s("Signed and sent: Halcis assents to P-1 paragraph 3 (v2)."),
        link: Some(Link::new("/log/x", "The record")),
    };
    let refused_flash = Flash::Refused(refusal());
    let visitor = Shell {
        seat: None,
        seats: vec![],
        drill: None,
        label: None,
        live: Live::default(),
        ..at("/sign-in")
    };
    let new_node = Shell { organisation: s("new node"), path: s("/"), ..visitor.clone() };
    let late = Flash::NotDelivered { text: s("Signed, not yet delivered: no contact with Mirez.") };
    let not_found = MessagePage::NotFound {
        asked: s("case C-9"),
        near: vec![Link::new("/cases/C-1", "C-1 Border post 4 fired at")],
    };
    let not_allowed = MessagePage::NotAllowed {
        asked: s("exercise control"),
        who_may: names(&["Exercise Control"]),
    };
    let loading =
        MessagePage::Loading { what: s("LANTERN is played up to T+10:50."), done: 7, of: 23 };
    let failed = MessagePage::Failed {
        what: s("The disk of this node is full, so the record was not stored and not sent."),
        not_lost: Some(s("What you typed is on the page before this one; no record was lost.")),
        request_id: s("r-7f2c"),
    };
    vec![
        ("watch", render_watch(&at("/"), &watch())),
        ("watch-empty", render_watch(&at("/"), &WatchPage::default())),
        ("cases", render_cases(&Shell { flash: Some(refused_flash), ..at("/cases") }, &cases())),
        ("case", render_case(&Shell { flash: Some(done), ..at("/cases/C-1") }, &case())),
        ("decisions", render_decisions(&at("/decisions"), &decisions())),
        ("events", render_events(&at("/events"), &events())),
        ("event", render_event(&at("/events/e-1"), &event())),
        ("registers", render_registers(&at("/registers"), &registers())),
        (
            "register",
            render_register(&Shell { flash: Some(late), ..at("/registers/pledges") }, &register()),
        ),
        ("logs", render_logs(&at("/log"), &logs())),
        ("log", render_log(&at("/log/orvessa"), &log())),
        ("record", render_record(&at("/log/9f2c"), &record_page())),
        (
            "record-refused",
            render_record(
                &at("/log/9f2d"),
                &RecordPage {
                    ruling: Ruling::Refused(refusal()),
                    content: vec![],
                    ..record_page()
                },
            ),
        ),
        ("exercise", render_exercise(&at("/exercise"), &exercise())),
        ("picture", render_picture(&at("/picture"), &picture())),
        ("sign-in", render_sign_in(&visitor, &sign_in())),
        (
            "sign-in-code",
            render_sign_in(
                &visitor,
                &SignInPage {
                    offer: None,
                    problem: Some(s("This link was used at 05:58 UTC.")),
                    ..sign_in()
                },
            ),
        ),
        (
            "reached",
            render_reached(
                &visitor,
                &ReachedPage::Open { token: s("k3v9-tq2m"), person: s("night watch") },
            ),
        ),
        (
            "reached-before",
            render_reached(
                &visitor,
                &ReachedPage::Done { who: s("night watch"), at: UnixSeconds(1_795_000_000) },
            ),
        ),
        ("reached-unknown", render_reached(&visitor, &ReachedPage::Unknown)),
        ("first-run", render_first_run(&new_node, &first_run())),
        ("refused", render_refused(&at("/act"), &refused())),
        ("not-found", render_message(&at("/cases/C-9"), &not_found)),
        ("unknown-parameter", render_message(&at("/picture"), &unknown_parameter())),
        (
            "bad-request",
            render_message(
                &at("/act"),
                &MessagePage::BadRequest { what: s("The form names no act.") },
            ),
        ),
        ("not-allowed", render_message(&at("/exercise"), &not_allowed)),
        ("failed", render_message(&at("/act"), &failed)),
        ("search", render_search(&at("/search"), &search())),
        ("loading", render_message(&at("/"), &loading)),
        ("forecasts", render_forecasts(&at("/forecast"), &forecasts())),
        ("forecasts-none", render_forecasts(&at("/forecast"), &ForecastsPage::default())),
        ("forecast", render_forecast(&at("/forecast/gw:9002"), &forecast())),
        ("picture-reports", render_picture(&at("/picture"), &picture_of_reports())),
    ]
}
