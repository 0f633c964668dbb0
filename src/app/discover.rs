//! Finding the feeds of a site for a person: `feeds discover URL`, `feeds add URL`.
//!
//! The rules are `intake::discover`; here they are walked in their order, with the guard, caps and pause between
//! requests of a poll: the places that follow from the address; else the address itself, which may be a feed or a page
//! that names some; else the usual places, until the first that answers. Nothing is stored.

use super::documents::{Courier, Looked};
use crate::config::Config;
use crate::intake::discover::{CHECKED, CheckedFeed, FoundBy, Lead, address, best_first, sites, well_known};
use crate::intake::parse::FoundFeed;
use crate::model::Time;
use serde::Serialize;
use std::sync::Arc;
use url::Url;

/// An address that was tried, or could have been.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// Where.
    pub url: Url,
    /// How it came up.
    pub found_by: FoundBy,
    /// Why it is not among the feeds.
    pub reason: String,
}

/// What a search found.
#[derive(Clone, Debug, Serialize)]
pub struct Discovery {
    /// The address that was asked about.
    pub asked: Url,
    /// Feeds that were read, the best first.
    pub feeds: Vec<CheckedFeed>,
    /// What else came up, and why it is no use.
    pub others: Vec<Tried>,
}

/// Told of each address before it is asked.
pub type OnAsk<'a> = &'a (dyn Fn(&Url) + Sync);

/// Finds the feeds of a site from any of its addresses, typed as people type them.
///
/// # Errors
/// A sentence, when the text is no address. A site without feeds is an answer, not an error.
pub async fn discover(
    config: Arc<Config>,
    typed: &str,
    now: Time,
    ask: OnAsk<'_>,
) -> Result<Discovery, String> {
    let asked = address(typed)?;
    let found = Discovery { asked: asked.clone(), feeds: Vec::new(), others: Vec::new() };
    let mut search = Search { courier: Courier::new(config, now)?, found, left: CHECKED, ask };
    search.all_of(sites(&asked)).await;
    if search.found.feeds.is_empty() && search.page(&asked).await {
        search.first_of(well_known(&asked)).await;
    }
    let mut found = search.found;
    found.feeds = best_first(found.feeds);
    Ok(found)
}

struct Search<'a> {
    courier: Courier,
    found: Discovery,
    /// Requests that may still be made, the page itself apart.
    left: usize,
    ask: OnAsk<'a>,
}

impl Search<'_> {
    /// Looks at the address itself. Whether guesses are worth a try: nothing was found, and somebody answers there.
    async fn page(&mut self, page: &Url) -> bool {
        (self.ask)(page);
        let own = Lead { url: page.clone(), found_by: FoundBy::Itself, title: None };
        match self.courier.look(page).await {
            Ok(Looked::Feed(_, feed)) => {
                self.found.feeds.push(CheckedFeed::new(own, &feed));
                false
            }
            Ok(Looked::Page(named)) => {
                self.all_of(leads(named)).await;
                self.found.feeds.is_empty()
            }
            Err(miss) => {
                self.refuse(own, miss.to_string());
                miss.answered
            }
        }
    }

    async fn all_of(&mut self, leads: Vec<Lead>) {
        for lead in leads {
            self.check(lead).await;
        }
    }

    /// Guesses end with the first that is right: the others are most likely the same feed again.
    async fn first_of(&mut self, leads: Vec<Lead>) {
        for lead in leads {
            self.check(lead).await;
            if !self.found.feeds.is_empty() {
                return;
            }
        }
    }

    async fn check(&mut self, lead: Lead) {
        if self.left == 0 {
            return self.refuse(lead, format!("not asked: {CHECKED} addresses are enough for one search"));
        }
        self.left -= 1;
        (self.ask)(&lead.url);
        match self.courier.look(&lead.url).await {
            Ok(Looked::Feed(_, feed)) => self.found.feeds.push(CheckedFeed::new(lead, &feed)),
            Ok(Looked::Page(_)) => self.refuse(lead, "a web page, not a feed".to_owned()),
            Err(miss) => self.refuse(lead, miss.to_string()),
        }
    }

    fn refuse(&mut self, lead: Lead, reason: String) {
        self.found.others.push(Tried { url: lead.url, found_by: lead.found_by, reason });
    }
}

fn leads(named: Vec<FoundFeed>) -> Vec<Lead> {
    let lead = |feed: FoundFeed| {
        let url = Url::parse(&feed.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        Some(Lead { url, found_by: FoundBy::Page, title: feed.title })
    };
    named.into_iter().filter_map(lead).collect()
}
