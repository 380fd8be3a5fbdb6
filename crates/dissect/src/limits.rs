//! Every table and buffer that grows with the input, and how far.
//!
//! Peak memory is a function of concurrent flows, never of the capture's size: an undisturbed flow
//! in its handshake holds one handshake message per direction; a flow past it holds its counters
//! only. A connection with HTTP in the clear is followed to its end: it holds one head and the first [`HTTP_BODY_BYTES`] of one body per direction, usually far less.

/// Flows that one dissector follows at the same time. The engine runs 16 dissectors, so that a
/// million concurrent flows fit; when one is full, the flow that would time out first is evicted.
pub const MAX_FLOWS: usize = 65_536;

/// Silence after which a TCP flow is over: one hour, as Suricata (`established`) has it.
pub const TCP_TIMEOUT_SECS: i64 = 3_600;

/// Time that a closed TCP flow is kept for its last segments: what was under way when a side reset
/// the connection, acknowledgments, retransmissions. A few round trips of a bad mobile network.
pub const TCP_CLOSED_SECS: i64 = 10;

/// Silence after which a UDP flow is over: NAT bindings of phone networks live 30 to 180 seconds.
pub const UDP_TIMEOUT_SECS: i64 = 180;

/// Out-of-order bytes kept per direction: a receive window of a phone's socket in its handshake.
pub const PENDING_BYTES: usize = 256 * 1024;

/// Out-of-order segments kept per direction.
pub const PENDING_SEGMENTS: usize = 512;

/// Packets of the other side that acknowledge bytes behind a hole before the hole is given up:
/// whoever acknowledges has received what the capture lost.
pub const STALLED_ACKNOWLEDGMENTS: u16 = 32;

/// Packets of a connection for which a segment waits that acknowledges bytes which are not there
/// yet: cards that swap packets do so over a few.
pub const EARLY_PACKETS: u8 = 16;

/// Bytes of all segments of a connection that wait so.
pub const EARLY_BYTES: usize = 256 * 1024;

/// Delivered bytes of followed flows that one dissector keeps, to compare retransmissions with: the
/// latest, whatever flow they are of. At 10 MB/s of followed bytes, 16 dissectors keep 100 ms; without
/// keys only handshakes and HTTP in the clear are followed.
pub const HISTORY_BYTES: usize = 64 * 1024;

/// Delivered segments of one direction that a retransmission is compared with.
pub const HISTORY_PIECES: usize = 16;

/// Bytes per direction in which the start of a protocol is looked for, before a flow is only
/// counted. A mail greeting before STARTTLS, or a long proxy request, fits.
pub const PROBE_BYTES: usize = 16 * 1024;

/// Longest handshake message that is read: chains with ten RSA-4096 certificates are half of it.
pub const HANDSHAKE_BYTES: usize = 128 * 1024;

/// Certificates of one chain that are read.
pub const CHAIN_CERTIFICATES: usize = 32;

/// Alerts kept per session.
pub const SESSION_ALERTS: usize = 16;

/// Encrypted records per direction whose lengths a session keeps: the handshake's flight in TLS 1.3
/// has four of the server, two tickets, and an alert or two.
pub const SESSION_CIPHERTEXTS: usize = 24;

/// Longest head of an HTTP message that is read: servers refuse beyond 8 to 32 KiB.
pub const HTTP_HEAD_BYTES: usize = 32 * 1024;

/// Bytes of a head beyond these that are passed over to find its end; a head that is still longer
/// is none.
pub const HTTP_HEAD_SKIPPED: usize = 1 << 20;

/// Fields of an HTTP head that are kept; servers refuse beyond about 100.
pub const HTTP_FIELDS: usize = 256;

/// Longest line that gives a chunk's size, extensions included.
pub const HTTP_CHUNK_LINE: usize = 4 * 1024;

/// Requests of one connection that wait for their responses. Where only the client's side was
/// captured none comes, and the oldest is given out unanswered.
pub const HTTP_WAITING: usize = 64;

/// Bytes that these requests hold together.
pub const HTTP_WAITING_BYTES: usize = 512 * 1024;

/// Bytes without the start of a message, after which a connection is no HTTP any more and only
/// counted: a lost response of usual size fits.
pub const HTTP_LOST_BYTES: usize = 4 * 1024 * 1024;

/// Streams of one HTTP/2 connection that are followed at the same time. Servers allow 100 to 250;
/// where more are open, the oldest is given out as it is.
pub const HTTP_STREAMS: usize = 4_096;

/// Bytes that the messages of these streams hold together.
pub const HTTP_STREAMS_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of the names and values of one message's head, or trailers, of HTTP/2 that are kept.
pub const HTTP_FIELDS_BYTES: usize = 64 * 1024;

/// Reset streams of one HTTP/2 connection that are kept because some of them may still come.
pub const HTTP_RESET_STREAMS: usize = 64;

/// How long they are kept: a few round trips of a bad mobile network.
pub const HTTP_RESET_SECS: i64 = 10;

/// Longest compressed header block of HTTP/2 that is read, with all its CONTINUATION frames, and
/// longest other frame but DATA. Servers refuse beyond 8 KiB to 1 MiB.
pub const HTTP_BLOCK_BYTES: usize = 1024 * 1024;

/// Largest table of HPACK that is followed: browsers allow 64 KiB, most others 4 KiB.
pub const HPACK_TABLE_BYTES: usize = 256 * 1024;

/// Settings, and priorities, of the client's first frames of HTTP/2 that are kept.
pub const HTTP2_SETUP: usize = 64;

/// Longest compressed field section of HTTP/3 that is read; the fields at the end of a longer one are
/// not. Clients and servers refuse beyond 8 to 256 KiB.
pub const HTTP3_SECTION_BYTES: usize = 64 * 1024;

/// Directions of streams of one HTTP/3 connection whose field sections wait for entries of QPACK's
/// table; peers allow 100 (SETTINGS_QPACK_BLOCKED_STREAMS).
pub const QPACK_BLOCKED: usize = 256;

/// Largest table of QPACK that is followed: browsers allow 64 KiB, most others 4 KiB or none.
pub const QPACK_TABLE_BYTES: usize = 128 * 1024;

/// One-way streams of one HTTP/3 connection that are open at the same time: control, encoder,
/// decoder, and pushes or what nobody knows.
pub const HTTP3_ONE_WAY_STREAMS: usize = 256;

/// Longest frame of an HTTP/3 control stream that is read: forty settings of any size fit.
pub const HTTP3_CONTROL_BYTES: usize = 1024;

/// Proxies behind each other on one connection.
pub const PRELUDES: usize = 8;

/// Bytes of an HTTP message's body that are kept.
pub const HTTP_BODY_BYTES: usize = 64 * 1024;

/// Bytes of a body that are kept as sent until its content coding is taken off: no coding makes
/// [`HTTP_BODY_BYTES`] much longer than they are.
pub const HTTP_CODED_BYTES: usize = HTTP_BODY_BYTES + 4 * 1024;

/// Bytes kept beyond that where the coding is Zstandard: its blocks (RFC 8878 section 3.1.1.2.4)
/// unpack whole or not at all.
pub const ZSTD_BLOCK_BYTES: usize = 128 * 1024;

/// Content codings on top of each other that are taken off.
pub const HTTP_CODINGS: usize = 4;

/// So many times its own length coded content may unpack to. Markup and JSON shrink to a fifth or
/// tenth; deflate cannot make a thousandth of anything.
pub const HTTP_EXPANSION: usize = 100;

/// Bytes to which coded content may always unpack, however short it is.
pub const HTTP_EXPANSION_BYTES: usize = 1 << 20;

/// Named values of one query, form or document that are read.
pub const HTTP_MESSAGE_FIELDS: usize = 2_000;

/// Bytes of one such value that are read.
pub const HTTP_VALUE_BYTES: usize = 8 * 1024;

/// Longest JSON Web Token that is taken apart; those with a user's whole profile have 4 KiB.
pub const HTTP_JWT_BYTES: usize = 16 * 1024;

/// Longest JSON document that is read. Bodies are kept to [`HTTP_BODY_BYTES`]; those of HAR files
/// may be longer.
pub const HTTP_JSON_BYTES: usize = 1 << 20;

/// Operations of one GraphQL document or batch that are read.
pub const GRAPHQL_OPERATIONS: usize = 64;

/// Fields of one GraphQL operation that are read.
pub const GRAPHQL_FIELDS: usize = 256;

/// Credentials of one request that are told.
pub const HTTP_CREDENTIALS: usize = 64;

/// Bytes of one entry of a HAR file; a longer one is passed over. Bodies stand in it in Base64, or
/// with escapes that take six bytes for one.
pub const HAR_ENTRY_BYTES: usize = 48 * 1024 * 1024;

/// Values in one entry of a HAR file; one with more is passed over, too. A thousand fields and the
/// longest call stack are a tenth of it.
pub const HAR_ENTRY_VALUES: usize = 512 * 1024;

/// Objects and lists within each other in a HAR file.
pub const HAR_DEPTH: usize = 128;

/// Connections that the entries of one HAR file name and that are kept apart.
pub const HAR_CONNECTIONS: usize = 16 * 1024;

/// WebSocket messages of one HAR entry that are told.
pub const HAR_MESSAGES: usize = 64 * 1024;

/// Questions, and records, of one DNS message that are read.
pub const DNS_RECORDS: usize = 64;

/// Datagrams of a UDP flow in which a handshake is looked for: STUN and media may come first.
pub const PROBE_DATAGRAMS: u16 = 64;

/// Encrypted records per direction after a complete handshake, beyond which a session is not
/// followed any more: nothing but lengths is left to see without keys.
pub const FOLLOWED_RECORDS: u32 = 4;

/// The same where only one direction speaks.
pub const FOLLOWED_RECORDS_ONE_WAY: u32 = 64;

/// Weirds that are recorded per flow; a broken flow repeats itself.
pub const FLOW_WEIRDS: u8 = 16;

/// Secrets that one key log holds: 100 bytes each, so that a browser's log of months fits.
pub const KEYLOG_SECRETS: usize = 1 << 20;

/// Secrets of one label and one client random: replayed 0-RTT data has one for each replay.
pub const KEYLOG_CANDIDATES: usize = 16;

/// Secrets of a log beyond which a resumed session that it does not name is not tried with those
/// of other sessions: each trial derives keys and opens a record, a few microseconds.
pub const KEYLOG_TRIALS: usize = 512;

/// How often each side of a resumed session is tried with the secrets of others: with its first
/// record, and while that waits, when the log has grown.
pub const KEYLOG_RECALLS: u8 = 8;

/// Records of early data that are passed over, without a key for them, until one opens with the
/// client's handshake keys. Servers allow 16 KiB of early data, some 64 KiB.
pub const SKIPPED_EARLY_RECORDS: u32 = 256;

/// Sequence numbers that are tried beyond the expected one where bytes of the stream are missing.
pub const LOST_RECORDS: u64 = 1_024;

/// Bytes that are decrypted for that, at most, for one record under one key.
pub const LOST_TRIAL_BYTES: u64 = 4 * 1024 * 1024;

/// Records behind a hole that may fail to open, one after the other, before their direction is given
/// up.
pub const LOST_TRIES: u32 = 8;

/// Bytes of encrypted records that a connection holds while the key log has no key for it yet: a
/// log that grows with a live capture is some milliseconds late, and so is a secrets block.
pub const WAITING_RECORD_BYTES: usize = 128 * 1024;

/// Bytes of opened early data that wait for the server's word whether it takes them.
pub const EARLY_DATA_BYTES: usize = 64 * 1024;

/// Bytes to which a compressed Certificate message may unpack (RFC 8879 section 4).
pub const CERTIFICATE_BYTES: usize = HANDSHAKE_BYTES;

/// Bytes of QUIC Handshake packets that wait for the ServerHello whose keys open them: a server's
/// first flight, three times what the client sent (RFC 9000 section 8.1), and some of it twice.
pub const QUIC_WAITING_BYTES: usize = 32 * 1024;

/// Bytes of QUIC 0-RTT and 1-RTT packets per connection that wait for the client's first 1-RTT
/// packet, or for keys that a growing log may still bring: early data, and what a server sends at
/// once, fit into the first congestion windows (RFC 9002 section 7.2), 15 KiB each.
pub const QUIC_HELD_BYTES: usize = 128 * 1024;

/// Datagrams of a QUIC connection, behind its hellos, that a key log without its keys is given to
/// grow.
pub const QUIC_KEYLESS_DATAGRAMS: u32 = 512;

/// Packets of one side for which there are keys that open none of them, before the connection is
/// followed no further.
pub const QUIC_UNOPENED_PACKETS: u32 = 64;

/// Connection ids of one side of a connection that are known at the same time; peers offer to keep
/// two to eight (`active_connection_id_limit`, RFC 9000 section 18.2).
pub const QUIC_CONNECTION_IDS: usize = 16;

/// Connection ids by which one dissector finds the connection of a datagram from a new address.
pub const QUIC_MIGRATION_IDS: usize = 65_536;

/// Directions of streams that one QUIC connection has open at the same time. Servers allow 100 to
/// 256 requests; more are streams whose ends the capture lacks, and the oldest go.
pub const QUIC_STREAMS: usize = 2_048;

/// Bytes of one direction of a QUIC stream that wait behind missing ones: what is under way in a
/// round trip of 80 ms at 50 Mbit/s.
pub const QUIC_STREAM_BYTES: usize = 512 * 1024;

/// Pieces of one direction of a QUIC stream that wait.
pub const QUIC_STREAM_PIECES: usize = 1_024;

/// Bytes of all streams of a QUIC connection that wait.
pub const QUIC_CONNECTION_BYTES: usize = 2 * 1024 * 1024;

/// Options of one DHCP message that are read.
pub const DHCP_OPTIONS: usize = 128;

/// Addresses of one option of a DHCP message, such as its routers, that are read.
pub const DHCP_ADDRESSES: usize = 16;

/// Bytes of a text in a DHCP message that are kept: an option's length is one byte.
pub const DHCP_TEXT_BYTES: usize = 255;

/// Options of one neighbour discovery message that are read.
pub const NDP_OPTIONS: usize = 64;

/// Prefixes, and DNS servers, of one router advertisement that are read.
pub const NDP_LIST: usize = 16;

/// Addresses of one VRRP advertisement that are read.
pub const REDUNDANT_ADDRESSES: usize = 16;
