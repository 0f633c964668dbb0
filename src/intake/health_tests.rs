use super::super::twin::{alike, same_entries};
use super::*;
use url::Url;

const NOW: Time = Time(1_800_000_000_000);

pub(in crate::intake) fn state() -> FeedState {
    FeedState {
        feed: "a".into(),
        url: "https://a.example/feed".to_owned(),
        validators: Validators::default(),
        final_url: None,
        body_hash: None,
        title: None,
        language: None,
        link: Some("https://a.example/".to_owned()),
        next_due: NOW,
        due_reason: String::new(),
        lease_until: None,
        paused: false,
        gone: false,
        last_poll: Some(NOW),
        last_success: Some(NOW),
        last_new: Some(NOW),
        last_outcome: Some(PollOutcome::Fetched),
        last_message: None,
        last_status: Some(200),
        failures: 0,
        failing_since: None,
        requests: 100,
        received: 0,
        polls: 100,
        not_modified: 0,
        bytes: 0,
        entries: 0,
        last_unconditional: None,
        rhythm: None,
    }
}

/// The memory of hourly polls; `new` says how many entries the poll so many hours ago brought.
fn hourly(count: u32, new: impl Fn(u32) -> u64) -> Memory {
    polled(count, 200, PollOutcome::NotModified, new)
}

/// The same with the time answers took, in milliseconds, and what came where nothing was new.
fn polled(count: u32, took: u64, else_came: PollOutcome, new: impl Fn(u32) -> u64) -> Memory {
    let mut memory = Memory::default();
    for ago in (0..count).rev() {
        let at = NOW.minus(HOUR * ago);
        let news = new(ago) > 0;
        memory.record.note(if news { PollOutcome::Fetched } else { else_came }, took, at);
        if news {
            memory.record.arrived(at);
        }
    }
    memory
}

fn found(state: &FeedState, memory: &Memory, gaps: &[GapRow]) -> Vec<Trouble> {
    let timeout = Duration::from_secs(30);
    let feed = Observed { state, memory, gaps, successor: None, heir: None, twin: None, timeout };
    examine(&feed, NOW).iter().map(|finding| finding.trouble).collect()
}

#[test]
fn a_feed_that_works_has_no_trouble() {
    assert_eq!(found(&state(), &hourly(240, |ago| u64::from(ago % 5 == 0)), &[]), []);
    let never = FeedState { last_poll: None, ..state() };
    assert_eq!(found(&never, &Memory::default(), &[]), [], "not met yet");
    let paused = FeedState { paused: true, gone: true, ..state() };
    assert_eq!(found(&paused, &Memory::default(), &[]), [], "a user's own doing");
}

#[test]
fn failures_count_when_they_last() {
    let failing = |failures, hours: u32| FeedState {
        failures,
        failing_since: Some(NOW.minus(HOUR * hours)),
        last_outcome: Some(PollOutcome::HttpError),
        last_status: Some(404),
        ..state()
    };
    for (failures, hours, troubles, why) in [
        (1, 1, vec![], "once is chance"),
        (2, 23, vec![], "twice, not yet a day"),
        (3, 3, vec![Trouble::Failing], "three times"),
        (1, 30, vec![Trouble::Failing], "once, but a day ago, and not right since"),
        (0, 30, vec![], "an outage of ours: nothing was counted"),
    ] {
        assert_eq!(found(&failing(failures, hours), &Memory::default(), &[]), troubles, "{why}");
    }
    let finding = failing_finding(&failing(3, 3));
    assert!(finding.proposal.contains("feeds discover https://a.example/"), "{finding:?}");
    assert_eq!(finding.since, NOW.minus(HOUR * 3));
    let refused = FeedState { last_status: Some(403), ..failing(3, 3) };
    assert!(failing_finding(&refused).proposal.contains("headers"));
    let gone = FeedState { gone: true, ..failing(1, 1) };
    assert_eq!(found(&gone, &Memory::default(), &[]), [Trouble::Gone], "410 counts at once");
}

fn failing_finding(state: &FeedState) -> Finding {
    let memory = Memory::default();
    let feed = Observed {
        state,
        memory: &memory,
        gaps: &[],
        successor: None,
        heir: None,
        twin: None,
        timeout: HOUR,
    };
    examine(&feed, NOW).remove(0)
}

#[test]
fn silence_is_measured_by_the_longest_pause_on_record() {
    // Office hours: entries in ten hours of the day, none at weekends (hours 48 to 110 ago).
    let office = |ago: u32| u64::from(ago % 24 < 10 && !(48..110).contains(&ago));
    let quiet_for = |hours: u32, record: &dyn Fn(u32) -> u64| {
        let polls = hourly(240, |ago| if ago < hours { 0 } else { record(ago - hours) });
        let state = FeedState { last_new: Some(NOW.minus(HOUR * hours)), ..state() };
        found(&state, &polls, &[])
    };
    assert_eq!(quiet_for(64, &office), [], "a weekend like the last one");
    assert_eq!(
        quiet_for(130, &|ago| u64::from(ago % 3 == 0)),
        [Trouble::Stuck],
        "five days of 304 instead of three hours"
    );
    let polls =
        polled(240, 200, PollOutcome::Unchanged, |ago| if ago < 130 { 0 } else { u64::from(ago % 3 == 0) });
    let silent = FeedState { last_new: Some(NOW.minus(HOUR * 130)), ..state() };
    assert_eq!(found(&silent, &polls, &[]), [Trouble::Silent], "whole documents, and nothing new in them");
    let asleep = FeedState { last_success: Some(NOW.minus(HOUR * 129)), ..silent };
    assert_eq!(found(&asleep, &polls, &[]), [], "the machine was off: nobody looked");
}

#[test]
fn a_rare_feed_is_measured_by_its_rate() {
    let mut rhythm = super::super::rhythm::Rhythm::default();
    (0..60).for_each(|_| rhythm.observe(1, DAY));
    let memory = |silent_days: u32| {
        let mut rhythm = rhythm;
        (0..silent_days).for_each(|_| rhythm.observe(0, DAY));
        Memory { rhythm, ..Memory::default() }
    };
    for (silent_days, troubles, why) in [
        (20, vec![], "a month is granted to everybody"),
        (40, vec![Trouble::Silent], "daily before, forty days of nothing"),
    ] {
        let state = FeedState { last_new: Some(NOW.minus(DAY * silent_days)), ..state() };
        assert_eq!(found(&state, &memory(silent_days), &[]), troubles, "{why}");
    }
}

#[test]
fn moves_slowness_and_gaps_stand_beside() {
    let moved = super::super::memory::Moved {
        to: Url::parse("https://new.example/feed").expect("a URL"),
        since: NOW.minus(DAY * 4),
        seen: 5,
    };
    let slow = polled(20, 11_000, PollOutcome::Fetched, |_| 1);
    let memory = Memory { moved: Some(moved), ..slow };
    let gap = |days: u32, closed| GapRow {
        since: NOW.minus(DAY * days + HOUR),
        at: NOW.minus(DAY * days),
        pages: 0,
        recovered: 0,
        closed,
    };
    assert_eq!(found(&state(), &memory, &[gap(1, false)]), [Trouble::Gaps, Trouble::Moved, Trouble::Slow]);
    assert_eq!(
        found(&state(), &hourly(20, |_| 1), &[gap(1, true), gap(9, false)]),
        [],
        "closed, or long ago"
    );
}

#[test]
fn a_local_outage_is_one_trouble() {
    let feed = |n: u32, outcome, minutes: u32| FeedState {
        url: format!("https://h{n}.example/"),
        last_outcome: Some(outcome),
        last_poll: Some(NOW.minus(Duration::from_secs(60) * minutes)),
        failing_since: (outcome != PollOutcome::Fetched).then(|| NOW.minus(HOUR / 2)),
        ..state()
    };
    let dead: Vec<FeedState> = (0..6).map(|n| feed(n, PollOutcome::DnsError, 5)).collect();
    let finding = outage(&dead, NOW).expect("an outage");
    assert_eq!((finding.trouble, finding.since), (Trouble::Outage, NOW.minus(HOUR / 2)));
    assert_eq!(outage(&dead[..4], NOW), None, "four hosts tell nothing");
    let old: Vec<FeedState> = (0..6).map(|n| feed(n, PollOutcome::DnsError, 90)).collect();
    assert_eq!(outage(&old, NOW), None, "that was an hour and a half ago");
    let well: Vec<FeedState> = (0..6).map(|n| feed(n, PollOutcome::Fetched, 5)).collect();
    assert_eq!(outage(&[&dead[..4], &well].concat(), NOW), None, "four of ten");
}

#[test]
fn each_trouble_is_told_once_when_it_begins_and_once_when_it_ends() {
    let finding = |trouble| Finding { trouble, since: NOW, text: String::new(), proposal: String::new() };
    let known = |feed: Option<&str>, trouble: &str| KnownTrouble {
        feed: feed.map(FeedId::from),
        trouble: trouble.to_owned(),
        since: NOW,
    };
    let a = || Some(FeedId::from("a"));
    let failing = (a(), finding(Trouble::Failing));
    assert_eq!(
        changes(std::slice::from_ref(&failing), &[]),
        [Change::Began(a(), finding(Trouble::Failing))],
        "new"
    );
    assert_eq!(changes(std::slice::from_ref(&failing), &[known(Some("a"), "failing")]), [], "told already");
    assert_eq!(
        changes(&[], &[known(Some("a"), "failing")]),
        [Change::Ended(known(Some("a"), "failing"))],
        "over"
    );
    let outage = (None, finding(Trouble::Outage));
    assert_eq!(
        changes(&[outage.clone(), failing.clone()], &[known(Some("b"), "silent")]),
        [Change::Began(None, finding(Trouble::Outage))],
        "during an outage only that is told, and nothing of a feed's ends"
    );
    assert_eq!(
        changes(std::slice::from_ref(&failing), &[known(None, "outage")]),
        [Change::Began(a(), finding(Trouble::Failing)), Change::Ended(known(None, "outage"))],
        "afterwards both"
    );
}

#[test]
fn a_successor_is_proposed_where_one_was_found() {
    let successor = |url: Option<&str>, known| Successor {
        feed: "a".into(),
        looked: NOW,
        url: url.map(str::to_owned),
        title: Some("A goes on".to_owned()),
        how: "named by its site's page".to_owned(),
        known,
    };
    let proposal = |state: &FeedState, successor: Option<&Successor>| {
        let memory = Memory::default();
        let feed =
            Observed { state, memory: &memory, gaps: &[], successor, heir: None, twin: None, timeout: HOUR };
        examine(&feed, NOW).remove(0).proposal
    };
    let gone = FeedState { gone: true, ..state() };
    assert!(
        proposal(&gone, None)
            .starts_with("look for a successor: newswatch feeds discover https://a.example/")
    );
    let found = proposal(&gone, Some(&successor(Some("https://a.example/new"), 12)));
    for part in
        ["url = \"https://a.example/new\"", "for a in", "\"A goes on\"", "named by", "12 of its entries"]
    {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert!(!found.contains("remove"), "{found}");
    let none = proposal(&gone, Some(&successor(None, 0)));
    assert!(none.contains("no successor was found") && none.contains("feeds remove a"), "{none}");
    let failing = FeedState {
        failures: 9,
        failing_since: Some(NOW.minus(DAY)),
        last_outcome: Some(PollOutcome::HttpError),
        last_status: Some(404),
        ..state()
    };
    let (memory, heir) = (Memory::default(), FeedId::from("b"));
    let found = successor(Some("https://a.example/new"), 12);
    let feed = Observed {
        state: &gone,
        memory: &memory,
        gaps: &[],
        successor: Some(&found),
        heir: Some(&heir),
        twin: None,
        timeout: HOUR,
    };
    let known = examine(&feed, NOW).remove(0).proposal;
    assert_eq!(known, "it goes on as b, which is configured: newswatch feeds remove a");
    let unsure = proposal(&failing, Some(&successor(Some("https://a.example/new"), 0)));
    assert!(unsure.contains("have a look first"), "{unsure}");
}

#[test]
fn one_feed_under_two_ids_is_noticed() {
    let at = |id: &str, url: &str, end: Option<&str>| FeedState {
        feed: id.into(),
        url: url.to_owned(),
        final_url: end.map(str::to_owned),
        ..state()
    };
    let states = [
        at("a", "https://a.example/feed", None),
        at("b", "http://www.a.example/feed/", None),
        at("c", "https://old.example/rss", Some("https://a.example/feed")),
        at("d", "https://d.example/feed", None),
        at("e", "https://mirror.example/d", None),
        FeedState { gone: true, ..at("f", "https://a.example/feed", None) },
    ];
    let own = |address: &str| Memory { own: Some(address.to_owned()), ..Memory::default() };
    let none = Memory::default;
    let stated = own("d.example/feed");
    let memories = [none(), none(), none(), stated.clone(), stated, none()];
    let feeds: Vec<(&FeedState, &Memory)> = states.iter().zip(&memories).collect();
    let pair = |one: &str, other: &str| (FeedId::from(one), FeedId::from(other));
    assert_eq!(alike(&feeds), [pair("b", "a"), pair("c", "a"), pair("e", "d")]);
    assert!(same_entries(16, 20) && !same_entries(15, 20) && !same_entries(0, 0));
    let (state, memory, other) = (&states[1], none(), FeedId::from("a"));
    let feed = Observed {
        state,
        memory: &memory,
        gaps: &[],
        successor: None,
        heir: None,
        twin: Some(&other),
        timeout: HOUR,
    };
    let finding = examine(&feed, NOW).remove(0);
    assert!(
        finding.text.contains("same feed as a") && finding.proposal.ends_with("feeds remove b"),
        "{finding:?}"
    );
}
