//! The names that Trunk gave its outputs.

use app::Assets;
use std::{fs, io, path::Path};

/// Reads them out of the `index.html` that Trunk wrote.
///
/// # Errors
/// Where there is none, or it names no script and wasm.
pub(crate) fn read(dist: &Path) -> io::Result<Assets> {
    let path = dist.join("index.html");
    let explain = |why: &str| {
        let sentence = format!("{}: {why} (`trunk build` writes it)", path.display());
        io::Error::new(io::ErrorKind::NotFound, sentence)
    };
    let html = fs::read_to_string(&path).map_err(|why| explain(&why.to_string()))?;
    let assets = parse(&html);
    if assets.js.is_empty() || assets.wasm.is_empty() {
        return Err(explain("it names no script and wasm"));
    }
    Ok(assets)
}

fn parse(html: &str) -> Assets {
    let mut assets = Assets::default();
    for tag in html.split('<').filter(|tag| tag.starts_with("link ")) {
        let href = attribute(tag, "href").unwrap_or_default();
        match attribute(tag, "rel").as_deref() {
            Some("stylesheet") => assets.css.push(href),
            Some("modulepreload") if assets.js.is_empty() => {
                assets.js = href;
                assets.js_integrity = attribute(tag, "integrity").unwrap_or_default();
            }
            Some("preload") if href.ends_with(".wasm") => assets.wasm = href,
            _ => {}
        }
    }
    assets
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split('"').next().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trunks_links_are_found() {
        let assets = parse(
            r#"<head><link rel="stylesheet" href="/main-1a2b.css" integrity="sha384-x"/>
            <link rel="modulepreload" href="/client-3c.js" crossorigin="anonymous" integrity="sha384-y">
            <link rel="preload" href="/client-3c_bg.wasm" as="fetch" type="application/wasm"></head>"#,
        );
        assert_eq!(assets.css, ["/main-1a2b.css"]);
        assert_eq!(
            (assets.js.as_str(), assets.js_integrity.as_str()),
            ("/client-3c.js", "sha384-y")
        );
        assert_eq!(assets.wasm, "/client-3c_bg.wasm");
    }
}
