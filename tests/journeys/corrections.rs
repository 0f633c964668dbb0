//! A user corrects stories beside the running daemon, and it sticks: later entries follow, also after a restart.

use crate::support::program::*;
use crate::support::room::rss;
use crate::support::server::Reply;
use crate::world::{World, asked};
use serde_json::Value;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

const TANKER: &str = "Navy seizes a tanker off the cape";
const PILOTS: &str = "Harbour pilots vote for a walkout over unpaid night shifts";

/// A feed that shows what was published so far, newest first.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Vec<(String, String)>>>);

impl Wire {
    /// Publishes these titles at once, so that they are judged in one pass.
    fn publish(&self, titles: &[&str]) {
        let mut items = self.0.lock().expect("items");
        for title in titles {
            let guid = format!("g{}", items.len());
            items.push((guid, (*title).to_owned()));
        }
    }

    fn document(&self) -> Vec<u8> {
        let items = self.0.lock().expect("items");
        let newest: Vec<(&str, &str)> =
            items.iter().rev().map(|(guid, title)| (guid.as_str(), title.as_str())).collect();
        rss(&newest)
    }
}

fn entries(story: &Value, title: &str) -> Vec<String> {
    let timeline = story["timeline"].as_array().expect("a timeline").iter();
    timeline.filter(|entry| entry["title"] == title).map(|entry| entry["id"].to_string()).collect()
}

#[test]
fn a_merge_and_a_split_are_followed_by_later_entries_and_survive_a_restart() {
    let world = World::new();
    let (wire, (told, requests)) = (Wire::default(), channel());
    wire.publish(&["Calm sea"]);
    let source = wire.clone();
    world.server.answer("/wire", move |_| {
        // Nobody listens once the feed has been read.
        let _ = told.send(());
        Reply::ok(source.document())
    });
    let rest = told_by("hook", &world.hook.url())
        + &topic_table("sea", "tanker OR pilots OR volcano OR glacier")
        + &feed_table("wire", world.url("/wire"));
    let place = Place::with(&configuration(&rest));
    let daemon = place.daemon();
    asked(&requests, 2);
    wire.publish(&[TANKER, PILOTS]);
    let first = [world.hook.next(), world.hook.next()];
    let number = |title: &str| {
        let told = first.iter().find(|told| told.title() == title).expect("told");
        told.body["data"]["story"].to_string()
    };
    let (tanker, pilots) = (number(TANKER), number(PILOTS));
    assert_ne!(tanker, pilots);

    assert!(place.fails(1, &["stories", "merge", &tanker, "999"]).contains("no story 999"));
    let said = place.ok(&["stories", "merge", &tanker, &pilots]);
    assert!(said.contains(&format!("1 entry of story {pilots} moved to story {tanker}")), "{said}");
    wire.publish(&[PILOTS, "Volcano erupts on a remote southern island"]);
    assert!(world.hook.next().title().starts_with("Volcano"), "the merged story was told already");
    let merged = daemon.get(&format!("/api/v1/stories/{pilots}")).json();
    assert_eq!(merged["id"].to_string(), tanker, "the old number leads to the story");
    assert_eq!(merged["entries"], 3, "the later entry followed the merge: {merged}");

    let leaving = entries(&merged, PILOTS);
    let mut split = vec!["stories", "split", &tanker, "--json"];
    split.extend(leaving.iter().map(String::as_str));
    let new = place.json(&split)["story"].to_string();
    wire.publish(&[PILOTS]);
    let again = world.hook.next();
    assert_eq!((again.title(), again.body["data"]["story"].to_string()), (PILOTS, new.clone()));
    daemon.stop();

    let daemon = place.daemon();
    wire.publish(&[PILOTS, "Glacier calves above a mountain village"]);
    assert!(world.hook.next().title().starts_with("Glacier"));
    let page = place.ok(&["stories", "show", &new]);
    assert!(page.contains(&format!("split off story {tanker} by a user")), "{page}");
    let whole = place.json(&["stories", "show", &new, "--json"]);
    assert_eq!(entries(&whole, PILOTS).len(), 4, "{whole}");
    assert_eq!(place.json(&["stories", "show", &tanker, "--json"])["entries"], 1);
    daemon.stop();
    assert_eq!(world.hook.rest().len(), 0, "nobody was told twice");
}
