//! Schedule: who may start now. Plain data; `now` is passed in.
//!
//! Order of rules for one start: [`Pacer`] (no bursts over all feeds), then [`Gate`] (one request at a time per host,
//! spaced, none while the host has asked for quiet). [`Weather`] tells a fault of many hosts at once, which is
//! probably ours, from faults of single hosts. Clocks may jump: no wait here can outlast its own length.

use crate::model::{FeedState, PollOutcome, Time};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use url::Url;

/// The name under which a server is spared: host, and port where it is unusual.
pub fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether a host may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes.
    Open,
    /// A request is under way.
    Busy,
    /// Not before this time: the last request is too recent.
    Spaced(Time),
    /// Not before this time: the host answered 429.
    Quiet(Time),
}

/// Hosts: one request at a time each, spaced.
#[derive(Clone, Debug)]
pub struct Gate {
    spacing: Duration,
    hosts: HashMap<String, Host>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Host {
    busy: bool,
    left: Option<Time>,
    quiet_until: Option<Time>,
}

impl Gate {
    /// A gate that keeps `spacing` between the end of one request and the start of the next.
    pub fn new(spacing: Duration) -> Self {
        Self { spacing, hosts: HashMap::new() }
    }

    /// Changes the spacing.
    pub fn set_spacing(&mut self, spacing: Duration) {
        self.spacing = spacing;
    }

    /// Whether `host` may be asked at `now`.
    pub fn admits(&self, host: &str, now: Time) -> Admission {
        let Some(known) = self.hosts.get(host) else { return Admission::Open };
        if known.busy {
            return Admission::Busy;
        }
        if let Some(until) = known.quiet_until.filter(|until| *until > now) {
            return Admission::Quiet(until);
        }
        match known.left {
            // A time in the future was left by a clock that has since been set back.
            Some(left) if left <= now && left.plus(self.spacing) > now => {
                Admission::Spaced(left.plus(self.spacing))
            }
            _ => Admission::Open,
        }
    }

    /// A request to `host` begins.
    pub fn enter(&mut self, host: &str) {
        match self.hosts.get_mut(host) {
            Some(known) => known.busy = true,
            None => drop(self.hosts.insert(host.to_owned(), Host { busy: true, ..Host::default() })),
        }
    }

    /// The request to `host` has ended.
    pub fn leave(&mut self, host: &str, now: Time) {
        if self.spacing.is_zero() && self.hosts.get(host).is_some_and(|known| known.quiet_until.is_none()) {
            self.hosts.remove(host);
        } else if let Some(known) = self.hosts.get_mut(host) {
            *known = Host { busy: false, left: Some(now), ..*known };
        }
    }

    /// `host` is to be left alone until a time.
    pub fn quiet(&mut self, host: &str, until: Time) {
        let known = self.hosts.entry(host.to_owned()).or_default();
        known.quiet_until = known.quiet_until.max(Some(until));
    }

    /// Forgets hosts about which there is nothing to remember any more.
    pub fn sweep(&mut self, now: Time) {
        let spacing = self.spacing;
        self.hosts.retain(|_, host| {
            let recent = host.left.is_some_and(|left| left <= now && left.plus(spacing) > now);
            host.busy || recent || host.quiet_until.is_some_and(|until| until > now)
        });
    }
}

/// Starts over all feeds: evenly, however many are due at once.
#[derive(Clone, Copy, Debug)]
pub struct Pacer {
    gap: Duration,
    last: Option<Time>,
}

/// Starts may run so much above the steady rate, to catch up. F14 allows 1.2; less leaves a smaller hole behind.
const CATCH_UP: f64 = 1.1;
/// So many starts a second are never a burst.
const ALWAYS: f64 = 3.0;

impl Default for Pacer {
    fn default() -> Self {
        Self { gap: Duration::from_secs_f64(1.0 / ALWAYS), last: None }
    }
}

impl Pacer {
    /// Sets the rate from the steady number of polls a day. With a limit of so many requests a minute, starts lie evenly
    /// in the minute.
    pub fn set_steady(&mut self, polls_a_day: f64, per_minute: Option<u32>) {
        let rate = (polls_a_day / 86_400.0 * CATCH_UP).max(ALWAYS);
        let most = per_minute.map_or(f64::INFINITY, |limit| f64::from(limit.max(1)) / 60.0);
        self.gap = Duration::from_secs_f64(1.0 / rate.min(most));
    }

    /// How long to wait before the next start.
    pub fn wait(&self, now: Time) -> Duration {
        match self.last {
            Some(last) if last <= now => last.plus(self.gap).since(now),
            _ => Duration::ZERO,
        }
    }

    /// A start happens. The pace is kept even if it comes a little late, but lost time is not made up for.
    pub fn start(&mut self, now: Time) {
        let due = self.last.map_or(now, |last| last.plus(self.gap));
        let late = now.since(due) > self.gap || due > now;
        self.last = Some(if late { now } else { due });
    }
}

/// The state of the network as seen by the last polls.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    recent: VecDeque<(Time, String, bool)>,
}

/// How far back polls count (each host's last one), how many at most, and how many hosts it takes to judge. Where feeds
/// are few and polled hourly, a shorter span would never see enough of them.
pub const WEATHER_SPAN: Duration = Duration::from_secs(7200);
const WEATHER_POLLS: usize = 64;
const WEATHER_HOSTS: usize = 5;

impl Weather {
    /// Takes in what came of a poll of `host`.
    pub fn note(&mut self, host: &str, outcome: PollOutcome, now: Time) {
        use PollOutcome::*;
        let failed = matches!(outcome, DnsError | ConnectError | Timeout);
        self.recent.retain(|(at, known, _)| *at <= now && now.since(*at) <= WEATHER_SPAN && known != host);
        if self.recent.len() == WEATHER_POLLS {
            self.recent.pop_front();
        }
        self.recent.push_back((now, host.to_owned(), failed));
    }

    /// Takes in the newest polls on record, so that a restart in the middle of an outage blames no feed.
    pub fn recall(&mut self, states: &[FeedState]) {
        let mut polls: Vec<(Time, &FeedState)> =
            states.iter().filter_map(|state| Some((state.last_poll?, state))).collect();
        polls.sort_by_key(|(at, _)| *at);
        for (at, state) in polls {
            let host = Url::parse(&state.url).map(|url| host_of(&url)).unwrap_or_default();
            self.note(&host, state.last_outcome.unwrap_or(PollOutcome::Fetched), at);
        }
    }

    /// Whether half of at least five hosts asked in the last two hours could not be reached.
    pub fn outage(&self) -> bool {
        let failed = self.recent.iter().filter(|(_, _, failed)| *failed).count();
        self.recent.len() >= WEATHER_HOSTS && failed * 2 >= self.recent.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_800_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn one_request_at_a_time_and_spaced() {
        let mut gate = Gate::new(2 * SECOND);
        assert_eq!(gate.admits("a", NOW), Admission::Open, "a host never met");
        gate.enter("a");
        assert_eq!(gate.admits("a", NOW.plus(99 * SECOND)), Admission::Busy, "however long it takes");
        assert_eq!(gate.admits("b", NOW), Admission::Open, "another host");
        gate.leave("a", NOW);
        assert_eq!(gate.admits("a", NOW.plus(SECOND)), Admission::Spaced(NOW.plus(2 * SECOND)), "too soon");
        assert_eq!(gate.admits("a", NOW.plus(2 * SECOND)), Admission::Open, "spaced");
        assert_eq!(gate.admits("a", NOW.minus(3600 * SECOND)), Admission::Open, "the clock was set back");
        gate.sweep(NOW.plus(2 * SECOND));
        assert!(gate.hosts.is_empty(), "nothing left to remember");
    }

    #[test]
    fn quiet_hosts_are_left_alone() {
        let mut gate = Gate::new(Duration::ZERO);
        gate.enter("a");
        gate.quiet("a", NOW.plus(60 * SECOND));
        gate.quiet("a", NOW.plus(30 * SECOND));
        gate.leave("a", NOW);
        assert_eq!(gate.admits("a", NOW), Admission::Quiet(NOW.plus(60 * SECOND)), "the longer wish holds");
        gate.sweep(NOW);
        assert_eq!(gate.admits("a", NOW.plus(59 * SECOND)), Admission::Quiet(NOW.plus(60 * SECOND)));
        assert_eq!(gate.admits("a", NOW.plus(60 * SECOND)), Admission::Open);
    }

    /// Ten thousand feeds all due at once, an hour apart: second by second, over an hour.
    #[test]
    fn a_cold_start_is_no_burst() {
        let steady = 10_000.0 / 3600.0;
        let mut pacer = Pacer::default();
        pacer.set_steady(steady * 86_400.0, None);
        let mut bins = [0_u32; 3600];
        let mut now = NOW;
        for _ in 0..10_000 {
            now = now.plus(pacer.wait(now));
            pacer.start(now);
            if let Some(bin) = bins.get_mut(now.since(NOW).as_secs() as usize) {
                *bin += 1;
            }
        }
        let peak = bins.iter().copied().max().unwrap_or_default();
        assert!(f64::from(peak) <= 2.0 * steady, "peak {peak} a second over a mean of {steady}");
        let rate = 10_000.0 / now.since(NOW).as_secs_f64();
        assert!(rate <= 1.2 * steady * 1.01, "{rate} a second, steady is {steady}");
        assert!(now.since(NOW) <= 3600 * SECOND, "done within the hour");
    }

    #[test]
    fn lost_time_is_not_made_up_for() {
        let mut pacer = Pacer::default();
        pacer.start(NOW);
        let later = NOW.plus(8 * 3600 * SECOND);
        pacer.start(later);
        assert!(pacer.wait(later) > SECOND / 4, "after eight hours asleep the pace is the same");
        assert_eq!(pacer.wait(NOW), Duration::ZERO, "a clock set back stalls nothing");
    }

    #[test]
    fn many_hosts_failing_at_once_is_our_fault() {
        use PollOutcome::*;
        let weather = |outcomes: &[PollOutcome]| {
            let mut weather = Weather::default();
            for (index, outcome) in outcomes.iter().enumerate() {
                weather.note(&format!("host-{index}"), *outcome, NOW);
            }
            weather
        };
        assert!(!weather(&[DnsError; 4]).outage(), "four hosts tell nothing");
        assert!(
            weather(&[DnsError, DnsError, Timeout, Fetched, NotModified, ConnectError]).outage(),
            "four of six"
        );
        assert!(!weather(&[HttpError; 9]).outage(), "answers came, so the network works");
        assert!(!weather(&[DnsError, Fetched, Fetched, Fetched, Fetched]).outage(), "one of five");
        let mut one = Weather::default();
        (0..20).for_each(|_| one.note("same", DnsError, NOW));
        assert!(!one.outage(), "one host failing often");
        let mut old = weather(&[DnsError; 9]);
        old.note("late", DnsError, NOW.plus(WEATHER_SPAN + SECOND));
        assert!(!old.outage(), "this morning is not now");
    }
}
