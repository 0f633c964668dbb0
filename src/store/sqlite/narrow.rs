//! Filters as SQL: a list of conditions joined by AND, with their values in order.
//!
//! One value is compared with `=`, so that an index on it also gives the order; several come as one JSON list,
//! so that the statement's text (and with it the compiled statement) does not grow with them.

use super::row::to_json;
use super::search::Matching;
use crate::model::*;
use crate::store::{Narrow, Result};
use rusqlite::types::Value;

/// Conditions collected for one list.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    sql: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition with one `?` for the value.
    pub(super) fn add(&mut self, sql: impl Into<String>, value: impl Into<Value>) {
        self.sql.push(sql.into());
        self.values.push(value.into());
    }

    /// Adds a condition with two `?`.
    pub(super) fn add_two(
        &mut self,
        sql: impl Into<String>,
        first: impl Into<Value>,
        second: impl Into<Value>,
    ) {
        self.add(sql, first);
        self.values.push(second.into());
    }

    /// Adds a condition without a value.
    pub(super) fn add_plain(&mut self, sql: impl Into<String>) {
        self.sql.push(sql.into());
    }

    /// `column` is any of the names; no names means any value. `{}` in `wrap` is the comparison.
    pub(super) fn any_of(
        &mut self,
        column: &str,
        names: &[&str],
        wrap: impl Fn(&str) -> String,
    ) -> Result<()> {
        match names {
            [] => {}
            [one] => self.add(wrap(&format!("{column} = ?")), (*one).to_owned()),
            many => {
                self.add(wrap(&format!("{column} IN (SELECT value FROM json_each(?))")), to_json(many)?);
            }
        }
        Ok(())
    }

    /// At or after `since` and before `until`.
    pub(super) fn between(&mut self, column: &str, narrow: &Narrow) {
        if let Some(since) = narrow.since {
            self.add(format!("{column} >= ?"), since.0);
        }
        if let Some(until) = narrow.until {
            self.add(format!("{column} < ?"), until.0);
        }
    }

    /// `column` is an entry that the text condition selects. Returns what stands before the list's own table:
    /// what is found is read newest first straight from the index, as far as the page needs.
    pub(super) fn text(&mut self, column: &str, narrow: &Narrow) -> &'static str {
        match narrow.text.as_ref().map(Matching::of) {
            None | Some(Matching::All) => "",
            Some(Matching::Nothing) => {
                self.add_plain("0");
                ""
            }
            Some(Matching::Found(set)) => {
                self.add(format!("search MATCH ? AND {column} = search.rowid"), set);
                "search CROSS JOIN "
            }
            Some(Matching::NotFound(set)) => {
                self.add(format!("{column} NOT IN (SELECT rowid FROM search WHERE search MATCH ?)"), set);
                ""
            }
        }
    }

    /// Some entry that the text condition selects is inside `before … )`, a half-open condition on `column`.
    pub(super) fn text_in(&mut self, before: &str, column: &str, narrow: &Narrow) {
        let found = "(SELECT rowid FROM search WHERE search MATCH ?)";
        match narrow.text.as_ref().map(Matching::of) {
            None | Some(Matching::All) => {}
            Some(Matching::Nothing) => self.add_plain("0"),
            Some(Matching::Found(set)) => self.add(format!("{before}{column} IN {found})"), set),
            Some(Matching::NotFound(set)) => self.add(format!("{before}{column} NOT IN {found})"), set),
        }
    }

    /// The page as the last two values; returns `WHERE … `, and the tail with LIMIT and OFFSET.
    pub(super) fn finish(mut self, order: &str, narrow: &Narrow) -> (String, Vec<Value>) {
        let limit = if narrow.limit == 0 { -1 } else { i64::try_from(narrow.limit).unwrap_or(-1) };
        self.values.push(limit.into());
        self.values.push(i64::try_from(narrow.offset).unwrap_or(i64::MAX).into());
        let wheres = if self.sql.is_empty() { "1".to_owned() } else { self.sql.join(" AND ") };
        (format!("WHERE {wheres} ORDER BY {order} LIMIT ? OFFSET ?"), self.values)
    }
}

/// Names of feeds as text.
pub(super) fn feed_names(feeds: &[FeedId]) -> Vec<&str> {
    feeds.iter().map(FeedId::as_str).collect()
}

/// Names of topics as text.
pub(super) fn topic_names(topics: &[TopicId]) -> Vec<&str> {
    topics.iter().map(TopicId::as_str).collect()
}

/// Languages as text.
pub(super) fn lang_names(langs: &[String]) -> Vec<&str> {
    langs.iter().map(String::as_str).collect()
}

/// A feed's row compared by name: `column = (SELECT id …)` keeps an index on the column usable.
pub(super) fn by_feed_name(column: &str) -> impl Fn(&str) -> String + '_ {
    move |compare| match compare.strip_prefix("name = ") {
        Some(_) => format!("{column} = (SELECT id FROM feeds WHERE {compare})"),
        None => format!("{column} IN (SELECT id FROM feeds WHERE {compare})"),
    }
}
