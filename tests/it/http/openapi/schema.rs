//! The part of JSON Schema that the description uses, read strictly.
//!
//! It is NOT a validator for other descriptions: a keyword that is not known here is a mistake.
//! Invariant: a property that is not described is a mistake, and so is one that is missing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

const SCHEMAS: &str = "#/components/schemas/";

/// Words that say nothing about the value.
const COMMENTS: [&str; 2] = ["description", "default"];

/// A description, and which of its properties were told with a value so far.
pub(super) struct Description {
    document: Value,
    told: BTreeSet<(String, String)>,
}

impl Description {
    pub(super) fn of(text: &str) -> Self {
        let document: Value = serde_json::from_str(text).expect("the description is JSON");
        assert_eq!(document["openapi"], "3.1.0");
        Self { document, told: BTreeSet::new() }
    }

    /// The methods of each path.
    pub(super) fn routes(&self) -> BTreeMap<String, BTreeSet<String>> {
        let methods = |path: &Value| path.as_object().expect("methods").keys().cloned().collect();
        self.object("paths").iter().map(|(name, path)| (name.clone(), methods(path))).collect()
    }

    fn object(&self, key: &str) -> &Map<String, Value> {
        self.document[key].as_object().unwrap_or_else(|| panic!("{key} is an object"))
    }

    /// The schema of an answer, or what is not described of it.
    pub(super) fn of_answer(&self, path: &str, method: &str, status: u16, content_type: &str) -> Result<Value, String> {
        let responses = &self.document["paths"][path][method]["responses"];
        let response = match &responses[status.to_string()] {
            Value::Null if status >= 400 => &responses["default"],
            response => response,
        };
        let schema = &self.resolved(response)["content"][content_type]["schema"];
        if schema.is_null() {
            Err(format!("{status} as `{content_type}` is not described"))
        } else {
            Ok(schema.clone())
        }
    }

    /// What is behind a reference, or the thing itself.
    fn resolved<'a>(&'a self, thing: &'a Value) -> &'a Value {
        let Some(pointer) = thing["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) else {
            return thing;
        };
        self.document.pointer(pointer).unwrap_or_else(|| panic!("nothing is at {pointer}"))
    }

    /// What is wrong with a value.
    pub(super) fn check(&mut self, schema: &Value, value: &Value) -> Vec<String> {
        let mut mistakes = Vec::new();
        let mut told = BTreeSet::new();
        Check { description: self, mistakes: &mut mistakes, told: &mut told }.value("", schema, value, "$");
        self.told.extend(told);
        mistakes
    }

    /// Properties that no value was seen of.
    pub(super) fn untold(&self) -> Vec<String> {
        let mut untold = Vec::new();
        for (name, schema) in self.document["components"]["schemas"].as_object().expect("schemas") {
            for property in schema["properties"].as_object().into_iter().flat_map(Map::keys) {
                if !self.told.contains(&(name.clone(), property.clone())) {
                    untold.push(format!("{name}.{property}"));
                }
            }
        }
        untold
    }

    /// Objects that leave something open, parameters that are not described, and what nobody refers to.
    pub(super) fn looseness(&self) -> Vec<String> {
        let mut found = Vec::new();
        let text = self.document.to_string();
        for (kind, things) in self.object("components") {
            for (name, thing) in things.as_object().expect("named things") {
                if !text.contains(&format!("\"$ref\":\"#/components/{kind}/{name}\"")) {
                    found.push(format!("nobody refers to {kind} {name}"));
                }
                let Some(properties) = thing["properties"].as_object() else { continue };
                let required: BTreeSet<_> =
                    thing["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                if required != properties.keys().map(String::as_str).collect() || thing["additionalProperties"] != false
                {
                    found.push(format!("{name} leaves open what it holds"));
                }
            }
        }
        for (path, methods) in self.object("paths") {
            let wanted: BTreeSet<&str> = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
            for (method, operation) in methods.as_object().expect("methods") {
                let parameters = operation["parameters"].as_array().into_iter().flatten().map(|one| self.resolved(one));
                let in_path = parameters.filter(|one| one["in"] == "path").filter_map(|one| one["name"].as_str());
                if wanted != in_path.collect() {
                    found.push(format!("{method} {path} describes other parameters than it has"));
                }
            }
        }
        found
    }
}

struct Check<'a> {
    description: &'a Description,
    mistakes: &'a mut Vec<String>,
    told: &'a mut BTreeSet<(String, String)>,
}

impl Check<'_> {
    /// Checks one value against one schema, which is part of the schema of this name.
    fn value(&mut self, name: &str, schema: &Value, value: &Value, at: &str) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.strip_prefix(SCHEMAS).expect("schemas refer to schemas");
            let target = self.description.resolved(schema);
            self.value(name, target, value, at);
        }
        for (keyword, wanted) in schema.as_object().expect("a schema is an object") {
            match keyword.as_str() {
                "type" if !is_of_type(wanted, value) => self.wrong(at, &format!("{value} is no {wanted}")),
                "enum" if !wanted.as_array().expect("words").contains(value) => {
                    self.wrong(at, &format!("{value} is none of {wanted}"));
                }
                "minimum" if value.as_f64() < wanted.as_f64() && value.is_number() => {
                    self.wrong(at, &format!("{value} is less than {wanted}"));
                }
                "maxItems"
                    if value.as_array().is_some_and(|items| items.len() as u64 > wanted.as_u64().expect("a count")) =>
                {
                    self.wrong(at, "there are too many");
                }
                "items" => {
                    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.value(name, wanted, item, &format!("{at}[{place}]"));
                    }
                }
                "oneOf" => self.one_of(name, wanted.as_array().expect("schemas"), value, at),
                "properties" => self.properties(name, wanted.as_object().expect("properties"), value, at),
                "required" => {
                    for key in wanted.as_array().expect("names").iter().filter_map(Value::as_str) {
                        if value.is_object() && value.get(key).is_none() {
                            self.wrong(at, &format!("`{key}` is missing"));
                        }
                    }
                }
                "$ref" | "type" | "enum" | "minimum" | "maxItems" | "additionalProperties" => {}
                other if COMMENTS.contains(&other) => {}
                other => panic!("{at}: nobody checks the keyword `{other}`"),
            }
        }
    }

    /// Nothing here is described in two ways at once, so one that fits is enough.
    fn one_of(&mut self, name: &str, schemas: &[Value], value: &Value, at: &str) {
        let mut reasons = Vec::new();
        for schema in schemas {
            let (mut mistakes, mut told) = (Vec::new(), BTreeSet::new());
            Check { description: self.description, mistakes: &mut mistakes, told: &mut told }
                .value(name, schema, value, at);
            if mistakes.is_empty() {
                self.told.extend(told);
                return;
            }
            reasons.extend(mistakes);
        }
        self.mistakes.extend(reasons);
    }

    fn properties(&mut self, name: &str, properties: &Map<String, Value>, value: &Value, at: &str) {
        for (key, value) in value.as_object().into_iter().flatten() {
            let at = format!("{at}.{key}");
            let Some(schema) = properties.get(key) else {
                self.wrong(&at, "is not described");
                continue;
            };
            if !value.is_null() {
                self.told.insert((name.to_owned(), key.clone()));
            }
            self.value(name, schema, value, &at);
        }
    }

    fn wrong(&mut self, at: &str, why: &str) {
        self.mistakes.push(format!("{at}: {why}"));
    }
}

fn is_of_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().expect("a type is a word") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("`{other}` is no type"),
    };
    match wanted.as_array() {
        Some(any) => any.iter().any(is),
        None => is(wanted),
    }
}

#[test]
fn mistakes_are_found() {
    let text = serde_json::json!({"openapi": "3.1.0", "components": {"schemas": {
        "Word": {"type": "string", "enum": ["a", "b"]},
        "Thing": {"type": "object", "additionalProperties": false, "required": ["word", "count"], "properties": {
            "word": {"oneOf": [{"$ref": "#/components/schemas/Word"}, {"type": "null"}]},
            "count": {"type": "integer", "minimum": 0, "description": "How many."},
            "list": {"type": "array", "maxItems": 1, "items": {"$ref": "#/components/schemas/Word"}},
        }},
    }}});
    let mut description = Description::of(&text.to_string());
    let schema = serde_json::json!({"$ref": "#/components/schemas/Thing"});
    let mut count = |value: Value| description.check(&schema, &value).len();
    assert_eq!(count(serde_json::json!({"word": "a", "count": 1, "list": ["b"]})), 0);
    assert_eq!(count(serde_json::json!({"word": null, "count": 0})), 0);
    for wrong in [
        serde_json::json!([]),
        serde_json::json!({"word": "a"}),
        serde_json::json!({"word": "a", "count": -1}),
        serde_json::json!({"word": "a", "count": 1.5}),
        serde_json::json!({"word": "a", "count": null}),
        serde_json::json!({"word": "a", "count": 1, "more": 2}),
        serde_json::json!({"word": "a", "count": 1, "list": ["a", "b"]}),
        serde_json::json!({"word": "a", "count": 1, "list": ["c"]}),
    ] {
        assert_eq!(count(wrong.clone()), 1, "{wrong}");
    }
    assert_eq!(count(serde_json::json!({"word": "c", "count": 1})), 2, "it fits none of two");
    assert_eq!(description.untold(), Vec::<String>::new());
}
