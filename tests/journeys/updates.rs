//! A story goes on after its first alert: the route says what is told of it, once, as an answer to that alert.

use crate::support::program::*;
use crate::support::room::rss;
use crate::support::server::Reply;
use crate::world::World;
use nix::sys::signal::Signal;

#[test]
fn a_correction_follows_the_first_alert_once_also_past_a_kill() {
    let world = World::new();
    let told = told_by("hook", &world.hook.url())
        .replace("[[route]]\n", "[[route]]\nupdates = { outlets = 3, corrections = true }\n");
    let rest = told + &topic_table("ships", "ships") + &feed_table("cape", world.url("/cape"));
    let place = Place::with(&configuration(&rest));
    let publish = |title: &str| {
        let document = rss(&[("c1", title), ("c0", "Calm sea")]);
        world.server.answer("/cape", move |_| Reply::ok(document.clone()));
    };
    world.server.answer("/cape", |_| Reply::ok(rss(&[("c0", "Calm sea")])));
    place.ok(&["poll", "--all"]);
    publish("Seven ships held off the cape");
    place.ok(&["poll", "--all"]);
    let first = world.hook.next();
    assert_eq!(first.body["type"], "alert.created");
    assert!(first.body["data"].get("update").is_none(), "{}", first.body);

    // The answer to the update is held back, and the daemon is killed meanwhile: it is sent again with its key.
    publish("Nine ships held off the cape");
    world.hook.hold(true);
    let mut daemon = place.daemon();
    let update = world.hook.next();
    daemon.signal(Signal::SIGKILL);
    daemon.ended();
    world.hook.hold(false);
    let daemon = place.daemon();
    let again = world.hook.next();
    daemon.stop();
    assert_eq!(
        (update.key.as_str(), &update.body["data"]["update"]),
        (again.key.as_str(), &again.body["data"]["update"])
    );

    let data = &again.body["data"];
    assert_eq!(
        (&again.body["type"], again.title()),
        (&"alert.updated".into(), "Nine ships held off the cape")
    );
    assert_eq!(data["update"]["kind"], "correction");
    assert_eq!(data["update"]["first"]["key"], first.key.as_str());
    assert_eq!(data["update"]["first"]["alert"], first.body["data"]["alert"]);
    assert_eq!(data["earlier"][0], first.key.as_str());
    assert!(
        data["update"]["reason"].as_str().is_some_and(|why| why.ends_with("Seven became Nine")),
        "{data}"
    );

    place.ok(&["poll", "--all"]);
    assert_eq!(world.hook.rest().len(), 0, "once");
    let list = place.ok(&["alerts", "list"]);
    assert!(list.contains("  correction  ") && list.contains("  first  "), "{list}");
    let (first, update) = (&first.body["data"]["alert"].to_string(), &data["alert"].to_string());
    assert!(place.ok(&["alerts", "show", first]).contains(&format!("alert {update}")));
    let page = place.ok(&["alerts", "show", update]);
    assert!(page.contains(&format!("alert {first}: Seven ships held off the cape")), "{page}");
    assert!(page.contains("a correction by Scripted: Seven became Nine"), "{page}");
}
