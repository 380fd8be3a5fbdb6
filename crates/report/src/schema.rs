//! The JSON Schemas (draft 2020-12) of what this crate writes: public API, kept in the
//! repository's `schema/` and tested against real output here.

/// Schema of the document (`--format json`).
pub const DOCUMENT: &str = include_str!("../../../schema/interloper-1.schema.json");

/// Schema of one line of `interloper records`.
pub const RECORDS: &str = include_str!("../../../schema/records-1.schema.json");

/// Schema of `interloper pins --format json`.
pub const PINS: &str = include_str!("../../../schema/pins-1.schema.json");

/// What is wrong with a value, in the schema's eyes.
#[cfg(test)]
pub(crate) fn errors(schema: &str, value: &serde_json::Value) -> Vec<String> {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator
        .iter_errors(value)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::input::{Document, Summary};
    use crate::json::write_document;
    use crate::samples;

    fn document(document: &Document<'_>) -> Value {
        let mut out = Vec::new();
        write_document(&mut out, document).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    fn full() -> Value {
        let (inputs, summary) = (samples::inputs(2), samples::summary());
        let findings = [&samples::intercepted(), &samples::weak(), &samples::hostile()];
        document(&Document { inputs: &inputs, summary: &summary, findings: &findings })
    }

    #[test]
    fn schemas_are_schemas() {
        for schema in [DOCUMENT, PINS, RECORDS] {
            let schema: Value = serde_json::from_str(schema).unwrap();
            assert!(jsonschema::meta::is_valid(&schema));
        }
    }

    #[test]
    fn documents_keep_to_it() {
        assert_eq!(errors(DOCUMENT, &full()), Vec::<String>::new());
        let mut input = samples::inputs(1);
        input[0].sha256 = None;
        (input[0].first, input[0].last) = (None, None);
        let empty = Summary::default();
        let empty = document(&Document { inputs: &input, summary: &empty, findings: &[] });
        assert_eq!(errors(DOCUMENT, &empty), Vec::<String>::new());
    }

    #[test]
    fn compared_captures_are_named_in_the_evidence() {
        let inputs = samples::inputs(2);
        let counts = detect::Comparison { end_to_end: 3, terminated: 1, not_covered: 0 };
        let summary = Summary { compare: Some(counts), ..samples::summary() };
        let mut finding = samples::intercepted();
        finding.captures = vec![Some(detect::VantagePoint::Edge), None];
        let value =
            document(&Document { inputs: &inputs, summary: &summary, findings: &[&finding] });
        assert_eq!(errors(DOCUMENT, &value), Vec::<String>::new());
        assert_eq!(value["summary"]["compare"]["end_to_end"], 3);
        let evidence = &value["findings"][0]["evidence"];
        assert_eq!(evidence[0]["capture"], "edge");
        assert!(evidence[1].get("capture").is_none());
    }

    #[test]
    fn what_was_left_out_is_counted() {
        let summary = Summary { suppressed: 1, filtered: 2, ..samples::summary() };
        let inputs = samples::inputs(1);
        let value = document(&Document { inputs: &inputs, summary: &summary, findings: &[] });
        assert_eq!(errors(DOCUMENT, &value), Vec::<String>::new());
        assert_eq!(value["summary"]["filtered"], 2);
        let text =
            crate::text::verdict(&Document { inputs: &inputs, summary: &summary, findings: &[] });
        assert_eq!(text, "No finding passes the filter");
    }

    #[test]
    fn what_is_not_in_it_is_refused() {
        for (pointer, value) in [
            ("/schema", json!("interloper/2")),
            ("/findings/0/severity", json!("grave")),
            ("/findings/0/evidence/0/packets/0", json!(0)),
            ("/findings/0/first_seen", json!("2017-04-07T22:24:37Z")),
            ("/inputs/0/sha256", json!("ab")),
            ("/summary/findings", json!({})),
            ("/findings/1/subject", json!({"app": 1})),
        ] {
            let mut bad = full();
            *bad.pointer_mut(pointer).unwrap() = value;
            assert!(!errors(DOCUMENT, &bad).is_empty(), "{pointer}");
        }
    }
}
