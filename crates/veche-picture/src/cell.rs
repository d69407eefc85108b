//! Cells of PRIO-GRID: the globe in squares of half a degree, numbered from the south-west.
//!
//! Source: PRIO-GRID codebook, `gid`: 360 rows of 720 columns, cell 1 at 90 degrees south and 180 west, along the row first.

use std::fmt;

/// Rows from south to north.
pub const ROWS: u32 = 360;
/// Columns from west to east.
pub const COLUMNS: u32 = 720;
/// Degrees of a cell's side.
const SIDE: f64 = 0.5;

/// A cell, by its number from 1 to 259,200. Written `cell:149426`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellId(u32);

/// Why a number is no cell's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a cell of PRIO-GRID has a number from 1 to 259200")]
pub struct NotACell;

impl CellId {
    /// Returns the cell of this number.
    ///
    /// # Errors
    /// [`NotACell`] for another number than 1 to 259,200.
    pub const fn new(number: u32) -> Result<Self, NotACell> {
        if number >= 1 && number <= ROWS * COLUMNS { Ok(Self(number)) } else { Err(NotACell) }
    }

    /// Returns the cell that a place lies in; a place on a border lies in the one to the north or east.
    ///
    /// `None` beyond 90 degrees of latitude or 180 of longitude. The North Pole and 180 degrees east lie in the last cells.
    #[must_use]
    pub fn at(latitude: f64, longitude: f64) -> Option<Self> {
        if !(latitude.abs() <= 90.0 && longitude.abs() <= 180.0) {
            return None;
        }
        let row = place((latitude + 90.0) / SIDE, ROWS);
        let column = place((longitude + 180.0) / SIDE, COLUMNS);
        Some(Self(row * COLUMNS + column + 1))
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Returns row and column, from 0, from the south and from the west.
    #[must_use]
    pub const fn place(self) -> (u32, u32) {
        ((self.0 - 1) / COLUMNS, (self.0 - 1) % COLUMNS)
    }

    /// Returns latitude and longitude of its middle.
    #[must_use]
    pub fn middle(self) -> (f64, f64) {
        let (row, column) = self.place();
        (f64::from(row) * SIDE - 90.0 + SIDE / 2.0, f64::from(column) * SIDE - 180.0 + SIDE / 2.0)
    }

    /// Returns the cells that touch it, ascending: eight, and five in the rows at the poles, whose far side is not looked over.
    ///
    /// The columns at 180 degrees touch each other.
    #[must_use]
    pub fn neighbours(self) -> Vec<Self> {
        let (row, column) = self.place();
        let rows = row.saturating_sub(1)..=(row + 1).min(ROWS - 1);
        let columns = [column + COLUMNS - 1, column, column + 1].map(|column| column % COLUMNS);
        let mut found: Vec<Self> = rows
            .flat_map(|row| columns.map(|column| Self(row * COLUMNS + column + 1)))
            .filter(|cell| *cell != self)
            .collect();
        found.sort();
        found
    }
}

/// Returns the whole part, at most the last place.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to 720: the caller saw to the degrees"
)]
fn place(steps: f64, places: u32) -> u32 {
    (steps.floor() as u32).min(places - 1)
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cell:{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_where_its_middle_is() {
        for number in 1..=ROWS * COLUMNS {
            let cell = CellId::new(number).unwrap();
            let (latitude, longitude) = cell.middle();
            assert_eq!(CellId::at(latitude, longitude), Some(cell));
        }
        assert_eq!(CellId::new(0), Err(NotACell));
        assert_eq!(CellId::new(259_201), Err(NotACell));
    }

    #[test]
    fn the_corners_are_numbered_along_the_rows() {
        let at = |latitude, longitude| CellId::at(latitude, longitude).map(CellId::number);
        assert_eq!(at(-90.0, -180.0), Some(1));
        assert_eq!(at(-90.0, 180.0), Some(720));
        assert_eq!(at(90.0, -180.0), Some(258_481));
        assert_eq!(at(90.0, 180.0), Some(259_200));
        assert_eq!(at(90.1, 0.0), None);
        assert_eq!(at(f64::NAN, 0.0), None);
    }

    #[test]
    fn neighbours_are_mutual_and_go_round_the_globe() {
        let numbers = |number| -> Vec<u32> {
            CellId::new(number).unwrap().neighbours().iter().map(|cell| cell.number()).collect()
        };
        assert_eq!(numbers(1), [2, 720, 721, 722, 1440]);
        assert_eq!(
            numbers(149_426),
            [148_705, 148_706, 148_707, 149_425, 149_427, 150_145, 150_146, 150_147]
        );
        for number in [1, 720, 721, 149_426, 258_481, 259_200] {
            for neighbour in numbers(number) {
                assert!(numbers(neighbour).contains(&number), "{number} {neighbour}");
            }
        }
    }
}
