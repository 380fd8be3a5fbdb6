//! What keys of well-known services look like: which of them are meant to be in an app, and which
//! never are.

/// Beginnings of keys that services document as secret, and the least length of those keys.
const SECRET: &[(&str, usize)] = &[
    ("SG.", 40),
    ("ghp_", 36),
    ("gho_", 36),
    ("ghs_", 36),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("rk_live_", 20),
    ("shpat_", 30),
    ("sk-ant-", 40),
    ("sk-proj-", 40),
    ("sk_live_", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
];

/// Beginnings of keys that services document as public.
const PUBLIC: &[&str] = &["AIza", "pk.", "pk_live_", "pk_test_", "rzp_live_", "rzp_test_", "pub"];

/// Whether nobody but the owner's servers may have it.
pub(super) fn is_secret(value: &str) -> bool {
    SECRET.iter().any(|(begin, length)| value.starts_with(begin) && value.len() >= *length)
}

/// Whether anybody may have it.
pub(super) fn is_public(value: &str) -> bool {
    PUBLIC.iter().any(|begin| value.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart() {
        let live = ["sk_", "live_", "0123456789abcdef01234567"].concat();
        assert!(is_secret(&live) && !is_public(&live));
        assert!(is_public("AIzaSyA0123456789") && !is_secret("AIzaSyA0123456789"));
        assert!(!is_secret("sk_live_") && !is_secret("0123456789abcdef"));
    }
}
