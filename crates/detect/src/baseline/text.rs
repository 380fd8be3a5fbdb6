//! The baseline as text: TOML, strict in what it takes, stable in what it gives.

use super::{Baseline, SCHEMA};

/// Why a text is no baseline.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// Not TOML, an unknown key, a missing one, or a wrong type.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// Another form than the one that is read here.
    #[error("schema is \"{found}\", not \"{SCHEMA}\"")]
    Schema {
        /// What it says.
        found: String,
    },
}

/// What opens the file.
const HEADING: &str = "# What is normal, learned by `interloper learn`. \
    Read it before you trust it, and keep it under version control.\n";

impl Baseline {
    /// Reads a baseline. Unknown keys are errors: a mistyped one would otherwise be lost in
    /// silence.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let mut baseline: Self = toml::from_str(text)?;
        if baseline.schema != SCHEMA {
            return Err(BaselineError::Schema { found: baseline.schema });
        }
        baseline.normalize();
        Ok(baseline)
    }

    /// The file's text. The same baseline gives the same bytes.
    pub fn to_text(&self) -> String {
        let mut sorted = Self { schema: String::from(SCHEMA), ..self.clone() };
        sorted.normalize();
        // Nothing in it can fail: keys are strings and no map is keyed by anything else.
        let body = toml::to_string(&sorted).unwrap_or_default();
        format!("{HEADING}{body}")
    }

    /// Sorts what people may have edited, and writes host names as they are looked up.
    fn normalize(&mut self) {
        let hosts = std::mem::take(&mut self.hosts);
        for (name, mut host) in hosts {
            for client in &mut host.clients {
                client.answers.sort();
                client.answers.dedup();
            }
            host.clients.sort();
            self.hosts.insert(super::host_key(&name), host);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::{Answer, App, Client, Host};

    fn baseline() -> Baseline {
        let answer = |protocol: &str| Answer {
            version: "TLS 1.3".into(),
            cipher: "TLS_AES_128_GCM_SHA256".into(),
            extensions: "43-51".into(),
            group: Some("x25519".into()),
            protocol: Some(protocol.into()),
            certificate_bytes: Some(1660),
            tickets: vec![290, 290],
            ..Answer::default()
        };
        let client = Client {
            ja4: "t13d1516h2_8daaf6152771_02713d6af862".into(),
            first_cipher: "TLS_AES_128_GCM_SHA256".into(),
            answers: vec![answer("http/1.1"), answer("h2")],
            ..Client::default()
        };
        let host = Host {
            issuers: ["CN=E5, O=\"Quoted\"".to_owned()].into(),
            quic: true,
            clients: vec![client],
            ..Host::default()
        };
        Baseline {
            schema: SCHEMA.into(),
            hosts: [("api.shop.test".to_owned(), host)].into(),
            apps: [("shop".to_owned(), App::default())].into(),
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_stays_the_same() {
        let text = baseline().to_text();
        let read = Baseline::parse(&text).unwrap();
        assert_eq!(read.to_text(), text);
        let answers = &read.host("API.shop.test.").unwrap().clients[0].answers;
        let protocols: Vec<_> = answers.iter().map(|answer| answer.protocol.as_deref()).collect();
        assert_eq!(protocols, [Some("h2"), Some("http/1.1")]);
    }

    #[test]
    fn what_is_strange_is_refused() {
        for (text, word) in [
            ("", "schema"),
            ("schema = \"interloper-baseline/2\"", "interloper-baseline/2"),
            ("schema = \"interloper-baseline/1\"\nhosst = 1", "hosst"),
            ("schema = \"interloper-baseline/1\"\n[hosts.a]\nissuer = []", "issuer"),
        ] {
            let error = Baseline::parse(text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        assert!(Baseline::parse("schema = \"interloper-baseline/1\"").unwrap().is_empty());
    }
}
