//! The scripted day: what is published where and when. The format is described at the head of `config/demo/day.toml`.

use super::render::{Format, Shown};
use crate::model::Time;
use serde::Deserialize;
use std::time::Duration;

/// The script as shipped.
const SCRIPT: &str = include_str!("../../config/demo/day.toml");
/// Items an outlet's feed holds at most, newest first, as real ones do.
const FEED_LENGTH: usize = 15;

/// The whole script.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// When the day starts and ends.
    pub day: Span,
    /// The outlets.
    pub outlet: Vec<Outlet>,
    /// What they publish.
    pub item: Vec<Item>,
    /// What a run must show.
    pub expect: Vec<Expect>,
    /// What must stay silent.
    pub expect_silent: ExpectSilent,
}

/// Start and end, `HH:MM`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    starts: String,
    ends: String,
}

/// One outlet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outlet {
    /// Id and path.
    pub id: String,
    /// Title.
    pub title: String,
    /// Language.
    pub lang: String,
    /// Format.
    pub format: Format,
    /// Host of its links.
    pub host: String,
    /// Minutes between fetches that it asks for.
    pub ttl: Option<u32>,
    /// How its server behaves.
    pub behaviour: Behaviour,
    /// Milliseconds a slow server takes for a document.
    #[serde(default)]
    pub delay: u64,
    /// Faults of a broken one.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// From when until when a flaky one is down.
    #[serde(default)]
    pub down: Vec<String>,
}

/// How a server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Behaviour {
    /// Answers at once.
    Normal,
    /// Takes its time.
    Slow,
    /// Serves damaged documents.
    Broken,
    /// Fails for a while.
    Flaky,
}

/// A fault of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// `&` as it is.
    BareAmpersand,
    /// HTML entities in XML.
    UndeclaredEntity,
    /// The end is missing.
    Truncated,
}

/// One publication.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Name in the script.
    pub id: String,
    at: String,
    /// The outlet.
    pub outlet: String,
    guid: String,
    /// Link as published.
    pub url: String,
    title: Option<String>,
    summary: Option<String>,
    author: Option<String>,
    #[serde(default)]
    categories: Vec<String>,
    copy_of: Option<String>,
    revises: Option<String>,
    /// The event.
    pub story: Option<String>,
    /// Topics that this text matches.
    #[serde(default)]
    pub topics: Vec<String>,
}

/// What a run must show of one story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The story.
    pub story: String,
    /// Its topics.
    pub topics: Vec<String>,
    /// One of these items causes the first alert.
    pub first: Vec<String>,
    /// At least and at most so many alerts.
    pub alerts: [usize; 2],
}

/// Items that must hit nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectSilent {
    /// Their names.
    pub items: Vec<String>,
}

/// A script that cannot be played, in words.
#[derive(Debug, thiserror::Error)]
#[error("the scripted day: {0}")]
pub struct BadScript(String);

/// The script laid onto a date.
#[derive(Debug)]
pub struct Day {
    /// The script.
    pub script: Script,
    midnight: Time,
}

impl Day {
    /// The shipped script on the day that begins at `midnight` (UTC).
    ///
    /// # Errors
    /// When the script contradicts its own description.
    pub fn shipped(midnight: Time) -> Result<Self, BadScript> {
        let script: Script = toml::from_str(SCRIPT).map_err(|error| BadScript(error.to_string()))?;
        let day = Self { script, midnight };
        for item in &day.script.item {
            day.time(&item.at)?;
            let known = day.script.outlet.iter().any(|outlet| outlet.id == item.outlet);
            let text = item.title.is_some() || item.copy_of.as_deref().and_then(|id| day.item(id)).is_some();
            if !known || !text {
                return Err(BadScript(format!("item {}: unknown outlet, or no text", item.id)));
            }
        }
        Ok(day)
    }

    /// When the day begins and ends.
    ///
    /// # Errors
    /// When the script's times are not times.
    pub fn span(&self) -> Result<(Time, Time), BadScript> {
        Ok((self.time(&self.script.day.starts)?, self.time(&self.script.day.ends)?))
    }

    /// An item by its name.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.script.item.iter().find(|item| item.id == id)
    }

    /// The address an item is published under.
    pub fn link(&self, item: &Item) -> String {
        if item.url.starts_with('/') {
            let outlet = self.script.outlet.iter().find(|outlet| outlet.id == item.outlet);
            let host = outlet.map(|outlet| outlet.host.as_str()).unwrap_or_default();
            return format!("https://{host}{}", item.url);
        }
        item.url.clone()
    }

    /// Whether an outlet's server is down at `now`.
    pub fn is_down(&self, outlet: &Outlet, now: Time) -> bool {
        let edge = |index: usize| outlet.down.get(index).and_then(|at| self.time(at).ok());
        matches!((edge(0), edge(1)), (Some(from), Some(until)) if from <= now && now < until)
    }

    /// What an outlet's feed shows at `now`: newest first, an edited text in the place of the old one.
    pub fn showing(&self, outlet: &Outlet, now: Time) -> Vec<Shown> {
        let published =
            |item: &&Item| item.outlet == outlet.id && self.time(&item.at).is_ok_and(|at| at <= now);
        let mut shown: Vec<Shown> = Vec::new();
        for item in self.script.item.iter().filter(published) {
            match item.revises.as_deref().and_then(|id| self.item(id)) {
                Some(old) => shown.iter_mut().filter(|shown| shown.guid == old.guid).for_each(|shown| {
                    *shown = Shown { published: shown.published, ..self.shown(item) };
                }),
                None => shown.push(self.shown(item)),
            }
        }
        shown.sort_by_key(|item| std::cmp::Reverse(item.published));
        shown.truncate(FEED_LENGTH);
        shown
    }

    fn shown(&self, item: &Item) -> Shown {
        let original = item.copy_of.as_deref().or(item.revises.as_deref()).and_then(|id| self.item(id));
        let inherit = |own: &Option<String>, of: fn(&Item) -> &Option<String>| {
            own.clone().or_else(|| of(original?).clone()).unwrap_or_default()
        };
        Shown {
            guid: item.guid.clone(),
            url: self.link(item),
            title: inherit(&item.title, |item| &item.title),
            summary: inherit(&item.summary, |item| &item.summary),
            author: item.author.clone(),
            categories: item.categories.clone(),
            published: self.time(&item.at).unwrap_or(self.midnight),
        }
    }

    /// `HH:MM`, or `-2d HH:MM` for an earlier day.
    fn time(&self, text: &str) -> Result<Time, BadScript> {
        let wrong = || BadScript(format!("{text:?} is no time of the day"));
        let (days, clock) = match text.strip_prefix('-') {
            None => (0, text),
            Some(rest) => {
                let (days, clock) = rest.split_once("d ").ok_or_else(wrong)?;
                (days.parse::<u64>().map_err(|_| wrong())?, clock)
            }
        };
        let (hours, minutes) = clock.split_once(':').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let offset = Duration::from_secs(hours * 3_600 + minutes * 60);
        Ok(self.midnight.plus(offset).minus(Duration::from_secs(days * 86_400)))
    }
}
