//! The pseudorandom function of TLS 1.2 and before, which makes keys from a master secret (RFC 5246
//! section 5, RFC 2246 section 5).

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

/// Which one it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Prf {
    /// TLS 1.0 and 1.1: MD5 and SHA-1 together.
    Md5AndSha1,
    Sha256,
    Sha384,
}

impl Prf {
    /// So many bytes from a secret, a label and seeds; `None` never happens with them.
    pub(crate) fn expand(
        self,
        secret: &[u8],
        label: &[u8],
        seeds: [&[u8]; 2],
        length: usize,
    ) -> Option<Vec<u8>> {
        let seed = [label, seeds[0], seeds[1]].concat();
        let mut bytes = vec![0; length];
        match self {
            Self::Md5AndSha1 => {
                // Of an odd number of bytes both halves have the one in the middle.
                let half = secret.len().div_ceil(2);
                let second = secret.len().saturating_sub(half);
                mix::<Hmac<Md5>>(secret.get(..half)?, &seed, &mut bytes)?;
                mix::<Hmac<Sha1>>(secret.get(second..)?, &seed, &mut bytes)?;
            }
            Self::Sha256 => mix::<Hmac<Sha256>>(secret, &seed, &mut bytes)?,
            Self::Sha384 => mix::<Hmac<Sha384>>(secret, &seed, &mut bytes)?,
        }
        Some(bytes)
    }
}

/// `P_hash`, mixed into the bytes.
fn mix<M: Mac + KeyInit + Clone>(secret: &[u8], seed: &[u8], bytes: &mut [u8]) -> Option<()> {
    let keyed = <M as KeyInit>::new_from_slice(secret).ok()?;
    let hash = |parts: [&[u8]; 2]| {
        let mut mac = keyed.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes()
    };
    let mut state = hash([seed, &[]]);
    let mut rest = bytes;
    while !rest.is_empty() {
        let block = hash([&state, seed]);
        let (part, behind) = rest.split_at_mut(block.len().min(rest.len()));
        part.iter_mut().zip(&block).for_each(|(byte, other)| *byte ^= *other);
        rest = behind;
        if !rest.is_empty() {
            state = hash([&state, &[]]);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    /// The vectors that the TLS working group published for TLS 1.2 with SHA-256 and SHA-384.
    #[test]
    fn vectors_of_tls12() {
        let made = Prf::Sha256.expand(
            &bytes("9bbe436ba940f017b17652849a71db35"),
            b"test label",
            [&bytes("a0ba9f936cda311827a6f796ffd5198c"), &[]],
            100,
        );
        let expected = "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a
            6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab
            4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701
            87347b66";
        assert_eq!(made.unwrap(), bytes(expected));
        let made = Prf::Sha384.expand(
            &bytes("b80b733d6ceefcdc71566ea48e5567df"),
            b"test label",
            [&bytes("cd665cf6a8447dd6ff8b27555edb7465"), &[]],
            148,
        );
        let expected = "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd
            e9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd
            8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425
            9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee6
            91c8f3a26854308d5eaa3be85e0990703d73e56f";
        assert_eq!(made.unwrap(), bytes(expected));
    }
}
