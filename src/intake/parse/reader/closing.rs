//! Ends of elements: which of them an end tag closes, and what becomes of what was gathered inside.

use super::{Frame, Reader};
use crate::intake::parse::elements::Scope;
use crate::intake::parse::{person, plain};
use crate::model::Person;

impl<'a> Reader<'a, '_> {
    pub(super) fn close(&mut self, name: &'a str) {
        if let Some(capture) = self.capture.as_mut() {
            let structural = |frame: &Frame<'_>| {
                matches!(frame.scope, Scope::Entry | Scope::Feed | Scope::Root) && frame.name == name
            };
            let own = capture.closes(name);
            if !own && !self.stack.iter().any(structural) {
                capture.close(name);
                return;
            }
            self.end_capture();
            if own {
                return;
            }
        }
        self.close_element(name);
    }

    /// Closes the nearest open element of this name with all that is inside it. An end tag does not reach out of
    /// its entry, unless it is the feed's.
    fn close_element(&mut self, name: &str) {
        let matching = |frame: &Frame<'_>| frame.name == name;
        let Some(at) = self.stack.iter().rposition(matching).or_else(|| self.nearly(name)) else {
            if self.found {
                self.notes.document("mismatched-end-tag", format!("</{name}> closes nothing"));
            }
            return;
        };
        let entry = self.stack.iter().rposition(|frame| frame.scope == Scope::Entry);
        let leaves_entry = entry.is_some_and(|entry| at < entry);
        if leaves_entry && !matches!(self.stack[at].scope, Scope::Root | Scope::Feed) {
            return;
        }
        if at + 1 < self.stack.len() {
            self.notes.document("mismatched-end-tag", format!("</{name}> closes elements left open"));
        }
        while self.stack.len() > at {
            self.pop();
        }
    }

    /// The innermost element if its name differs only in letter case or prefix.
    fn nearly(&self, name: &str) -> Option<usize> {
        let local = |name: &str| name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
        let last = self.stack.last()?;
        (local(last.name) == local(name)).then(|| self.stack.len() - 1)
    }

    pub(super) fn pop(&mut self) {
        let Some(frame) = self.stack.pop() else { return };
        match frame.scope {
            Scope::Entry => self.finish_entry(),
            Scope::Person(rank) => self.finish_person(rank),
            Scope::Source => self.finish_source(),
            _ => {}
        }
        self.scopes.leave(frame.namespaces);
        self.bases.truncate(frame.bases);
    }

    pub(super) fn end_capture(&mut self) {
        let Some(capture) = self.capture.take() else { return };
        let field = capture.field;
        let (text, markup) = capture.finish();
        self.commit(field, text, markup);
        self.pop();
    }

    fn finish_person(&mut self, rank: u8) {
        let loose = std::mem::take(&mut self.loose);
        let mut person = std::mem::take(&mut self.person);
        if person == Person::default() {
            self.author(rank, &loose);
            return;
        }
        if person.name.is_none() {
            person.name = person::parse(&loose).and_then(|person| person.name);
        }
        self.draft().author(rank, person);
    }

    fn finish_source(&mut self) {
        let loose = plain::line(&std::mem::take(&mut self.loose));
        let mut source = std::mem::take(&mut self.source);
        if source.title.is_none() && !loose.is_empty() {
            source.title = Some(loose);
        }
        let own = &mut self.draft().source;
        own.title = source.title.or(own.title.take());
        own.link = source.link.or(own.link.take());
    }

    pub(super) fn finish_entry(&mut self) {
        let Some(draft) = self.entry.take() else { return };
        let index = self.document.entries.len();
        let entry = draft.into_entry();
        if entry.title.is_empty() && entry.link.is_none() && entry.body().is_empty() {
            self.notes.entry(index, "empty-entry", "the entry has no title, link or text");
        }
        self.document.entries.push(entry);
    }
}
