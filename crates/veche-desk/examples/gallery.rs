//! Writes every sample page, light and dark, with the assets, to a folder: `cargo run --example gallery -- FOLDER`.
//!
//! Serve the folder at the root of a host to look at them: `python3 -m http.server --directory FOLDER`.

#[path = "../tests/it/sample.rs"]
mod sample;

use std::io;
use std::path::Path;
use veche_desk::{Theme, assets};

fn main() -> io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "usage: gallery FOLDER"));
    };
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder.join("assets"))?;
    for asset in assets() {
        std::fs::write(folder.join(asset.path.trim_start_matches('/')), asset.bytes)?;
    }
    for (theme, ending) in [(Theme::Light, "html"), (Theme::Dark, "dark.html")] {
        for (name, html) in sample::pages(theme) {
            std::fs::write(folder.join(format!("{name}.{ending}")), html)?;
        }
    }
    Ok(())
}
