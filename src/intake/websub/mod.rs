//! WebSub (W3C Recommendation, 2018): hubs push what feeds publish. An accelerator only: polling goes on beside it, more
//! seldom once the hub has proven itself ([`backup`]).
//!
//! Off unless `http.public_url` is set, because a hub must reach us. Order of things: a document (or the headers it came
//! with) names a hub and its own address ([`offer`]); the hub is asked ([`form`]) with a callback address nobody can
//! guess and a secret; it calls back to verify that we asked ([`verify`]); what it pushes counts only with a good
//! signature ([`signature`]), and is else no more than a reason to poll; the lease is renewed after three quarters of it. Every rule here is pure; [`hub`] does
//! the asking and [`push`] takes in what comes.
//!
//! Feeds with `full_text` are not subscribed: a push must be answered at once, and pages take their time.

mod backup;
pub(super) mod hub;
pub(super) mod push;
mod signature;

pub use backup::{Backup, after_poll, backup};
pub use push::{Callback, Pushed};

use crate::model::{FeedId, Time};
use crate::store::{Subscription, SubscriptionState};
use std::time::Duration;
use url::Url;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The lease asked for; the hub decides.
const LEASE: Duration = Duration::from_secs(10 * 24 * 3600);
/// Leases outside are taken as these: nobody renews every second, and no hub remembers us for a year.
const LEASE_MIN: Duration = Duration::from_secs(60);
const LEASE_MAX: Duration = Duration::from_secs(30 * 24 * 3600);
/// The share of a lease after which it is renewed: before 80 % of it, with time for two more tries.
const RENEW: f64 = 0.75;
/// A hub that has not verified, or failed, is asked again after this, doubled each time.
const AGAIN: Duration = HOUR;
const AGAIN_MAX: Duration = DAY;
/// A hub that refused is asked again after this.
const DENIED: Duration = Duration::from_secs(7 * 24 * 3600);
/// Longest challenge echoed, in bytes.
const CHALLENGE: usize = 2_000;

/// A hub that pushes a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The hub.
    pub hub: Url,
    /// What to subscribe to.
    pub topic: Url,
}

/// The hub a feed offers. `Link` headers win over the document; without an address of its own the feed is known by
/// where it came from. The first hub of several counts.
pub fn offer(headers: &[String], hubs: &[String], self_link: Option<&str>, came_from: &Url) -> Option<Offer> {
    let links: Vec<(String, Url)> = headers.iter().flat_map(|header| links(header, came_from)).collect();
    let linked = |wanted: &str| {
        let has = |rel: &str| rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(wanted));
        links.iter().find(|(rel, _)| has(rel)).map(|(_, url)| url.clone())
    };
    let web = |url: &Url| matches!(url.scheme(), "http" | "https");
    let parsed = |text: &str| Url::parse(text).ok().filter(web);
    let hub = linked("hub").filter(web).or_else(|| hubs.iter().find_map(|hub| parsed(hub)))?;
    let topic = linked("self").filter(web).or_else(|| self_link.and_then(parsed));
    Some(Offer { hub, topic: topic.unwrap_or_else(|| came_from.clone()) })
}

/// The links of one `Link` header (RFC 8288): relation and address.
fn links(header: &str, base: &Url) -> Vec<(String, Url)> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((target, after)) = after.split_once('>') else { break };
        // Parameters reach to the next address; quoted texts may hold commas, but hardly an angle bracket.
        let (parameters, next) = after.split_at(after.find('<').unwrap_or(after.len()));
        rest = next;
        let rel = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let value = value.trim().trim_end_matches(',').trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel").then(|| value.to_owned())
        });
        if let (Some(rel), Ok(url)) = (rel, base.join(target.trim())) {
            found.push((rel, url));
        }
    }
    found
}

/// What becomes of a feed's subscription when a document offers this. `None` leaves it as it is; `fresh` gives a new
/// token and secret.
pub(super) fn settle(
    feed: &FeedId,
    known: Option<Subscription>,
    offer: Option<&Offer>,
    fresh: impl FnOnce() -> Option<(String, String)>,
    now: Time,
) -> Option<Subscription> {
    match (known, offer) {
        (None, None) => None,
        (Some(known), None) if known.state == SubscriptionState::Leaving => None,
        (Some(known), None) => {
            Some(Subscription { state: SubscriptionState::Leaving, due: now, failures: 0, ..known })
        }
        (Some(known), Some(offer))
            if known.hub == offer.hub.as_str()
                && known.topic == offer.topic.as_str()
                && known.state != SubscriptionState::Leaving =>
        {
            None
        }
        (_, Some(offer)) => {
            let (token, secret) = fresh()?;
            Some(Subscription {
                feed: feed.clone(),
                hub: offer.hub.to_string(),
                topic: offer.topic.to_string(),
                token,
                secret,
                state: SubscriptionState::Wanted,
                due: now,
                lease_until: None,
                failures: 0,
                last_push: None,
                message: None,
                brought: 0,
                pinged: false,
                confirmed: 0,
            })
        }
    }
}

/// The form that asks a hub.
pub(super) fn form(subscription: &Subscription, callback: &Url) -> String {
    let leaving = subscription.state == SubscriptionState::Leaving;
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("hub.mode", if leaving { "unsubscribe" } else { "subscribe" });
    form.append_pair("hub.topic", &subscription.topic);
    form.append_pair("hub.callback", callback.as_str());
    if !leaving {
        form.append_pair("hub.secret", &subscription.secret);
        form.append_pair("hub.lease_seconds", &LEASE.as_secs().to_string());
    }
    form.finish()
}

/// Our address for a subscription: below the public address, with the token.
pub(super) fn callback(public: &Url, token: &str) -> Option<Url> {
    let mut base = public.clone();
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", base.path()));
    }
    base.join(&format!("websub/{token}")).ok()
}

/// What a hub says when it calls back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// `hub.mode`.
    pub mode: String,
    /// `hub.topic`.
    pub topic: String,
    /// `hub.challenge`.
    pub challenge: String,
    /// `hub.lease_seconds`.
    pub lease_seconds: Option<u64>,
    /// `hub.reason`.
    pub reason: Option<String>,
}

/// What follows from a hub's call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Right: keep this, and echo the challenge.
    Kept(Box<Subscription>),
    /// Right: it is over; echo the challenge.
    Over,
    /// Wrong: we did not ask for that.
    Refused,
}

/// Whether a call of the hub is what we asked for.
pub(super) fn verify(subscription: &Subscription, call: &Verification, now: Time) -> Verdict {
    use SubscriptionState::*;
    if call.topic != subscription.topic || call.challenge.len() > CHALLENGE {
        return Verdict::Refused;
    }
    match (call.mode.as_str(), subscription.state) {
        ("subscribe", Wanted | Active) if !call.challenge.is_empty() => {
            Verdict::Kept(Box::new(granted(subscription, call, now)))
        }
        ("unsubscribe", Leaving) if !call.challenge.is_empty() => Verdict::Over,
        ("denied", Wanted | Active) => Verdict::Kept(Box::new(Subscription {
            state: Denied,
            due: now.plus(DENIED),
            lease_until: None,
            confirmed: 0,
            message: Some(format!(
                "the hub refuses: {}",
                call.reason.as_deref().unwrap_or("no reason given")
            )),
            ..subscription.clone()
        })),
        _ => Verdict::Refused,
    }
}

fn granted(subscription: &Subscription, call: &Verification, now: Time) -> Subscription {
    let lease = call.lease_seconds.map_or(LEASE, Duration::from_secs).clamp(LEASE_MIN, LEASE_MAX);
    Subscription {
        state: SubscriptionState::Active,
        lease_until: Some(now.plus(lease)),
        due: now.plus(lease.mul_f64(RENEW)),
        failures: 0,
        message: None,
        ..subscription.clone()
    }
}

/// What follows from what a hub answered to our request: it accepted (and will call back), or said why not.
pub(super) fn asked(
    subscription: &Subscription,
    answer: Result<(), String>,
    now: Time,
) -> Option<Subscription> {
    let failures = subscription.failures.saturating_add(1);
    if subscription.state == SubscriptionState::Leaving && failures > 3 {
        return None;
    }
    // Accepted is not verified: if the hub never calls back it is asked again, ever more seldom.
    let due = now.plus(AGAIN.saturating_mul(1 << (failures - 1).min(8)).min(AGAIN_MAX));
    let message = answer.err().map(|why| format!("the hub cannot be used: {why}"));
    Some(Subscription { due, failures, message, ..subscription.clone() })
}

#[cfg(test)]
mod tests;
