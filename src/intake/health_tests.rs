use super::*;

const NOW: Time = Time(1_800_000_000_000);

fn state() -> FeedState {
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
        polls: 100,
        not_modified: 0,
        bytes: 0,
        entries: 0,
        last_unconditional: None,
        rhythm: None,
    }
}

/// Hourly polls, newest first; `new` says how many entries the poll so many hours ago brought.
fn hourly(count: u32, new: impl Fn(u32) -> u64) -> Vec<PollRow> {
    let row = |ago: u32| PollRow {
        at: NOW.minus(HOUR * ago),
        duration_ms: 200,
        outcome: if new(ago) > 0 { PollOutcome::Fetched } else { PollOutcome::NotModified },
        status: None,
        message: None,
        bytes: 0,
        new_entries: new(ago),
    };
    (0..count).map(row).collect()
}

fn found(state: &FeedState, polls: &[PollRow], gaps: &[GapRow]) -> Vec<Trouble> {
    let feed = Observed { state, polls, gaps, timeout: Duration::from_secs(30) };
    examine(&feed, NOW).iter().map(|finding| finding.trouble).collect()
}

#[test]
fn a_feed_that_works_has_no_trouble() {
    assert_eq!(found(&state(), &hourly(240, |ago| u64::from(ago % 5 == 0)), &[]), []);
    let never = FeedState { last_poll: None, ..state() };
    assert_eq!(found(&never, &[], &[]), [], "not met yet");
    let paused = FeedState { paused: true, gone: true, ..state() };
    assert_eq!(found(&paused, &[], &[]), [], "a user's own doing");
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
        assert_eq!(found(&failing(failures, hours), &[], &[]), troubles, "{why}");
    }
    let finding = failing_finding(&failing(3, 3));
    assert!(finding.proposal.contains("feeds discover https://a.example/"), "{finding:?}");
    assert_eq!(finding.since, NOW.minus(HOUR * 3));
    let refused = FeedState { last_status: Some(403), ..failing(3, 3) };
    assert!(failing_finding(&refused).proposal.contains("headers"));
    let gone = FeedState { gone: true, ..failing(1, 1) };
    assert_eq!(found(&gone, &[], &[]), [Trouble::Gone], "410 counts at once");
}

fn failing_finding(state: &FeedState) -> Finding {
    let feed = Observed { state, polls: &[], gaps: &[], timeout: HOUR };
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
    let mut polls = hourly(240, |ago| if ago < 130 { 0 } else { u64::from(ago % 3 == 0) });
    polls.iter_mut().for_each(|poll| poll.outcome = PollOutcome::Fetched);
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
        Memory { rhythm, ..Memory::default() }.write()
    };
    for (silent_days, troubles, why) in [
        (20, vec![], "a month is granted to everybody"),
        (40, vec![Trouble::Silent], "daily before, forty days of nothing"),
    ] {
        let state = FeedState {
            last_new: Some(NOW.minus(DAY * silent_days)),
            rhythm: memory(silent_days),
            ..state()
        };
        assert_eq!(found(&state, &[], &[]), troubles, "{why}");
    }
}

#[test]
fn moves_slowness_and_gaps_stand_beside() {
    let moved = super::super::memory::Moved {
        to: Url::parse("https://new.example/feed").expect("a URL"),
        since: NOW.minus(DAY * 4),
        seen: 5,
    };
    let rhythm = Memory { moved: Some(moved), ..Memory::default() }.write();
    let mut polls = hourly(20, |_| 1);
    polls.iter_mut().for_each(|poll| poll.duration_ms = 11_000);
    let gap = |days: u32, closed| GapRow {
        since: NOW.minus(DAY * days + HOUR),
        at: NOW.minus(DAY * days),
        pages: 0,
        recovered: 0,
        closed,
    };
    let state = FeedState { rhythm, ..state() };
    assert_eq!(found(&state, &polls, &[gap(1, false)]), [Trouble::Gaps, Trouble::Moved, Trouble::Slow]);
    assert_eq!(
        found(&super::tests::state(), &hourly(20, |_| 1), &[gap(1, true), gap(9, false)]),
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
