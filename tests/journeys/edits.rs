//! An outlet edits what it published: the same entry, with both texts told apart word by word.

use crate::support::program::*;
use crate::support::room::rss;
use crate::support::server::Reply;
use crate::world::World;

#[test]
fn an_edit_is_shown_with_its_time_and_its_words() {
    let world = World::new();
    let place = Place::with(&configuration(
        &(topic_table("ships", "ships") + &feed_table("cape", world.url("/cape"))),
    ));
    for title in ["Seven ships held off the cape", "Nine ships held off the cape"] {
        let document = rss(&[("c1", title)]);
        world.server.answer("/cape", move |_| Reply::ok(document.clone()));
        place.ok(&["poll", "--all"]);
    }
    let hits = place.json(&["hits", "list", "--json"]);
    assert_eq!(hits.as_array().map(Vec::len), Some(1), "one entry, one hit: {hits}");
    let hit = place.json(&["hits", "show", &hits[0]["id"].to_string(), "--json"]);
    assert_eq!(hit["edits"][0]["revision"], 1, "{hit}");
    assert!(hit["edits"][0]["at"].is_string() || hit["edits"][0]["at"].is_number(), "{hit}");
    assert_eq!(hit["edits"][0]["title"][0]["gone"], "Seven", "{hit}");
    assert_eq!(hit["edits"][0]["title"][1]["new"], "Nine", "{hit}");
    let story = hit["story"].to_string();
    for page in [["hits", "show", &hits[0]["id"].to_string()], ["stories", "show", &story]] {
        let shown = place.ok(&page);
        assert!(shown.contains("title: [-Seven-]{+Nine+} ships held off the cape"), "{page:?}: {shown}");
        assert!(shown.contains("revision 1, "), "{page:?}: {shown}");
    }
    let story = place.json(&["stories", "show", &story, "--json"]);
    assert_eq!(story["timeline"][0]["edits"], hit["edits"], "{story}");
}
