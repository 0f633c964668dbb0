//! How an entry was edited: each change with its time, word by word.

use super::App;
use crate::model::*;
use crate::store;
use crate::text::{Change, word_diff};
use serde::Serialize;

/// One change of an entry's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// The revision it made; the first one is 1.
    pub revision: u32,
    /// When we saw it.
    pub at: Time,
    /// The title, old to new.
    pub title: Vec<Change>,
    /// The body, old to new. Where retention removed the old body, all of the new one came.
    pub body: Vec<Change>,
}

/// The edits that led from the oldest of these texts, oldest first, to the text of now.
pub fn edits(revisions: &[Revision], title: &str, body: &str) -> Vec<Edit> {
    let after = revisions.iter().skip(1).map(|next| (next.title.as_str(), next.body.as_str()));
    let after = after.chain([(title, body)]);
    let edit = |(before, (title, body)): (&Revision, (&str, &str))| Edit {
        revision: before.revision + 1,
        at: before.replaced_at,
        title: word_diff(&before.title, title),
        body: word_diff(&before.body, body),
    };
    revisions.iter().zip(after).map(edit).collect()
}

/// The edits of a stored entry; asks the store only if there were any.
///
/// # Errors
/// The store's.
pub(super) fn edits_of(read: &dyn store::Read, entry: &Entry) -> store::Result<Vec<Edit>> {
    if entry.revision == 0 {
        return Ok(Vec::new());
    }
    Ok(edits(&read.revisions(entry.id)?, &entry.title, &entry.body))
}

impl App {
    /// How an entry was edited, oldest change first; nothing for an entry that is not there.
    ///
    /// # Errors
    /// The store's.
    pub async fn edits(&self, entry: EntryId) -> store::Result<Vec<Edit>> {
        self.store
            .read(move |read| match read.entry(entry)? {
                Some(entry) => edits_of(read, &entry),
                None => Ok(Vec::new()),
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(revision: u32, title: &str, replaced_at: i64) -> Revision {
        Revision {
            revision,
            title: title.to_owned(),
            body: "Same".to_owned(),
            replaced_at: Time(replaced_at),
        }
    }

    #[test]
    fn each_edit_leads_from_one_text_to_the_next() {
        assert_eq!(edits(&[], "now", "Same"), []);
        let made = edits(&[text(0, "one", 10), text(1, "two", 20)], "three", "Same");
        let came = |new: &str, old: &str| vec![Change::Gone(old.to_owned()), Change::New(new.to_owned())];
        let same = || vec![Change::Same("Same".to_owned())];
        assert_eq!(
            made,
            [
                Edit { revision: 1, at: Time(10), title: came("two", "one"), body: same() },
                Edit { revision: 2, at: Time(20), title: came("three", "two"), body: same() },
            ]
        );
    }
}
