//! gRPC over HTTP/2: what is called, how it ended, and the messages in a body
//! (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).

use super::{Exchange, Headers};
use crate::bytes::u32_at;

/// What a message begins with: a flag and four bytes of length.
const PREFIX_BYTES: usize = 5;

/// A call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Grpc<'a> {
    /// With its package, as in `helloworld.Greeter`.
    pub service: &'a str,
    /// As in `SayHello`.
    pub method: &'a str,
    /// `grpc-status`: 0 for success. `None` if it was not seen.
    pub status: Option<u32>,
}

/// A message of a call, as far as it is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GrpcMessage<'a> {
    /// It is compressed as `grpc-encoding` says.
    pub compressed: bool,
    /// Length that its prefix says.
    pub length: u32,
    /// Its bytes, mostly Protocol Buffers; fewer than `length` if the body was cut.
    pub bytes: &'a [u8],
}

impl Exchange {
    /// The call of gRPC that it is, if it is one.
    pub fn grpc(&self) -> Option<Grpc<'_>> {
        let content_type = self.request.headers.first("content-type")?;
        let is_grpc = content_type.strip_prefix("application/grpc")?;
        is_grpc.chars().next().is_none_or(|next| !next.is_ascii_alphanumeric()).then_some(())?;
        let (service, method) = self.request.path().strip_prefix('/')?.rsplit_once('/')?;
        let status = |headers: &Headers| headers.first("grpc-status")?.parse().ok();
        let response = self.response.as_ref();
        let status = response.and_then(|it| status(&it.trailers).or_else(|| status(&it.headers)));
        Some(Grpc { service, method, status })
    }
}

/// The messages in the body of a call, in order; the last one perhaps cut.
pub fn grpc_messages(body: &[u8]) -> impl Iterator<Item = GrpcMessage<'_>> {
    let mut rest = body;
    std::iter::from_fn(move || {
        let compressed = *rest.first()? & 1 != 0;
        let length = u32_at(rest, 1)?;
        let content = rest.get(PREFIX_BYTES..)?;
        let end = usize::try_from(length).unwrap_or(usize::MAX).min(content.len());
        let (bytes, behind) = content.split_at(end);
        rest = behind;
        Some(GrpcMessage { compressed, length, bytes })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_a_body() {
        let body = b"\0\0\0\0\x02hi\x01\0\0\0\0\0\0\0\0\x09cut";
        let messages: Vec<_> = grpc_messages(body).collect();
        let message = |compressed, length, bytes| GrpcMessage { compressed, length, bytes };
        assert_eq!(
            messages,
            [message(false, 2, &b"hi"[..]), message(true, 0, b""), message(false, 9, b"cut")]
        );
        assert_eq!(grpc_messages(b"\0\xff\xff\xff\xff").count(), 1);
        assert_eq!(grpc_messages(b"\0\0\0").count(), 0);
        // As many messages as there are prefixes, whatever they say.
        assert_eq!(grpc_messages(&[0; 50_000]).count(), 10_000);
    }
}
