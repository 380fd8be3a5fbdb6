//! What a request shows to say who asks: tokens, cookies, keys.

/// A credential of a request. It holds no secret, only a digest of it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Credential {
    /// What kind it is.
    pub kind: CredentialKind,
    /// The field that carries it, in lower case: `authorization`, `cookie`, `x-api-key`, the name
    /// of a query parameter; empty for a client certificate.
    pub field: String,
    /// SHA-256 of the secret: two requests with the same digest showed the same one.
    pub digest: [u8; 32],
}

/// The kinds of credentials.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum CredentialKind {
    /// A key of the app or its user, in a header or the query.
    ApiKey,
    /// User name and password (RFC 7617).
    Basic,
    /// A token (RFC 6750), whatever its form.
    Bearer,
    /// A client certificate; the digest is that of its DER.
    Certificate,
    /// A cookie that holds a session.
    Cookie,
    /// Another scheme of the Authorization field.
    Other,
}
