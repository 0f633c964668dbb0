//! Vectors for a batch: from the store where the text was met before, else from the model, in bounded time.
//!
//! In order: texts whose vector is stored, or stored as missing, are not asked for again; the others go to the model at
//! once, each text once; whatever does not come in time, in the right number and of one length, is missing. What came and
//! what is missing is stored with the judgement, so an entry is judged alike however often the desk starts anew. A failure
//! is told once until the model answers again. Never waits longer than the configured time, never fails a batch.

use super::story::vector::Vector;
use crate::model::Entry;
use crate::store::{self, StoreHandle};
use std::collections::{BTreeSet, HashMap};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Characters of a text that are embedded: models read little more, and the lead says what happened.
const TEXT: usize = 1_000;

/// Vectors under way.
pub type Embedding<'a> = Pin<Box<dyn Future<Output = Result<Vec<Vec<f32>>, String>> + Send + 'a>>;

/// A model that turns texts into vectors.
pub trait Embedder: Send + Sync {
    /// What tells its vectors from those of all other models.
    fn id(&self) -> &str;
    /// One vector for each text, in order, or why not.
    fn embed(&self, texts: Vec<String>) -> Embedding<'_>;
}

/// A model with what is asked of it.
#[derive(Clone)]
pub struct Embeddings {
    /// The model.
    pub embedder: Arc<dyn Embedder>,
    /// Time for the vectors of a batch.
    pub timeout: Duration,
    /// Similarity, 0 to 1, from which a vector counts.
    pub similar_from: f32,
}

/// The vectors of a batch by the hash of the text; `None` for one that is missing.
#[derive(Debug, Default)]
pub struct Known {
    by_text: HashMap<String, Option<Vec<u8>>>,
    /// What is to be stored: what came now, or did not.
    pub fresh: Vec<(String, Option<Vec<u8>>)>,
}

impl Known {
    /// The vector of an entry.
    pub fn of(&self, entry: &Entry) -> Option<Vector> {
        let bytes = self.by_text.get(&entry.content_hash)?.as_ref()?;
        Some(Vector::from_bytes(bytes))
    }
}

/// A failure is told when it begins, and its end once.
static FAILING: AtomicBool = AtomicBool::new(false);

/// The vectors of these entries.
///
/// # Errors
/// The store's.
pub async fn vectors(store: &StoreHandle, with: &Embeddings, entries: &[Entry]) -> store::Result<Known> {
    let model = with.embedder.id().to_owned();
    let hashes: BTreeSet<String> = entries.iter().map(|entry| entry.content_hash.clone()).collect();
    let (by_text, size) = store
        .read(move |read| {
            let mut known = HashMap::new();
            for hash in hashes {
                if let Some(vector) = read.vector(&model, &hash)? {
                    known.insert(hash, vector);
                }
            }
            Ok((known, read.vector_size(&model)?))
        })
        .await?;
    let mut known = Known { by_text, fresh: Vec::new() };
    let mut asked: Vec<(String, String)> = Vec::new();
    for entry in entries {
        let met = known.by_text.contains_key(&entry.content_hash)
            || asked.iter().any(|(hash, _)| *hash == entry.content_hash);
        if !met {
            asked.push((entry.content_hash.clone(), text_of(entry)));
        }
    }
    if asked.is_empty() {
        return Ok(known);
    }
    let (hashes, texts): (Vec<String>, Vec<String>) = asked.into_iter().unzip();
    let count = texts.len();
    let answer = match tokio::time::timeout(with.timeout, with.embedder.embed(texts)).await {
        Ok(answer) => answer.and_then(|vectors| sound(&vectors, count, size)),
        Err(_) => Err(format!("no answer within {} ms", with.timeout.as_millis())),
    };
    note(&answer);
    let vectors = answer.unwrap_or_else(|_| vec![None; count]);
    for (hash, vector) in hashes.into_iter().zip(vectors) {
        known.by_text.insert(hash.clone(), vector.clone());
        known.fresh.push((hash, vector));
    }
    Ok(known)
}

fn text_of(entry: &Entry) -> String {
    let whole = format!("{}\n{}", entry.title, entry.body);
    whole.chars().take(TEXT).collect()
}

/// The vectors as they are stored, if there are as many as texts and all as long as those known.
fn sound(vectors: &[Vec<f32>], count: usize, size: Option<usize>) -> Result<Vec<Option<Vec<u8>>>, String> {
    if vectors.len() != count {
        return Err(format!("{} vectors came for {count} texts", vectors.len()));
    }
    let size = size.or_else(|| vectors.first().map(Vec::len)).unwrap_or_default();
    if let Some(odd) = vectors.iter().find(|vector| vector.len() != size) {
        return Err(format!("a vector has {} numbers, not {size} like the others", odd.len()));
    }
    Ok(vectors.iter().map(|vector| Vector::of(vector).map(|vector| vector.bytes())).collect())
}

fn note(answer: &Result<Vec<Option<Vec<u8>>>, String>) {
    match answer {
        Err(error) if !FAILING.swap(true, Ordering::Relaxed) => {
            tracing::warn!(%error, "embeddings: no vectors; the words alone decide");
        }
        Ok(_) if FAILING.swap(false, Ordering::Relaxed) => tracing::info!("embeddings: vectors come again"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsound_answers_are_none() {
        let one = vec![1.0_f32, 0.0];
        let only = std::slice::from_ref(&one);
        assert!(sound(only, 1, None).is_ok());
        assert!(sound(only, 1, Some(2)).is_ok());
        assert!(sound(only, 2, None).is_err(), "too few");
        assert!(sound(&[one.clone(), vec![1.0]], 2, None).is_err(), "of two lengths");
        assert!(sound(only, 1, Some(3)).is_err(), "of another length than before");
        assert_eq!(
            sound(&[vec![0.0, 0.0], one.clone()], 2, None).expect("sound").first(),
            Some(&None),
            "no direction"
        );
    }
}
