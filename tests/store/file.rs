//! The SQLite file: who may open it, what is refused, and what outlives a kill, damage and a full disk.

use crate::support::*;
use newswatch::model::*;
use newswatch::store::*;
use std::io::{Read as _, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

fn directory() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("temporary directory");
    let path = dir.path().join("n.db");
    (dir, path)
}

fn filled(path: &Path) {
    let store = StoreHandle::open_daemon(path).expect("fresh");
    seed_entries(&store, 3);
    record(&store, vec![judge(1, 1, vec![hit("chips", &["mail"])])], 50);
    store.close_blocking().expect("closed");
}

fn refusal(opened: Result<StoreHandle>) -> StoreError {
    match opened {
        Ok(_) => panic!("expected a refusal"),
        Err(error) => error,
    }
}

#[test]
fn a_second_daemon_is_refused_with_the_pid_but_lists_and_changes_are_not() {
    let (_dir, path) = directory();
    let daemon = StoreHandle::open_daemon(&path).expect("fresh");
    seed_entries(&daemon, 2);
    match refusal(StoreHandle::open_daemon(&path)) {
        StoreError::InUse { pid, .. } => assert_eq!(pid, std::process::id()),
        other => panic!("{other}"),
    }
    let reader = StoreHandle::open_reader(&path).expect("reads beside it");
    assert_eq!(ask(&reader, |read| read.stats()).entries, 2);
    let writer = StoreHandle::open_writer(&path).expect("writes beside it");
    writer.write_blocking(|tx| tx.set_paused(&"a".into(), true, Time(1))).expect("paused");
    assert!(ask(&daemon, |read| read.feed_state(&"a".into())).expect("known").paused);
    let refused = reader.write_blocking(|tx| tx.set_paused(&"a".into(), false, Time(2)));
    assert!(refused.expect_err("read-only").to_string().contains("reading only"));
    daemon.close_blocking().expect("closed");
    StoreHandle::open_daemon(&path).expect("free again");
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let (dir, path) = directory();
    let store = StoreHandle::open_daemon(&path).expect("fresh");
    seed_entries(&store, 2);
    // A kill leaves the file and its log as they are at some moment: a copy of both is such a moment.
    let left = dir.path().join("left.db");
    std::fs::copy(&path, &left).expect("copied");
    std::fs::copy(dir.path().join("n.db-wal"), dir.path().join("left.db-wal")).expect("copied");
    let mut log =
        std::fs::OpenOptions::new().append(true).open(dir.path().join("left.db-wal")).expect("open");
    log.write_all(&[7; 500]).expect("a torn write at the end of the log");
    let reopened = StoreHandle::open_daemon(&left).expect("recovers");
    assert_eq!(ask(&reopened, |read| read.stats()).pending, 2);
    let instance = ask(&reopened, |read| read.instance());
    assert_eq!(instance, ask(&store, |read| read.instance()), "idempotency keys stay the same");
    drop(reopened);
    let again = StoreHandle::open_reader(&left).expect("after dropping without closing");
    assert_eq!(ask(&again, |read| read.stats()).entries, 2);
}

#[test]
fn closing_folds_the_log_into_the_file() {
    let (dir, path) = directory();
    filled(&path);
    let log = std::fs::metadata(dir.path().join("n.db-wal")).map_or(0, |facts| facts.len());
    assert_eq!(log, 0);
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, path) = directory();
    let store = StoreHandle::open_daemon(&path).expect("fresh");
    sync(&store, &[("a", 1)]);
    store.backup_blocking(&dir.path().join("copy.db")).expect("copied");
    for file in std::fs::read_dir(dir.path()).expect("listed") {
        let file = file.expect("listed");
        let mode = file.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
    }
}

#[test]
fn files_that_are_no_database_are_refused_and_left_alone() {
    let (dir, path) = directory();
    for (bytes, words) in
        [(&b"url,title\nhttp://x,y\n"[..], "not a newswatch database"), (b"S", "not a newswatch database")]
    {
        std::fs::write(&path, bytes).expect("written");
        for opened in [
            StoreHandle::open_daemon(&path),
            StoreHandle::open_writer(&path),
            StoreHandle::open_reader(&path),
        ] {
            let error = refusal(opened);
            assert!(matches!(error, StoreError::NotADatabase { .. }), "{error}");
            assert!(error.to_string().contains(words) && error.to_string().contains("n.db"), "{error}");
        }
        assert_eq!(std::fs::read(&path).expect("there"), bytes);
    }
    let foreign = dir.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).and_then(|db| db.execute_batch("CREATE TABLE t (x)")).expect("made");
    let error = refusal(StoreHandle::open_daemon(&foreign));
    assert!(error.to_string().contains("another program"), "{error}");
    let error = refusal(StoreHandle::open_daemon(dir.path()));
    assert!(error.to_string().contains("is a directory"), "{error}");
}

#[test]
fn missing_places_are_named() {
    let (dir, path) = directory();
    let error = refusal(StoreHandle::open_reader(&path));
    assert!(
        matches!(error, StoreError::NotFound(_)) && error.to_string().contains("no database yet"),
        "{error}"
    );
    assert!(!path.exists(), "a question makes no file");
    let error = refusal(StoreHandle::open_daemon(&dir.path().join("no/such/n.db")));
    assert!(error.to_string().contains("no/such does not exist"), "{error}");
    std::fs::write(dir.path().join("file"), "").expect("written");
    let error = refusal(StoreHandle::open_daemon(&dir.path().join("file/n.db")));
    assert!(error.to_string().contains("is not a directory"), "{error}");
    StoreHandle::open_daemon(&dir.path().join("file")).expect("an empty file becomes a database");
}

#[test]
fn a_newer_schema_is_refused_with_both_versions() {
    let (_dir, path) = directory();
    filled(&path);
    let sql = "INSERT INTO refinery_schema_history VALUES (999, 'future', '2030-01-01T00:00:00Z', '1')";
    rusqlite::Connection::open(&path).and_then(|db| db.execute(sql, [])).expect("from the future");
    for opened in
        [StoreHandle::open_daemon(&path), StoreHandle::open_writer(&path), StoreHandle::open_reader(&path)]
    {
        match refusal(opened) {
            StoreError::NewerSchema { found, known, .. } => assert!(found == 999 && known < 999),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_first_start_that_was_cut_short_begins_again() {
    let (_dir, path) = directory();
    // What the migration tool leaves when it is killed after its own table and before the first step.
    let sql = "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name VARCHAR(255),
        applied_on VARCHAR(255), checksum VARCHAR(255))";
    rusqlite::Connection::open(&path).and_then(|db| db.execute_batch(sql)).expect("half made");
    let error = refusal(StoreHandle::open_reader(&path));
    assert!(error.to_string().contains("has schema 0"), "{error}");
    let store = StoreHandle::open_daemon(&path).expect("made whole");
    seed_entries(&store, 1);
}

#[test]
fn damage_is_refused_with_what_to_do() {
    let (dir, path) = directory();
    filled(&path);
    let whole = std::fs::read(&path).expect("there");
    let short = dir.path().join("short.db");
    std::fs::write(&short, &whole[..whole.len() - 4_096]).expect("written");
    let error = refusal(StoreHandle::open_daemon(&short));
    assert!(matches!(error, StoreError::NotADatabase { .. }), "{error}");
    assert!(error.to_string().contains("shorter") && error.to_string().contains("db backup"), "{error}");

    // Every page but the first zeroed in turn: either refused, or the damage is in a page that opening does
    // not read, and then asking says so or answers; nothing panics, nothing is written over it.
    let torn = dir.path().join("torn.db");
    let mut refused = 0;
    for page in 1..whole.len() / 4_096 {
        let mut bytes = whole.clone();
        bytes[page * 4_096..(page + 1) * 4_096].fill(0);
        std::fs::write(&torn, &bytes).expect("written");
        match StoreHandle::open_reader(&torn).and_then(|store| store.read_blocking(everything)) {
            Err(error @ StoreError::NotADatabase { .. }) => {
                assert!(error.to_string().contains("torn.db"), "{error}");
                refused += 1;
            }
            Err(error) => panic!("page {page}: {error}"),
            Ok(()) => {}
        }
    }
    assert!(refused > 5, "only {refused} damaged pages were noticed");
}

fn everything(read: &dyn Read) -> Result<()> {
    read.stats()?;
    read.feed_states()?;
    read.entries(&EntryFilter::default())?;
    read.hits(&HitFilter::default())?;
    read.stories(&StoryFilter::default())?;
    read.alerts(&AlertFilter::default())?;
    Ok(())
}

#[test]
fn a_full_disk_changes_nothing_and_passes() {
    let (_dir, path) = directory();
    filled(&path);
    let mut limited = newswatch::store::sqlite::Sqlite::open_daemon(&path).expect("opened");
    limited.limit_pages(150).expect("limited");
    let store = StoreHandle::start(Box::new(limited)).expect("started");
    let big = "word ".repeat(20_000);
    let mut stored = 0;
    let error = loop {
        let entries = [entry(&format!("big{stored}"), "Big", &big)];
        match store.write_blocking(move |tx| tx.absorb_entries(&"a".into(), &entries, false, Time(5))) {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 100, "the limit holds");
    };
    assert!(matches!(error, StoreError::DiskFull(_)), "{error}");
    assert_eq!(ask(&store, |read| read.stats()).entries, 3 + stored, "reads go on, nothing half is there");
    // In a group, who needs no room is not failed by who does.
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    let (release, gate) = std::sync::mpsc::channel::<()>();
    let huge = big.clone();
    let results = runtime.block_on(async {
        tokio::join!(
            store.write(move |_| gate.recv().or(Ok(()))),
            store.write(|tx| tx.set_paused(&"b".into(), true, Time(6))),
            store.write(move |tx| tx.absorb_entries(
                &"a".into(),
                &[entry("x", "Big", &huge)],
                false,
                Time(6)
            )),
            async move { drop(release) },
        )
    });
    assert!(results.1.is_ok() && matches!(results.2, Err(StoreError::DiskFull(_))));
    drop(store);
    let store = StoreHandle::open_daemon(&path).expect("room again");
    assert!(ask(&store, |read| read.feed_state(&"b".into())).expect("known").paused);
    assert_eq!(absorb(&store, "a", vec![entry("x", "Big", &big)], 7).new, 1);
}

#[test]
fn a_backup_is_whole_and_never_overwrites() {
    let (dir, path) = directory();
    let store = StoreHandle::open_daemon(&path).expect("fresh");
    seed_entries(&store, 3);
    let copy = dir.path().join("copy.db");
    let writer = {
        let store = store.clone();
        std::thread::spawn(move || {
            for round in 0..50 {
                absorb(&store, "a", vec![entry(&format!("r{round}"), "T", &"body ".repeat(500))], round);
            }
        })
    };
    store.backup_blocking(&copy).expect("copied in use");
    writer.join().expect("written meanwhile");
    let error = store.backup_blocking(&copy).expect_err("there already");
    assert!(error.to_string().contains("already"), "{error}");
    let error = store.backup_blocking(&dir.path().join("none/copy.db")).expect_err("no such place");
    assert!(error.to_string().contains("none"), "{error}");
    let restored = StoreHandle::open_daemon(&copy).expect("a backup is a database");
    assert!(ask(&restored, |read| read.stats()).entries >= 3);
    assert_eq!(ask(&restored, |read| read.instance()), ask(&store, |read| read.instance()));
    let names: Vec<_> = std::fs::read_dir(dir.path())
        .expect("listed")
        .filter_map(|file| file.ok()?.file_name().into_string().ok())
        .collect();
    assert!(!names.iter().any(|name| name.ends_with(".part")), "{names:?}");
}

#[test]
fn a_name_with_odd_characters_is_a_name() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let path = dir.path().join("n ?#%20ü:memory:.db");
    filled(&path);
    assert_eq!(ask(&StoreHandle::open_reader(&path).expect("opened"), |read| read.stats()).entries, 3);
}

#[test]
fn the_lock_file_names_its_holder() {
    let (dir, path) = directory();
    let store = StoreHandle::open_daemon(&path).expect("fresh");
    let mut lock = std::fs::File::open(dir.path().join("n.db.lock")).expect("there");
    let mut pid = String::new();
    lock.read_to_string(&mut pid).expect("readable");
    assert_eq!(pid.trim(), std::process::id().to_string());
    store.close_blocking().expect("closed");
    lock.seek(SeekFrom::Start(0)).expect("rewound");
    pid.clear();
    lock.read_to_string(&mut pid).expect("readable");
    assert_eq!(pid, "", "nobody");
}

/// Takes an up-to-date file back to the schema before updates.
const BEFORE_UPDATES: &str = "
    DROP TABLE vectors;
    DROP INDEX entries_publisher;
    DROP INDEX placements_unfilled;
    DROP INDEX placements_story;
    ALTER TABLE placements DROP COLUMN outlet;
    ALTER TABLE placements DROP COLUMN copy_of;
    CREATE INDEX placements_story ON placements (story);
    ALTER TABLE stories DROP COLUMN copies;
    DROP INDEX alerts_follows;
    ALTER TABLE alerts DROP COLUMN follows;
    ALTER TABLE alerts DROP COLUMN placed;
    DROP INDEX deliveries_once;
    DROP INDEX deliveries_update_once;
    ALTER TABLE deliveries DROP COLUMN cause;
    CREATE UNIQUE INDEX deliveries_once ON deliveries (story, topic, receiver) WHERE test = 0;
    DELETE FROM refinery_schema_history WHERE version = 8;
    UPDATE stories SET publishers = 3;";

#[test]
fn an_older_file_gets_its_outlets_and_copies_when_it_is_upgraded() {
    let (_dir, path) = directory();
    let store = StoreHandle::open_daemon(&path).expect("fresh");
    sync(&store, &[("a", 1), ("b", 1)]);
    let outlets = ["The Daily Tide", "Daily Tide", "Kent Courier"];
    for (number, outlet) in (1..).zip(outlets) {
        let entry = NewEntry { publisher: Some(outlet.to_owned()), ..numbered(number) };
        absorb(&store, "a", vec![entry], 9 + number);
    }
    let mut copy = judge(2, 1, vec![]);
    (copy.reason.stage, copy.reason.partner) = (Stage::NearCopy, Some(EntryId(1)));
    record(&store, vec![judge(1, 1, vec![hit("chips", &["mail"])]), copy, judge(3, 1, vec![])], 50);
    let told = |store: &StoreHandle| {
        let story = ask(store, |read| read.story(StoryId(1))).expect("a story");
        let carried = ask(store, |read| read.carried(StoryId(1)));
        let outlets: Vec<(String, bool)> =
            carried.into_iter().map(|entry| (entry.outlet, entry.copy)).collect();
        let placed = ask(store, |read| read.told(StoryId(1))).first().map(|told| told.placed);
        (story.publishers, story.copies, outlets, placed)
    };
    let expected = told(&store);
    assert_eq!((expected.0, expected.1, expected.3), (2, 1, Some(1)), "{expected:?}");
    store.close_blocking().expect("closed");

    let old = rusqlite::Connection::open(&path).expect("the file");
    old.execute_batch(BEFORE_UPDATES).expect("as it was before");
    drop(old);
    let store = StoreHandle::open_daemon(&path).expect("upgraded");
    assert_eq!(told(&store), expected);
    assert_eq!(ask(&store, |read| read.outlets()), ["Daily Tide", "Kent Courier", "The Daily Tide"]);
}
