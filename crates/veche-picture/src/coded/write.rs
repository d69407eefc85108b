//! From rows to the leaves of their columns.

use super::{CodedMention, Location, Party, People, Words, millionths};
use crate::date::Date;
use crate::table::columns::{Column, text};
use crate::table::nested::Leaf;

/// Rows on their way into columns.
pub(super) struct Out<'r>(pub(super) &'r [&'r CodedMention]);

impl<'r> Out<'r> {
    fn rows(&self) -> impl Iterator<Item = &'r CodedMention> {
        self.0.iter().copied()
    }

    pub(super) fn maybe(&self, get: impl Fn(&'r CodedMention) -> Option<&'r str>) -> Column {
        Column::OptionalText(self.rows().map(|row| get(row).map(text)).collect())
    }

    pub(super) fn text(&self, get: impl Fn(&'r CodedMention) -> &'r str) -> Column {
        Column::Text(self.rows().map(|row| text(get(row))).collect())
    }

    pub(super) fn day(&self, get: impl Fn(&CodedMention) -> Date) -> Column {
        Column::Int32(self.rows().map(|row| get(row).unix_days()).collect())
    }

    pub(super) fn number(&self, get: impl Fn(&CodedMention) -> Option<f64>) -> Column {
        Column::Doubles(Leaf::optional(self.rows().map(get)))
    }

    pub(super) fn whole(&self, get: impl Fn(&CodedMention) -> Option<i64>) -> Column {
        Column::Int64s(Leaf::optional(self.rows().map(get)))
    }

    pub(super) fn list(&self, get: impl Fn(&'r CodedMention) -> &'r Vec<String>) -> Column {
        let texts = |row| get(row).iter().map(|one| text(one)).collect();
        Column::Texts(Leaf::list(self.rows().map(texts)))
    }

    pub(super) fn parties(&self, get: impl Fn(&'r CodedMention) -> &'r Vec<Party>) -> [Column; 8] {
        let texts = |of: fn(&Party) -> Option<&str>| {
            let each = |row| get(row).iter().map(|party| of(party).map(text)).collect();
            Column::Texts(Leaf::of_each(self.rows().map(each)))
        };
        let places = |of: fn(&Party) -> Option<i64>| {
            Column::Int64s(Leaf::of_each(self.rows().map(|row| get(row).iter().map(of).collect())))
        };
        let sectors = |party: &Party| party.sector.iter().map(|one| text(one)).collect();
        let sectors = |row| get(row).iter().map(sectors).collect();
        let p = |party: &Party| party.p.map(millionths);
        [
            texts(|party| party.code.as_deref()),
            Column::Texts(Leaf::lists(self.rows().map(sectors))),
            texts(|party| party.words.text.as_deref()),
            places(|party| party.words.at.map(|at| at.0)),
            places(|party| party.words.at.map(|at| at.1)),
            texts(|_| None),
            texts(|_| None),
            Column::Doubles(Leaf::of_each(self.rows().map(|row| get(row).iter().map(p).collect()))),
        ]
    }

    pub(super) fn words(&self, get: impl Fn(&'r CodedMention) -> Option<&'r Words>) -> [Column; 3] {
        let places = |of: fn((i64, i64)) -> i64| {
            let place = |row| get(row).map(|words| words.at.map(of));
            Column::Int64s(Leaf::within(self.rows().map(place)))
        };
        let words = |row| get(row).map(|words| words.text.as_deref().map(text));
        [Column::Texts(Leaf::within(self.rows().map(words))), places(|at| at.0), places(|at| at.1)]
    }

    pub(super) fn location(&self) -> [Column; 14] {
        let of = |row: &'r CodedMention| row.location.as_ref();
        let texts = |get: fn(&Location) -> Option<&str>| {
            let field = |row| of(row).map(|location| get(location).map(text));
            Column::Texts(Leaf::within(self.rows().map(field)))
        };
        let wholes = |get: fn(&Location) -> Option<i64>| {
            Column::Int64s(Leaf::within(self.rows().map(|row| of(row).map(get))))
        };
        let degrees = |get: fn((i32, i32)) -> i32| {
            let field = |row| of(row).map(|at| at.degrees.map(|at| millionths(get(at))));
            Column::Doubles(Leaf::within(self.rows().map(field)))
        };
        [
            texts(|at| at.extracted_place.as_deref()),
            texts(|at| at.resolved_place.as_deref()),
            wholes(|at| at.geonameid),
            degrees(|at| at.0),
            degrees(|at| at.1),
            texts(|_| None),
            texts(|_| None),
            texts(|_| None),
            texts(|at| at.country()),
            texts(|at| at.country_code.as_deref()),
            texts(|_| None),
            texts(|_| None),
            texts(|at| at.resolution.as_deref()),
            wholes(|at| at.margin),
        ]
    }

    pub(super) fn people(&self, get: impl Fn(&CodedMention) -> Option<People>) -> [Column; 2] {
        let least = |row| get(row).map(|people| Some(people.min));
        let most = |row| get(row).map(|people| people.max);
        [
            Column::Int64s(Leaf::within(self.rows().map(least))),
            Column::Int64s(Leaf::within(self.rows().map(most))),
        ]
    }
}
