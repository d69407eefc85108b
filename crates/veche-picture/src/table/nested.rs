//! Columns within groups and lists, as Parquet stores them: values that are there, and for each place where one could be how much of the way
//! to it is there.
//!
//! Source: S. Melnik et al. (2010), Dremel, section 4.1; Apache Parquet, *Nested encoding*. A definition level counts the optional and
//! repeated steps that are there; a repetition level tells which list goes on (0: another row begins).

use super::TableFault;

/// The values of one leaf of the schema, over all rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf<T> {
    /// The values that are there.
    pub(crate) values: Vec<T>,
    /// For each place how much of the way is there.
    pub(crate) definition: Vec<i16>,
    /// For each place which list goes on.
    pub(crate) repetition: Vec<i16>,
}

impl<T> Default for Leaf<T> {
    fn default() -> Self {
        Self { values: Vec::new(), definition: Vec::new(), repetition: Vec::new() }
    }
}

impl<T> Leaf<T> {
    fn put(&mut self, repetition: i16, definition: i16, value: Option<T>) {
        self.repetition.push(repetition);
        self.definition.push(definition);
        self.values.extend(value);
    }

    /// Returns a field of each row that may be null.
    pub(crate) fn optional(rows: impl Iterator<Item = Option<T>>) -> Self {
        let mut leaf = Self::default();
        for value in rows {
            leaf.put(0, i16::from(value.is_some()), value);
        }
        leaf
    }

    /// Returns a field of a group; both may be null.
    pub(crate) fn within(rows: impl Iterator<Item = Option<Option<T>>>) -> Self {
        let mut leaf = Self::default();
        for group in rows {
            match group {
                None => leaf.put(0, 0, None),
                Some(value) => leaf.put(0, 1 + i16::from(value.is_some()), value),
            }
        }
        leaf
    }

    /// Returns the elements of a list, none of them null.
    pub(crate) fn list(rows: impl Iterator<Item = Vec<T>>) -> Self {
        let mut leaf = Self::default();
        for list in rows {
            leaf.put_list(0, 0, list);
        }
        leaf
    }

    /// Returns a field of the groups in a list; the field may be null.
    pub(crate) fn of_each(rows: impl Iterator<Item = Vec<Option<T>>>) -> Self {
        let mut leaf = Self::default();
        for list in rows {
            if list.is_empty() {
                leaf.put(0, 0, None);
            }
            for (at, value) in list.into_iter().enumerate() {
                leaf.put(i16::from(at > 0), 1 + i16::from(value.is_some()), value);
            }
        }
        leaf
    }

    /// Returns the elements of lists, each a field of the groups in a list.
    pub(crate) fn lists(rows: impl Iterator<Item = Vec<Vec<T>>>) -> Self {
        let mut leaf = Self::default();
        for outer in rows {
            if outer.is_empty() {
                leaf.put(0, 0, None);
            }
            for (at, inner) in outer.into_iter().enumerate() {
                leaf.put_list(i16::from(at > 0), 1, inner);
            }
        }
        leaf
    }

    /// Puts a list: `begins` is the level at which its first element goes on, `above` how much of the way to it is there.
    fn put_list(&mut self, begins: i16, above: i16, list: Vec<T>) {
        if list.is_empty() {
            self.put(begins, above, None);
        }
        for (at, value) in list.into_iter().enumerate() {
            let repetition = if at == 0 { begins } else { above + 1 };
            self.put(repetition, above + 1, Some(value));
        }
    }

    /// Returns the places with what stands there, `full` being the level of a value.
    fn places(self, full: i16) -> Result<Vec<(i16, i16, Option<T>)>, TableFault> {
        let Self { values, definition, repetition } = self;
        let present = definition.iter().filter(|level| **level == full).count();
        if repetition.len() != definition.len() || present != values.len() {
            return Err(TableFault::Columns);
        }
        let mut values = values.into_iter();
        let levels = repetition.into_iter().zip(definition);
        let place = |(repetition, level)| {
            let value = if level == full { values.next() } else { None };
            (repetition, level, value)
        };
        Ok(levels.map(place).collect())
    }

    /// Returns what [`Self::optional`] was made of.
    pub(crate) fn into_optional(self) -> Result<Vec<Option<T>>, TableFault> {
        Ok(self.places(1)?.into_iter().map(|(_, _, value)| value).collect())
    }

    /// Returns what [`Self::within`] was made of.
    pub(crate) fn into_within(self) -> Result<Vec<Option<Option<T>>>, TableFault> {
        let group = |(_, level, value): (i16, i16, Option<T>)| (level > 0).then_some(value);
        Ok(self.places(2)?.into_iter().map(group).collect())
    }

    /// Returns what [`Self::list`] was made of.
    pub(crate) fn into_list(self) -> Result<Vec<Vec<T>>, TableFault> {
        let mut rows: Vec<Vec<T>> = Vec::new();
        for (repetition, _, value) in self.places(1)? {
            if repetition == 0 {
                rows.push(Vec::new());
            }
            rows.last_mut().ok_or(TableFault::Columns)?.extend(value);
        }
        Ok(rows)
    }

    /// Returns what [`Self::of_each`] was made of.
    pub(crate) fn into_each(self) -> Result<Vec<Vec<Option<T>>>, TableFault> {
        let mut rows: Vec<Vec<Option<T>>> = Vec::new();
        for (repetition, level, value) in self.places(2)? {
            if repetition == 0 {
                rows.push(Vec::new());
            }
            if level > 0 {
                rows.last_mut().ok_or(TableFault::Columns)?.push(value);
            }
        }
        Ok(rows)
    }

    /// Returns what [`Self::lists`] was made of.
    pub(crate) fn into_lists(self) -> Result<Vec<Vec<Vec<T>>>, TableFault> {
        let mut rows: Vec<Vec<Vec<T>>> = Vec::new();
        for (repetition, level, value) in self.places(2)? {
            if repetition == 0 {
                rows.push(Vec::new());
            }
            let row = rows.last_mut().ok_or(TableFault::Columns)?;
            if level > 0 && repetition < 2 {
                row.push(Vec::new());
            }
            if let Some(value) = value {
                row.last_mut().ok_or(TableFault::Columns)?.push(value);
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_of_the_paper() {
        let leaf = Leaf::lists(
            [vec![vec![1, 2], vec![], vec![3]], vec![], vec![vec![]], vec![vec![4]]].into_iter(),
        );
        assert_eq!(leaf.values, [1, 2, 3, 4]);
        assert_eq!(leaf.repetition, [0, 2, 1, 1, 0, 0, 0]);
        assert_eq!(leaf.definition, [2, 2, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn what_was_put_comes_back() {
        let lists = vec![vec![vec![1, 2], vec![], vec![3]], vec![], vec![vec![]], vec![vec![4]]];
        assert_eq!(Leaf::lists(lists.clone().into_iter()).into_lists().unwrap(), lists);
        let each = vec![vec![Some(1), None], vec![], vec![None], vec![Some(2)]];
        assert_eq!(Leaf::of_each(each.clone().into_iter()).into_each().unwrap(), each);
        let list = vec![vec![], vec![1, 2], vec![3], vec![]];
        assert_eq!(Leaf::list(list.clone().into_iter()).into_list().unwrap(), list);
        let within = vec![None, Some(None), Some(Some(1))];
        assert_eq!(Leaf::within(within.clone().into_iter()).into_within().unwrap(), within);
        let optional = vec![None, Some(1)];
        assert_eq!(Leaf::optional(optional.clone().into_iter()).into_optional().unwrap(), optional);
    }

    #[test]
    fn levels_that_do_not_fit_their_values_are_a_fault() {
        let short = Leaf { values: vec![1], definition: vec![1, 1], repetition: vec![0, 0] };
        assert!(short.into_list().is_err());
        let headless = Leaf { values: vec![1], definition: vec![1], repetition: vec![1] };
        assert!(headless.into_list().is_err());
    }
}
