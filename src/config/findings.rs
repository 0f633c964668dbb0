//! What reading a configuration has found so far: the sources, what is wrong in them, what is merely odd.
//!
//! Everything is collected first and rendered at the end, so that all mistakes appear in one run, in file order,
//! and so that a line can be shown without the secrets that later turned out to stand on it.

use super::Location;
use super::node::{Node, Place, SourceId};
use super::problem::{ConfigErrors, Excerpt, Problem};
use super::{files, mask};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a source came from: decides how relative paths in it are meant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Origin {
    /// A file; relative paths start at its directory.
    File(PathBuf),
    /// An environment variable or a flag; relative paths start at the working directory.
    Outside,
}

/// One text that was read.
#[derive(Debug)]
pub(super) struct Source {
    pub name: Arc<str>,
    pub text: String,
    pub origin: Origin,
    /// Spans that must never be shown.
    pub secrets: Vec<Range<usize>>,
    /// Whether the TOML itself is broken: what seems missing may only be unread.
    pub broken: bool,
    /// Where each line starts: a list of 20,000 feeds asks for as many places.
    line_starts: Vec<usize>,
}

/// Why something is reported; decides whether it survives a broken file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Class {
    /// The TOML is broken here.
    Syntax,
    /// Something that stands in the file is wrong.
    Wrong,
    /// Something is not there, or not known: may follow from a broken file.
    Absent,
}

#[derive(Debug)]
struct Finding {
    at: Place,
    class: Class,
    message: String,
}

/// The collector.
#[derive(Debug, Default)]
pub(super) struct Findings {
    sources: Vec<Source>,
    problems: Vec<Finding>,
    warnings: Vec<Finding>,
}

impl Findings {
    /// Takes in a source.
    pub fn source(&mut self, name: &str, text: String, origin: Origin) -> SourceId {
        let name = Arc::from(name);
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.sources.push(Source { name, text, origin, secrets: Vec::new(), broken: false, line_starts });
        self.sources.len() - 1
    }

    /// The text of a source.
    pub fn text(&self, source: SourceId) -> &str {
        self.sources.get(source).map_or("", |s| s.text.as_str())
    }

    /// Something that stands at `at` is wrong.
    pub fn wrong(&mut self, at: &Place, message: impl Into<String>) {
        self.problems.push(Finding { at: at.clone(), class: Class::Wrong, message: message.into() });
    }

    /// Something that `at` needs is not there.
    pub fn absent(&mut self, at: &Place, message: impl Into<String>) {
        self.problems.push(Finding { at: at.clone(), class: Class::Absent, message: message.into() });
    }

    /// The TOML of a source is broken.
    pub fn syntax(&mut self, at: &Place, message: impl Into<String>) {
        if let Some(source) = self.sources.get_mut(at.source) {
            source.broken = true;
        }
        self.problems.push(Finding { at: at.clone(), class: Class::Syntax, message: message.into() });
    }

    /// Something is odd but usable.
    pub fn warn(&mut self, at: &Place, message: impl Into<String>) {
        self.warnings.push(Finding { at: at.clone(), class: Class::Wrong, message: message.into() });
    }

    /// What stands at `node` is a secret: never show it.
    pub fn hide(&mut self, node: &Node) {
        if let Some(source) = self.sources.get_mut(node.at.source) {
            source.secrets.push(node.at.span.clone());
        }
    }

    /// Whether a secret stands in the clear in `source`.
    pub fn holds_secrets(&self, source: SourceId) -> bool {
        self.sources.get(source).is_some_and(|s| !s.secrets.is_empty())
    }

    /// Whether a source is a flag or a variable.
    pub fn is_outside(&self, source: SourceId) -> bool {
        self.sources.get(source).is_some_and(|s| s.origin == Origin::Outside)
    }

    /// A path written in `source`, made absolute.
    pub fn resolve(&self, source: SourceId, path: &Path) -> PathBuf {
        files::absolute(&self.beside(source, path))
    }

    /// A path written in `source`, as the user would name it from the working directory.
    pub fn beside(&self, source: SourceId, path: &Path) -> PathBuf {
        match self.sources.get(source).map(|s| &s.origin) {
            Some(Origin::File(directory)) => directory.join(path),
            _ => path.to_owned(),
        }
    }

    /// Line and column of a place.
    pub fn locate(&self, at: &Place) -> Location {
        let Some(source) = self.sources.get(at.source) else { return Location::default() };
        let (line, column) = source.position(at.span.start);
        Location { file: source.name.clone(), line, column }
    }

    /// The warnings, ready to be shown.
    pub fn warnings(&self) -> Vec<Problem> {
        let mut warnings: Vec<&Finding> = self.warnings.iter().collect();
        warnings.sort_by_key(|f| (f.at.source, f.at.span.start));
        warnings.into_iter().map(|finding| self.render(finding)).collect()
    }

    /// The problems as an error, if there are any.
    pub fn errors(&self) -> Option<ConfigErrors> {
        let any_broken = self.sources.iter().any(|s| s.broken);
        let mut shown: Vec<&Finding> =
            self.problems.iter().filter(|f| !any_broken || self.survives_broken_file(f)).collect();
        shown.sort_by_key(|f| (f.at.source, f.at.span.start));
        let mut problems: Vec<Problem> = shown.into_iter().map(|finding| self.render(finding)).collect();
        problems.dedup();
        (!problems.is_empty()).then_some(ConfigErrors { problems })
    }

    /// In a file with broken TOML only what certainly stands there is reported, and not again for a broken line.
    fn survives_broken_file(&self, finding: &Finding) -> bool {
        let line = |f: &Finding| (f.at.source, self.locate(&f.at).line);
        match finding.class {
            Class::Syntax => true,
            Class::Absent => false,
            Class::Wrong => {
                !self.problems.iter().any(|f| f.class == Class::Syntax && line(f) == line(finding))
            }
        }
    }

    fn render(&self, finding: &Finding) -> Problem {
        let excerpt = self.sources.get(finding.at.source).and_then(|s| excerpt(s, &finding.at.span));
        Problem { at: self.locate(&finding.at), message: finding.message.clone(), excerpt }
    }
}

impl Source {
    /// Line and column (both from 1, columns in characters) of a byte offset.
    fn position(&self, offset: usize) -> (usize, usize) {
        let offset = floor_boundary(&self.text, offset);
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        (line, self.text[start..offset].chars().count() + 1)
    }
}

fn excerpt(source: &Source, span: &Range<usize>) -> Option<Excerpt> {
    let start = floor_boundary(&source.text, span.start);
    let line_start = source.text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = source.text[start..].find('\n').map_or(source.text.len(), |at| start + at);
    let end = floor_boundary(&source.text, span.end.clamp(start, line_end));
    let line = mask::line(&source.text[line_start..line_end], line_start, &source.secrets);
    Some(Excerpt {
        line: line.trim_end_matches('\r').to_owned(),
        before: source.text[line_start..start].chars().count(),
        width: source.text[start..end].trim_end().chars().count().max(1),
    })
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset.min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mut findings = Findings::default();
        let source = findings.source("a.toml", "aü=b\n中=c".to_owned(), Origin::Outside);
        for (offset, line, column) in
            [(0, 1, 1), (3, 1, 3), (2, 1, 2), (5, 1, 5), (6, 2, 1), (9, 2, 2), (99, 2, 4)]
        {
            let found = findings.locate(&Place { source, span: offset..offset });
            assert_eq!((found.line, found.column), (line, column), "offset {offset}");
        }
    }
}
