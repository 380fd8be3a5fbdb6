//! Readers of other tools' results: one file per tool, each gives vectors.
//!
//! Contract: a reader judges nothing and drops nothing silently; what is outside the scope of a
//! packet-to-records tool (an upstream's own rule language, for instance) is named where it is left
//! out.

pub(crate) mod arkime;
pub(crate) mod community_id;
pub(crate) mod huginn;
pub(crate) mod ja4;
pub(crate) mod mitmengine;
pub(crate) mod ndpi;
pub(crate) mod pcapplusplus;
mod pdml;
pub(crate) mod reference;
pub(crate) mod suricata;
pub(crate) mod tshark;
pub(crate) mod tshark_http;
pub(crate) mod zeek;

use crate::vector::{Field, Place, Relation, Vector};

/// Builds the vectors of one place, leaving out what upstream does not state.
pub(crate) struct Builder {
    source: &'static str,
    capture: String,
    place: Place,
    vectors: Vec<Vector>,
}

impl Builder {
    /// Vectors about this place of this capture.
    pub(crate) fn new(source: &'static str, capture: impl Into<String>, place: Place) -> Self {
        Self { source, capture: capture.into(), place, vectors: Vec::new() }
    }

    /// Adds a vector whose values are these.
    pub(crate) fn all(&mut self, field: Field, expected: Vec<String>, relation: Relation) {
        self.vectors.push(Vector {
            source: self.source,
            capture: self.capture.clone(),
            place: self.place.clone(),
            field,
            expected,
            relation,
        });
    }

    /// Adds a vector with one value, if upstream states it.
    pub(crate) fn one(&mut self, field: Field, value: impl Into<String>, relation: Relation) {
        let value = value.into();
        if !value.is_empty() {
            self.all(field, vec![value], relation);
        }
    }

    /// What was built.
    pub(crate) fn done(self) -> Vec<Vector> {
        self.vectors
    }
}
