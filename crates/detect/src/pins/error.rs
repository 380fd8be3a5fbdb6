//! Why a file of pins cannot be read.

/// Why a file of pins cannot be read, and where in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinsError {
    /// A date is none.
    #[error("{place}: '{text}' is no date like 2027-01-31")]
    Date {
        /// Line, or key.
        place: String,
        /// What is written there.
        text: String,
    },
    /// Pins of another algorithm than SHA-256.
    #[error("{place}: digest '{text}' is not SHA-256")]
    Digest {
        /// Line, or key.
        place: String,
        /// What is written there.
        text: String,
    },
    /// A host is missing or empty.
    #[error("{place}: pins without a host")]
    Host {
        /// Line, or key.
        place: String,
    },
    /// The file is well-formed and pins nothing.
    #[error("holds no pin")]
    NoPins,
    /// It is none of the known formats.
    #[error("is no network security configuration, Info.plist, OkHttp source or TOML file of pins")]
    Format,
    /// A pin is none.
    #[error("{place}: '{text}' is no SHA-256 in Base64")]
    Pin {
        /// Line, or key.
        place: String,
        /// What is written there.
        text: String,
    },
    /// Not a property list.
    #[error("is no property list: {0}")]
    Plist(#[from] plist::Error),
    /// Not TOML, or not of the form that is expected.
    #[error("is no TOML file of pins: {0}")]
    Toml(#[from] toml::de::Error),
    /// Source names a constant that is defined elsewhere.
    #[error("{place}: the value of '{name}' is not in this file")]
    Unresolved {
        /// Line.
        place: String,
        /// The name.
        name: String,
    },
    /// Not XML.
    #[error("is no XML: {0}")]
    Xml(#[from] roxmltree::Error),
}
