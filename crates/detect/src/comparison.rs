//! What comparing two vantage points gave, in numbers.

/// Sessions of the phone, by what became of them on the way to the edge.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Comparison {
    /// The edge saw the same handshake: nobody ends it in between.
    pub end_to_end: u64,
    /// The edge serves the host, but never saw this handshake: somebody ended it in between.
    pub terminated: u64,
    /// The edge capture does not show this server, or not at that time, or nobody answered the
    /// phone: nothing can be said.
    pub not_covered: u64,
}
