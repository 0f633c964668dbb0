//! An OpenAI-compatible embeddings endpoint: `POST {"model": …, "input": [text, …]}`, answered by one vector for each text.
//!
//! It is reached through the address guard, like every feed and receiver: an address that is not public must be allowed in
//! `[net]`. Redirects are not followed, answers are bounded, and neither key nor address beyond the host comes into a message.

use crate::config::{Config, Secret};
use crate::desk::embed::{Embedder, Embedding};
use crate::net::{ClientOptions, Guard, client};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde::{Deserialize, Serialize};
use url::Url;

/// Texts in one request: common servers take so many and more.
const AT_ONCE: usize = 64;
/// Largest answer in bytes: that many vectors of 4,096 numbers in words.
const LARGEST: usize = 8 << 20;

/// The endpoint.
pub struct Endpoint {
    name: String,
    client: reqwest::Client,
    url: Url,
    model: String,
    key: Option<HeaderValue>,
}

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'static str,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    index: Option<usize>,
    embedding: Vec<f32>,
}

impl Endpoint {
    /// An endpoint as configured.
    ///
    /// # Errors
    /// A sentence, when address or key cannot be used.
    pub fn new(config: &Config, url: Url) -> Result<Self, String> {
        let settings = &config.embeddings;
        let guard = Guard::new(&config.net);
        guard.check_url(&url).map_err(|why| format!("embeddings.endpoint: {}", why.0))?;
        let options = ClientOptions {
            timeout: Some(settings.timeout),
            connect_timeout: settings.timeout,
            ..ClientOptions::default()
        };
        let client = client(&config.net, &guard, &options).map_err(|error| error.to_string())?;
        let model = settings.endpoint_model.clone();
        Ok(Self {
            name: format!("{} {model}", crate::config::mask_url(&url)),
            client,
            key: settings.endpoint_key.as_ref().map(bearer).transpose()?,
            url,
            model,
        })
    }

    async fn ask(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, String> {
        let question = Question { model: &self.model, input: texts, encoding_format: "float" };
        let body = serde_json::to_vec(&question).map_err(|error| error.to_string())?;
        let mut request =
            self.client.post(self.url.clone()).header("content-type", "application/json").body(body);
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, key.clone());
        }
        let host = self.url.host_str().unwrap_or_default();
        let failed = |error: reqwest::Error| format!("{host}: {}", error.without_url());
        let mut response = request.send().await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(format!("{host}: HTTP {}", response.status()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if bytes.len() + chunk.len() > LARGEST {
                return Err(format!("{host}: the answer is larger than {} MiB", LARGEST >> 20));
            }
            bytes.extend_from_slice(&chunk);
        }
        let answer: Answer =
            serde_json::from_slice(&bytes).map_err(|error| format!("{host}: no list of vectors: {error}"))?;
        in_order(answer, texts.len()).ok_or_else(|| format!("{host}: the vectors are not those of the texts"))
    }
}

fn bearer(key: &Secret) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose().trim()))
        .map_err(|_| "embeddings.endpoint_key holds a character that no header can hold".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

/// The vectors in the order of the texts: by the index where there is one, else as they came.
fn in_order(answer: Answer, count: usize) -> Option<Vec<Vec<f32>>> {
    let mut vectors: Vec<Option<Vec<f32>>> = vec![None; count];
    for (at, row) in answer.data.into_iter().enumerate() {
        let place = vectors.get_mut(row.index.unwrap_or(at))?;
        if place.replace(row.embedding).is_some() {
            return None;
        }
    }
    vectors.into_iter().collect()
}

impl Embedder for Endpoint {
    fn id(&self) -> &str {
        &self.name
    }

    fn embed(&self, texts: Vec<String>) -> Embedding<'_> {
        Box::pin(async move {
            let mut vectors = Vec::with_capacity(texts.len());
            for some in texts.chunks(AT_ONCE) {
                vectors.extend(self.ask(some).await?);
            }
            Ok(vectors)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_come_in_the_order_of_the_texts() {
        let row = |index, value| Row { index, embedding: vec![value] };
        let vectors = |data| in_order(Answer { data }, 2);
        assert_eq!(vectors(vec![row(Some(1), 2.0), row(Some(0), 1.0)]), Some(vec![vec![1.0], vec![2.0]]));
        assert_eq!(vectors(vec![row(None, 1.0), row(None, 2.0)]), Some(vec![vec![1.0], vec![2.0]]));
        assert_eq!(vectors(vec![row(None, 1.0)]), None, "too few");
        assert_eq!(vectors(vec![row(Some(0), 1.0), row(Some(0), 2.0)]), None, "one twice");
        assert_eq!(vectors(vec![row(Some(7), 1.0), row(Some(0), 2.0)]), None, "of no text");
    }
}
