//! Updates after the first alert, with the real desk on a real store: what is told, once, threaded, over batches, restarts and
//! corrections by users.

#[path = "support/newsroom.rs"]
mod newsroom;

use newsroom::*;
use newswatch::model::*;
use newswatch::store::ClaimedDelivery;

const BODY: &str = "The port authority of Varnholm stopped the tanker Aurelia Meridian on Monday with 84,300 tonnes of crude \
    on board. Minister Katarina Lindqvist said that inspectors found forged papers of the owner, Solberg Shipping.";
const TITLE: &str = "Varnholm stops tanker Aurelia Meridian with 84,300 tonnes of crude";

fn configuration(updates: &str) -> String {
    format!(
        r#"
[[feed]]
id = "wire"
url = "https://wire.example/feed"
[[topic]]
id = "ships"
title = "Ships"
query = "tanker OR petrolero"
[[receiver]]
name = "log"
kind = "log"
[[route]]
to = ["log"]
{updates}
"#
    )
}

fn all() -> String {
    configuration("updates = { outlets = [2], languages = true, corrections = true }")
}

/// The same event in other words: a report of its own.
fn report(outlet: &str, at: usize) -> NewEntry {
    const OTHERS: [(&str, &str); 4] = [
        (
            "Varnholm stops the tanker Aurelia Meridian over forged papers",
            "Inspectors at Varnholm are holding the Aurelia Meridian. The tanker of Solberg Shipping carries 84,300 tonnes of \
             crude, says Katarina Lindqvist, the minister.",
        ),
        (
            "Varnholm stops tanker Aurelia Meridian, says minister Lindqvist",
            "A tanker with 84,300 tonnes of crude lies in Varnholm: papers of the Aurelia Meridian are forged, minister \
             Katarina Lindqvist said on Monday.",
        ),
        (
            "Forged papers: Varnholm stops tanker Aurelia Meridian with 84,300 tonnes",
            "Minister Lindqvist wants answers of Solberg Shipping, whose tanker Aurelia Meridian Varnholm's port authority has \
             stopped.",
        ),
        (
            "Varnholm stops tanker Aurelia Meridian of Solberg Shipping",
            "The Aurelia Meridian, loaded with 84,300 tonnes of crude, was detained after Katarina Lindqvist's inspectors had \
             looked at its papers.",
        ),
    ];
    entry(outlet, "en", OTHERS[at].0, OTHERS[at].1)
}

/// What the alerts told, in order: `first`, or the cause.
fn told(room: &Newsroom) -> Vec<String> {
    let cause = |view: &AlertView| {
        view.alert.content.update.as_ref().map_or_else(|| "first".to_owned(), |update| update.cause.clone())
    };
    room.alerts().iter().map(cause).collect()
}

/// A newsroom that has seen a few days of other news: what words are worth is known.
fn warm(configuration: &str) -> Newsroom {
    const PARTS: [&str; 8] = ["bar", "kel", "lim", "mon", "nur", "ras", "sen", "tor"];
    let word = |number: usize| [PARTS[number % 8], PARTS[number / 8 % 8], PARTS[number / 64 % 8]].concat();
    let line = |from: usize, words: usize| {
        (0..words).map(|at| word(from * 7 + at * 31)).collect::<Vec<_>>().join(" ")
    };
    let other = |at: usize| entry(&format!("Outlet {at}"), "en", &line(at, 6), &line(at + 1_000, 30));
    let mut room = Newsroom::with(configuration, &[]);
    room.take_old("wire", (0..400).map(other).collect());
    room.judge();
    room
}

fn first_told(updates: &str) -> Newsroom {
    let mut room = warm(updates);
    room.tell("wire", entry("Harbour Post", "en", TITLE, BODY));
    assert_eq!(told(&room), ["first"]);
    room
}

#[test]
fn more_independent_outlets_are_told_once_and_copies_do_not_count() {
    let mut room = first_told(&all());
    for copy in ["Dover Ledger", "Kent Courier", "Cape Times"] {
        room.tell("wire", entry(copy, "en", TITLE, BODY));
    }
    room.tell("wire", report("Northern Herald", 0));
    assert_eq!(told(&room), ["first"], "three copies and one report of its own");
    room.tell("wire", report("NORTHERN HERALD", 3));
    assert_eq!(told(&room), ["first"], "the same outlet again");
    room.tell("wire", report("Baltic Observer", 1));
    room.tell("wire", report("Sound Gazette", 2));
    assert_eq!(told(&room), ["first", "outlets:2"]);
    let first = room.alerts()[0].alert.content.story;
    let update = room.alerts().pop().expect("an update").alert.content;
    assert_eq!((update.publisher.as_deref(), update.story), (Some("Baltic Observer"), first));
    assert_eq!(
        update.update.expect("an update").reason,
        "carried by 2 more independent outlets since the first alert: Northern Herald, Baltic Observer"
    );
    let (story, _) = &room.stories().pop().expect("a story");
    assert_eq!((story.entries, story.publishers, story.copies), (8, 7, 3), "one count, spellings folded");
}

#[test]
fn nothing_follows_where_no_route_asks() {
    let mut room = first_told(&configuration(""));
    room.tell("wire", report("Northern Herald", 0));
    room.tell("wire", report("Baltic Observer", 1));
    assert_eq!(told(&room), ["first"]);
}

#[test]
fn a_correction_is_told_once_however_many_copies_are_corrected() {
    let mut room = first_told(&all());
    let key = |outlet: &str| format!("{outlet}: {TITLE}");
    room.tell("wire", entry("Dover Ledger", "en", TITLE, BODY));
    let body = BODY.replace("84,300", "48,300");
    let title = TITLE.replace("84,300", "48,300");
    room.tell("wire", named(&key("Harbour Post"), "Harbour Post", "en", &title, &body));
    room.tell("wire", named(&key("Dover Ledger"), "Dover Ledger", "en", &title, &body));
    assert_eq!(told(&room), ["first", "correction:84300>48300"]);
    let update = room.alerts().pop().expect("an update").alert.content;
    assert_eq!(update.title, title, "told with the text of now");
    assert_eq!(
        update.update.expect("an update").reason,
        "a correction by Harbour Post: 84,300 became 48,300"
    );
    let note = format!("{body}\n\nCorrection: the owner of the ship is Solberg Marine.");
    room.tell("wire", named(&key("Harbour Post"), "Harbour Post", "en", &title, &note));
    assert_eq!(told(&room).len(), 3, "another correction: {:?}", told(&room));
}

#[test]
fn the_backlog_of_a_new_feed_counts_but_causes_nothing() {
    let mut room = first_told(&all());
    room.take_old("wire", vec![report("Northern Herald", 0), report("Baltic Observer", 1)]);
    room.judge();
    assert_eq!(told(&room), ["first"]);
    room.tell("wire", report("Sound Gazette", 2));
    assert_eq!(told(&room), ["first", "outlets:2"]);
    let reason = room.alerts().pop().expect("an update").alert.content.update.expect("an update").reason;
    assert!(reason.starts_with("carried by 3 more independent outlets"), "{reason}");
}

#[test]
fn updates_do_not_depend_on_batches_or_restarts() {
    let entries = || {
        vec![
            entry("Harbour Post", "en", TITLE, BODY),
            entry("Dover Ledger", "en", TITLE, BODY),
            report("Northern Herald", 0),
            report("Baltic Observer", 1),
            report("Sound Gazette", 2),
            report("Cape Times", 3),
        ]
    };
    let mut at_once = warm(&all());
    at_once.take("wire", entries());
    at_once.judge();
    let mut one_by_one = warm(&all());
    for entry in entries() {
        one_by_one.tell("wire", entry);
        one_by_one.restart();
    }
    assert_eq!(told(&at_once), ["first", "outlets:2"]);
    assert_eq!(told(&at_once), told(&one_by_one));
    let words = |room: &Newsroom| room.alerts().pop().map(|view| view.alert.content.update);
    assert_eq!(words(&at_once), words(&one_by_one));
}

/// What waits in the outbox, oldest first.
fn outbox(room: &Newsroom) -> Vec<ClaimedDelivery> {
    let far = Time(START.0 + 86_400_000);
    let claimed =
        room.store.write_blocking(move |tx| tx.claim_deliveries(far, &["log".into()], 99, Time(far.0 + 1)));
    claimed.expect("claimed")
}

#[test]
fn merged_stories_bring_their_languages_and_outlets_and_split_ones_start_anew() {
    let mut room = first_told(&configuration("updates = { languages = true }"));
    let spanish = "Un petrolero encalla frente a la isla de Tarvos y la tripulación espera remolcadores";
    room.tell(
        "wire",
        entry("Diario Costa", "es", spanish, "La guardia costera espera que mejore el tiempo."),
    );
    assert_eq!(told(&room), ["first", "first"], "a story of its own");
    let story = room.alerts()[0].alert.content.story;
    let merged =
        room.store.write_blocking(move |tx| tx.merge_stories(story, StoryId(story.0 + 1))).expect("merged");
    assert_eq!(merged.moved, 1);
    room.tell("wire", report("Northern Herald", 0));
    assert_eq!(told(&room), ["first", "first", "language:es"], "told with the next report");
    let last = room.alerts().pop().expect("an update").alert.content;
    let update = last.update.expect("an update");
    assert_eq!((last.publisher.as_deref(), update.first), (Some("Diario Costa"), AlertId(1)));

    let waiting = outbox(&room);
    let update = waiting.last().expect("the update");
    assert_eq!(
        update.first.as_deref(),
        Some(waiting[0].delivery.idempotency_key.as_str()),
        "threaded to the first"
    );
    let earlier: Vec<&str> =
        waiting[..2].iter().map(|known| known.delivery.idempotency_key.as_str()).collect();
    assert_eq!(update.earlier, earlier);

    let members = room.ask(move |read| read.story_entries(story));
    let northern = members.iter().find(|known| known.entry.publisher.as_deref() == Some("Northern Herald"));
    let northern = northern.expect("joined").entry.id;
    let split = room.store.write_blocking(move |tx| tx.split_story(story, &[northern])).expect("split");
    room.tell("wire", report("NORTHERN HERALD", 0));
    let new = room.alerts().pop().expect("an alert").alert.content;
    assert_eq!((new.story, new.update), (split.story, None), "nobody was told of the new story");
}
