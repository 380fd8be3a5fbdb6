//! AWS Signature Version 4 in the Authorization field, with the secret of the policy.

use ring::hmac;
use sha2::{Digest as _, Sha256};

use super::Proof;
use super::keyed::proof;
use crate::call::Call;
use crate::policy::keys::{Key, Purpose};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What the field says.
struct Authorization<'a> {
    access_key: &'a str,
    /// `20150830/us-east-1/service/aws4_request`.
    scope: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

/// The signature, if a key is meant for it.
pub(super) fn of(call: &Call<'_>) -> Option<Proof> {
    let authorization = parse(call.header("authorization")?)?;
    let is_meant = |key: &&Key| {
        let own = key.id.as_deref();
        key.purpose == Purpose::Amazon && own.is_none_or(|own| own == authorization.access_key)
    };
    let secret = call.api.keys.iter().find(is_meant)?.secret()?;
    // S3 takes the path as it is sent, the others encode it once more.
    let path = call.path();
    let fits =
        [path.to_owned(), path.replace('%', "%25")].into_iter().try_fold(false, |fits, path| {
            let signature = signature(call, &authorization, secret, &path)?;
            Some(fits || signature.eq_ignore_ascii_case(authorization.signature))
        });
    let value = format!("the signature over {} is another", authorization.signed_headers);
    Some(proof(call, "aws-signature".into(), authorization.access_key, fits?, value))
}

fn parse(field: &str) -> Option<Authorization<'_>> {
    let rest = field.trim().strip_prefix(ALGORITHM)?;
    let part = |name: &str| {
        let mut parts = rest.split(',').filter_map(|part| part.trim().split_once('='));
        parts.find(|(known, _)| *known == name).map(|(_, value)| value)
    };
    let (access_key, scope) = part("Credential")?.split_once('/')?;
    let (signed_headers, signature) = (part("SignedHeaders")?, part("Signature")?);
    Some(Authorization { access_key, scope, signed_headers, signature })
}

/// The signature as it should be; `None` if something of what it is over is not known.
fn signature(
    call: &Call<'_>,
    authorization: &Authorization<'_>,
    secret: &[u8],
    path: &str,
) -> Option<String> {
    let request = call.request();
    let mut query: Vec<String> = request
        .query()
        .into_iter()
        .flat_map(|query| query.split('&'))
        .filter(|pair| !pair.is_empty())
        .map(|pair| if pair.contains('=') { pair.to_owned() } else { format!("{pair}=") })
        .collect();
    query.sort_unstable();
    let mut canonical = format!("{}\n{path}\n{}\n", request.method, query.join("&"));
    for name in authorization.signed_headers.split(';') {
        let all: Vec<String> = request
            .headers
            .all(name)
            .map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        let value = match (all.is_empty(), name) {
            (true, "host") => request.authority()?.to_owned(),
            (true, _) => return None,
            (false, _) => all.join(","),
        };
        canonical.push_str(&format!("{name}:{value}\n"));
    }
    let payload = match (call.header("x-amz-content-sha256"), request.body.length) {
        (Some(said), _) => said.trim().to_owned(),
        (None, 0) => dissect::hex(&Sha256::digest(b"")),
        (None, _) => dissect::hex(request.body.sha256()?),
    };
    canonical.push_str(&format!("\n{}\n{payload}", authorization.signed_headers));
    let date = call.header("x-amz-date")?;
    let scope = authorization.scope;
    let canonical = dissect::hex(&Sha256::digest(canonical));
    let text = format!("{ALGORITHM}\n{date}\n{scope}\n{canonical}");
    let first = [b"AWS4".as_slice(), secret].concat();
    let key = scope.split('/').fold(first, |key, part| mac(&key, part));
    Some(dissect::hex(&mac(&key, &text)))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}
