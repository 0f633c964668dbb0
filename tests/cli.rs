//! Every command of `--help`, once with its options: on what `demo --once` leaves behind, on feed documents, and on a
//! configuration that is edited. Tables for people, JSON for programs, exit statuses 0, 1 and 2.

#[expect(dead_code, reason = "every test file uses its own part of the support")]
mod support;

use clap::CommandFactory;
use newswatch::cli::Cli;
use newswatch::clock::{Clock, SystemClock};
use newswatch::intake::parse::{Context, parse};
use newswatch::model::ParsedFeed;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use support::hook::Hook;
use support::program::*;
use support::room::rss;
use support::server::{FeedServer, Reply};

#[test]
fn every_command_answers_on_what_the_demo_leaves() {
    let place = Place::new();
    let played = place.run(&["demo", "--once", "--json", "--dir", "."]);
    assert_eq!((played.status, played.err.as_str()), (0, ""), "{played:?}");
    let alerts: Vec<Value> =
        played.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(alerts.len() > 3, "{} alerts", alerts.len());
    assert!(place.fails(2, &["demo", "--once", "--dir", "."]).contains("another directory"));

    lists(&place, alerts.len());
    filters(&place);
    single_things(&place);
    exports(&place);
    searches(&place);
    topics(&place);
    upkeep(&place);
    quiet_ends(&place);
    everything_was_asked(&place);
}

/// Every list as a table with heads and as JSON of as many rows.
fn lists(place: &Place, alerts: usize) {
    for (list, heads) in [
        (["hits", "list"], "HIT WHEN TOPIC STORY LANG OUTLET TITLE"),
        (["stories", "list"], "STORY OPENED NEWEST ENTRIES COPIES OUTLETS LANG TITLE"),
        (["feeds", "list"], "FEED STATE LANG LAST POLL ENTRIES NEXT TITLE OR TROUBLE"),
        (["topics", "list"], "TOPIC PRIORITY HITS 7D HITS NEWEST PRECISION TITLE"),
        (["alerts", "list"], "ALERT WHEN TOPIC STORY TELLS DELIVERIES TITLE"),
    ] {
        let table = place.ok(&list);
        let head = table.lines().next().unwrap_or_default();
        assert_eq!(head.split_whitespace().collect::<Vec<_>>().join(" "), heads);
        let json = place.json(&[list[0], list[1], "--json"]);
        assert_eq!(json.as_array().map(Vec::len), Some(table.lines().count() - 1), "{list:?}");
    }
    assert_eq!(rows(place, &["alerts", "list", "--limit", "0"]).len(), alerts);
    assert_eq!(rows(place, &["feeds", "list", "--state", "ok", "--lang", "de"]).len(), 2);
    assert_eq!(rows(place, &["feeds", "list", "--tag", "none"]).len(), 0);
    assert!(place.fails(2, &["feeds", "list", "--state", "merry"]).contains("failing"));
}

/// Rows of a list.
fn rows(place: &Place, args: &[&str]) -> Vec<Value> {
    let json = place.json(&[args, &["--json"]].concat());
    json.as_array().expect("a list").clone()
}

fn every(rows: &[Value], what: &str, holds: impl Fn(&Value) -> bool) {
    assert!(!rows.is_empty(), "{what}: no rows");
    assert!(rows.iter().all(holds), "{what}: {rows:?}");
}

/// Every filter leaves what it says, and the two halves of a condition make the whole.
fn filters(place: &Place) {
    let all = rows(place, &["hits", "list", "--limit", "0"]);
    let noon = all[all.len() / 2]["at"].as_str().expect("a time").to_owned();
    let (since, until) =
        (rows(place, &["hits", "list", "--since", &noon]), rows(place, &["hits", "list", "--until", &noon]));
    every(&since, "since", |hit| hit["at"].as_str() >= Some(&noon));
    every(&until, "until", |hit| hit["at"].as_str() < Some(&noon));
    assert_eq!(since.len() + until.len(), all.len());
    assert_eq!(rows(place, &["hits", "list", "--since", "3d", "--limit", "0"]).len(), all.len());
    let (told, silent) = (
        rows(place, &["hits", "list", "--state", "told"]),
        rows(place, &["hits", "list", "--state", "silent"]),
    );
    every(&told, "told", |hit| hit["silent"].is_null());
    every(&silent, "silent", |hit| hit["silent"].is_string());
    assert_eq!(told.len() + silent.len(), all.len());
    every(&rows(place, &["hits", "list", "--feed", "tagwerk,rheinblick"]), "feed", |hit| {
        hit["feed"] == "tagwerk" || hit["feed"] == "rheinblick"
    });
    every(&rows(place, &["hits", "list", "--lang", "zh"]), "lang", |hit| hit["lang"] == "zh");
    every(&rows(place, &["hits", "list", "--lang", "ZH"]), "lang, in capitals", |hit| hit["lang"] == "zh");
    every(&rows(place, &["hits", "list", "--topic", "ai-regulation"]), "topic", |hit| {
        hit["topic"] == "ai-regulation"
    });
    every(&rows(place, &["hits", "list", "--text", "赴美"]), "text", |hit| hit["lang"] == "zh");
    let story = all[0]["story"].to_string();
    every(&rows(place, &["hits", "list", "--story", &story]), "story", |hit| hit["story"] == all[0]["story"]);
    let pages = [["0"], ["5"], ["10"]]
        .map(|[offset]| rows(place, &["hits", "list", "--limit", "5", "--offset", offset]));
    assert_eq!(pages.concat(), all[..15], "pages follow each other");
    let first: BTreeSet<String> = rows(place, &["hits", "list", "--first", "--limit", "0"])
        .iter()
        .map(|hit| format!("{} {}", hit["topic"], hit["story"]))
        .collect();
    let pairs: BTreeSet<String> =
        all.iter().map(|hit| format!("{} {}", hit["topic"], hit["story"])).collect();
    assert_eq!(first, pairs, "the first hit of each story and topic");
    every(&rows(place, &["stories", "list", "--min-entries", "2"]), "stories", |story| {
        story["entries"].as_u64() >= Some(2)
    });
    every(
        &rows(place, &["stories", "list", "--topic", "ai-regulation", "--text", "KI"]),
        "stories",
        |story| story["langs"].to_string().contains("de"),
    );
    every(
        &rows(place, &["alerts", "list", "--receiver", "terminal", "--state", "sent"]),
        "alerts",
        |alert| alert["deliveries"][0]["receiver"] == "terminal",
    );
    let slip = place.run(&["stories", "list", "--topic", "ai-regulations", "--feed", "tagwerk,tagwrk"]);
    assert_eq!((slip.status, slip.out.as_str()), (0, "no stories\n"));
    assert!(slip.err.contains("no topic ai-regulations") && slip.err.contains("no feed tagwrk"), "{slip:?}");
    for (wrong, said) in [
        (&["hits", "list", "--since", "soon"][..], "2026-11-01"),
        (&["hits", "list", "--text", "(ship"], "never closed"),
        (&["hits", "list", "--limit", "some"], "--limit"),
        (&["alerts", "list", "--state", "odd"], "pending, sent or dead"),
        (&["stories", "list", "--text", "*ing"], "hits search"),
        (&["hits"], "Usage"),
        (&["tidy"], "unrecognized"),
    ] {
        assert!(place.fails(2, wrong).contains(said), "{wrong:?} does not say {said:?}");
    }
}

fn single_things(place: &Place) {
    let hit = rows(place, &["hits", "list", "--topic", "ai-travel-restrictions", "--lang", "zh"])[0].clone();
    let shown = place.ok(&["hits", "show", &hit["id"].to_string()]);
    for part in ["人工智能", "Why it matched", "topic", "outlet", "told"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(place.json(&["hits", "show", &hit["id"].to_string(), "--json"])["title"], hit["title"]);
    let told_again = rows(place, &["stories", "list", "--min-entries", "2"]);
    let mut shown = String::new();
    for story in &told_again {
        shown += &place.ok(&["stories", "show", &story["id"].to_string()]);
        let whole = place.json(&["stories", "show", &story["id"].to_string(), "--json"]);
        assert_eq!(
            whole["timeline"].as_array().map(Vec::len),
            story["entries"].as_u64().map(|count| count as usize)
        );
        let spread = &whole["spread"];
        let counted = spread["reports"].as_u64().zip(spread["copies"].as_u64());
        assert_eq!(counted.map(|(reports, copies)| reports + copies), story["entries"].as_u64(), "{spread}");
        assert!(spread["origin"]["outlet"].is_string(), "{spread}");
    }
    assert_eq!(shown.matches("opens a story").count(), told_again.len(), "why each entry is there: {shown}");
    assert!(shown.contains("identical text"), "{shown}");
    assert_eq!(shown.matches("\norigin ").count(), told_again.len(), "who had it first: {shown}");
    assert!(shown.contains("; first seen ") && shown.contains("copy of entry "), "{shown}");
    let alert = rows(place, &["alerts", "list"])[0]["id"].to_string();
    assert!(place.ok(&["alerts", "show", &alert]).contains("To terminal: sent"));
    assert_eq!(place.json(&["alerts", "show", &format!("#{alert}"), "--json"])["attempts"][0]["ok"], true);
    let feed = place.ok(&["feeds", "show", "foundry-notes", "--polls", "3"]);
    assert!(feed.contains("why then") && feed.contains("answered 304"), "{feed}");
    let feed = place.json(&["feeds", "show", "foundry-notes", "--polls", "3", "--json"]);
    assert_eq!(feed["polls"].as_array().map(Vec::len), Some(3));
    for missing in [["hits", "show"], ["stories", "show"], ["alerts", "show"]] {
        let [noun, verb] = missing;
        assert!(place.fails(1, &[noun, verb, "424242"]).contains("there is no "), "{missing:?}");
        assert!(place.fails(2, &[noun, verb, "first"]).contains("expected a number"), "{missing:?}");
    }
    assert!(place.fails(1, &["feeds", "show", "nobody"]).contains("there is no feed nobody"));
}

fn read(document: &str, content_type: &str) -> ParsedFeed {
    let context =
        Context { url: None, content_type: Some(content_type), max_entries: 1000, now: SystemClock.now() };
    let feed = parse(document.as_bytes(), &context).expect("a feed");
    assert_eq!(feed.warnings, [], "{content_type}");
    feed
}

/// All five formats hold the same hits.
fn exports(place: &Place) {
    let hits = rows(place, &["hits", "list", "--limit", "0"]);
    let titles: Vec<&str> = hits.iter().filter_map(|hit| hit["title"].as_str()).collect();
    let export = |format: &str| place.ok(&["hits", "export", "--limit", "0", "--format", format]);
    let lines: Vec<Value> =
        export("jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines, hits);
    assert_eq!(serde_json::from_str::<Vec<Value>>(&export("json")).expect("JSON"), hits);
    let text = export("csv");
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let at = table.headers().expect("heads").iter().position(|head| head == "title").expect("a title");
    let cells: Vec<String> = table.records().map(|row| row.expect("a row")[at].to_owned()).collect();
    assert_eq!(cells, titles);
    for (format, content_type) in [("atom", "application/atom+xml"), ("json-feed", "application/feed+json")] {
        let feed = read(&export(format), content_type);
        let read: Vec<&str> = feed.entries.iter().map(|entry| entry.title.as_str()).collect();
        assert_eq!(read, titles, "{format}");
        let ids: BTreeSet<&Option<String>> = feed.entries.iter().map(|entry| &entry.guid).collect();
        assert_eq!(ids.len(), hits.len(), "{format}: an id for each hit");
    }
    assert_eq!(place.ok(&["hits", "export", "--topic", "ai-regulation", "-o", "out.jsonl"]), "");
    let written = std::fs::read_to_string(place.path("out.jsonl")).expect("the file");
    assert_eq!(written.lines().count(), rows(place, &["hits", "list", "--topic", "ai-regulation"]).len());
    assert!(place.fails(1, &["hits", "export", "-o", "no/such/place"]).contains("no/such/place"));
}

fn searches(place: &Place) {
    let hits = rows(place, &["hits", "search", "KI AND USA-Reisen"]);
    every(&hits, "search", |hit| hit["lang"] == "de" && hit["evidence"][0]["text"].is_string());
    let all = rows(place, &["hits", "search", "--all-entries", "--lang", "fr", "sécheresse"]);
    every(&all, "an entry that hit nothing", |entry| {
        entry["title"].as_str().is_some_and(|title| title.contains("Sécheresse"))
    });
    assert_eq!(rows(place, &["hits", "search", "zyzzyva"]).len(), 0);
    assert_eq!(place.ok(&["hits", "search", "zyzzyva"]), "no hits\n");
    assert!(place.fails(2, &["hits", "search", "a NEAR"]).contains('^'), "where the query is wrong");
}

fn topics(place: &Place) {
    assert!(place.ok(&["topics", "check"]).contains("4 topics are good"));
    let files = ["terms", "ai-regulation", "chip-export-controls"].map(|name| format!("topics/{name}.toml"));
    let checked = place.ok(&["topics", "check", &files[0], &files[1], &files[2]]);
    assert!(checked.contains("2 topics are good"), "{checked}");
    // One topic only: all of them are tested with the configuration, and take their time in a debug build.
    let report = place.json(&["topics", "test", "--topic", "ai-regulation", "--json"]);
    every(report["topics"].as_array().expect("topics"), "samples", |topic| {
        topic["samples"].as_u64() > Some(20)
    });
    assert_eq!(report["topics"].as_array().map(Vec::len), Some(1), "only the one asked for");
    place.write(
        "mine.toml",
        "[[topic]]\nid = \"mine\"\nquery = 'tanker'\n\n[[sample]]\ntitle = \"A barge\"\nmatch = true\n",
    );
    let failed = place.run(&["topics", "test", "mine.toml"]);
    assert_eq!(failed.status, 1, "{failed:?}");
    assert!(failed.out.contains("mine.toml:5: miss mine: A barge"), "{failed:?}");
    place.write(
        "bad.toml",
        "[[topic]]\nid = \"bad\"\nquery = 'tanker OR'\n\n[[topic]]\nid = \"good\"\nquery = 'ship'\n",
    );
    let bad = place.run(&["topics", "check", "bad.toml"]);
    assert_eq!(bad.status, 2, "{bad:?}");
    assert!(bad.out.contains("bad.toml:3:") && bad.err.contains("1 of 2 topics"), "{bad:?}");
    place.write(
        "labelled.jsonl",
        "{\"title\": \"Tanker seized\", \"topics\": [\"mine\"]}\n{\"title\": \"Calm\", \"topics\": []}\n",
    );
    let labelled = place.json(&["topics", "test", "mine.toml", "labelled.jsonl", "--json"]);
    assert_eq!(labelled["topics"][0]["recall"], 1.0, "{labelled}");
    assert!(place.fails(2, &["topics", "test", "--topic", "nothing"]).contains("there is no topic nothing"));
    place.write("lost.toml", "[[topic]]\nid = \"lost\"\nquery = \"@nowhere AND ship\"\n");
    let refused = place.fails(2, &["topics", "test", "lost.toml", "labelled.jsonl"]);
    assert!(refused.contains("1 of 1 topics cannot be used"), "no recall of 0 %: {refused}");
}

fn upkeep(place: &Place) {
    assert!(place.ok(&["config", "check"]).starts_with("good: 8 feeds, 4 topics, 1 receivers"));
    let dumped = place.ok(&["config", "dump"]);
    place.write("dumped.toml", &dumped);
    assert_eq!(
        place.ok(&["-c", "dumped.toml", "config", "dump"]),
        dumped,
        "what is dumped can be loaded, and is the same"
    );
    let stats = place.json(&["db", "stats", "--json"]);
    for (label, key) in [("entries", "entries"), ("hits", "hits"), ("alerts", "alerts"), ("schema", "schema")]
    {
        let text = place.ok(&["db", "stats"]);
        let line = text.lines().find(|line| line.starts_with(label)).expect("a line");
        assert_eq!(line.split_whitespace().last(), Some(stats[key].to_string().as_str()), "{text}");
    }
    place.ok(&["db", "backup", "backup.db"]);
    assert!(place.fails(1, &["db", "backup", "backup.db"]).contains("backup.db"), "nothing is written over");
    assert_eq!(
        place.json(&["--database", "backup.db", "db", "stats", "--json"])["entries"],
        stats["entries"]
    );
    assert_eq!(place.json(&["db", "prune", "--json"])["bodies"], 0);
    assert!(place.ok(&["db", "prune"]).contains("keys, titles and hits stay"));
    let status = place.json(&["status", "--json"]);
    assert_eq!((&status["daemon"], &status["feeds"]["configured"]), (&Value::Null, &Value::from(8)));
    assert!(place.ok(&["status"]).contains("not running"));
    for (shell, part) in
        [("bash", "complete -F"), ("zsh", "#compdef newswatch"), ("fish", "complete -c newswatch")]
    {
        assert!(place.ok(&["completions", shell]).contains(part), "{shell}");
    }
    assert!(place.run(&["man"]).out.contains(".TH newswatch 1"));
    place.ok(&["man", "pages"]);
    let pages = std::fs::read_dir(place.path("pages")).expect("pages").count();
    assert!(pages > 30, "a page for each command: {pages}");
    let paused = place.ok(&["feeds", "pause", "shiomi"]);
    assert!(paused.contains("shiomi paused"), "{paused}");
    assert_eq!(rows(place, &["feeds", "list", "--state", "paused"])[0]["id"], "shiomi");
    place.ok(&["feeds", "resume", "shiomi"]);
    assert!(place.fails(1, &["alerts", "retry", "1"]).contains("no dead delivery"));
    let tested = place.ok(&["alerts", "test", "terminal"]);
    assert!(tested.contains("terminal: logged"), "{tested}");
    let pass = place.ok(&["poll", "--all"]);
    assert!(pass.contains("8 feeds polled (0 unchanged, 8 failed)"), "the demo's server is gone: {pass}");
    let items =
        "{\"id\": \"1\", \"title\": \"China warns AI researchers against travel to the United States\"}\n";
    let replayed = place.run_with(&["replay", "-", "--stats"], items.as_bytes());
    assert_eq!(replayed.status, 0, "{replayed:?}");
    let line: Value = serde_json::from_str(&replayed.out).expect("a line of JSON");
    assert_eq!(line["topics"][0]["id"], "ai-travel-restrictions", "{line}");
    serde_json::from_str::<Value>(replayed.err.lines().last().expect("figures")).expect("JSON");
}

/// A reader that goes away after the first line is no failure.
fn quiet_ends(place: &Place) {
    for args in [
        &["hits", "list", "--json"][..],
        &["hits", "export"],
        &["completions", "zsh"],
        &["man"],
        &["config", "dump"],
    ] {
        let mut child = place.command(args).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let ended = child.wait_with_output().expect("its end");
        assert!(ended.status.success() && ended.stderr.is_empty(), "{args:?}: {ended:?}");
    }
}

/// Commands without subcommands, as they are typed.
fn leaves(command: &clap::Command, path: &str) -> Vec<String> {
    let below: Vec<String> = command
        .get_subcommands()
        .flat_map(|sub| leaves(sub, format!("{path} {}", sub.get_name()).trim()))
        .collect();
    if below.is_empty() { vec![path.to_owned()] } else { below }
}

/// What has a journey or a test of its own elsewhere.
const ELSEWHERE: [&str; 15] = [
    "run",
    "feeds discover",
    "feeds add",
    "feeds remove",
    "feeds import",
    "feeds export",
    "feeds health",
    "feeds parse",
    "hits mark",
    "topics explain",
    "topics backtest",
    "topics apply",
    "topics suggest",
    "stories merge",
    "stories split",
];

fn everything_was_asked(place: &Place) {
    let asked = place.asked();
    for leaf in leaves(&Cli::command(), "") {
        let here = asked.iter().any(|line| format!("{line} ").contains(&format!("{leaf} ")));
        assert!(here || ELSEWHERE.contains(&leaf.as_str()), "nobody asked `{leaf}`");
    }
}

/// The README's table of commands against `--help`, both ways.
#[test]
fn the_readme_names_every_command_and_no_other() {
    let readme = include_str!("../README.md");
    let table =
        readme.split("## Commands").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a table");
    let cells =
        table.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split(" | ").next());
    let named: BTreeSet<String> = cells
        .flat_map(|cell| cell.trim_start_matches("| ").split("`, `").map(str::to_owned).collect::<Vec<_>>())
        .flat_map(|cell| spelled_out(cell.trim_matches('`')))
        .collect();
    let known: BTreeSet<String> = leaves(&Cli::command(), "").into_iter().collect();
    assert_eq!(named, known);
}

/// `hits list\|show` is two commands; options and arguments in capitals or brackets are none.
fn spelled_out(cell: &str) -> Vec<String> {
    let words: Vec<&str> = cell
        .split(' ')
        .filter(|word| {
            !word.starts_with('[')
                && !word.starts_with(|c: char| c.is_ascii_uppercase())
                && !word.ends_with(']')
        })
        .collect();
    match words.as_slice() {
        [noun, verbs] => verbs.split("\\|").map(|verb| format!("{noun} {verb}")).collect(),
        words => vec![words.join(" ")],
    }
}

#[test]
fn help_says_what_each_command_is_for() {
    let place = Place::new();
    assert!(place.ok(&["--version"]).starts_with("newswatch "));
    for leaf in leaves(&Cli::command(), "") {
        let args: Vec<&str> = leaf.split(' ').chain(["--help"]).collect();
        let help = place.ok(&args);
        assert!(help.contains(&format!("Usage: newswatch {leaf}")), "{help}");
        assert!(
            help.lines().next().is_some_and(|line| line.len() > 15),
            "{leaf} says what it is for: {help}"
        );
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{leaf}: lines too long");
    }
}

#[test]
fn a_feed_is_added_by_its_address_or_by_a_page_that_names_it() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(FeedServer::start());
    let page = |links: &[&str]| {
        let links: String = links
            .iter()
            .map(|link| {
                format!("<link rel=alternate type=application/rss+xml title=\"Feed {link}\" href=\"{link}\">")
            })
            .collect();
        Reply::ok(format!("<!doctype html><html><head><title>Page</title>{links}</head><body></body></html>"))
            .header("Content-Type", "text/html")
    };
    server.on("/feed.xml", [Reply::ok(rss(&[("1", "First")]))]);
    server.on("/other.xml", [Reply::ok(rss(&[("2", "Second")]))]);
    server.on("/one", [page(&["/feed.xml"])]);
    server.on("/two", [page(&["/feed.xml", "/other.xml"])]);
    let bare = runtime.block_on(FeedServer::start());
    bare.on("/none", [page(&[])]);
    let before =
        "# Mine, with a remark.\n".to_owned() + &configuration(&feed_table("kept", server.url("/kept")));
    let place = Place::with(&before);
    let url = |path: &str| server.url(path).to_string();

    let added = place.ok(&[
        "feeds",
        "add",
        &url("/feed.xml"),
        "--id",
        "direct",
        "--title",
        "Mine",
        "--tag",
        "a",
        "--lang",
        "en",
    ]);
    assert!(added.contains("found Scripted: 1 entries") && added.contains("added direct"), "{added}");
    assert!(
        place.fails(1, &["feeds", "add", &url("/two")]).contains(&url("/other.xml")),
        "which feeds there are"
    );
    assert!(place.fails(1, &["feeds", "add", bare.url("/none").as_str()]).contains("web page"));
    assert!(place.fails(1, &["feeds", "add", bare.url("/missing").as_str()]).contains("404"));
    assert!(place.fails(2, &["feeds", "add", "ftp://news.example/feed"]).contains("http and https"));
    assert!(place.fails(2, &["feeds", "add", "not an address"]).contains("no address"));
    let again = place.run(&["feeds", "add", &url("/feed.xml"), "--id", "direct"]);
    assert!(again.status != 0 && again.err.contains("direct"), "an id is given once: {again:?}");
    place.ok(&["feeds", "remove", "direct"]);
    let found = place.ok(&["feeds", "add", &url("/one")]);
    assert!(found.contains("named by the page"), "{found}");
    place.ok(&["feeds", "add", &url("/later"), "--id", "later", "--no-check"]);
    let text = std::fs::read_to_string(place.path("newswatch.toml")).expect("the file");
    assert!(text.starts_with(&before), "what stood there stays as it was:\n{text}");
    let listed = place.ok(&["config", "check"]);
    assert!(listed.starts_with("good: 3 feeds"), "{listed}");
    assert!(place.fails(1, &["feeds", "remove", "direct"]).contains("direct"));
}

#[test]
fn documents_are_shown_as_they_are_understood_and_a_bad_one_stops_nothing() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(FeedServer::start());
    server.on("/feed", [Reply::ok(rss(&[("u", "By address")]))]);
    let place = Place::with(&configuration(""));
    place.write("one.xml", rss(&[("1", "One"), ("2", "Two")]));
    place.write("page.html", "<!doctype html><html><head><title>P</title><link rel=alternate type=application/rss+xml href=/f></head></html>");
    place.write("two.json", "{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"J\", \"items\": [{\"id\": \"1\", \"content_text\": \"Text\", \"url\": \"a/b\"}]}");
    let url = server.url("/feed").to_string();
    let sources = ["one.xml", "page.html", "no-such-file", "two.json", "-", &url];
    let args = [&["feeds", "parse", "--json", "--url", "https://base.example/x/"][..], &sources].concat();
    let ran = place.run_with(&args, &rss(&[("s", "By standard input")]));
    assert_eq!(ran.status, 1, "a bad one is told at the end: {ran:?}");
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let names: Vec<&str> = lines.iter().filter_map(|line| line["name"].as_str()).collect();
    assert_eq!(names, sources, "one line each, in order");
    let good: Vec<bool> = lines.iter().filter_map(|line| line["ok"].as_bool()).collect();
    assert_eq!(good, [true, false, false, true, true, true]);
    assert_eq!(lines[1]["feeds"][0]["url"], "https://base.example/f", "{}", lines[1]);
    assert_eq!(lines[2]["kind"], "unreadable");
    assert_eq!(lines[3]["entries"][0]["link"], "https://base.example/x/a/b");
    assert_eq!(lines[4]["entries"][0]["title"], "By standard input");
    let text = place.ok(&["feeds", "parse", "one.xml", "two.json"]);
    assert!(text.contains("1. One") && text.contains("2. Two") && text.contains("two.json"), "{text}");
    let latin = place.write("latin.xml", b"<rss><channel><title>\xfc</title></channel></rss>");
    let latin = latin.to_str().expect("UTF-8");
    let read =
        place.json(&["feeds", "parse", "--json", "--content-type", "text/xml; charset=iso-8859-1", latin]);
    assert_eq!(read["feed"]["title"], "ü");
}

#[test]
fn a_test_alert_reaches_commands_and_webhooks_and_failures_say_why() {
    let hook = Hook::start();
    let receivers = format!(
        "[[receiver]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"{}\"\n\n\
         [[receiver]]\nname = \"program\"\nkind = \"command\"\nargv = [\"/bin/sh\", \"-c\", \"cat > told.json\"]\n\n\
         [[receiver]]\nname = \"broken\"\nkind = \"command\"\nargv = [\"/bin/sh\", \"-c\", \"echo no paper >&2; exit 3\"]\n\n\
         [[receiver]]\nname = \"nowhere\"\nkind = \"command\"\nargv = [\"/no/such/program\"]\n\n",
        hook.url()
    );
    let place = Place::with(&configuration(&receivers));
    assert!(place.ok(&["alerts", "test", "hook"]).contains("hook: HTTP 204"));
    assert!(hook.next().title().contains("Test"));
    place.ok(&["alerts", "test", "program"]);
    let told = std::fs::read_to_string(place.path("told.json")).expect("what the program was told");
    serde_json::from_str::<Value>(&told).expect("JSON on standard input");
    assert!(place.fails(1, &["alerts", "test", "broken"]).contains("no paper"));
    assert!(place.fails(1, &["alerts", "test", "nowhere"]).contains("/no/such/program"));
    assert!(place.fails(1, &["alerts", "test", "nobody"]).contains("hook, program, broken, nowhere"));
    hook.answer(503);
    assert!(place.fails(1, &["alerts", "test", "hook"]).contains("503"));
    assert!(!place.path("newswatch.db").exists(), "a test leaves no trace");
}

#[test]
fn mistakes_in_the_configuration_are_all_named_at_once() {
    let place = Place::with(
        "[store]\npath = \"newswatch.db\"\n[intake]\nintervall = \"5m\"\n\n[[feed]]\nurl = \"nowhere\"\n\n[[route]]\nto = [\"nobody\"]\n",
    );
    for command in [&["config", "check"][..], &["run"], &["hits", "list"], &["feeds", "list"]] {
        let said = place.fails(2, command);
        for part in [
            "newswatch.toml:4:1",
            "interval",
            "newswatch.toml:7:",
            "newswatch.toml:10:",
            "nobody",
            "3 mistakes",
        ] {
            assert!(said.contains(part), "{command:?} names {part}: {said}");
        }
    }
    let empty = Place::new();
    let said = empty.fails(2, &["status"]);
    assert!(said.contains("-c FILE") && said.contains("newswatch.toml"), "{said}");
    assert!(empty.fails(2, &["-c", "none.toml", "status"]).contains("none.toml"));
}
