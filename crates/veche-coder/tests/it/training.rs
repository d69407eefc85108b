use veche_coder::parse::Parser;
use veche_coder::tag::Tagger;
use veche_coder::train::{Recipe, TreebankFault, train, treebank};

const TREES: &str = "\
#D a
The\tthe\tDET\tDT\t_\t2\tdet
army\tarmy\tNOUN\tNN\t_\t3\tnsubj
left\tleave\tVERB\tVBD\t_\t0\troot\t-
.\t.\tPUNCT\t.\t_\t3\tpunct

#D b
1-2\tdon't
do\tdo\tAUX\tVBP\t_\t3\taux\t-
n't\tnot\tPART\tRB\t_\t3\tadvmod
go\tgo\tVERB\tVB\t_\t0\troot
";

#[track_caller]
fn check_fault(text: &str, line: usize, expected: &TreebankFault) {
    let error = treebank(text.as_bytes()).unwrap_err();
    assert_eq!((error.line, &error.fault), (line, expected));
}

#[test]
fn a_treebank_is_read_with_documents_and_joined_words() {
    let trees = treebank(TREES.as_bytes()).unwrap();
    assert_eq!(trees.len(), 2);
    assert_eq!(trees[1].document, "b");
    assert_eq!(trees[1].words, ["do", "n't", "go"]);
    assert_eq!(trees[0].heads, [Some(1), Some(2), None, Some(2)]);
}

#[test]
fn heads_that_make_no_tree_are_refused() {
    let word = |form: &str, head: usize| format!("{form}\t{form}\tX\tFW\t_\t{head}\tdep\n");
    check_fault(&word("a", 1), 2, &TreebankFault::NoTree);
    check_fault(&(word("a", 2) + &word("b", 1) + &word("c", 0)), 4, &TreebankFault::NoTree);
    check_fault(&(word("a", 0) + &word("b", 9)), 3, &TreebankFault::NoTree);
    check_fault(&(word("a", 0) + &word("b", 0)), 3, &TreebankFault::NoTree);
}

#[test]
fn a_line_that_is_no_word_is_refused() {
    check_fault("a\tb\n", 1, &TreebankFault::NotAWord);
    check_fault("a\ta\tX\tFW\t_\tone\tdep\n", 1, &TreebankFault::NotAWord);
    check_fault(
        "a\ta\tX\tFW\t_\t0\tsubject\n",
        1,
        &TreebankFault::Unknown { name: "subject".to_owned() },
    );
    assert_eq!(treebank(&[0xFF, 0xFE]).unwrap_err().fault, TreebankFault::NotUtf8);
}

#[test]
fn training_gives_the_same_bytes_again_and_learns_what_it_saw() {
    let trees = treebank(format!("{TREES}\n").repeat(30).as_bytes()).unwrap();
    let recipe = Recipe {
        arc_buckets: 200,
        relation_buckets: 200,
        tag_buckets: 200,
        lemma_buckets: 20,
        dictionary_buckets: 10,
        ..Recipe::english()
    };
    let models = train(&trees, &recipe);
    assert_eq!(models, train(&trees, &recipe));
    let tagger = Tagger::read(&models.tags).unwrap();
    let parser = Parser::read(&models.arcs, &models.relations).unwrap();
    for tree in &trees {
        let tags = tagger.tag(&tree.words);
        assert_eq!(tags, tree.tags);
        let heads = parser.parse(&tree.words, &tags);
        assert!(heads.iter().map(|head| head.word).eq(tree.heads.iter().copied()));
        assert!(heads.iter().map(|head| head.relation).eq(tree.relations.iter().copied()));
    }
}

#[test]
fn an_arc_that_crosses_another_is_learnt_from_as_if_lifted() {
    // `a` hangs on `c` across the root `b`.
    let crossing = "a\ta\tX\tFW\t_\t3\tdep\nb\tb\tX\tFW\t_\t0\troot\nc\tc\tX\tFW\t_\t4\tdep\nd\td\tX\tFW\t_\t2\tdep\n\n";
    let trees = treebank(crossing.repeat(60).as_bytes()).unwrap();
    let recipe =
        Recipe { arc_buckets: 50, relation_buckets: 50, tag_buckets: 50, ..Recipe::english() };
    let models = train(&trees, &recipe);
    let parser = Parser::read(&models.arcs, &models.relations).unwrap();
    let heads = parser.parse(&trees[0].words, &trees[0].tags);
    assert_eq!(heads.iter().filter(|head| head.word.is_none()).count(), 1);
    assert_eq!(heads[2].word, Some(3));
}
