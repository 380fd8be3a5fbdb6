//! The real terminal: raw mode and alternate screen, given back whatever happens.
//!
//! It is restored on drop, by a panic hook (of any thread: else the message would be lost on the
//! alternate screen), before a suspend, and by [`restore`], which a signal handler's thread may
//! call. Restoring twice does nothing.

use std::io::{self, Stdout, Write as _, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossterm::cursor::Show;
use crossterm::event::{
    self, DisableMouseCapture, EnableMouseCapture, Event, MouseButton, MouseEventKind,
};
use crossterm::execute;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Size;

use crate::app::State;
use crate::console::{Console, Input, Mouse, MouseKind};
use crate::error::Error;
use crate::key::Key;
use crate::views;

/// The terminal is ours. Raw mode belongs to the process, not to a value, and so does this.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The panic hook is put in place once, in front of the one that was there.
static HOOK: Once = Once::new();

/// Most characters that are copied at once: terminals refuse longer ones.
const MAX_COPIED: usize = 64 * 1024;

/// Another thread may be the one that the stop signal is delivered to, and then the call that sent
/// it returns a moment before the process stops; the terminal must not be taken again by then.
#[cfg(unix)]
const STOP_GRACE: Duration = Duration::from_millis(20);

/// Gives the terminal back as it was, if the UI has it. For callers that end the process while
/// [`crate::run`] is still running.
pub fn restore() {
    // What fails here cannot be shown anywhere, and the process is on its way out.
    let _ = leave();
}

fn enter() -> io::Result<()> {
    ENTERED.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen)
}

fn leave() -> io::Result<()> {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    // The screen first: a message that follows must land where it can be read, even if raw mode
    // cannot be left.
    let screen = execute!(stdout(), DisableMouseCapture, LeaveAlternateScreen, Show);
    disable_raw_mode().and(screen)
}

/// The terminal while the UI has it.
pub(crate) struct Tty {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
}

impl Tty {
    /// Takes the terminal, and the mouse if it is wanted.
    pub(crate) fn enter(mouse: bool) -> Result<Self, Error> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                restore();
                before(info);
            }));
        });
        let backend = CrosstermBackend::new(stdout());
        let terminal = Terminal::new(backend).map_err(Error::terminal("open"))?;
        // From here on the drop restores.
        let mut tty = Self { terminal, mouse };
        enter().map_err(Error::terminal("enter"))?;
        tty.mouse(mouse)?;
        Ok(tty)
    }

    /// A thread that panicked has given the terminal back: drawing on would scribble over its
    /// message.
    fn check(&self) -> Result<(), Error> {
        if ENTERED.load(Ordering::SeqCst) { Ok(()) } else { Err(Error::Panicked) }
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        restore();
    }
}

impl Console for Tty {
    fn size(&self) -> Result<Size, Error> {
        self.terminal.size().map_err(Error::terminal("measure"))
    }

    fn draw(&mut self, state: &State) -> Result<(), Error> {
        self.check()?;
        // A terminal that knows this shows the whole screen at once, never half of it.
        let begun = execute!(stdout(), BeginSynchronizedUpdate);
        let drawn = self.terminal.draw(|frame| views::draw(frame, state)).map(drop);
        let ended = execute!(stdout(), EndSynchronizedUpdate);
        begun.and(drawn).and(ended).map_err(Error::terminal("draw on"))
    }

    fn clear(&mut self) -> Result<(), Error> {
        self.terminal.clear().map_err(Error::terminal("clear"))
    }

    fn input(&mut self, wait: Duration) -> Result<Option<Input>, Error> {
        self.check()?;
        let read = Error::terminal("read from");
        match event::poll(wait) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
            Err(error) => return Err(read(error)),
        }
        Ok(match event::read().map_err(read)? {
            Event::Key(key) => Key::pressed(key).map(Input::Key),
            Event::Mouse(event) => {
                let kind = match event.kind {
                    MouseEventKind::Down(MouseButton::Left) => Some(MouseKind::Click),
                    MouseEventKind::ScrollDown => Some(MouseKind::ScrollDown),
                    MouseEventKind::ScrollUp => Some(MouseKind::ScrollUp),
                    _ => None,
                };
                let (column, line) = (event.column, event.row);
                kind.map(|kind| Input::Mouse(Mouse { column, line, kind }))
            }
            Event::Resize(columns, lines) => Some(Input::Resize(Size::new(columns, lines))),
            _ => None,
        })
    }

    fn copy(&mut self, text: &str) -> Result<(), Error> {
        // OSC 52: xterm's control sequences, "Manipulate Selection Data". Terminals that do not know it
        // pass over it.
        let text: String = text.chars().take(MAX_COPIED).collect();
        let mut out = stdout();
        write!(out, "\x1b]52;c;{}\x07", STANDARD.encode(text))
            .and_then(|()| out.flush())
            .map_err(Error::terminal("copy through"))
    }

    fn mouse(&mut self, on: bool) -> Result<(), Error> {
        self.mouse = on;
        let result = if on {
            execute!(stdout(), EnableMouseCapture)
        } else {
            execute!(stdout(), DisableMouseCapture)
        };
        result.map_err(Error::terminal("hear the mouse of"))
    }

    #[cfg(unix)]
    fn suspend(&mut self) -> Result<(), Error> {
        use rustix::process::{Signal, kill_current_process_group};
        leave().map_err(Error::terminal("leave"))?;
        // The whole group, as the terminal driver does it: a `make` or `sudo` above this process
        // would otherwise wait for it for ever. The call returns after `fg`.
        let stopped = kill_current_process_group(Signal::TSTP).map_err(io::Error::from);
        std::thread::sleep(STOP_GRACE);
        enter().map_err(Error::terminal("enter"))?;
        self.mouse(self.mouse)?;
        self.clear()?;
        stopped.map_err(Error::terminal("suspend"))
    }

    #[cfg(not(unix))]
    fn suspend(&mut self) -> Result<(), Error> {
        // There is no shell to go back to.
        Ok(())
    }
}
