//! Stored entries through topics once more: one cursor reads, several threads judge, answers come in the order of
//! judgement.

use crate::desk::topic::Watchlist;
use crate::model::Entry;
use crate::model::Time;
use crate::store::{self, Read, TextFilter};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

/// Threads that judge: the reader needs little, and a daemon beside it wants room.
pub const THREADS: usize = 2;
/// Entries handed to a thread at once: enough to make the hand-over cheap.
const BATCH: usize = 64;
/// Batches that wait for a thread at most, so that memory stays small.
const WAITING: usize = 8;

/// Gives each entry since a time, but for those that `text` rules out, to one of the judges; returns what they made of it,
/// those without an answer left out. `progress` hears now and then how many entries were read.
///
/// # Errors
/// The store's.
pub fn walk<J, T>(
    read: &dyn Read,
    since: Time,
    text: Option<&TextFilter>,
    judges: Vec<J>,
    progress: &dyn Fn(u64),
) -> store::Result<Vec<T>>
where
    J: FnMut(Entry) -> Option<T> + Send,
    T: Send,
{
    let (give, batches) = mpsc::sync_channel::<(u64, Vec<Entry>)>(WAITING);
    let (answer, answers) = mpsc::channel();
    let batches = Arc::new(Mutex::new(batches));
    let read_all = std::thread::scope(|scope| {
        for mut judge in judges {
            let (batches, answer) = (batches.clone(), answer.clone());
            scope.spawn(move || {
                while let Ok((nth, entries)) = next(&batches) {
                    let judged: Vec<T> = entries.into_iter().filter_map(&mut judge).collect();
                    if answer.send((nth, judged)).is_err() {
                        return;
                    }
                }
            });
        }
        // Only the judges hold them now: should all be gone, giving fails instead of waiting.
        drop(batches);
        feed(read, since, text, give, progress)
    });
    drop(answer);
    read_all?;
    let mut judged: Vec<(u64, Vec<T>)> = answers.into_iter().collect();
    judged.sort_by_key(|(nth, _)| *nth);
    Ok(judged.into_iter().flat_map(|(_, judged)| judged).collect())
}

/// What a text must have for any of the topics to match; nothing where the index cannot tell that of all of them.
pub fn narrowed<'w>(topics: impl Iterator<Item = (&'w Watchlist, usize)>) -> Option<TextFilter> {
    let mut parts = Vec::new();
    for (watchlist, topic) in topics {
        let part = loosened(watchlist.text_filter(topic)?);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    Some(TextFilter::Or(parts))
}

/// Words in a row as words anywhere: the index keeps the pieces of words with unseen characters apart from their
/// neighbours, so it would miss phrases with such words.
fn loosened(filter: TextFilter) -> TextFilter {
    let all = |parts: Vec<TextFilter>| parts.into_iter().map(loosened).collect();
    match filter {
        TextFilter::Phrase { tokens, prefix, title_only } if tokens.len() > 1 => {
            let last = tokens.len() - 1;
            let single = |(at, token): (usize, String)| TextFilter::Phrase {
                tokens: vec![token],
                prefix: prefix && at == last,
                title_only,
            };
            TextFilter::And(tokens.into_iter().enumerate().map(single).collect())
        }
        TextFilter::And(parts) => TextFilter::And(all(parts)),
        TextFilter::Or(parts) => TextFilter::Or(all(parts)),
        other => other,
    }
}

fn next<T>(batches: &Mutex<mpsc::Receiver<T>>) -> Result<T, mpsc::RecvError> {
    batches.lock().unwrap_or_else(PoisonError::into_inner).recv()
}

/// Reads to the end, in batches; the judges' channel closes when this returns.
fn feed(
    read: &dyn Read,
    since: Time,
    text: Option<&TextFilter>,
    give: mpsc::SyncSender<(u64, Vec<Entry>)>,
    progress: &dyn Fn(u64),
) -> store::Result<()> {
    let (mut batch, mut nth, mut seen) = (Vec::with_capacity(BATCH), 0_u64, 0_u64);
    read.history(since, text, &mut |entry| {
        batch.push(entry);
        seen += 1;
        if batch.len() < BATCH {
            return true;
        }
        progress(seen);
        nth += 1;
        give.send((nth, std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))).is_ok()
    })?;
    progress(seen);
    // A judge that is gone has panicked, and the scope passes that on.
    let _ = give.send((nth + 1, batch));
    Ok(())
}
