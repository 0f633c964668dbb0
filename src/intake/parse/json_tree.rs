//! Reads JSON into a tree of bounded size: a document made of millions of empty values costs no more memory than a
//! large feed. What lies beyond the bound is read over, not kept.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;

/// Most values kept of one document: 2,000 items of 100 values.
const MOST_VALUES: usize = 200_000;

/// Reads the first JSON value of `text`; tells also whether anything follows it.
pub fn read(text: &str) -> serde_json::Result<(Value, bool)> {
    let left = Cell::new(MOST_VALUES);
    let mut stream = serde_json::Deserializer::from_str(text);
    let value = Tree { left: &left }.deserialize(&mut stream)?;
    Ok((value, stream.end().is_err()))
}

/// A value, as long as there is something left to spend.
#[derive(Clone, Copy)]
struct Tree<'b> {
    left: &'b Cell<usize>,
}

impl Tree<'_> {
    fn spent(self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left == 0
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while !self.spent() {
            match list.next_element_seed(self)? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while !self.spent() {
            match map.next_key::<String>()? {
                Some(key) => drop(values.insert(key, map.next_value_seed(self)?)),
                None => return Ok(Value::Object(values)),
            }
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Object(values))
    }
}
