//! How long a bundle is, by what a server says of it.

/// By `Content-Length`; but where something on the way has packed the answer, that counts the packed bytes, and the browser
/// gives the others.
pub fn stated_bytes(length: Option<&str>, encoding: Option<&str>) -> Option<u64> {
    let packed = encoding.is_some_and(|encoding| !encoding.trim().eq_ignore_ascii_case("identity"));
    length?.trim().parse().ok().filter(|_| !packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_packed_answer_is_not_the_bundles() {
        assert_eq!(stated_bytes(Some("120"), None), Some(120));
        assert_eq!(stated_bytes(Some("120"), Some("identity")), Some(120));
        for encoding in ["gzip", "br", "zstd", "deflate, gzip"] {
            assert_eq!(stated_bytes(Some("120"), Some(encoding)), None);
        }
        assert_eq!(stated_bytes(None, None), None);
        assert_eq!(stated_bytes(Some("many"), None), None);
    }
}
