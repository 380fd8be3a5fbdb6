//! Ending a live run: Ctrl-C and SIGTERM set a flag that the face looks at between blocks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

use crate::error::Error;

/// 128 and the number of SIGINT: what a shell reports of a program that Ctrl-C killed.
const EXIT_INTERRUPTED: i32 = 130;

/// Set once somebody asked the program to end.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(Arc<AtomicBool>);

impl Shutdown {
    /// Whether the end was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The flag itself, for whoever cannot depend on this crate.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Asks for the end.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// From here on, the first Ctrl-C (SIGINT) or SIGTERM requests a shutdown instead of killing the
/// program; a second one kills it, should the first not suffice.
pub fn shutdown_on_signal() -> Result<Shutdown, Error> {
    let shutdown = Shutdown::default();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(Error::Signal)?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        let listen = |kind| signal(kind).map_err(Error::Signal);
        (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?)
    };
    let seen = shutdown.clone();
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for exit in [false, true] {
                runtime.block_on(async {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                    }
                });
                seen.request();
                if exit {
                    std::process::exit(EXIT_INTERRUPTED);
                }
            }
        })
        .map_err(Error::Signal)?;
    Ok(shutdown)
}
