//! The sentences of a treebank as running text.

use super::treebank::{TreebankError, TreebankFault, is_joined};

/// Returns each sentence's name and text, in order: the document, `#` and the sentence's number in it from 1, and its words with blanks where
/// the treebank has them.
///
/// # Errors
/// If the bytes are not UTF-8.
pub fn running(bytes: &[u8]) -> Result<Vec<(String, String)>, TreebankError> {
    let text = str::from_utf8(bytes);
    let text = text.map_err(|_| TreebankError { line: 1, fault: TreebankFault::NotUtf8 })?;
    let (mut sentences, mut document, mut number) = (Vec::new(), "", 0);
    let (mut sentence, mut within) = (String::new(), 0);
    for row in text.lines().chain([""]) {
        if let Some(name) = row.strip_prefix("#D ") {
            (document, number) = (name, 0);
        } else if row.is_empty() {
            if !sentence.trim().is_empty() {
                number += 1;
                sentences.push((format!("{document}#{number}"), sentence.trim().to_owned()));
            }
            (sentence, within) = (String::new(), 0);
        } else if is_joined(row) {
            let (range, form) = row.split_once('\t').unwrap_or_default();
            within = words(range);
            sentence.push_str(form);
            sentence.push(' ');
        } else if within > 0 {
            // Its form stands in the line that joins it to others.
            within -= 1;
        } else {
            let mut cells = row.split('\t');
            sentence.push_str(cells.next().unwrap_or_default());
            if cells.nth(6) != Some("-") {
                sentence.push(' ');
            }
        }
    }
    Ok(sentences)
}

/// Returns how many words a range such as `3-4` holds.
fn words(range: &str) -> usize {
    let (from, to) = range.split_once('-').unwrap_or_default();
    let number = |text: &str| text.parse::<usize>().unwrap_or(0);
    (number(to) + 1).saturating_sub(number(from))
}

#[cfg(test)]
mod tests {
    use super::running;

    #[test]
    fn blanks_and_joined_words_stand_as_they_were_written() {
        let rows = "#D a\n1-2\tdon't\nDo\tdo\tAUX\tVB\t_\t0\troot\nn't\tnot\tPART\tRB\t_\t1\tadvmod\ngo\tgo\tVERB\tVB\t_\t1\txcomp\t-\n.\t.\tPUNCT\t.\t_\t1\tpunct\n\nGo\tgo\tVERB\tVB\t_\t0\troot\n#D b\nStay\tstay\tVERB\tVB\t_\t0\troot\n";
        let expected = [("a#1", "don't go."), ("a#2", "Go"), ("b#1", "Stay")];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
        // A document that begins without a blank line before it ends the sentence before.
        let rows = rows.replace("root\n#D b", "root\n\n#D b");
        assert_eq!(running(rows.as_bytes()).unwrap(), expected);
        assert!(running(&[0xFF]).is_err());
    }
}
