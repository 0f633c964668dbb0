//! Columns to values and back: JSON, names of enums, numbers that SQL knows only signed.

use crate::store::Result;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Error, Row, RowIndex};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value as JSON text for a column.
pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    Ok(serde_json::to_string(value)?)
}

/// A column of JSON text.
pub(super) fn json<T: DeserializeOwned, I: RowIndex + Copy>(row: &Row<'_>, column: I) -> rusqlite::Result<T> {
    let value = row.get_ref(column)?;
    let text = value.as_str().map_err(|error| unreadable(Box::new(error)))?;
    serde_json::from_str(text).map_err(|error| unreadable(Box::new(error)))
}

/// A column with the serialised name of a unit variant.
pub(super) fn named<T: DeserializeOwned, I: RowIndex + Copy>(
    row: &Row<'_>,
    column: I,
) -> rusqlite::Result<T> {
    let name: String = row.get(column)?;
    serde_json::from_value(serde_json::Value::String(name)).map_err(|error| unreadable(Box::new(error)))
}

/// The same for a column that may be NULL; a name this program does not know reads as none.
pub(super) fn maybe_named<T: DeserializeOwned, I: RowIndex + Copy>(
    row: &Row<'_>,
    column: I,
) -> rusqlite::Result<Option<T>> {
    let name: Option<String> = row.get(column)?;
    Ok(name.and_then(|name| serde_json::from_value(serde_json::Value::String(name)).ok()))
}

/// A count; negative numbers, which we never write, read as 0.
pub(super) fn count<I: RowIndex>(row: &Row<'_>, column: I) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    Ok(u64::try_from(value).unwrap_or(0))
}

/// A number for a column; what does not fit is clamped.
pub(super) fn signed(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

fn unreadable(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::FromSqlConversionFailure(0, Type::Text, Box::new(FromSqlError::Other(error)))
}
