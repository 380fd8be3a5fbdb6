//! A live capture on the loopback, with a real client and server: what only time can show.
//!
//! Capturing needs root or the like. Who has not, or has no `openssl`, does not fail: the test says
//! so and ends.

#![allow(clippy::expect_used, clippy::print_stderr, reason = "a test that cannot go on stops")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Connections that are made until the capture has seen one: it may begin late on a busy machine.
const TRIES: usize = 20;

/// How long a finding may take after its connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// A child that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn openssl(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Connects once, asks for something, and writes the secrets of the connection to `log`.
fn connect(folder: &Path, port: u16, log: &str) {
    let address = format!("127.0.0.1:{port}");
    let mut command = openssl(folder, &["s_client", "-quiet", "-tls1_3", "-servername", "a.test"]);
    command.args(["-connect", &address, "-keylogfile", log]);
    let mut client = command.spawn().expect("the client starts");
    let mut stdin = client.stdin.take().expect("a pipe");
    // The server may not listen yet; then there is another try.
    let _ = stdin.write_all(b"GET / HTTP/1.0\r\n\r\n");
    drop(stdin);
    client.wait().expect("the client ends");
}

/// Rules as `watch --format jsonl` names them.
fn next_rule(lines: &Receiver<String>) -> Option<String> {
    let line = lines.recv_timeout(PATIENCE).ok()?;
    let finding: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    finding.get("rule")?.as_str().map(str::to_owned)
}

fn can_capture() -> bool {
    let listed = support::run(["watch", "-i", "lo", "-c", "0", "-f", "tcp port 1"]);
    listed.code == Some(0) && Command::new("openssl").arg("version").output().is_ok()
}

#[test]
fn a_key_log_that_does_not_exist_yet_is_waited_for() {
    if !can_capture() {
        eprintln!("skipped: needs permission to capture, and openssl");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let certificate = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
                       -subj /CN=a.test -addext subjectAltName=DNS:a.test -keyout key.pem -out cert.pem";
    let words: Vec<&str> = certificate.split_whitespace().collect();
    assert!(openssl(folder, &words).status().expect("openssl runs").success());
    let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let port = port.expect("a free port").port();
    let server = ["s_server", "-quiet", "-www", "-cert", "cert.pem", "-key", "key.pem"];
    let mut command = openssl(folder, &server);
    let server = command.args(["-accept", &format!("127.0.0.1:{port}")]).spawn();
    let _server = Running(server.expect("the server starts"));

    let mut command = support::interloper();
    command.args(["watch", "-i", "lo", "--format", "jsonl", "--keylog", "keys.log"]);
    command.args(["-f", &format!("tcp port {port}")]).current_dir(folder);
    let watch = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut watch = Running(watch.expect("the binary starts"));
    let stdout = watch.0.stdout.take().expect("a pipe");
    let mut stderr = BufReader::new(watch.0.stderr.take().expect("a pipe"));
    let mut note = String::new();
    stderr.read_line(&mut note).expect("text");
    assert_eq!(note, "interloper: keys.log: is not there yet; waiting for it\n");
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    // In TLS 1.3 only a key shows the certificate.
    let expected = Some("channel/self-signed-certificate");
    let found = (0..TRIES).find_map(|_| {
        connect(folder, port, "keys.log");
        next_rule(&lines)
    });
    assert_eq!(found.as_deref(), expected);
}
