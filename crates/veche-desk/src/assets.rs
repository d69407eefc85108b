//! The files that pages load: embedded, named by their hash, so that a browser may keep them for ever.

use std::sync::LazyLock;
use veche_ledger::Hash;

/// The policy that every page is served with: nothing but the node's own files, no inline script or style.
///
/// Source: W3C Content Security Policy Level 3.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What an asset is served with: its address changes when its bytes do.
pub const ASSET_CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// Digits of the hash in an asset's address: enough to tell builds apart.
const HASH_DIGITS: usize = 12;

/// A file that pages load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Where it is served: `/assets/desk.9f2c41aa0c71.css`.
    pub path: String,
    /// Its media type, with the character set of a text.
    pub content_type: &'static str,
    /// The file.
    pub bytes: &'static [u8],
    /// SHA-256 of the bytes: 64 hexadecimal digits, also fit for an `ETag`.
    pub hash: String,
}

static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    [
        asset("desk", "css", "text/css; charset=utf-8", include_bytes!("../assets/desk.css")),
        asset("desk", "js", "text/javascript; charset=utf-8", include_bytes!("../assets/desk.js")),
        asset(
            "htmx",
            "js",
            "text/javascript; charset=utf-8",
            include_bytes!("../assets/htmx.min.js"),
        ),
        asset("bell", "svg", "image/svg+xml", include_bytes!("../assets/bell.svg")),
    ]
});

fn asset(name: &str, extension: &str, content_type: &'static str, bytes: &'static [u8]) -> Asset {
    let hash = Hash::of(&[bytes]).to_string();
    let short = hash.get(..HASH_DIGITS).unwrap_or(&hash);
    Asset { path: format!("/assets/{name}.{short}.{extension}"), content_type, bytes, hash }
}

/// Returns all assets.
#[must_use]
pub fn assets() -> &'static [Asset] {
    &*ASSETS
}

/// Returns the asset that is served at a path.
#[must_use]
pub fn asset_at(path: &str) -> Option<&'static Asset> {
    assets().iter().find(|asset| asset.path == path)
}

/// The addresses that the frame of a page names.
pub(crate) struct Addresses {
    pub(crate) style: &'static str,
    pub(crate) script: &'static str,
    pub(crate) htmx: &'static str,
    pub(crate) icon: &'static str,
}

/// Returns the addresses of the assets that each page loads.
pub(crate) fn addresses() -> Addresses {
    let [style, script, htmx, icon] = &*ASSETS;
    Addresses { style: &style.path, script: &script.path, htmx: &htmx.path, icon: &icon.path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_at_its_own_address_only() {
        for asset in assets() {
            assert_eq!(asset_at(&asset.path), Some(asset));
            assert!(asset.path.contains(&asset.hash[..HASH_DIGITS]), "{}", asset.path);
        }
        assert_eq!(asset_at("/assets/desk.css"), None);
    }

    #[test]
    fn own_files_name_no_other_host() {
        for asset in assets().iter().filter(|asset| !asset.path.contains("htmx")) {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("//") || !text.contains("http"), "{}", asset.path);
        }
    }

    #[test]
    fn the_vendored_script_is_the_one_that_was_reviewed() {
        // htmx.org 2.0.11, dist/htmx.min.js: a change of version changes this line and the note beside the file.
        let htmx = assets().iter().find(|asset| asset.path.contains("htmx")).unwrap();
        assert_eq!(htmx.hash, "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717");
    }
}
