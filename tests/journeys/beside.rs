//! Beside a running daemon: a second one is refused, questions are answered, single changes take effect.

use crate::support::program::*;
use crate::world::{World, asked};

#[test]
fn a_second_daemon_is_refused_and_commands_work_beside_the_first() {
    let world = World::new();
    let cape = world.growing("/cape", &[("c1", "Barge aground"), ("c2", "Tanker seized")]);
    let gulf = world.growing("/gulf", &[("g1", "Calm sea")]);
    let rest = told_by("hook", &world.hook.url())
        + &topic_table("ships", "tanker OR barge")
        + &feed_table("cape", world.url("/cape"))
        + &feed_table("gulf", world.url("/gulf"));
    let place = Place::with(&configuration(&rest));
    world.hook.answer(400);
    let mut daemon = place.daemon();
    let first = world.hook.next();

    for refused in [&["run"][..], &["poll"], &["poll", "--all"]] {
        let error = place.fails(1, refused);
        assert!(
            error.contains(&daemon.id().to_string()) && error.contains("newswatch.db"),
            "{refused:?}: {error}"
        );
    }

    // Refused for good: a dead letter at once, kept with the answer that killed it, and brought back under its key.
    daemon.line("dead");
    let dead = place.json(&["alerts", "list", "--state", "dead", "--json"]);
    let shown = place.ok(&["alerts", "show", &dead[0]["id"].to_string()]);
    assert!(shown.contains("To hook: dead") && shown.contains("400"), "{shown}");
    world.hook.answer(204);
    assert!(place.ok(&["alerts", "retry", "--all"]).contains("1 delivery"));
    assert_eq!(world.hook.next().key, first.key, "the same key");
    daemon.line("sent");
    assert!(place.fails(1, &["alerts", "retry", "--all"]).contains("no dead delivery"));

    paused_and_resumed(&place, &cape, &gulf);
    let backup = place.path("copy.db");
    place.ok(&["db", "backup", backup.to_str().expect("UTF-8")]);
    place.ok(&["db", "prune"]);
    daemon.stop();
    let copied = place.json(&["--database", "copy.db", "hits", "list", "--json"]);
    assert_eq!(copied.as_array().map(Vec::len), Some(2), "the copy answers questions");
}

/// Requests for the other feed are the clock: while it is asked again and again, the paused one is not.
fn paused_and_resumed(
    place: &Place,
    cape: &std::sync::mpsc::Receiver<()>,
    gulf: &std::sync::mpsc::Receiver<()>,
) {
    assert!(place.ok(&["feeds", "pause", "gulf"]).contains("gulf paused"));
    assert!(
        place.ok(&["feeds", "list"]).lines().any(|line| line.contains("gulf") && line.contains("paused"))
    );
    for requests in [cape, gulf] {
        requests.try_iter().for_each(drop);
    }
    asked(cape, 3);
    assert!(gulf.try_iter().count() <= 1, "at most the poll that was under way");
    place.ok(&["feeds", "resume", "gulf"]);
    asked(gulf, 1);
    let error = place.fails(1, &["feeds", "pause", "golf"]);
    assert!(error.contains("golf"), "{error}");
}
