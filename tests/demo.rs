//! The demo's day, played at full speed against what its script says it must show.

use newswatch::app::App;
use newswatch::config::{Overrides, load};
use newswatch::daemon::PassReport;
use newswatch::demo::day::{Day, Item};
use newswatch::demo::{Audience, Outcome, play};
use newswatch::model::{AlertView, Entry, HitView, StoryId, Time};
use newswatch::store::{EntryFilter, HitFilter, StoreHandle};
use std::collections::{BTreeMap, BTreeSet};

struct Nobody;

impl Audience for Nobody {
    fn moved(&mut self, _: Time, _: &PassReport) -> std::io::Result<()> {
        Ok(())
    }
    fn alert(&mut self, _: &AlertView) -> std::io::Result<()> {
        Ok(())
    }
}

/// The day with everything it left.
struct Played {
    day: Day,
    outcome: Outcome,
    hits: Vec<HitView>,
    stored: Vec<Entry>,
    entries: u64,
    _dir: tempfile::TempDir,
}

impl Played {
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let outcome = play(dir.path(), false, &mut Nobody).await.expect("the day plays");
        let config = load(&outcome.config, &Overrides::default()).expect("what it leaves loads");
        let store = StoreHandle::open_reader(&config.store.path).expect("what it leaves opens");
        let hits = store.read(|read| read.hits(&HitFilter::default())).await.expect("hits");
        let stored = store.read(|read| read.entries(&EntryFilter::default())).await.expect("entries");
        let entries = store.read(|read| read.stats()).await.expect("stats").entries;
        let day = Day::shipped(Time(0)).expect("the script is sound");
        Self { day, outcome, hits, stored, entries, _dir: dir }
    }

    /// Topics that the entry of an item hit.
    fn topics(&self, item: &Item) -> BTreeSet<&str> {
        let link = self.day.link(item);
        let of_item = self.hits.iter().filter(|hit| hit.url.as_deref() == Some(&link));
        of_item.map(|hit| hit.hit.topic.as_str()).collect()
    }

    /// The story that the entry of an item is in.
    fn story(&self, item: &Item) -> StoryId {
        let link = self.day.link(item);
        let entry = self.stored.iter().find(|entry| entry.url.as_deref() == Some(&*link));
        entry.and_then(|entry| entry.story).unwrap_or_else(|| panic!("{} is in no story", item.id))
    }

    /// The items whose entries alerted, in order, for one topic and event of the script.
    fn alerted(&self, topic: &str, story: &str) -> Vec<&Item> {
        let of_topic = self.outcome.alerts.iter().filter(|alert| alert.alert.content.topic.as_str() == topic);
        let item = |alert: &AlertView| {
            let url = alert.alert.content.url.clone();
            self.day.script.item.iter().find(|item| Some(self.day.link(item)) == url)
        };
        of_topic.filter_map(item).filter(|item| item.story.as_deref() == Some(story)).collect()
    }
}

#[tokio::test]
async fn the_day_shows_what_its_script_promises() {
    let played = Played::new().await;
    let script = &played.day.script;

    let links: BTreeSet<(String, String)> =
        script.item.iter().map(|item| (item.outlet.clone(), played.day.link(item))).collect();
    assert_eq!(
        played.entries as usize,
        links.len(),
        "every item is stored once: broken, slow and failing feeds too"
    );

    for item in script.item.iter().filter(|item| !item.topics.is_empty()) {
        let wanted: BTreeSet<&str> = item.topics.iter().map(String::as_str).collect();
        assert_eq!(played.topics(item), wanted, "topics of {}", item.id);
    }
    for id in &script.expect_silent.items {
        let item = played.day.item(id).expect("the item is there");
        assert!(played.topics(item).is_empty(), "{id} must hit nothing: {:?}", played.topics(item));
    }
    for expect in &script.expect {
        for topic in &expect.topics {
            let alerted = played.alerted(topic, &expect.story);
            let ids: Vec<&str> = alerted.iter().map(|item| item.id.as_str()).collect();
            let [least, most] = expect.alerts;
            assert!((least..=most).contains(&ids.len()), "{topic}, {}: {ids:?}", expect.story);
            assert!(
                expect.first.iter().any(|id| ids.first() == Some(&id.as_str())),
                "{topic} begins with {ids:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_story_holds_one_event_and_its_copies() {
    let played = Played::new().await;
    let mut events: BTreeMap<StoryId, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for item in &played.day.script.item {
        // An item without an event in the script is an event of its own.
        let event = item.story.as_deref().unwrap_or(&item.id);
        events.entry(played.story(item)).or_default().entry(event).or_default().push(&item.id);
    }
    let mixed: Vec<_> = events.values().filter(|events| events.len() > 1).collect();
    assert!(mixed.is_empty(), "two events in one story: {mixed:#?}");

    let told = [
        ["fn-travel-wire", "mw-travel"],
        ["hl-travel-copy", "mw-travel"],
        ["hl-travel-edited", "mw-travel"],
        ["fn-chips", "mw-chips"],
    ];
    for [one, two] in told {
        let [one, two] = [one, two].map(|id| played.day.item(id).expect("the item is there"));
        assert_eq!(played.story(one), played.story(two), "{} and {} tell one event", one.id, two.id);
    }
    the_travel_story(&played).await;
}

#[tokio::test]
async fn alerts_carry_evidence_and_reach_their_receiver_and_old_items_alert_nobody() {
    let played = Played::new().await;
    assert!(!played.outcome.alerts.is_empty());
    for alert in &played.outcome.alerts {
        let content = &alert.alert.content;
        assert!(!content.evidence.is_empty(), "{} has no evidence", content.title);
        for found in &content.evidence {
            let text = match found.field {
                newswatch::model::Field::Title => &content.title,
                newswatch::model::Field::Body => &content.body,
                _ => continue,
            };
            assert_eq!(
                text.get(found.start..found.end),
                Some(found.text.as_str()),
                "evidence stands where it says"
            );
        }
        assert_eq!(alert.deliveries.len(), 1);
    }
    assert_eq!(played.outcome.total.sent, played.outcome.alerts.len());
    let backlog: Vec<_> =
        played.hits.iter().filter(|hit| hit.hit.silent.as_deref() == Some("backlog")).collect();
    assert!(!backlog.is_empty(), "the script has old items that match");
    let alerted =
        |hit: &&HitView| played.outcome.alerts.iter().any(|alert| alert.alert.content.url == hit.url);
    assert!(!backlog.iter().any(alerted), "an old item alerted");
}

/// The travel story is one story with one alert, and its page names who had it first.
async fn the_travel_story(played: &Played) {
    let items: Vec<&Item> =
        played.day.script.item.iter().filter(|item| item.story.as_deref() == Some("ai-travel")).collect();
    assert!(items.len() >= 8, "{} items", items.len());
    let stories: BTreeSet<StoryId> = items.iter().map(|item| played.story(item)).collect();
    assert_eq!(stories.len(), 1, "one event, one story");
    assert_eq!(played.alerted("ai-travel-restrictions", "ai-travel").len(), 1, "one alert");

    let config = load(&played.outcome.config, &Overrides::default()).expect("what it leaves loads");
    let app = App::for_reading(config.into()).expect("what it leaves opens");
    let story = *stories.first().expect("a story");
    let view = app.story(story).await.expect("the story");
    let origin = view.spread.origin.expect("an origin");
    assert_eq!(origin.outlet, "The Harbour Ledger");
    assert!(origin.cited_by >= 5 && origin.entry.is_some(), "{origin:?}");
    let first = view.spread.steps.first().expect("a first step");
    assert_eq!((first.outlet.as_str(), first.copy_of), ("The Harbour Ledger", None));
    let languages: BTreeSet<&str> = view.spread.languages.iter().map(|known| known.lang.as_str()).collect();
    assert_eq!(languages, BTreeSet::from(["de", "en", "fr", "ja", "zh"]));
    let outlets: BTreeSet<&str> = items.iter().map(|item| item.outlet.as_str()).collect();
    assert_eq!(view.spread.outlets.len(), outlets.len());
    assert_eq!(view.story.publishers as usize, view.spread.outlets.len(), "one count everywhere");
    assert_eq!(view.story.copies as usize, view.spread.copies);
}
