//! Lexemes to a tree, by recursive descent; then the checks that need the whole tree.

use super::error::{QueryError, nearest};
use super::lex::{Lexeme, Lexer, Placed};
use super::term::{MAX_WORDS, TermFault, read_term};
use super::{Expr, FIELD_NAMES, Fields, Kind, MAX_REACH, Nearness, Query, check};
use std::ops::Range;

/// Bytes of a query at most.
const MAX_BYTES: usize = 512 * 1024;
/// Terms of a query at most.
const MAX_TERMS: usize = 50_000;
/// Levels of parentheses at most.
const MAX_DEPTH: usize = 64;
/// Compiled size of a regular expression at most, in bytes.
const MAX_REGEX: usize = 256 * 1024;
/// Levels of groups in a regular expression at most.
const MAX_REGEX_NESTING: u32 = 50;

/// Reads a query. All mistakes that can be told apart are reported; the list is never empty on failure.
pub fn parse(query: &str) -> Result<Query, Vec<QueryError>> {
    let root = tree(query).map_err(|error| vec![error])?;
    let mistakes = check::mistakes(&root);
    if mistakes.is_empty() { Ok(Query { text: query.to_owned(), root }) } else { Err(mistakes) }
}

/// The tree of a query without the checks of the whole: what a term of a list may be.
pub(crate) fn tree(query: &str) -> Result<Expr, QueryError> {
    if query.len() > MAX_BYTES {
        return Err(QueryError::new(
            0..query.len(),
            format!("the query is too large: {} bytes", query.len()),
        )
        .help(format!("at most {MAX_BYTES}; put long lists into [terms]")));
    }
    let lexemes = Lexer::new(query).all()?;
    let mut parser = Parser { lexemes, at: 0, end: query.len(), depth: 0, terms: 0 };
    let root = parser.any()?;
    parser.expect_end()?;
    Ok(root)
}

/// Compiles a regular expression under the caps on size and nesting.
pub(crate) fn compile_regex(pattern: &str, ignore_case: bool) -> Result<regex::Regex, String> {
    let mut builder = regex::RegexBuilder::new(pattern);
    builder.case_insensitive(ignore_case).size_limit(MAX_REGEX).dfa_size_limit(4 * MAX_REGEX);
    builder.nest_limit(MAX_REGEX_NESTING);
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "this regular expression is too large".to_owned(),
        regex::Error::Syntax(text) => {
            let reason =
                text.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or("not readable");
            format!("this regular expression is wrong: {reason}")
        }
        _ => "this regular expression cannot be used".to_owned(),
    })
}

/// The parts of a regular expression that [`compile_regex`] accepts.
pub(crate) fn regex_parts(pattern: &str, ignore_case: bool) -> Option<regex_syntax::hir::Hir> {
    let mut builder = regex_syntax::ParserBuilder::new();
    builder.case_insensitive(ignore_case).nest_limit(MAX_REGEX_NESTING).build().parse(pattern).ok()
}

/// Operators and how each is written.
const OPERATORS: [(&str, &str); 8] = [
    ("AND", "AND"),
    ("OR", "OR"),
    ("NOT", "AND NOT"),
    ("NEAR", "NEAR/5"),
    ("BEFORE", "BEFORE/5"),
    ("SENTENCE", "SENTENCE(…)"),
    ("ATLEAST", "ATLEAST/2(…)"),
    ("SCORE", "SCORE(…) >= 3"),
];

struct Parser<'q> {
    lexemes: Vec<Placed<'q>>,
    at: usize,
    end: usize,
    depth: usize,
    terms: usize,
}

type Parsed<T = Expr> = Result<T, QueryError>;

impl<'q> Parser<'q> {
    fn peek(&self) -> Option<&Lexeme<'q>> {
        self.lexemes.get(self.at).map(|(lexeme, _)| lexeme)
    }

    /// Where the next lexeme stands; the end of the query after the last one.
    fn here(&self) -> Range<usize> {
        self.lexemes.get(self.at).map_or(self.end..self.end, |(_, span)| span.clone())
    }

    fn last_end(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.lexemes.get(at)).map_or(0, |(_, span)| span.end)
    }

    fn take(&mut self, lexeme: &Lexeme<'_>) -> bool {
        let found = self.peek() == Some(lexeme);
        self.at += usize::from(found);
        found
    }

    fn spanned(&self, start: usize, kind: Kind) -> Expr {
        Expr { span: start..self.last_end(), kind }
    }

    /// `all (OR all)*`
    fn any(&mut self) -> Parsed {
        self.chain(&Lexeme::Or, Self::all, Kind::Or)
    }

    /// `not (AND not)*`
    fn all(&mut self) -> Parsed {
        self.chain(&Lexeme::And, Self::not, Kind::And)
    }

    fn chain(
        &mut self,
        operator: &Lexeme<'_>,
        part: fn(&mut Self) -> Parsed,
        kind: fn(Vec<Expr>) -> Kind,
    ) -> Parsed {
        let first = part(self)?;
        if self.peek() != Some(operator) {
            return Ok(first);
        }
        let start = first.span.start;
        let mut parts = vec![first];
        while self.take(operator) {
            parts.push(part(self)?);
        }
        Ok(self.spanned(start, kind(parts)))
    }

    /// `NOT* near`
    fn not(&mut self) -> Parsed {
        let start = self.here().start;
        if !self.take(&Lexeme::Not) {
            return self.near();
        }
        self.deeper(start)?;
        let inner = self.not()?;
        self.depth -= 1;
        Ok(self.spanned(start, Kind::Not(Box::new(inner))))
    }

    /// `unit (NEAR/n unit)*`; every link of the chain is a level of its own.
    fn near(&mut self) -> Parsed {
        let mut left = self.unit()?;
        let outside = self.depth;
        while let Some((nearness, lexemes)) = self.nearness()? {
            self.deeper(self.here().start)?;
            self.at += lexemes;
            let right = self.unit()?;
            left = self.spanned(left.span.start, Kind::Near(nearness, Box::new(left), Box::new(right)));
        }
        self.depth = outside;
        Ok(left)
    }

    /// The proximity operator that comes next and its number of lexemes.
    fn nearness(&self) -> Parsed<Option<(Nearness, usize)>> {
        let (veto, at) =
            if self.peek() == Some(&Lexeme::Not) { (true, self.at + 1) } else { (false, self.at) };
        let Some((Lexeme::Counted(name, count), span)) = self.lexemes.get(at) else { return Ok(None) };
        let nearness = match (*name, veto) {
            ("NEAR", false) => Nearness::Near(*count),
            ("NEAR", true) => Nearness::NotNear(*count),
            ("BEFORE", false) => Nearness::Before(*count),
            ("BEFORE", true) => {
                return Err(QueryError::new(span.clone(), "there is no NOT BEFORE").help("write NOT NEAR/n"));
            }
            _ => return Ok(None),
        };
        if *count == 0 || *count > MAX_REACH {
            return Err(QueryError::new(span.clone(), format!("{name} reaches from 1 to {MAX_REACH} words")));
        }
        Ok(Some((nearness, 1 + usize::from(veto))))
    }

    fn deeper(&mut self, start: usize) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(QueryError::new(
                start..start + 1,
                format!("nested more than {MAX_DEPTH} levels deep"),
            )
            .help("flatten it, or make a topic of its own and use topic:name"));
        }
        Ok(())
    }

    /// A field prefix, a group, a function, or a term.
    fn unit(&mut self) -> Parsed {
        let span = self.here();
        let Some(lexeme) = self.peek().cloned() else { return Err(self.missing()) };
        match lexeme {
            Lexeme::Open => self.group(),
            Lexeme::Field(name) => self.field(name, span),
            Lexeme::Function(name) => self.function(name, span),
            Lexeme::Counted("ATLEAST", count) => self.at_least(count, span),
            Lexeme::Quoted { text, exact, slop } => self.term(text, exact, slop, span),
            Lexeme::Word { text, exact } => self.term(text, exact, None, span),
            Lexeme::Regex { pattern, ignore_case } => self.regex(pattern, ignore_case, span),
            Lexeme::List(name) => self.leaf(Kind::List(name.to_owned())),
            _ => Err(self.missing()),
        }
    }

    /// An operand should stand here and does not.
    fn missing(&self) -> QueryError {
        let here = self.here();
        let before = self.at.checked_sub(1).map(|at| &self.lexemes[at]);
        match (before, self.peek()) {
            (None, None) => QueryError::new(here, "the query is empty").help("write at least one word"),
            (Some((Lexeme::Open, open)), Some(Lexeme::Close)) => {
                QueryError::new(open.start..here.end, "this group is empty")
                    .help("remove it or write a term into it")
            }
            (_, Some(Lexeme::Close)) if self.depth == 0 => {
                QueryError::new(here, "this parenthesis was never opened").help("remove it")
            }
            (_, Some(Lexeme::Weight(_))) => QueryError::new(here, "a weight needs a term before it"),
            (_, Some(Lexeme::Threshold(_))) => QueryError::new(here, ">= belongs behind SCORE(…)"),
            (Some((operator, span)), Some(Lexeme::Close)) if *operator != Lexeme::Open => {
                QueryError::new(span.clone(), "an operand is missing behind this operator")
            }
            (Some((operator, _)), Some(_)) if *operator != Lexeme::Open => {
                QueryError::new(here, "an operand is missing between two operators")
            }
            (Some((_, span)), None) => {
                QueryError::new(span.clone(), "the query ends where an operand should follow")
            }
            _ => QueryError::new(here, "an operand is missing before this operator")
                .help("to find the operator as a word, put it into quotes"),
        }
    }

    fn group(&mut self) -> Parsed {
        let open = self.open()?;
        let inner = self.any()?;
        self.close(open.clone())?;
        Ok(Expr { span: open.start..self.last_end(), kind: inner.kind })
    }

    fn open(&mut self) -> Parsed<Range<usize>> {
        let open = self.here();
        if !self.take(&Lexeme::Open) {
            return Err(QueryError::new(open, "( is missing here"));
        }
        self.deeper(open.start)?;
        Ok(open)
    }

    fn close(&mut self, open: Range<usize>) -> Parsed<()> {
        if self.take(&Lexeme::Close) {
            self.depth -= 1;
            return Ok(());
        }
        if self.peek().is_none() {
            return Err(QueryError::new(open, "this parenthesis is never closed").help("add )"));
        }
        Err(self.side_by_side())
    }

    fn expect_end(&self) -> Parsed<()> {
        match self.peek() {
            None => Ok(()),
            Some(Lexeme::Close) => {
                Err(QueryError::new(self.here(), "this parenthesis was never opened").help("remove it"))
            }
            Some(_) => Err(self.side_by_side()),
        }
    }

    /// Two operands without an operator between them.
    fn side_by_side(&self) -> QueryError {
        let here = self.here();
        match self.peek() {
            Some(Lexeme::Not) => QueryError::new(here, "NOT follows an operand").help("write AND NOT"),
            Some(Lexeme::Weight(_)) => {
                QueryError::new(here, "weights count only inside SCORE(…)").help("write SCORE(a^3 b) >= 3")
            }
            Some(Lexeme::Threshold(_)) => QueryError::new(here, ">= belongs behind SCORE(…)"),
            Some(Lexeme::Word { text, exact: false }) => self.word_beside(text, here),
            _ => {
                QueryError::new(here, "two operands stand side by side").help("write AND or OR between them")
            }
        }
    }

    fn word_beside(&self, text: &str, here: Range<usize>) -> QueryError {
        let operator = text.to_uppercase();
        if matches!(operator.as_str(), "AND" | "OR" | "NOT") {
            return QueryError::new(
                here,
                format!("`{text}` stands between operands as if it were an operator"),
            )
            .help(format!("write {operator}; to find the word, put it into quotes"));
        }
        // a mistyped NEAR/5 is a word with its number
        let name = text.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('/');
        let capitals = name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase());
        let meant = nearest(name, OPERATORS.iter().map(|(name, _)| *name)).filter(|_| capitals);
        match OPERATORS.iter().find(|(name, _)| Some(*name) == meant) {
            Some((_, example)) => QueryError::new(here, format!("unknown operator `{text}`"))
                .help(format!("did you mean {example}?")),
            None => QueryError::new(here, "two operands stand side by side")
                .help("write AND or OR between them, or put a phrase into quotes"),
        }
    }

    fn leaf(&mut self, kind: Kind) -> Parsed {
        let span = self.here();
        self.at += 1;
        self.count_term(span.clone())?;
        Ok(Expr { span, kind })
    }

    fn count_term(&mut self, span: Range<usize>) -> Parsed<()> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(QueryError::new(
                span,
                format!("the query is too large: more than {MAX_TERMS} terms"),
            )
            .help("put long lists into [terms]"));
        }
        Ok(())
    }

    fn term(&mut self, text: &str, exact: bool, slop: Option<u32>, span: Range<usize>) -> Parsed {
        if slop.is_some_and(|slop| slop > MAX_REACH) {
            return Err(QueryError::new(span, format!("the slack of a phrase is at most {MAX_REACH}")));
        }
        let term = read_term(text, exact, slop).map_err(|fault| explain_fault(fault, text, span))?;
        self.leaf(Kind::Term(term))
    }

    fn regex(&mut self, pattern: &str, ignore_case: bool, span: Range<usize>) -> Parsed {
        let compiled =
            compile_regex(pattern, ignore_case).map_err(|message| QueryError::new(span.clone(), message))?;
        if compiled.is_match("") {
            return Err(QueryError::new(span, "this regular expression is found in every text")
                .help("ask for at least one character"));
        }
        self.leaf(Kind::Regex { pattern: pattern.to_owned(), ignore_case })
    }

    fn field(&mut self, name: &str, span: Range<usize>) -> Parsed {
        self.at += 1;
        if name == "topic" {
            return self.topic(span);
        }
        let Some((_, field)) = FIELD_NAMES.iter().find(|(known, _)| *known == name) else {
            return Err(unknown_field(name, span));
        };
        self.deeper(span.start)?;
        let inner = self.unit()?;
        self.depth -= 1;
        Ok(self.spanned(span.start, Kind::In(Fields::of(*field), Box::new(inner))))
    }

    fn topic(&mut self, span: Range<usize>) -> Parsed {
        let name = match self.peek() {
            Some(Lexeme::Word { text, exact: false } | Lexeme::Quoted { text, exact: false, slop: None }) => {
                (*text).to_owned()
            }
            _ => {
                return Err(
                    QueryError::new(span, "topic: needs the id of a topic").help("write topic:other-topic")
                );
            }
        };
        let mut leaf = self.leaf(Kind::Topic(name))?;
        leaf.span.start = span.start;
        Ok(leaf)
    }

    fn function(&mut self, name: &str, span: Range<usize>) -> Parsed {
        self.at += 1;
        let open = self.open()?;
        if name == "SENTENCE" {
            let parts = self.beside(open, Self::any)?;
            return Ok(self.spanned(span.start, Kind::Sentence(parts)));
        }
        let parts = self.beside(open, Self::weighted)?;
        let Some(Lexeme::Threshold(threshold)) = self.peek() else {
            return Err(QueryError::new(span, "SCORE(…) needs a threshold").help("write SCORE(…) >= 3"));
        };
        let threshold = *threshold;
        self.at += 1;
        Ok(self.spanned(span.start, Kind::Score(threshold, parts)))
    }

    fn at_least(&mut self, count: u32, span: Range<usize>) -> Parsed {
        self.at += 1;
        let open = self.open()?;
        let parts = self.beside(open, Self::near)?;
        Ok(self.spanned(span.start, Kind::AtLeast(count, parts)))
    }

    /// Operands side by side up to the closing parenthesis; an OR between them is allowed and says nothing.
    fn beside<T>(&mut self, open: Range<usize>, part: fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut parts = Vec::new();
        loop {
            if matches!(self.peek(), None | Some(Lexeme::Close)) && !parts.is_empty() {
                self.close(open)?;
                return Ok(parts);
            }
            parts.push(part(self)?);
            if matches!(self.peek(), Some(Lexeme::And | Lexeme::Not)) && self.nearness()?.is_none() {
                return Err(QueryError::new(self.here(), "operands stand side by side here")
                    .help("put AND, OR and NOT into parentheses of their own"));
            }
            self.take(&Lexeme::Or);
        }
    }

    fn weighted(&mut self) -> Parsed<(Expr, f64)> {
        let part = self.near()?;
        let Some(Lexeme::Weight(weight)) = self.peek() else { return Ok((part, 1.0)) };
        let weight = *weight;
        self.at += 1;
        Ok((part, weight))
    }
}

fn unknown_field(name: &str, span: Range<usize>) -> QueryError {
    let error = QueryError::new(span, format!("unknown field `{name}`"));
    match nearest(name, FIELD_NAMES.iter().map(|(known, _)| *known).chain(["topic"])) {
        Some(known) => error.help(format!("did you mean {known}:?")),
        None => error.help(
            "put text with a colon into quotes; fields are title body url feed tag author publisher lang",
        ),
    }
}

fn explain_fault(fault: TermFault, text: &str, span: Range<usize>) -> QueryError {
    match fault {
        TermFault::Empty => {
            QueryError::new(span, format!("`{text}` has no letter or digit")).help("remove it")
        }
        TermFault::Everything => {
            QueryError::new(span, format!("`{text}` matches everything")).help("write at least two letters")
        }
        TermFault::TooShort => QueryError::new(span, format!("`{text}` matches nearly everything"))
            .help("a pattern needs two letters, or one at its beginning"),
        TermFault::TooLong => QueryError::new(span, format!("a phrase has at most {MAX_WORDS} words")),
        TermFault::ExactWildcard => QueryError::new(span, "= takes whole words")
            .help("leave out = or the wildcard, or use /a regular expression/"),
    }
}
