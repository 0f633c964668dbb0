//! The converter of `benches/stories.rs` for the published news-clustering set, on a file of our own in that format.

#[path = "../benches/stories/miranda.rs"]
#[expect(dead_code, reason = "what prints belongs to the benchmark")]
mod miranda;

use newswatch::desk::story::Item;
use newswatch::model::{EntryId, Time};

/// An article as the benchmark holds it.
pub struct Article {
    /// Its id.
    pub id: String,
    /// Its set.
    pub set: String,
    /// Its story.
    pub story: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub summary: String,
    /// Its outlet.
    pub source: String,
    /// Its language.
    pub lang: String,
    /// When it came.
    pub published: Time,
}

impl Article {
    fn item(&self, id: i64) -> Item<'_> {
        Item {
            id: EntryId(id),
            feed: &self.source,
            key: &self.id,
            canonical_url: None,
            title: &self.title,
            body: &self.summary,
            lang: Some(&self.lang),
            publisher: None,
            time: self.published,
        }
    }
}

fn say(_: &str) -> anyhow::Result<()> {
    Ok(())
}

const FILE: &str = r#"[
  {"id": "3", "lang": "deu", "date": "2014-11-02 09:30:00", "cluster": "b", "title": "Hafen gesperrt", "text": "Nebel.", "features": {}},
  {"id": "1", "lang": "eng", "date": "2014-11-01 08:00:00", "cluster": 7, "title": "Ferry sinks", "text": "All saved."},
  {"id": 2, "lang": "spa", "date": "2014-11-01 08:00:00", "cluster": 7, "title": "Se hunde un ferry"}
]"#;

#[test]
fn documents_are_read_in_the_order_of_their_dates() {
    let articles = miranda::read(FILE).expect("the format");
    let told: Vec<_> = articles
        .iter()
        .map(|article| {
            (article.id.as_str(), article.lang.as_str(), article.story.as_str(), article.published.0)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("1", "en", "7", 1_414_828_800_000),
            ("2", "es", "7", 1_414_828_800_000),
            ("3", "de", "b", 1_414_920_600_000)
        ]
    );
    assert_eq!((articles[2].title.as_str(), articles[2].summary.as_str()), ("Hafen gesperrt", "Nebel."));
    assert!(miranda::read("[{\"id\": 1}]").is_err());
}

#[test]
fn figures_are_those_of_the_paper() {
    // Two stories of two and three documents, one document astray: 3 of 4 pairs found, 3 of 4 together rightly … by hand:
    // clusters {a a b} {b b}: 1 + 3 pairs together, 2 of them right; 1 + 3 pairs belong together.
    let (pairs, documents) = miranda::figures(&["a", "a", "b", "b", "b"], &[1, 1, 1, 2, 2]);
    assert_eq!((pairs.precision, pairs.recall), (0.5, 0.5));
    let close = |one: f64, two: f64| assert!((one - two).abs() < 1e-9, "{one} {two}");
    close(documents.precision, (2.0 / 3.0 * 2.0 + 1.0 / 3.0 + 2.0) / 5.0);
    close(documents.recall, (2.0 + 1.0 / 3.0 + 2.0 / 3.0 * 2.0) / 5.0);
    let (alone, _) = miranda::figures(&["a", "b"], &[1, 2]);
    assert_eq!((alone.precision, alone.recall), (1.0, 1.0), "nothing to find, nothing wrong");
}
