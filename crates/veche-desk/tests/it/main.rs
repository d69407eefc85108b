//! Whole pages from sample models.

mod pages;
mod sample;
