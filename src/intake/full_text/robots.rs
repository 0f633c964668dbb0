//! What robots.txt allows, host by host (RFC 9309). Feeds need none: publishers offer them to be polled.
//!
//! No such file (any 4xx) allows everything; a server that fails or cannot be reached allows nothing for an hour; an
//! answer holds for a day. Hosts are forgotten, the oldest first, beyond [`HOSTS`].

use crate::model::Time;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use texting_robots::Robot;
use url::Url;

/// Largest file read, in bytes (RFC 9309, 2.5).
pub const LARGEST: u64 = 512_000;
/// The name we go by.
const AGENT: &str = "newswatch";
/// How long an answer holds (RFC 9309, 2.4), and how long none does.
const HOLDS: Duration = Duration::from_secs(24 * 3600);
const FAILED: Duration = Duration::from_secs(3600);
/// Hosts remembered at most.
const HOSTS: usize = 500;

/// Whether a page may be asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Yes, with this pause before the next one.
    Allowed(Duration),
    /// No.
    Refused,
}

/// The rules of the hosts met.
#[derive(Debug, Default)]
pub struct Robots {
    hosts: HashMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    until: Time,
    rules: Rules,
}

#[derive(Debug)]
enum Rules {
    All,
    Nothing,
    File(Box<Robot>),
}

impl Robots {
    /// What is known about a page; `None` when its host has to be asked.
    pub fn ask(&self, url: &Url, now: Time) -> Option<Verdict> {
        let known = self.hosts.get(&origin(url)).filter(|known| known.until > now)?;
        Some(match &known.rules {
            Rules::All => Verdict::Allowed(Duration::ZERO),
            Rules::Nothing => Verdict::Refused,
            Rules::File(robot) => verdict(robot, url),
        })
    }

    /// Takes in what a host answered: a status, if any answer came, and the file, if one did.
    pub fn learn(&mut self, url: &Url, status: Option<u16>, file: Option<&[u8]>, now: Time) {
        let (rules, holds) = match (status, file) {
            (Some(_), Some(file)) => (parse(file), HOLDS),
            // 429 is a 4xx as well, but no leave.
            (Some(400..=428 | 430..=499), None) => (Rules::All, HOLDS),
            _ => (Rules::Nothing, FAILED),
        };
        if self.hosts.len() >= HOSTS {
            let oldest = self.hosts.iter().min_by_key(|(_, known)| known.until).map(|(host, _)| host.clone());
            oldest.and_then(|host| self.hosts.remove(&host));
        }
        self.hosts.insert(origin(url), Known { until: now.plus(holds), rules });
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// A file that cannot be read forbids, so that nobody's wish is overlooked.
fn parse(file: &[u8]) -> Rules {
    let robot = catch_unwind(AssertUnwindSafe(|| Robot::new(AGENT, file)));
    robot.ok().and_then(Result::ok).map_or(Rules::Nothing, |robot| Rules::File(Box::new(robot)))
}

fn verdict(robot: &Robot, url: &Url) -> Verdict {
    let allowed = catch_unwind(AssertUnwindSafe(|| robot.allowed(url.as_str())));
    let delay = robot.delay.filter(|delay| delay.is_finite() && *delay > 0.0).unwrap_or_default();
    match allowed {
        Ok(true) => Verdict::Allowed(Duration::try_from_secs_f32(delay).unwrap_or(HOLDS).min(HOLDS)),
        _ => Verdict::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_800_000_000_000);

    fn after(status: Option<u16>, file: Option<&str>, page: &str) -> Option<Verdict> {
        let url = Url::parse(page).expect("a URL");
        let mut robots = Robots::default();
        robots.learn(&url, status, file.map(str::as_bytes), NOW);
        robots.ask(&url, NOW)
    }

    #[test]
    fn the_file_decides() {
        let yes = |seconds| Some(Verdict::Allowed(Duration::from_secs(seconds)));
        let file =
            "User-agent: *\nDisallow: /private\nCrawl-delay: 5\n\nUser-agent: newswatch\nDisallow: /shop\n";
        for (status, file, page, verdict, why) in [
            (Some(200), Some(""), "https://a.example/x", yes(0), "an empty file forbids nothing"),
            (Some(200), Some(file), "https://a.example/x", yes(0), "not forbidden"),
            (
                Some(200),
                Some(file),
                "https://a.example/shop/1",
                Some(Verdict::Refused),
                "forbidden to us by name",
            ),
            (
                Some(200),
                Some(file),
                "https://a.example/private",
                yes(0),
                "our own group is the one that counts",
            ),
            (
                Some(200),
                Some("User-agent: *\nDisallow: /\n"),
                "https://a.example/",
                Some(Verdict::Refused),
                "nobody",
            ),
            (
                Some(200),
                Some("User-agent: *\nCrawl-delay: 5\n"),
                "https://a.example/",
                yes(5),
                "a wish for time",
            ),
            (
                Some(200),
                Some("User-agent: *\nCrawl-delay: 7777777777777777777\n"),
                "https://a.example/",
                yes(86_400),
                "a wish for ever",
            ),
            (Some(404), None, "https://a.example/", yes(0), "no file, no rules"),
            (Some(503), None, "https://a.example/", Some(Verdict::Refused), "a server that fails"),
            (Some(429), None, "https://a.example/", Some(Verdict::Refused), "a server that is tired of us"),
            (None, None, "https://a.example/", Some(Verdict::Refused), "nobody there"),
        ] {
            assert_eq!(after(status, file, page), verdict, "{why}");
        }
    }

    #[test]
    fn answers_are_forgotten_in_time_and_in_number() {
        let mut robots = Robots::default();
        let url = |n: usize| Url::parse(&format!("https://h{n}.example/")).expect("a URL");
        robots.learn(&url(0), Some(404), None, NOW);
        assert!(robots.ask(&url(0), NOW.plus(HOLDS)).is_none(), "a day later it is asked again");
        assert!(
            robots.ask(&Url::parse("http://h0.example/").expect("a URL"), NOW).is_none(),
            "another origin"
        );
        for n in 1..=HOSTS {
            robots.learn(&url(n), Some(404), None, NOW.plus(Duration::from_secs(n as u64)));
        }
        assert!(robots.hosts.len() <= HOSTS && robots.ask(&url(0), NOW).is_none());
    }
}
