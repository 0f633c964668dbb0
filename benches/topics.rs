//! Speed of the topic engine on made-up news: documents against watchlists of growing size.
//!
//! `cargo bench --bench topics`. Words follow a Zipf-like curve, topics are names with context words, so that the shape
//! is that of media monitoring; the figures of docs/benchmarks.md come from `newswatch replay --stats`.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use newswatch::desk::topic::{Document, TopicSource, Watchlist};
use newswatch::model::TopicId;
use newswatch::text::Tokenizer;
use std::hint::black_box;
use std::sync::Arc;

/// A word of made-up news: low numbers are frequent.
fn word(random: &mut fastrand::Rng, words: f64) -> String {
    let rank = words.powf(random.f64()) as u64;
    let letters = b"etaoinshrdlu";
    let mut left = rank.wrapping_mul(2_654_435_761) % 1_000_003;
    let mut word = String::new();
    while left > 0 || word.len() < 3 {
        word.push(char::from(letters[(left % 12) as usize]));
        left /= 12;
    }
    word
}

fn text(random: &mut fastrand::Rng, words: usize) -> String {
    (0..words).map(|_| word(random, 60_000.0)).collect::<Vec<_>>().join(" ")
}

fn group(random: &mut fastrand::Rng, terms: usize) -> String {
    let term = |random: &mut fastrand::Rng| match random.u8(..10) {
        0..3 => format!("\"{} {}\"", word(random, 60_000.0), word(random, 60_000.0)),
        3 => format!("{}*", word(random, 60_000.0)),
        _ => word(random, 60_000.0),
    };
    (0..terms).map(|_| term(random)).collect::<Vec<_>>().join(" OR ")
}

fn topics(random: &mut fastrand::Rng, count: usize) -> Vec<TopicSource> {
    let query = |random: &mut fastrand::Rng| {
        let name = format!("\"{} {}\"", word(random, 900_000.0), word(random, 900_000.0));
        match random.u8(..4) {
            0 => name,
            1 => format!("({name} OR {}) AND NOT ({})", word(random, 900_000.0), group(random, 3)),
            _ => format!("({name} OR {}) AND ({})", word(random, 900_000.0), group(random, 9)),
        }
    };
    (0..count).map(|at| TopicSource { id: TopicId(format!("t{at}")), query: query(random) }).collect()
}

fn judging(criterion: &mut Criterion) {
    let mut random = fastrand::Rng::with_seed(1);
    let texts: Vec<String> = (0..200).map(|_| text(&mut random, 235)).collect();
    let mut group = criterion.benchmark_group("judge");
    group.throughput(Throughput::Elements(texts.len() as u64));
    for count in [1_000, 10_000, 100_000] {
        let watchlist = Arc::new(Watchlist::compile(&topics(&mut random, count), &[]).0);
        let mut matcher = watchlist.matcher();
        let mut hits = Vec::new();
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| {
                for body in &texts {
                    matcher.judge_ids(&Document { body, ..Document::default() }, &mut hits);
                    black_box(&hits);
                }
            });
        });
    }
    group.finish();
}

/// One of a hundred thousand topics gets another query.
fn changing(criterion: &mut Criterion) {
    let mut random = fastrand::Rng::with_seed(3);
    let sources = topics(&mut random, 100_000);
    let watchlist = Watchlist::compile(&sources, &[]).0;
    let mut group = criterion.benchmark_group("change");
    group.sample_size(20);
    group.bench_function("one of 100000", |bencher| {
        bencher.iter(|| {
            let at = random.usize(..sources.len());
            let query = format!("{} OR other", sources[at].query);
            let changed = TopicSource { id: sources[at].id.clone(), query };
            black_box(watchlist.with_changed(&[changed], &[]))
        });
    });
    group.finish();
}

fn tokenising(criterion: &mut Criterion) {
    let text = text(&mut fastrand::Rng::with_seed(2), 10_000);
    let mut tokenizer = Tokenizer::default();
    let mut group = criterion.benchmark_group("tokenize");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("ascii", |bencher| {
        bencher.iter(|| {
            tokenizer.each(black_box(&text), |token| {
                black_box(token.text);
            })
        });
    });
    group.finish();
}

criterion_group!(benches, tokenising, changing, judging);
criterion_main!(benches);
