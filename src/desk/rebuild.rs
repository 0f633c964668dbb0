//! Fills the memory of the window from the store: one thread reads rows, another reads their texts and remembers
//! them, so that a start takes as long as the slower of the two.
//!
//! Entries are remembered one by one in the order of judgement, so the memory is the same as that of a desk that
//! ran through. Never judges, and stores nothing.

use super::item_of;
use super::story::Stories;
use super::story::vector::Vector;
use crate::model::{Entry, StoryId, Time};
use crate::store::{self, Read};
use std::sync::mpsc::sync_channel;
use std::thread;

/// Entries that are handed over at once.
const CHUNK: usize = 256;
/// Chunks that may wait: reading goes no further ahead, so that memory stays bounded.
const WAITING: usize = 8;

/// Remembers what was judged and seen at or after `since`; returns the memory, and how many entries that were.
///
/// # Errors
/// The store's.
pub fn restore_window(read: &dyn Read, since: Time, stories: Stories) -> store::Result<(Stories, usize)> {
    restore_with(read, since, stories, None)
}

/// The same with the stored vectors of a model.
///
/// # Errors
/// The store's.
pub fn restore_with(
    read: &dyn Read,
    since: Time,
    stories: Stories,
    model: Option<&str>,
) -> store::Result<(Stories, usize)> {
    let take = |(stories, count): &mut (Stories, usize), (entry, vector): (Entry, Option<Vectorised>)| {
        if let Some(vector) = vector {
            stories.know_vector(entry.id, vector.map(|bytes| Vector::from_bytes(&bytes)));
        }
        let story = entry.story.unwrap_or(StoryId(0));
        stories.restore(&item_of(&entry), story);
        *count += 1;
    };
    beside((stories, 0), take, |give| {
        let mut failed = Ok(());
        read.window(since, &mut |entry| {
            let vector = model.map(|model| read.vector(model, &entry.content_hash)).transpose();
            match vector {
                Ok(vector) => give((entry, vector.map(Option::flatten))),
                Err(error) => failed = Err(error),
            }
        })?;
        failed
    })
}

/// The stored vector of an entry, or that there is none.
type Vectorised = Option<Vec<u8>>;

/// Runs `give` on this thread and `take`, on what it hands over, on another. Returns what `take` made of `state`.
///
/// # Errors
/// Those of `give`; what was handed over before is taken in all the same.
pub fn beside<S: Send, T: Send, E>(
    state: S,
    take: impl Fn(&mut S, T) + Send,
    give: impl FnOnce(&mut dyn FnMut(T)) -> Result<(), E>,
) -> Result<S, E> {
    thread::scope(|scope| {
        let (send, chunks) = sync_channel::<Vec<T>>(WAITING);
        let worker = scope.spawn(move || {
            let mut state = state;
            chunks.into_iter().flatten().for_each(|item| take(&mut state, item));
            state
        });
        let mut chunk = Vec::with_capacity(CHUNK);
        // Sending fails only if the worker panicked, which joining it passes on.
        let given = give(&mut |item| {
            chunk.push(item);
            if chunk.len() == CHUNK {
                drop(send.send(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK))));
            }
        });
        drop(send.send(chunk));
        drop(send);
        let state = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        given.map(|()| state)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(up_to: u32, fail: bool) -> Result<Vec<u32>, &'static str> {
        let take = |all: &mut Vec<u32>, item| all.push(item);
        beside(Vec::new(), take, |give| {
            (0..up_to).for_each(give);
            if fail { Err("unreadable") } else { Ok(()) }
        })
    }

    #[test]
    fn everything_is_taken_in_order() {
        for up_to in [0, 1, 256, 5_000] {
            assert_eq!(collect(up_to, false), Ok((0..up_to).collect()));
        }
        assert_eq!(collect(3, true), Err("unreadable"));
    }
}
