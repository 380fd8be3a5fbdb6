//! A terminal: tmux with one shell in it, in a folder of its own with the repository's captures.
//!
//! Contract: every wait has a deadline, and one that passes fails the test with the screen as it is.
//! The server ends with the value.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support;

/// The longest wait for words. A busy machine takes seconds for what takes milliseconds else.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the screen is looked at.
const POLL: Duration = Duration::from_millis(15);

/// What the shell asks with. No screen of the UI has it.
pub(crate) const PROMPT: &str = "shell>";

/// A shell in a terminal.
pub(crate) struct Terminal {
    folder: tempfile::TempDir,
}

impl Terminal {
    /// A terminal of this size; `None`, after a word about it, where there is no tmux.
    pub(crate) fn open(columns: u16, lines: u16) -> Option<Self> {
        Self::open_with(columns, lines, &[])
    }

    /// The same with these variables in the shell's environment.
    pub(crate) fn open_with(columns: u16, lines: u16, more: &[(&str, &str)]) -> Option<Self> {
        if !has_tmux() {
            eprintln!("skipped: needs tmux, which is not here and cannot be installed");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let terminal = Self { folder };
        terminal.furnish();
        let size = [columns.to_string(), lines.to_string()];
        let mut command = terminal.tmux();
        // Whoever runs the tests has settings, colours and a locale of his own.
        command.env_clear();
        let binaries = terminal.folder().join("bin");
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", binaries.display()));
        command.env("HOME", terminal.folder()).env("XDG_CONFIG_HOME", terminal.folder());
        command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm-256color");
        // Shells take no prompt from the environment, but a file of commands.
        command.env("ENV", terminal.file("shrc"));
        command.envs(more.iter().copied());
        command.args(["-u", "-f", "/dev/null", "start-server", ";"]);
        command.args(["set-option", "-g", "status", "off", ";", "new-session", "-d"]);
        command.args(["-x", &size[0], "-y", &size[1], "-c"]).arg(terminal.folder()).arg("sh");
        run(&mut command);
        terminal.wait_for(PROMPT);
        Some(terminal)
    }

    /// The binary under its name, and the captures where the documentation names them.
    fn furnish(&self) {
        let link = |from: &Path, to: &str| {
            std::os::unix::fs::symlink(from, self.folder().join(to)).expect("a link can be made");
        };
        fs::create_dir(self.folder().join("bin")).expect("a folder can be made");
        fs::write(self.file("shrc"), format!("PS1='{PROMPT} '\n")).expect("a file can be written");
        link(Path::new(env!("CARGO_BIN_EXE_interloper")), "bin/interloper");
        link(&support::root().join("captures"), "captures");
        link(&support::root().join("tests"), "tests");
    }

    /// Where the shell is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file of the folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Types a line at the shell's prompt.
    pub(crate) fn command(&self, line: &str) {
        self.text(line);
        self.keys(&["Enter"]);
    }

    /// Types text, letter by letter.
    pub(crate) fn text(&self, text: &str) {
        run(self.tmux().args(["send-keys", "-l", "--", text]));
    }

    /// Presses keys, by tmux's names: `j`, `Enter`, `C-z`.
    pub(crate) fn keys(&self, keys: &[&str]) {
        run(self.tmux().args(["send-keys", "--"]).args(keys));
    }

    /// Presses keys, then waits for the words.
    pub(crate) fn press(&self, keys: &[&str], words: &str) -> String {
        self.keys(keys);
        self.wait_for(words)
    }

    /// Goes back with Esc until the screen has the words. It waits in between: an Esc right before
    /// another key is another key.
    pub(crate) fn back(&self, words: &str) -> String {
        let before = self.screen();
        self.keys(&["Escape"]);
        let screen = self.wait_until("another screen after Esc", |screen| screen != before);
        if screen.contains(words) { screen } else { self.wait_for(words) }
    }

    /// The screen as text, a line each.
    pub(crate) fn screen(&self) -> String {
        run(self.tmux().args(["capture-pane", "-p"]))
    }

    /// The screen with its colours and styles as escape sequences.
    pub(crate) fn styled(&self) -> String {
        run(self.tmux().args(["capture-pane", "-e", "-p"]))
    }

    /// One of tmux's variables: `alternate_on`, `pane_title`, `cursor_flag`.
    pub(crate) fn about(&self, variable: &str) -> String {
        let format = format!("#{{{variable}}}");
        run(self.tmux().args(["display-message", "-p", &format])).trim_end().to_owned()
    }

    /// Makes the window another size.
    pub(crate) fn resize(&self, columns: u16, lines: u16) {
        let size = [columns.to_string(), lines.to_string()];
        run(self.tmux().args(["resize-window", "-x", &size[0], "-y", &size[1]]));
    }

    /// From now on, what programs write is kept too, byte by byte.
    pub(crate) fn record(&self) {
        let file = self.file("bytes");
        run(self.tmux().args(["pipe-pane", "-O"]).arg(format!("cat >'{}'", file.display())));
    }

    /// All that programs wrote since [`Self::record`]. Only at the prompt.
    pub(crate) fn recorded(&self) -> Vec<u8> {
        // tmux hands the bytes on when it likes: this line is the last one.
        self.command("echo all of it | tr a-z A-Z");
        let end = Instant::now() + PATIENCE;
        loop {
            let bytes = fs::read(self.file("bytes")).unwrap_or_default();
            if has(&bytes, b"ALL OF IT") {
                return bytes;
            }
            assert!(Instant::now() < end, "the record has no end\n{}", self.screen());
            sleep(POLL);
        }
    }

    /// Waits until the screen has these words, and returns it.
    pub(crate) fn wait_for(&self, words: &str) -> String {
        self.wait_until(words, |screen| screen.contains(words))
    }

    /// Waits until the screen has all of these.
    pub(crate) fn wait_for_all(&self, words: &[&str]) -> String {
        let all = |screen: &str| words.iter().all(|words| screen.contains(words));
        self.wait_until(&words.join(", "), all)
    }

    /// Waits until a line of the screen has all of these words, and returns it.
    pub(crate) fn wait_for_line(&self, words: &[&str]) -> String {
        let has = |line: &&str| words.iter().all(|words| line.contains(words));
        let what = format!("one line with {}", words.join(", "));
        let screen = self.wait_until(&what, |screen| screen.lines().any(|line| has(&line)));
        screen.lines().find(has).unwrap_or_default().to_owned()
    }

    /// Waits until the screen is as wanted. `what` is what a failure calls it.
    pub(crate) fn wait_until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        let mut before = String::new();
        loop {
            let screen = self.screen();
            // A screen that is still being drawn is half of one and half of another.
            if wanted(&screen) && screen == before {
                return screen;
            }
            assert!(Instant::now() < end, "the screen never had: {what}\n{screen}");
            sleep(POLL);
            before = screen;
        }
    }

    /// Waits until a file has something in it, and returns it.
    pub(crate) fn wait_for_file(&self, name: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let text = fs::read_to_string(self.file(name)).unwrap_or_default();
            if text.ends_with('\n') {
                return text;
            }
            assert!(Instant::now() < end, "{name} was never written\n{}", self.screen());
            sleep(POLL);
        }
    }

    /// Waits until the UI has left: the usual screen, its cursor, and the shell's prompt last.
    pub(crate) fn wait_for_shell(&self) -> String {
        let screen = self.wait_until("the shell's prompt, last", |screen| {
            screen.trim_end().ends_with(PROMPT) && self.about("alternate_on") == "0"
        });
        assert_eq!(self.about("cursor_flag"), "1", "the cursor is hidden\n{screen}");
        assert_eq!(self.about("mouse_any_flag"), "0", "the mouse is still taken\n{screen}");
        screen
    }

    /// How the shell's terminal is set, as `stty -a` says it. Only at the prompt.
    pub(crate) fn settings(&self, name: &str) -> String {
        self.command(&format!("stty -a >{name}"));
        self.wait_for_file(name)
    }

    fn tmux(&self) -> Command {
        let mut command = Command::new("tmux");
        // The test itself may run in somebody's tmux.
        command.env_remove("TMUX").arg("-S").arg(self.folder().join("tmux"));
        command
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.tmux().arg("kill-server").stderr(Stdio::null()).status();
    }
}

/// Whether bytes have a part.
pub(crate) fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Runs a command that must succeed; what it said.
fn run(command: &mut Command) -> String {
    let done = command.stdin(Stdio::null()).output().expect("a program starts");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {said}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// Whether there is a tmux, after an attempt to get one.
fn has_tmux() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| {
        let runs = |words: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", words]).stdin(Stdio::null());
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        // Tests may be processes of their own: one installs, and the others wait for it.
        let lock = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tmux.lock");
        let lock = fs::File::create(lock).expect("a file can be made");
        lock.lock().expect("a file can be locked");
        let is_there = "command -v tmux";
        let install = "test \"$(id -u)\" = 0 && command -v apt-get && apt-get update -qq && \
                       DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
                       --no-install-recommends tmux";
        runs(is_there) || (runs(install) && runs(is_there))
    })
}
