//! A live interface as a source of packets, by libpcap.
//!
//! Packets are copied out of the kernel's ring into the block; at the rates of a phone's traffic
//! that costs nothing that matters, and the ring is free again at once. `fill` returns after
//! [`SILENCE`] at the latest, with no packets if none came, so that the caller can look for a
//! request to stop.

use std::path::PathBuf;
use std::time::Duration;

use dissect::{LinkType, Timestamp};
use pcap::{Active, Capture, Device, Precision};

use crate::block::{Block, PacketHead};
use crate::error::Error;
use crate::file::BLOCK_SIZE;
use crate::filter::{self, Filter};
use crate::link::{MAX_PACKET, from_dlt};
use crate::source::{Fill, Source, Status};

/// How long `fill` waits for a packet.
pub const SILENCE: Duration = Duration::from_millis(100);

/// How long the kernel may collect packets before it hands them over, in milliseconds: short enough
/// for a face that shows them as they come, long enough that each wake-up brings many.
const COLLECT: i32 = 50;

/// The most packets of one `fill`, so that its heads stay small beside its bytes.
const MAX_PACKETS: usize = 65_536;

/// What libpcap counts `ts` in: nanoseconds where the system's capture can give them.
const PRECISION: Precision =
    if cfg!(target_os = "linux") { Precision::Nano } else { Precision::Micro };

/// Nanoseconds per unit of [`PRECISION`].
const NANOS_PER_UNIT: i64 = if cfg!(target_os = "linux") { 1 } else { 1_000 };

/// What is wanted of an interface.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// The running binary, for the command that gives it the permission to capture. It is passed in
    /// because a library does not look at its process.
    pub binary: Option<PathBuf>,
    /// Size of the kernel's ring in bytes.
    pub buffer_size: u32,
    /// Stop after this many packets.
    pub count: Option<u64>,
    /// Only packets that match; the kernel applies it.
    pub filter: Option<Filter>,
    /// Whether packets for other hosts are wanted too.
    pub promiscuous: bool,
    /// The most bytes captured of a packet.
    pub snap_length: u32,
}

impl Default for LiveOptions {
    /// Whole packets of this host, and a ring for a second of 256 Mbit/s.
    fn default() -> Self {
        Self {
            binary: None,
            buffer_size: 32 << 20,
            count: None,
            filter: None,
            promiscuous: false,
            snap_length: MAX_PACKET,
        }
    }
}

/// Names of the interfaces that libpcap sees here.
pub fn interfaces() -> Result<Vec<String>, Error> {
    let devices = Device::list().map_err(|error| Error::Live {
        interface: String::from("interfaces"),
        message: filter::message(error),
    })?;
    Ok(devices.into_iter().map(|device| device.name).collect())
}

/// A live interface.
pub struct LiveSource {
    interface: String,
    capture: Capture<Active>,
    link_type: LinkType,
    left: Option<u64>,
    packets: u64,
    bytes: u64,
    dropped: u64,
}

impl LiveSource {
    /// Begins to capture on `interface`.
    pub fn open(interface: &str, options: &LiveOptions) -> Result<Self, Error> {
        let refused = |error| refusal(interface, options, error);
        let size = |bytes: u32| i32::try_from(bytes).unwrap_or(i32::MAX);
        let inactive = Capture::from_device(interface)
            .map_err(refused)?
            // Linux's "any" cannot be promiscuous, and libpcap would warn, which counts as an error.
            .promisc(options.promiscuous && interface != "any")
            .snaplen(size(options.snap_length))
            .buffer_size(size(options.buffer_size))
            .precision(PRECISION)
            .timeout(COLLECT);
        let mut capture = inactive.open().map_err(refused)?.setnonblock().map_err(refused)?;
        let dlt = capture.get_datalink().0;
        let link_type = from_dlt(dlt).ok_or_else(|| Error::Live {
            interface: interface.to_owned(),
            message: format!("libpcap's link type {dlt} is not known"),
        })?;
        if let Some(filter) = &options.filter {
            let expression = filter.expression();
            capture
                .filter(expression, true)
                .map_err(|error| filter::failure(expression, link_type, error))?;
        }
        let (interface, left) = (interface.to_owned(), options.count);
        Ok(Self { interface, capture, link_type, left, packets: 0, bytes: 0, dropped: 0 })
    }

    /// Takes the packets that are there, up to a block full.
    fn take(&mut self, block: &mut Block) -> Result<(), Error> {
        while block.bytes.len() < BLOCK_SIZE && block.heads.len() < MAX_PACKETS {
            if self.left == Some(0) {
                break;
            }
            let packet = match self.capture.next_packet() {
                Ok(packet) => packet,
                Err(pcap::Error::TimeoutExpired) => break,
                Err(error) => {
                    let (interface, message) = (self.interface.clone(), filter::message(error));
                    return Err(Error::Live { interface, message });
                }
            };
            let header = packet.header;
            // The types of these two differ between systems.
            #[allow(clippy::unnecessary_cast, clippy::cast_lossless, reason = "see above")]
            let (seconds, fraction) = (header.ts.tv_sec as i64, header.ts.tv_usec as i64);
            let nanos = seconds
                .saturating_mul(1_000_000_000)
                .saturating_add(fraction.saturating_mul(NANOS_PER_UNIT));
            let captured = u32::try_from(packet.data.len()).unwrap_or(u32::MAX);
            block.heads.push(PacketHead {
                // A block is at most its size and one packet long.
                offset: u32::try_from(block.bytes.len()).unwrap_or(u32::MAX),
                captured,
                original: header.len.max(captured),
                link_type: self.link_type,
                interface: 0,
                timestamp: Timestamp::from_nanos(nanos),
            });
            block.bytes.extend_from_slice(packet.data);
            self.left = self.left.map(|left| left.saturating_sub(1));
        }
        Ok(())
    }

    /// Waits until there are packets, or [`SILENCE`] has passed.
    #[cfg(unix)]
    fn wait(&self) -> Result<(), Error> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut descriptors = [PollFd::new(&self.capture, PollFlags::IN)];
        let nanos = i64::from(SILENCE.subsec_nanos());
        let silence = Timespec { tv_sec: 0, tv_nsec: nanos };
        match poll(&mut descriptors, Some(&silence)) {
            // A signal: let the caller look whether it means to stop.
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(Error::Io { name: self.interface.clone(), source: error.into() }),
        }
    }

    /// Waits a part of [`SILENCE`]: there is nothing to wait on here.
    #[cfg(not(unix))]
    fn wait(&self) -> Result<(), Error> {
        std::thread::sleep(SILENCE / 10);
        Ok(())
    }
}

impl Source for LiveSource {
    fn fill(&mut self, block: &mut Block) -> Result<Fill, Error> {
        block.clear();
        block.bytes.clear();
        block.first_number = self.packets.saturating_add(1);
        let mut outcome = self.take(block);
        if outcome.is_ok() && block.heads.is_empty() && self.left != Some(0) {
            self.wait()?;
            outcome = self.take(block);
        }
        self.packets = self.packets.saturating_add(block.heads.len() as u64);
        self.bytes = self.bytes.saturating_add(block.bytes.len() as u64);
        if let Ok(statistics) = self.capture.stats() {
            let dropped = statistics.dropped.saturating_add(statistics.if_dropped);
            self.dropped = self.dropped.max(u64::from(dropped));
        }
        outcome.map(|()| if self.left == Some(0) { Fill::End } else { Fill::More })
    }

    fn status(&self) -> Status {
        Status {
            name: self.interface.clone(),
            bytes_read: self.bytes,
            bytes_total: None,
            link_types: vec![self.link_type],
            dropped: self.dropped,
            sha256: None,
        }
    }
}

/// Why libpcap refused the interface. It tells by text alone: the binding drops its error numbers.
fn refusal(interface: &str, options: &LiveOptions, error: pcap::Error) -> Error {
    let message = filter::message(error);
    let known = interfaces().unwrap_or_default();
    let name = interface.to_owned();
    if !known.is_empty() && known.iter().all(|known| known != interface) {
        return Error::NoSuchInterface { interface: name, known };
    }
    let denied = ["permission", "Permission", "not permitted", "CAP_NET_RAW"];
    if denied.iter().any(|word| message.contains(word)) {
        return Error::Permission { interface: name, binary: options.binary.clone() };
    }
    Error::Live { interface: name, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(interface: &str, message: &str) -> Error {
        let options = LiveOptions { binary: Some("/opt/x".into()), ..LiveOptions::default() };
        refusal(interface, &options, pcap::Error::PcapError(message.into()))
    }

    #[test]
    fn an_unknown_interface_names_those_that_exist() {
        let error = denied("no-such-interface0", "No such device exists");
        let known = interfaces().unwrap();
        match error {
            Error::NoSuchInterface { interface, known: named } => {
                assert_eq!((interface.as_str(), named), ("no-such-interface0", known));
            }
            other => assert!(known.is_empty(), "{other}"),
        }
    }

    #[test]
    fn a_missing_permission_is_told_from_other_refusals() {
        let Some(interface) = interfaces().unwrap().pop() else { return };
        for (message, permission) in [
            ("socket: Operation not permitted", true),
            ("You don't have permission to capture on that device", true),
            ("Attempt to create packet socket failed - CAP_NET_RAW may be required", true),
            ("That device is not up", false),
            ("can't mmap rx ring: Cannot allocate memory", false),
        ] {
            let error = denied(&interface, message);
            assert_eq!(matches!(error, Error::Permission { .. }), permission, "{error}");
            assert_eq!(matches!(error, Error::Live { .. }), !permission, "{error}");
        }
    }
}
