//! Files that tell detection what to trust: PEM certificates, lists of CT logs, policies.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use detect::policy::Policy;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;

use crate::bounded_file;

/// Largest file that is read: the list of all public roots has a few hundred kilobytes.
pub(crate) const MAX_FILE: u64 = 64 << 20;

/// The certificates of PEM files, as DER. A file without any is an error: a mistyped path would
/// otherwise make every finding a false one.
pub(crate) fn roots(paths: &[PathBuf]) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut roots = Vec::new();
    for path in paths {
        let name = || path.display().to_string();
        let bytes = bounded_file::read(path, MAX_FILE)?;
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(&bytes) {
            let certificate =
                certificate.map_err(|error| anyhow::anyhow!("{}: {error}", name()))?;
            roots.push(certificate.to_vec());
        }
        if roots.len() == before {
            bail!("{}: holds no PEM certificate", name());
        }
    }
    Ok(roots)
}

/// The log ids of a list in the form of Google's log_list.json, version 3.
pub(crate) fn log_ids(path: Option<&Path>) -> anyhow::Result<Vec<[u8; 32]>> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let name = || path.display().to_string();
    let bytes = bounded_file::read(path, MAX_FILE)?;
    let list: LogList = serde_json::from_slice(&bytes).with_context(name)?;
    let operators = list.operators.iter();
    let logs = operators.flat_map(|operator| operator.logs.iter().chain(&operator.tiled_logs));
    logs.map(|log| log_id(&log.log_id).with_context(name)).collect()
}

/// The policy; an empty one without a file. Errors name file and line.
pub(crate) fn policy(path: Option<&Path>) -> anyhow::Result<Policy> {
    let Some(path) = path else { return Ok(Policy::default()) };
    let text = bounded_file::read_text(path, MAX_FILE)?;
    Policy::parse(&text).with_context(|| path.display().to_string())
}

fn log_id(text: &str) -> anyhow::Result<[u8; 32]> {
    let bytes = STANDARD.decode(text).with_context(|| format!("log id '{text}'"))?;
    match <[u8; 32]>::try_from(bytes) {
        Ok(id) => Ok(id),
        Err(bytes) => bail!("log id '{text}' has {} bytes, not 32", bytes.len()),
    }
}

#[derive(Deserialize)]
struct LogList {
    operators: Vec<Operator>,
}

#[derive(Deserialize)]
struct Operator {
    #[serde(default)]
    logs: Vec<Log>,
    #[serde(default)]
    tiled_logs: Vec<Log>,
}

#[derive(Deserialize)]
struct Log {
    log_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nYW55\n-----END CERTIFICATE-----\n";

    fn file(content: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        file
    }

    #[test]
    fn a_file_may_hold_several_certificates() {
        let (one, two) = (file(PEM), file(&format!("a comment\n{PEM}{PEM}")));
        let paths = [one.path().to_owned(), two.path().to_owned()];
        assert_eq!(roots(&paths).unwrap(), [b"any", b"any", b"any"]);
        assert!(roots(&[]).unwrap().is_empty());
    }

    #[test]
    fn a_file_without_certificates_is_an_error() {
        for content in
            ["", "nothing", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"]
        {
            let file = file(content);
            let error = roots(&[file.path().to_owned()]).unwrap_err().to_string();
            assert!(error.contains(&file.path().display().to_string()), "{error}");
        }
        assert!(roots(&[PathBuf::from("no/such/file")]).is_err());
    }

    #[test]
    fn log_ids_of_both_kinds_of_logs_are_read() {
        let id = |byte: u8| STANDARD.encode([byte; 32]);
        let list = format!(
            r#"{{"version":"1","operators":[{{"name":"a","logs":[{{"log_id":"{}"}}],
            "tiled_logs":[{{"log_id":"{}","state":{{}}}}]}},{{"name":"b"}}]}}"#,
            id(1),
            id(2)
        );
        assert_eq!(log_ids(Some(file(&list).path())).unwrap(), [[1; 32], [2; 32]]);
        assert!(log_ids(None).unwrap().is_empty());
    }

    #[test]
    fn a_list_that_is_none_is_an_error() {
        for content in ["", "{}", r#"{"operators":[{"logs":[{"log_id":"YW55"}]}]}"#] {
            assert!(log_ids(Some(file(content).path())).is_err(), "{content}");
        }
    }
}
