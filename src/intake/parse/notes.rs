//! Collects what was odd: each class once for the document, or once per entry.

use crate::model::ParseWarning;

/// Most warnings of one class kept for one document.
const MOST: usize = 100;

/// The warnings of one document.
#[derive(Debug, Default)]
pub struct Notes(Vec<ParseWarning>);

impl Notes {
    /// Notes an oddity of the document, unless its class is noted already.
    pub fn document(&mut self, code: &str, message: impl Into<String>) {
        if self.0.iter().all(|note| note.code != code || note.entry.is_some()) {
            self.push(code, message.into(), None);
        }
    }

    /// Notes an oddity of the entry with this index.
    pub fn entry(&mut self, entry: usize, code: &str, message: impl Into<String>) {
        self.push(code, message.into(), Some(entry));
    }

    /// Notes an oddity of the entry with this index, or of the document.
    pub fn at(&mut self, entry: Option<usize>, code: &str, message: impl Into<String>) {
        match entry {
            Some(entry) => self.entry(entry, code, message),
            None => self.document(code, message),
        }
    }

    /// Notes an oddity that keys depend on ([`crate::intake::key`]): never left out.
    pub fn mark(&mut self, entry: usize, code: &str, message: String) {
        self.0.push(ParseWarning { code: code.to_owned(), message, entry: Some(entry) });
    }

    fn push(&mut self, code: &str, message: String, entry: Option<usize>) {
        if self.0.iter().filter(|note| note.code == code).count() < MOST {
            self.0.push(ParseWarning { code: code.to_owned(), message, entry });
        }
    }

    /// All of them.
    pub fn into_warnings(self) -> Vec<ParseWarning> {
        self.0
    }
}
