//! A form posted to a WebSub hub, redirects and all.
//!
//! The guard looks at every hop; the form follows any redirect as a POST (hubs move, and what is asked of them stays the
//! same), but never from https to http. The body of the answer is read only to say why a hub refuses.

use super::{FetchLimits, Fetcher, destination};
use crate::net::{NetError, NetErrorKind, read_body};
use reqwest::header::CONTENT_TYPE;
use url::Url;

/// What a hub says in words is cut to this, in bytes.
const WORDS: u64 = 2_000;

/// What a hub answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubAnswer {
    /// Status.
    pub status: u16,
    /// Its words, where it refused.
    pub words: String,
}

impl Fetcher {
    /// Posts a form.
    ///
    /// # Errors
    /// When no answer came, or the guard refused.
    pub async fn post_form(
        &self,
        hub: &Url,
        form: &str,
        limits: &FetchLimits,
    ) -> Result<HubAnswer, NetError> {
        tokio::time::timeout(limits.timeout, self.post(hub.clone(), form, limits)).await.unwrap_or_else(
            |_| {
                let said = format!("no complete answer within {} s", limits.timeout.as_secs_f32());
                Err(NetError::new(NetErrorKind::Timeout, said))
            },
        )
    }

    async fn post(&self, mut url: Url, form: &str, limits: &FetchLimits) -> Result<HubAnswer, NetError> {
        for _ in 0..=limits.max_redirects {
            self.guard.check(&url).await?;
            let request =
                self.client.post(url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            let answer = request.body(form.to_owned()).send().await?;
            let Some(next) = destination(&answer)? else {
                let status = answer.status().as_u16();
                let words = if answer.status().is_success() { String::new() } else { words(answer).await };
                return Ok(HubAnswer { status, words });
            };
            if url.scheme() == "https" && next.scheme() == "http" {
                return Err(NetError::new(
                    NetErrorKind::Redirect,
                    "redirected from https to http".to_owned(),
                ));
            }
            url = next;
        }
        Err(NetError::new(NetErrorKind::Redirect, format!("more than {} redirects", limits.max_redirects)))
    }
}

async fn words(answer: reqwest::Response) -> String {
    let body = read_body(answer, WORDS).await.map(|body| body.bytes).unwrap_or_default();
    let words: String = String::from_utf8_lossy(&body).split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).take(200).collect()
}
