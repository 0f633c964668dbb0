//! The published comparison: the multilingual news-clustering set of Miranda and others (EMNLP 2018).
//!
//! Documents come in the order of their dates, as in the authors' code. Each language is a stream of its own first; then all
//! languages are one stream, where a cluster may hold documents of several. The "standard" figures count pairs of documents
//! that are together; BCubed averages over documents. The published F1 (standard, one language): 94.1 en, 97.1 de, 94.2 es.

use super::{Article, say};
use newswatch::desk::story::{Stories, StorySettings};
use newswatch::model::{StoryId, Time};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};

/// A document as it stands in the file.
#[derive(Deserialize)]
struct Document {
    #[serde(deserialize_with = "text_or_number")]
    id: String,
    lang: String,
    date: String,
    #[serde(deserialize_with = "text_or_number")]
    cluster: String,
    #[serde(default)]
    title: String,
    #[serde(default, alias = "body")]
    text: String,
}

/// Ids are texts in some copies and numbers in others.
fn text_or_number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    })
}

/// Scores a file.
pub fn measure(path: &str) -> anyhow::Result<()> {
    let articles = read(&std::fs::read_to_string(path)?)?;
    say("language   documents  pairs F1  P       R       BCubed F1  P       R       clusters  of")?;
    let languages: BTreeSet<&str> = articles.iter().map(|article| article.lang.as_str()).collect();
    for language in &languages {
        let own: Vec<&Article> = articles.iter().filter(|article| article.lang == *language).collect();
        say(&line(language, &own, &placed(&own)))?;
    }
    if languages.len() > 1 {
        let all: Vec<&Article> = articles.iter().collect();
        say(&line("together", &all, &placed(&all)))?;
    }
    Ok(())
}

/// The documents as articles, in the order of their dates.
pub fn read(json: &str) -> anyhow::Result<Vec<Article>> {
    let documents: Vec<Document> = serde_json::from_str(json)?;
    let mut articles = documents.into_iter().map(article).collect::<anyhow::Result<Vec<_>>>()?;
    // A stable sort: documents of one second stay as they stand in the file.
    articles.sort_by_key(|article| article.published);
    Ok(articles)
}

fn article(document: Document) -> anyhow::Result<Article> {
    let date: jiff::civil::DateTime = document.date.trim().replace('T', " ").parse()?;
    let lang = match document.lang.as_str() {
        "eng" => "en",
        "deu" | "ger" => "de",
        "spa" => "es",
        other => other,
    };
    Ok(Article {
        set: "miranda".to_owned(),
        lang: lang.to_owned(),
        source: String::new(),
        published: Time(jiff::tz::TimeZone::UTC.to_timestamp(date)?.as_millisecond()),
        id: document.id,
        story: document.cluster,
        title: document.title,
        summary: document.text,
    })
}

fn placed(articles: &[&Article]) -> Vec<i64> {
    let mut stories = Stories::new(StorySettings::default(), StoryId(0));
    articles.iter().zip(1..).map(|(article, id)| stories.judge(&article.item(id)).story.0).collect()
}

/// Precision and recall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// How much of what is together belongs together.
    pub precision: f64,
    /// How much of what belongs together is together.
    pub recall: f64,
}

impl Figures {
    fn f1(self) -> f64 {
        let sum = self.precision + self.recall;
        if sum > 0.0 { 2.0 * self.precision * self.recall / sum } else { 0.0 }
    }
}

/// Figures by pairs of documents, and by documents (BCubed).
pub fn figures(truth: &[&str], placed: &[i64]) -> (Figures, Figures) {
    let mut gold: HashMap<&str, f64> = HashMap::new();
    let mut found: HashMap<i64, f64> = HashMap::new();
    let mut both: HashMap<(&str, i64), f64> = HashMap::new();
    for (&story, &cluster) in truth.iter().zip(placed) {
        *gold.entry(story).or_default() += 1.0;
        *found.entry(cluster).or_default() += 1.0;
        *both.entry((story, cluster)).or_default() += 1.0;
    }
    let pairs = |count: &f64| count * (count - 1.0) / 2.0;
    let right: f64 = both.values().map(pairs).sum();
    let of = |all: f64| if all > 0.0 { right / all } else { 1.0 };
    let by_pairs = Figures {
        precision: of(found.values().map(pairs).sum()),
        recall: of(gold.values().map(pairs).sum()),
    };
    let n = truth.len().max(1) as f64;
    let by_documents = Figures {
        precision: both.iter().map(|(key, count)| count * count / found[&key.1]).sum::<f64>() / n,
        recall: both.iter().map(|(key, count)| count * count / gold[key.0]).sum::<f64>() / n,
    };
    (by_pairs, by_documents)
}

fn line(language: &str, articles: &[&Article], placed: &[i64]) -> String {
    let truth: Vec<&str> = articles.iter().map(|article| article.story.as_str()).collect();
    let (pairs, documents) = figures(&truth, placed);
    let clusters = placed.iter().collect::<BTreeSet<_>>().len();
    let stories = truth.iter().collect::<BTreeSet<_>>().len();
    format!(
        "{language:<10} {:>9}  {:.4}    {:.4}  {:.4}  {:.4}     {:.4}  {:.4}  {clusters:>8}  {stories}",
        articles.len(),
        pairs.f1(),
        pairs.precision,
        pairs.recall,
        documents.f1(),
        documents.precision,
        documents.recall,
    )
}
