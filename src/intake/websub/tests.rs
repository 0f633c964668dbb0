use super::*;

pub(super) const NOW: Time = Time(1_800_000_000_000);

fn url(text: &str) -> Url {
    text.parse().expect("a URL")
}

pub(super) fn wanted() -> Subscription {
    Subscription {
        feed: "f".into(),
        hub: "https://hub.example/".to_owned(),
        topic: "https://a.example/feed".to_owned(),
        token: "t".to_owned(),
        secret: "s".to_owned(),
        state: SubscriptionState::Wanted,
        due: NOW,
        lease_until: None,
        failures: 2,
        last_push: None,
        message: None,
        brought: 0,
        pinged: false,
        confirmed: 0,
    }
}

/// The numbers are those of the public test suite for subscribers.
#[test]
fn hubs_are_discovered() {
    let came_from = url("https://a.example/feed?x=1");
    let document = vec!["https://doc.example/hub".to_owned(), "https://second.example/".to_owned()];
    let header = "<https://hub.example/>; rel=\"hub\", <https://a.example/self,1>; rel=self; title=\"a, b\""
        .to_owned();
    let two =
        vec!["</hub>; rel=hub".to_owned(), "<https://a.example/other>; rel=\"self bookmark\"".to_owned()];
    for (headers, hubs, own, expected, why) in [
        (
            vec![header.clone()],
            vec![],
            None,
            Some(("https://hub.example/", "https://a.example/self,1")),
            "100: header",
        ),
        (
            vec![],
            document.clone(),
            Some("https://a.example/self"),
            Some(("https://doc.example/hub", "https://a.example/self")),
            "102, 103: Atom, RSS",
        ),
        (
            vec![header],
            document.clone(),
            Some("https://a.example/doc"),
            Some(("https://hub.example/", "https://a.example/self,1")),
            "104: the header wins",
        ),
        (
            two,
            document.clone(),
            None,
            Some(("https://a.example/hub", "https://a.example/other")),
            "two headers, relative",
        ),
        (
            vec![],
            document,
            None,
            Some(("https://doc.example/hub", "https://a.example/feed?x=1")),
            "200: no address of its own",
        ),
        (
            vec!["<https://a.example/>; rel=next".to_owned()],
            vec![],
            Some("https://a.example/self"),
            None,
            "no hub",
        ),
        (vec![], vec!["ftp://hub.example/".to_owned()], None, None, "a hub we cannot ask"),
        (vec!["<".to_owned(), "<>;rel".to_owned(), ";;,,".to_owned()], vec![], None, None, "nonsense"),
    ] {
        let found = offer(&headers, &hubs, own, &came_from);
        let found = found.as_ref().map(|offer| (offer.hub.as_str(), offer.topic.as_str()));
        assert_eq!(found, expected, "{why}");
    }
}

#[test]
fn a_document_settles_the_subscription() {
    let offered = |hub: &str| Offer { hub: url(hub), topic: url("https://a.example/feed") };
    let fresh = || Some(("new-token".to_owned(), "new-secret".to_owned()));
    let settled = |known: Option<Subscription>, offer: Option<Offer>| {
        settle(&"f".into(), known, offer.as_ref(), fresh, NOW).map(|after| (after.state, after.token))
    };
    let same = || Some(offered("https://hub.example/"));
    let new = Some((SubscriptionState::Wanted, "new-token".to_owned()));
    assert_eq!(settled(None, None), None, "no hub, no subscription");
    assert_eq!(settled(None, same()), new, "a hub appears");
    assert_eq!(settled(Some(wanted()), same()), None, "known");
    assert_eq!(settled(Some(wanted()), Some(offered("https://other.example/"))), new, "another hub");
    let leaving = Some((SubscriptionState::Leaving, "t".to_owned()));
    assert_eq!(settled(Some(wanted()), None), leaving, "the hub is gone from the feed");
    let left = Subscription { state: SubscriptionState::Leaving, ..wanted() };
    assert_eq!(settled(Some(left.clone()), None), None, "on its way out");
    assert_eq!(settled(Some(left), same()), new, "back again: under a new token");
}

#[test]
fn only_what_was_asked_for_is_verified() {
    let call = |mode: &str, topic: &str, challenge: &str| Verification {
        mode: mode.to_owned(),
        topic: topic.to_owned(),
        challenge: challenge.to_owned(),
        lease_seconds: Some(1000 * 3600),
        reason: Some("too many".to_owned()),
    };
    let topic = "https://a.example/feed";
    let kept = |subscription: &Subscription, call: &Verification| match verify(subscription, call, NOW) {
        Verdict::Kept(kept) => *kept,
        other => panic!("{other:?}"),
    };
    let active = kept(&wanted(), &call("subscribe", topic, "c"));
    assert_eq!((active.state, active.failures), (SubscriptionState::Active, 0));
    assert_eq!(active.lease_until, Some(NOW.plus(HOUR * 720)), "a lease of years counts as a month");
    let (due, lease) = (active.due.since(NOW), active.lease_until.expect("a lease").since(NOW));
    assert!(due < lease.mul_f64(0.8) && due > lease / 2, "renewed before 80 %: {due:?} of {lease:?}");
    let denied = kept(&active, &call("denied", topic, ""));
    assert!(denied.state == SubscriptionState::Denied && denied.message.expect("why").contains("too many"));
    let leaving = Subscription { state: SubscriptionState::Leaving, ..wanted() };
    assert_eq!(verify(&leaving, &call("unsubscribe", topic, "c"), NOW), Verdict::Over);
    for (subscription, call, why) in [
        (wanted(), call("subscribe", "https://a.example/other", "c"), "205: the wrong topic"),
        (wanted(), call("unsubscribe", topic, "c"), "we want to stay"),
        (leaving.clone(), call("subscribe", topic, "c"), "we want to leave"),
        (leaving, call("denied", topic, ""), "no news to somebody who leaves"),
        (wanted(), call("subscribe", topic, ""), "no challenge"),
        (wanted(), call("subscribe", topic, &"c".repeat(CHALLENGE + 1)), "a challenge of pages"),
        (wanted(), call("publish", topic, "c"), "no such mode"),
    ] {
        assert_eq!(verify(&subscription, &call, NOW), Verdict::Refused, "{why}");
    }
}

#[test]
fn a_hub_that_does_not_answer_is_asked_ever_more_seldom() {
    let mut subscription = Subscription { failures: 0, ..wanted() };
    let mut waits = Vec::new();
    for _ in 0..7 {
        subscription = asked(&subscription, Err("500".to_owned()), NOW).expect("kept");
        waits.push(subscription.due.since(NOW).as_secs() / 3600);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 24, 24]);
    assert!(subscription.message.expect("why").contains("500"));
    let leaving = Subscription { state: SubscriptionState::Leaving, failures: 3, ..wanted() };
    assert_eq!(asked(&leaving, Ok(()), NOW), None, "a hub that lets nobody go is left alone");
}

#[test]
fn forms_and_callbacks() {
    let callback = |public: &str| callback(&url(public), "abc").map(|url| url.to_string());
    assert_eq!(callback("https://n.example").as_deref(), Some("https://n.example/websub/abc"));
    assert_eq!(callback("https://n.example/watch").as_deref(), Some("https://n.example/watch/websub/abc"));
    let form = form(&wanted(), &url("https://n.example/websub/abc"));
    for part in [
        "hub.mode=subscribe",
        "hub.secret=s",
        "hub.lease_seconds=864000",
        "hub.topic=https%3A%2F%2Fa.example%2Ffeed",
    ] {
        assert!(form.contains(part), "{part} in {form}");
    }
    let leaving = Subscription { state: SubscriptionState::Leaving, ..wanted() };
    assert!(!super::form(&leaving, &url("https://n.example/websub/abc")).contains("secret"));
    assert!(!format!("{:?}", wanted()).contains("secret"));
}
