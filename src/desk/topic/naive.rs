//! The meaning of queries in its plainest form, for tests: every definition of the manual tried on every combination of
//! words, without any of the engine's or the explanation's machinery.

use super::query::{Expr, Fields, GlobPart, Kind, Nearness, Term, WordTest, parse, tree};
use super::{Document, TermSource, TopicSource};
use crate::model::Field;
use crate::text::{Tokenizer, ends_sentence};

/// One word: the text it belongs to (fields, tags one by one), its number in it, its sentence, and how it reads
/// (as a whole and in pieces).
struct Word {
    field: Field,
    text: usize,
    nth: i64,
    sentence: usize,
    readings: Vec<(String, String)>,
}

pub(super) struct Naive<'a> {
    topics: &'a [TopicSource],
    terms: &'a [TermSource],
    words: Vec<Word>,
    texts: Vec<(Field, String)>,
    sentences: usize,
}

/// Text, first word, last word.
type Place = (usize, i64, i64);

impl<'a> Naive<'a> {
    pub(super) fn new(topics: &'a [TopicSource], terms: &'a [TermSource], document: &Document<'_>) -> Self {
        let mut texts: Vec<(Field, String)> = [
            (Field::Title, document.title),
            (Field::Body, document.body),
            (Field::Url, document.url),
            (Field::Feed, document.feed),
            (Field::Author, document.author),
            (Field::Publisher, document.publisher),
            (Field::Lang, document.lang),
        ]
        .map(|(field, text)| (field, text.to_owned()))
        .to_vec();
        texts.extend(document.tags.iter().map(|tag| (Field::Tag, tag.clone())));
        let mut naive = Self { topics, terms, words: Vec::new(), texts, sentences: 0 };
        (0..naive.texts.len()).for_each(|text| naive.read(text));
        naive
    }

    fn read(&mut self, at: usize) {
        let (field, text) = self.texts[at].clone();
        let (mut nth, mut last) = (0, None);
        Tokenizer::default().each(&text, |token| {
            let reading = (token.text.to_owned(), text[token.start..token.end].to_owned());
            if token.piece {
                if matches!(field, Field::Title | Field::Body) {
                    self.words.last_mut().unwrap().readings.push(reading);
                }
                return;
            }
            let new = match last.replace(token.start..token.end) {
                None => true,
                Some(before) => {
                    ends_sentence(&text[before.clone()], &text[before.end..token.start], &reading.1)
                }
            };
            self.sentences += usize::from(new);
            let sentence = self.sentences - 1;
            self.words.push(Word { field, text: at, nth, sentence, readings: vec![reading] });
            nth += 1;
        });
    }

    pub(super) fn matches(&self, topic: usize) -> bool {
        self.truth(&parse(&self.topics[topic].query).unwrap().root, None)
    }

    fn truth(&self, expr: &Expr, fields: Option<Fields>) -> bool {
        match &expr.kind {
            Kind::And(parts) => parts.iter().all(|part| self.truth(part, fields)),
            Kind::Or(parts) => parts.iter().any(|part| self.truth(part, fields)),
            Kind::Not(part) => !self.truth(part, fields),
            Kind::In(inner, part) => self.truth(part, narrowed(fields, *inner)),
            Kind::List(name) => self.list(name).iter().any(|term| self.truth(term, fields)),
            Kind::Topic(id) => {
                self.matches(self.topics.iter().position(|topic| topic.id.as_str() == id.as_str()).unwrap())
            }
            Kind::Regex { pattern, ignore_case } => {
                let pattern = format!("{}{pattern}", if *ignore_case { "(?i)" } else { "" });
                let regex = regex::Regex::new(&pattern).unwrap();
                let fields = fields.unwrap_or(Fields::TEXT);
                self.texts.iter().any(|(field, text)| fields.has(*field) && regex.is_match(text))
            }
            Kind::AtLeast(count, parts) => {
                let list = match parts.as_slice() {
                    [Expr { kind: Kind::List(name), .. }] => self.list(name),
                    parts => parts.to_vec(),
                };
                list.iter().filter(|part| self.truth(part, fields)).count() >= *count as usize
            }
            Kind::Score(threshold, parts) => {
                let weight =
                    |(part, weight): &(Expr, f64)| if self.truth(part, fields) { *weight } else { 0.0 };
                parts.iter().map(weight).sum::<f64>() >= *threshold
            }
            Kind::Sentence(parts) => (0..self.sentences)
                .any(|sentence| parts.iter().all(|part| self.in_sentence(part, fields, sentence))),
            Kind::Term(_) | Kind::Near(..) => !self.places(expr, fields).is_empty(),
        }
    }

    fn list(&self, name: &str) -> Vec<Expr> {
        let list = self.terms.iter().find(|list| list.name == name).unwrap();
        list.terms.iter().map(|term| tree(term).unwrap()).collect()
    }

    fn in_sentence(&self, expr: &Expr, fields: Option<Fields>, sentence: usize) -> bool {
        match &expr.kind {
            Kind::And(parts) => parts.iter().all(|part| self.in_sentence(part, fields, sentence)),
            Kind::Or(parts) => parts.iter().any(|part| self.in_sentence(part, fields, sentence)),
            Kind::Not(part) => !self.in_sentence(part, fields, sentence),
            Kind::In(inner, part) => self.in_sentence(part, narrowed(fields, *inner), sentence),
            Kind::List(name) => self.list(name).iter().any(|term| self.in_sentence(term, fields, sentence)),
            _ => self.places(expr, fields).iter().any(|(text, first, last)| {
                let of = |nth: i64| {
                    self.words.iter().find(|word| word.text == *text && word.nth == nth).unwrap().sentence
                };
                of(*first) == sentence && of(*last) == sentence
            }),
        }
    }

    fn places(&self, expr: &Expr, fields: Option<Fields>) -> Vec<Place> {
        match &expr.kind {
            Kind::Term(term) => self.term(term, fields.unwrap_or(Fields::TEXT)),
            Kind::Or(parts) => parts.iter().flat_map(|part| self.places(part, fields)).collect(),
            Kind::In(inner, part) => self.places(part, narrowed(fields, *inner)),
            Kind::List(name) => self.list(name).iter().flat_map(|term| self.places(term, fields)).collect(),
            Kind::Near(nearness, left, right) => {
                relate(*nearness, &self.places(left, fields), &self.places(right, fields))
            }
            _ => panic!("no place"),
        }
    }

    fn term(&self, term: &Term, fields: Fields) -> Vec<Place> {
        let of = |test: &WordTest| -> Vec<(usize, i64)> {
            let words = self.words.iter().filter(|word| fields.has(word.field) && holds(test, word));
            words.map(|word| (word.text, word.nth)).collect()
        };
        let starts = of(&term.words[0]);
        let Some(slop) = term.slop.filter(|_| term.words.len() > 1) else {
            let length = term.words.len() as i64;
            let stands = |text: usize, start: i64| {
                (start..).zip(&term.words).all(|(nth, test)| of(test).contains(&(text, nth)))
            };
            let found = starts.into_iter().filter(|(text, start)| stands(*text, *start));
            return found.map(|(text, start)| (text, start, start + length - 1)).collect();
        };
        // every choice of one place per word
        let mut choices: Vec<Vec<(usize, i64)>> = starts.into_iter().map(|start| vec![start]).collect();
        for test in &term.words[1..] {
            let next = of(test);
            choices = choices
                .iter()
                .flat_map(|choice| {
                    next.iter()
                        .filter(|at| at.0 == choice[0].0)
                        .map(|at| [choice.as_slice(), &[*at]].concat())
                })
                .collect();
        }
        choices.retain(|choice| {
            let shifts = || choice.iter().zip(0..).map(|((_, at), nth)| at - nth);
            shifts().max().unwrap() - shifts().min().unwrap() <= i64::from(slop)
        });
        let ends = |choice: &Vec<(usize, i64)>| {
            let at = || choice.iter().map(|place| place.1);
            (choice[0].0, at().min().unwrap(), at().max().unwrap())
        };
        choices.iter().map(ends).collect()
    }
}

fn narrowed(fields: Option<Fields>, inner: Fields) -> Option<Fields> {
    Some(fields.map_or(inner, |outer| Fields(outer.0 & inner.0)))
}

fn holds(test: &WordTest, word: &Word) -> bool {
    word.readings.iter().any(|(folded, written)| match test {
        WordTest::Is(other) => folded == other,
        WordTest::OneOf(others) => others.contains(folded),
        WordTest::Fits(globs) => globs.iter().any(|glob| fits(&glob.parts, folded)),
        WordTest::Exactly { written: other, .. } => written.replace('\u{AD}', "") == *other,
        WordTest::Any => true,
    })
}

fn fits(parts: &[GlobPart], word: &str) -> bool {
    let Some((part, rest)) = parts.split_first() else { return word.is_empty() };
    let after = |chars: usize| word.char_indices().map(|(at, _)| at).chain([word.len()]).nth(chars);
    match part {
        GlobPart::Text(text) => word.strip_prefix(text.as_str()).is_some_and(|word| fits(rest, word)),
        GlobPart::One => after(1).filter(|_| !word.is_empty()).is_some_and(|at| fits(rest, &word[at..])),
        GlobPart::Many => (0..=word.chars().count()).any(|chars| fits(rest, &word[after(chars).unwrap()..])),
    }
}

fn gap(a: &Place, b: &Place) -> i64 {
    if a.0 != b.0 { i64::MAX } else { 0.max(b.1 - a.2).max(a.1 - b.2) }
}

fn relate(nearness: Nearness, left: &[Place], right: &[Place]) -> Vec<Place> {
    let near = |a: &Place, others: &[Place], reach: u32| others.iter().any(|b| gap(a, b) <= i64::from(reach));
    match nearness {
        Nearness::NotNear(reach) => left.iter().filter(|a| !near(a, right, reach)).copied().collect(),
        Nearness::Near(reach) => {
            let left_near = left.iter().filter(|a| near(a, right, reach));
            left_near.chain(right.iter().filter(|b| near(b, left, reach))).copied().collect()
        }
        Nearness::Before(reach) => {
            let after = |a: &Place, b: &Place| a.0 == b.0 && b.1 > a.2 && b.1 - a.2 <= i64::from(reach);
            let mut found = Vec::new();
            for a in left {
                let next = right.iter().filter(|b| after(a, b)).min_by_key(|b| (b.1, b.2));
                found.extend(next.map(|b| (a.0, a.1, b.2)));
            }
            for b in right {
                let last = left.iter().filter(|a| after(a, b)).max_by_key(|a| (a.2, a.1));
                found.extend(last.map(|a| (a.0, a.1, b.2)));
            }
            found
        }
    }
}
