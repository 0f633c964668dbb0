//! The ready-made topics, as shipped: each stands alone beside the shared lists, and judges its samples as they say.

use newswatch::app::plan;
use newswatch::config::{self, Config, Sample};
use newswatch::desk::topic::{Document, Matcher};
use std::collections::BTreeMap;
use std::path::PathBuf;

const TOPICS: [&str; 4] =
    ["ai-travel-restrictions", "chip-export-controls", "rare-earth-export-controls", "ai-regulation"];

/// The languages in which every topic must show a match and, for all but a few, what is none.
const LANGUAGES: [&str; 12] = ["en", "de", "fr", "es", "it", "pt", "nl", "zh", "ja", "ko", "ru", "ar"];

/// A topic file with the `terms.toml` beside it, and nothing else.
fn alone(topic: &str) -> Config {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("config/topics/{topic}.toml"));
    config::load_topics(&[file]).unwrap_or_else(|errors| panic!("{topic}: {errors}"))
}

#[test]
fn every_sample_is_judged_as_it_says() {
    for topic in TOPICS {
        let config = alone(topic);
        let (plan, broken) = plan::compile(&config);
        assert!(broken.is_empty(), "{topic} needs lists that neither it nor terms.toml has: {broken:?}");
        let mut matcher = plan.watchlist.matcher();
        let wrong: Vec<String> = config
            .samples
            .iter()
            .filter(|sample| judged(&mut matcher, sample) != sample.matches)
            .map(|sample| format!("{}: {}", sample.at, sample.title))
            .collect();
        assert!(wrong.is_empty(), "not judged as they say:\n{}", wrong.join("\n"));
    }
}

/// Whether the one topic matches; without evidence, which would take most of the time in a debug build.
fn judged(matcher: &mut Matcher, sample: &Sample) -> bool {
    let (title, body) = (sample.title.as_str(), sample.text.as_str());
    let mut found = Vec::new();
    matcher.judge_ids(&Document { title, body, ..Document::default() }, &mut found);
    !found.is_empty()
}

#[test]
fn samples_show_matches_and_near_misses_in_every_language() {
    for topic in TOPICS {
        let config = alone(topic);
        let mut seen: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for sample in &config.samples {
            let counts = seen.entry(sample.lang.as_deref().unwrap_or("none")).or_default();
            counts.0 += usize::from(sample.matches);
            counts.1 += usize::from(!sample.matches);
        }
        for language in LANGUAGES {
            let (matches, near_misses) = seen.get(language).copied().unwrap_or_default();
            assert!(matches >= 3 && near_misses >= 1, "{topic} {language}: {matches} and {near_misses}");
        }
        assert!(!seen.contains_key("none"), "{topic}: a sample without a language");
    }
}

#[test]
fn no_sample_is_told_twice() {
    for topic in TOPICS {
        let config = alone(topic);
        let mut seen: BTreeMap<(&str, &str), &Sample> = BTreeMap::new();
        for sample in &config.samples {
            if let Some(twin) = seen.insert((&sample.title, &sample.text), sample) {
                panic!("{} and {} are one text", twin.at, sample.at);
            }
        }
    }
}
