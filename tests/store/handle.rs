//! The handle: groups of changes, snapshots, the end.

use crate::support::*;
use newswatch::model::*;
use newswatch::store::*;

#[test]
fn a_failing_change_is_undone_alone() {
    each_backend(|store| {
        sync(store, &[("a", 1)]);
        let add = |tx: &mut dyn Tx, title: &str| {
            tx.absorb_entries(&"a".into(), &[entry(title, title, "")], false, Time(1)).map(|_| ())
        };
        let (release, gate) = std::sync::mpsc::channel::<()>();
        // The first change holds the store thread until the others are queued: they share the next commit.
        let results = runtime().block_on(async {
            tokio::join!(
                store.write(move |_| gate.recv().or(Ok(()))),
                store.write(move |tx| add(tx, "Good")),
                store
                    .write(move |tx| add(tx, "Bad")
                        .and(Err::<(), _>(StoreError::NotFound("on purpose".to_owned())))),
                store.write(move |tx| -> Result<()> { panic!("on purpose: {:?}", add(tx, "Worse")) }),
                store.write(move |tx| add(tx, "Fine")),
                async move { drop(release) },
            )
        });
        assert!(results.0.is_ok() && results.1.is_ok() && results.4.is_ok());
        assert!(matches!(results.2, Err(StoreError::NotFound(_))));
        assert!(matches!(results.3, Err(StoreError::Database(_))));
        let left = ask(store, |read| read.entries(&EntryFilter::default()));
        assert_eq!(left.iter().map(|entry| entry.title.as_str()).collect::<Vec<_>>(), ["Fine", "Good"]);
    });
}

#[test]
fn readers_see_whole_commits_while_writers_work() {
    each_backend(|store| {
        sync(store, &[("a", 1)]);
        let reader = {
            let store = store.clone();
            std::thread::spawn(move || {
                loop {
                    let (first, second) =
                        ask(&store, |read| Ok((read.stats()?.entries, read.stats()?.entries)));
                    assert_eq!(first, second, "one question sees one snapshot");
                    assert_eq!(first % 5, 0, "no half of a commit");
                    if first == 200 {
                        break;
                    }
                }
            })
        };
        for round in 0..40 {
            let entries = (0..5).map(|n| entry(&format!("{round}-{n}"), "T", "B")).collect();
            absorb(store, "a", entries, round);
        }
        reader.join().expect("the reader saw no half commit");
    });
}

#[test]
fn closing_runs_what_is_queued_and_refuses_the_rest() {
    each_backend(|store| {
        sync(store, &[("a", 1)]);
        let other = store.clone();
        runtime().block_on(async {
            let panicked = store.read(|_| -> Result<()> { panic!("on purpose") }).await;
            assert!(matches!(panicked, Err(StoreError::Database(_))));
            let (queued, closed) =
                tokio::join!(other.write(|tx| tx.set_paused(&"a".into(), true, Time(9))), store.close(),);
            assert!(queued.is_ok() && closed.is_ok());
            assert!(matches!(other.read(|read| read.stats()).await, Err(StoreError::Closed)));
            assert!(matches!(other.write(|tx| tx.stats()).await, Err(StoreError::Closed)));
        });
        assert!(matches!(store.read_blocking(|read| read.stats()), Err(StoreError::Closed)));
        store.close_blocking().expect("closing twice is fine");
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("runtime")
}
