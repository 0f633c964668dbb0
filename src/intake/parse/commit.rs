//! Puts a gathered text where it belongs.

use super::draft::WORDLESS;
use super::elements::{Field, Scope};
use super::plain::{self, Markup};
use super::reader::Reader;
use super::{date, person};
use crate::model::Time;
use std::time::Duration;

/// How far ahead of now a stated time may lie.
pub const LATEST: Duration = Duration::from_secs(24 * 3600);

/// Most dates of one document that may be none: each is looked at in every way there is.
const MOST_BAD_DATES: usize = 10_000;

impl Reader<'_, '_> {
    /// Takes `text` as the fact `field`; empty text says nothing.
    pub(super) fn commit(&mut self, field: Field, text: String, markup: Markup) {
        if text.trim().is_empty() {
            return;
        }
        match field {
            Field::Title(rank) => offer(&mut self.draft().title, rank, plain::line(&text)),
            Field::Rights(rank) => offer(&mut self.draft().rights, rank, plain::line(&text)),
            Field::Summary(rank) => offer_body(&mut self.draft().summary, rank, plain::body(&text, markup)),
            Field::Content(rank) => offer_body(&mut self.draft().content, rank, plain::body(&text, markup)),
            Field::Published(rank) => {
                if let Some(time) = self.date(&text) {
                    self.draft().published.offer(rank, time);
                }
            }
            Field::Updated(rank) => {
                if let Some(time) = self.date(&text) {
                    self.draft().updated.offer(rank, time);
                }
            }
            Field::Author(rank) => self.author(rank, &text),
            Field::Category => self.draft().category(plain::line(&text)),
            Field::Keywords => {
                for word in text.split(',') {
                    self.draft().category(plain::line(word));
                }
            }
            _ => self.commit_short(field, text.trim()),
        }
    }

    /// Ids, addresses, tags and words.
    fn commit_short(&mut self, field: Field, text: &str) {
        match field {
            Field::Guid => {
                if self.draft().is_permalink == Some(true)
                    && let Some(url) = self.absolute(text)
                {
                    self.draft().link.offer(8, url);
                }
                self.draft().id.offer(0, text.to_owned());
            }
            Field::Id(rank) => {
                let id = self.absolute_id(text);
                self.draft().id.offer(rank, id);
            }
            Field::Language(rank) => self.draft().language(rank, text),
            Field::Name => self.person.name = Some(plain::line(text)),
            Field::Email => self.person.email = Some(text.trim_start_matches("mailto:").to_owned()),
            _ => self.commit_link(field, text),
        }
    }

    fn commit_link(&mut self, field: Field, text: &str) {
        let (Field::Link(_)
        | Field::Uri
        | Field::Comments
        | Field::Image(_)
        | Field::SourceLink
        | Field::OriginalLink) = field
        else {
            return self.commit_feed(field, text);
        };
        let Some(url) = self.absolute(text) else { return };
        match field {
            Field::Link(rank) => {
                self.remember_site(&url);
                // Of several links the last one counts, as in other readers.
                match self.link_is_settled() {
                    true => self.draft().link.offer(rank, url),
                    false => self.draft().link.renew(rank, url),
                }
            }
            Field::Uri => self.person.uri = Some(url),
            Field::Comments => {
                self.draft().comments.get_or_insert(url);
            }
            Field::Image(rank) => self.image.offer(rank, url),
            Field::SourceLink => {
                self.source.link.get_or_insert(url);
            }
            _ => self.original_link(url),
        }
    }

    /// FeedBurner's proxies are gone; the address they stood for is the page.
    fn original_link(&mut self, url: String) {
        let proxied = self.draft().link.get().is_none_or(|link| {
            ["//feedproxy.google.com/", "//feeds.feedburner.com/", "//rss.feedsportal.com/"]
                .iter()
                .any(|proxy| link.contains(proxy))
        });
        if proxied {
            self.draft().link = Default::default();
            self.draft().link.offer(0, url);
        }
    }

    /// What only feeds say.
    fn commit_feed(&mut self, field: Field, text: &str) {
        match field {
            Field::SourceTitle if self.scope_is(Scope::Source) => self.source.title = Some(plain::line(text)),
            Field::SourceTitle => self.dublin_source(text),
            Field::Generator => {
                self.document.generator.get_or_insert_with(|| plain::line(text));
            }
            Field::Ttl => self.document.ttl_minutes = text.parse().ok(),
            Field::Period => self.period = period_seconds(text),
            Field::Frequency => self.frequency = text.parse().ok(),
            Field::Hour => {
                let hour = text.parse::<u8>().ok().filter(|hour| *hour <= 24).map(|hour| hour % 24);
                self.document.skip_hours.extend(hour);
            }
            Field::Day => self.document.skip_days.extend(weekday(text)),
            _ => {}
        }
    }

    /// `dc:source` names the original, by name or address; an RSS source says it better.
    fn dublin_source(&mut self, text: &str) {
        let url = super::address::resolve(text, None).absolute();
        let source = &mut self.draft().source;
        match url {
            Some(url) => source.link.get_or_insert(url),
            None => source.title.get_or_insert_with(|| plain::line(text)),
        };
    }

    /// A person in one line.
    pub(super) fn author(&mut self, rank: u8, text: &str) {
        if let Some(person) = person::parse(&plain::line(text)) {
            self.draft().author(rank, person);
        }
    }

    /// A date; what is none, or lies ahead, is noted.
    pub(super) fn date(&mut self, text: &str) -> Option<Time> {
        if self.bad_dates >= MOST_BAD_DATES {
            return None;
        }
        let entry = self.entry_index();
        match judge_date(text, self.now()) {
            Ok(time) => Some(time),
            Err((code, message)) => {
                self.bad_dates += 1;
                self.notes.at(entry, code, message);
                None
            }
        }
    }
}

/// Reads a date and judges it; the error is a warning's code and sentence.
pub fn judge_date(text: &str, now: Time) -> Result<Time, (&'static str, String)> {
    let shown: String = text.trim().chars().filter(|c| !c.is_control()).take(60).collect();
    match date::parse(text, now) {
        None => Err(("bad-date", format!("\"{shown}\" is no date"))),
        Some(Time(0)) => Err(("bad-date", format!("\"{shown}\" is the zero of a clock, not a date"))),
        Some(time) if time > now.plus(LATEST) => {
            Err(("future-date", format!("\"{shown}\" lies in the future")))
        }
        Some(time) => Ok(time),
    }
}

fn offer(slot: &mut super::draft::Ranked<String>, rank: u8, text: String) {
    if !text.is_empty() {
        slot.offer(rank, text);
    }
}

/// A body that shows no text still says that there is one.
fn offer_body(slot: &mut super::draft::Ranked<String>, rank: u8, text: String) {
    slot.offer(if text.is_empty() { WORDLESS } else { rank }, text);
}

/// `sy:updatePeriod` in seconds (RSS 1.0 syndication module).
fn period_seconds(text: &str) -> Option<f64> {
    let day = 86_400.0;
    Some(match text.to_ascii_lowercase().as_str() {
        "hourly" => 3600.0,
        "daily" => day,
        "weekly" => 7.0 * day,
        "monthly" => 30.0 * day,
        "yearly" | "annually" => 365.0 * day,
        _ => return None,
    })
}

/// 0 for Monday to 6 for Sunday.
fn weekday(text: &str) -> Option<u8> {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let lower = text.to_ascii_lowercase();
    days.iter()
        .position(|day| *day == lower || (lower.len() == 3 && day.starts_with(&lower)))
        .map(|at| at as u8)
}
