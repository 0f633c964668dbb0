//! The configured embedding model, ready to be asked by the desk: [`local`] a directory with a static model, [`endpoint`] a
//! server. A model that cannot be loaded is told and left out: entries are judged by their words then.

mod endpoint;
mod local;

pub use endpoint::Endpoint;
pub use local::Model;

use crate::config::Config;
use crate::desk::embed::{Embedder, Embeddings};
use std::sync::Arc;

/// The model of a configuration; `None` where none is configured.
///
/// # Errors
/// A sentence, when it cannot be used.
pub fn embeddings(config: &Config) -> Result<Option<Embeddings>, String> {
    let settings = &config.embeddings;
    let embedder: Arc<dyn Embedder> = match (&settings.model, &settings.endpoint) {
        (Some(directory), _) => Arc::new(Model::load(directory)?),
        (None, Some(url)) => Arc::new(Endpoint::new(config, url.clone())?),
        (None, None) => return Ok(None),
    };
    Ok(Some(Embeddings { embedder, timeout: settings.timeout, similar_from: settings.threshold }))
}
