//! Feed lists of other programs: reading one, and asking whether its feeds are alive.
//!
//! Reading is `config::opml`, lenient and bounded; nothing is fetched for it. The check asks every address once, hosts
//! beside each other, one host's addresses after one another with the pause of a poll between them.

use super::documents::{Courier, Looked};
use crate::config::edit::NewFeed;
use crate::config::{Config, opml};
use crate::intake::schedule::host_of;
use crate::model::{FeedId, Time};
use serde::Serialize;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use tokio::task::JoinSet;

/// A feed of a list, ready to be added.
#[derive(Clone, Debug)]
pub struct ListedFeed {
    /// Line of the file it stands in, from 1.
    pub line: usize,
    /// The feed.
    pub feed: NewFeed,
}

/// One line of a list that gives no feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Line of the file, from 1.
    pub line: usize,
    /// Why.
    pub reason: String,
}

/// A list as read.
#[derive(Clone, Debug, Default)]
pub struct FeedList {
    /// Usable feeds, in file order.
    pub feeds: Vec<ListedFeed>,
    /// What was refused, in file order.
    pub refused: Vec<Refusal>,
}

/// Reads an OPML list; `tags` are given to every feed after its folders.
///
/// # Errors
/// One line saying why it is no list at all.
pub fn read_list(bytes: &[u8], tags: &[String]) -> Result<FeedList, String> {
    let text = opml::decode(bytes);
    let list = opml::read(&text)?;
    let mut lines = Lines::of(&text);
    let feeds = list.outlines.into_iter().map(|outline| {
        let mut all = outline.tags;
        all.extend(tags.iter().filter(|tag| !all.contains(tag)).cloned().collect::<Vec<_>>());
        let id = outline.id.map(FeedId);
        let (url, title, lang) = (outline.url, outline.title, outline.lang);
        ListedFeed {
            line: lines.at(outline.offset),
            feed: NewFeed { id, url, title, tags: all, lang, publisher: None },
        }
    });
    let feeds = feeds.collect();
    let mut lines = Lines::of(&text);
    let refused = list.refused.into_iter();
    let refused =
        refused.map(|refused| Refusal { line: lines.at(refused.offset), reason: refused.reason }).collect();
    Ok(FeedList { feeds, refused })
}

/// Counts lines as offsets grow.
struct Lines<'a> {
    text: &'a str,
    offset: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, offset: 0, line: 1 }
    }

    fn at(&mut self, offset: usize) -> usize {
        let offset = offset.clamp(self.offset, self.text.len());
        let passed = &self.text.as_bytes()[self.offset..offset];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.offset = offset;
        self.line
    }
}

/// Asks every feed of a list whether it is one; those that are not move to the refused. `done` is called after each.
///
/// # Errors
/// A sentence, when no client can be made from `[net]`.
pub async fn check(
    config: Arc<Config>,
    list: FeedList,
    now: Time,
    done: impl Fn(&ListedFeed) + Clone + Send + 'static,
) -> Result<FeedList, String> {
    let courier = Courier::new(config.clone(), now)?;
    let mut checks = JoinSet::new();
    let mut checked = FeedList { feeds: Vec::new(), refused: list.refused };
    for host in by_host(list.feeds) {
        if checks.len() >= config.intake.concurrency {
            gather(&mut checked, checks.join_next().await);
        }
        checks.spawn(ask(courier.another(), host, done.clone()));
    }
    while !checks.is_empty() {
        gather(&mut checked, checks.join_next().await);
    }
    checked.feeds.sort_by_key(|listed| listed.line);
    checked.refused.sort_by_key(|refusal| refusal.line);
    Ok(checked)
}

type Answer = Result<ListedFeed, Refusal>;

fn gather(list: &mut FeedList, host: Option<Result<Vec<Answer>, tokio::task::JoinError>>) {
    // A check that crashed is a fault of ours; its feeds are neither good nor bad, and the rest goes on.
    for answer in host.and_then(Result::ok).unwrap_or_default() {
        match answer {
            Ok(listed) => list.feeds.push(listed),
            Err(refusal) => list.refused.push(refusal),
        }
    }
}

/// The feeds of each host, hosts in order of appearance.
fn by_host(feeds: Vec<ListedFeed>) -> Vec<Vec<ListedFeed>> {
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut hosts: Vec<Vec<ListedFeed>> = Vec::new();
    for listed in feeds {
        match index.entry(host_of(&listed.feed.url)) {
            Entry::Occupied(at) => hosts[*at.get()].push(listed),
            Entry::Vacant(place) => {
                place.insert(hosts.len());
                hosts.push(vec![listed]);
            }
        }
    }
    hosts
}

async fn ask(mut courier: Courier, host: Vec<ListedFeed>, done: impl Fn(&ListedFeed)) -> Vec<Answer> {
    let mut answers = Vec::with_capacity(host.len());
    for mut listed in host {
        let looked = courier.look(&listed.feed.url).await;
        done(&listed);
        answers.push(match looked {
            Ok(Looked::Feed(_, feed)) => {
                listed.feed.title = listed.feed.title.or(feed.title);
                Ok(listed)
            }
            Ok(Looked::Page(_)) => Err(refusal(&listed, "a web page, not a feed")),
            Err(miss) => Err(refusal(&listed, &miss.reason)),
        });
    }
    answers
}

fn refusal(listed: &ListedFeed, why: &str) -> Refusal {
    Refusal { line: listed.line, reason: format!("{}: {why}", crate::config::mask_url(&listed.feed.url)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_with_lines_and_tags() {
        let text = "<opml>\n<body>\n<outline text='World'>\n<outline text='A' xmlUrl='https://a.example/f'/>\n\
            <outline text='Bad' xmlUrl='exec:rm'/>\n</outline>\n<outline xmlUrl='https://b.example/f'/>\n</body></opml>";
        let list = read_list(text.as_bytes(), &["mine".to_owned(), "World".to_owned()]).expect("a list");
        let seen: Vec<(usize, &str, String)> =
            list.feeds.iter().map(|l| (l.line, l.feed.url.as_str(), l.feed.tags.join(","))).collect();
        assert_eq!(
            seen,
            [
                (4, "https://a.example/f", "World,mine".to_owned()),
                (7, "https://b.example/f", "mine,World".to_owned())
            ]
        );
        assert_eq!(list.refused.iter().map(|refused| refused.line).collect::<Vec<_>>(), [5]);
        assert!(read_list(b"<html></html>", &[]).is_err());
    }
}
